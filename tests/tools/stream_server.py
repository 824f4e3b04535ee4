"""An application's media socket, played by the test: notes what arrives, says what it is told."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from tests.tools.carrier_world import serve
from voicecall_sim.world.world import World

MEDIA = "wss://media.example/media"


class MediaSocket:
    """One socket, from the application's side. `got` has (seconds, message) of all that came, parsed."""

    def __init__(self, now: Callable[[], float], request: web.Request) -> None:
        self.request = request
        self.got: list[tuple[float, Any]] = []
        self.ended: tuple[float, int | None] | None = None
        self.socket = web.WebSocketResponse(autoclose=True)
        self._now = now

    def of(self, event: str) -> list[Any]:
        """The messages with that event."""
        return [message for _, message in self.got if message["event"] == event]

    def at(self, event: str) -> list[float]:
        """When they came."""
        return [at for at, message in self.got if message["event"] == event]

    @property
    def sid(self) -> str:
        return str(self.of("start")[0]["streamSid"])

    def heard(self, track: str = "inbound") -> bytes:
        """The audio of a track, gathered."""
        frames = (message["media"] for message in self.of("media"))
        return b"".join(base64.b64decode(media["payload"]) for media in frames if media["track"] == track)

    async def say(self, message: Any) -> None:
        if isinstance(message, bytes):
            await self.socket.send_bytes(message)
        else:
            await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def media(self, ulaw: bytes) -> None:
        payload = base64.b64encode(ulaw).decode()
        await self.say({"event": "media", "streamSid": self.sid, "media": {"payload": payload}})

    async def mark(self, name: str) -> None:
        await self.say({"event": "mark", "streamSid": self.sid, "mark": {"name": name}})

    async def clear(self) -> None:
        await self.say({"event": "clear", "streamSid": self.sid})

    async def serve(self) -> None:
        async for message in self.socket:
            assert message.type is aiohttp.WSMsgType.TEXT
            self.got.append((self._now(), json.loads(message.data)))
        self.ended = (self._now(), self.socket.close_code)


Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Scene(Protocol):
    """What a door needs around it."""

    world: World

    def now(self) -> float: ...


class MediaServer:
    """The application's door for streams, on a host of its own; `sockets` in the order in which they came."""

    def __init__(self, stage: Scene) -> None:
        self.host = stage.world.host("media")
        self.sockets: list[MediaSocket] = []
        self.requests: list[web.Request] = []
        self.instead: Door | None = None
        """Answers the upgrade in another way."""
        self._now = stage.now

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.instead is not None:
            return await self.instead(request)
        media = MediaSocket(self._now, request)
        await media.socket.prepare(request)
        self.sockets.append(media)
        await media.serve()
        return media.socket

    @property
    def socket(self) -> MediaSocket:
        """The newest."""
        return self.sockets[-1]


@asynccontextmanager
async def media_server(stage: Scene) -> AsyncIterator[MediaServer]:
    """A door at media.example, ports 443 and 80 and 8443."""
    server = MediaServer(stage)
    stage.world.network.name("media.example", server.host)
    runner = await server.host.call(serve(server.handle, 443, 80, 8443))
    try:
        yield server
    finally:
        await server.host.call(runner.cleanup())


def connecting(inner: str = "", *, then: str = "", **attributes: str) -> str:
    """A document's inside with a two-way stream."""
    connect = {name: attributes.pop(name) for name in ("action", "method") if name in attributes}
    stream = written({"url": MEDIA, **attributes})
    return f"<Connect {written(connect)}><Stream {stream}>{inner}</Stream></Connect>{then}"


def starting(inner: str = "", *, then: str = '<Pause length="60"/>', **attributes: str) -> str:
    """A document's inside with a one-way stream."""
    return f"<Start><Stream {written({'url': MEDIA, **attributes})}>{inner}</Stream></Start>{then}"


def written(attributes: dict[str, str]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in attributes.items())
