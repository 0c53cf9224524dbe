"""Fixtures of the gateways' tests: the virtual clock, a bank that follows a script, and a bank that is a process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from at_the_bank import VirtualClock

from gateways.process import BankProcess
from gateways.remote import RemoteBank
from gateways.script import load_script, parse_script
from gateways.scripted import ScriptedBank

CONTRACT = Path(__file__).parent / "contract.yaml"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def scripted(clock: VirtualClock) -> Callable[[str], ScriptedBank]:
    """A bank in memory that follows the YAML text it is given."""
    return lambda text: ScriptedBank(parse_script(text), now=clock)


@pytest.fixture(scope="session")
def contract_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the bank process listens that all the contract's tests share: each has references of its own."""
    with BankProcess(tmp_path_factory.mktemp("bank") / "state.json", CONTRACT) as bank:
        yield bank.address


@pytest.fixture(params=["in memory", "as a process"])
def bank(request: pytest.FixtureRequest, clock: VirtualClock) -> ScriptedBank | RemoteBank:
    """A bank that follows `contract.yaml`, as either implementation of the port."""
    if request.param == "in memory":
        return ScriptedBank(load_script(CONTRACT), now=clock)
    return RemoteBank(request.getfixturevalue("contract_address"), now=clock)


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> str:
    """A reference that no other test uses."""
    return f"{request.node.name}/1"
