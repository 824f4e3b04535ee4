"""Voices against a server in virtual time: sound goes out while the rest is made; whoever stops listening hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiohttp import web

from tests.sdk.speech.stage import KEY, now, virtual
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.openai_tts import OpenAISpeech
from voicecall_sdk.speech.settings import OpenAIVoice
from voicecall_sdk.speech.transport import http_client
from voicecall_sdk.speech.voices import Voices

SECOND = b"\x00\x10" * 24_000
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[Voices]:
    """A voice from a service that answers like this."""
    loop: Any = asyncio.get_running_loop()
    host = loop.world.host("tts")
    loop.world.network.name("tts.example", host)
    app = web.Application()
    app.router.add_post("/v1/audio/speech", answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 80).start()

    await host.call(start())
    async with http_client() as client:
        yield Voices([OpenAISpeech(client, OpenAIVoice(api_key=KEY, base_url="http://tts.example/v1"))])
    await host.call(runner.cleanup())


async def listen(voice: Voices, heard: list[bytes]) -> None:
    """Listen to the end."""
    async for piece in voice.speak("Hello!"):
        heard.append(piece)  # noqa: PERF401 - it may be cut short


async def slowly(request: web.Request) -> web.StreamResponse:
    """Five seconds of sound, one a second."""
    response = web.StreamResponse(headers={"content-type": "audio/pcm"})
    await response.prepare(request)
    for _ in range(5):
        await response.write(SECOND)
        await asyncio.sleep(1)
    return response


@virtual
async def test_sound_comes_while_the_rest_is_made() -> None:
    async with server(slowly) as voice:
        first, total = 0.0, 0
        async for piece in voice.speak("Hello!"):
            first = first or now()
            total += len(piece)
        assert first < 0.1
        assert now() == pytest.approx(5, abs=0.1)
        assert total == 5 * 8000


@virtual
async def test_whoever_stops_listening_ends_the_request_at_once() -> None:
    ended: list[float] = []

    async def watched(request: web.Request) -> web.StreamResponse:
        try:
            return await slowly(request)
        finally:
            ended.append(now())

    async with server(watched) as voice:
        sound = cast("AsyncGenerator[bytes]", voice.speak("Hello!"))
        await anext(sound)
        await sound.aclose()
        await asyncio.sleep(1.5)
        assert len(ended) == 1
        assert ended[0] < 1.2  # it notices when it writes


@virtual
async def test_whoever_is_cancelled_ends_the_request_too() -> None:
    ended: list[float] = []

    async def silent(request: web.Request) -> web.StreamResponse:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(now())
        return web.Response()

    async with server(silent) as voice:
        listening = asyncio.ensure_future(listen(voice, []))
        await asyncio.sleep(1)
        listening.cancel()
        await asyncio.wait([listening])
        await asyncio.sleep(0.1)
        assert ended == [pytest.approx(1, abs=0.05)]


@virtual
async def test_half_an_answer_is_told() -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "audio/pcm", "content-length": str(2 * len(SECOND))})
        await response.prepare(request)
        await response.write(SECOND)
        assert request.transport is not None
        request.transport.abort()
        return response

    async with server(half) as voice:
        heard: list[bytes] = []
        with pytest.raises(SpeechFailed, match=r"openai: OpenAI TTS: the connection broke"):
            await listen(voice, heard)
        assert 0 < len(b"".join(heard)) < 8000


@virtual
async def test_nobody_there() -> None:
    async with http_client() as client:
        voice = Voices([OpenAISpeech(client, OpenAIVoice(api_key=KEY, base_url="http://tts.example/v1"))])
        with pytest.raises(SpeechFailed, match="openai: OpenAI TTS: cannot be reached"):
            await listen(voice, [])


@virtual
async def test_a_refusal_is_read_and_the_connection_kept() -> None:
    async def refusing(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "Too many."}}, status=429)

    async with server(refusing) as voice:
        for _ in range(2):
            with pytest.raises(SpeechFailed, match=r"API error \(429\): Too many\."):
                await listen(voice, [])


@virtual
async def test_a_kept_connection_that_died_is_made_again() -> None:
    requests: list[web.Request] = []

    async def noted(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        if len(requests) == 2:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(body=SECOND, content_type="audio/pcm")

    async with server(noted) as voice:
        for _ in range(2):
            heard: list[bytes] = []
            await listen(voice, heard)
            assert len(b"".join(heard)) == 8000
    assert len(requests) == 3


@virtual
async def test_the_environments_proxy_is_used() -> None:
    loop: Any = asyncio.get_running_loop()
    host = loop.world.host("proxy")
    loop.world.network.name("proxy.example", host)
    asked: list[str] = []

    async def relay(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(f"{request.method} {request.raw_path}" if hasattr(request, "raw_path") else str(request.url))
        return web.Response(body=SECOND, content_type="audio/pcm")

    runner = web.ServerRunner(web.Server(relay))

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 3128).start()

    await host.call(start())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("http_proxy", "http://proxy.example:3128")
        async with http_client() as client:
            voice = Voices([OpenAISpeech(client, OpenAIVoice(api_key=KEY, base_url="http://tts.example/v1"))])
            heard: list[bytes] = []
            await listen(voice, heard)
    await host.call(runner.cleanup())
    assert len(b"".join(heard)) == 8000
    assert len(asked) == 1
    assert "tts.example" in asked[0]


@virtual
async def test_connections_are_kept() -> None:
    ports: set[Any] = set()

    async def noted(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        return web.Response(body=SECOND, content_type="audio/pcm")

    async with server(noted) as voice:
        for _ in range(3):
            assert sum([len(piece) async for piece in voice.speak("Hello!")]) == 8000
            await asyncio.sleep(10)
    assert len(ports) == 1
