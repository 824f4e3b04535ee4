"""The world outside of `live_streams.py`, in a process of its own: a carrier with its streams, and AI services.

It calls the application (a signed webhook), opens the stream that the answer asks for, sends a prepared media message
every 20 ms and counts what comes back. Its recognizer swallows sound, its voice answers with prepared samples at once.
Orders come as JSON lines on standard input, answers go to standard output.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import re
import statistics
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

FRAME: Final = 0.02
RATE: Final = 24_000
LEAD: Final = 8
"""Messages after which marks are returned: the sound that was ahead of them."""


# --- AI services ------------------------------------------------------------------------------------------------


class Services:
    """Speech of a prepared length, and a recognizer that hears nothing. `heard` is the sound messages it took."""

    def __init__(self, seconds: float) -> None:
        noise = random.Random(1)
        second = b"".join(noise.randint(-6000, 6000).to_bytes(2, "little", signed=True) for _ in range(RATE))
        self._pcm = second * round(seconds)
        self.heard = 0

    def app(self) -> web.Application:
        """The interface."""
        app = web.Application(client_max_size=1 << 25)
        app.router.add_post("/v1/audio/speech", self.speech)
        app.router.add_get("/v1/realtime", self.listen)
        return app

    async def speech(self, request: web.Request) -> web.StreamResponse:
        """Prepared samples, whatever the text."""
        await request.read()
        return web.Response(body=self._pcm, content_type="audio/pcm")

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Confirm the session, swallow the rest."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_json({"type": "session.created", "session": {}})
        async for message in socket:
            if '"input_audio_buffer.append"' in message.data:
                self.heard += 1
            else:
                await socket.send_json({"type": "session.updated", "session": {}})
        return socket


# --- the carrier ------------------------------------------------------------------------------------------------


@dataclass
class Stream:
    """One stream's socket from the carrier's side; counts while `counting`."""

    number: int
    socket: aiohttp.ClientWebSocketResponse
    stream_id: str = ""
    counting: bool = False
    arrivals: list[float] = field(default_factory=list)
    sizes: Counter[int] = field(default_factory=Counter)
    sent: int = 0
    send_lateness: list[float] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    received: int = 0
    over: bool = False

    def message(self) -> str:
        """A media message as the carrier writes it; the caller's sound is speech-like noise."""
        noise = random.Random(self.number).randbytes(160)
        payload = base64.b64encode(noise).decode()
        media = {"track": "inbound", "chunk": "73", "timestamp": "1454", "payload": payload}
        return json.dumps({"event": "media", "sequenceNumber": "74", "media": media, "streamSid": self.stream_id})

    async def send(self) -> None:
        """A message every 20 ms, from an instant of this stream's own on."""
        loop, text = asyncio.get_running_loop(), self.message()
        due = loop.time() + FRAME * (self.number * 0.618 % 1)
        while not self.over:
            await asyncio.sleep(due - loop.time())
            if self.counting:
                self.sent += 1
                self.send_lateness.append(loop.time() - due)
            await self.socket.send_str(text)
            while self.marks and self.received >= self.marks[0][0] + LEAD:
                _, name = self.marks.pop(0)
                await self.socket.send_json({"event": "mark", "streamSid": self.stream_id, "mark": {"name": name}})
            due += FRAME

    async def receive(self) -> None:
        """Count what comes."""
        loop = asyncio.get_running_loop()
        async for message in self.socket:
            said = json.loads(message.data)
            if said["event"] == "media":
                self.received += 1
                if self.counting:
                    self.arrivals.append(loop.time())
                    self.sizes[len(base64.b64decode(said["media"]["payload"]))] += 1
            elif said["event"] == "mark":
                self.marks.append((self.received, said["mark"]["name"]))
        self.over = True

    def lateness(self) -> list[float]:
        """How late each frame came on the 20 ms grid that goes through the earliest."""
        offsets = [at - number * FRAME for number, at in enumerate(self.arrivals)]
        return [offset - min(offsets) for offset in offsets]


