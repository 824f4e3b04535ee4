"""A virtual world with the emulated AI services at their real hosts, and the vendor's own client in it."""

from __future__ import annotations

import base64
import functools
import inspect
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import openai
from aiohttp import web
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from voicecall_sim.services.audio import ULAW, Format, spoken
from voicecall_sim.services.brain import Brain, Pair, ToolCall
from voicecall_sim.services.elevenlabs import HOSTS as ELEVENLABS_HOSTS
from voicecall_sim.services.elevenlabs import ElevenLabsService
from voicecall_sim.services.openai import HOSTS as OPENAI_HOSTS
from voicecall_sim.services.openai import OpenAIService
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.testing import run_in_world
from voicecall_sim.world.world import World

FRAME = 0.02


@functools.cache
def certificates() -> ssl.SSLContext:
    """Who is trusted; reading it takes longer than all else that a test does."""
    return httpx.create_ssl_context()


def pair(hears: str, replies: str = "", *, calls: ToolCall | None = None, then: str = "", after: int = 0) -> Pair:
    """A pair that listens for words."""
    return Pair(
        matches=lambda text: hears in text.lower(), written=hears, replies=replies, calls=calls, then=then, after=after
    )


@dataclass
class Vendors:
    """The services, what they wrote into the journal, and clients for them."""

    world: World
    brain: Brain
    openai: OpenAIService
    elevenlabs: ElevenLabsService
    runners: list[web.AppRunner] = field(default_factory=list)

    @asynccontextmanager
    async def client(self, *, key: str | None = None, retries: int = 0) -> AsyncIterator[openai.AsyncOpenAI]:
        """The vendor's client, unmodified, with its usual address."""
        http = openai.DefaultAioHttpClient()
        async with openai.AsyncOpenAI(
            api_key=self.openai.key if key is None else key, max_retries=retries, http_client=http
        ) as client:
            yield client

    @asynccontextmanager
    async def transcribing(self, *, key: str | None = None, **extra: Any) -> AsyncIterator[AsyncRealtimeConnection]:
        """A socket for transcription."""
        async with (
            self.client(key=key) as client,
            client.realtime.connect(extra_query={"intent": "transcription"}, **extra) as connection,
        ):
            yield connection

    @asynccontextmanager
    async def speaking(self, model: str = "gpt-realtime", **extra: Any) -> AsyncIterator[AsyncRealtimeConnection]:
        """A socket for speech to speech."""
        async with self.client() as client, client.realtime.connect(model=model, **extra) as connection:
            yield connection

    def entries(self, kind: str) -> Sequence[Entry]:
        """What was journaled of a kind."""
        return [entry for entry in self.world.journal if entry.kind == kind]

    def events(self, *names: str) -> Sequence[dict[str, Any]]:
        """The events of sockets with these names."""
        return [dict(entry.data) for entry in self.entries("service") if entry.data["event"] in names]


async def mount(world: World, runners: list[web.AppRunner], app: web.Application, names: Sequence[str]) -> None:
    """Serve an interface at its hosts."""
    host = world.host(names[0])
    for name in names:
        world.network.name(name, host)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    runners.append(runner)

    async def serve() -> None:
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 443).start()

    await host.call(serve())


def with_vendors(*pairs: Pair, seed: int = 0) -> Callable[[Callable[[Vendors], Awaitable[None]]], Callable[..., None]]:
    """Decorate a coroutine test so that it runs in a world with the services; they are its first argument."""

    def decorate(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            async def body(world: World) -> None:
                brain = Brain(world.surroundings, pairs)
                vendors = Vendors(
                    world, brain, OpenAIService(world.surroundings, brain), ElevenLabsService(world.surroundings)
                )
                await mount(world, vendors.runners, vendors.openai.app(), OPENAI_HOSTS)
                await mount(world, vendors.runners, vendors.elevenlabs.app(), ELEVENLABS_HOSTS)
                try:
                    await world.host("app").call(test(vendors, **fixtures))
                finally:
                    for runner in vendors.runners:
                        await runner.cleanup()

            run_in_world(body, seed=seed)

        signature = inspect.signature(test)
        run.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=list(signature.parameters.values())[1:]
        )
        return run

    return decorate


# --- audio on a socket ------------------------------------------------------------------------------------------


def silence(seconds: float, form: Format = ULAW) -> bytes:
    """Silence."""
    byte = {"ulaw": b"\xff", "alaw": b"\xd5", "pcm": b"\0"}[form.coding.value]
    return byte * round(form.byte_rate * seconds)


def voice(words: str, form: Format = ULAW) -> bytes:
    """Somebody says this."""
    return spoken(words, form)


def encoded(audio: bytes) -> str:
    """As sockets have it."""
    return base64.b64encode(audio).decode()


def turns(silence_ms: int = 400, **more: Any) -> dict[str, Any]:
    """Turn detection."""
    return {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": silence_ms, **more}
