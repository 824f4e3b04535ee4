"""What goes wrong with an AI service: refused, slow, broken off, garbled, dropped, silent, cut off.

A `Trouble` belongs to a kind of service (`tts`, `stt`), whoever the vendor is. Services ask it before each exchange:
an answer to be given, a socket to be opened. Its gate holds whatever wants to pass while the way is cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Journal

HALF: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """What goes wrong with one exchange. Nothing, unless something is said.

    `refuse` is the HTTP status of a refusal. `delay` (µs) comes before the first byte of an answer, or before each
    transcript; `chunk_delay` (µs) between the pieces of an answer. An answer breaks off after the share `breaks_at` of
    its body; a socket is `lost` as soon as it is open. `garbled` answers are noise of the right length, garbled sockets
    say what is no JSON. A `mute` socket opens and never says anything. Of a turn on a socket the transcript or the
    response `fails`.
    """

    refuse: int | None = None
    delay: Micros = 0
    chunk_delay: Micros = 0
    breaks_at: float | None = None
    lost: bool = False
    garbled: bool = False
    mute: bool = False
    fails: bool = False

    @property
    def of_turns(self) -> bool:
        """Whether it happens to turns on a socket, and not to the socket itself."""
        return self.fails or bool(self.delay)

    def and_(self, other: Mishap) -> Mishap:
        """Both at once: delays add up, otherwise the later one wins."""
        return Mishap(
            refuse=self.refuse if other.refuse is None else other.refuse,
            delay=self.delay + other.delay,
            chunk_delay=self.chunk_delay + other.chunk_delay,
            breaks_at=self.breaks_at if other.breaks_at is None else other.breaks_at,
            lost=self.lost or other.lost,
            garbled=self.garbled or other.garbled,
            mute=self.mute or other.mute,
            fails=self.fails or other.fails,
        )


FINE: Final = Mishap()

Strikes = Callable[[], bool]
"""Asked once for each exchange: whether it is struck."""


def times(count: int) -> Strikes:
    """So many exchanges, one after the other."""
    left = iter(range(count))
    return lambda: next(left, None) is not None


def always() -> bool:
    """Every exchange."""
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """A mishap, and which exchanges it strikes."""

    name: str
    mishap: Mishap
    strikes: Strikes
    delay: Callable[[], Micros] | None

    @property
    def of_turns(self) -> bool:
        """Whether it happens to turns on a socket."""
        return self.mishap.of_turns or self.delay is not None

    def drawn(self) -> Mishap:
        """The mishap, with the delay of this exchange."""
        return self.mishap if self.delay is None else self.mishap.and_(Mishap(delay=self.delay()))


class Trouble:
    """Everything that is wrong with one kind of service now. `name` is the word of scenarios for it."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name = name
        self._journal = journal
        self._rules: list[Rule] = []
        self._open = asyncio.Event()
        self._open.set()
        self._sockets: dict[Callable[[], None], None] = {}

    def add(
        self,
        mishap: Mishap,
        strikes: Strikes = always,
        *,
        name: str = "trouble",
        delay: Callable[[], Micros] | None = None,
    ) -> None:
        """From now on this happens to the exchanges that it strikes; `delay` draws one more for each (µs)."""
        self._rules.append(Rule(name, mishap, strikes, delay))

    def clear(self) -> None:
        """Everything goes well from now on; what was held passes."""
        self._rules.clear()
        self.heal()

    def next(self, *, turn: bool | None = None) -> Mishap:
        """What goes wrong with the exchange that begins now; journaled as `fault`.

        On sockets the exchange is a `turn`, or the socket itself; None where there is no difference.
        """
        mishap = FINE
        for rule in self._rules:
            if turn in (None, rule.of_turns) and rule.strikes():
                mishap = mishap.and_(rule.drawn())
                self._journal.write("net", "fault", {"fault": rule.name, "service": self.name})
        return mishap

    # -- cut and lost connections

    @property
    def cut_off(self) -> bool:
        """Whether nothing passes now."""
        return not self._open.is_set()

    def cut(self) -> None:
        """Nothing passes until it is healed; it is held, as behind a broken link."""
        self._open.clear()

    def heal(self) -> None:
        """What was held passes."""
        self._open.set()

    async def passing(self) -> None:
        """Return when the way is free."""
        await self._open.wait()

    def watch(self, lose: Callable[[], None]) -> Callable[[], None]:
        """A connection is open that `lose` would break; the returned function says that it is closed."""
        self._sockets[lose] = None
        return lambda: self._sockets.pop(lose, None)

    def lose(self) -> int:
        """Break the connections that are open now, without a farewell. Returns how many there were."""
        sockets, self._sockets = list(self._sockets), {}
        for lose in sockets:
            lose()
        return len(sockets)
