"""OpenAI listens: streaming transcription over its Realtime interface (reference, section 8.5).

States: new, connecting, ready, reconnecting, closed. Sound is sent as it comes; while nobody listens it is kept, and
sound that was sent but not accounted for when a connection broke is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any, Final

from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.openai_errors import EXPIRED, Unusable
from voicecall_sdk.speech.openai_sessions import transcription_session
from voicecall_sdk.speech.openai_socket import OpenAISocket, socket_url
from voicecall_sdk.speech.settings import ListeningSettings
from voicecall_sdk.speech.tasks import end, fault
from voicecall_sdk.speech.unheard import Unheard
from voicecall_sdk.speech.utterances import Said, Utterances
from voicecall_sdk.speech.vendor import Final as Transcript
from voicecall_sdk.speech.vendor import Lost, Partial, Recognized, SpeechStarted, SpeechStopped

log = logging.getLogger(__name__)

LABEL: Final = "Realtime STT"

RECONNECT_AFTER: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each attempt to connect anew."""

STABLE: Final = 30.0
"""Seconds after which a connection has proved itself, and attempts count from the beginning."""

PATIENCE: Final = 5.0
"""Seconds that a text waits for an earlier utterance's."""

FINISH_TIMEOUT: Final = 5.0
LEAST_COMMIT: Final = 800
"""Bytes: the service refuses to transcribe less than 100 ms."""


class State(Enum):
    """Where the recognizer stands."""

    NEW = auto()
    CONNECTING = auto()
    READY = auto()
    RECONNECTING = auto()
    CLOSED = auto()


