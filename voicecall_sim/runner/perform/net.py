"""Faults: from a `net` step to rules, replays, forgeries and cut links. A table of what can be done to what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Final, TypeAlias

from voicecall_sim.carriers.emulator import Outgoing, StreamOpening
from voicecall_sim.faults.fault import ImpossibleFault, RestFault, Span, StreamFault, WebhookFault
from voicecall_sim.faults.links import Ends, Links
from voicecall_sim.faults.rest import ReplyLate, ReplyLost, RequestLate, RequestLost
from voicecall_sim.faults.rules import RestAim, RestRule, StreamRule, WebhookAim, WebhookRule
from voicecall_sim.faults.streams import StreamForged, StreamLate, StreamLost
from voicecall_sim.faults.webhooks import Delayed, Dropped, Duplicated, Forged, Scattered
from voicecall_sim.runner.conditions import flat
from voicecall_sim.runner.perform.odds import odds, span
from voicecall_sim.runner.perform.services import SERVICE_FAULTS
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import NetStep, Step
from voicecall_sim.world.clock import SECOND, Micros, seconds

Do: TypeAlias = Callable[[Performance, NetStep], Awaitable[None]]

SHORTLY: Final = Span(at_least=0, at_most=SECOND)
"""When a duplicate follows, unless said otherwise."""


async def fault(performance: Performance, step: Step, verb: NetStep) -> None:
    """Let the fault begin, or do it at once. What was stored before is kept for `stored: unchanged`."""
    performance.stored = deepcopy(flat(performance.stage.subject.records()))
    try:
        await FAULTS[verb.what, verb.which](performance, verb)
    except ImpossibleFault as impossible:
        raise performance.fail(step, str(impossible)) from None


# --- rules that stand -------------------------------------------------------------------------------------------


def on_webhooks(make: Callable[[Performance, NetStep], WebhookFault]) -> Do:
    """A rule about webhooks."""

    async def stand(performance: Performance, verb: NetStep) -> None:
        rule = WebhookRule(webhook_aim(performance, verb), make(performance, verb), odds(performance, verb))
        performance.stage.interferer.add(rule)

    return stand


def on_rest(make: Callable[[NetStep], RestFault]) -> Do:
    """A rule about REST exchanges."""

    async def stand(performance: Performance, verb: NetStep) -> None:
        aim = RestAim(operation=verb.of.get("rest"))
        performance.stage.interferer.add(RestRule(aim, make(verb), odds(performance, verb)))

    return stand


def on_streams(make: Callable[[Performance, NetStep], StreamFault]) -> Do:
    """A rule about media streams being opened."""

    async def stand(performance: Performance, verb: NetStep) -> None:
        performance.stage.interferer.add(StreamRule(make(performance, verb), odds(performance, verb)))

    return stand


def webhook_aim(performance: Performance, verb: NetStep) -> WebhookAim:
    """Which webhooks `of` means, in the carrier's own words."""
    event, own = verb.of.get("event"), performance.stage.vocabulary.neutral_events
    return WebhookAim(kind=verb.of.get("webhook"), event=own.get(event, event) if event else None)


def forged(performance: Performance, verb: NetStep, signature: str) -> Forged:
    """What a forger sends in the place of a webhook."""
    return Forged(
        sign=performance.stage.carrier.sign,
        signature=verb.options.get("signature", signature),
        change=verb.options.get("change", {}),
        own_names=performance.stage.vocabulary.own_names,
        to=verb.options.get("to"),
        name=verb.what,
    )


# --- things done at once ----------------------------------------------------------------------------------------


def last_sent(performance: Performance, verb: NetStep) -> Outgoing:
    """The last webhook that the carrier sent and that `of` means. Raises `ImpossibleFault` if there is none."""
    aim, genuine = webhook_aim(performance, verb), performance.stage.carrier.sent
    for hook in reversed(genuine):
        if aim.hits(hook):
            return hook
    raise ImpossibleFault(f"no webhook has been sent yet that could be sent again as {verb.what}")


async def replay(performance: Performance, verb: NetStep) -> None:
    """Send the same bytes again, now or after `by`, as often as `copies` says."""
    hook, delays = last_sent(performance, verb), span(verb)
    draw = performance.draw("replay")
    send_soon(performance, verb, [(hook, delays.draw(draw)) for _ in range(verb.options.get("copies", 1))])


async def forge_last(performance: Performance, verb: NetStep) -> None:
    """A stranger sends something like the last webhook."""
    hook = last_sent(performance, verb)
    sends = forged(performance, verb, FORGER).apply(hook, performance.draw("forge"))
    send_soon(performance, verb, [(copy, delay) for delay, copy in sends])


def send_soon(performance: Performance, verb: NetStep, copies: Sequence[tuple[Outgoing, int]]) -> None:
    """Send these, each after its delay, and look that they change nothing."""
    signature = verb.options.get("signature")
    manner = "genuine" if signature == "genuine" else verb.what
    for copy, delay in copies:
        data = {"fault": verb.what, "webhook": copy.kind, "event": copy.event, "number": copy.number}
        performance.world.journal.write("net", "fault", data)
        performance.begin(performance.stage.harmless.send(copy, manner, delay), f"net: {verb.what}")


