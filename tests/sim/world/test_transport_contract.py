"""What a stream transport owes its protocol while it lives, on both worlds."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from .ends import Play, Recorder, finish, pair

BIG: Final = 3 * 1024 * 1024


def test_bytes_arrive_whole_and_in_order_both_ways(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        chunks = [bytes([number % 251]) * (number % 97) for number in range(500)]
        for chunk in chunks:
            near.transport.write(chunk)
            far.transport.write(chunk[::-1])
        whole = b"".join(chunks)
        assert await far.received(len(whole)) == whole
        assert await near.received(len(whole)) == whole
        await finish(near, far)

    play(body)


def test_a_listener_may_speak_first(play: Play) -> None:
    class Greeter(Recorder):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            self.transport.write(b"hello")

    async def body() -> None:
        near, far, _ = await pair(far=Greeter())
        assert await near.received(5) == b"hello"
        await finish(near, far)

    play(body)


def test_every_bytes_like_can_be_written_and_nothing_else(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.write(bytearray(b"ab"))
        near.transport.write(memoryview(b"cd"))
        near.transport.write(b"")
        near.transport.writelines([b"e", memoryview(b"f")])
        assert await far.received(6) == b"abcdef"
        with pytest.raises(TypeError):
            near.transport.write("text")
        await finish(near, far)

    play(body)


def test_what_is_written_and_then_changed_arrives_as_written(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        data = bytearray(b"before")
        near.transport.write(data)
        data[:] = b"after!"
        assert await far.received(6) == b"before"
        await finish(near, far)

    play(body)


def test_a_paused_end_receives_nothing_and_then_everything(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        assert far.transport.is_reading()
        far.transport.pause_reading()
        far.transport.pause_reading()
        assert not far.transport.is_reading()
        near.transport.write(b"wait")
        near.transport.close()
        await asyncio.sleep(0.05)
        assert far.told == ["made"]
        assert not far.data
        far.transport.resume_reading()
        await far.lost()
        assert bytes(far.data) == b"wait"

    play(body)


def test_a_writer_that_is_too_fast_is_paused_and_resumed(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        far.transport.pause_reading()
        near.transport.set_write_buffer_limits(high=1000, low=100)
        assert near.transport.get_write_buffer_limits() == (100, 1000)
        written = 0
        while "pause" not in near.told:
            near.transport.write(bytes(65536))
            written += 65536
            await asyncio.sleep(0)
        assert near.transport.get_write_buffer_size() > 1000
        far.transport.resume_reading()
        await far.received(written)
        await near.until(lambda: "resume" in near.told)
        assert near.transport.get_write_buffer_size() == 0
        assert near.told == ["made", "pause", "resume"]
        await finish(near, far)

    play(body)


@pytest.mark.parametrize(
    ("limits", "marks"),
    [
        ({}, (16384, 65536)),
        ({"high": 0}, (0, 0)),
        ({"low": 10}, (10, 40)),
        ({"high": 80}, (20, 80)),
        ({"high": 10, "low": 10}, (10, 10)),
        ({"high": 10, "low": 11}, None),
        ({"high": -1}, None),
    ],
)
def test_water_marks(play: Play, limits: dict[str, int], marks: tuple[int, int] | None) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        if marks is None:
            with pytest.raises(ValueError, match="must be >="):
                near.transport.set_write_buffer_limits(**limits)
        else:
            near.transport.set_write_buffer_limits(**limits)
            assert near.transport.get_write_buffer_limits() == marks
        await finish(near, far)

    play(body)


class Sip(asyncio.BufferedProtocol):
    """Takes a few bytes at a time, and passes them on."""

    def __init__(self, to: Recorder) -> None:
        self._to, self._buffer = to, bytearray(7)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._to.connection_made(transport)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._to.data_received(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool:
        return self._to.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._to.connection_lost(exc)


def test_a_buffered_protocol_gets_everything_through_a_small_buffer(play: Play) -> None:
    async def body() -> None:
        far = Recorder()
        near, _, _ = await pair(far=Sip(far))
        message = bytes(range(256)) * 4
        near.transport.write(message)
        near.transport.close()
        await far.lost()
        assert bytes(far.data) == message

    play(body)


def test_a_protocol_can_be_exchanged(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        near.transport.write(b"one")
        await far.received(3)
        second = Recorder()
        far.transport.set_protocol(second)
        assert far.transport.get_protocol() is second
        near.transport.write(b"two")
        assert await second.received(3) == b"two"
        assert bytes(far.data) == b"one"
        second.transport = far.transport
        await finish(near, second)

    play(body)


def test_a_protocol_that_raises_is_reported_and_loses_its_connection(play: Play) -> None:
    class Clumsy(Recorder):
        def data_received(self, data: bytes) -> None:
            raise ZeroDivisionError("clumsy")

    async def body() -> None:
        reported: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        near, far, _ = await pair(far=Clumsy())
        near.transport.write(b"x")
        await far.lost()
        await near.lost()
        assert isinstance(far.error, ZeroDivisionError)
        assert [type(context["exception"]) for context in reported] == [ZeroDivisionError]
        assert "data_received" in reported[0]["message"]

    play(body)


class Clumsy(Recorder):
    """Raises when it is told a certain thing."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def _stumble(self, at: str) -> None:
        if at == self._at:
            raise ZeroDivisionError(at)

    def eof_received(self) -> bool:
        self._stumble("eof_received")
        return super().eof_received()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stumble("pause_writing")

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stumble("resume_writing")


