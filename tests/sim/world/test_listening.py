"""Listening, dialling, addresses and TLS, on both worlds."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import pytest
import trustme

from voicecall_sim.world.testing import virtual_world
from voicecall_sim.world.world import World

from .ends import Play, Recorder, finish, pair

BIG: Final = 3 * 1024 * 1024


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


def test_a_closed_server_waits_for_its_connections_from_python_3_12_on(play: Play) -> None:
    async def body() -> None:
        near, far, server = await pair()
        waiting = asyncio.ensure_future(server.wait_closed())
        await asyncio.sleep(0.02)
        assert waiting.done() is (sys.version_info < (3, 12))
        await finish(near, far)
        await waiting
        await server.wait_closed()

    play(body)


def test_a_factory_that_raises_is_noted_and_its_connection_ends() -> None:
    """asyncio itself keeps silent about this outside of debug mode."""

    def fail() -> asyncio.Protocol:
        raise ZeroDivisionError

    async def body(world: World) -> None:
        server = await world.loop.create_server(fail, "127.0.0.1", 0)
        near = Recorder()
        await world.loop.create_connection(lambda: near, *server.sockets[0].getsockname())
        await near.lost()

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert [type(each.error) for each in world.unhandled] == [ZeroDivisionError]
