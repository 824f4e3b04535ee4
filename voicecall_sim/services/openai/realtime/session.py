"""A Realtime session: what the client says is understood, refused or done; what is heard becomes turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from voicecall_sim.services.audio import Format, understood
from voicecall_sim.services.brain import Brain
from voicecall_sim.services.openai import shapes
from voicecall_sim.services.openai.realtime import catalogue
from voicecall_sim.services.openai.realtime.answering import Answering
from voicecall_sim.services.openai.realtime.conversation import Conversation, Item, created, decoded, with_audio
from voicecall_sim.services.openai.realtime.hearing import InputBuffer, Started
from voicecall_sim.services.openai.realtime.knobs import Knobs
from voicecall_sim.services.openai.realtime.settings import updated
from voicecall_sim.services.openai.realtime.transcripts import Transcripts
from voicecall_sim.services.openai.realtime.wire import Wire
from voicecall_sim.services.openai.shapes import Refusal, missing
from voicecall_sim.services.trouble import Mishap
from voicecall_sim.world.clock import MILLISECOND

FIDELITY: Final = (
    (
        "committed, then the item of the user is added and done; transcripts follow",
        "guides/realtime-transcription",
        "documented",
    ),
    (
        "a commit of less than 100 ms is input_audio_buffer_commit_empty",
        "observed traffic (openai-agents-js#748)",
        "captured",
    ),
    (
        "an unknown event is an invalid_value of `type` that lists the known ones",
        "observed traffic (justspeaktoit#427)",
        "captured",
    ),
    ("a message that is no JSON, no object or has no type is refused; the session goes on", "no source", "assumed"),
    ("15 MiB of audio at most in one append", "types/realtime/input_audio_buffer_append_event", "documented"),
    ("a response of a transcription session is refused", "no source", "assumed"),
)

SHORTEST: Final = 100 * MILLISECOND
LARGEST: Final = 15 * 1024 * 1024
APPEND: Final = "input_audio_buffer.append"

Event = Mapping[str, Any]
Note = Callable[..., None]


class Session:
    """One session on an open socket. `note` journals an event of it."""

    def __init__(
        self,
        wire: Wire,
        config: dict[str, Any],
        *,
        knobs: Knobs,
        brain: Brain,
        new_id: Callable[[str], str],
        note: Note,
    ) -> None:
        self.wire, self.config, self.note = wire, config, note
        self.knobs, self.new_id = knobs, new_id
        self.conversation = Conversation()
        self.buffer = InputBuffer()
        self.answering = Answering(self, brain)
        self._transcripts = Transcripts(wire, note)
        self._turn, self._turn_at = "", 0
        self._does: Mapping[str, Callable[[Event], None]] = {
            "session.update": self._update,
            APPEND: self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create,
            "conversation.item.truncate": self._truncate,
            "conversation.item.delete": self._delete,
            "conversation.item.retrieve": self._retrieve,
            "response.create": self.answering.create,
            "response.cancel": self.answering.cancel,
            "output_audio_buffer.clear": self._not_here,
        }
        self._listen()

    @property
    def realtime(self) -> bool:
        """Whether it speaks; otherwise it transcribes."""
        return bool(self.config["type"] == "realtime")

    @property
    def heard_in(self) -> Format:
        """The format of what the client sends."""
        return catalogue.FORMATS[self.config["audio"]["input"]["format"]["type"]]

    @property
    def spoken_in(self) -> Format:
        """The format of what is spoken to it."""
        return catalogue.FORMATS[self.config["audio"]["output"]["format"]["type"]]

    def stop(self) -> None:
        """The socket is closed."""
        self._transcripts.stop()
        self.answering.stop()

    # -- what the client says

    def take(self, data: str | bytes) -> None:
        """A message of the client. Whatever is wrong with it is told as an error."""
        event: Any = None
        try:
            event = orjson.loads(data)
            if type(event) is dict and event.get("type") == APPEND:  # fifty a second
                self._append(event)
            else:
                self._do(event)
        except orjson.JSONDecodeError as error:
            self.refuse(Refusal(f"Could not parse the event as JSON: {error}", "invalid_json"), None)
        except Refusal as refusal:
            self.refuse(refusal, event.get("event_id") if isinstance(event, dict) else None)

    def refuse(self, refusal: Refusal, event_id: Any) -> None:
        """Tell and journal an error."""
        self.note("error", code=refusal.code, message=refusal.message)
        self.wire.refuse(refusal, event_id if isinstance(event_id, str) else None)

    def _do(self, event: Any) -> None:
        if not isinstance(event, dict):
            raise shapes.ill_typed("event", "an object", event)
        if "type" not in event:
            raise missing("type")
        kind = event["type"]
        does = self._does.get(kind) if isinstance(kind, str) else None
        if does is None:
            raise shapes.not_supported("type", kind, catalogue.EVENTS)
        does(event)

    def _update(self, event: Event) -> None:
        spoke = any(item.audio for item in self.conversation.items if item.kind == "assistant")
        self.config = updated(self.config, event, has_spoken=spoke)
        self._listen()
        self.note("ready")
        self.wire.tell("session.updated", session=self.config)

    def _listen(self) -> None:
        self.buffer.configure(self.heard_in, self.config["audio"]["input"]["turn_detection"])

    def _append(self, event: Event) -> None:
        audio = event.get("audio")
        if not isinstance(audio, str):
            raise missing("audio") if audio is None else shapes.ill_typed("audio", "a string", audio)
        data = decoded(audio, "audio")
        if len(data) > LARGEST:
            raise Refusal("The audio of one event is 15 MiB at most.", "invalid_value", "audio")
        for found in self.buffer.append(data):
            if isinstance(found, Started):
                self._started(found.at // MILLISECOND)
            else:
                self._stopped(found.at // MILLISECOND)

    def _clear(self, event: Event) -> None:
        self.buffer.clear()
        self.wire.tell("input_audio_buffer.cleared")

    def _commit(self, event: Event) -> None:
        length = self.buffer.length
        if length < SHORTEST:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {length / MILLISECOND:.2f}ms of audio."
            )
            raise Refusal(message, "input_audio_buffer_commit_empty")
        if self.buffer.detector is not None:
            self.buffer.detector.reset()
        self._heard(self.buffer.take())

    def _not_here(self, event: Event) -> None:
        raise Refusal("output_audio_buffer.clear is only for WebRTC and SIP connections.", "invalid_value", "type")

    # -- turns

    def _started(self, at: int) -> None:
        self._turn, self._turn_at = self.new_id("item_"), at * MILLISECOND
        self.note("speech_started", item=self._turn, audio_start_ms=at)
        self.wire.tell("input_audio_buffer.speech_started", audio_start_ms=at, item_id=self._turn)
        self.answering.interrupted()

    def _stopped(self, at: int) -> None:
        self.wire.tell("input_audio_buffer.speech_stopped", audio_end_ms=at, item_id=self._turn)
        self._heard(self.buffer.take(self._turn_at, at * MILLISECOND))
        self.answering.turn_over()

    def _heard(self, audio: bytes) -> None:
        """The audio becomes a message of the user; its transcript follows."""
        item_id, self._turn = self._turn or self.new_id("item_"), ""
        config = self.config["audio"]["input"]["transcription"]
        text = understood(audio, self.heard_in) if config or self.realtime else ""
        head = {"id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user"}
        item = Item({**head, "content": [{"type": "input_audio", "transcript": None}]}, text, audio)
        self.wire.tell("input_audio_buffer.committed", item_id=item_id, previous_item_id=self.conversation.last_id)
        self.add(item)
        self.wire.tell("conversation.item.done", item=item.body, previous_item_id=self.conversation.before(item))
        if config:
            turn = self.mishap()
            delay = self.knobs.transcript_after() + turn.delay
            self._transcripts.begin(item, self.heard_in, config, delay, fails=turn.fails)

    def mishap(self) -> Mishap:
        """What goes wrong with the turn that begins now."""
        return self.wire.trouble.next(turn=True)

    # -- items

    def add(self, item: Item, after: str | None = None) -> None:
        """An item more in the conversation, told."""
        self.conversation.add(item, after)
        before = self.conversation.before(item)
        self.wire.tell("conversation.item.added", item=item.body, previous_item_id=before)

    def _create(self, event: Event) -> None:
        if "item" not in event:
            raise missing("item")
        item = created(event["item"], self.new_id("item_"), self.heard_in)
        if item.kind == "function_call_output":
            self._answers_a_call(item)
        self.add(item, event.get("previous_item_id"))
        self.wire.tell("conversation.item.done", item=item.body, previous_item_id=self.conversation.before(item))

    def _answers_a_call(self, item: Item) -> None:
        call_id = item.body["call_id"]
        if not any(one.kind == "function_call" and one.body["call_id"] == call_id for one in self.conversation.items):
            message = f"Tool call ID '{call_id}' not found in conversation."
            raise Refusal(message, "invalid_tool_call_id", "item.call_id")

    def _truncate(self, event: Event) -> None:
        asked = catalogue.TRUNCATE("", dict(event))
        if not self.realtime:
            raise Refusal("Only model output audio messages can be truncated.", "invalid_value", "item_id")
        item_id, end = asked["item_id"], asked["audio_end_ms"]
        kept = self.conversation.truncate(item_id, asked["content_index"], end, self.spoken_in)
        self.note("truncated", item=item_id, audio_end_ms=end, kept=kept)
        self.wire.tell("conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=end)

    def _delete(self, event: Event) -> None:
        self.conversation.delete(item_named(event))
        self.wire.tell("conversation.item.deleted", item_id=event["item_id"])

    def _retrieve(self, event: Event) -> None:
        item = self.conversation.find(item_named(event), "retrieve")
        self.wire.tell("conversation.item.retrieved", item=with_audio(item))


def item_named(event: Event) -> str:
    """The item that an event speaks of. Raises `Refusal`."""
    if "item_id" not in event:
        raise missing("item_id")
    return shapes.text("item_id", event["item_id"])
