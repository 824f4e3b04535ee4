"""Record: a message from the other end, until silence, a key, the limit or a hang-up."""

from __future__ import annotations

import asyncio
from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.twilio.account import Callback, RecordingWish
from voicecall_sim.carriers.twilio.debugger import NOT_EMULATED, Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.perform_speech import play_run
from voicecall_sim.carriers.twilio.recordings import Recorder
from voicecall_sim.carriers.twilio.steps import Document, Fetch, Step, target
from voicecall_sim.carriers.twilio.verbs import Record
from voicecall_sim.sound.tones import BEEP
from voicecall_sim.telephony.signals import Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import SECOND, Micros

HANGUP: Final = "hangup"


async def perform_record(call: LiveCall, record: Record, document: Document) -> Step | None:
    """Record and send the result to the action; go on if nothing was said. Raises `ApplicationFault`, `Interrupted`."""
    action = target(document, record.action, record.method)
    wish = recording_wish(record, document)
    if record.transcribe:
        call.warn(Notice(NOT_EMULATED, "<Record transcribe>; no transcription will come"))
    if record.play_beep:
        await play_run(call, BEEP, None)
    message = Message(call, record, Recorder(call, wish, to_the_end=False))
    try:
        ended_by = await call.control.wait(message.done)
    except Interrupted:
        if call.over and message.close():
            call.plant.tell(call.errand("action", "Record", action, message.parameters(HANGUP)))
        raise
    finally:
        kept = message.close()
    params = message.parameters(ended_by)
    return Fetch(callback=action, kind="action", event="Record", params=params) if kept else None


def recording_wish(record: Record, document: Document) -> RecordingWish:
    """How the message is to be recorded, and who is told. Raises `ApplicationFault`."""
    callback: Callback | None = None
    if record.status_callback:
        callback = target(document, record.status_callback, record.status_method)
    return RecordingWish(
        track="inbound", trim=record.trim, callback=callback, events=record.status_events, source="RecordVerb"
    )


class Message:
    """What is being recorded. `done` has the key that ended it, or "" for silence and the limit."""

    def __init__(self, call: LiveCall, record: Record, recorder: Recorder) -> None:
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._call = call
        self._record = record
        self._recorder = recorder
        self._began = call.plant.now()
        self._first: Micros | None = None
        self._last: Micros = self._began
        self._speaking = False
        self._stop = call.end.listen(self._hear)
        self._limit = call.plant.tasks.later(record.max_length * SECOND, self._finish, "")
        self._silence = call.plant.tasks.later(record.timeout * SECOND, self._finish, "")
        under_way = call.end.peer.playing
        if under_way is not None and under_way.sound.spoken:
            self._voice_begins()

    def parameters(self, ended_by: str) -> dict[str, str]:
        """What the action is told."""
        return {**self._recorder.parameters(), "Digits": ended_by}

    def close(self) -> bool:
        """Record no more; whether there is anything on the recording. Harmless when it is closed."""
        self._stop()
        self._limit.cancel()
        self._silence.cancel()
        if self._speaking:
            self._voice_ends()
        self._recorder.stop(self._length())
        return self._first is not None

    def _length(self) -> Micros:
        if self._first is None:
            return 0
        if self._record.trim == "do-not-trim":
            return max(SECOND, self._call.plant.now() - self._began)
        # what was said, however short, is a second of recording
        return max(SECOND, self._last - self._first)

    def _hear(self, signal: Signal) -> None:
        match signal:
            case Pressed(key) if key in self._record.finish_on_key:
                self._finish(key)
            case SoundBegan(playing) if playing.sound.spoken:
                self._voice_begins()
            case SoundEnded(playing) if playing.sound.spoken:
                self._voice_ends()
            case _:
                pass

    def _voice_begins(self) -> None:
        self._speaking = True
        self._silence.cancel()
        if self._first is None:
            self._first = self._call.plant.now()

    def _voice_ends(self) -> None:
        self._speaking = False
        self._last = self._call.plant.now()
        self._silence.cancel()
        if not self.done.done():
            self._silence = self._call.plant.tasks.later(self._record.timeout * SECOND, self._finish, "")

    def _finish(self, ended_by: str) -> None:
        if not self.done.done():
            self.done.set_result(ended_by)


FIDELITY: Final = (
    ("action gets RecordingUrl, RecordingSid, RecordingDuration and Digits", "voice/twiml/record", "documented"),
    ("Digits is the key, hangup, or empty", "voice/twiml/record", "documented"),
    ("an empty recording goes on with the next verb", "voice/twiml/record", "documented"),
    ("empty means that nobody spoke; then a hang-up requests nothing either", "no source", "assumed"),
    ("trim-silence keeps what lies between the first and the last voice", "voice/twiml/record", "assumed"),
    ("any sound but a voice counts as silence", "no source", "assumed"),
)
