"""The application's side of people's calls, and what the journal tells of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicecall_sim.actors.cast import cast
from voicecall_sim.actors.character import Character
from voicecall_sim.actors.person import Person
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.telephony.signals import PickedUp

APP, ANNA = "+15550001234", "+15550005678"


@dataclass
class Stage:
    """A network with an application that can call and be called, and the people that a test puts on it."""

    network: PhoneNetwork
    taken: list[End] = field(default_factory=list)

    def now(self) -> int:
        return self.network.surroundings.clock.now()

    def add(self, **character: Any) -> Person:
        """Somebody, `anna` unless told otherwise, who picks up after a second."""
        about: dict[str, Any] = {"name": "anna", "phone": ANNA, "answer_after": 1_000_000}
        return cast(Character(**(about | character)), self.network)

    def dial(self, to: str = ANNA) -> End:
        """The application calls; returns its end."""
        call = self.network.accept("acme", "outbound", APP, to)
        return self.network.dial(APP, to, holder="app", call=call).calling

    async def call(self, to: str = ANNA) -> End:
        """The application calls and is answered; returns its end."""
        end, answered = self.dial(to), asyncio.Event()
        end.listen(lambda signal: answered.set() if isinstance(signal, PickedUp) else None)
        await answered.wait()
        return end

    def open(self) -> None:
        """From now on the application answers its calls at once; `taken` has its ends."""
        self.network.connect(APP, "app", self)

    def offered(self, end: End) -> None:
        self.network.accept("acme", "inbound", end.peer.number, APP).follow(end.leg)
        self.taken.append(end)
        end.ring()
        end.answer()

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        """The data of the journal's entries of that kind."""
        return [entry.data for entry in self.network.surroundings.journal if entry.kind == kind]

    def texts(self, kind: str) -> list[str]:
        return [data["text"] for data in self.told(kind)]

    def keys(self, way: str) -> str:
        return "".join(data["keys"] for data in self.told("keys") if data["way"] == way)
