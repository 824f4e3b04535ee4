"""How an answer of speech goes out: the first bytes after a while, the others faster than they are heard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Final

from aiohttp import web

from voicecall_sim.services.trouble import Mishap
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros, seconds

CHUNK: Final[Micros] = 200 * MILLISECOND


@dataclass(slots=True, kw_only=True)
class Tempo:
    """How fast a service speaks: `latency` to the first byte (µs), then `speed` times as fast as it is heard.

    A chunk is `chunk` microseconds of sound and `odd` bytes more: where a stream is cut has nothing to do with samples.
    """

    latency: Micros = 200 * MILLISECOND
    speed: float = 8.0
    chunk: Micros = CHUNK
    odd: int = 1


async def stream(
    request: web.Request, response: web.StreamResponse, body: bytes, *, rate: int, tempo: Tempo, mishap: Mishap
) -> web.StreamResponse:
    """Send the headers and `body` (`rate` bytes a second of sound), chunk by chunk, as the mishap lets it.

    The latency has passed before; the first chunk leaves with the headers. A client that goes away ends it.
    """
    await response.prepare(request)
    size = max(1, tempo.chunk * rate // SECOND + tempo.odd)
    pause = seconds(round(tempo.chunk / tempo.speed) + mishap.chunk_delay)
    end = len(body) if mishap.breaks_at is None else int(len(body) * mishap.breaks_at)
    for start in range(0, end, size):
        if start:
            await asyncio.sleep(pause)
        if request.transport is None or request.transport.is_closing():
            return response
        await response.write(body[start : min(end, start + size)])
    if end < len(body):
        await asyncio.sleep(pause)
        lose(request)
        return response
    await response.write_eof()
    return response


def lose(request: web.Request) -> None:
    """The connection breaks without a farewell."""
    if request.transport is not None:
        request.transport.abort()


def garbage(size: int, draw: Random) -> bytes:
    """Bytes that are nothing."""
    return draw.randbytes(size)
