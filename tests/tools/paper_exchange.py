"""An exchange without telephones: it makes the resources that REST asks for, and moves them only when told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from voicecall_sim.carriers.emulator import Fate, NoInterference, Treatment
from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.account import (
    Account,
    Callback,
    CallResource,
    Order,
    RecordingResource,
    RecordingWish,
)
from voicecall_sim.carriers.twilio.states import CallStatus, advance
from voicecall_sim.carriers.twilio.stream_resource import TRACKS, StreamResource, StreamWish
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import EPOCH, Micros
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings

FROM = "+15550001234"
TO = "+15550005678"


class HandClock:
    """A clock that only moves by hand."""

    def __init__(self) -> None:
        self.micros: Micros = 0

    def now(self) -> Micros:
        return self.micros

    def wall(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.micros)


def hand_surroundings(seed: int = 1) -> Surroundings:
    """Surroundings whose clock stands still."""
    clock = HandClock()
    return Surroundings(clock=clock, chance=Chance(seed), journal=Journal(clock))


class PaperExchange:
    """Implements `Exchange`; `commands` has what it was told."""

    def __init__(self, account: Account, surroundings: Surroundings) -> None:
        self.account = account
        self.surroundings = surroundings
        self.commands: list[tuple[Any, ...]] = []

    def place(self, order: Order) -> CallResource:
        self.commands.append(("place", order))
        now = self.surroundings.clock.wall()
        number = self.account.number(order.from_)
        call = CallResource(
            sid=ids.new_sid(self.surroundings.chance, ids.CALL),
            account_sid=self.account.sid,
            to=order.to,
            from_=order.from_,
            direction="outbound-api",
            status=CallStatus.QUEUED,
            phone_number_sid=number.sid if number else None,
            date_created=now,
            date_updated=now,
        )
        self.account.calls[call.sid] = call
        return call

    def move(self, sid: str, *statuses: CallStatus) -> CallResource:
        """Let a call go through these states at this instant."""
        call = self.account.calls[sid]
        now = self.surroundings.clock.wall()
        for status in statuses:
            call.status = advance(call.status, status)
            call.start_time = call.start_time or now
            if status.over:
                call.end_time, call.duration = now, 0
        return call

    def redirect(self, sid: str, instructions: Callback | str) -> None:
        self.commands.append(("redirect", sid, instructions))

    def complete(self, sid: str) -> None:
        self.commands.append(("complete", sid))
        in_progress = self.account.calls[sid].status is CallStatus.IN_PROGRESS
        self.move(sid, CallStatus.COMPLETED if in_progress else CallStatus.CANCELED)

    def cancel(self, sid: str) -> None:
        self.commands.append(("cancel", sid))
        self.move(sid, CallStatus.CANCELED)

    def change(
        self,
        sid: str,
        *,
        fallback: Callback | None = None,
        status_callback: Callback | None = None,
        time_limit: int | None = None,
    ) -> None:
        self.commands.append(("change", sid, fallback, status_callback, time_limit))

    def record(self, sid: str, wish: RecordingWish) -> RecordingResource:
        self.commands.append(("record", sid, wish))
        now = self.surroundings.clock.wall()
        recording = RecordingResource(
            sid=ids.new_sid(self.surroundings.chance, ids.RECORDING),
            account_sid=self.account.sid,
            call_sid=sid,
            status="in-progress",
            channels=2 if wish.channels == "dual" else 1,
            track=wish.track,
            source=wish.source,
            start_time=now,
            date_created=now,
            date_updated=now,
        )
        self.account.recordings[recording.sid] = recording
        return recording

    def steer_recording(self, recording_sid: str, status: str, pause_behavior: str) -> None:
        self.commands.append(("steer", recording_sid, status, pause_behavior))
        self.account.recordings[recording_sid].status = status

    def stream(self, sid: str, wish: StreamWish) -> StreamResource:
        self.commands.append(("stream", sid, wish))
        stream = StreamResource(
            sid=ids.new_sid(self.surroundings.chance, ids.STREAM),
            account_sid=self.account.sid,
            call_sid=sid,
            name=wish.name,
            date_updated=self.surroundings.clock.wall(),
            tracks=TRACKS[wish.track],
            two_way=False,
        )
        self.account.streams[stream.sid] = stream
        return stream

    def stop_stream(self, stream_sid: str) -> None:
        self.commands.append(("stop stream", stream_sid))
        self.account.streams[stream_sid].status = "stopped"


class Faults(NoInterference):
    """Treats REST requests as told: `plan` maps an operation to its treatments, used up in order."""

    def __init__(self) -> None:
        self.plan: dict[str, list[Treatment]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def rest(self, operation: str, details: Mapping[str, str]) -> Treatment:
        self.asked.append((operation, dict(details)))
        waiting = self.plan.get(operation)
        return waiting.pop(0) if waiting else Treatment()

    def lose(self, operation: str, fate: Fate) -> None:
        """Lose the next request of that operation, or its reply."""
        self.plan.setdefault(operation, []).append(Treatment(fate=fate))
