"""The door for media streams: a WebSocket is admitted within caps, has to begin in time, and is then its call's.

Closes (reference, section 8.2): HTTP 503 stopping or full · 1013 too many that have not begun, or a peer that does not
read · 1008 no start in time, a second one, no call that awaits it · 1009 a message too large · 1011 our own fault.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import WSMsgType, web

from voicecall_sdk.carriers.wire import Started, Wire
from voicecall_sdk.engine.media import MediaDesk, MediaStream, StreamRefused
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.server.refusals import line, seen

log = logging.getLogger(__name__)

MAX_MESSAGE: Final = 64 * 1024
MAX_UNSENT: Final = 48 * 1024
"""Bytes that a peer may leave unread: at 12 kB a second some four seconds of sound."""

CLOSED: Final = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)
"""After these nothing comes."""

TOO_MANY: Final = "Too many pending media stream connections"
POLICY: Final = 1008
TRY_LATER: Final = 1013


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many streams there may be, how many of them before their start, and how long that may take (seconds)."""

    connections: int = 128
    pending: int = 32
    pending_per_peer: int = 4
    start_timeout: float = 5.0


class MediaServer:
    """Answers at one path, and below it, where the rest of the path is a token. `peer` names who a request is from."""

    def __init__(self, *, path: str, wire: Wire, caps: Caps, peer: Callable[[web.Request], str]) -> None:
        self.desk: MediaDesk | None = None
        self.path = "/" + path.strip("/")
        self._wire = wire
        self._caps = caps
        self._peer = peer
        self._open: dict[web.WebSocketResponse, None] = {}
        self._pending: Counter[str] = Counter()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One stream, from the door to its end."""
        if self.desk is None:
            return _refused(request, 503, "Not ready")
        if len(self._open) >= self._caps.connections:
            return _refused(request, 503, "Too many media stream connections")
        ws = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, compress=False, timeout=1.0, writer_limit=2 * MAX_UNSENT)
        if not ws.can_prepare(request):
            return _refused(request, 426, "Upgrade Required")
        self._open[ws] = None
        try:
            await ws.prepare(request)
            await self._serve(self.desk, request, ws)
        finally:
            self._open.pop(ws, None)
        return ws

    async def stop(self) -> None:
        """Take no more streams, and end those there are."""
        self.desk = None
        await asyncio.gather(*(ws.close(code=1001, message=b"Stopping") for ws in self._open))

    # --- inside -------------------------------------------------------------------------------------------------

    async def _serve(self, desk: MediaDesk, request: web.Request, ws: web.WebSocketResponse) -> None:
        peer, socket = self._peer(request), _Socket(request, ws)
        if self._pending.total() >= self._caps.pending or self._pending[peer] >= self._caps.pending_per_peer:
            await _turn_away(ws, peer, TRY_LATER, TOO_MANY)
            return
        self._pending[peer] += 1
        try:
            started = await self._started(ws, peer)
        finally:
            self._pending[peer] -= 1
            self._pending += Counter()  # names without pending streams are forgotten
        if started is None:
            return
        try:
            stream = desk.admit(started, socket, request.match_info.get("token") or request.query.get("token"))
        except StreamRefused as refusal:
            await _turn_away(ws, peer, refusal.code, refusal.reason)
            return
        opening = asyncio.get_running_loop().create_task(stream.open(), name=f"opening of stream {stream.id}")
        try:
            await self._follow(stream, started, ws)
        finally:
            opening.cancel()
            await stream.closed()

    async def _started(self, ws: web.WebSocketResponse, peer: str) -> Started | None:
        """The stream's first word. None if it does not come: the socket is closed then."""
        try:
            async with asyncio.timeout(self._caps.start_timeout):
                async for message in ws:
                    if message.type is not WSMsgType.TEXT:
                        continue
                    said = self._wire.read(message.data)
                    if isinstance(said, Started):
                        return said
        except TimeoutError:
            await _turn_away(ws, peer, POLICY, "Start timeout")
        except Unintelligible as problem:
            await _turn_away(ws, peer, POLICY, "Not understood", str(problem))
        return None

    async def _follow(self, stream: MediaStream, started: Started, ws: web.WebSocketResponse) -> None:
        wire, take = self._wire, stream.take
        read = wire.read if wire.reader is None else wire.reader(started)
        # iterating over a socket does the same, by one more coroutine for each message
        while (message := await ws.receive()).type not in CLOSED:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                said = read(message.data)
            except Unintelligible as problem:
                log.warning("stream %s: %s", line(stream.id), line(str(problem)))
                continue
            if said is not None:
                take(said)


class _Socket:
    """A WebSocket as streams use it."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self._request = request
        self._ws = ws
        self._closing: asyncio.Task[bool] | None = None

    async def send(self, text: str) -> None:
        """Send, unless it is closed; whoever does not read is cut off."""
        transport = self._request.transport
        if self._ws.closed or self._closing is not None or transport is None:
            return
        if transport.get_write_buffer_size() > MAX_UNSENT:
            self.close(TRY_LATER, "Backpressure: send buffer exceeded")
            return
        try:
            await self._ws.send_str(text)
        except ConnectionError:
            log.info("a media stream was closed while it was spoken to")

    def close(self, code: int, reason: str) -> None:
        """Close in the background."""
        if self._closing is None and not self._ws.closed:
            work = self._ws.close(code=code, message=reason.encode())
            self._closing = asyncio.get_running_loop().create_task(work, name="closing of a stream")


async def _turn_away(ws: web.WebSocketResponse, peer: str, code: int, reason: str, why: str = "") -> None:
    log.warning("media stream refused: %s (%d) from %s", line(why or reason), code, line(peer))
    await ws.close(code=code, message=reason.encode())


def _refused(request: web.Request, status: int, text: str) -> web.Response:
    log.warning("media stream refused: %s (%d); %s from %s", text, status, seen(request.raw_path), request.remote)
    return web.Response(status=status, text=text)
