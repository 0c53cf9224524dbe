"""The bank as a process of its own: what it acknowledged survives kills, and kills of its callers can be timed."""

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from at_the_bank import DAY, START, VirtualClock, a_charge, booked, confirmed, opened

from gateways.port import GatewayUnavailable, IntentStatus
from gateways.process import BankFile, BankProcess, main
from gateways.remote import RemoteBank
from gateways.script import Hold

SCRIPT = """
pm_debit: [{late: {after: 4d}}]
pm_held_before: [{hold: before_charge}]
pm_held_after: [{hold: after_charge}]
pm_declined_once: [{decline: expired_card}, succeed]
"""
ROOT = Path(__file__).parents[2]
WORKER = """
import sys
from gateways.remote import RemoteBank
RemoteBank(sys.argv[1]).confirm(sys.argv[2], sys.argv[3])
"""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[BankProcess]:
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT)
    process = BankProcess(tmp_path / "state.json", script)
    yield process
    process.kill()


def test_a_kill_between_calls_loses_nothing_that_was_acknowledged(process: BankProcess, clock: VirtualClock) -> None:
    bank = process.start(now=clock)
    unconfirmed = opened(bank, reference="inv_1/1")
    charged = confirmed(bank, reference="inv_2/1")
    debit = confirmed(bank, "pm_debit", "inv_3/1")
    confirmed(bank, "pm_declined_once", "inv_4/1")
    seen = len(bank.notifications(clock.instant))
    calls, ledger = bank.calls(), bank.ledger()
    process.kill()

    assert process.start().address == bank.address, "its clients need not know that it was started again"
    assert (bank.calls(), bank.ledger()) == (calls, ledger)
    assert seen == 3
    assert bank.notifications(clock.instant) == [], "what was given out is not given out again"
    assert opened(bank, reference="inv_1/1") == unconfirmed, "the key still holds"
    assert bank.confirm(charged.id, "inv_2/1") == charged
    assert confirmed(bank, "pm_declined_once", "inv_4/2").status is IntentStatus.SUCCEEDED, "the next step"
    clock.forward("4d")
    assert bank.read(debit.id).status is IntentStatus.SUCCEEDED
    assert booked(bank, "inv_3/1") == [("charge", 4 * DAY)]


@pytest.mark.parametrize(
    ("token", "point", "charged"),
    [("pm_held_before", Hold.BEFORE_CHARGE, False), ("pm_held_after", Hold.AFTER_CHARGE, True)],
)
def test_a_kill_of_the_bank_in_the_middle_of_a_confirm_is_an_unknown_outcome(
    process: BankProcess, clock: VirtualClock, token: str, point: Hold, *, charged: bool
) -> None:
    bank = process.start(now=clock)
    intent = opened(bank, token)
    errors: list[Exception] = []

    def confirm() -> None:
        try:
            bank.confirm(intent.id, "inv_1/1")
        except GatewayUnavailable as error:
            errors.append(error)

    worker = threading.Thread(target=confirm)
    worker.start()
    assert [held.point for held in bank.waiting(within=5)] == [point]
    process.kill()
    worker.join(timeout=5)
    assert len(errors) == 1

    bank = process.start(now=clock)
    assert bank.cancel(intent.id).status is (IntentStatus.SUCCEEDED if charged else IntentStatus.CANCELLED)
    assert booked(bank) == ([("charge", timedelta())] if charged else [])


def test_a_worker_can_be_killed_in_the_moment_of_its_confirm(process: BankProcess, clock: VirtualClock) -> None:
    """Its confirm is still on the way when the look-up fences the intent; when it arrives, nothing is charged."""
    bank = process.start(now=clock)
    intent = opened(bank, "pm_held_before")
    worker = subprocess.Popen([sys.executable, "-c", WORKER, bank.address, intent.id, "inv_1/1"], cwd=ROOT)
    (held,) = bank.waiting(within=5)
    worker.kill()
    worker.wait()

    assert bank.cancel(intent.id).status is IntentStatus.CANCELLED
    assert bank.release() == [held]
    assert bank.waiting() == []
    assert bank.read(intent.id).status is IntentStatus.CANCELLED
    assert bank.ledger() == []


def test_a_caller_that_does_not_wait_for_the_reply_may_have_charged(process: BankProcess, clock: VirtualClock) -> None:
    bank = process.start(now=clock)
    intent = opened(bank, "pm_held_after")
    hasty = RemoteBank(bank.address, now=clock, timeout=0.1)
    with pytest.raises(GatewayUnavailable, match="timed out"):
        hasty.confirm(intent.id, "inv_1/1")
    bank.waiting(within=5)
    bank.release()

    assert bank.read(intent.id).status is IntentStatus.SUCCEEDED


def test_a_bank_that_is_not_there_is_unavailable(process: BankProcess, clock: VirtualClock) -> None:
    bank = process.start(now=clock)
    process.kill()

    with pytest.raises(GatewayUnavailable, match=f"find at the bank {bank.address}: .*refused"):
        bank.find("inv_1/1")


def test_a_call_that_makes_no_sense_is_an_error_of_its_caller(process: BankProcess, clock: VirtualClock) -> None:
    bank = process.start(now=clock)
    with pytest.raises(ValueError, match="the bank offers no /refund"):
        bank._ask("refund", None)  # type: ignore[arg-type]  # never reached
    with pytest.raises(ValueError, match="amount"):
        bank.open_intent(a_charge(amount="much"), "key")  # type: ignore[arg-type]  # that is the point

    connection = http.client.HTTPConnection(bank.address)
    connection.request("POST", "/ledger", json.dumps({"now": START.replace(tzinfo=None).isoformat(), "arguments": {}}))
    reply = json.loads(connection.getresponse().read())
    connection.close()
    assert reply["error"] == "invalid"
    assert "timezone" in reply["message"]


def test_a_state_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """A draft that a crash left behind harms nothing, and is gone after the next write."""
    file = BankFile(tmp_path / "state.json")
    (tmp_path / "state.json.draft").write_text("half a sta")
    assert file.read().calls == []
    file.write(file.read())

    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert file.read().calls == []


@pytest.mark.parametrize(
    ("state", "script", "complaint"),
    [
        ("not a state", "{}", "does not hold the state of a scripted bank: delete it, or name another file"),
        ("{}", "pm_card: []", "pm_card: has no step: add one, or leave the token out (it then succeeds)"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, script: str, complaint: str
) -> None:
    (tmp_path / "state.json").write_text(state)
    (tmp_path / "script.yaml").write_text(script)

    with pytest.raises(SystemExit) as stopped:
        main(["--file", str(tmp_path / "state.json"), "--script", str(tmp_path / "script.yaml")])
    assert stopped.value.code == 2
    assert complaint in capsys.readouterr().err


def test_a_process_that_does_not_start_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="the bank process did not start: it says why on stderr"):
        BankProcess(tmp_path / "state.json", tmp_path / "missing.yaml").start()
    assert "missing.yaml" in capfd.readouterr().err
