"""Two ends of a connection, for the contract that both worlds keep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Body = Callable[[], Coroutine[Any, Any, None]]
Play = Callable[[Body], None]


class Recorder(asyncio.Protocol):
    """Writes down what it is told, and lets one wait for it."""

    def __init__(self, *, keep_open: bool = False) -> None:
        self.transport: Any = None
        self.data = bytearray()
        self.told: list[str] = []
        self.error: Exception | None = None
        self._keep_open = keep_open
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._tell("made")

    def data_received(self, data: bytes) -> None:
        self.data += data
        self._news.set()

    def eof_received(self) -> bool:
        self._tell("eof")
        return self._keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        self._tell("lost")

    def pause_writing(self) -> None:
        self._tell("pause")

    def resume_writing(self) -> None:
        self._tell("resume")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something about the protocol holds."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def lost(self) -> None:
        """Wait for the end."""
        await self.until(lambda: "lost" in self.told)

    async def received(self, size: int) -> bytes:
        """Wait for that many bytes."""
        await self.until(lambda: len(self.data) >= size)
        return bytes(self.data)


async def pair(
    near: asyncio.Protocol | None = None, far: asyncio.Protocol | None = None
) -> tuple[Any, Any, asyncio.Server]:
    """Two protocols, connected: the dialling one and the listening one."""
    loop = asyncio.get_running_loop()
    listening = far or Recorder()
    server = await loop.create_server(lambda: listening, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, dialling = await loop.create_connection(lambda: near or Recorder(), "127.0.0.1", port)
    if isinstance(listening, Recorder):
        await listening.until(lambda: listening.transport)
    server.close()
    return dialling, listening, server


async def finish(*ends: Recorder) -> None:
    for end in ends:
        end.transport.close()
    for end in ends:
        await end.lost()
