"""Gets the Temporal server's program when it is not there: the SDK's own download, or a Go build of a pinned module.

Both write beside the target and rename in the end, so that a program in the cache is always whole.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from paystates.temporal.leash import on_leash

Say = Callable[[str], None]
"""Where progress goes: one plain line a call."""

SOURCES = Path(__file__).resolve().parents[2] / "tools" / "temporal-server"
"""Our Go module, which names the server's version and the hashes of all it is made of. Only a checkout has it."""

_COMMAND = "github.com/temporalio/cli/cmd/temporal"
_VERSION_IS_IN = "github.com/temporalio/cli/internal/temporalcli.Version"
_DOWNLOADS = "https://temporal.download/"
_REACH = 3.0  # seconds in which the download site must answer; without a network nobody should wait longer
_DOWNLOAD_LIMIT = 180.0  # seconds
_LINE_EVERY = 10.0  # seconds between two lines of progress


class NotObtained(Exception):
    """This way of getting the program does not work here; the text is half a sentence that says why."""


def tell(line: str) -> None:
    """Put a line on the terminal at once, also where that is a pipe or a file."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def download(version: str, target: Path, *, environ: Mapping[str, str], say: Say) -> None:
    """Let the SDK download the program to `target`. Without a network it gives up in seconds. Raises `NotObtained`."""
    if not _reachable(_DOWNLOADS):
        message = f"{_DOWNLOADS} does not answer, so nothing can be downloaded"
        raise NotObtained(message)
    say(f"Downloading the Temporal server {version}.")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        command = [sys.executable, "-m", "paystates.temporal.obtain", version, folder]
        log = target.parent / "download.log"
        if not _run(command, log, doing=lambda _: "downloading", limit=_DOWNLOAD_LIMIT, environ=environ, say=say):
            message = f"the download failed (see {log})"
            raise NotObtained(message)
        program = max(Path(folder).iterdir(), key=lambda file: file.stat().st_size)  # the SDK names it as it likes
        program.replace(target)


def build(version: str, target: Path, *, environ: Mapping[str, str], say: Say) -> None:
    """Build the program with Go into `target`: minutes at first, seconds from Go's cache. Raises `NotObtained`."""
    if not (SOURCES / "go.mod").exists():
        message = "this is not a checkout of paystates, so there is nothing to build it from"
        raise NotObtained(message)
    go = shutil.which("go", path=environ.get("PATH", os.defpath))
    if go is None:
        message = "Go is not on PATH, so it cannot be built"
        raise NotObtained(message)
    say(f"Building the Temporal server {version} with Go, once for this user. The first time takes 4 to 8 minutes.")
    built = target.with_name(f"temporal.{os.getpid()}")
    log = target.parent / "build.log"
    flags = ["-v", "-trimpath", "-buildvcs=false", "-ldflags", f"-s -w -X {_VERSION_IS_IN}={version}"]
    needed = {"CGO_ENABLED": "0", "HOME": environ.get("HOME") or str(Path.home())}
    try:
        command = [go, "build", *flags, "-o", str(built), _COMMAND]
        if not _run(command, log, doing=_doing, folder=SOURCES, environ={**environ, **needed}, say=say):
            message = f"the Go build failed with {_last_line(log)!r} (all of it is in {log})"
            raise NotObtained(message)
        built.replace(target)
    finally:
        built.unlink(missing_ok=True)


def _run(
    command: Sequence[str],
    log: Path,
    *,
    doing: Callable[[str], str],
    environ: Mapping[str, str],
    say: Say,
    folder: Path | None = None,
    limit: float = float("inf"),
) -> bool:
    """Run `command` on a leash with its output in `log` and a line of progress now and then; True when it went well."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            on_leash(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=dict(environ)
        )
    try:
        while (elapsed := time.monotonic() - began) < limit:
            try:
                return process.wait(_LINE_EVERY) == 0
            except subprocess.TimeoutExpired:
                say(f"  {_clock(elapsed + _LINE_EVERY)}: {doing(log.read_text(errors='replace'))}")
        return False
    finally:  # also when a person presses Ctrl-C
        process.terminate()
        process.wait()


def _doing(log: str) -> str:
    """What a Go build is at, from what it has said so far."""
    lines = log.splitlines()
    fetched = sum(line.startswith("go: downloading") for line in lines)
    compiled = len(lines) - fetched
    if compiled:
        return f"compiling and linking ({compiled} packages so far)"
    return f"downloading ({fetched} modules so far)" if fetched else "looking at what is there already"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:2} s"


def _reachable(address: str) -> bool:
    """Whether anything answers there within `_REACH` seconds. In a thread, since a name look-up takes no time-out."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(address, timeout=_REACH):  # noqa: S310 - a constant https address
                answers.append(True)
        except urllib.error.HTTPError:
            answers.append(True)  # it answered, whatever it said
        except OSError:
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_REACH)
    return bool(answers)


async def _through_the_sdk(version: str, folder: str) -> None:
    """The SDK downloads only on the way to starting a server; so start one, and stop it."""
    from temporalio.testing import WorkflowEnvironment  # noqa: PLC0415 - heavy, and needed in the child process alone

    async with await WorkflowEnvironment.start_local(download_dest_dir=folder, dev_server_download_version=f"v{version}"):
        pass


if __name__ == "__main__":
    asyncio.run(_through_the_sdk(*sys.argv[1:]))
