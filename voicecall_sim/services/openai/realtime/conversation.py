"""A conversation: its items in their order, created, retrieved, deleted and truncated."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.services.audio import Format, understood
from voicecall_sim.services.openai import shapes
from voicecall_sim.services.openai.shapes import Refusal, fields, one_of
from voicecall_sim.world.clock import MILLISECOND

FIDELITY: Final = (
    ("conversation.item.added, then conversation.item.done", "types/realtime/conversation_item_added", "documented"),
    (
        "a truncation beyond the audio: `Audio content of Xms is already shorter than Yms`",
        "openclaw#125502",
        "captured",
    ),
    ("only audio of the assistant can be truncated", "observed traffic (livekit/agents#1050)", "captured"),
    ("a truncation deletes the transcript", "types/realtime/conversation_item_truncate_event", "documented"),
    ("codes item_*_invalid_item_id, item_create_duplicate_item_id", "no source", "assumed"),
)

ROOT: Final = "root"
TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("input_text", "input_audio"),
    "system": ("input_text",),
    "assistant": ("output_text",),
}
"""What the parts of messages that a client creates may be."""
CALL: Final = {
    "type": shapes.text,
    "id": shapes.text,
    "object": shapes.text,
    "status": shapes.text,
    "call_id": shapes.text,
}
PART: Final = {"type": shapes.text, "text": shapes.text, "audio": shapes.text, "transcript": shapes.text}
ITEM: Final = shapes.by_type(
    {
        "message": fields(
            {
                **{name: CALL[name] for name in ("type", "id", "object", "status")},
                "role": one_of(tuple(TEXTS)),
                "content": shapes.listed(fields(PART, ("type",))),
            },
            ("role", "content"),
        ),
        "function_call": fields({**CALL, "name": shapes.text, "arguments": shapes.text}, ("name", "arguments")),
        "function_call_output": fields({**CALL, "output": shapes.text}, ("call_id", "output")),
    }
)


@dataclass(slots=True)
class Item:
    """One item: `body` as it is told, without its audio; `text` is what it says or what was heard in it."""

    body: dict[str, Any]
    text: str = ""
    audio: bytes = b""

    @property
    def id(self) -> str:
        """Its identifier."""
        return str(self.body["id"])

    @property
    def kind(self) -> str:
        """Its type, of messages the role."""
        return str(self.body.get("role", self.body["type"]))


class Conversation:
    """The items of a session. `spoken` is the format in which the assistant's audio is kept."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    @property
    def last_id(self) -> str | None:
        """The identifier of the last item."""
        return self.items[-1].id if self.items else None

    def before(self, item: Item) -> str | None:
        """The identifier of the item that precedes it."""
        at = self.items.index(item)
        return self.items[at - 1].id if at else None

    def add(self, item: Item, after: str | None = None) -> None:
        """One item more: at the end, at the beginning (`root`) or after another one. Raises `Refusal`."""
        if any(item.id == other.id for other in self.items):
            message = f"Error adding item: an item with ID '{item.id}' already exists in conversation."
            raise Refusal(message, "item_create_duplicate_item_id", "item.id")
        if after is None:
            self.items.append(item)
        elif after == ROOT:
            self.items.insert(0, item)
        else:
            at = self.items.index(self.find(after, "create", "previous_item_id"))
            self.items.insert(at + 1, item)

    def find(self, item_id: str, doing: str, param: str = "item_id") -> Item:
        """The item with that identifier. Raises `Refusal` naming what was to be done with it."""
        for item in self.items:
            if item.id == item_id:
                return item
        message = f"Error: the item with ID '{item_id}' does not exist in the conversation."
        raise Refusal(message, f"item_{doing}_invalid_item_id", param)

    def delete(self, item_id: str) -> None:
        """Remove an item. Raises `Refusal`."""
        self.items.remove(self.find(item_id, "delete"))

    def truncate(self, item_id: str, index: int, end: int, form: Format) -> str:
        """Cut the audio of the assistant's item at `end` ms; what is left of its words. Raises `Refusal`."""
        item = self.find(item_id, "truncate")
        if item.kind != "assistant" or not item.audio:
            raise Refusal("Only model output audio messages can be truncated.", "invalid_value", "item_id")
        if index != 0:
            raise Refusal(
                f"Invalid content_index: {index}. The item has one part of content.", "invalid_value", "content_index"
            )
        there = form.duration(len(item.audio)) // MILLISECOND
        if end > there:
            message = f"Audio content of {there}ms is already shorter than {end}ms"
            raise Refusal(message, "invalid_value", "audio_end_ms")
        item.audio = item.audio[: form.size(end * MILLISECOND)]
        item.text = understood(item.audio, form)
        for part in item.body["content"]:
            part.pop("transcript", None)
        return item.text

    def waiting(self) -> Sequence[Item]:
        """The items that came since the assistant's last one."""
        for at, item in enumerate(reversed(self.items)):
            if item.kind in ("assistant", "function_call"):
                return self.items[len(self.items) - at :]
        return self.items


def created(given: Any, new_id: str, heard: Format) -> Item:
    """The item that a client creates. `heard` is the format of audio in it. Raises `Refusal`."""
    body = ITEM("item", given)
    body = {"id": new_id, "object": "realtime.item", **body, "status": "completed"}
    if body["type"] == "function_call":
        body.setdefault("call_id", f"call_{new_id[5:]}")
    if body["type"] != "message":
        return Item(body, text=body.get("output", ""))
    texts, audio = [], b""
    for index, part in enumerate(body["content"]):
        one_of(TEXTS[body["role"]])(f"item.content[{index}].type", part["type"])
        if part["type"] == "input_audio":
            audio += decoded(part.pop("audio", ""), f"item.content[{index}].audio")
            texts.append(understood(audio, heard))
        elif "text" not in part:
            raise shapes.missing(f"item.content[{index}].text")
        else:
            texts.append(part["text"])
    return Item(body, text=" ".join(texts), audio=audio)


def decoded(audio: str, path: str) -> bytes:
    """The bytes of base64. Raises `Refusal`."""
    try:
        return binascii.a2b_base64(audio, strict_mode=True)
    except ValueError:
        message = f"Invalid '{path}'. Expected base64-encoded audio bytes, but got an invalid value."
        raise Refusal(message, "invalid_value", path) from None


def with_audio(item: Item) -> dict[str, Any]:
    """The item as it is retrieved: its audio is there."""
    parts = [dict(part) for part in item.body.get("content", [])]
    for part in parts:
        if part["type"] in ("input_audio", "output_audio"):
            part["audio"] = base64.b64encode(item.audio).decode()
    return {**item.body, "content": parts} if parts else item.body
