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
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.peers import is_in

FORWARDED_HOST: Final = ("x-forwarded-host", "x-original-host", "ngrok-forwarded-host")
LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
NAMED: Final = re.compile(r"([a-z0-9.-]+)(?::[0-9]{1,5})?")
BRACKETED: Final = re.compile(r"\[([0-9a-f:.]+)\](?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """Whose word about the outside is taken. `proxies` are addresses or networks in CIDR form.

    Headers are trusted when hosts are listed or `trust` is set, and only from the listed proxies if any are.
    """

    hosts: Sequence[str] = ()
    trust: bool = False
    proxies: Sequence[str] = ()


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
    return [
        urlunsplit((scheme, netloc, request.path, query, ""))
        for scheme in _schemes(request, forwarding)
        for netloc in _netlocs(request, forwarding)
    ]


def trusts(request: WebhookRequest, forwarding: Forwarding) -> bool:
    """Whether this request's forwarding headers are believed."""
    if not (_known_hosts(forwarding) or forwarding.trust):
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


def _schemes(request: WebhookRequest, forwarding: Forwarding) -> Sequence[str]:
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    if trusts(request, forwarding) and told in ("http", "https"):
        return (told,)
    return ("https",)


def _netlocs(request: WebhookRequest, forwarding: Forwarding) -> Iterator[str]:
    if trusts(request, forwarding):
        known = _known_hosts(forwarding)
        for header in FORWARDED_HOST:
            host = valid_host(request.headers.get(header, "").partition(",")[0])
            if host is not None and (not known or host in known):
                yield host
                return
    whole = request.headers.get("host", "").lower()
    host = valid_host(whole)
    if host is not None:
        yield host
        port = _port_of(whole)
        if port is not None:
            yield f"{host}:{port}"


def _known_hosts(forwarding: Forwarding) -> frozenset[str]:
    return frozenset(host for host in map(valid_host, forwarding.hosts) if host is not None)


def _port_of(netloc: str) -> int | None:
    try:
        return urlsplit(f"//{netloc}").port
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
