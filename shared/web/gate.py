"""By which address a browser came and from where; a proxy is believed only when it is named.

uvicorn's own reading of forwarded headers is switched off (`server.py`): it believes whatever runs
on this machine, and knows nothing of the host.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

import structlog
from starlette.types import Scope

from shared.errors import NotFound, Problem
from shared.i18n import N_

log = structlog.get_logger()

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
PROBED = ("/health", "/metrics")
"""Paths that machines ask for by the address of one process."""
HEAD_BYTES = 32 * 1024
HEAD_LINES = 100
ADDRESS_BYTES = 8 * 1024
PORTS = {"http": 80, "https": 443}
FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")


class WrongAddress(Problem):
    """The browser asked for another host than the portal's."""

    status = 421
    sentence = N_("This portal is at another address: %(address)s")


class NoAddress(Problem):
    """The request names no host, or several."""

    status = 400
    sentence = N_("Your browser did not say which address it wants.")


class HeadTooLarge(Problem):
    """More header fields, or longer ones, than a browser of ours sends."""

    status = 431
    sentence = N_("Your browser sent more along than we take. Delete this site's cookies.")


class AddressTooLong(Problem):
    """A longer address than any page of ours has."""

    status = 414
    sentence = NotFound.sentence


def networks(value: str) -> tuple[Network, ...]:
    """Return the addresses and networks of a list. Raises ValueError for what is none."""
    try:
        return tuple(ip_network(one.strip()) for one in value.split(",") if one.strip())
    except ValueError as error:
        raise ValueError(
            f"{error}; write addresses or networks, such as 127.0.0.1, 10.0.0.0/8"
        ) from error


@dataclass(frozen=True)
class Gate:
    """The portal's own address, and the proxies whose word counts."""

    portal_url: str
    proxies: Sequence[Network] = ()

    def settle(self, scope: Scope) -> str | None:
        """Write into the scope who asks, by which scheme and host.

        Returns where to send a browser that came without TLS to a portal that has it. Raises
        NoAddress, WrongAddress, HeadTooLarge, AddressTooLong.
        """
        _measure(scope)
        headers = _headers(scope)
        said = {name: headers[name][-1] for name in FORWARDED if name in headers}
        peer = _address((scope.get("client") or ("",))[0])
        if said and not _is_in(peer, self.proxies):
            _doubt(peer)
            direct, said = False, {}
        else:
            direct = not said and _is_in(peer, LOOPBACK)
        if peer is not None and "x-forwarded-for" in said:
            scope["client"] = (self._client(peer, ",".join(headers["x-forwarded-for"])), 0)
        portal = urlsplit(self.portal_url)
        if not direct and scope["scheme"] == "http":
            scope["scheme"] = _last(said.get("x-forwarded-proto", portal.scheme), portal.scheme)
        if scope["path"].startswith(PROBED):
            return None
        self._check_host(scope, headers.get("host", []), said.get("x-forwarded-host"), direct)
        if portal.scheme == "https" and scope["scheme"] == "http" and not direct:
            query = scope.get("query_string", b"").decode("latin-1")
            return f"{self.portal_url}{quote(scope['path'])}{'?' if query else ''}{query}"
        return None

    def _client(self, peer: Address, chain: str) -> str:
        """Return the nearest address that is no trusted proxy, from the end of the chain."""
        for hop in reversed(chain.split(",")):
            found = _address(_without_port(hop.strip()))
            if found is None:
                break
            peer = found
            if not _is_in(found, self.proxies):
                break
        return str(peer)

    def _check_host(
        self, scope: Scope, asked: list[str], forwarded: str | None, direct: bool
    ) -> None:
        if len(asked) != 1:
            raise NoAddress
        host = _last(forwarded, "") if forwarded is not None else asked[0]
        portal = urlsplit(self.portal_url)
        try:
            there = urlsplit(f"//{host}")
            asked_for = (there.hostname, there.port or PORTS.get(portal.scheme))
        except ValueError:
            raise NoAddress from None
        ours = asked_for == (portal.hostname, portal.port or PORTS.get(portal.scheme))
        if not ours and not (direct and _is_loopback(there.hostname or "")):
            raise WrongAddress(address=self.portal_url)
        if forwarded is not None:
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            scope["headers"] = [*others, (b"host", host.encode("latin-1"))]


def is_near(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Say whether this machine or a trusted address asks, for itself and not for another."""
    if any(name in _headers(scope) for name in (*FORWARDED, "forwarded")):
        return False
    return _is_in(_address((scope.get("client") or ("",))[0]), (*LOOPBACK, *trusted))


def _measure(scope: Scope) -> None:
    lines = scope["headers"]
    if len(lines) > HEAD_LINES or sum(len(name) + len(text) for name, text in lines) > HEAD_BYTES:
        raise HeadTooLarge
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > ADDRESS_BYTES:
        raise AddressTooLong


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _last(listed: str | None, otherwise: str) -> str:
    """Return what the nearest proxy added to a list."""
    return (listed or "").rpartition(",")[2].strip() or otherwise


def _address(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _is_in(address: Address | None, places: Sequence[Network]) -> bool:
    return address is not None and any(address in one for one in places)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or _is_in(_address(host), LOOPBACK)


_doubted: set[str] = set()


def _doubt(peer: Address | None) -> None:
    """Say once of each address that it forwards and is not believed: a setting may be missing."""
    if str(peer) not in _doubted and len(_doubted) < HEAD_LINES:
        _doubted.add(str(peer))
        log.warning("proxy.not_trusted", address=str(peer), setting="TRUSTED_PROXIES")
