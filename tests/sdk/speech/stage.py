"""A stage for the services of speech: virtual time, and an OpenAI that does what the test tells it.

Tests are coroutines under `@virtual`. `async with playing() as openai:` opens the service at its real address.
"""

from __future__ import annotations

import asyncio
import functools
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, ParamSpec

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from voicecall_sim.world.world import World

KEY = "sk-sesame-7391"
P = ParamSpec("P")


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs a test in a world of its own, which must be left in order."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        world = World(horizon=3_600_000_000)
        try:
            world.run(_settled(test(*args, **kwargs)))
        finally:
            assert [str(trouble) for trouble in world.unhandled] == []

    return run


async def _settled(test: Coroutine[Any, Any, None]) -> None:
    await test
    await asyncio.sleep(60)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []


def now() -> float:
    """Seconds since the beginning."""
    return asyncio.get_running_loop().time()


class Session:
    """One connection as the service sees it."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.path = socket.request.path if socket.request else ""
        self.headers = dict(socket.request.headers.raw_items()) if socket.request else {}
        self.events: list[dict[str, Any]] = []
        self.audio = b""
        self.began = now()

    async def say(self, kind: str, **fields: Any) -> None:
        """An event of the service."""
        await self.socket.send(json.dumps({"type": kind, "event_id": "event_1", **fields}))

    async def error(self, code: str, message: str = "no", **fields: Any) -> None:
        """An `error` event."""
        await self.say("error", error={"type": "invalid_request_error", "code": code, "message": message, **fields})

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """What the client sent of this kind."""
        return [event for event in self.events if event["type"] == kind]

    # --- transcription

    async def committed(self, item: str, previous: str | None = None) -> None:
        """A piece of sound was cut off as an item."""
        await self.say("input_audio_buffer.committed", item_id=item, previous_item_id=previous)

    async def delta(self, item: str, delta: str) -> None:
        """Part of an item's text."""
        kind = "conversation.item.input_audio_transcription.delta"
        await self.say(kind, item_id=item, content_index=0, delta=delta)

    async def completed(self, item: str, transcript: str) -> None:
        """An item's text."""
        kind = "conversation.item.input_audio_transcription.completed"
        usage = {"type": "duration", "seconds": 1.0}
        await self.say(kind, item_id=item, content_index=0, transcript=transcript, usage=usage)

    async def failed(self, item: str) -> None:
        """An item's text cannot be had."""
        kind = "conversation.item.input_audio_transcription.failed"
        await self.say(kind, item_id=item, content_index=0, error={"message": "noise"})


class OpenAI:
    """The service. `confirm` answers `session.update`; `refuse` gives the status of the next upgrades."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.attempts: list[float] = []
        self.refuse: list[int | None] = []
        self.refusal = ""
        self.confirm: Callable[[Session], Coroutine[Any, Any, None]] = confirmed
        self.handshake_takes = 0.0

    @property
    def session(self) -> Session:
        """The latest connection."""
        return self.sessions[-1]

    async def answer(self, socket: ServerConnection, request: Request) -> Response | None:
        """Accept an upgrade or not."""
        self.attempts.append(now())
        await asyncio.sleep(self.handshake_takes)
        status = self.refuse.pop(0) if self.refuse else None
        if status is None:
            return None
        return socket.respond(HTTPStatus(status), self.refusal)

    async def serve(self, socket: ServerConnection) -> None:
        """Take what the client sends."""
        session = Session(socket)
        self.sessions.append(session)
        try:
            async for message in socket:
                event = json.loads(message)
                if event["type"] == "input_audio_buffer.append":
                    session.audio += b64decode(event["audio"])
                else:
                    session.events.append(event)
                if event["type"] == "session.update":
                    await self.confirm(session)
        except ConnectionClosed:
            return


async def confirmed(session: Session) -> None:
    """Confirm a session as the real one does."""
    update = session.events[-1]["session"]
    await session.say("session.created", session={"type": update["type"]})
    await session.say("session.updated", session=update)


@asynccontextmanager
async def playing() -> AsyncIterator[OpenAI]:
    """The service at its real address."""
    service = OpenAI()
    loop: Any = asyncio.get_running_loop()
    world: World = loop.world
    host = world.host("openai")
    world.network.name("api.openai.com", host)

    async def start() -> Any:
        return await serve(service.serve, "0.0.0.0", 443, process_request=service.answer, compression=None)

    server = await host.call(start())
    try:
        yield service
    finally:
        server.close()
        await server.wait_closed()


async def until(condition: Callable[[], object], within: float = 30.0) -> None:
    """Wait until something holds."""
    for _ in range(round(within * 1000)):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError
