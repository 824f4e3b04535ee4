"""Rules about calls: they end once, they end at all, nothing is heard afterwards, refused ones are hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.subjects.subject import Subject
from voicecall_sim.telephony.network import CallState, PhoneNetwork
from voicecall_sim.world.clock import SECOND, Micros, seconds
from voicecall_sim.world.journal import Entry

ORDER: Final = tuple(state.value for state in CallState)

LOOKS: Final[Mapping[CallState, Micros]] = {CallState.RINGING: 2 * SECOND, CallState.ANSWERED: 30 * SECOND}
"""How long an application may take to hang up a call that it does not want: at once, or after some last words."""


@dataclass(slots=True)
class CallsEndOnce:
    """The network's calls go forward through their states and stay ended."""

    name: str = "a call ends once and never comes back"
    kinds: frozenset[str] = frozenset({"call"})
    _states: dict[int, str] = field(default_factory=dict)

    def feed(self, entry: Entry) -> str | None:
        """Compare with the state before."""
        call, state = entry.data["call"], entry.data["state"]
        before = self._states.get(call)
        self._states[call] = state
        if before is not None and ORDER.index(state) <= ORDER.index(before):
            return f"call {call} became {state} after it was {before}"
        return None

    def finish(self) -> Iterator[str]:
        """Nothing more to say."""
        return iter(())


@dataclass(slots=True)
class RecordsEndOnce:
    """An application's record, once it has an end, keeps its state and its reason."""

    subject: Subject
    phone: PhoneNetwork
    name: str = "a stored end is final"
    kinds: frozenset[str] = frozenset({"webhook", "call"})
    _ends: dict[str, tuple[str, str]] = field(default_factory=dict)

    def feed(self, entry: Entry) -> str | None:
        """Look at the record of the entry's call."""
        number = entry.data.get("call")
        # a call enters the network's register just after its first journal entry
        if not isinstance(number, int) or not 0 < number <= len(self.phone.calls):
            return None
        carrier_id = self.phone.calls[number - 1].carrier_id
        record = self.subject.record_of(carrier_id) if carrier_id else None
        return None if record is None else self._compare(record)

    def finish(self) -> Iterator[str]:
        """Look at every record for the last time."""
        for record in self.subject.records():
            if (title := self._compare(record)) is not None:
                yield title

    def _compare(self, record: Mapping[str, Any]) -> str | None:
        key, state, reason = str(record["callId"]), str(record["state"]), record.get("endReason")
        before = self._ends.get(key)
        if before is None:
            if reason:
                self._ends[key] = (state, str(reason))
            return None
        if before == (state, str(reason)):
            return None
        return f"the record {key} was {before[0]} ({before[1]}) and became {state} ({reason})"


@dataclass(slots=True)
class SilenceAfterTheEnd:
    """Nobody hears anything on a call that is over."""

    name: str = "no sound after a call has ended"
    kinds: frozenset[str] = frozenset({"call", "heard"})
    _ended: dict[int, Micros] = field(default_factory=dict)

    def feed(self, entry: Entry) -> str | None:
        """Remember ends; compare what is heard with them."""
        call = entry.data.get("call")
        if entry.kind == "call":
            if entry.data["state"] == "ended":
                self._ended[entry.data["call"]] = entry.at
            return None
        over = self._ended.get(call) if isinstance(call, int) else None
        began = entry.data.get("began", entry.at)
        if over is None or began <= over:
            return None
        return f"{entry.who} heard {entry.data.get('text')!r} after call {call} had ended"

    def finish(self) -> Iterator[str]:
        """Nothing more to say."""
        return iter(())


@dataclass(slots=True)
class RefusedCallsAreHungUp:
    """An inbound call that the application answered for, but does not carry, does not go on."""

    subject: Subject
    phone: PhoneNetwork
    report: Callable[[str, str], None]
    is_up: Callable[[], bool]
    name: str = "a refused inbound call is hung up"
    kinds: frozenset[str] = frozenset({"webhook"})
    _asked: set[int] = field(default_factory=set)
    # journal listeners run as whoever writes; the looks belong to nobody's host
    _context: Context = field(default_factory=copy_context)

    def feed(self, entry: Entry) -> str | None:
        """At the first webhook of an inbound call that went well, look again after a while."""
        call, status = entry.data.get("call"), entry.data.get("status")
        if not isinstance(call, int) or call in self._asked or not good(status):
            return None
        if not 0 < call <= len(self.phone.calls) or self.phone.calls[call - 1].direction != "inbound":
            return None
        self._asked.add(call)
        for span in LOOKS.values():
            asyncio.get_running_loop().call_later(seconds(span), self._look, call, span, context=self._context)
        return None

    def finish(self) -> Iterator[str]:
        """Nothing more to say."""
        return iter(())

    def _look(self, number: int, waited: Micros) -> None:
        call = self.phone.calls[number - 1]
        if waited < LOOKS.get(call.state, waited + 1) or not self.is_up():
            return
        record = self.subject.record_of(call.carrier_id)
        if record is None or record.get("endReason"):
            known = "has no record of it" if record is None else f"recorded its end ({record['endReason']})"
            self.report(self.name, f"call {number} from {call.from_} goes on, although the application {known}")


def good(status: Any) -> bool:
    """Whether a webhook was answered as the application wants."""
    return isinstance(status, int) and 200 <= status < 300
