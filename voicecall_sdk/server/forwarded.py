"""What proxies say of the request that reached them: X-Forwarded-*, their dialects, and `Forwarded` (RFC 7239).

Nothing here is believed yet: whether it is, `public_url` decides by the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

HOST_HEADERS: Final = ("x-forwarded-host", "x-original-host", "ngrok-forwarded-host")
"""Headers that name the host, in the order in which they are asked (reference, section 7.5)."""

PAIR: Final = re.compile(r'\s*([A-Za-z0-9-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"=]*))\s*([;,]|$)')
"""One parameter of `Forwarded`: a token, or a quoted string with escapes; then another, another hop, or the end."""

ESCAPED: Final = re.compile(r"\\(.)")
PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
"""A path that a proxy may have taken off: plain segments, nothing that has to be decoded."""

NODE: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\w+)?|([0-9.]+)(?::\w+)?")
"""An address as `for` has it: IPv6 in brackets, a port behind it or not (RFC 7239, section 6)."""

DIGITS: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said of scheme, host (port included), port and path prefix. Texts as they came; hosts in order."""

    hosts: tuple[str, ...] = ()
    scheme: str | None = None
    port: str | None = None
    prefix: str | None = None


NOTHING: Final = Told()


def told_by(headers: Mapping[str, str]) -> Told:
    """What the headers of a request say; of a list the first item, which the outermost proxy wrote."""
    given = {name: _first(headers[name]) for name in headers if name.startswith(("x-", "ngrok-"))}
    standard = first_hop(headers["forwarded"]) if "forwarded" in headers else {}
    if not given and not standard:
        return NOTHING
    hosts = [given[name] for name in HOST_HEADERS if given.get(name)] + [standard.get("host", "")]
    schemes = (given.get("x-forwarded-proto"), standard.get("proto"))
    port, prefix = given.get("x-forwarded-port", ""), given.get("x-forwarded-prefix", "")
    return Told(
        hosts=tuple(filter(None, hosts)),
        scheme=next((scheme for scheme in schemes if scheme in ("http", "https")), None),
        port=port if DIGITS.fullmatch(port) else None,
        prefix=prefix.rstrip("/") if PREFIX.fullmatch(prefix) else None,
    )


def senders(headers: Sequence[str]) -> Sequence[str]:
    """Whom each proxy had its request from, by `Forwarded`: addresses without ports, or what stands there instead."""
    return [_without_port(hop.get("for", "")) for header in headers for hop in hops(header)]


def first_hop(header: str) -> Mapping[str, str]:
    """The parameters of the first element of `Forwarded`, which the outermost proxy wrote; none if it is malformed."""
    return next(iter(hops(header)), {})


def hops(header: str) -> Sequence[Mapping[str, str]]:
    """The parameters of each element of `Forwarded`, names in lower case; none at all if it is not well-formed."""
    found: list[dict[str, str]] = [{}]
    at, then = 0, ";"
    while then:
        pair = PAIR.match(header, at)
        if pair is None or pair[1].lower() in found[-1]:
            return ()
        name, quoted, plain, then = pair.groups()
        found[-1][name.lower()] = plain if quoted is None else ESCAPED.sub(r"\1", quoted)
        at = pair.end()
        if then == ",":
            found.append({})
    return found


def _without_port(node: str) -> str:
    match = NODE.fullmatch(node)
    return node if match is None else match[1] or match[2]


def _first(value: str) -> str:
    return value.partition(",")[0].strip()
