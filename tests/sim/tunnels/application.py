"""An application behind a tunnel that says what has reached it, and an edge in front of it, in a world or really."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from voicecall_sim.tunnels.edge import Edge, Onward, Visit
from voicecall_sim.tunnels.heads import Answer, Head
from voicecall_sim.tunnels.upstream import remote


async def echo(request: web.Request) -> web.Response:
    """What came: method, path and query as they were, fields in their order, the body's length."""
    body = await request.read()
    said = {
        "method": request.method,
        "target": request.raw_path,
        "fields": [[name.decode(), value.decode()] for name, value in request.raw_headers],
        "body": body[:100].decode("latin-1"),
        "size": len(body),
        "remote": request.remote,
    }
    return web.json_response(said, headers={"X-Own": "kept"})


async def chunks(request: web.Request) -> web.StreamResponse:
    """A body without a length."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for number in range(3):
        await response.write(f"piece {number}\n".encode() * 1000)
    await response.write_eof()
    return response


async def refuses(request: web.Request) -> web.Response:
    """An answer before the body is read, and the end of the connection."""
    response = web.Response(status=413, text="Payload Too Large")
    response.force_close()
    return response


async def talks(request: web.Request) -> web.WebSocketResponse:
    """A WebSocket that says everything back, and ends when it is told to."""
    socket = web.WebSocketResponse(protocols=("audio",))
    await socket.prepare(request)
    async for message in socket:
        if message.data == "end":
            await socket.close(code=4000, message=b"over")
        elif message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(f"heard {message.data}")
        else:
            await socket.send_bytes(message.data)
    return socket


async def hangs(request: web.Request) -> web.Response:
    """No answer, ever."""
    await asyncio.Event().wait()
    raise AssertionError


async def application(port: int, host: str = "0.0.0.0") -> web.AppRunner:
    """It listens; clean it up at the end."""
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/chunks", chunks)
    app.router.add_route("*", "/refuses", refuses)
    app.router.add_get("/talks", talks)
    app.router.add_route("*", "/hangs", hangs)
    app.router.add_route("*", "/{rest:.*}", echo)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


class Plain:
    """A way that changes nothing."""

    def __init__(self, host: str, port: int) -> None:
        self.connect = remote(host, port)

    def enter(self, request: Head, visit: Visit) -> Onward | Answer | None:
        """As it came; `/nobody` is broken off, `/mine` is answered here."""
        if request.target == "/nobody":
            return None
        return Answer(200, "mine") if request.target == "/mine" else Onward(request, self.connect)

    def back(self, response: Head) -> Head:
        """As it is."""
        return response.with_field("X-Way", "plain")

    def down(self, visit: Visit, error: OSError) -> Answer:
        """502, with the error's name."""
        return Answer(502, type(error).__name__)


async def edge_before(host: str, port: int, *, name: str = "public.example", at: int = 443) -> Edge:
    """An edge on this host with a plain way to an application, and a word for everybody else."""
    edge = Edge(lambda visit: Answer(404, f"no {visit.name}"))
    edge.open_way(name, 443, Plain(host, port))
    await edge.listen(at, known_as=443)
    return edge


def fields(said: dict[str, Any]) -> dict[str, str]:
    """The fields that reached the application, by lower-case name."""
    return {name.lower(): value for name, value in said["fields"]}


async def asked(url: str | URL, method: str = "GET", **options: Any) -> tuple[int, str, dict[str, str]]:
    """One request of a connection of its own: status, body, fields."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.request(method, url, **options) as response,
    ):
        return response.status, await response.text(), {name.lower(): value for name, value in response.headers.items()}


def told(body: str) -> dict[str, Any]:
    """What `echo` said."""
    said: dict[str, Any] = json.loads(body)
    return said
