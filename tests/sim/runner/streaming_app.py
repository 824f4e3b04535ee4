"""The small application with media streams: its tokens are single-use and belong to a call.

Below `app:` it takes besides `again` (after a stream the document is asked for again, and connects anew) and `bugs`
(`takes any stream`: neither signatures nor tokens are checked).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from .fake_app import PORT, FakeApp, record

MEDIA = "wss://voice.example.com/media"
TONE = base64.b64encode(bytes(0x10 + at % 8 for at in range(800))).decode()


class StreamingApp(FakeApp):
    """As `FakeApp`; answered calls are streams."""

    def __init__(self, **services: Any) -> None:
        super().__init__()
        self._tokens: dict[str, str] = {}
        self.live_sockets: dict[web.WebSocketResponse, None] = {}

    async def _serve(self) -> tuple[web.AppRunner, aiohttp.ClientSession]:
        app = web.Application()
        app.router.add_post("/voice", self._webhook)
        app.router.add_get("/media", self._media)
        app.on_shutdown.append(self._close_sockets)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", PORT).start()
        return runner, aiohttp.ClientSession()

    async def _close_sockets(self, app: web.Application) -> None:
        await asyncio.gather(*(socket.close() for socket in list(self.live_sockets)))

    def _came_in(self, own: str, form: Mapping[str, str]) -> str:
        self.stored[own] = record(own, "inbound", form["From"], form["To"]) | {"providerCallId": form["CallSid"]}
        return self._connects(form["CallSid"])

    def _understood(self, request: web.Request, form: Mapping[str, str]) -> str:
        if request.query.get("again") and form["CallStatus"] == "in-progress":
            return self._connects(form["CallSid"])
        return super()._understood(request, form)

    def _connects(self, call_sid: str) -> str:
        token = hashlib.sha256(f"{call_sid}{len(self._tokens)}".encode()).hexdigest()
        self._tokens[token] = call_sid
        url = f"{self._config['publicUrl']}?again={len(self._tokens)}"
        then = f"<Redirect>{url}</Redirect>" if self._config.get("again") else ""
        stream = f'<Stream url="{MEDIA}"><Parameter name="token" value="{token}"/></Stream>'
        return f"<Response><Connect>{stream}</Connect>{then}</Response>"

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if not self._authentic(request):
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.live_sockets[socket] = None
        try:
            async for message in socket:
                await self._told(socket, json.loads(message.data))
        finally:
            del self.live_sockets[socket]
        return socket

    def _authentic(self, request: web.Request) -> bool:
        if self._bug("takes any stream"):
            return True
        digest = hmac.new(self._config["authToken"].encode(), MEDIA.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode() == request.headers.get("X-Twilio-Signature")

    async def _told(self, socket: web.WebSocketResponse, message: Mapping[str, Any]) -> None:
        if message["event"] != "start":
            return
        start = message["start"]
        token = start["customParameters"].get("token")
        if not self._bug("takes any stream") and self._tokens.pop(token, None) != start["callSid"]:
            await socket.close(code=1008, message=b"who are you?")
            return
        sid = message["streamSid"]
        await socket.send_json({"event": "media", "streamSid": sid, "media": {"payload": TONE}})
        await socket.send_json({"event": "mark", "streamSid": sid, "mark": {"name": "greeted"}})
