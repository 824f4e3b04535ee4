"""What one signed webhook on a live call costs: taken in, verified, understood, stored in SQLite, answered.

The server's side only: bytes go straight into aiohttp's protocol and come out of it, as from a kept-alive connection
that costs nothing. Beside it, in the same run, a bare aiohttp application that reads the body, parses the form and
computes one HMAC.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import cProfile
import hashlib
import hmac
import logging
import pstats
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from voicecall_sdk.app import VoiceCall
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.server import listen

NAME = next(iter(CARRIERS))
TOKEN = "benchmark-token"
PATH = "/voice/webhook"
URL = f"https://voice.example.com{PATH}"
ROUNDS = 7

FIELDS = {
    "AccountSid": "AC" + "0" * 32,
    "ApiVersion": "2010-04-01",
    "Direction": "inbound",
    "From": "+15550005678",
    "To": "+15550001234",
    **{f"{who}{what}": value for who in ("From", "To", "Caller", "Called") for what, value in
       {"City": "NASHVILLE", "State": "TN", "Zip": "37207", "Country": "US"}.items()},
    "Caller": "+15550005678",
    "Called": "+15550001234",
    "CallStatus": "in-progress",
}  # fmt: skip


class Wire(asyncio.Transport):
    """A transport that keeps what is written, and tells when something was."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50000), "sockname": ("127.0.0.1", 3334)})
        self.written: list[bytes] = []
        self.answered: asyncio.Future[None] | None = None

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))
        if self.answered is not None and not self.answered.done():
            self.answered.set_result(None)

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def is_reading(self) -> bool:
        return True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0


def signed(query: str, fields: dict[str, str]) -> bytes:
    """A request as the carrier sends it."""
    data = f"{URL}?{query}" if query else URL
    data += "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), data.encode(), hashlib.sha1)).decode()
    body = urlencode(fields).encode()
    head = (
        f"POST {PATH}{'?' + query if query else ''} HTTP/1.1\r\nHost: voice.example.com\r\n"
        f"User-Agent: TwilioProxy/1.1\r\n"
        f"Accept: */*\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
        f"X-Twilio-Signature: {signature}\r\nI-Twilio-Idempotency-Token: {hashlib.md5(body).hexdigest()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answers(server: web.Server[Any], requests: Sequence[bytes]) -> tuple[float, bytes]:
    """CPU seconds that the requests take one after the other on one connection, and the last answer."""
    loop = asyncio.get_running_loop()
    protocol, wire = server(), Wire()
    protocol.connection_made(wire)
    began = time.process_time()
    for request in requests:
        wire.answered = loop.create_future()
        protocol.data_received(request)
        await wire.answered
    spent = time.process_time() - began
    last = wire.written[-1]
    protocol.connection_lost(None)
    return spent, last


async def bare(request: web.Request) -> web.Response:
    """The least that a verified webhook costs with this stack."""
    fields = parse_qsl((await request.read()).decode(), keep_blank_values=True)
    data = URL + "".join(name + value for name, value in sorted(fields))
    hmac.digest(TOKEN.encode(), data.encode(), hashlib.sha1)
    return web.Response(text="<Response/>", content_type="application/xml")


async def server_of(app: web.Application) -> web.Server[Any]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    assert runner.server is not None
    return runner.server


async def measure(directory: Path, count: int, profile: cProfile.Profile | None) -> tuple[list[float], list[float]]:
    """CPU seconds of one request in each round: ours, and the bare one."""
    applications: list[web.Application] = []

    async def not_listening(stack: object, app: web.Application, bind: str, port: int) -> int:
        applications.append(app)
        return port

    listen.listen = not_listening
    config = {
        "enabled": True,
        "provider": NAME,
        "fromNumber": "+15550001234",
        "publicUrl": URL,
        "store": str(directory),
        "inboundPolicy": "open",
        "maxConcurrentCalls": 1000,
        NAME: {"accountSid": FIELDS["AccountSid"], "authToken": TOKEN},
    }
    ours, theirs = [], []
    async with VoiceCall(config, auto_response=False) as app:
        mine = await server_of(applications[0])
        other = web.Application()
        other.router.add_route("*", "/{tail:.*}", bare)
        bare_server = await server_of(other)
        for number in range(ROUNDS + 1):
            sid = f"CA{number:032x}"
            await answers(mine, [signed("", {**FIELDS, "CallSid": sid, "CallStatus": "ringing"})])
            call = app.switchboard.find(sid)
            assert call is not None
            requests = [
                signed(
                    urlencode({"callId": call.record.call_id, "flow": "silence", "turn": "t", "step": f"s{step}"}),
                    {**FIELDS, "CallSid": sid},
                )
                for step in range(count)
            ]
            if profile is not None:
                profile.enable()
            spent, last = await answers(mine, requests)
            if profile is not None:
                profile.disable()
            assert b"<Gather" in last, last
            ours.append(spent / count)
            spent, _ = await answers(bare_server, requests)
            theirs.append(spent / count)
    return ours[1:], theirs[1:]


def main() -> None:
    """Print the figures; with --profile where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    profile = cProfile.Profile() if options.profile else None
    with tempfile.TemporaryDirectory() as directory:
        ours, theirs = asyncio.run(measure(Path(directory), options.count, profile))
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
        return
    own, least = statistics.median(ours) * 1e6, statistics.median(theirs) * 1e6
    print(f"one signed webhook, stored and answered  {own:7.0f} us of CPU")
    print(f"bare aiohttp with form and HMAC          {least:7.0f} us")
    print(f"ratio                                    {own / least:7.2f}")


if __name__ == "__main__":
    main()
