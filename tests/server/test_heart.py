"""What tells the server that a long effect is alive goes on whatever happens to one beat."""

import threading
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from paystates.temporal import effects


def test_a_beat_that_fails_does_not_stop_the_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat may fail, on a slow event loop for instance; were it the last one, every later long effect would look dead."""
    monkeypatch.setattr(effects, "_BEAT", timedelta(milliseconds=5))
    heart = effects._Heart()
    third = threading.Event()
    beats = 0

    def beat(*_: object) -> None:
        nonlocal beats
        beats += 1
        if beats == 3:
            third.set()
        raise TimeoutError

    def effect() -> bool:
        with heart.beating():
            return third.wait(10)

    environment = ActivityEnvironment()
    environment.on_heartbeat = beat
    assert environment.run(effect)
