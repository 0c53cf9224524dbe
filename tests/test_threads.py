"""A worker has a thread for every effect that may run at once, and its book a connection for every thread."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.worker import WorkerConfig

from activities.desk import Desk
from gateways.scripted import ScriptedBank
from paystates import composition
from paystates.composition import EFFECTS, LOCAL_EFFECTS, Procedures
from store.memory import MemoryBook
from store.sql import SqlBook


def threads(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> int:
    """How many the plugin gives to a worker with those limits."""
    monkeypatch.setattr(composition, "require_plugin", lambda _: None)
    desk = Desk(MemoryBook(), ScriptedBank(), cast("Any", object()))
    config = cast("WorkerConfig", {"client": object(), "task_queue": "paystates", **limits})
    executor = Procedures(desk).configure_worker(config)["activity_executor"]
    assert isinstance(executor, ThreadPoolExecutor)
    return executor._max_workers


def test_a_worker_has_a_thread_for_each_effect_regular_or_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """An effect that wakes another procedure waits for a local effect of that: it must not have its thread."""
    assert threads(monkeypatch, max_concurrent_activities=3, max_concurrent_local_activities=4) == 7


def test_a_worker_without_limits_has_more_threads_than_it_runs_effects(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK runs a hundred of each kind where no number is given."""
    assert threads(monkeypatch) >= 200
    assert threads(monkeypatch, max_concurrent_activities=3) >= 103


def test_every_thread_of_a_worker_reads_the_book_at_the_same_moment(tmp_path: Path) -> None:
    """None waits for a connection that another has."""
    book = SqlBook.create(f"sqlite:///{tmp_path}/book.db")
    at_once = EFFECTS + LOCAL_EFFECTS + 3  # the relay, the pump and the dispatcher read, too
    together = threading.Barrier(at_once)

    def read() -> None:
        with book.reading():
            together.wait(20)

    with ThreadPoolExecutor(at_once) as pool:
        for reading in [pool.submit(read) for _ in range(at_once)]:
            reading.result()
    book.close()
