"""Record: a message from the other end until silence, a key, the limit or a hang-up; or the call in the background."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.elements import Record
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.perform_speech import play_run
from voicecall_sim.carriers.plivo.recordings import Recorder, RecordingWish
from voicecall_sim.carriers.plivo.results import act
from voicecall_sim.carriers.plivo.steps import Step
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import SECOND


async def perform_record(call: LiveCall, record: Record) -> Step | None:
    """Record, and send the result to the action. Raises `Interrupted`."""
    if record.beep:
        await play_run(call, BEEP, None)
    if record.session or record.on_dial_answer:
        return await in_background(call, record)
    recorder = Recorder(call, wished(record))
    message = Message(call, record)
    try:
        ended_by = await call.control.wait(message.done)
    except Interrupted:
        recorder.stop()
        if call.over and record.action:
            target = Callback(url=record.action, method=record.method)
            call.plant.tell(call.errand("action", "Record", target, {**recorder.parameters(), "Digits": ""}))
        raise
    finally:
        message.close()
    recorder.stop()
    params = {**recorder.parameters(), "Digits": ended_by}
    return await act(call, "Record", record.action, record.method, params, redirect=record.redirect)


def wished(record: Record, longest: int | None = None) -> RecordingWish:
    """What the element asks for."""
    callback = None if record.callback is None else Callback(url=record.callback, method=record.callback_method)
    words = None if record.transcription is None else Callback(url=record.transcription, method=record.words_method)
    return RecordingWish(format=record.format, longest=longest, callback=callback, transcription=words)


async def in_background(call: LiveCall, record: Record) -> Step | None:
    """Record the call from now on, or from the next Dial's answer; the action is told at once, if it records."""
    wish = wished(record, record.max_length)
    if record.on_dial_answer:
        call.on_bridge.append(lambda: Recorder(call, wish))
        return await act(call, "Record", record.action, record.method, UNBEGUN, redirect=record.redirect)
    params = {**Recorder(call, wish).parameters(), "Digits": ""}
    return await act(call, "Record", record.action, record.method, params, redirect=record.redirect)


UNBEGUN: Final = {
    "RecordUrl": "",
    "RecordingID": "",
    **dict.fromkeys(("RecordingDuration", "RecordingDurationMs", "RecordingStartMs", "RecordingEndMs"), "-1"),
    "Digits": "",
}
"""What is told of a recording that a Dial's answer will begin."""


class Message:
    """What is being recorded. `done` has the key that ended it, or "" for silence and the limit."""

    def __init__(self, call: LiveCall, record: Record) -> None:
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._call = call
        self._record = record
        self._stop = call.end.listen(self._hear)
        self._limit = call.plant.tasks.later(record.max_length * SECOND, self._finish, "")
        self._silence: asyncio.TimerHandle | None = None
        if call.end.peer.playing is None:
            self._arm()

    def close(self) -> None:
        """Listen no more."""
        self._stop()
        self._limit.cancel()
        self._disarm()

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Pressed(key) if key in self._record.finish_on_key:
                self._finish(key)
            case SoundBegan():
                self._disarm()
            case SoundEnded():
                self._arm()
            case _:
                pass

    def _arm(self) -> None:
        self._disarm()
        self._silence = self._call.plant.tasks.later(self._record.timeout * SECOND, self._finish, "")

    def _disarm(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def _finish(self, ended_by: str) -> None:
        if not self.done.done():
            self.done.set_result(ended_by)


FIDELITY: Final = (
    ("action and callback with the key that ended it; empty otherwise", "docs voice/xml/record", "documented"),
    (
        "recordSession and startOnDialAnswer go on in the background, the action is told at once",
        "docs voice/xml/record",
        "documented",
    ),
    ("startOnDialAnswer begins when a Dial's legs are bridged", "docs voice/xml/record", "documented"),
    ("till then it has neither URL nor identifier", "no source", "assumed"),
    ("a hang-up during Record is told to the action and the callback", "no source", "assumed"),
    ("any sound counts as no silence", "no source", "assumed"),
)
