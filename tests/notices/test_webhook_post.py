"""The post to web hooks: only to the address that was judged, never further, and never for long."""

import socket
from ipaddress import ip_address

import pytest
from receiver import HERE, Receiver

from domain.webhooks import NotDelivered, networks
from notices.webhooks import WebPost

ALLOWED = networks("127.0.0.0/8")
BODY = b'{"id": "evt_1"}'
HEADERS = {"Paystates-Event": "evt_1"}


def looked_up(*addresses):
    """A name server that knows these addresses for every name; it remembers for which it was asked."""
    asked = []

    async def lookup(host, port):
        asked.append(host)
        return [ip_address(one) for one in addresses]

    lookup.asked = asked
    return lookup


async def test_what_is_sent_arrives_as_it_was_signed():
    receiver = Receiver()
    with receiver.open() as url:
        await WebPost(ALLOWED).send(url, HEADERS, BODY)
    assert receiver.taken == [{"id": "evt_1"}]
    assert receiver.seen[0]["Host"] in url


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 404, 500, 503])
async def test_only_success_is_taken_for_received(status):
    """Nobody is followed elsewhere: a redirect could lead into a private network."""
    receiver = Receiver(answers=[status], headers={"Location": "http://169.254.169.254/"})
    with receiver.open() as url, pytest.raises(NotDelivered, match=f"answered {status}") as failed:
        await WebPost(ALLOWED).send(url, HEADERS, BODY)
    assert not failed.value.final
    assert len(receiver.tried) == 1


async def test_one_that_is_gone_says_so_for_good():
    receiver = Receiver(answers=[410])
    with receiver.open() as url, pytest.raises(NotDelivered) as failed:
        await WebPost(ALLOWED).send(url, HEADERS, BODY)
    assert failed.value.final


async def test_this_machine_is_not_called_unless_that_is_allowed():
    receiver = Receiver()
    with receiver.open() as url, pytest.raises(NotDelivered, match="no public address"):
        await WebPost().send(url, HEADERS, BODY)
    assert receiver.seen == []


@pytest.mark.parametrize("addresses", [["169.254.169.254"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], []])
async def test_a_name_that_means_a_private_address_is_not_called(addresses):
    """Whoever owns a name decides what it means: each of its addresses must be public."""
    post = WebPost(lookup=looked_up(*addresses))
    with pytest.raises(NotDelivered, match="is not at a public address"):
        await post.send("https://hooks.contoso.example/", HEADERS, BODY)


async def test_the_address_that_was_judged_is_the_one_that_is_called():
    """The name is looked up once, and the other side is still called by its name."""
    receiver, lookup = Receiver(), looked_up(HERE)
    with receiver.open() as url:
        port = url.split(":")[2].split("/")[0]
        await WebPost(ALLOWED, lookup=lookup).send(f"http://localhost:{port}/hook", HEADERS, BODY)
    assert lookup.asked == ["localhost"]
    assert receiver.seen[0]["Host"] == f"localhost:{port}"


async def test_a_name_of_another_alphabet_is_looked_up_as_it_is_written():
    """Read and written again by the rules of another year, this one would be another name, which somebody else may own."""
    lookup = looked_up("169.254.169.254")
    with pytest.raises(NotDelivered, match=r"xn--strae-oqa\.example is not at a public address"):
        await WebPost(lookup=lookup).send("https://xn--strae-oqa.example/", HEADERS, BODY)
    assert lookup.asked == ["xn--strae-oqa.example"]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    """It would look the name up by itself."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    receiver = Receiver()
    with receiver.open() as url:
        await WebPost(ALLOWED).send(url, HEADERS, BODY)
    assert receiver.taken


async def test_nobody_listening_is_no_crash():
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port = probe.getsockname()[1]
    with pytest.raises(NotDelivered, match="could not be reached"):
        await WebPost(ALLOWED).send(f"http://{HERE}:{port}/", HEADERS, BODY)


async def test_a_name_that_nobody_knows_is_no_crash():
    async def lookup(host, port):
        raise socket.gaierror

    with pytest.raises(NotDelivered, match="could not be reached"):
        await WebPost(lookup=lookup).send("https://nowhere.example/", HEADERS, BODY)


async def test_one_that_never_answers_is_left():
    """It takes the connection, and says nothing."""
    with socket.create_server((HERE, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotDelivered, match="no answer within"):
            await WebPost(ALLOWED, patience=0.05).send(f"http://{HERE}:{port}/", HEADERS, BODY)
