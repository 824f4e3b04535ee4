"""What a stream transport owes its protocol, on both worlds: in memory on virtual time, and on loopback sockets."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import pytest
import trustme

from voicecall_sim.world.world import World

PATIENCE: Final = 5
BIG: Final = 3 * 1024 * 1024

Body = Callable[[], Coroutine[Any, Any, None]]
Play = Callable[[Body], None]


@pytest.fixture(params=["virtual", pytest.param("loopback", marks=pytest.mark.loopback)])
def play(request: pytest.FixtureRequest) -> Play:
    """Runs a body in one of the two worlds."""

    async def patient(body: Body) -> None:
        async with asyncio.timeout(PATIENCE):
            await body()

    def run(body: Body) -> None:
        if request.param == "virtual":
            World().run(patient(body))
        else:
            asyncio.run(patient(body))

    return run


class Recorder(asyncio.Protocol):
    """Writes down what it is told, and lets one wait for it."""

    def __init__(self, *, keep_open: bool = False) -> None:
        self.transport: Any = None
        self.data = bytearray()
        self.told: list[str] = []
        self.error: Exception | None = None
        self._keep_open = keep_open
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._tell("made")

    def data_received(self, data: bytes) -> None:
        self.data += data
        self._news.set()

    def eof_received(self) -> bool:
        self._tell("eof")
        return self._keep_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.error = exc
        self._tell("lost")

    def pause_writing(self) -> None:
        self._tell("pause")

    def resume_writing(self) -> None:
        self._tell("resume")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something about the protocol holds."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def lost(self) -> None:
        """Wait for the end."""
        await self.until(lambda: "lost" in self.told)

    async def received(self, size: int) -> bytes:
        """Wait for that many bytes."""
        await self.until(lambda: len(self.data) >= size)
        return bytes(self.data)


async def pair(
    near: asyncio.Protocol | None = None, far: asyncio.Protocol | None = None
) -> tuple[Any, Any, asyncio.Server]:
    """Two protocols, connected: the dialling one and the listening one."""
    loop = asyncio.get_running_loop()
    listening = far or Recorder()
    server = await loop.create_server(lambda: listening, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, dialling = await loop.create_connection(lambda: near or Recorder(), "127.0.0.1", port)
    if isinstance(listening, Recorder):
        await listening.until(lambda: listening.transport)
    server.close()
    return dialling, listening, server


async def finish(*ends: Recorder) -> None:
    for end in ends:
        end.transport.close()
    for end in ends:
        await end.lost()


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
        plug = near.transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        near.transport.abort()
        await far.lost()
        assert isinstance(far.error, ConnectionResetError)
        assert near.error is None

    play(body)


def test_addresses_mirror_each_other(play: Play) -> None:
    async def body() -> None:
        near, far, _ = await pair()
        for name, twin in (("peername", "sockname"), ("sockname", "peername")):
            assert near.transport.get_extra_info(name) == far.transport.get_extra_info(twin)
        plug = near.transport.get_extra_info("socket")
        assert plug.getpeername() == near.transport.get_extra_info("peername")
        assert plug.getsockname()[0] == "127.0.0.1"
        assert plug.family == socket.AF_INET
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert near.transport.get_extra_info("no such thing", 7) == 7
        await finish(near, far)

    play(body)


async def _refused() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Recorder, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert not server.sockets
    assert not server.is_serving()
    with pytest.raises(ConnectionRefusedError) as caught:
        await loop.create_connection(Recorder, "127.0.0.1", port)
    assert caught.value.errno == errno.ECONNREFUSED


async def _taken() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Recorder, "127.0.0.1", 0)
    with pytest.raises(OSError, match="error while attempting to bind") as caught:
        await loop.create_server(Recorder, "127.0.0.1", server.sockets[0].getsockname()[1])
    assert caught.value.errno == errno.EADDRINUSE
    server.close()


async def _not_ours() -> None:
    with pytest.raises(OSError, match="error while attempting to bind") as caught:
        await asyncio.get_running_loop().create_server(Recorder, "192.0.2.1", 0)
    assert caught.value.errno == errno.EADDRNOTAVAIL


async def _streams() -> None:
    async def upper(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(upper, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        writer.write(b"shout\n")
        assert await reader.read() == b"SHOUT\n"
        writer.close()
        await writer.wait_closed()


async def _dialled_by_socket() -> None:
    loop = asyncio.get_running_loop()
    far = Recorder()
    server = await loop.create_server(lambda: far, "127.0.0.1", 0)
    sock = socket.socket()
    sock.setblocking(False)
    await loop.sock_connect(sock, server.sockets[0].getsockname())
    transport, _ = await loop.create_connection(Recorder, sock=sock)
    transport.write(b"by socket")
    assert await far.received(9) == b"by socket"
    transport.close()
    await far.lost()
    server.close()


@pytest.mark.parametrize("body", [_refused, _taken, _not_ours, _streams, _dialled_by_socket])
def test_listening_and_dialling(play: Play, body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    play(body)


def test_a_connection_can_be_upgraded_to_tls(play: Play) -> None:
    authority = trustme.CA()
    listening, dialling = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("carrier.example").configure_cert(listening)
    authority.configure_trust(dialling)

    async def body() -> None:
        near, far, _ = await pair()
        near.transport.write(b"STARTTLS")
        await far.received(8)
        upgrade: Callable[..., Awaitable[Any]] = asyncio.get_running_loop().start_tls
        near.transport, far.transport = await asyncio.gather(
            upgrade(near.transport, near, dialling, server_hostname="carrier.example"),
            upgrade(far.transport, far, listening, server_side=True),
        )
        far.data.clear()
        near.transport.write(b"secret" * 20000)
        assert await far.received(120000) == b"secret" * 20000
        far.transport.write(b"answer")
        assert await near.received(6) == b"answer"
        await finish(near, far)

    play(body)
