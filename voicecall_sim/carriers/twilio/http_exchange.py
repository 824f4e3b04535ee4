"""One request and its reply over HTTP/1.1, on a connection of its own: the bytes as they are given, nothing added.

Replies are read by the parser of aiohttp's client, which is llhttp: what it takes, we take.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

from aiohttp.base_protocol import BaseProtocol
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http import HttpProcessingError, HttpResponseParser, RawResponseMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from voicecall_sim.carriers.twilio.answers import LOST, READ_TIMEOUT, VIOLATION, Answer, Reply

SWITCHING: Final = 101
WITHOUT_BODY: Final = frozenset({SWITCHING, 204, 304})
"""The statuses whose replies end with their headers (RFC 9112, section 6.3)."""


class HttpExchange(BaseProtocol):
    """The protocol of such a connection. `answer` is done once the reply is there, or it is known that none will be.

    Of the reply's body at most a little more than `limit` bytes are read. With `patience`, in seconds, silence that
    lasts as long is a failure: until the first byte, and between any two of them. Whoever dials closes the transport.
    """

    __slots__ = ("_body", "_limit", "_message", "_patience", "_payload", "_request", "_silence", "answer")

    def __init__(self, loop: asyncio.AbstractEventLoop, request: bytes, limit: int, patience: float | None) -> None:
        super().__init__(loop)
        self.answer: asyncio.Future[Answer] = loop.create_future()
        self._request = request
        self._limit = limit
        self._patience = patience
        self._silence: asyncio.TimerHandle | None = None
        self._message: RawResponseMessage | None = None
        self._payload: StreamReader = EMPTY_PAYLOAD
        self._body: list[bytes] = []

    def settle(self, answer: Answer) -> None:
        """This is what comes of it, unless something else did before."""
        if self._silence is not None:
            self._silence.cancel()
        self._parser, self._payload = None, EMPTY_PAYLOAD
        if not self.answer.done():
            self.answer.set_result(answer)

    # -- what the connection tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request, all of it at once."""
        self.transport = cast("asyncio.Transport", transport)
        self._parser = HttpResponseParser(
            self,
            self._loop,
            self._limit,
            payload_exception=ClientPayloadError,
            response_with_body=not self._request.startswith(b"HEAD "),
            read_until_eof=True,
        )
        self.transport.write(self._request)
        self._listen()

    def data_received(self, data: bytes) -> None:
        """Some of the reply."""
        if self._parser is None:
            return
        self._listen()
        try:
            self._read(self._parser, data)
        except HttpProcessingError:
            self.settle(VIOLATION)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The end of a body that has no other, or too early."""
        super().connection_lost(exc)
        if self._parser is not None and self._message is not None and exc is None:
            try:
                self._parser.feed_eof()
                self._take(self._parser, self._message)
            except HttpProcessingError:
                pass  # a body that ends too early
        self.settle(LOST)

    # -- what the parser asks for: a pause when much has been read, which ends when that has been taken out

    def pause_reading(self) -> None:
        """The connection is read on."""
        self._reading_paused = True
        if self._parser is not None:
            self._parser.pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """The parser is fed again by who takes out."""
        self._reading_paused = False

    # -- the reply

    def _listen(self) -> None:
        if self._patience is not None:
            if self._silence is not None:
                self._silence.cancel()
            self._silence = self._loop.call_later(self._patience, self.settle, READ_TIMEOUT)

    def _read(self, parser: HttpParser[RawResponseMessage], data: bytes) -> None:
        messages = parser.feed_data(data)[0]
        if self._message is None and messages:
            self._begin(messages)
        if self._message is not None:
            self._take(parser, self._message)

    def _begin(self, messages: list[tuple[RawResponseMessage, StreamReader]]) -> None:
        """Take the first reply that is not provisional (RFC 9110, section 15.2)."""
        for message, payload in messages:
            if message.code == SWITCHING or not 100 <= message.code < 200:
                self._message = message
                self._payload = EMPTY_PAYLOAD if message.code in WITHOUT_BODY else payload
                return

    def _take(self, parser: HttpParser[RawResponseMessage], message: RawResponseMessage) -> None:
        """Take out what there is of the body, and whatever the parser still holds back."""
        payload = self._payload
        while payload.exception() is None:
            if payload.is_eof() or payload.total_bytes > self._limit:
                self._complete(message)
                return
            paused = self._reading_paused
            self._body.append(payload.read_nowait())
            if not paused:
                return
            parser.feed_data(b"")
        self.settle(LOST)

    def _complete(self, message: RawResponseMessage) -> None:
        body = b"".join((*self._body, self._payload.read_nowait()))
        self.settle(
            Reply(
                message.code,
                message.reason or "",
                message.headers,
                tuple(message.headers.getall("Set-Cookie", ())),
                body[: self._limit],
                len(body) <= self._limit,
            )
        )


FIDELITY: Final = (
    ("each request has a connection of its own, closed after the reply", "observed traffic (Connection)", "captured"),
    ("compressed bodies are read, though none are asked for", "no source", "assumed"),
    ("a body that a reset ends is lost, though its length was not given", "RFC 9112, section 8", "assumed"),
)
