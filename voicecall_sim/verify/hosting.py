"""An endpoint in this process: an ASGI or aiohttp application, or one made with the SDK, on a host of a virtual world.

It is served by an unmodified server over real HTTP, as behind a proxy that ends TLS and is believed.
"""

from __future__ import annotations

import asyncio
import pkgutil
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

from voicecall_sim.subjects import factory
from voicecall_sim.verify.judging import Expectations
from voicecall_sim.verify.performing import Order, Result, Told, perform
from voicecall_sim.verify.sending import PATIENCE, Endpoint, new_session, over_aiohttp
from voicecall_sim.world.world import World

if TYPE_CHECKING:
    from voicecall_sim.subjects.subject import Subject

Asgi: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

APP: Final = "app"
STRANGER: Final = "stranger"
PORT: Final = 3334
STARTING: Final = 30
"""Virtual seconds in which an application must have begun to listen."""


class Hosted(Protocol):
    """Something that listens at `PORT` of the world's host `app` while it runs."""

    async def start(self, world: World, order: Order) -> None:
        """Begin; returns when it listens."""
        ...

    async def stop(self) -> None:
        """End in an orderly way."""
        ...


@dataclass(slots=True)
class SdkApp:
    """An application made with the SDK, with this configuration over what every one has; told the order's secret.

    When the battery is over, `records` are the calls that it remembers and `live` those that occupy it.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    records: Sequence[Mapping[str, Any]] = ()
    live: int = 0
    _subject: Subject | None = None

    async def start(self, world: World, order: Order) -> None:
        """Start it at the order's URL."""
        serve = {"bind": "0.0.0.0", "port": PORT, "path": urlsplit(order.public).path or "/"}
        own = {"publicUrl": order.public, "serve": serve, **self.config}
        self._subject = subject = factory("sdk")(agent=False, openai_key=None)
        await subject.start(world, subject.resolve(own, order.carrier, order.room.settings(order.secret)))

    async def stop(self) -> None:
        """Look at what it remembers, and stop it."""
        assert self._subject is not None
        self.records, self.live = self._subject.records(), self._subject.live()
        await self._subject.stop()
        self._subject.discard()


@dataclass(slots=True)
class AiohttpApp:
    """An aiohttp application."""

    app: web.Application
    _runner: web.AppRunner | None = None

    async def start(self, world: World, order: Order) -> None:
        """Serve it."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "0.0.0.0", PORT).start()

    async def stop(self) -> None:
        """Close it."""
        assert self._runner is not None
        await self._runner.cleanup()


@dataclass(slots=True)
class AsgiApp:
    """An ASGI application, served by uvicorn."""

    app: Asgi
    _server: Any = None
    _task: asyncio.Task[None] | None = None

    async def start(self, world: World, order: Order) -> None:
        """Serve it; its lifespan begins. Raises `RuntimeError` when it does not begin to listen, or without uvicorn."""
        try:
            import uvicorn
        except ImportError:
            raise RuntimeError("an ASGI application is served by uvicorn, which is not installed here") from None

        config = uvicorn.Config(
            self.app, host="0.0.0.0", port=PORT, log_level="error", forwarded_allow_ips="*", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(_served(self._server), name="uvicorn")
        async with asyncio.timeout(STARTING):
            while not self._server.started:
                if self._task.done():
                    await self._task
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Let uvicorn end."""
        assert self._server is not None
        assert self._task is not None
        self._server.should_exit = True
        await self._task


async def _served(server: Any) -> None:
    """uvicorn ends the whole process when the application's lifespan does not begin."""
    try:
        await server.serve()
    except SystemExit as end:
        raise RuntimeError("the ASGI application did not start: its lifespan failed") from end


def hosted(app: object) -> Hosted:
    """The application in its house. Raises `TypeError` for what is none."""
    if isinstance(app, SdkApp | AiohttpApp | AsgiApp):
        return app
    if isinstance(app, web.Application):
        return AiohttpApp(app)
    if callable(app):
        return AsgiApp(app)
    raise TypeError(
        f"expected a URL, an ASGI application, an aiohttp web.Application or SdkApp, not {type(app).__name__}"
    )


def perform_in_a_world(
    app: Hosted,
    orders: Sequence[Order],
    path: str,
    wanted: Expectations,
    patience: float = PATIENCE,
    *,
    seed: int = 0,
    told: Told = lambda result: None,
) -> Sequence[Result]:
    """The batteries in virtual time against an application at this path, which strangers reach under the public URL."""
    world = World(seed=seed, watchdog=None)
    host, stranger = world.host(APP), world.host(STRANGER)
    endpoint = Endpoint(address=f"http://{host.address}:{PORT}{path}", public=orders[0].public)

    async def attack() -> Sequence[Result]:
        async with new_session() as session:
            send = over_aiohttp(session, endpoint, patience)
            each = [await perform(order, send, world.surroundings, wanted, told) for order in orders]
            return [result for results in each for result in results]

    async def whole() -> Sequence[Result]:
        await host.call(app.start(world, orders[0]))
        try:
            return await stranger.call(attack())
        finally:
            await host.call(app.stop())

    return world.run(whole())


def imported(text: str) -> Hosted:
    """The application of that import string (`package.module:app`), found from here. Raises `ValueError`."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return hosted(pkgutil.resolve_name(text))
    except (ImportError, AttributeError, TypeError) as error:
        raise ValueError(f"{text!r} is no application: {error}") from error
