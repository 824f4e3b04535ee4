"""How a webhook is forged: its parameters and address altered, its signature dealt with. Knows no carrier.

Which headers carry the signature is found out by having the carrier sign two different things: the headers that
differ are the signature (with a timestamp and a nonce, where a carrier has them).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.faults.fault import ImpossibleFault, Sign

Params = tuple[tuple[str, str], ...]

TIME: Final = "timestamp"
"""How the name of a header ends that says when a webhook was signed."""

NO_TIME: Final = "soon"

JUST_ALTERED: Final[Mapping[str, Any]] = {"Tampered": "1"}
"""What is changed when a scenario tampers without saying what: a parameter more."""


def alter(hook: Outgoing, change: Mapping[str, Any], to: str | None) -> Outgoing:
    """A copy with parameters replaced, added or (None) removed, and sent to another path. The headers stay."""
    if change:
        hook = with_changes(hook, change)
    if to is not None:
        hook = replace(hook, url=elsewhere(hook.url, to), signed_url=elsewhere(hook.signed_url, to))
    return hook


def resign(forged: Outgoing, genuine: Outgoing, signature: str, sign: Sign) -> Outgoing:
    """The forged copy with the signature that its forger could offer; see `Forged` for the words."""
    try:
        return SIGNATURES[signature](forged, genuine, sign)
    except KeyError:
        raise ImpossibleFault(f"signature: {signature} is none of {', '.join(SIGNATURES)}") from None


def missing(forged: Outgoing, genuine: Outgoing, sign: Sign) -> Outgoing:
    """Without any signature header."""
    for name in signature_headers(genuine, sign):
        forged = forged.with_header(name, None)
    return forged


def wrong(forged: Outgoing, genuine: Outgoing, sign: Sign) -> Outgoing:
    """With a well-formed signature that belongs to something else."""
    return with_signature_of(sign(somewhere_else(forged)), forged, signature_headers(genuine, sign))


def stale(forged: Outgoing, genuine: Outgoing, sign: Sign) -> Outgoing:
    """With the signature of the webhook as it was before it was altered; altered a little if nothing else was."""
    if (forged.body, forged.url) == (genuine.body, genuine.url):
        forged = alter(forged, JUST_ALTERED, None)
    return with_signature_of(genuine, forged, signature_headers(genuine, sign))


def authentic(forged: Outgoing, genuine: Outgoing, sign: Sign) -> Outgoing:
    """With the carrier's own signature for exactly what is sent."""
    return sign(forged)


def undated(forged: Outgoing, genuine: Outgoing, sign: Sign) -> Outgoing:
    """With the carrier's own signature over a time that is no number. Raises `ImpossibleFault` where none is signed."""
    times = [name for name, _ in sign(forged).headers if name.lower().endswith(TIME)]
    if not times:
        raise ImpossibleFault("signature: undated: this carrier signs no time")
    for name in times:
        forged = forged.with_header(name, NO_TIME)
    return sign(forged)


SIGNATURES: Final[Mapping[str, Callable[[Outgoing, Outgoing, Sign], Outgoing]]] = {
    "missing": missing,
    "wrong": wrong,
    "stale": stale,
    "genuine": authentic,
    "undated": undated,
}


def signature_headers(hook: Outgoing, sign: Sign) -> Sequence[str]:
    """The names of the headers that depend on what is signed, in the order in which they are sent."""
    here, there = sign(hook), sign(somewhere_else(hook))
    others = {name.lower(): value for name, value in there.headers}
    return [name for name, value in here.headers if others.get(name.lower()) != value]


def somewhere_else(hook: Outgoing) -> Outgoing:
    """The same webhook with other contents for another address, so that any scheme gives it another signature."""
    return alter(hook, JUST_ALTERED, "/somewhere/else")


def with_signature_of(source: Outgoing, target: Outgoing, names: Sequence[str]) -> Outgoing:
    """The target with the source's values of these headers."""
    values = {name.lower(): value for name, value in source.headers}
    for name in names:
        target = target.with_header(name, values.get(name.lower()))
    return target


def elsewhere(url: str, path: str) -> str:
    """The same origin with another path (and query)."""
    scheme, host, *_ = urlsplit(url)
    return f"{scheme}://{host}{path}"


def with_changes(hook: Outgoing, change: Mapping[str, Any]) -> Outgoing:
    """The webhook with its parameters changed where they travel: query, JSON body or form body."""
    params = changed(hook.params, change)
    if hook.method == "GET":
        url = in_query(hook.url, change)
        return replace(hook, params=params, url=url, signed_url=url)
    hook = hook.with_header("Content-Length", None)
    if is_json(hook):
        return replace(hook, body=changed_json(hook.body, change), params=params)
    return replace(hook, body=urlencode(params).encode(), params=params)


def is_json(hook: Outgoing) -> bool:
    """Whether the body is JSON."""
    return any(name.lower() == "content-type" and "json" in value for name, value in hook.headers)


def changed(params: Params, change: Mapping[str, Any]) -> Params:
    """The parameters with the changes in place, new ones at the end."""
    kept = tuple((name, str(change.get(name, value))) for name, value in params if change.get(name, value) is not None)
    present = {name for name, _ in params}
    return (*kept, *((name, str(value)) for name, value in change.items() if name not in present and value is not None))


def changed_json(body: bytes, change: Mapping[str, Any]) -> bytes:
    """The JSON body with each change made at its dotted path (`data.payload.state`); None removes."""
    document = json.loads(body)
    for path, value in change.items():
        *parents, last = path.split(".")
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return json.dumps(document, separators=(",", ":")).encode()


def in_query(url: str, change: Mapping[str, Any]) -> str:
    """The URL with parameters of its query changed."""
    scheme, host, path, query, _ = urlsplit(url)
    pairs = changed(tuple(parse_qsl(query, keep_blank_values=True)), change)
    return urlunsplit((scheme, host, path, urlencode(pairs), ""))
