"""One response of a speech-to-speech session: its items, spoken faster than they are heard, until done or cancelled."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from voicecall_sim.services.audio import Format, spoken
from voicecall_sim.services.brain import Thought, ToolCall
from voicecall_sim.services.openai.realtime.conversation import Item
from voicecall_sim.services.openai.realtime.spent import usage
from voicecall_sim.services.openai.thinking import tokens
from voicecall_sim.services.speaking import Tempo
from voicecall_sim.world.clock import Micros, seconds

FIDELITY: Final = (
    (
        "created, output_item.added, content_part.added, deltas, their dones, done: in this order",
        "types/realtime",
        "documented",
    ),
    (
        "conversation.item.added and conversation.item.done beside the items of the response",
        "types/realtime/conversation_item_added",
        "documented",
    ),
    (
        "audio comes faster than it is heard: eight times, after 300 ms",
        "types/realtime/conversation_item_truncate_event",
        "assumed",
    ),
    (
        "a cancelled response is told to its end, with status cancelled and the reason",
        "types/realtime/realtime_response_status",
        "documented",
    ),
    (
        "a function call comes after what is said, as an item of its own",
        "types/realtime/response_create_event",
        "documented",
    ),
)


class Host(Protocol):
    """The session that a response belongs to, as far as it needs it."""

    def tell(self, kind: str, **data: Any) -> None:
        """Send an event."""
        ...

    def new_id(self, prefix: str) -> str:
        """An identifier."""
        ...

    def add(self, item: Item) -> None:
        """An item more in the conversation, told."""
        ...

    def called(self, call_id: str, then: str) -> None:
        """A function was called; what there is to say to its output."""
        ...

    def over(self, response: Response) -> None:
        """It is done, told to its end."""
        ...


class Response:
    """A response that is under way. `texts` says that it is written, not spoken; `aside` that it is out of band."""

    def __init__(
        self, host: Host, *, config: Mapping[str, Any], form: Format, tempo: Tempo, pace: float, conversation_id: str
    ) -> None:
        self.id = host.new_id("resp_")
        self.items: list[Item] = []
        self.status = "in_progress"
        self.aside = config.get("conversation") == "none"
        self.texts = config["output_modalities"] == ["text"]
        self._host, self._config, self._form, self._tempo, self._pace = host, config, form, tempo, pace
        self._conversation_id = conversation_id
        self._details: dict[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._open: Item | None = None

    # -- its life

    def start(self, thought: Thought, delay: Micros) -> None:
        """Begin: tell that it is created, and speak after the delay (µs) and what the brain needs to think."""
        self._host.tell("response.created", response=self.told())
        work = self._run(thought, delay + thought.delay)
        self._task = asyncio.get_running_loop().create_task(work)

    def cancel(self, reason: str) -> None:
        """It stops here."""
        self._stop()
        self._end("cancelled", {"type": "cancelled", "reason": reason})

    def drop(self) -> None:
        """The session is over: nothing more is told."""
        self._stop()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self, thought: Thought, delay: Micros) -> None:
        await asyncio.sleep(seconds(delay))
        if thought.reply is None:
            error = {"type": "server_error", "code": "server_error", "message": "The server had an error."}
            self._end("failed", {"type": "failed", "error": error})
            return
        if thought.reply:
            await self._speak(thought.reply)
        if thought.calls is not None:
            self._call(thought.calls, thought.then)
        self._end("completed", None)

    def _end(self, status: str, details: dict[str, Any] | None) -> None:
        if self._open is not None:
            self._close("incomplete" if status == "cancelled" else "completed")
        self.status, self._details = status, details
        self._host.tell("response.done", response=self.told())
        self._host.over(self)

    # -- what is said

    async def _speak(self, words: str) -> None:
        item = self._begin_message()
        at = self._at(item)
        if self.texts:
            for token in tokens(words):
                item.text += token
                self._host.tell("response.output_text.delta", **at, content_index=0, delta=token)
        else:
            await self._stream(item, words, at)
        self._close("completed")

    async def _stream(self, item: Item, words: str, at: Mapping[str, Any]) -> None:
        audio = spoken(words, self._form, self._pace)
        size = max(1, self._form.size(self._tempo.chunk))
        pause = seconds(round(self._tempo.chunk / self._tempo.speed))
        left = list(tokens(words))
        for start in range(0, len(audio), size):
            if start:
                await asyncio.sleep(pause)
            end = min(len(audio), start + size)
            for token in due(left, len(item.text), len(words), end / len(audio)):
                item.text += token
                self._host.tell("response.output_audio_transcript.delta", **at, content_index=0, delta=token)
            piece = audio[start:end]
            item.audio += piece
            delta = base64.b64encode(piece).decode()
            self._host.tell("response.output_audio.delta", **at, content_index=0, delta=delta)

    def _begin_message(self) -> Item:
        head = {"id": self._host.new_id("item_"), "object": "realtime.item", "type": "message"}
        item = Item({**head, "status": "in_progress", "role": "assistant", "content": []})
        self._begin(item)
        part = {"type": "text", "text": ""} if self.texts else {"type": "audio", "transcript": ""}
        self._host.tell("response.content_part.added", **self._at(item), content_index=0, part=part)
        return item

    def _begin(self, item: Item) -> None:
        self.items.append(item)
        self._open = item
        where = {"response_id": self.id, "output_index": len(self.items) - 1}
        self._host.tell("response.output_item.added", **where, item=dict(item.body))
        if not self.aside:
            self._host.add(item)

    def _close(self, status: str) -> None:
        item, self._open = self._open, None
        assert item is not None
        at = self._at(item)
        if self.texts:
            self._host.tell("response.output_text.done", **at, content_index=0, text=item.text)
            done, content = {"type": "text", "text": item.text}, {"type": "output_text", "text": item.text}
        else:
            self._host.tell("response.output_audio.done", **at, content_index=0)
            self._host.tell("response.output_audio_transcript.done", **at, content_index=0, transcript=item.text)
            done = {"type": "audio", "transcript": item.text}
            content = {"type": "output_audio", "transcript": item.text}
        self._host.tell("response.content_part.done", **at, content_index=0, part=done)
        self._finish(item, {"status": status, "content": [content]})

    def _finish(self, item: Item, change: Mapping[str, Any]) -> None:
        item.body.update(change)
        if not self.aside:
            self._host.tell("conversation.item.done", item=item.body)
        at = self._at(item)
        self._host.tell(
            "response.output_item.done", response_id=self.id, output_index=at["output_index"], item=item.body
        )

    def _call(self, call: ToolCall, then: str) -> None:
        head = {"id": self._host.new_id("item_"), "object": "realtime.item", "type": "function_call"}
        call_id, arguments = self._host.new_id("call_"), json.dumps(call.arguments)
        item = Item({**head, "status": "in_progress", "name": call.name, "call_id": call_id, "arguments": ""})
        self._begin(item)
        self._open = None
        self._host.called(call_id, then)
        at = {**self._at(item), "call_id": call_id}
        self._host.tell("response.function_call_arguments.delta", **at, delta=arguments)
        self._host.tell("response.function_call_arguments.done", **at, name=call.name, arguments=arguments)
        self._finish(item, {"status": "completed", "arguments": arguments})

    def _at(self, item: Item) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": item.id, "output_index": self.items.index(item)}

    # -- how it is told

    def told(self) -> dict[str, Any]:
        """The response as events have it."""
        output = self._config["audio"]["output"]
        over = self.status != "in_progress"
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": self._details,
            "output": [item.body for item in self.items],
            "conversation_id": None if self.aside else self._conversation_id,
            "output_modalities": self._config["output_modalities"],
            "max_output_tokens": self._config["max_output_tokens"],
            "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
            "usage": usage(self.items, self._form) if over else None,
            "metadata": self._config.get("metadata"),
        }


def due(left: list[str], told: int, whole: int, share: float) -> Sequence[str]:
    """The tokens of the transcript that go with this share of the audio; they are taken out of `left`."""
    taken = []
    while left and told < share * whole:
        taken.append(left.pop(0))
        told += len(taken[-1])
    return taken
