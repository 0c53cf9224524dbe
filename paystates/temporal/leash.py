"""A leash for a child process: it ends when whoever started it ends, however that happens (`kill -9` included).

Run as a script, by path: `python -I -S leash.py PARENT_PID COMMAND…` (`on_leash` writes that line). It imports nothing
of ours, so that it starts at once. It is a process of its own because Linux ties "die with your parent" to the *thread*
that forked: asked for by our own process, it would kill the server when the starting thread goes home to its pool.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

_PR_SET_PDEATHSIG = 1
_GRACE = 5.0  # seconds the child has to stop in order
_LOOK = 0.1  # seconds between two looks at parent and child


def on_leash(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` for as long as the calling process lives."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main(parent: int, command: Sequence[str]) -> int:
    """Run `command` until it ends, a signal comes or `parent` is gone; then the child's whole group is stopped."""
    asked_to_stop = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    child = subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_leash)  # noqa: PLW1509 - no threads here
    while child.poll() is None and not asked_to_stop and os.getppid() == parent:
        time.sleep(_LOOK)
    if child.poll() is None:
        _stop_group(child)
    return child.returncode


def _stop_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it ended by itself in this very moment
        os.killpg(child.pid, signal.SIGINT)
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _die_with_leash() -> None:
    """Ask Linux to kill the child should the leash itself be killed; other systems have no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
