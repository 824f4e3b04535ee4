"""The battery performed: each case is made, sent, judged and told, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicecall_sim.carriers.case import Case, Desk, Room
from voicecall_sim.verify.cases import battery
from voicecall_sim.verify.judging import Expectations, Verdict, judge
from voicecall_sim.verify.sending import Send
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import SECOND, real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be verified: a carrier, the account's secret, the public URL; `words` of the names of cases."""

    carrier: str
    secret: str
    public: str
    words: tuple[str, ...] = ()

    @property
    def room(self) -> Room:
        """The carrier's battery."""
        return battery(self.carrier)

    def cases(self) -> Sequence[Case]:
        """The cases that are asked for."""
        return [case for case in self.room.cases if not self.words or any(word in case.name for word in self.words)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a case ended. `came` is what was not as expected, `status` the last answer's (0: none)."""

    carrier: str
    case: Case
    verdict: Verdict
    came: str = ""
    status: int = 0
    seconds: float = 0.0

    @property
    def id(self) -> str:
        """Carrier and name."""
        return f"{self.carrier}:{self.case.name}"


Told = Callable[[Result], None]


def desk_of(url: str, secret: str, surroundings: Surroundings) -> Desk:
    """What cases are made with, in these surroundings."""
    return Desk(
        url=url,
        secret=secret,
        now=lambda: int(surroundings.clock.wall().timestamp()),
        chance=surroundings.chance,
    )


async def perform(
    order: Order, send: Send, surroundings: Surroundings, wanted: Expectations, told: Told = lambda result: None
) -> Sequence[Result]:
    """All cases of an order. Raises `sending.Unreachable` if there is nothing at the endpoint's address."""
    desk = desk_of(order.public, order.secret, surroundings)
    refusal = await _refusal(order.room, desk, send)
    results = []
    for case in order.cases():
        result = await _result(order, case, desk, send, wanted, refusal)
        told(result)
        results.append(result)
    return results


async def _refusal(room: Room, desk: Desk, send: Send) -> int:
    """How the endpoint refuses the plainest forgery."""
    (shot,) = next(case for case in room.cases if case.name == "wrong-key").make(desk)
    return (await send(shot)).status


async def _result(order: Order, case: Case, desk: Desk, send: Send, wanted: Expectations, refusal: int) -> Result:
    if case.https and urlsplit(order.public).scheme != "https":
        return Result(
            carrier=order.carrier, case=case, verdict=Verdict.SKIPPED, came="for https URLs: see --public-url"
        )
    clock = asyncio.get_running_loop()
    began = clock.time()
    answers = [await send(shot) for shot in case.make(desk)]
    verdict, came = judge(case, answers, wanted, refusal)
    return Result(
        carrier=order.carrier,
        case=case,
        verdict=verdict,
        came=came,
        status=answers[-1].status,
        seconds=clock.time() - began,
    )


def real_surroundings(seed: int | None = None) -> Surroundings:
    """Real time; without a seed, other identifiers each time. Needs a running loop."""
    clock = real_clock()
    chance = Chance(int(clock.wall().timestamp() * SECOND) if seed is None else seed)
    return Surroundings(clock=clock, chance=chance, journal=Journal(clock))
