"""Web hooks end to end: what ended or was refused is told, signed, and once in effect, whoever is away or dies meanwhile."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from office import Office, OpenOffice, until
from receiver import HERE, Receiver
from temporalio.client import WorkflowExecutionStatus

from activities.delivering import Deliveries
from domain.webhooks import Endpoint, Wanted, networks, secret_of
from notices.webhooks import WebPost
from paystates import clock
from paystates.cli.dispatching import PAGE, Dispatcher
from paystates.client import Refused
from paystates.composition import hooks_worker
from paystates.front import hooks
from paystates.temporal.delivery import Delivery
from states.retry_messages import Hold

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
KEY = "a key of thirty-two characters.."
SOON = timedelta(milliseconds=20)


@dataclass
class Desk:
    """An office whose events are told to an endpoint."""

    here: Office
    endpoint: Endpoint

    @property
    def secret(self) -> str:
        return secret_of(KEY, self.endpoint.id, 1)

    def dispatcher(self, **differences: Any) -> Dispatcher:
        def made(endpoint: str, position: int) -> Delivery:
            return Delivery(endpoint=endpoint, position=position, first_wait=SOON, longest_wait=5 * SOON, **differences)

        return Dispatcher(self.here.book, self.here.client, self.here.queue, made)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        deliveries = Deliveries(self.here.book, WebPost(networks("127.0.0.0/8")), KEY)
        async with hooks_worker(self.here.client, deliveries, self.here.queue):
            yield

    def kept(self) -> Endpoint:
        return hooks.found(self.here.book, self.endpoint.id)

    async def status(self, position: int) -> WorkflowExecutionStatus | None:
        delivery = Delivery(endpoint=self.endpoint.id, position=position)
        return (await self.here.client.get_workflow_handle(delivery.id).describe()).status


def told_at(here: Office, url: str, **differences: Any) -> Desk:
    """Have an endpoint told of everything from the beginning."""
    endpoint = Endpoint(f"wh_{here.invoice.lower()}", None, url, tuple(Wanted), 0, clock.now())
    with here.book.transaction() as pages:
        pages.put_webhook(replace(endpoint, **differences))
    return Desk(here, endpoint)


async def refused_and_recovered(here: Office) -> None:
    """A procedure that refuses somebody, and then ends."""
    await here.start()
    await here.rests("waiting")
    with pytest.raises(Refused):
        await here.act(Hold(), actor=here.reader)
    await here.ends("recovered")


def begun(settings: dict[str, str]) -> "subprocess.Popen[bytes]":
    """A worker for web hooks in a process of its own."""
    return subprocess.Popen([sys.executable, str(ROOT / "tests/server/hooks_process.py")], env=os.environ | settings)


def types(told: list[dict[str, Any]]) -> list[str]:
    return sorted(one["type"] for one in told)


async def test_ends_and_refusals_are_told_signed_and_once_in_effect_though_the_receiver_fails_twice(office: OpenOffice) -> None:
    """It answers 500 twice, and takes each event in the end; what it keeps has ids and sentences, and nobody's name."""
    here = await office(billed="1d")
    receiver = Receiver(answers=[500, 500])
    with receiver.open() as url:
        desk = told_at(here, url)
        receiver.secrets.append(desk.secret)
        async with desk.worker():
            await refused_and_recovered(here)
            assert await desk.dispatcher().once() == 2
            assert await desk.dispatcher().once() == 0
            await asyncio.to_thread(receiver.wait_for, lambda: len(receiver.taken) == 2, "both events are taken")
    assert types(receiver.taken) == ["procedure.ended", "procedure.refused"]
    assert len(receiver.tried) == 4
    ended, refused = sorted(receiver.taken, key=lambda one: str(one["type"]))
    assert (ended["subject"], ended["state"], ended["verdict"]) == (here.subject, "recovered", "done")
    assert refused["actor"] == here.reader
    assert refused["refusals"][0]["remedy"]
    assert "Solberg" not in str(receiver.taken)
    assert "ingrid@" not in str(receiver.taken)


async def test_a_receiver_that_goes_away_and_comes_back_misses_nothing(office: OpenOffice) -> None:
    here = await office(billed="1d")
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port = int(probe.getsockname()[1])
    desk = told_at(here, f"http://{HERE}:{port}/hook")
    receiver = Receiver(secrets=[desk.secret])
    async with desk.worker():
        await refused_and_recovered(here)
        await desk.dispatcher().once()

        async def tried_in_vain() -> bool:
            handle = here.client.get_workflow_handle(Delivery(endpoint=desk.endpoint.id, position=desk.kept().cursor).id)
            pending = (await handle.describe()).raw_description.pending_activities
            return any(one.attempt > 1 for one in pending)

        await until(tried_in_vain, "a delivery was tried in vain")
        with receiver.open(port):
            await asyncio.to_thread(receiver.wait_for, lambda: len(receiver.taken) == 2, "both events are taken")
    assert types(receiver.taken) == ["procedure.ended", "procedure.refused"]


