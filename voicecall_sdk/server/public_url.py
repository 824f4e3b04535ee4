"""Under which URL did the carrier call us? What it signed is the URL it was given, not what arrived here.

With a public URL configured (or reported by a tunnel) its scheme, host and path are taken from there, for a proxy may
have rewritten them; only the query is the request's. Without one the URL is rebuilt from the Host header, or from
forwarding headers where those are trusted.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.forwarded import NOTHING, Told, told_by
from voicecall_sdk.server.peers import is_in

LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
NAMED: Final = re.compile(r"([a-z0-9.-]+)(?::[0-9]{1,5})?")
BRACKETED: Final = re.compile(r"\[([0-9a-f:.]+)\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """Whose word about the outside is taken. `proxies` are addresses or networks in CIDR form.

    Headers are trusted when hosts are listed or `trust` is set, and only from the listed proxies if any are. A
    `tunnel` that we opened ourselves ends on this machine: what comes from there is counted by whom it came from.
    """

    hosts: Sequence[str] = ()
    trust: bool = False
    proxies: Sequence[str] = ()
    tunnel: bool = False


def candidates(request: WebhookRequest, public_url: str | None, forwarding: Forwarding) -> Sequence[str]:
    """The URLs that the carrier may have signed, likeliest first."""
    query = urlsplit(request.target).query
    if public_url is not None:
        fixed = urlsplit(public_url)
        urls = [urlunsplit((fixed.scheme, fixed.netloc, fixed.path, query, ""))]
        port = _port_of(request.headers.get("host", ""))
        if port is not None and fixed.hostname:
            urls.append(urlunsplit((fixed.scheme, f"{_bracketed(fixed.hostname)}:{port}", fixed.path, query, "")))
        return urls
    told = told_by(request.headers) if trusts(request, forwarding) else NOTHING
    paths = (request.path,) if told.prefix is None else (told.prefix + request.path, request.path)
    return [
        urlunsplit((told.scheme or "https", netloc, path, query, ""))
        for path, netloc in product(paths, _netlocs(request, told, forwarding))
    ]


def trusts(request: WebhookRequest, forwarding: Forwarding) -> bool:
    """Whether this request's forwarding headers are believed."""
    if not (forwarding.trust or _known_hosts(tuple(forwarding.hosts))):
        return False
    return not forwarding.proxies or is_in(request.remote, forwarding.proxies)


def valid_host(text: str) -> str | None:
    """The host as it may stand in a URL (port dropped, IPv6 in brackets), or None for anything else."""
    text = text.strip().lower()
    if bracketed := BRACKETED.fullmatch(text):
        return _ipv6(bracketed[1])
    if not (named := NAMED.fullmatch(text)):
        return _ipv6(text)
    host = named[1]
    return host if len(host) <= 253 and all(map(LABEL.fullmatch, host.rstrip(".").split("."))) else None


def _netlocs(request: WebhookRequest, told: Told, forwarding: Forwarding) -> Iterator[str]:
    """The host that a believed proxy names, or that of the request itself: without its port, and with it.

    Where hosts are listed none else is believed, whoever names it: what was signed for another service of the same
    account must not be good here.
    """
    known = _known_hosts(tuple(forwarding.hosts))
    for text in (*told.hosts, request.headers.get("host", "")):
        host = valid_host(text)
        if host is not None and (not forwarding.hosts or host.rstrip(".") in known):
            yield host
            port = _port_of(text) or told.port
            if port is not None:
                yield f"{host}:{port}"
            return


@lru_cache(maxsize=16)
def _known_hosts(hosts: Sequence[str]) -> frozenset[str]:
    """Of what is no host nothing is left: a list of such allows nobody, and is no list that is missing."""
    return frozenset(host.rstrip(".") for host in map(valid_host, hosts) if host is not None)


def _port_of(netloc: str) -> int | None:
    try:
        return urlsplit(f"//{netloc.strip()}").port
    except ValueError:
        return None


def _ipv6(text: str) -> str | None:
    """An address in brackets. None with a zone (`fe80::1%eth0`): that is of this machine alone and may say anything."""
    try:
        return None if "%" in text else f"[{ipaddress.IPv6Address(text)}]"
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