def _listen_for_reports() -> list[dict[str, Any]]:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    return reported


def test_a_protocol_that_raises_at_the_end_loses_its_connection_for_that_reason(play: Play) -> None:
    async def body() -> None:
        reported = _listen_for_reports()
        near, far, _ = await pair(far=Clumsy("eof_received"))
        near.transport.write_eof()
        await far.lost()
        await near.lost()
        assert isinstance(far.error, ZeroDivisionError)
        assert [context["message"] for context in reported] == ["Fatal error: protocol.eof_received() call failed."]

    play(body)


@pytest.mark.parametrize("at", ["pause_writing", "resume_writing"])
def test_a_protocol_that_raises_about_its_pace_is_reported_and_goes_on(play: Play, at: str) -> None:
    async def body() -> None:
        reported = _listen_for_reports()
        near, far, _ = await pair(near=Clumsy(at))
        far.transport.pause_reading()
        written = 0
        while "pause" not in near.told:
            near.transport.write(bytes(65536))
            written += 65536
            await asyncio.sleep(0)
        far.transport.resume_reading()
        await far.received(written)
        await near.until(lambda: "resume" in near.told)
        assert [context["message"] for context in reported] == [f"protocol.{at}() failed"]
        await finish(near, far)

    play(body)


def test_a_buffered_protocol_without_room_is_reported_and_loses_its_connection(play: Play) -> None:
    class Full(asyncio.BufferedProtocol):
        def get_buffer(self, sizehint: int) -> bytearray:
            return bytearray()

    async def body() -> None:
        reported = _listen_for_reports()
        far = Full()
        near, _, _ = await pair(far=far)  # type: ignore[arg-type]
        near.transport.write(b"x")
        await near.lost()
        assert [str(context["exception"]) for context in reported] == ["get_buffer() returned an empty buffer"]

    play(body)


def test_lower_water_marks_count_for_what_is_unsent_already(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        far.transport.pause_reading()
        near.transport.set_write_buffer_limits(high=1 << 30)
        while near.transport.get_write_buffer_size() < 70_000:
            near.transport.write(bytes(65536))
            await asyncio.sleep(0)
        assert "pause" not in near.told
        near.transport.set_write_buffer_limits(high=10)
        near.transport.write(b"x")
        assert "pause" in near.told
        far.transport.resume_reading()
        await near.until(lambda: "resume" in near.told)
        await finish(near, far)

    play(body)
