"""OpenAI converses: a speech-to-speech model on the line (reference, section 10.10; OpenAI docs, guides/realtime).

There is no reconnecting: the conversation would be forgotten. Where the GA interface renamed events, the old names are
understood too.
"""

from __future__ import annotations

import asyncio
import json
import logging
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from voicecall_sdk.audio.frames import RATE
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.openai_errors import EXPIRED, Said
from voicecall_sdk.speech.openai_sessions import greeting, realtime_session, saying
from voicecall_sdk.speech.openai_socket import OpenAISocket, socket_url
from voicecall_sdk.speech.responses import Responses
from voicecall_sdk.speech.settings import RealtimeSettings
from voicecall_sdk.speech.tasks import end, fault
from voicecall_sdk.speech.transcripts import Transcript
from voicecall_sdk.speech.unheard import Unheard
from voicecall_sdk.speech.vendor import (
    Audio,
    AudioDone,
    BotSaid,
    CallerSaid,
    Lost,
    Ready,
    RealtimeEvent,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
)

log = logging.getLogger(__name__)

LABEL: Final = "Realtime voice"
MOST_ITEMS: Final = 64
"""Items of sound, and tool calls, that are remembered."""

Event = Mapping[str, Any]


class OpenAIRealtime:
    """A model on one call. `told` gets what happens (`vendor.RealtimeEvent`)."""

    def __init__(self, settings: RealtimeSettings, told: Callable[[RealtimeEvent], None]) -> None:
        self._settings = settings
        self._told = told
        self._unheard = Unheard()
        self._socket: OpenAISocket | None = None
        self._task: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[OpenAISocket] | None = None
        self._closed = False
        self._responses = Responses(self._send)
        self._sound: dict[str, int] = {}
        self._whole: deque[str] = deque(maxlen=MOST_ITEMS)
        self._cut: deque[str] = deque(maxlen=MOST_ITEMS)
        self._calls: dict[str, Event] = {}
        self._called: deque[str] = deque(maxlen=MOST_ITEMS)
        self._unanswered: set[str] = set()
        self._on = {name: act for names, act in self._actions() for name in names}

    def _actions(self) -> Iterator[tuple[tuple[str, ...], Callable[[Event], None]]]:
        heard = "conversation.item.input_audio_transcription"
        yield ("input_audio_buffer.speech_started",), lambda _: self._told(SpeechStarted())
        yield ("input_audio_buffer.speech_stopped",), lambda _: self._told(SpeechStopped())
        yield (f"{heard}.delta",), self._caller_partial
        yield (f"{heard}.completed",), self._caller_final
        yield (f"{heard}.failed",), lambda _: log.warning("%s: what the caller said was not transcribed", LABEL)
        yield ("response.output_audio.delta", "response.audio.delta"), self._audio
        yield ("response.output_audio.done", "response.audio.done"), self._audio_done
        yield ("response.output_audio_transcript.delta", "response.audio_transcript.delta"), self._bot_partial
        yield ("response.output_audio_transcript.done", "response.audio_transcript.done"), self._bot_final
        yield ("response.function_call_arguments.done",), self._call_made
        yield ("response.created",), lambda _: self._responses.begun()
        yield ("response.done",), self._response_done

    # --- life -----------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Return when the model listens. Raises `SpeechFailed`; it can be opened once."""
        if self._opening is not None or self._closed:
            raise SpeechFailed(f"{LABEL}: cannot be opened twice")
        loop = asyncio.get_running_loop()
        self._caller, self._bot = Transcript(loop.time), Transcript(loop.time)
        self._opening = asyncio.ensure_future(self._connected())
        try:
            socket = await self._opening
        except asyncio.CancelledError:
            if self._closed:
                raise SpeechFailed(f"{LABEL}: closed while it was being opened") from None
            raise
        self._socket = socket
        for piece in self._unheard.again():
            socket.append(piece)
        self._told(Ready())
        self._responses.ended()
        self._task = asyncio.ensure_future(self._follow(socket))
        self._task.add_done_callback(self._over)

    async def close(self) -> None:
        """Hang up. Nothing is told after this."""
        self._closed = True
        socket, self._socket = self._socket, None
        await end(self._opening, self._task)
        if socket is not None:
            await socket.close()

    async def _connected(self) -> OpenAISocket:
        settings = self._settings
        url = socket_url(settings.base_url, f"model={quote(settings.model, safe='')}")
        return await OpenAISocket.open(url, settings.api_key, realtime_session(settings), label=LABEL)

    async def _follow(self, socket: OpenAISocket) -> None:
        """Take what the service says, until the connection is over."""
        while (event := await socket.next_event()) is not None:
            if event["type"] == "error":
                self._error(socket, event)
            elif (act := self._on.get(event["type"])) is not None:
                act(event)
        self._lost(str(socket.ending()), clean=socket.clean)

    def _lost(self, reason: str, *, clean: bool) -> None:
        self._closed, self._socket = True, None
        self._told(Lost(reason, clean))

    def _over(self, task: asyncio.Task[None]) -> None:
        """The task is done. A fault of ours must be seen."""
        problem, socket = fault(task, LABEL), self._socket
        if problem is not None and not self._closed and socket is not None:
            socket.abort()
            self._lost(problem, clean=False)

    # --- what the model is told -----------------------------------------------------------------------------------

    def hear(self, ulaw: bytes) -> None:
        """Let the model hear this."""
        if self._socket is not None:
            self._socket.append(ulaw)
        elif not self._closed:
            self._unheard.add(ulaw)

    def say(self, text: str) -> None:
        """Have the model say this text as it stands, after what it is saying now."""
        self._responses.ask(saying(text))

    def greet(self, text: str) -> None:
        """Have the model begin the conversation by greeting, with this text in it."""
        self._responses.ask(greeting(text, self._settings))

    def truncate(self, item_id: str, played_ms: int) -> None:
        """Tell the model that only this much of an item's sound was played; what still comes of it is dropped.

        More than was sent of it must not be named: the service refuses that (OpenAI docs, truncate).
        """
        milliseconds = self._sound.get(item_id, 0) * 1000 // RATE
        if item_id not in self._sound or (item_id in self._whole and played_ms >= milliseconds):
            return
        del self._sound[item_id]
        self._cut.append(item_id)
        end = max(0, min(played_ms, milliseconds))
        self._send({"type": "conversation.item.truncate", "item_id": item_id, "content_index": 0, "audio_end_ms": end})

    def cancel(self) -> None:
        """Stop what the model is saying now, if anything."""
        if self._responses.active:
            self._send({"type": "response.cancel"})

    def answer_tool(self, call_id: str, output: str) -> None:
        """Give the result of a tool; when all that were called have answered, the model goes on."""
        if call_id not in self._unanswered:
            log.warning("%s: an answer to a tool call that was not made is dropped", LABEL)
            return
        self._unanswered.discard(call_id)
        item = {"type": "function_call_output", "call_id": call_id, "output": output}
        self._send({"type": "conversation.item.create", "item": item})
        if not self._unanswered:
            self._responses.ask()

    def _send(self, event: Event) -> None:
        if self._socket is not None:
            self._socket.send(event)

    # --- what the service says ------------------------------------------------------------------------------------

    def _caller_partial(self, event: Event) -> None:
        if text := self._caller.partial(_text(event, "item_id"), _text(event, "delta")):
            self._told(CallerSaid(text, final=False))

    def _caller_final(self, event: Event) -> None:
        if text := self._caller.final(_text(event, "item_id"), _text(event, "transcript")):
            self._told(CallerSaid(text, final=True))

    def _bot_partial(self, event: Event) -> None:
        item = _text(event, "item_id")
        if (text := self._bot.partial(item, _text(event, "delta"))) and item not in self._cut:
            self._told(BotSaid(text, final=False, item_id=item))

    def _bot_final(self, event: Event) -> None:
        item = _text(event, "item_id")
        if (text := self._bot.final(item, _text(event, "transcript"))) and item not in self._cut:
            self._told(BotSaid(text, final=True, item_id=item))

    def _audio(self, event: Event) -> None:
        item = _text(event, "item_id")
        try:
            ulaw = a2b_base64(_text(event, "delta"), strict_mode=True)
        except Base64Error:
            log.warning("%s: sound that is no base64 is dropped", LABEL)
            return
        if ulaw and item not in self._cut:
            self._sound[item] = self._sound.get(item, 0) + len(ulaw)
            while len(self._sound) > MOST_ITEMS:
                del self._sound[next(iter(self._sound))]
            self._told(Audio(ulaw, item))

    def _audio_done(self, event: Event) -> None:
        if (item := _text(event, "item_id")) not in self._cut:
            self._whole.append(item)
            self._told(AudioDone(item))

    def _call_made(self, event: Event) -> None:
        """Arguments are complete, or were cut off with their response: `response.done` tells which."""
        self._calls[_text(event, "call_id")] = event

    def _response_done(self, event: Event) -> None:
        response = event.get("response")
        response = response if isinstance(response, Mapping) else {}
        status = _text(response, "status") or "completed"
        calls, self._calls = self._calls, {}
        if status == "completed":
            self._call(calls | _calls_among(response.get("output")))
        elif status == "failed":
            self._response_failed(response)
        self._told(ResponseDone(status))
        self._responses.ended()

    def _call(self, calls: Mapping[str, Event]) -> None:
        news = {call_id: call for call_id, call in calls.items() if call_id and call_id not in self._called}
        self._called.extend(news)
        self._unanswered.update(news)
        for call_id, call in news.items():
            self._told(ToolCalled(call_id, _text(call, "name"), _arguments(_text(call, "arguments"))))

    def _response_failed(self, response: Event) -> None:
        details = response.get("status_details")
        said = Said.of(details.get("error") if isinstance(details, Mapping) else None, self._settings.api_key)
        log.warning("%s: a response failed: %s", LABEL, said)
        if said.hopeless and self._socket is not None:
            self._socket.abort(str(said))

    def _error(self, socket: OpenAISocket, event: Event) -> None:
        said, error = socket.said(event), event.get("error")
        asked = _text(error, "event_id") if isinstance(error, Mapping) else ""
        self._responses.refused(asked, said.code)
        if said.hopeless or said.code == EXPIRED:
            socket.abort(str(said))
        elif not said.harmless:
            log.warning("%s: %s", LABEL, said)


def _calls_among(output: object) -> dict[str, Event]:
    """The tool calls among the items of a response."""
    items = [item for item in output if isinstance(item, Mapping)] if isinstance(output, list) else []
    return {_text(item, "call_id"): item for item in items if item.get("type") == "function_call"}


def _arguments(text: str) -> Mapping[str, Any]:
    try:
        arguments = json.loads(text)
    except ValueError:
        arguments = None
    return arguments if isinstance(arguments, dict) else {}


def _text(event: Event, key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""
