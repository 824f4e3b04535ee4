"""How connections end: closed, half-closed, aborted, reset; on both worlds."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final

import pytest

from .ends import Play, Recorder, pair

BIG: Final = 3 * 1024 * 1024


def test_half_close_ends_one_direction(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair(far=Recorder(keep_open=True))
        assert near.transport.can_write_eof()
        near.transport.write(b"question")
        near.transport.write_eof()
        await far.until(lambda: "eof" in far.told)
        assert bytes(far.data) == b"question"
        assert "lost" not in far.told
        assert not far.transport.is_closing()
        far.transport.write(b"answer")
        assert await near.received(6) == b"answer"
        with pytest.raises(RuntimeError, match="after write_eof"):
            near.transport.write(b"more")
        far.transport.close()
        await near.lost()
        await far.lost()
        assert (near.error, far.error) == (None, None)

    play(body)


def test_eof_closes_a_protocol_that_does_not_keep_open(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.write_eof()
        await far.lost()
        await near.lost()
        assert far.told == ["made", "eof", "lost"]
        assert far.error is None

    play(body)


def test_close_sends_what_was_written(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.write(bytes(BIG))
        near.transport.close()
        assert near.transport.is_closing()
        near.transport.write(b"too late")
        await far.lost()
        assert len(far.data) == BIG
        await near.lost()
        assert near.error is None

    play(body)


def test_abort_ends_at_once_and_loses_what_is_unsent(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        far.transport.pause_reading()
        near.transport.write(bytes(30 * 1024 * 1024))
        assert near.transport.get_write_buffer_size() > 0
        near.transport.abort()
        await near.lost()
        assert near.error is None
        far.transport.resume_reading()
        await far.lost()
        assert len(far.data) < 30 * 1024 * 1024

    play(body)


def test_connection_lost_comes_once(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.close()
        near.transport.close()
        near.transport.abort()
        far.transport.close()
        await near.lost()
        await far.lost()
        near.transport.abort()
        await asyncio.sleep(0.01)
        assert near.told.count("lost") == far.told.count("lost") == 1

    play(body)


def test_connection_lost_is_not_called_from_within_close(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.close()
        assert "lost" not in near.told
        await near.lost()
        await far.lost()

    play(body)


def test_closing_with_unread_bytes_resets_the_peer(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        far.transport.pause_reading()
        near.transport.write(b"never read")
        await asyncio.sleep(0.02)
        far.transport.close()
        await near.lost()
        assert isinstance(near.error, ConnectionResetError)
        assert far.error is None

    play(body)


def test_bytes_for_a_connection_that_is_gone_are_answered_with_a_reset(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair(near=Recorder(keep_open=True))
        far.transport.close()
        await far.lost()
        await near.until(lambda: "eof" in near.told)
        near.transport.write(b"anybody there?")
        await asyncio.sleep(0.02)
        near.transport.write(b"hello?")
        await near.lost()
        assert isinstance(near.error, (ConnectionResetError, BrokenPipeError))

    play(body)


def test_a_socket_that_does_not_linger_resets(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        _abruptly(near)
        await far.lost()
        assert isinstance(far.error, ConnectionResetError)
        assert near.error is None

    play(body)


def _abruptly(end: Recorder) -> None:
    """End with a RST."""
    plug = end.transport.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()


def test_a_writer_that_does_not_read_learns_of_a_reset_by_writing(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.pause_reading()
        _abruptly(far)
        await far.lost()
        await asyncio.sleep(0.02)
        assert near.told == ["made"]
        near.transport.write(b"anybody there?")
        await near.lost()
        assert isinstance(near.error, (ConnectionResetError, BrokenPipeError))

    play(body)


def test_a_reader_that_paused_learns_of_a_reset_when_it_reads_on(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.pause_reading()
        _abruptly(far)
        await far.lost()
        await asyncio.sleep(0.02)
        near.transport.resume_reading()
        await near.lost()
        assert isinstance(near.error, ConnectionResetError)

    play(body)


def test_an_end_that_still_sends_while_closing_learns_of_a_reset(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        far.transport.pause_reading()
        near.transport.write(bytes(30 * 1024 * 1024))
        near.transport.close()
        await asyncio.sleep(0.02)
        assert "lost" not in near.told
        _abruptly(far)
        await near.lost()
        assert isinstance(near.error, (ConnectionResetError, BrokenPipeError))

    play(body)
