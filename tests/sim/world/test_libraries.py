"""Unmodified libraries in a world: the two HTTP servers, and every client that anybody is likely to bring."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import openai
import pytest
import uvicorn
import websockets
from aiohttp import web
from fastapi import FastAPI, Request, WebSocket
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

HOUR = 3600


async def _hook(request: web.Request) -> web.Response:
    form = await request.post()
    await asyncio.sleep(float(str(form.get("wait", 0))))
    return web.Response(text=f"{request.remote} {request.host} {form['CallSid']}")


async def _echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


async def _speech(request: web.Request) -> web.Response:
    asked = await request.json()
    return web.Response(body=asked["input"].encode() * 1000, content_type="audio/pcm")


async def _chat(request: web.Request) -> web.Response:
    asked = await request.json()
    message = {"role": "assistant", "content": asked["messages"][-1]["content"].upper()}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return web.json_response(
        {"id": "c", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [choice]}
    )


async def _call(request: web.Request) -> web.Response:
    form = await request.post()
    if form["To"] == "+1":
        return web.json_response({"code": 21211, "message": "Invalid 'To'", "status": 400}, status=400)
    return web.json_response({"sid": "CA" + "0" * 32, "status": "queued", "to": form["To"]}, status=201)


@asynccontextmanager
async def site(world: World, *names: str) -> AsyncIterator[None]:
    """A carrier's host that answers under these names, on ports 80 and 443."""
    host = world.host("carrier")
    app = web.Application()
    app.add_routes(
        [
            web.post("/voice", _hook),
            web.get("/stream", _echo),
            web.post("/v1/audio/speech", _speech),
            web.post("/v1/chat/completions", _chat),
            web.post("/2010-04-01/Accounts/{account}/Calls.json", _call),
        ]
    )
    for name in names:
        world.network.name(name, host)
    runner = web.AppRunner(app, access_log=None)
    await host.call(runner.setup())
    for port in (80, 443):
        await host.call(web.TCPSite(runner, "0.0.0.0", port).start())
    yield
    await host.call(runner.cleanup())
    await asyncio.sleep(60)
    assert host.leftovers() == ()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_aiohttp(scheme: str) -> None:
    @in_world(host="app")
    async def body(world: World) -> None:
        async with site(world, "carrier.example"), aiohttp.ClientSession() as session:
            for number in range(3):
                form = {"CallSid": f"CA{number}", "wait": HOUR}
                timeout = aiohttp.ClientTimeout(total=2 * HOUR)
                url = f"{scheme}://carrier.example/voice"
                async with session.post(url, data=form, timeout=timeout) as response:
                    assert await response.text() == f"10.0.0.2 carrier.example CA{number}"
            with pytest.raises(TimeoutError):
                await session.post(url, data={"CallSid": "CA", "wait": 60}, timeout=aiohttp.ClientTimeout(total=5))
            assert 3 * HOUR <= world.clock.now() / SECOND < 3 * HOUR + 7
            with pytest.raises(aiohttp.ClientConnectorDNSError):
                await session.get("https://nobody.example")
            with pytest.raises(aiohttp.ClientConnectorError, match="Connect call failed"):
                await session.get("https://carrier.example:99")

    body()


