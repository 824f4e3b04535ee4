"""CPU of the SDK for a minute of a live media stream, both ways, in real time on loopback.

Its real service takes calls whose streams another process plays (`live_outside.py`): a media message every 20 ms comes
in, is forwarded to a recognizer's socket and weighed against the echo, while a long greeting goes out at its pace. The
CPU is that of this process alone. Beside it, in the same run and from the same carrier, as a yardstick: a bare aiohttp
WebSocket that sends back what comes. How late frames are is measured where they arrive, so the carrier's own
lateness is part of it; that is printed too.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import logging
import pstats
import resource
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from voicecall_sdk.app import VoiceCall
from voicecall_sdk.config import Config
from voicecall_sdk.speech.build import SpeechServices

ACCOUNT, TOKEN = "AC" + "0" * 32, "benchmark-token"
PATH: Final = "/voice/webhook"
SETTLING: Final = 2.0
"""Seconds between the last stream's opening and the measurement."""


COLUMNS: Final = ("CPU/min", "kernel", "ratio", "opening", "late50", "late99", "step50", "own99")
"""CPU seconds for a stream's minute, the kernel's part of them, against the yardstick; CPU of a stream's opening, its
greeting converted; how late frames come, and the time between them; how late the carrier itself is."""


class DeafRecognizer:
    """Hears nothing and costs nothing: what is left is the price of listening."""

    async def open(self) -> None:
        """Ready."""

    def hear(self, ulaw: bytes) -> None:
        """Forget it."""

    async def close(self, *, finish: bool = False) -> None:
        """Nothing to let go."""


class DeafServices(SpeechServices):
    """Voices as configured, but nobody listens."""

    def recognizer(self, told: Callable[[Any], None], *, route: str | None = None) -> DeafRecognizer:
        """Nobody."""
        return DeafRecognizer()


class DeafConfig(Config):
    """A configuration by which sound is not forwarded."""

    def speech_services(self, env: Mapping[str, str] | None = None) -> SpeechServices:
        """As the configuration's, without ears."""
        return DeafServices(super().speech_services(env)._source)  # noqa: SLF001 (a benchmark's own seam)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one kind of streams cost: CPU seconds for a stream's minute, `kernel` the kernel's part of them; those for
    a stream's opening; what the carrier counted."""

    cpu: float
    kernel: float
    opening: float
    counted: Mapping[str, Any]


class Outside:
    """The other process."""

    def __init__(self, process: Process, where: Mapping[str, str]) -> None:
        self._process = process
        self.services, self.api = where["services"], where["api"]

    async def do(self, what: str, **more: Any) -> dict[str, Any]:
        """Give an order; its answer when it is carried out."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"do": what, **more}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await process.stdout.readline())
        return answer


@asynccontextmanager
async def outside(speech: float) -> AsyncIterator[Outside]:
    """Start the other process, whose voice speaks so many seconds."""
    program = str(Path(__file__).with_name("live_outside.py"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, ACCOUNT, TOKEN, str(speech), stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    try:
        yield Outside(process, json.loads(await process.stdout.readline()))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def cpu() -> tuple[float, float]:
    """Seconds that this process has spent, the kernel's for it included; and the kernel's alone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_stime


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def settings(there: Outside, port: int, directory: str, streams: int) -> dict[str, Any]:
    """A service that answers everybody with a long greeting."""
    base, url = f"{there.services}/v1", f"http://127.0.0.1:{port}{PATH}"
    openai = {"apiKey": "sk-benchmark", "baseUrl": base}
    return {
        "enabled": True,
        "provider": "twilio",
        "twilio": {"accountSid": ACCOUNT, "authToken": TOKEN},
        "fromNumber": "+15550001234",
        "publicUrl": url,
        "serve": {"port": port, "bind": "127.0.0.1", "path": PATH},
        "store": directory,
        "inboundPolicy": "open",
        "inboundGreeting": "A greeting that the voice makes as long as it likes.",
        "maxConcurrentCalls": streams,
        "streaming": {"enabled": True, "providers": {"openai": openai}, "maxConnections": streams},
        "tts": {"provider": "openai", "providers": {"openai": openai}},
    }


async def counted(there: Outside, streams: int, seconds: float, began: float, profile: Path | None) -> Measured:
    """Measure streams that are open."""
    await asyncio.sleep(SETTLING)
    opening, profiler = cpu()[0] - began, cProfile.Profile() if profile is not None else None
    if profiler is not None:
        profiler.enable()
    before = cpu()
    report = await there.do("count", seconds=seconds)
    spent, kernel = (after - earlier for after, earlier in zip(cpu(), before, strict=True))
    if profiler is not None:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    await there.do("close")
    minutes = streams * seconds / 60
    return Measured(cpu=spent / minutes, kernel=kernel / minutes, opening=opening / streams, counted=report)


async def ours(
    there: Outside, config: type[Config], streams: int, seconds: float, profile: Path | None = None
) -> Measured:
    """Streams of the SDK's service."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        env = {"VOICECALL_TWILIO_API_URL": there.api}
        loaded = config.load(settings(there, port, directory, streams), env=env)
        async with VoiceCall(loaded, auto_response=False, env=env):
            began, _ = cpu()
            await there.do("call", url=f"http://127.0.0.1:{port}{PATH}", streams=streams, first=1)
            return await counted(there, streams, seconds, began, profile)


async def bare(there: Outside, streams: int, seconds: float) -> Measured:
    """Streams that a bare WebSocket sends back."""

    async def echo(request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        began, _ = cpu()
        await there.do("echo", url=f"http://127.0.0.1:{runner.addresses[0][1]}/", streams=streams)
        return await counted(there, streams, seconds, began, None)
    finally:
        await runner.cleanup()


def line(name: str, measured: Measured, yardstick: float) -> str:
    """One row of the table."""
    counted = measured.counted
    late, steps, own = counted["late"], counted["steps"], counted["own"]
    return (
        f"{name:26} {measured.cpu:8.3f} {measured.kernel:7.3f} {measured.cpu / yardstick:7.2f}"
        f" {measured.opening * 1e3:9.1f} {late['p50']:7.1f} {late['p99']:7.1f} {steps['p50']:8.1f} {own['p99']:8.1f}"
        f"  {counted['received']}/{counted['sent']} of {','.join(counted['sizes'])} bytes"
    )


async def measure(streams: int, seconds: float, profile: Path | None) -> None:
    """Run everything, and print it."""
    async with outside(seconds + 2 * SETTLING + streams / 10 + 5) as there:
        if profile is not None:
            await ours(there, Config, streams, seconds, profile)
            return
        print(f"{streams} streams for {seconds:g} s; milliseconds where nothing else is said")
        print("{:26} {:>8} {:>7} {:>7} {:>9} {:>7} {:>7} {:>8} {:>8}".format("", *COLUMNS))
        echo = await bare(there, streams, seconds)
        print(line("bare aiohttp echo", echo, echo.cpu))
        for name, config in (("recognizer's socket fed", Config), ("nobody listens", DeafConfig)):
            found = await ours(there, config, streams, seconds)
            assert config is DeafConfig or found.counted["heard"] > 0
            assert not found.counted["ended"], f"{found.counted['ended']} streams ended"
            print(line(name, found, echo.cpu))


def main() -> None:
    """Print the figures; with --profile where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    asyncio.run(measure(options.streams, options.seconds, Path() if options.profile else None))


if __name__ == "__main__":
    main()
