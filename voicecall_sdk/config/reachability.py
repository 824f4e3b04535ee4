"""Whether a carrier can call a URL from the internet (reference, section 7.8)."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

LOCAL_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

LOOPBACK_NETWORKS: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def host_of(url: str) -> str | None:
    """The host that a URL leads to; None if it leads nowhere."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_local_url(url: str) -> bool:
    """Whether the URL leads to this machine or a private network, or nowhere."""
    host = host_of(url)
    return host is None or is_local_host(host)


def is_local_host(host: str) -> bool:
    """Whether the name or address is of this machine or of a private network."""
    return _is_localhost(host) or _within(host, LOCAL_NETWORKS)


def is_loopback_host(host: str) -> bool:
    """Whether only this machine can connect to the name or address."""
    return _is_localhost(host) or _within(host, LOOPBACK_NETWORKS)


def _is_localhost(host: str) -> bool:
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def _within(host: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]").split("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
