"""Faults of media streams: they never come up, come up late, or somebody opens them with something altered.

What is altered is how a stream introduces itself: its signature, its address, the parameters by which the application
knows it again (its token), the call that it says it belongs to. Knows no carrier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from voicecall_sim.carriers.emulator import StreamOpening, StreamTreatment
from voicecall_sim.faults.fault import ImpossibleFault, SignStream, Span
from voicecall_sim.faults.forgery import changed, elsewhere

Openings = Callable[[], Sequence[StreamOpening]]
"""The genuine streams so far, the oldest first."""


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The connection never comes up: nothing answers."""

    name: str = field(default="drop stream", init=False)

    def treat(self, treatment: StreamTreatment, draw: Random) -> StreamTreatment:
        """Lost on the way there."""
        return replace(treatment, lost=True)


@dataclass(frozen=True, slots=True)
class StreamLate:
    """The connection begins later."""

    by: Span
    name: str = field(default="delay stream", init=False)

    def treat(self, treatment: StreamTreatment, draw: Random) -> StreamTreatment:
        """Late on the way there."""
        return replace(treatment, delay=treatment.delay + self.by.draw(draw))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamForged:
    """A stream that is not what it says. What is None stays as it is.

    `token` is `missing`, `wrong` (values altered), `replayed` (those of the call's stream before, or of any) or `of
    another call`: the parameters, the query of the address, and the headers in `token_headers`, wherever the
    application put it. `claims` is `another call` or `an unknown call`. `change` replaces or adds parameters by name
    (None removes one), `to` is another path. `signature` as of webhooks; without it the upgrade is signed as it was,
    and where a token is in the address, as the carrier signs it.
    """

    openings: Openings
    sign: SignStream
    token: str | None = None
    claims: str | None = None
    change: Mapping[str, Any] = field(default_factory=dict)
    to: str | None = None
    signature: str | None = None
    token_headers: tuple[str, ...] = ()
    name: str = "tamper stream"

    def treat(self, treatment: StreamTreatment, draw: Random) -> StreamTreatment:
        """The forgery in the place of the genuine one; unaltered where there is nothing to take from yet."""
        return replace(treatment, opening=self.forge(treatment.opening))

    def forge(self, genuine: StreamOpening) -> StreamOpening:
        """A forged copy."""
        before = [one for one in self.openings() if one.number < genuine.number]
        forged = genuine
        if self.token is not None:
            forged = self._with_token(TOKENS[self.token], genuine, before)
        if self.claims is not None:
            forged = replace(forged, shown_call_id=CLAIMS[self.claims](genuine, before))
        if self.change:
            forged = replace(forged, parameters=changed(forged.parameters, self.change))
        if self.to is not None:
            forged = replace(forged, url=elsewhere(forged.url, self.to))
        return forged if self.signature is None else SIGNATURES[self.signature](forged, genuine, self.sign)

    def _with_token(self, pick: Pick, genuine: StreamOpening, before: Before) -> StreamOpening:
        names = tuple(name.lower() for name in self.token_headers)

        def in_headers(opening: StreamOpening) -> Parameters:
            return tuple((name, value) for name, value in opening.headers if name.lower() in names)

        forged = replace(
            genuine,
            parameters=pick(lambda opening: opening.parameters, genuine, before),
            url=with_query(genuine.url, pick(lambda opening: query_of(opening.url), genuine, before)),
        )
        if forged.url != genuine.url:
            forged = self.sign(forged)
        shown = dict(pick(in_headers, genuine, before))
        for name, _ in in_headers(genuine):
            forged = forged.with_header(name, shown.get(name))
        return forged

    def check(self, genuine: StreamOpening) -> None:
        """Raises `ImpossibleFault` if there is nothing to take from for this one."""
        others = [one for one in self.openings() if one.call_id != genuine.call_id]
        if not others and "another call" in (self.claims, (self.token or "").removeprefix("of ")):
            raise ImpossibleFault("no other call has had a stream yet whose identifiers could be used")


Parameters = tuple[tuple[str, str], ...]
Before = Sequence[StreamOpening]


def altered(value: str) -> str:
    """Another value of the same length."""
    swapped = value[::-1]
    return swapped if swapped != value else "".join("b" if char == "a" else "a" for char in value)


Told = Callable[[StreamOpening], Parameters]
"""One place where an opening has what the application gave."""
Pick = Callable[[Told, StreamOpening, Before], Parameters]


def query_of(url: str) -> Parameters:
    """The names and values of a URL's query."""
    return tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def with_query(url: str, pairs: Parameters) -> str:
    """The URL with that query; as it is written if the query is the same."""
    return url if pairs == query_of(url) else urlunsplit(urlsplit(url)._replace(query=urlencode(pairs)))


def replayed(genuine: StreamOpening, before: Before) -> StreamOpening:
    """The stream before: of this call, or of any; the last word of whoever has listened in."""
    own = [one for one in before if one.call_id == genuine.call_id]
    return (own or before or [genuine])[-1]


def elsewheres(genuine: StreamOpening, before: Before) -> StreamOpening:
    """The last stream of another call, or this one."""
    return next((one for one in reversed(before) if one.call_id != genuine.call_id), genuine)


TOKENS: Final[Mapping[str, Pick]] = {
    "missing": lambda told, genuine, before: (),
    "wrong": lambda told, genuine, before: tuple((name, altered(value)) for name, value in told(genuine)),
    "replayed": lambda told, genuine, before: told(replayed(genuine, before)),
    "of another call": lambda told, genuine, before: told(elsewheres(genuine, before)),
}

CLAIMS: Final[Mapping[str, Callable[[StreamOpening, Before], str]]] = {
    "another call": lambda genuine, before: elsewheres(genuine, before).call_id,
    "an unknown call": lambda genuine, before: unknown(genuine.call_id),
}


def unknown(call_id: str) -> str:
    """An identifier of the same form that nobody has: its digits turned round, the letters before them kept."""
    head = len(call_id) - len(call_id.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return call_id[:head] + altered(call_id[head:])


def signature_headers(opening: StreamOpening, sign: SignStream) -> Sequence[str]:
    """The names of the headers that depend on what is signed."""
    here, there = sign(opening), sign(replace(opening, url=elsewhere(opening.url, "/somewhere/else")))
    others = dict(there.headers)
    return [name for name, value in here.headers if others.get(name) != value]


def missing(forged: StreamOpening, genuine: StreamOpening, sign: SignStream) -> StreamOpening:
    """Without any signature header."""
    for name in signature_headers(genuine, sign):
        forged = forged.with_header(name, None)
    return forged


def wrong(forged: StreamOpening, genuine: StreamOpening, sign: SignStream) -> StreamOpening:
    """With a well-formed signature that belongs to something else."""
    source = dict(sign(replace(forged, url=elsewhere(forged.url, "/somewhere/else"))).headers)
    for name in signature_headers(genuine, sign):
        forged = forged.with_header(name, source.get(name))
    return forged


SIGNATURES: Final[Mapping[str, Callable[[StreamOpening, StreamOpening, SignStream], StreamOpening]]] = {
    "missing": missing,
    "wrong": wrong,
    "stale": lambda forged, genuine, sign: forged,
    "genuine": lambda forged, genuine, sign: sign(forged),
}
"""As of webhooks. `stale` is the signature that was sent, which is right unless the address is another."""
