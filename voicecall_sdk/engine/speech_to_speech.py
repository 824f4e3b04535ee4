"""A dialogue led by a speech-to-speech model: it hears the caller and answers by itself, in its own voice.

What the call wants said is given to the model to say. How much of the model's speech was heard is told to it when the
caller interrupts, for it knows only what it sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from voicecall_sdk.agent.responder import Utterance, reply_of
from voicecall_sdk.audio.frames import RATE
from voicecall_sdk.call.wishes import End
from voicecall_sdk.commands import Prompt, Say
from voicecall_sdk.engine.conversation import context_of
from voicecall_sdk.engine.media import MediaStream
from voicecall_sdk.errors import VoiceCallError
from voicecall_sdk.events import BotSaid as BotLine
from voicecall_sdk.events import Heard, Interrupted, Ready
from voicecall_sdk.speech.vendor import (
    Audio,
    AudioDone,
    BotSaid,
    CallerSaid,
    Lost,
    RealtimeEvent,
    RealtimeTool,
    ResponseDone,
    SpeechStarted,
    ToolCalled,
)
from voicecall_sdk.values import EndReason

if TYPE_CHECKING:
    from voicecall_sdk.speech.build import SpeechServices

log = logging.getLogger(__name__)

END_CALL: Final = "openclaw_end_call"
CONSULT: Final = "openclaw_agent_consult"

SILENT_LINE: Final = 30.0
"""Seconds without any sound from the carrier after which the line is dead (reference, section 10.4)."""

END_CALL_TOOL: Final = RealtimeTool(
    name=END_CALL,
    description="End the phone call. Say goodbye first.",
    parameters={"type": "object", "properties": {}},
)
CONSULT_TOOL: Final = RealtimeTool(
    name=CONSULT,
    description="Ask the agent behind this call: for facts, memory, current information, or anything that needs tools.",
    parameters={
        "type": "object",
        "properties": {
            "question": {"type": "string", "description": "What you need to know"},
            "context": {"type": "string", "description": "What the agent should know about the conversation"},
            "responseStyle": {"type": "string", "description": "How the answer should be put"},
        },
        "required": ["question"],
    },
)
"""The tools of reference, section 10.7."""


class SpeechToSpeech:
    """The dialogue of one stream. `tools` are those that the configuration adds to ours; `consults` lets the model
    ask whoever answers callers otherwise.

    Raises `SpeechFailed` when no model is configured.
    """

    def __init__(
        self,
        stream: MediaStream,
        services: SpeechServices,
        tools: Sequence[RealtimeTool] = (),
        *,
        consults: bool = True,
    ) -> None:
        board, record = stream.board, stream.call.record
        route = record.metadata.get("numberRouteKey")
        own = [END_CALL_TOOL, *([CONSULT_TOOL] if consults and board.responder is not None else [])]
        configured = [tool for tool in tools if tool.name not in {END_CALL, CONSULT}]
        self._stream = stream
        self._board = board
        self._model = services.realtime(
            self._told, route=None if route is None else str(route), tools=[*own, *configured]
        )
        self._saying: Say | Prompt | None = None
        self._asked: Say | Prompt | None = None
        self._next: Say | Prompt | None = None
        self._responding = False
        self._item: str | None = None
        self._words: dict[str, str] = {}
        self._free = asyncio.Event()
        self._free.set()
        self._ending = False
        self._last_heard = asyncio.get_running_loop().time()
        self._silence: asyncio.TimerHandle | None = None
        self._pieces: asyncio.Queue[Audio | AudioDone] = asyncio.Queue()
        self._player: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Have the model on the line. Raises `SpeechFailed`."""
        await self._model.open()
        self._player = asyncio.get_running_loop().create_task(self._play(), name="speech-to-speech")
        self._alive()

    async def close(self) -> None:
        """Let the model go."""
        if self._silence is not None:
            self._silence.cancel()
        if self._player is not None:
            self._player.cancel()
        await self._model.close()

    def hear(self, ulaw: bytes) -> None:
        """A frame of the caller's sound."""
        self._model.hear(ulaw)
        self._last_heard = asyncio.get_running_loop().time()

    async def quiet(self) -> None:
        """The model minds by itself whose turn it is."""

    # --- speaking -----------------------------------------------------------------------------------------------

    async def say(self, command: Say | Prompt) -> None:
        """Have the model say this; its first words are a greeting in its own manner."""
        if self._responding:
            self._next = command  # it will be said after the response under way
        else:
            self._asked = command
        if self._stream.call.record.transcript:
            self._model.say(command.text)
        else:
            self._model.greet(command.text)

    async def fall_silent(self) -> None:
        """Stop the model, and tell it how much was heard."""
        await self._interrupt()

    def heard_so_far(self) -> str | None:
        """The part of what the model is saying that was heard."""
        if self._item is None:
            return None
        words = self._words.get(self._item) or (self._saying.text if self._saying is not None else "")
        return self._stream.playback.progress().heard(words)

    def played(self) -> None:
        """What the model said was heard to its end."""
        saying, self._saying = self._saying, None
        words = self._words.pop(self._item or "", "")
        self._item = None
        self._free.set()
        if saying is not None:
            self._board.hear(self._stream.call, Ready(spoken=saying.turn))
        elif words:
            self._board.hear(self._stream.call, BotLine(words))
        if self._ending:
            self._hang_up(EndReason.HANGUP_BOT)

    async def _play(self) -> None:
        """The model's sound in its order. Items follow each other: the next begins when the last was heard."""
        playback = self._stream.playback
        while True:
            piece = await self._pieces.get()
            if isinstance(piece, AudioDone):
                await playback.finish()
                continue
            if piece.item_id != self._item:
                await self._free.wait()
                self._free.clear()
                self._item, self._saying, self._asked = piece.item_id, self._asked, None
                playback.begin()
            await playback.add(piece.ulaw)

    async def _interrupt(self) -> None:
        item, saying = self._item, self._saying
        while not self._pieces.empty():
            self._pieces.get_nowait()
        self._item = self._saying = None
        self._free.set()
        if item is None:
            return
        progress = await self._stream.playback.clear()
        self._model.cancel()
        self._model.truncate(item, progress.played * 1000 // RATE)
        words = self._words.pop(item, "")
        if saying is not None:
            told: Interrupted | BotLine = Interrupted(saying.turn, progress.heard(words or saying.text))
        elif heard := progress.heard(words):
            told = BotLine(heard, whole=False)
        else:
            return
        self._board.hear(self._stream.call, told)

    # --- what the model tells -----------------------------------------------------------------------------------

    def _told(self, event: RealtimeEvent) -> None:
        match event:
            case Audio() | AudioDone():
                self._responding = True
                self._pieces.put_nowait(event)
            case SpeechStarted():
                _ = self._board.spawn(self._interrupt(), "interruption")
            case CallerSaid(text, final):
                self._board.hear(self._stream.call, Heard(text, final=final))
            case BotSaid(text, _, item_id):
                self._words[item_id] = text
            case ToolCalled():
                _ = self._board.spawn(self._use(event), f"tool {event.name}")
            case ResponseDone():
                self._response_done()
            case Lost(reason, clean):
                self._lost(reason, clean=clean)
            case _:
                pass

    def _lost(self, reason: str, *, clean: bool) -> None:
        log.error("call %s: the speech-to-speech model is gone: %s", self._stream.call.record.call_id, reason)
        self._hang_up(EndReason.COMPLETED if clean else EndReason.ERROR)

    async def _use(self, called: ToolCalled) -> None:
        if called.name == END_CALL:
            self._ending = True
            self._model.answer_tool(called.call_id, json.dumps({"status": "ending"}))
            self._end_if_said()
        elif called.name == CONSULT and self._board.responder is not None:
            self._model.answer_tool(called.call_id, await self._consulted(called.arguments))
        else:
            self._model.answer_tool(called.call_id, json.dumps({"error": f'Tool "{called.name}" not available'}))

    def _response_done(self) -> None:
        """The response is made; it may still be playing. One that made no sound has not said what it was asked to."""
        asked = self._asked if not self._responding else None
        self._responding = False
        if asked is not None:
            self._asked = None
            self._board.hear(self._stream.call, Interrupted(asked.turn, ""))
        if self._next is not None:
            self._asked, self._next = self._next, None
        self._end_if_said()

    def _end_if_said(self) -> None:
        """The farewell is heard before the call ends; a model that says none does not keep it open."""
        if self._ending and self._item is None and self._pieces.empty():
            self._hang_up(EndReason.HANGUP_BOT)

    async def _consulted(self, arguments: Mapping[str, Any]) -> str:
        board, call = self._board, self._stream.call
        question = " ".join(
            str(arguments[key]) for key in ("question", "context", "responseStyle") if arguments.get(key)
        )
        assert board.responder is not None
        try:
            async with asyncio.timeout(board.rules_for(call.record).response_timeout):
                reply = await reply_of(board.responder, Utterance(question), context_of(board, call))
        except TimeoutError:
            return json.dumps({"error": "the agent did not answer in time"})
        except VoiceCallError as error:
            return json.dumps({"error": str(error)})
        return reply.text

    def _hang_up(self, reason: EndReason) -> None:
        board, call = self._board, self._stream.call
        if call.record.live and call.record.commanded_end is None:
            board.send(call, board.note(call, End(reason)))

    def _alive(self) -> None:
        """Whether sound still comes; looked at as often as it may be missing."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._last_heard >= SILENT_LINE:
            self._hang_up(EndReason.TIMEOUT)
        else:
            self._silence = loop.call_later(self._last_heard + SILENT_LINE - loop.time(), self._alive)
