"""Finds the Temporal server's program (the `temporal` command), or gets it: from the SDK's download, or built with Go.

The first that works wins: `temporal` on PATH at 1.9 or newer · the per-user cache · the SDK's own download · a Go build
from `tools/temporal-server` · else `ServerMissing`, one sentence with the three ways to get it. An address that is
given comes before all of them (`find_server`), for then nothing need be started at all.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paystates.temporal import obtain
from paystates.temporal.obtain import Say, tell

VERSION = "1.9.1"
"""The `temporal` command we build and test with: server 1.32.0, UI 2.54.1."""

OLDEST = (1, 9)
"""The oldest `temporal` command whose server skips time."""

THREE_WAYS = (
    f"put the `temporal` command {OLDEST[0]}.{OLDEST[1]} or newer on PATH (https://docs.temporal.io/cli), "
    "or install Go 1.26.8 or newer and run this again in a checkout of paystates, which builds it once, "
    "or start a server elsewhere and give its address in TEMPORAL_ADDRESS"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A server to use: the program to start (`path`) or one that runs already (`address`), and how it was found."""

    how: str
    path: Path | None = None
    address: str | None = None

    def __str__(self) -> str:
        """The one line for the terminal."""
        return f"Temporal server: {self.address or self.path} ({self.how})"


class ServerMissing(Exception):
    """No Temporal server could be found, fetched or built; the text names the ways to get one."""


def find_server(address: str | None = None, *, environ: Mapping[str, str] = os.environ, say: Say = tell) -> Found:
    """The server to use: the `address` given, TEMPORAL_ADDRESS, the profile TEMPORAL_PROFILE names, else a program.

    Raises `ServerMissing`.
    """
    if address:
        return Found("the address given", address=address)
    if given := environ.get("TEMPORAL_ADDRESS"):
        return Found("TEMPORAL_ADDRESS", address=given)
    if profile := environ.get("TEMPORAL_PROFILE"):
        return Found(f"profile {profile}", address=_address_in_profile(profile, environ))
    return find_program(environ=environ, say=say)


def find_program(*, environ: Mapping[str, str] = os.environ, say: Say = tell) -> Found:
    """The `temporal` command, fetched or built if need be; `say` tells what takes time. Raises `ServerMissing`."""
    if found := _on_path(environ, say) or _in_cache(environ):
        return found
    folder = cache_folder(environ)
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder, say):
        if found := _in_cache(environ):  # another process got it while we waited
            return found
        reasons: list[str] = []
        for how, get in (("downloaded by the SDK", obtain.download), ("built with Go", obtain.build)):
            try:
                get(VERSION, folder / "temporal", environ=environ, say=say)
            except obtain.NotObtained as why:
                reasons.append(str(why))
            else:
                return Found(how, path=folder / "temporal")
    message = f"There is no Temporal server here: {'; '.join(reasons)}. Three ways to get one: {THREE_WAYS}."
    raise ServerMissing(message)


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The per-user folder of this version's program. It lies outside the checkout, so that a fresh clone finds it."""
    caches = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "paystates" / f"temporal-{VERSION}"


def version_of(program: Path) -> tuple[int, ...] | None:
    """The version a `temporal` command says it has, such as `(1, 9, 1)`; None when it says nothing of the kind."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.search(r"temporal version v?(\d+)\.(\d+)\.(\d+)", said.stdout)
    return tuple(int(number) for number in numbers.groups()) if numbers else None


def _on_path(environ: Mapping[str, str], say: Say) -> Found | None:
    place = shutil.which("temporal", path=environ.get("PATH", os.defpath))
    if place is None:
        return None
    version = version_of(Path(place))
    if version is None or version[:2] < OLDEST:
        named = ".".join(map(str, version)) if version else "of unknown version"
        say(f"The temporal command on PATH is {named}; {OLDEST[0]}.{OLDEST[1]} or newer is needed, so it is left alone.")
        return None
    return Found(f"on PATH, version {'.'.join(map(str, version))}", path=Path(place))


def _in_cache(environ: Mapping[str, str]) -> Found | None:
    program = cache_folder(environ) / "temporal"
    return Found(f"from the cache, version {VERSION}", path=program) if os.access(program, os.X_OK) else None


def _address_in_profile(profile: str, environ: Mapping[str, str]) -> str:
    from temporalio.envconfig import ClientConfigProfile  # noqa: PLC0415 - the SDK takes 0.3 s to import; only here is it needed

    try:
        address = ClientConfigProfile.load(profile, override_env_vars=dict(environ)).address
    except RuntimeError as problem:
        message = f"The profile {profile!r} cannot be read ({problem}). Correct it, or correct --profile or TEMPORAL_PROFILE."
        raise ServerMissing(message) from problem
    if not address:
        message = f"The profile {profile!r} has no address. Add it, or correct --profile or TEMPORAL_PROFILE."
        raise ServerMissing(message)
    return address


@contextmanager
def _one_at_a_time(folder: Path, say: Say) -> Iterator[None]:
    """Hold the cache folder's lock: two clones that are set up at once must not both build for minutes."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is getting the Temporal server; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
