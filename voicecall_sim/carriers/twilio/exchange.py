"""The switching side: takes calls on, and does what REST says with them."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from voicecall_sim.carriers.control import HungUp, Interrupted
from voicecall_sim.carriers.twilio import amd, legs
from voicecall_sim.carriers.twilio.account import (
    Callback,
    CallResource,
    NumberResource,
    Order,
    RecordingResource,
    RecordingWish,
)
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.perform_speech import press
from voicecall_sim.carriers.twilio.plant import Plant
from voicecall_sim.carriers.twilio.recordings import Recorder
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.steps import Fetch, Finish, Step, begin
from voicecall_sim.carriers.twilio.stream import Stream
from voicecall_sim.carriers.twilio.stream_resource import StreamResource, StreamWish
from voicecall_sim.carriers.twilio.timing import CALL_SPACING, DIAL_AFTER
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

CANCELLED: Final = Finish(cause=Cause.CANCELED, status=CallStatus.CANCELED)
DEAD_NUMBER: Final = Finish(cause=Cause.FAILED, by="carrier", status=CallStatus.FAILED)


class TwilioExchange:
    """Implements `Exchange` for REST, `NumberMarket` for the account, and `Subscriber` for the network."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._next_slot: Micros = 0

    # --- for REST ---

    def place(self, order: Order) -> CallResource:
        """Take on a call; one a second is dialled, the others stay queued."""
        call = legs.outbound(self._plant, order)
        call.on_answer = lambda: self._start(call, self._converse(call, order))
        now = self._plant.now()
        slot = max(now, self._next_slot)
        self._next_slot = slot + CALL_SPACING
        call.resource.queue_time = (slot - now) // MILLISECOND
        wait = slot - now + DIAL_AFTER
        timer = self._plant.tasks.later(wait, legs.ring, call, order.timeout * SECOND, order.caller_id)
        call.on_end.append(timer.cancel)
        return call.resource

    def redirect(self, sid: str, instructions: Callback | str) -> None:
        """Perform this from now on, on a call in progress."""
        call = self._plant.live[sid]
        step = begin(instructions, "redirect")
        call.leave()
        if call.performing:
            call.control.redirect(step)
        else:
            self._start(call, self._perform(call, step))

    def complete(self, sid: str) -> None:
        """Hang up whatever the state."""
        call = self._plant.live[sid]
        call.hang_up(Finish() if call.answered else CANCELLED)

    def cancel(self, sid: str) -> None:
        """Hang up if it has not been answered."""
        call = self._plant.live[sid]
        if not call.answered:
            call.hang_up(CANCELLED)

    def change(
        self,
        sid: str,
        *,
        fallback: Callback | None = None,
        status_callback: Callback | None = None,
        time_limit: int | None = None,
    ) -> None:
        """Change what is given on a live call."""
        call = self._plant.live[sid]
        if fallback is not None:
            call.fallback = fallback
        if status_callback is not None:
            call.callbacks.callback = status_callback
        if time_limit is not None:
            call.limit(time_limit)

    def record(self, sid: str, wish: RecordingWish) -> RecordingResource:
        """Record a call from now on."""
        return Recorder(self._plant.live[sid], wish).resource

    def steer_recording(self, recording_sid: str, status: str, pause_behavior: str) -> None:
        """Pause, resume or stop a recording of a live call."""
        resource = self._plant.account.recordings[recording_sid]
        call = self._plant.live.get(resource.call_sid)
        if call is None:
            # the call ended at this very instant, and its recording with it
            return
        recorder = call.recorders[recording_sid]
        match status:
            case "paused":
                recorder.pause(skips=pause_behavior == "skip")
            case "in-progress":
                recorder.resume()
            case _:
                recorder.stop(status="stopped")

    def stream(self, sid: str, wish: StreamWish) -> StreamResource:
        """Start a one-way stream of a call."""
        return Stream(self._plant.live[sid], wish, two_way=False).resource

    def stop_stream(self, stream_sid: str) -> None:
        """End a one-way stream."""
        resource = self._plant.account.streams[stream_sid]
        self._plant.live[resource.call_sid].streams[stream_sid].stop("stopped")

    # --- for the account's numbers ---

    def available(self, phone_number: str) -> bool:
        """Whether nobody has that number."""
        return not self._plant.network.assigned(phone_number)

    def acquired(self, number: NumberResource) -> None:
        """The account has this number from now on."""
        self._plant.network.connect(number.phone_number, legs.HOLDER, self)

    def released(self, number: NumberResource) -> None:
        """The account has given it back."""
        self._plant.network.disconnect(number.phone_number)

    # --- for the network ---

    def offered(self, end: End) -> None:
        """Somebody calls one of the account's numbers."""
        number = self._plant.account.number(end.number)
        if number is None:
            end.hang_up(Cause.UNASSIGNED, "network")
            return
        call = legs.inbound(self._plant, end, number)
        handler = self._plant.account.applications.get(number.application_sid or "", number)
        if handler.voice is None:
            call.hang_up(DEAD_NUMBER)
            return
        fetch = Fetch(callback=handler.voice, kind="voice", event="inbound")
        self._start(call, self._perform(call, fetch))

    def hang_up_all(self) -> None:
        """The carrier goes out of service."""
        for call in tuple(self._plant.live.values()):
            call.hang_up(Finish(cause=Cause.NORMAL if call.answered else Cause.FAILED, by="carrier"))

    # --- performances ---

    def _start(self, call: LiveCall, work: Coroutine[Any, Any, None]) -> None:
        call.performing = True
        self._plant.performances.start(work)

    async def _converse(self, call: LiveCall, order: Order) -> None:
        """An outbound call, from its answer on."""
        if order.recording is not None:
            Recorder(call, order.recording, announced=True)
        try:
            step = await self._screened(call, order)
        except Interrupted:
            if call.over:
                return
            step = call.control.take()
        await self._perform(call, step)

    async def _screened(self, call: LiveCall, order: Order) -> Step:
        """What comes first, once digits are pressed or it is known what answered."""
        told: dict[str, str] = {}
        if order.send_digits is not None:
            await press(call, order.send_digits)
        elif order.detection is not None and order.detection.asynchronous:
            amd.tell_later(call, order.detection)
        elif order.detection is not None:
            told = (await call.control.wait(amd.detect(call, order.detection).verdict)).parameters()
        return begin(order.instructions, "answered", told)

    async def _perform(self, call: LiveCall, step: Step) -> None:
        try:
            finish = await self._plant.perform(call, step)
        except HungUp:
            return
        finally:
            call.performing = False
        call.hang_up(finish)


FIDELITY: Final = (
    ("dialling begins a little after the answer to REST, one call a second", "voice/api/call-resource", "documented"),
    ("the request for TwiML and the answered callback leave in no order", "voice/api/call-resource", "documented"),
    ("a number without VoiceUrl fails its calls without a word", "live tests", "live-tested"),
    ("SendDigits are pressed before the document is requested, and disable detection", "OpenAPI", "assumed"),
    ("completing or cancelling a call that rings ends it as canceled", "voice/api/call-resource", "documented"),
)
