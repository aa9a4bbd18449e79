"""Which address is believed: the peer's, unless a proxy that is named says otherwise."""

import pytest
from starlette.types import Scope

from shared.web.gate import (
    AddressTooLong,
    Gate,
    HeadTooLarge,
    NoAddress,
    WrongAddress,
    networks,
)

PORTAL = "https://portal.example"
PROXY = "10.0.0.7"
GATE = Gate(PORTAL, networks("10.0.0.0/29, 2001:db8::1"))


def scope(peer: str = PROXY, path: str = "/en/", scheme: str = "http", **headers: str) -> Scope:
    given = {"host": "portal.example"} | {name.replace("_", "-"): v for name, v in headers.items()}
    return {
        "type": "http",
        "scheme": scheme,
        "client": (peer, 1234) if peer else None,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
    }


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        (PROXY, "203.0.113.9", "203.0.113.9"),
        (PROXY, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (PROXY, "6.6.6.6, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        (PROXY, "203.0.113.9:5123", "203.0.113.9"),
        (PROXY, "[2001:db8::9]:443", "2001:db8::9"),
        (PROXY, "::ffff:203.0.113.9", "203.0.113.9"),
        (PROXY, "6.6.6.6, unknown", PROXY),
        (PROXY, "", PROXY),
        (PROXY, "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("::ffff:10.0.0.7", "203.0.113.9", "203.0.113.9"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_who_asks_is_said_by_trusted_proxies_alone(peer: str, chain: str, client: str) -> None:
    asked = scope(peer, x_forwarded_for=chain)
    GATE.settle(asked)
    assert asked["client"][0] == client


def test_a_chain_over_several_lines_is_one_chain() -> None:
    asked = scope(x_forwarded_for="203.0.113.9")
    asked["headers"].insert(1, (b"x-forwarded-for", b"6.6.6.6"))
    GATE.settle(asked)
    assert asked["client"][0] == "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "headers", "scheme"),
    [
        (PROXY, {"x_forwarded_proto": "https"}, "https"),
        (PROXY, {"x_forwarded_proto": "http, https"}, "https"),
        (PROXY, {"x_forwarded_for": "203.0.113.9"}, "https"),
        ("198.51.100.1", {"x_forwarded_proto": "http"}, "https"),
        ("127.0.0.1", {}, "http"),
        ("127.0.0.1", {"x_forwarded_proto": "http"}, "https"),
    ],
)
def test_tls_is_what_the_proxy_or_the_portals_address_says(
    peer: str, headers: dict[str, str], scheme: str
) -> None:
    asked = scope(peer, **headers)
    assert GATE.settle(asked) is None
    assert asked["scheme"] == scheme


def test_nobody_makes_a_portal_without_tls_one_with_it() -> None:
    asked = scope("198.51.100.1", host="portal.example", x_forwarded_proto="https")
    Gate("http://portal.example").settle(asked)
    assert asked["scheme"] == "http"


def test_who_comes_without_tls_is_sent_to_where_it_is() -> None:
    asked = scope(path="/en/calls", x_forwarded_proto="http")
    asked["query_string"] = b"a=1"
    assert GATE.settle(asked) == f"{PORTAL}/en/calls?a=1"
    probed = scope(path="/health/live", x_forwarded_proto="http")
    assert GATE.settle(probed) is None


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (PROXY, {"host": "portal.example"}),
        (PROXY, {"host": "PORTAL.example:443"}),
        (PROXY, {"host": "inside:8101", "x_forwarded_host": "portal.example"}),
        ("127.0.0.1", {"host": "127.0.0.1:8000"}),
        ("127.0.0.1", {"host": "localhost:8000"}),
        ("::1", {"host": "[::1]:8000"}),
    ],
)
def test_the_portals_host_is_let_in(peer: str, headers: dict[str, str]) -> None:
    asked = scope(peer, **headers)
    GATE.settle(asked)
    if "x_forwarded_host" in headers:
        assert dict(asked["headers"])[b"host"] == b"portal.example"


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (PROXY, {"host": "elsewhere.example"}),
        (PROXY, {"host": "portal.example.elsewhere.example"}),
        (PROXY, {"host": "portal.example:8080"}),
        (PROXY, {"host": "127.0.0.1"}),
        (PROXY, {"host": "portal.example", "x_forwarded_host": "elsewhere.example"}),
        ("198.51.100.1", {"host": "inside", "x_forwarded_host": "portal.example"}),
        ("198.51.100.1", {"host": "localhost"}),
        ("127.0.0.1", {"host": "elsewhere.example"}),
        ("127.0.0.1", {"host": "localhost", "x_forwarded_for": "203.0.113.9"}),
    ],
)
def test_another_host_is_refused(peer: str, headers: dict[str, str]) -> None:
    with pytest.raises(WrongAddress):
        GATE.settle(scope(peer, **headers))


def test_a_process_is_probed_by_its_own_address() -> None:
    asked = scope("198.51.100.1", path="/health/live", host="10.1.2.3:8101")
    assert GATE.settle(asked) is None


@pytest.mark.parametrize("host", ["", "portal.example:port", "[portal"])
def test_a_host_must_be_one(host: str) -> None:
    with pytest.raises(NoAddress):
        GATE.settle(scope(host=host))
    twice = scope()
    twice["headers"].append((b"host", b"portal.example"))
    with pytest.raises(NoAddress):
        GATE.settle(twice)


def test_more_than_a_browser_sends_is_refused() -> None:
    with pytest.raises(HeadTooLarge):
        GATE.settle(scope(cookie="x" * 33_000))
    many = scope()
    many["headers"] += [(b"x-%d" % n, b"") for n in range(100)]
    with pytest.raises(HeadTooLarge):
        GATE.settle(many)
    with pytest.raises(AddressTooLong):
        GATE.settle(scope(path="/en/" + "x" * 8192))


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.1/8", "*", "10.0.0.0/33"])
def test_a_proxy_is_named_by_address(value: str) -> None:
    with pytest.raises(ValueError, match="write addresses or networks"):
        networks(value)