async def stranger(performance: Performance, verb: NetStep) -> None:
    """A stranger opens a socket like the last stream's: its bytes once more, or a forgery."""
    opening = last_opening(performance, verb)
    if verb.what == "forge":
        forgery = forged_stream(performance, verb)
        forgery.check(opening)
        opening = forgery.forge(opening)
    delays, draw = span(verb), performance.draw("stranger")
    for _ in range(verb.options.get("copies", 1)):
        open_soon(performance, verb, opening, delays.draw(draw))


def last_opening(performance: Performance, verb: NetStep) -> StreamOpening:
    """The last stream. Raises `ImpossibleFault` if there was none."""
    openings = performance.stage.carrier.openings
    if not openings:
        raise ImpossibleFault(f"no stream has been opened yet that could be opened again as {verb.what}")
    return openings[-1]


def forged_stream(performance: Performance, verb: NetStep) -> StreamForged:
    """What a forger, or whoever tampers, makes of a stream."""
    carrier = performance.stage.carrier
    return StreamForged(
        openings=lambda: carrier.openings,
        sign=carrier.sign_stream,
        token=verb.options.get("token"),
        claims=verb.options.get("claims"),
        change=verb.options.get("change", {}),
        to=verb.options.get("to"),
        signature=verb.options.get("signature", STREAM_SIGNATURES[verb.what]),
        token_headers=performance.stage.vocabulary.token_headers,
        name=f"{verb.what} stream",
    )


def open_soon(performance: Performance, verb: NetStep, opening: StreamOpening, delay: Micros) -> None:
    """Open it after a delay, from where the carrier's streams come."""
    stage = performance.stage

    async def intrude() -> None:
        if delay:
            await asyncio.sleep(seconds(delay))
        performance.world.journal.write("net", "fault", {"fault": f"{verb.what} stream", "stream": opening.number})
        await stage.exchange_host.call(stage.carrier.open_again(opening))

    performance.begin(intrude(), f"net: {verb.what}")


async def cut_streams(performance: Performance, verb: NetStep) -> None:
    """Live streams break, and no other one comes up."""
    performance.stage.interferer.streams_cut = True
    count = performance.stage.carrier.cut_streams()
    performance.world.journal.write("net", "fault", {"fault": "cut", "link": "stream", "streams": count})


async def heal_streams(performance: Performance, verb: NetStep) -> None:
    """Streams can be opened again."""
    performance.stage.interferer.streams_cut = False
    performance.world.journal.write("net", "fault", {"fault": "heal", "link": "stream"})


# --- links ------------------------------------------------------------------------------------------------------


def links(change: str, ends: Ends) -> Do:
    """Cut or heal the links between the application and somebody."""

    async def do(performance: Performance, verb: NetStep) -> None:
        performance.world.journal.write("net", "fault", {"fault": change, "link": ends.value})
        CHANGES[change](performance.stage.links, ends)
        if change == "heal" and ends is Ends.EVERYTHING:
            performance.stage.interferer.streams_cut = False
            performance.stage.services.heal()

    return do


CHANGES: Final[Mapping[str, Callable[[Links, Ends], None]]] = {"cut": Links.cut, "heal": Links.heal}

FORGER: Final = "wrong"
TAMPERER: Final = "stale"
"""Which signature a forger and a tamperer have, unless said otherwise."""

STREAM_SIGNATURES: Final[Mapping[str, str | None]] = {"forge": FORGER, "tamper": None}
"""The same of a stream: who alters what a stream tells leaves the signature, which covers the address alone."""

STREAM_FAULTS: Final[Mapping[str, Callable[[Performance, NetStep], StreamFault]]] = {
    "drop": lambda performance, verb: StreamLost(),
    "delay": lambda performance, verb: StreamLate(span(verb)),
}

WEBHOOK_FAULTS: Final[Mapping[str, Callable[[Performance, NetStep], WebhookFault]]] = {
    "drop": lambda performance, verb: Dropped(),
    "delay": lambda performance, verb: Delayed(span(verb)),
    "duplicate": lambda performance, verb: Duplicated(span(verb, SHORTLY), verb.options.get("copies", 1)),
    "reorder": lambda performance, verb: Scattered(span(verb)),
    "tamper": partial(forged, signature=TAMPERER),
    "forge": partial(forged, signature=FORGER),
}

FAULTS: Final[Mapping[tuple[str, str], Do]] = {
    **{
        (what, which): on_webhooks(make)
        for what, make in WEBHOOK_FAULTS.items()
        for which in ("next webhook", "webhooks")
    },
    ("drop", "next request"): on_rest(lambda verb: RequestLost()),
    ("drop", "next reply"): on_rest(lambda verb: ReplyLost()),
    ("drop", "rest"): on_rest(lambda verb: RequestLost()),
    ("delay", "next request"): on_rest(lambda verb: RequestLate(span(verb))),
    ("delay", "next reply"): on_rest(lambda verb: ReplyLate(span(verb))),
    ("delay", "rest"): on_rest(lambda verb: RequestLate(span(verb))),
    **{(what, which): on_streams(make) for what, make in STREAM_FAULTS.items() for which in ("next stream", "stream")},
    ("tamper", "next stream"): on_streams(forged_stream),
    ("replay", "last stream"): stranger,
    ("forge", "last stream"): stranger,
    ("cut", "stream"): cut_streams,
    ("heal", "stream"): heal_streams,
    **SERVICE_FAULTS,
    ("replay", "last webhook"): replay,
    ("forge", "last webhook"): forge_last,
    **{(change, ends.value): links(change, ends) for change in CHANGES for ends in Ends},
}