async def test_a_worker_that_is_killed_in_the_middle_of_a_delivery_loses_nothing(office: OpenOffice) -> None:
    """The receiver has the message and has not answered: it gets it again, under the same id."""
    here = await office(billed="1d")
    receiver = Receiver()
    with receiver.open() as url:
        desk = told_at(here, url, wants=("procedure.ended",))
        receiver.secrets.append(desk.secret)
        await refused_and_recovered(here)
        settings = {
            "ADDRESS": here.client.service_client.config.target_host,
            "QUEUE": here.queue,
            "BOOK": f"sqlite:///{here.path}",
            "KEY": KEY,
            "PYTHONPATH": str(ROOT),
        }
        process = begun(settings)
        killed = []

        def strike() -> None:
            if not killed:
                process.kill()
                killed.append(process.wait())

        receiver.struck = strike
        assert await desk.dispatcher(one_try=timedelta(seconds=1)).once() == 1
        await asyncio.to_thread(receiver.wait_for, lambda: bool(receiver.tried), "the worker has posted")
        async with desk.worker():
            await asyncio.to_thread(receiver.wait_for, lambda: len(receiver.tried) == 2, "it is posted again")
    assert killed
    assert len({one["id"] for one in receiver.tried}) == 1
    assert [one["type"] for one in receiver.taken] == ["procedure.ended"]


async def test_an_endpoint_that_never_takes_it_is_marked_and_told_everything_when_it_is_well(office: OpenOffice) -> None:
    """No new delivery begins meanwhile; nothing is lost, and what was taken is not told again."""
    here = await office(billed="1d")
    receiver = Receiver(answers=[200, *[500] * 1000])
    with receiver.open() as url:
        desk = told_at(here, url)
        async with desk.worker():
            await refused_and_recovered(here)
            await desk.dispatcher(give_up_after=timedelta(seconds=1)).once()

            async def failing() -> bool:
                return desk.kept().failing_since is not None

            await until(failing, "the endpoint is marked")
            assert "answered 500" in str(desk.kept().error)
            assert hooks.data(desk.kept())["status"] == "failing"
            assert await desk.dispatcher().once() == 0
            first = {one["id"] for one in receiver.taken}
            receiver.answers.clear()
            hooks.resume(here.book, desk.endpoint.id)
            await until(desk.dispatcher().once, "it is begun anew")
            await asyncio.to_thread(receiver.wait_for, lambda: len(receiver.taken) == 2, "the other is taken too")
    again = [one["id"] for one in receiver.tried if one["id"] in first]
    assert len(again) == 1
    assert types(receiver.taken) == ["procedure.ended", "procedure.refused"]


async def test_an_endpoint_that_is_gone_is_not_asked_again(office: OpenOffice) -> None:
    here = await office(billed="1d")
    receiver = Receiver(answers=[410])
    with receiver.open() as url:
        desk = told_at(here, url, wants=("procedure.ended",))
        async with desk.worker():
            await refused_and_recovered(here)
            await desk.dispatcher().once()

            async def failing() -> bool:
                return desk.kept().failing_since is not None

            await until(failing, "the endpoint is marked")
    assert len(receiver.tried) == 1


async def test_two_dispatchers_that_both_begin_and_one_that_forgets_it_has_tell_it_once(office: OpenOffice) -> None:
    """A dispatcher dies after it began deliveries and before the cursor went on: the next one begins none of them again."""
    here = await office(billed="1d")
    receiver = Receiver()
    with receiver.open() as url:
        desk = told_at(here, url)
        await refused_and_recovered(here)
        both = await asyncio.gather(desk.dispatcher().once(), desk.dispatcher().once())
        assert sum(both) == 2
        async with desk.worker():
            await asyncio.to_thread(receiver.wait_for, lambda: len(receiver.taken) == 2, "both events are taken")
            positions = [one["cursor"] for one in receiver.taken]
            for position in positions:
                await here.client.get_workflow_handle(Delivery(endpoint=desk.endpoint.id, position=position).id).result()
            with here.book.transaction() as pages:
                kept = pages.webhook(desk.endpoint.id)
                assert kept is not None
                pages.put_webhook(replace(kept, cursor=0))
            assert await desk.dispatcher().once() == 0
    assert len(receiver.tried) == 2
    assert desk.kept().cursor >= max(positions)


async def test_an_endpoint_that_is_removed_is_told_nothing_any_more(office: OpenOffice) -> None:
    """Not even what was under way."""
    here = await office(billed="1d")
    receiver = Receiver()
    with receiver.open() as url:
        desk = told_at(here, url, wants=("procedure.ended",))
        await refused_and_recovered(here)
        assert await desk.dispatcher().once() == 1
        position = desk.kept().cursor
        hooks.remove(here.book, desk.endpoint.id)
        async with desk.worker():
            delivery = Delivery(endpoint=desk.endpoint.id, position=position)
            assert await here.client.get_workflow_handle(delivery.id).result() == "not wanted any more"
    assert receiver.tried == []


async def test_a_dispatcher_that_is_far_behind_catches_up_without_a_pause(office: OpenOffice) -> None:
    """Pages of what nobody wants are not waited between; it stops when it is told to."""
    here = await office(billed="1d")
    receiver = Receiver()
    with receiver.open() as url:
        desk = told_at(here, url, wants=("procedure.ended",))
        receiver.secrets.append(desk.secret)
        with here.book.transaction() as pages:
            for number in range(2 * PAGE + 1):
                pages.note(f"invoice/{number}", "credit_booked", {}, clock.now(), f"a-{here.invoice}", actor="paystates")
        await refused_and_recovered(here)
        stop = asyncio.Event()
        running = asyncio.create_task(desk.dispatcher().run(timedelta(days=1), stop))
        async with desk.worker():
            await asyncio.to_thread(receiver.wait_for, lambda: len(receiver.taken) == 1, "the end is told")
        stop.set()
        await running
