"""Rules about calls: they are placed, told of, heard, and end, whatever the application does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from voicecall_sim.carriers.contract.customer import Customer
from voicecall_sim.carriers.contract.trial import NOBODYS, OURS, TEXT, THEIRS, WEBHOOK_URL, Callee, Trial
from voicecall_sim.carriers.emulator import Emulator
from voicecall_sim.telephony.network import CallState
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND, Micros

WEBHOOK_SAYS: Final = {"number", "attempt", "kind", "event", "call", "url", "params", "status"}
PATIENCE: Final[Micros] = 60 * SECOND
"""For which somebody listens to nothing."""

REQUEST_SAYS: Final = {"operation", "method", "path", "status"}


def placed(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """An order, an answer, words, a hang-up: each is as the network and the journal have it."""
    trial = Trial(emulator, customer)
    yield from trial.run(_conversation)
    yield from _journaled(trial)


async def _conversation(trial: Trial) -> list[str]:
    answer = await trial.order()
    if not 200 <= answer.status < 300 or len(trial.calls) != 1:
        return [f"an order is answered {answer.status}, and there are {len(trial.calls)} calls"]
    (call,), found = trial.calls, []
    if (call.direction, call.from_, call.to) != ("outbound", OURS, THEIRS):
        found.append(f"the call is {call.direction} from {call.from_} to {call.to}")
    if not await trial.until(lambda: TEXT in trial.callee.heard):
        found.append(f"{TEXT!r} is not heard within a minute, but: {trial.callee.heard!r}")
    if call.state is not CallState.ANSWERED:
        found.append(f"the call is {call.state} after that, though nobody hung up")
    ended = await trial.ask(trial.customer.hang_up(trial.settings, trial.customer.accepted(answer)))
    if not 200 <= ended.status < 300:
        found.append(f"the hang-up is answered {ended.status}")
    if not await trial.over() or (call.cause, call.by) != (Cause.NORMAL, "app"):
        found.append(f"the call is {call.state} after the hang-up: {call.cause}, by {call.by}")
    return found


def _journaled(trial: Trial) -> Iterator[str]:
    of_us = [entry for entry in trial.world.journal if entry.who == trial.carrier.name]
    hooks = [entry.data for entry in of_us if entry.kind == "webhook"]
    requests = [entry.data for entry in of_us if entry.kind == "request"]
    yield from _lacking("webhook", hooks, WEBHOOK_SAYS)
    yield from _lacking("request", requests, REQUEST_SAYS)
    if len(hooks) != len(trial.hooks) or any(hook["status"] != 200 or hook["call"] != 1 for hook in hooks):
        yield f"{len(trial.hooks)} webhooks arrived; the journal has {hooks}"
    if [hook["number"] for hook in hooks] and sorted({hook["number"] for hook in hooks}) != [*range(1, len(hooks) + 1)]:
        yield "webhooks are not numbered from 1"
    if "create call" not in [request["operation"] for request in requests]:
        yield "the order is not journaled as `create call`"
    if len(trial.carrier.sent) != len(hooks):
        yield f"`sent` has {len(trial.carrier.sent)} webhooks of {len(hooks)}"


def _lacking(kind: str, entries: list[Any], wanted: set[str]) -> Iterator[str]:
    if not entries:
        yield f"there is no {kind} in the journal"
    for data in entries:
        if not wanted <= set(data):
            yield f"a {kind} in the journal lacks {', '.join(sorted(wanted - set(data)))}"


OUTCOMES: Final = (
    ("who is busy", THEIRS, Callee(refuses=Cause.BUSY), {Cause.BUSY}),
    ("who declines", THEIRS, Callee(refuses=Cause.REJECTED), {Cause.REJECTED}),
    ("who does not answer", THEIRS, Callee(after=None), {Cause.NO_ANSWER, Cause.CANCELED}),
    ("that nobody has", NOBODYS, Callee(), {Cause.UNASSIGNED}),
)
"""Calls to somebody that come to nothing, and how they end."""


def unanswered(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """A call that nobody answers ends by itself, as the network says, and is told of."""
    for what, number, callee, causes in OUTCOMES:
        trial = Trial(emulator, customer)
        trial.callee = Callee(after=callee.after, refuses=callee.refuses)

        async def try_it(trial: Trial, number: str = number) -> bool:
            await trial.order(to=number)
            return await trial.over()

        over = trial.run(try_it)
        if not over or len(trial.calls) != 1 or trial.calls[0].cause not in causes:
            yield f"a call to somebody {what}: {[(call.state.value, call.cause) for call in trial.calls]}"
        if not trial.hooks:
            yield f"a call to somebody {what}: the application is told nothing"


def called(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Somebody calls: the application is asked at the number's URL, and what it says is heard."""
    trial = Trial(emulator, customer)
    yield from trial.run(_called)


async def _called(trial: Trial) -> list[str]:
    await trial.ring_in()
    if not await trial.until(lambda: TEXT in trial.caller.heard):
        return [f"a caller does not hear {TEXT!r} within a minute, but: {trial.caller.heard!r}"]
    (call,), found = trial.calls, []
    if (call.direction, call.from_, call.to) != ("inbound", THEIRS, OURS):
        found.append(f"the call is {call.direction} from {call.from_} to {call.to}")
    if trial.hooks[0].url != WEBHOOK_URL and trial.hooks[0].method == "POST":
        found.append(f"the first webhook goes to {trial.hooks[0].url}")
    if trial.caller.end is not None:
        trial.caller.end.hang_up()
    if not await trial.over() or call.by != "anna":
        found.append(f"the caller hung up; the call is {call.state}, by {call.by}")
    return found


def abandoned(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """An application that fails keeps nobody on the line for ever, and a carrier that stops leaves nothing behind."""
    for status in (500, 404, 200):
        for direction in ("outbound", "inbound"):
            trial = Trial(emulator, customer)
            trial.status = status
            if not trial.run(_left if direction == "inbound" else _ordered):
                yield f"an {direction} call whose webhooks are answered {status}, without a word, goes on"
    trial = Trial(emulator, customer)
    trial.run(_stopped)
    if trial.phone.live_legs() or trial.carrier.busy():
        yield f"after `stop` there are {len(trial.phone.live_legs())} legs, and {trial.carrier.busy()} things under way"
    yield from (f"something went wrong unseen: {trouble}" for trouble in trial.world.unhandled)


async def _ordered(trial: Trial) -> bool:
    await trial.order()
    await trial.until(lambda: trial.callee.end is not None)
    return await _released(trial, trial.callee)


async def _left(trial: Trial) -> bool:
    await trial.ring_in()
    return await _released(trial, trial.caller)


async def _released(trial: Trial, person: Callee) -> bool:
    """Whether the call ends: at the latest when the person has had enough of it."""
    await trial.until(lambda: person.end is None, PATIENCE)
    if person.end is not None:
        person.end.hang_up()
    return await trial.over()


async def _stopped(trial: Trial) -> None:
    await trial.order()
    await trial.ring_in()
    await asyncio.sleep(4)
