"""The socket of a session: events out in their order, told as JSON, each with an identifier of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from voicecall_sim.services.openai.account import Account
from voicecall_sim.services.openai.shapes import Refusal
from voicecall_sim.services.trouble import Trouble

FIDELITY: Final = (
    (
        "errors are events with type, code, message, param and the client's event_id",
        "types/realtime/realtime_error",
        "documented",
    ),
    (
        "fatal errors are told, then the socket is closed with 4000 and `type.code`",
        "observed traffic (pickle-com/glass#220)",
        "captured",
    ),
    ("permessage-deflate is not negotiated", "no source", "assumed"),
)

FATAL: Final = 4000

Translate = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""An event as an older form of the interface has it; None where that has no such event."""


class Wire:
    """One open socket. What is told goes out in order, held while the way is cut."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, account: Account, trouble: Trouble) -> None:
        self.socket = socket
        self.trouble = trouble
        self.mute = False
        self.closing = False
        self.translate: Translate | None = None
        self._request = request
        self._account = account
        self._queue: deque[str | tuple[int, bytes]] = deque()
        self._ready = asyncio.Event()
        self._writer = asyncio.get_running_loop().create_task(self._write())

    def tell(self, kind: str, **data: Any) -> None:
        """Send an event."""
        event: Mapping[str, Any] | None = {"type": kind, "event_id": self._account.new_id("event_", 20), **data}
        if self.translate is not None and event is not None:
            event = self.translate(event)
        if event is not None and not self.mute:
            self.put(orjson.dumps(event).decode())

    def refuse(self, refusal: Refusal, event_id: str | None = None) -> None:
        """Send an error; `event_id` is that of the event that caused it."""
        self.tell("error", error={**refusal.body(), "event_id": event_id})

    def put(self, item: str | tuple[int, bytes]) -> None:
        """Send a text, or close with a code and a reason, after what is under way."""
        self.closing = self.closing or isinstance(item, tuple)
        self._queue.append(item)
        self._ready.set()

    def fail(self, refusal: Refusal, code: int = FATAL, reason: str | None = None) -> None:
        """Send an error and close."""
        self.refuse(refusal)
        self.put((code, (reason or f"{refusal.kind}.{refusal.code}").encode()))

    def lose(self) -> None:
        """The connection breaks without a farewell."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def stop(self) -> None:
        """Nothing more goes out."""
        self._writer.cancel()

    async def flushed(self) -> None:
        """Wait until everything has gone out, the farewell included."""
        await asyncio.wait([self._writer])

    async def _write(self) -> None:
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._queue:
                if self.trouble.cut_off:
                    await self.trouble.passing()
                item = self._queue.popleft()
                if isinstance(item, tuple):
                    await self.socket.close(code=item[0], message=item[1])
                    return
                try:
                    await self.socket.send_str(item)
                except ConnectionResetError:
                    return  # the client is gone; whoever reads the socket learns it too
