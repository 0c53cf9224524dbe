"""The curl examples of docs/integrate.md run as they stand there, one after the other, and answer what the page says."""

import asyncio
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from house_in_memory import InMemory

PAGE = Path(__file__).parents[2] / "docs" / "integrate.md"
EXAMPLE = re.compile(r"```sh curl\n(.+?)```\n\n```json\n(.+?)```", re.DOTALL)


class Server(uvicorn.Server):
    """Stopped by the test, not by signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(house: InMemory) -> AsyncIterator[str]:
    """The application at a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(uvicorn.Config(house.app, log_config=None, lifespan="off", ws="none"))
        running = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            await running


def agrees(answer: Any, told: Any) -> bool:
    """Whether an answer says at least what the page says."""
    if isinstance(told, dict):
        return isinstance(answer, dict) and all(name in answer and agrees(answer[name], one) for name, one in told.items())
    return bool(answer == told)


async def test_every_curl_example_answers_what_the_page_says(memory_house: InMemory) -> None:
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) >= 5
    if shutil.which("curl") is None:
        pytest.fail("curl is missing: install it, the examples are for it")
    async with served(memory_house) as api:
        for command, told in examples:
            environment = {"API": api, "TOKEN": memory_house.token(), "PATH": "/usr/bin:/bin:/usr/local/bin"}
            process = await asyncio.create_subprocess_exec(
                "bash", "-ec", command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            out, err = await process.communicate()
            assert process.returncode == 0, err.decode()
            assert agrees(json.loads(out), json.loads(told)), (command, out.decode())
