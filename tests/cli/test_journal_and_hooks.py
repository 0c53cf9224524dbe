"""`paystates journal` tells everything that happened to an account; `paystates hooks` sees to who else is told."""

import json
import os
import subprocess
import sys

import pytest
from receiver import Receiver
from shell import COMMAND, Process, book_text

KEY = "a key of thirty-two characters.."


@pytest.fixture
def filled(paystates, home):
    """A book with one account, to which two things happened."""
    (home / "book.yaml").write_text(book_text("i-1"), encoding="utf-8")
    assert paystates("book", "import", "book.yaml").code == 0
    assert paystates("book", "pay", "i-1", "10.00", "--reference", "wire").code == 0
    return home


def test_everything_that_happened_to_an_account_is_told_in_order(paystates, filled):
    ran = paystates("journal", "i-1")
    assert ran.code == 0
    imported, paid = ran.out.splitlines()
    assert "imported: 1 account" in imported
    assert paid.endswith("10.00 NOK received for i-1")


def test_a_script_gets_it_as_data_and_goes_on_with_the_cursor(paystates, filled):
    whole = paystates("journal", "i-1", "--json").data
    assert [one["kind"] for one in whole["events"]] == ["imported", "payment_received"]
    first = paystates("journal", "i-1", "--limit", 1, "-o", "json").data
    assert first["events"] == whole["events"][:1]
    lines = paystates("journal", "i-1", "--after", first["next"], "--output", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == whole["events"][1:]


def test_how_it_goes_on_is_said_when_there_is_more(paystates, filled):
    assert "--after" in paystates("journal", "i-1", "--limit", 1).err
    assert "That is all" in paystates("journal", "i-1").err


def test_an_account_that_is_not_in_the_book_is_named(paystates, filled):
    ran = paystates("journal", "nobody")
    assert ran.code == 2
    assert "ACCOUNT 'nobody' is not in the account book" in ran.told


def test_what_happens_next_is_told_until_ctrl_c(paystates, filled):
    """In a process of its own: it tells what was there, and then what another command does."""
    following = Process([*COMMAND, "journal", "i-1", "--follow", "-o", "jsonl"], filled)
    told = [json.loads(following.until("{")) for _ in range(2)]
    assert paystates("book", "pay", "i-1", "5.00", "--reference", "next").code == 0
    assert "5.00 NOK" in json.loads(following.until("{"))["words"]
    assert told[-1]["kind"] == "payment_received"
    assert following.stop() == (130, "")


@pytest.fixture
def keyed(filled, monkeypatch):
    """The same place, with a key to sign with, and this machine allowed."""
    monkeypatch.setenv("PAYSTATES_WEBHOOK_KEY", KEY)
    monkeypatch.setenv("PAYSTATES_WEBHOOK_NETWORKS", "127.0.0.0/8")
    return filled


def test_a_web_hook_is_added_tried_listed_and_removed(paystates, keyed):
    receiver = Receiver()
    with receiver.open() as url:
        made = paystates("hooks", "add", url, "--account", "i-1", "--event", "procedure.ended", "--json").data
        receiver.secrets.append(made["secret"])
        assert paystates("hooks", "test", made["id"]).code == 0
    assert paystates("hooks", "test", made["id"]).code == 1
    (listed,) = paystates("hooks", "list", "--json").data
    assert (listed["id"], listed["account"], listed["events"]) == (made["id"], "i-1", ["procedure.ended"])
    assert paystates("hooks", "pause", made["id"], "--json").data["status"] == "paused"
    assert "is active" in paystates("hooks", "resume", made["id"]).out
    assert paystates("hooks", "remove", made["id"]).code == 0
    assert paystates("hooks", "list", "--json").data == []
    assert [one["type"] for one in receiver.taken] == ["webhook.test"]


def test_a_secret_is_shown_when_it_is_made_and_never_again(paystates, keyed):
    made = paystates("hooks", "add", "https://hooks.contoso.example/")
    secret = next(word for word in made.out.split() if word.startswith("whsec_"))
    assert secret not in paystates("hooks", "list", "--json").out
    rotated = paystates("hooks", "rotate", paystates("hooks", "list", "--json").data[0]["id"], "--overlap", "1h")
    assert "whsec_" in rotated.out
    assert secret not in rotated.out


def test_what_cannot_be_added_says_what_to_write(paystates, keyed):
    for given, said in (
        (("http://hooks.contoso.example/",), "begin it with https://"),
        (("https://x", "--event", "all"), "use procedure.ended or procedure.refused"),
        (("https://x", "--account", "nobody"), "no account nobody"),
    ):
        ran = paystates("hooks", "add", *given)
        assert ran.code == 2
        assert said in ran.told
    assert paystates("hooks", "remove", "wh_0").code == 2
    assert "--overlap" in paystates("hooks", "rotate", "wh_0", "--overlap", "soon").told


def test_without_a_key_it_is_said_which_setting_is_missing(paystates, filled):
    ran = paystates("hooks", "add", "https://x")
    assert ran.code == 2
    assert "PAYSTATES_WEBHOOK_KEY" in ran.told


def test_a_worker_in_service_tells_web_hooks_of_what_ends(keyed, tmp_path):
    """From the command that starts everything to somebody else's server."""
    receiver = Receiver()
    given = {"PAYSTATES_WEBHOOK_KEY": KEY, "PAYSTATES_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    with receiver.open() as url:
        up = Process([*COMMAND, "up", "--no-web", "--json"], tmp_path, **given)
        try:
            server = json.loads(up.until("}"))["server"]
            paying = {**up.settings, "TEMPORAL_ADDRESS": server}
            made = json.loads(done(tmp_path, paying, "hooks", "add", url, "--json"))
            receiver.secrets.append(made["secret"])
            done(tmp_path, paying, "start", "charge-retry", "i-1", "--charge-now")
            receiver.wait_for(lambda: bool(receiver.taken), "the end is told")
        finally:
            assert up.stop()[0] == 0
    assert (receiver.taken[0]["subject"], receiver.taken[0]["state"]) == ("charge-retry/i-1", "recovered")


def done(folder, given, *arguments: str) -> str:
    """Run a command as a process of its own; what it wrote."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PAYSTATES_", "TEMPORAL_"))}
    command = [sys.executable, *COMMAND, *arguments]
    ran = subprocess.run(command, cwd=folder, env=kept | given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
