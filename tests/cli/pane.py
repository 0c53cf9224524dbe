"""A terminal that a test types into and reads: a pane of a tmux server of its own."""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from shell import COMMAND, ROOT, until


class Pane:
    """A shell in a terminal of 100 columns; use it as a context manager. The command `paystates` in it is ours."""

    def __init__(self, folder: Path, name: str, settings: Mapping[str, str]) -> None:
        self._tmux = ["tmux", "-L", f"paystates-{name}", "-f", "/dev/null"]
        self._folder = folder
        command = shlex.join([sys.executable, *COMMAND])
        more = " ".join(f"export {key}={shlex.quote(value)};" for key, value in settings.items())
        rc = folder / "shell-rc"
        rc.write_text(f"PS1='> '\nexport PYTHONPATH={ROOT}\n{more}\npaystates() {{ {command} \"$@\"; echo code=$?; }}\n")
        self._shell = shlex.join(["bash", "--noprofile", "--rcfile", str(rc), "-i"])

    def __enter__(self) -> Self:
        self._run("new-session", "-d", "-x", "100", "-y", "60", "-c", str(self._folder), self._shell)
        assert ">" in self.until(">")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("kill-server")

    def types(self, text: str) -> None:
        """Type a line."""
        self._run("send-keys", "-l", text)
        self._run("send-keys", "Enter")

    def presses(self, key: str) -> None:
        """Press a key, such as `C-c`."""
        self._run("send-keys", key)

    @property
    def screen(self) -> str:
        """What is on it."""
        return self._run("capture-pane", "-p")

    def until(self, text: str) -> str:
        """Wait until it shows the text; what it shows then, or at last."""
        return until(lambda: self.screen, lambda screen: text in screen)

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=True).stdout
