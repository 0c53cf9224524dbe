"""A worker for web hooks in a process of its own, to be killed: `ADDRESS` and `QUEUE` of Temporal, `BOOK` and `KEY`."""

import asyncio
import os

from temporalio.client import Client

from activities.delivering import Deliveries
from domain.webhooks import networks
from notices.webhooks import WebPost
from paystates.composition import hooks_worker
from paystates.temporal.plugin import PaystatesPlugin
from store.sql import SqlBook


async def main() -> None:
    client = await Client.connect(os.environ["ADDRESS"], plugins=[PaystatesPlugin()])
    deliveries = Deliveries(SqlBook(os.environ["BOOK"]), WebPost(networks("127.0.0.0/8")), os.environ["KEY"])
    async with hooks_worker(client, deliveries, os.environ["QUEUE"]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
