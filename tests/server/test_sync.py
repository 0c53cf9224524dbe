"""The front desk for threads without a loop: the same answers, from any thread, and a clear word where it cannot wait."""

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from office import Office, OpenOffice

from paystates import sync
from paystates.client import NotFound, Refused, TimedOut, Unreachable
from paystates.temporal.server import DevServer
from states.charge_retry import Hold, RetryNow
from states.methods import Choose, Confirm

pytestmark = pytest.mark.server


@contextmanager
def desk_at(server: DevServer, here: Office) -> Iterator[sync.Paystates]:
    with sync.Paystates.connect(server.address, task_queue=here.queue) as desk:
        yield desk


async def test_a_thread_starts_acts_looks_follows_and_waits(office: OpenOffice, temporal_server: DevServer) -> None:
    """As it would with `await`, and with the same errors."""
    here = await office(billed="2d")

    def day() -> tuple[list[str], str]:
        with desk_at(temporal_server, here) as desk:
            replacing = desk.replace_all(here.method, actor=here.admin)
            following = replacing.watch()
            told = [next(following).event]
            with pytest.raises(Refused):
                replacing.act(Choose(method=here.method), actor=here.admin)
            told.append(next(following).event)
            replacing.act(Choose(method=here.other), actor=here.admin)
            accepted = desk.handle(replacing.subject).act(Confirm(), actor=here.admin, seen=replacing.view().stand.visit)
            told += [one.event for one in following]
            outcome = replacing.result(within=60)
            assert (accepted.state, outcome.state, replacing.is_running()) == ("moving", "done", False)
            with pytest.raises(NotFound):
                desk.handle("replace-all/nowhere").view()
            retry = desk.handle(desk.start("charge-retry", {"invoice": here.invoice}))
            with pytest.raises(TimedOut):
                retry.result(within=0.1)
            following.close()
            return told, outcome.state

    told, _ = await asyncio.to_thread(day)
    with here.book.transaction() as pages:
        assert told == [row.event_kind for row in pages.journal(f"replace-all/{here.method}")]


async def test_many_threads_share_one_desk(office: OpenOffice, temporal_server: DevServer) -> None:
    """All of them find the one procedure, and of many orders with one name one is taken."""
    here = await office(billed="2d")

    def together() -> set[tuple[str, int]]:
        with desk_at(temporal_server, here) as desk, ThreadPoolExecutor(16) as threads:
            starting = threading.Barrier(16)

            def one(_: int) -> tuple[str, int]:
                starting.wait()
                retry = desk.charge_retry(here.invoice)
                accepted = retry.act(Hold(), actor=here.operator, request="all-of-us")
                return accepted.state, accepted.visit

            return set(threads.map(one, range(16)))

    assert len(await asyncio.to_thread(together)) == 1
    assert [kind for _, kind, _ in here.moves()].count("hold") == 1


async def test_inside_a_running_loop_it_refuses_and_sends_nothing(office: OpenOffice, temporal_server: DevServer) -> None:
    """Waiting there would stand still for ever: the sentence names what to use instead."""
    here = await office(billed="2d")
    desk = await asyncio.to_thread(sync.Paystates.connect, temporal_server.address, task_queue=here.queue)
    with pytest.raises(RuntimeError, match=r"inside a running event loop.*use paystates\.Paystates, and await it"):
        desk.charge_retry(here.invoice)
    with pytest.raises(RuntimeError, match="inside a running event loop"):
        sync.Paystates.connect(temporal_server.address)
    assert not await here.front.is_running(here.subject)
    await asyncio.to_thread(desk.close)


async def test_a_desk_that_is_closed_answers_nobody_and_keeps_nobody_waiting(
    office: OpenOffice, temporal_server: DevServer
) -> None:
    """Also those who wait already: a service that stops is not held up by an end that is weeks away."""
    here = await office(billed="2d")
    await here.front.charge_retry(here.invoice)
    await here.rests("waiting")
    desk = await asyncio.to_thread(sync.Paystates.connect, temporal_server.address, task_queue=here.queue)
    retry = desk.handle(here.subject)
    following = retry.watch()
    assert (await asyncio.to_thread(next, following)).event == "opened"
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(retry.result), threads.submit(next, following)]
        await asyncio.to_thread(retry.view)
        await asyncio.to_thread(desk.close)
        for one in waiting:
            with pytest.raises(RuntimeError, match="this front desk is closed: connect again"):
                await asyncio.wrap_future(one)
    with pytest.raises(RuntimeError, match="this front desk is closed"):
        await asyncio.to_thread(retry.act, RetryNow(), actor=here.operator)
    await asyncio.to_thread(desk.close)
    assert "paystates" not in {thread.name for thread in threading.enumerate()}


async def test_a_process_that_forked_after_connecting_is_told_so(office: OpenOffice, temporal_server: DevServer) -> None:
    """The thread of the loop is not in the child: without this it would wait for ever."""
    here = await office(billed="2d")
    desk = await asyncio.to_thread(sync.Paystates.connect, temporal_server.address, task_queue=here.queue)
    child = os.fork()
    if child == 0:
        try:
            desk.handle(here.subject).view()
        except RuntimeError as error:
            os._exit(7 if "forked after connecting: connect in each process" in str(error) else 1)
        os._exit(2)
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    await asyncio.to_thread(desk.close)


def test_a_connection_that_fails_leaves_no_thread_behind() -> None:
    """And says what every connection says."""
    with pytest.raises(Unreachable, match="paystates up"):
        sync.Paystates.connect("127.0.0.1:1")
    assert "paystates" not in {thread.name for thread in threading.enumerate()}
