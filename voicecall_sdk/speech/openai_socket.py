"""A socket to OpenAI's Realtime interface: opened with a session, JSON events both ways, sound in base64.

OpenAI docs, guides/realtime (the GA interface) and guides/realtime-websocket.
"""

from __future__ import annotations

import asyncio
import logging
from binascii import b2a_base64
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException
from websockets.protocol import State

from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.masked import MaskedText
from voicecall_sdk.speech.openai_errors import Said, error_of, of_close, of_status
from voicecall_sdk.speech.transport import tls

log = logging.getLogger(__name__)

CONNECT_TIMEOUT: Final = 10.0
"""Seconds until the session must be confirmed (reference, section 8.4)."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that the far end has to say goodbye."""

MAX_BUFFER: Final = 1024 * 1024
"""Bytes that are given to the transport ahead of the network (reference, section 8.5)."""

MAX_WAITING: Final = 4 * 1024 * 1024
"""Bytes that wait behind those: more than all sound that is kept for a new connection. Beyond it, it is given up."""

PUMP_INTERVAL: Final = 0.02

MAX_MESSAGE: Final = 16 * 1024 * 1024

MOST_NONSENSE: Final = 5
"""Messages in a row that may be no events."""

APPEND: Final = b'{"type":"input_audio_buffer.append","audio":"%b"}'


def socket_url(base_url: str, query: str) -> str:
    """The address of the socket beside a REST base URL."""
    scheme, _, rest = base_url.rstrip("/").partition("://")
    return f"{'ws' if scheme == 'http' else 'wss'}://{rest}/realtime?{query}"


class OpenAISocket:
    """An open connection whose session is confirmed. `label` begins its errors."""

    def __init__(self, connection: ClientConnection, *, label: str, key: str) -> None:
        self._connection = connection
        self._label = label
        self._key = key
        self._aborted: str | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._frame = MaskedText().frame

    @classmethod
    async def open(cls, url: str, key: str, session: Mapping[str, Any], *, label: str) -> Self:
        """Connect, describe the session, and wait until it is confirmed: `session.updated`.

        Raises `SpeechFailed`, of kind `Unusable` when another attempt will fare no better. Whatever happens, no
        socket is left open.
        """
        opened: Self | None = None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                opened = cls(await _connected(url, key, label), label=label, key=key)
                opened.send({"type": "session.update", "session": session})
                await opened._confirmed()
        except BaseException as error:
            if opened is not None:
                opened.abort()
            if isinstance(error, TimeoutError):
                raise SpeechFailed(f"{label} connection timeout") from None
            raise
        return opened

    async def _confirmed(self) -> None:
        while (event := await self.next_event()) is not None:
            if event["type"] == "session.updated":
                return
            if event["type"] == "error":
                raise self.failure(event, opening=True)
        raise self.ending()

    def send(self, event: Mapping[str, Any]) -> None:
        """Send an event, after what was sent before. Never waits; a connection that takes nothing is given up."""
        self._write(orjson.dumps(event))

    def append(self, ulaw: bytes) -> None:
        """Let the service hear this."""
        self._write(APPEND % b2a_base64(ulaw, newline=False))

    def _write(self, text: bytes) -> None:
        if self._waiting or self._connection.transport.get_write_buffer_size() > MAX_BUFFER:
            self._wait(text)
        else:
            self._put(text)

    def _put(self, text: bytes) -> None:
        """Write without waiting. The library answers pings and closes by whole frames, and sends nothing else here."""
        connection = self._connection
        if connection.protocol.state is State.OPEN:
            connection.transport.write(self._frame(text))

    def _wait(self, text: bytes) -> None:
        """Keep this until there is room."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(PUMP_INTERVAL, self._pump)
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        if self._waiting_bytes > MAX_WAITING:
            self.abort("what is sent is not taken")

    def _pump(self) -> None:
        while self._waiting and self._connection.transport.get_write_buffer_size() <= MAX_BUFFER:
            text = self._waiting.popleft()
            self._waiting_bytes -= len(text)
            self._put(text)
        if self._waiting:
            asyncio.get_running_loop().call_later(PUMP_INTERVAL, self._pump)

    async def next_event(self) -> dict[str, Any] | None:
        """What the service says next; None when the connection is over, however that came about. `ending` tells."""
        nonsense = 0
        try:
            while (event := _event(await self._connection.recv(decode=False))) is None:
                log.warning("%s: a message that is no event is ignored", self._label)
                nonsense += 1
                if nonsense == MOST_NONSENSE:
                    self.abort("what the service says is not understood")
        except ConnectionClosed:
            return None
        return event

    def failure(self, event: Mapping[str, Any], *, opening: bool = False) -> SpeechFailed:
        """What an `error` event says, as an error without the key."""
        return error_of(self.said(event), self._label, opening=opening)

    def said(self, event: Mapping[str, Any]) -> Said:
        """What an `error` event says."""
        return Said.of(event.get("error"), self._key)

    def ending(self) -> SpeechFailed:
        """Why the connection is over."""
        if self._aborted is not None:
            return SpeechFailed(f"{self._label}: {self._aborted}")
        close = (self._connection.close_code, (self._connection.close_reason or "").replace(self._key, "<apiKey>"))
        return of_close(*close, self._label)

    @property
    def clean(self) -> bool:
        """Whether the far end said goodbye as one does."""
        return self._aborted is None and self._connection.close_code in {1000, 1001}

    def abort(self, reason: str = "given up") -> None:
        """Cut the connection at once."""
        self._waiting.clear()
        if self._aborted is None:
            self._aborted = reason
            self._connection.transport.abort()

    async def close(self) -> None:
        """Say goodbye, and wait for the answer a little."""
        self._waiting.clear()
        await self._connection.close()


async def _connected(url: str, key: str, label: str) -> ClientConnection:
    try:
        return await connect(
            url,
            additional_headers={"Authorization": f"Bearer {key}"},
            ssl=tls() if url.startswith("wss:") else None,
            open_timeout=None,
            close_timeout=CLOSE_TIMEOUT,
            compression=None,  # base64 of mu-law does not get smaller
            max_size=MAX_MESSAGE,
        )
    except InvalidStatus as error:
        raise of_status(error.response.status_code, bytes(error.response.body or b""), label, key) from None
    except (InvalidHandshake, InvalidURI, WebSocketException) as error:
        raise SpeechFailed(f"{label}: no WebSocket is spoken there ({type(error).__name__})") from None
    except TimeoutError:
        raise
    except OSError as error:
        raise SpeechFailed(f"{label}: cannot be reached ({error.strerror or type(error).__name__})") from None


def _event(message: str | bytes) -> dict[str, Any] | None:
    try:
        event = orjson.loads(message)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else None
