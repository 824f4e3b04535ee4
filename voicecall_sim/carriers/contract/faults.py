"""Rules about faults and forgeries: they take hold where the scenario says, and what is signed is signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from voicecall_sim.carriers.contract.customer import Customer
from voicecall_sim.carriers.contract.trial import TEXT, Trial
from voicecall_sim.carriers.emulator import Emulator, Fate, NoInterference, Outgoing, Treatment
from voicecall_sim.world.clock import SECOND, Micros


@dataclass(slots=True)
class Meddler(NoInterference):
    """Faults by rule: of each REST request by its operation, of each webhook."""

    fates: Mapping[str, Treatment] = field(default_factory=dict)
    hooks: Callable[[Outgoing], Sequence[tuple[Micros, Outgoing]]] = lambda hook: ((0, hook),)
    asked: list[str] = field(default_factory=list)

    def rest(self, operation: str, details: Mapping[str, str]) -> Treatment:
        """By operation."""
        self.asked.append(operation)
        return self.fates.get(operation, Treatment())

    def webhook(self, hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        """By rule."""
        return self.hooks(hook)


def requests(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Lost before, lost after, late."""
    for what, treatment, calls, answered in (
        ("whose request is lost", Treatment(fate=Fate.LOSE_REQUEST), 0, False),
        ("whose answer is lost", Treatment(fate=Fate.LOSE_REPLY), 1, False),
        ("that is late", Treatment(delay=5 * SECOND), 1, True),
    ):
        trial = Trial(emulator, customer)
        meddler = Meddler(fates={"create call": treatment})
        trial.interfere(meddler)
        status, placed = trial.run(_order_and_count)
        if placed != calls or (status != 0) != answered:
            yield f"an order {what} is answered {status}, and there are {placed} calls"
        if meddler.asked[:1] != ["create call"]:
            yield f"an order is asked about as {meddler.asked[:1]}, not as `create call`"


def refusals(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Every reason that the vocabulary has is told as a refusal, and read as that reason; nothing is placed."""
    vocabulary = emulator.vocabulary
    for reason in vocabulary.refusals:
        trial = Trial(emulator, customer)
        trial.interfere(Meddler(fates={"create call": Treatment(refuse=reason)}))
        status, placed = trial.run(_order_and_count)
        told = [entry.data for entry in trial.world.journal if entry.kind == "request"]
        if not 400 <= status < 600 or placed:
            yield f"an order refused with {reason!r} is answered {status}, and there are {placed} calls"
        if not told or reason not in vocabulary.reasons(told[-1]):
            yield f"an order refused with {reason!r} is journaled as {told[-1:]}"


async def _order_and_count(trial: Trial) -> tuple[int, int]:
    answer = await trial.order()
    return answer.status, len(trial.calls)


def webhooks(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Lost ones do not arrive, doubled ones arrive twice, late ones late; and the journal knows."""
    lost = _with(emulator, customer, lambda hook: ())
    if lost.hooks or not any(entry.kind == "webhook" and entry.data["status"] == 0 for entry in lost.world.journal):
        yield f"of webhooks that are lost {len(lost.hooks)} arrive, or the journal does not have them"
    twice = _with(emulator, customer, lambda hook: ((0, hook), (SECOND, hook)))
    once = _with(emulator, customer, lambda hook: ((0, hook),))
    bodies = [hook.body for hook in twice.hooks]
    if not once.hooks or any(bodies.count(body) < 2 for body in bodies):
        yield "webhooks that are doubled do not all arrive twice, byte for byte"


def _with(
    emulator: Emulator, customer: Customer, rule: Callable[[Outgoing], Sequence[tuple[Micros, Outgoing]]]
) -> Trial:
    trial = Trial(emulator, customer)
    trial.interfere(Meddler(hooks=rule))
    trial.run(_heard_or_not)
    return trial


async def _heard_or_not(trial: Trial) -> None:
    await trial.order()
    await trial.until(lambda: TEXT in trial.callee.heard, 30 * SECOND)
    await trial.until(lambda: False, 5 * SECOND)


def signatures(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """`sign` vouches for what there is, differently for something else; `send_again` sends the same bytes."""
    trial = Trial(emulator, customer)
    yield from trial.run(_resigned)


async def _resigned(trial: Trial) -> list[str]:
    await _heard_or_not(trial)
    found, arrived = [], len(trial.hooks)
    hook = trial.carrier.sent[0]
    if not any(name.lower() not in ("content-type", "host", "user-agent", "accept") for name, _ in hook.headers):
        found.append("a webhook has no header that could vouch for it")
    signed = trial.carrier.sign(hook)
    if (signed.url, signed.params) != (hook.url, hook.params):
        found.append("`sign` changes what it signs")
    changed = trial.carrier.sign(replace(hook, params=(*hook.params[:-1], (hook.params[-1][0], "changed"))))
    if changed.headers == hook.headers and changed.body == hook.body:
        found.append("`sign` signs other parameters alike")
    if await trial.carrier.send_again(hook) == 0 or len(trial.hooks) != arrived + 1:
        found.append("`send_again` does not arrive")
    elif trial.hooks[-1].body != hook.body or urlsplit(trial.hooks[-1].url).query != urlsplit(hook.url).query:
        found.append("`send_again` sends something else")
    return found


def repeatable(emulator: Emulator, customer: Customer) -> Iterator[str]:
    """Two runs of one seed are one run."""
    first, second = (Trial(emulator, customer, seed=7) for _ in range(2))
    for trial in (first, second):
        trial.run(_heard_or_not)
    for one, other in zip(first.world.journal, second.world.journal, strict=False):
        if one.compared != other.compared:
            yield f"two runs differ: {one.compared} and {other.compared}"
            return
    if len(first.world.journal) != len(second.world.journal):
        yield "two runs differ in their length"