class OpenAIRecognizer:
    """An ear for one call. `told` gets what it hears (`vendor.Recognized`)."""

    def __init__(self, settings: ListeningSettings, told: Callable[[Recognized], None]) -> None:
        self._settings = settings
        self._told = told
        self.state = State.NEW
        self._socket: OpenAISocket | None = None
        self._opening: asyncio.Task[OpenAISocket] | None = None
        self._task: asyncio.Task[None] | None = None
        self._unheard = Unheard()
        self._utterances = Utterances()
        self._speaking = False
        self._patience: asyncio.TimerHandle | None = None
        self._finishing: asyncio.Event | None = None
        self._uncommitted = False
        self._on = {
            "input_audio_buffer.speech_started": self._started,
            "input_audio_buffer.speech_stopped": self._stopped,
            "input_audio_buffer.committed": self._committed,
            "conversation.item.input_audio_transcription.delta": self._delta,
            "conversation.item.input_audio_transcription.completed": self._completed,
            "conversation.item.input_audio_transcription.failed": self._failed,
        }

    # --- life -----------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Return when the service listens. Raises `SpeechFailed`; it can be opened once."""
        if self.state is not State.NEW:
            raise SpeechFailed(f"{LABEL}: cannot be opened twice")
        self.state = State.CONNECTING
        self._opening = asyncio.ensure_future(self._connected())
        try:
            socket = await self._opening
        except BaseException as error:
            closed = self.state is State.CLOSED
            self.state = State.CLOSED
            if closed and isinstance(error, asyncio.CancelledError):
                raise SpeechFailed(f"{LABEL}: closed while it was being opened") from None
            raise
        self._listen_on(socket)
        self._task = asyncio.ensure_future(self._run(socket))
        self._task.add_done_callback(self._over)

    def hear(self, ulaw: bytes) -> None:
        """Listen to this."""
        if self.state is State.CLOSED or self._finishing is not None:
            return
        self._unheard.add(ulaw)
        if self._socket is not None:
            self._socket.append(ulaw)

    async def close(self, *, finish: bool = False) -> None:
        """Hang up. With `finish` what was said last is still waited for (at most 5 s) and told."""
        if finish and self.state is State.READY and self._finishing is None:
            await self._finish()
        self.state = State.CLOSED
        self._stop_waiting()
        socket, self._socket = self._socket, None
        await end(self._opening, self._task)
        if socket is not None:
            await socket.close()

    async def _connected(self) -> OpenAISocket:
        settings = self._settings
        url = socket_url(settings.base_url, "intent=transcription")
        return await OpenAISocket.open(url, settings.api_key, transcription_session(settings), label=LABEL)

    def _listen_on(self, socket: OpenAISocket) -> None:
        self._socket = socket
        self.state = State.READY
        for piece in self._unheard.again():
            socket.append(piece)

    async def _run(self, socket: OpenAISocket) -> None:
        """Follow connections until one is not to be had."""
        loop, failures = asyncio.get_running_loop(), 0
        try:
            while True:
                begun = loop.time()
                error = await self._follow(socket)
                failures = 0 if loop.time() - begun >= STABLE else failures
                self._hold()
                socket, failures = await self._reconnected(error, failures)
                self._listen_on(socket)
        except SpeechFailed as error:
            self._lost(str(error))

    async def _follow(self, socket: OpenAISocket) -> SpeechFailed:
        """Take what the service says, until the connection is over: why. Raises what is hopeless."""
        while (event := await socket.next_event()) is not None:
            if event["type"] == "error":
                self._error(socket, event)
            elif (act := self._on.get(event["type"])) is not None:
                act(event)
        ending = socket.ending()
        if isinstance(ending, Unusable):
            raise ending
        return ending

    async def _reconnected(self, error: SpeechFailed, failures: int) -> tuple[OpenAISocket, int]:
        """A new connection, and how many attempts have been counted. Raises `SpeechFailed` when there is none."""
        while failures < len(RECONNECT_AFTER):
            log.warning("%s; trying again in %g s", error, RECONNECT_AFTER[failures])
            await asyncio.sleep(RECONNECT_AFTER[failures])
            failures += 1
            try:
                return await self._connected(), failures
            except Unusable:
                raise
            except SpeechFailed as again:
                error = again
        raise SpeechFailed(f"{error} (given up after {len(RECONNECT_AFTER)} attempts)")

    def _hold(self) -> None:
        """Nobody listens: keep all sound, and wait for no text any more."""
        self._socket = None
        self.state = State.RECONNECTING
        self._unheard.holding = True
        self._uncommitted = False
        if self._speaking:
            self._stopped({})
        self._tell(self._utterances.abandoned())

    def _lost(self, reason: str) -> None:
        self.state = State.CLOSED
        self._socket = None
        self._tell(self._utterances.abandoned())
        self._told(Lost(reason))

    def _over(self, task: asyncio.Task[None]) -> None:
        """The task is done. A fault of ours must be seen."""
        problem = fault(task, LABEL)
        if problem is not None and self.state is not State.CLOSED:
            self._lost(problem)

    # --- the end --------------------------------------------------------------------------------------------------

    async def _finish(self) -> None:
        """Have what was said last transcribed."""
        self._finishing = asyncio.Event()
        if self._socket is not None and self._unheard.worth(LEAST_COMMIT):
            self._socket.send({"type": "input_audio_buffer.commit"})
            self._uncommitted = True
        try:
            async with asyncio.timeout(FINISH_TIMEOUT):
                while self.state is State.READY and (self._uncommitted or self._utterances):
                    self._finishing.clear()
                    await self._finishing.wait()
        except TimeoutError:
            log.warning("%s: what was said last was not transcribed within %g s", LABEL, FINISH_TIMEOUT)
        self._tell(self._utterances.abandoned())

    def _changed(self) -> None:
        if self._finishing is not None:
            self._finishing.set()

    # --- what the service says ------------------------------------------------------------------------------------

    def _started(self, event: Mapping[str, Any]) -> None:
        self._unheard.holding = True
        self._speaking = True
        self._told(SpeechStarted(_text(event, "item_id")))

    def _stopped(self, event: Mapping[str, Any]) -> None:
        self._speaking = False
        self._told(SpeechStopped(_text(event, "item_id")))

    def _committed(self, event: Mapping[str, Any]) -> None:
        self._uncommitted = False
        item, previous = _text(event, "item_id"), event.get("previous_item_id")
        self._unheard.committed(item)
        self._tell(self._utterances.committed(item, previous if isinstance(previous, str) else None))

    def _delta(self, event: Mapping[str, Any]) -> None:
        if text := self._utterances.partial(_text(event, "item_id"), _text(event, "delta")):
            self._told(Partial(text))

    def _completed(self, event: Mapping[str, Any]) -> None:
        self._resolved(_text(event, "item_id"), _text(event, "transcript"))

    def _failed(self, event: Mapping[str, Any]) -> None:
        log.warning("%s: an utterance could not be transcribed", LABEL)
        self._resolved(_text(event, "item_id"), "")

    def _resolved(self, item: str, text: str) -> None:
        self._unheard.resolved(item)
        self._tell(self._utterances.resolved(item, text))

    def _error(self, socket: OpenAISocket, event: Mapping[str, Any]) -> None:
        said = socket.said(event)
        if said.code.startswith("input_audio_buffer"):  # there was too little to be transcribed
            self._uncommitted = False
            self._changed()
        if said.hopeless:
            socket.abort(str(said))
            raise socket.failure(event)
        if said.code == EXPIRED:
            socket.abort(str(said))
        elif not said.harmless:
            log.warning("%s: %s", LABEL, said)

    def _tell(self, texts: list[Said]) -> None:
        """Deliver what is ready; what is not must not hold back the rest for ever."""
        for text, item in texts:
            self._told(Transcript(text, item))
        if not self._utterances.blocked:
            self._stop_waiting()
        elif self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(PATIENCE, self._unblock)
        self._changed()

    def _unblock(self) -> None:
        self._patience = None
        log.warning("%s: an utterance's text did not come; those after it are told without it", LABEL)
        texts = self._utterances.unblocked()
        self._unheard.only(self._utterances.open)
        self._tell(texts)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""
