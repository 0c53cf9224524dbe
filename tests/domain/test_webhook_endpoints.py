"""Which addresses may be called, how an endpoint's is written, and what its secrets are."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from tables import refused_otherwise

from domain.webhooks import BadEndpoint, Endpoint, NotDelivered, checked_url, may_be_called, networks, secret_of

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LOOPBACK = networks("127.0.0.0/8, ::1/128")
METADATA = IPv4Address("169.254.169.254")
PRIVATE = [IPv4Address(0x0A000001), IPv4Address(0xAC100001), IPv4Address(0xC0A80001), IPv4Address(0x64400001)]
"""The first address of each private range, and of the one that carriers share."""


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_a_public_address_may_be_called(address):
    assert may_be_called(ip_address(address), ())


PRIVATE_ADDRESSES = [
    METADATA,
    IPv4Address(0),
    *PRIVATE,
    *map(
        ip_address,
        ("127.0.0.1", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fec0::1", "fd00:ec2::254", "ff02::1"),
    ),
    IPv4Address(0xC00000C0),
    *(IPv6Address(f"{form}:{METADATA}") for form in (":", "::ffff", "::ffff:0", "64:ff9b:", "64:ff9b:1:")),
    IPv6Address(0x2002 << 112 | int(METADATA) << 80),
]


def test_no_message_gets_into_a_private_network_by_itself():
    """Nor to where clouds keep credentials, in whatever way that is written."""
    assert {str(address) for address in PRIVATE_ADDRESSES if may_be_called(address, ())} == set()


def test_a_network_that_is_allowed_is_allowed_and_no_other():
    assert may_be_called(ip_address("127.0.0.1"), LOOPBACK)
    assert may_be_called(ip_address("::1"), LOOPBACK)
    assert may_be_called(ip_address("::ffff:127.0.0.1"), LOOPBACK)
    assert not may_be_called(METADATA, LOOPBACK)
    assert not may_be_called(PRIVATE[0], LOOPBACK)


@pytest.mark.parametrize(
    "url", ["https://hooks.contoso.example/paystates?a=b", "https://[2606:2800:220:1::1]:8443/", "https://x"]
)
def test_an_address_with_https_is_taken_as_it_is(url):
    assert checked_url(url, ()) == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/hook", "http://localhost/hook", "http://[::1]/hook", "https://127.0.0.1/"]
)
def test_to_this_machine_http_will_do_where_that_is_allowed(url):
    assert checked_url(url, LOOPBACK) == url


NOT_TO_BE_CALLED = [
    ("http://hooks.contoso.example/", "begin it with https"),
    ("http://93.184.216.34/", "begin it with https"),
    ("http://127.0.0.1.contoso.example/", "begin it with https"),
    ("http://127.0.0.1/", "no public address"),
    ("https://169.254.169.254/latest", "no public address"),
    ("https://[::ffff:169.254.169.254]/", "no public address"),
    ("https://user:pass@contoso.example/", "leave out user"),
    ("https://contoso.example/#x", "leave out user"),
    ("ftp://contoso.example/", "no web address"),
    ("https:///path", "no web address"),
    ("contoso.example", "no web address"),
    ("https://contoso.example:99999/", "cannot be read"),
    ("https://[::1/", "cannot be read"),
    ("https://contoso.example/\r\nX-Header: 1", "blanks"),
    ("https://contøso.example/", "no URL has"),
    ("https://contoso.example/" + "x" * 2000, "longer"),
    ("", "no web address"),
]


def test_what_cannot_be_called_is_refused_with_what_to_write():
    assert refused_otherwise(NOT_TO_BE_CALLED, BadEndpoint, lambda url: checked_url(url, ()), "url: ") == ""


def test_every_endpoint_and_every_rotation_has_a_secret_of_its_own():
    key = "k" * 32
    made = {secret_of(key, endpoint, number) for endpoint in ("wh_1", "wh_2") for number in (1, 2)}
    assert len(made) == 4
    assert secret_of(key, "wh_1", 1) in made
    assert secret_of("l" * 32, "wh_1", 1) not in made


def test_the_secret_before_signs_as_long_as_was_said():
    """The present one is the first; the third ends at once when there is a new one."""
    key, end = "k" * 32, NOW + timedelta(hours=1)
    endpoint = Endpoint("wh_1", None, "https://x", (), 0, NOW, secret_number=3, former_until=end)
    assert endpoint.secrets(key, NOW) == [secret_of(key, "wh_1", 3), secret_of(key, "wh_1", 2)]
    assert endpoint.secrets(key, end) == [secret_of(key, "wh_1", 3)]


def test_the_secret_before_counts_until_it_is_let_go():
    """Both sign until then, the present one first."""
    endpoint = Endpoint("h-1", None, "https://hooks.example", (), 0, NOW, secret_number=2, former_until=NOW + timedelta(days=1))
    assert endpoint.secrets("key", NOW) == [secret_of("key", "h-1", 2), secret_of("key", "h-1", 1)]
    assert endpoint.secrets("key", NOW + timedelta(days=1)) == [secret_of("key", "h-1", 2)]


def test_a_message_is_refused_for_now_or_for_good():
    assert not NotDelivered("503").final
    assert NotDelivered("410", final=True).final


@pytest.mark.parametrize(("different", "is_open"), [({}, True), ({"paused": True}, False), ({"failing_since": NOW}, False)])
def test_new_deliveries_begin_while_it_is_neither_paused_nor_failing(different, is_open):
    assert Endpoint("h-1", None, "https://hooks.example", (), 0, NOW, **different).is_open is is_open
