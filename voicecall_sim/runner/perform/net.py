"""Faults: from a `net` step to rules, replays, forgeries and cut links. A table of what can be done to what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import Final, TypeAlias

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.faults.fault import ImpossibleFault, RestFault, Span, WebhookFault
from voicecall_sim.faults.links import Ends, Links
from voicecall_sim.faults.rest import ReplyLate, ReplyLost, RequestLate, RequestLost
from voicecall_sim.faults.rules import Odds, RestAim, RestRule, WebhookAim, WebhookRule
from voicecall_sim.faults.webhooks import Delayed, Dropped, Duplicated, Forged, Scattered
from voicecall_sim.runner.conditions import flat
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import NetStep, Step
from voicecall_sim.world.clock import SECOND

Do: TypeAlias = Callable[[Performance, NetStep], Awaitable[None]]

AT_ONCE: Final = Span()
SHORTLY: Final = Span(at_least=0, at_most=SECOND)
"""When a duplicate follows, unless said otherwise."""


async def fault(performance: Performance, step: Step, verb: NetStep) -> None:
    """Let the fault begin, or do it at once. What was stored before is kept for `stored: unchanged`."""
    performance.stored = deepcopy(flat(performance.stage.subject.records()))
    try:
        await FAULTS[verb.what, verb.which](performance, verb)
    except KeyError:
        raise performance.fail(step, f"`{verb.what}` cannot be done to `{verb.which}` yet") from None
    except ImpossibleFault as impossible:
        raise performance.fail(step, str(impossible)) from None


# --- rules that stand -------------------------------------------------------------------------------------------


def on_webhooks(make: Callable[[Performance, NetStep], WebhookFault]) -> Do:
    """A rule about webhooks."""

    async def stand(performance: Performance, verb: NetStep) -> None:
        rule = WebhookRule(webhook_aim(verb), make(performance, verb), odds(performance, verb))
        performance.stage.interferer.add(rule)

    return stand


def on_rest(make: Callable[[NetStep], RestFault]) -> Do:
    """A rule about REST exchanges."""

    async def stand(performance: Performance, verb: NetStep) -> None:
        aim = RestAim(operation=verb.of.get("rest"))
        performance.stage.interferer.add(RestRule(aim, make(verb), odds(performance, verb)))

    return stand


def webhook_aim(verb: NetStep) -> WebhookAim:
    """Which webhooks `of` means."""
    return WebhookAim(kind=verb.of.get("webhook"), event=verb.of.get("event"))


def odds(performance: Performance, verb: NetStep) -> Odds:
    """How often: what is `next` once, or `count` times; what stands, as long as it stands."""
    left = verb.count if verb.count is not None else 1 if verb.which.startswith("next ") else None
    return Odds(draw=performance.draw(str(verb.options.get("seed", ""))), chance=verb.chance, left=left)


def span(verb: NetStep, otherwise: Span = AT_ONCE) -> Span:
    """The delay that `by` says."""
    return otherwise if verb.by is None else Span(at_least=verb.by[0], at_most=verb.by[1])


def forged(performance: Performance, verb: NetStep, signature: str) -> Forged:
    """What a forger sends in the place of a webhook."""
    return Forged(
        sign=performance.stage.carrier.sign,
        signature=verb.options.get("signature", signature),
        change=verb.options.get("change", {}),
        to=verb.options.get("to"),
        name=verb.what,
    )


# --- things done at once ----------------------------------------------------------------------------------------


def last_sent(performance: Performance, verb: NetStep) -> Outgoing:
    """The last webhook that the carrier sent and that `of` means. Raises `ImpossibleFault` if there is none."""
    aim, genuine = webhook_aim(verb), performance.stage.carrier.sent
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


# --- links ------------------------------------------------------------------------------------------------------


def links(change: str, ends: Ends) -> Do:
    """Cut or heal the links between the application and somebody."""

    async def do(performance: Performance, verb: NetStep) -> None:
        performance.world.journal.write("net", "fault", {"fault": change, "link": ends.value})
        CHANGES[change](performance.stage.links, ends)

    return do


CHANGES: Final[Mapping[str, Callable[[Links, Ends], None]]] = {"cut": Links.cut, "heal": Links.heal}

FORGER: Final = "wrong"
TAMPERER: Final = "stale"
"""Which signature a forger and a tamperer have, unless said otherwise."""

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
    ("replay", "last webhook"): replay,
    ("forge", "last webhook"): forge_last,
    **{(change, ends.value): links(change, ends) for change in CHANGES for ends in Ends},
}
