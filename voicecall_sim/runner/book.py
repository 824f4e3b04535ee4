"""Which call is meant: the latest one, or the one that a step named with `as:`.

A scenario's call is the network's; the application knows it under an id of its own. Here the two are brought together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicecall_sim.subjects.subject import OperationFailed, Subject
from voicecall_sim.telephony.network import Call, PhoneNetwork

Record = Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Attempt:
    """A step that wants a call: `far` is the other party's number as the network shows it.

    `before` is how many calls there had been; `call` is known once a carrier accepted it, `app_id` once the
    application named it; `under_way` is the application's operation.
    """

    direction: str
    far: str
    before: int
    call: Call | None = None
    app_id: str | None = None
    under_way: asyncio.Task[None] | None = None

    def fits(self, call: Call) -> bool:
        """Whether this may be the call that was wanted."""
        far = call.to if self.direction == "outbound" else call.from_
        return self.call is None and self.direction == call.direction and self.far == far


class CallBook:
    """The calls of a run and the steps that wanted them."""

    def __init__(self, phone: PhoneNetwork, subject: Subject) -> None:
        self._phone = phone
        self._subject = subject
        self._attempts: list[Attempt] = []
        self._labels: dict[str, Attempt] = {}
        self._seen = 0

    def want(self, direction: str, far: str, label: str | None) -> Attempt:
        """A step is about to cause a call."""
        self._catch_up()
        attempt = Attempt(direction, far, before=self._seen)
        self._attempts.append(attempt)
        if label is not None:
            self._labels[label] = attempt
        return attempt

    def meant(self, label: str | None) -> Call | None:
        """The labelled call, or the latest; None while there is none."""
        if label is None:
            return self._phone.calls[-1] if self._phone.calls else None
        self._catch_up()
        return self._labels[label].call

    def record(self, label: str | None) -> Record | None:
        """The application's record of the call that is meant.

        Where no carrier took a call on, it is the record that the application made for the attempt.
        """
        attempt = self._attempt(label)
        call = attempt.call if attempt else self.meant(label)
        ids = (call.carrier_id if call else "", attempt.app_id if attempt else None)
        found = next((record for any_id in ids if any_id and (record := self._subject.record_of(any_id))), None)
        if found is None and call is None:
            records = self._subject.records()
            return records[-1] if records else None
        return found

    async def app_id(self, label: str | None) -> str:
        """The application's id of the call that is meant; waits for the operation that places it.

        Raises `OperationFailed` if the application knows no such call.
        """
        attempt = self._attempt(label)
        if attempt is not None and attempt.under_way is not None and attempt.call is None:
            await asyncio.wait([attempt.under_way])
        if attempt is not None and attempt.app_id is not None:
            return attempt.app_id
        call = self.meant(label)
        record = self._subject.record_of(call.carrier_id) if call is not None and call.carrier_id else None
        if record is None:
            raise OperationFailed("there is no call yet" if call is None else f"it has no record of call {call.number}")
        return str(record["callId"])

    def numbered(self, app_id: str) -> int | None:
        """The number of the network's call that the application knows under this id."""
        record = self._subject.record_of(app_id)
        carrier_id = record.get("providerCallId") if record is not None else None
        return next((call.number for call in self._phone.calls if carrier_id and call.carrier_id == carrier_id), None)

    def _attempt(self, label: str | None) -> Attempt | None:
        self._catch_up()
        if label is not None:
            return self._labels[label]
        last = self._attempts[-1] if self._attempts else None
        if last is not None and last.before == len(self._phone.calls):
            return last
        call = self.meant(None)
        return next((attempt for attempt in reversed(self._attempts) if call and attempt.call is call), None)

    def _catch_up(self) -> None:
        # a call enters the network's register just after its journal entry, so it is looked for when it is needed
        for call in self._phone.calls[self._seen :]:
            attempt = next((attempt for attempt in self._attempts if attempt.fits(call)), None)
            if attempt is not None:
                attempt.call = call
        self._seen = len(self._phone.calls)
