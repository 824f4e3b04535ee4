"""Bodies on their way through a proxy: passed on as they come, bytes untouched (RFC 9112, section 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from voicecall_sim.tunnels.heads import BadMessage, Head

PIECE: Final = 64 * 1024
"""Bytes that are read at once."""

Pass: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Passes a body on. Raises `ConnectionError`, `BadMessage`, `asyncio.IncompleteReadError`."""


def of_request(head: Head) -> Pass:
    """How a request's body ends. Raises `BadMessage` where that is not clear: two answers would be an attack."""
    if head.get("Transfer-Encoding") is not None:
        if head.get("Content-Length") is not None:
            raise BadMessage("both a length and a transfer coding")
        return chunked
    return _sized(head) or nothing


def of_response(head: Head, method: str) -> Pass:
    """How a response's body ends."""
    if method == "HEAD" or head.status < 200 or head.status in (204, 304):
        return nothing
    if head.has("Transfer-Encoding", "chunked"):
        return chunked
    return _sized(head) or to_the_end


def ends_itself(head: Head, method: str) -> bool:
    """Whether a response's end can be told without the end of its connection."""
    return of_response(head, method) is not to_the_end


def _sized(head: Head) -> Pass | None:
    lengths = set(head.all("Content-Length"))
    if not lengths:
        return None
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdigit()):
        raise BadMessage("a length that cannot be")
    size = int(length)

    async def sized(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await exactly(reader, writer, size)

    return sized if size else nothing


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """No body."""


async def exactly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int) -> None:
    """That many bytes."""
    while size:
        data = await reader.read(min(size, PIECE))
        if not data:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(data)
        writer.write(data)
        await writer.drain()


async def chunked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Chunks and what trails them, as they are."""
    while size := await _chunk_size(reader, writer):
        await exactly(reader, writer, size + 2)
    while True:
        line = await reader.readuntil(b"\r\n")
        writer.write(line)
        if line == b"\r\n":
            return


async def _chunk_size(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    line = await reader.readuntil(b"\r\n")
    try:
        size = int(line.partition(b";")[0].strip(), 16)
    except ValueError:
        raise BadMessage(f"no chunk: {line[:20]!r}") from None
    writer.write(line)
    return size


async def to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything until the other side ends it, and then the end."""
    while data := await reader.read(PIECE):
        writer.write(data)
        await writer.drain()


async def swallow(reader: asyncio.StreamReader, head: Head) -> None:
    """Read and drop the body of a request that goes nowhere, if its length is known."""
    length = head.get("Content-Length") or "0"
    left = int(length) if length.isascii() and length.isdigit() else 0
    while left and (data := await reader.read(min(left, PIECE))):
        left -= len(data)


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass everything on, the end too: what an upgraded connection gets (RFC 9110, 7.8)."""
    await to_the_end(reader, writer)
    if writer.can_write_eof() and not writer.is_closing():
        writer.write_eof()