@dataclass
class Carrier:
    """Calls an application and streams."""

    account: str
    token: str
    http: aiohttp.ClientSession
    streams: list[Stream] = field(default_factory=list)
    senders: list[asyncio.Task[None]] = field(default_factory=list)
    receivers: list[asyncio.Task[None]] = field(default_factory=list)

    async def call(self, webhook: str, number: int) -> None:
        """An inbound call whose stream is opened as the answer says."""
        sid = f"CA{number:032x}"
        fields = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "CallSid": sid,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": f"+1555001{number:04}",
            "To": "+15550001234",
        }
        signed = (webhook + "".join(name + fields[name] for name in sorted(fields))).encode()
        signature = base64.b64encode(hmac.digest(self.token.encode(), signed, hashlib.sha1)).decode()
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        async with self.http.post(webhook, data=urlencode(fields), headers=headers) as answer:
            markup = await answer.text()
        url = re.search(r'<Stream[^>]* url="([^"]+)"', markup)
        if url is None:
            raise ValueError(f"no stream is asked for: {answer.status} {markup}")
        pairs = re.findall(r'<Parameter name="([^"]+)" value="([^"]+)"', markup)
        await self._open(unescape(url[1]), number, sid, dict(pairs))

    async def _open(self, url: str, number: int, sid: str, parameters: Mapping[str, str]) -> None:
        stream_id = f"MZ{number:032x}"
        socket = await self.http.ws_connect(url, compress=0)
        start = {
            "accountSid": self.account,
            "callSid": sid,
            "streamSid": stream_id,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }
        await socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await socket.send_json({"event": "start", "sequenceNumber": "1", "start": start, "streamSid": stream_id})
        self._add(Stream(number, socket, stream_id))

    async def bare(self, url: str, number: int) -> None:
        """A socket on which nothing but media is sent."""
        self._add(Stream(number, await self.http.ws_connect(url, compress=0), f"MZ{number:032x}"))

    def _add(self, stream: Stream) -> None:
        self.streams.append(stream)
        loop = asyncio.get_running_loop()
        self.senders.append(loop.create_task(stream.send()))
        self.receivers.append(loop.create_task(stream.receive()))

    async def close(self) -> None:
        """End all streams."""
        for stream in self.streams:
            stream.over = True
        await asyncio.gather(*self.senders, return_exceptions=True)  # who was hung up on has been counted
        await asyncio.gather(*(stream.socket.close() for stream in self.streams))
        await asyncio.gather(*self.receivers)
        for each in (self.streams, self.senders, self.receivers):
            each.clear()

    def counting(self, on: bool) -> None:
        """Count from now on, or no more."""
        for stream in self.streams:
            stream.counting = on

    def report(self) -> dict[str, Any]:
        """What was counted. Times in milliseconds."""
        late = [late for stream in self.streams for late in stream.lateness()]
        steps = [
            after - before
            for stream in self.streams
            for before, after in zip(stream.arrivals, stream.arrivals[1:], strict=False)
        ]
        own = [late for stream in self.streams for late in stream.send_lateness]
        sizes = sum((stream.sizes for stream in self.streams), Counter())
        return {
            "sent": sum(stream.sent for stream in self.streams),
            "received": len(late),
            "sizes": {str(size): count for size, count in sizes.items()},
            "late": shares(late),
            "steps": shares(steps),
            "own": shares(own),
            "ended": sum(stream.over for stream in self.streams),
        }


def shares(seconds: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile, in milliseconds."""
    if len(seconds) < 2:
        return {"p50": 0.0, "p99": 0.0}
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50": cuts[49] * 1e3, "p99": cuts[98] * 1e3}


# --- orders -----------------------------------------------------------------------------------------------------


async def rest(request: web.Request) -> web.Response:
    """The carrier's REST interface takes everything."""
    return web.json_response({"sid": "CA" + "0" * 32, "status": "completed"})


async def served(app: web.Application) -> str:
    """Serve on a free port; the base URL."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


async def obey(order: Mapping[str, Any], carrier: Carrier, services: Services) -> dict[str, Any]:
    """Do what an order says, and answer it."""
    match order["do"]:
        case "call":
            for number in range(order["streams"]):
                await carrier.call(order["url"], order["first"] + number)
        case "echo":
            for number in range(order["streams"]):
                await carrier.bare(order["url"], number)
        case "count":
            before = services.heard
            carrier.counting(True)
            await asyncio.sleep(order["seconds"])
            carrier.counting(False)
            return {**carrier.report(), "heard": services.heard - before}
        case "close":
            await carrier.close()
        case unknown:
            raise ValueError(f"nobody knows how to {unknown}")
    return {}


async def main() -> None:
    """Say where everything is, then obey."""
    account, token, seconds = sys.argv[1:]
    services, api = Services(float(seconds)), web.Application()
    api.router.add_route("*", "/{tail:.*}", rest)
    print(json.dumps({"services": await served(services.app()), "api": await served(api)}), flush=True)
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as http:
        carrier = Carrier(account, token, http)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(await obey(json.loads(line), carrier, services)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
