"""Who is at the other end of a connection, and who stands behind a proxy there."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from voicecall_sdk.server.public_url import Forwarding

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""Where the end of a tunnel is that runs on this machine."""

OWN_NETWORK: Final = 64
"""Bits of an IPv6 address that name a customer; the others are his to choose, so that they count for nothing."""


MOST_HOPS: Final = 32
"""Proxies one behind the other that are looked through; a header has room for a thousand."""


def counted_as(remote: str | None, forwarded_for: Sequence[str], forwarding: Forwarding) -> str:
    """The name under which a request is counted: its sender's address, the network of that for IPv6.

    `forwarded_for` are the values of X-Forwarded-For, or what `Forwarded` says of senders. They are read if
    `forwarding.trust` is set and the connection comes from one of its `proxies`, or if it comes out of our own tunnel:
    then the right-most address that is no such proxy is the sender's.
    """
    sender = _behind(remote, forwarded_for, forwarding)
    address = address_of(sender)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((address, OWN_NETWORK), strict=False))
    return sender or "" if address is None else str(address)


@lru_cache(maxsize=1024)
def address_of(text: str | None) -> Address | None:
    """The address; one of IPv4 in the clothes of IPv6 (`::ffff:10.0.0.1`) as what it is. None for anything else."""
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_in(remote: str | None, networks: Sequence[str]) -> bool:
    """Whether the address is one of these, or in one of these networks (CIDR). What is no network matches nobody."""
    address = address_of(remote)
    return address is not None and any(_contains(network, address) for network in networks)


def _behind(remote: str | None, forwarded_for: Sequence[str], forwarding: Forwarding) -> str | None:
    proxies = (*(forwarding.proxies if forwarding.trust else ()), *(LOOPBACK if forwarding.tunnel else ()))
    if not is_in(remote, proxies):
        return remote
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    for hop in reversed(hops[-MOST_HOPS:]):
        if address_of(hop) is None:
            return remote
        if not is_in(hop, proxies):
            return hop
    return remote


def _contains(network: str, address: Address) -> bool:
    known = _network(network)
    return known is not None and address in known


@lru_cache(maxsize=256)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Read once: a stranger's header of a thousand hops asks for each of them whether it is in there."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