@in_world(host="app")
async def test_aiohttp_makes_no_socket_of_the_system_to_dial(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a socket was made")

    monkeypatch.setattr(socket, "socket", refused)
    async with site(world, "carrier.example"), aiohttp.ClientSession() as session:
        response = await session.post("http://carrier.example/voice", data={"CallSid": "CA1"})
        assert "CA1" in await response.text()


@in_world(host="app")
async def test_aiohttp_sees_where_a_tls_request_came_from(world: World) -> None:
    """The scheme is what the listener was given, as on a machine: TLS that ends before it is not seen."""

    async def tell(request: web.Request) -> web.Response:
        return web.Response(text=str(request.url))

    app = web.Application()
    app.add_routes([web.get("/", tell)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 3334).start()
    world.network.expose("voice.example.com", 443, world.host("app"), 3334)
    async with aiohttp.ClientSession() as session, session.get("https://voice.example.com/") as response:
        assert await response.text() == "http://voice.example.com/"
    await runner.cleanup()


@in_world(host="app")
async def test_aiohttp_websocket(world: World) -> None:
    async with site(world, "carrier.example"), aiohttp.ClientSession() as session:
        async with session.ws_connect("wss://carrier.example/stream", heartbeat=30) as socket:
            for number in range(100):
                await socket.send_str(f"frame {number}")
                assert await socket.receive_str() == f"frame {number}"
                await asyncio.sleep(20)
            await socket.close(code=1000)
            assert socket.close_code == 1000
        assert world.clock.now() > 2000 * SECOND


@in_world(host="app")
async def test_websockets(world: World) -> None:
    async with site(world, "carrier.example"):
        async with websockets.connect("wss://carrier.example/stream") as socket:
            for number in range(100):
                await socket.send(f"frame {number}")
                assert await socket.recv() == f"frame {number}"
                await asyncio.sleep(20)
            assert socket.remote_address[0] == "10.0.0.3"
        with pytest.raises(websockets.exceptions.InvalidStatus):
            await websockets.connect("wss://carrier.example/no/such/path")


@in_world(host="app")
async def test_websockets_server(world: World) -> None:
    carrier = world.host("carrier")
    world.network.name("carrier.example", carrier)

    async def serve() -> websockets.Server:
        async def echo(socket: websockets.ServerConnection) -> None:
            async for message in socket:
                await socket.send(message)

        return await websockets.serve(echo, "0.0.0.0", 80)

    server = await carrier.call(serve())
    async with websockets.connect("ws://carrier.example/") as socket:
        await socket.send(b"\0\1" * 50_000)
        assert await socket.recv() == b"\0\1" * 50_000
    await carrier.call(_close(server))
    await asyncio.sleep(30)
    assert carrier.leftovers() == ()


async def _close(server: websockets.Server) -> None:
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_httpx(scheme: str) -> None:
    @in_world(host="app")
    async def body(world: World) -> None:
        async with site(world, "carrier.example"), httpx.AsyncClient() as client:
            for number in range(3):
                answer = await client.post(f"{scheme}://carrier.example/voice", data={"CallSid": f"CA{number}"})
                assert answer.text == f"10.0.0.2 carrier.example CA{number}"
            assert len([held for held in world.host("carrier").leftovers() if "connection" in held]) == 1
            with pytest.raises(httpx.ReadTimeout):
                await client.post(f"{scheme}://carrier.example/voice", data={"CallSid": "CA", "wait": 9}, timeout=5)
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{scheme}://nobody.example/")
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{scheme}://carrier.example:99/")

    body()


@pytest.mark.parametrize("client", ["its own", "httpx", "aiohttp"])
def test_openai(client: str) -> None:
    @in_world(host="app")
    async def body(world: World) -> None:
        options: dict[str, Any] = {
            "its own": dict,
            "httpx": lambda: {"http_client": httpx.AsyncClient()},
            "aiohttp": lambda: {"http_client": openai.DefaultAioHttpClient()},
        }[client]()
        async with site(world, "api.openai.com"):
            async with openai.AsyncOpenAI(api_key="key", **options) as ai:
                speech = await ai.audio.speech.create(model="tts", voice="alloy", input="hi", response_format="pcm")
                assert speech.content == b"hi" * 1000
                chat = await ai.chat.completions.create(
                    model="gpt", messages=[{"role": "user", "content": "opening hours"}]
                )
                assert chat.choices[0].message.content == "OPENING HOURS"
            await asyncio.sleep(1)

    body()


@pytest.mark.filterwarnings(
    "ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated"
)  # twilio 9.13 on aiohttp 3.14: BasicAuth
@in_world(host="app")
async def test_twilio(world: World) -> None:
    async with site(world, "api.twilio.com"):
        http = AsyncTwilioHttpClient()
        client = Client("AC" + "0" * 32, "token", http_client=http)
        call = await client.calls.create_async(to="+15550005678", from_="+15550001234", url="https://voice.example.com")
        assert (call.status, call.to) == ("queued", "+15550005678")
        with pytest.raises(TwilioRestException) as caught:
            await client.calls.create_async(to="+1", from_="+15550001234", url="https://voice.example.com")
        assert caught.value.code == 21211
        await http.close()
        await asyncio.sleep(1)


def _fastapi() -> FastAPI:
    app = FastAPI()

    @app.post("/voice")
    async def voice(request: Request) -> dict[str, str]:
        form = dict(item.split("=") for item in (await request.body()).decode().split("&"))
        await asyncio.sleep(3)
        return {"sid": form["CallSid"], "from": request.client.host if request.client else "?"}

    @app.get("/plain")
    def plain() -> str:
        return "from a thread, elsewhere"

    @app.websocket("/media")
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        async for message in socket.iter_json():
            await socket.send_json(message)

    return app


@pytest.mark.parametrize("http", ["h11", "auto"])
@pytest.mark.parametrize("ws", ["websockets-sansio", "auto"])
def test_uvicorn_and_fastapi(http: Any, ws: Any) -> None:
    @in_world(host="carrier")
    async def body(world: World) -> None:
        app = world.host("app")
        server = uvicorn.Server(
            uvicorn.Config(_fastapi(), host="127.0.0.1", port=8000, http=http, ws=ws, log_level="error", lifespan="on")
        )
        task = app.start(server.serve(), name="uvicorn")
        await asyncio.sleep(1)
        world.network.expose("voice.example.com", 443, app, 8000)
        async with aiohttp.ClientSession() as session:
            async with session.post("https://voice.example.com/voice", data={"CallSid": "CA1"}) as response:
                assert await response.json() == {"sid": "CA1", "from": "10.0.0.2"}
            async with session.get("https://voice.example.com/plain") as response:
                assert await response.json() == "from a thread, elsewhere"
            async with session.ws_connect("wss://voice.example.com/media") as socket:
                for number in range(50):
                    await socket.send_str(json.dumps({"frame": number}))
                    assert json.loads(await socket.receive_str()) == {"frame": number}
                    await asyncio.sleep(0.02)
        server.should_exit = True
        await task
        await asyncio.sleep(60)
        assert app.leftovers() == ()

    body()
