"""Names, ports, links and faults."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from voicecall_sim.world.clock import MILLISECOND, Micros
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

from .peers import Peer, connect, serve, two

# -- names and ports


@in_world()
async def test_names_resolve_and_others_do_not(world: World) -> None:
    carrier = world.host("carrier")
    world.network.name("Carrier.Example", carrier)
    for name in ("carrier.example", "CARRIER.example.", b"carrier.example", carrier.address):
        found = await world.loop.getaddrinfo(name, 443)
        assert found == [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (carrier.address, 443))]
    assert (await world.loop.getaddrinfo("localhost", "80"))[0][4] == ("127.0.0.1", 80)
    assert (await world.loop.getaddrinfo(None, 80))[0][4] == ("127.0.0.1", 80)
    assert (await world.loop.getaddrinfo(None, 80, flags=socket.AI_PASSIVE))[0][4] == ("0.0.0.0", 80)
    with pytest.raises(socket.gaierror, match=r"nobody\.example") as caught:
        await world.loop.getaddrinfo("nobody.example", 443)
    assert caught.value.errno == socket.EAI_NONAME
    assert await world.loop.getnameinfo((carrier.address, 443)) == ("carrier.example", "443")
    assert await world.loop.getnameinfo(("10.9.9.9", 1)) == ("10.9.9.9", "1")
    numeric = await world.loop.getnameinfo((carrier.address, 443), socket.NI_NUMERICHOST)
    assert numeric == (carrier.address, "443")


@in_world()
async def test_an_address_that_nobody_has_cannot_be_reached(world: World) -> None:
    with pytest.raises(OSError, match="no host of this world") as caught:
        await connect(world, world.host("app"), "169.254.169.254", 80)
    assert caught.value.errno == errno.EHOSTUNREACH


@in_world()
async def test_loopback_is_every_hosts_own(world: World) -> None:
    app, carrier = world.host("app"), world.host("carrier")
    world.network.name("app.example", app)
    mine, yours = await serve(world, app, "127.0.0.1"), await serve(world, carrier, "127.0.0.1")
    peer = await connect(world, app, "localhost")
    assert (len(mine), len(yours)) == (1, 0)
    assert peer.transport.get_extra_info("peername") == ("127.0.0.1", 443)
    assert peer.transport.get_extra_info("sockname")[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        await connect(world, carrier, "app.example")


@pytest.mark.parametrize(
    ("bind", "shown", "reached"),
    [
        ("127.0.0.1", "127.0.0.1", {"127.0.0.1"}),
        ("localhost", "127.0.0.1", {"127.0.0.1"}),
        ("0.0.0.0", "0.0.0.0", {"127.0.0.1", "10.0.0.2"}),
        (None, "0.0.0.0", {"127.0.0.1", "10.0.0.2"}),
        ("", "0.0.0.0", {"127.0.0.1", "10.0.0.2"}),
        ("carrier.example", "10.0.0.2", {"10.0.0.2"}),
        ("10.0.0.2", "10.0.0.2", {"10.0.0.2"}),
    ],
)
def test_where_a_listener_can_be_reached(bind: str | None, shown: str, reached: set[str]) -> None:
    @in_world()
    async def body(world: World) -> None:
        carrier = world.host("carrier")
        world.network.name("carrier.example", carrier)
        server = await carrier.call(world.loop.create_server(Peer, bind, 443))
        assert server.sockets[0].getsockname() == (shown, 443)
        for address in ("127.0.0.1", "10.0.0.2"):
            if address in reached:
                await connect(world, carrier, address)
            else:
                with pytest.raises(ConnectionRefusedError):
                    await connect(world, carrier, address)

    body()


@in_world()
async def test_ports_are_taken_per_address_and_host(world: World) -> None:
    app, carrier = world.host("app"), world.host("carrier")
    await serve(world, app, "127.0.0.1", 80)
    await serve(world, carrier, "127.0.0.1", 80)
    await serve(world, app, "10.0.0.2", 80)
    for bind in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(OSError, match="bind") as caught:
            await serve(world, app, bind, 80)
        assert caught.value.errno == errno.EADDRINUSE
    with pytest.raises(OSError, match="bind") as caught:
        await serve(world, app, "10.0.0.3", 80)
    assert caught.value.errno == errno.EADDRNOTAVAIL


@in_world()
async def test_port_0_is_a_free_one_and_several_addresses_share_it(world: World) -> None:
    app = world.host("app")
    first = await app.call(world.loop.create_server(Peer, "127.0.0.1", 0))
    second = await app.call(world.loop.create_server(Peer, ["127.0.0.1", "10.0.0.2"], 0))
    ports = {plug.getsockname()[1] for server in (first, second) for plug in server.sockets}
    assert len(ports) == 2
    assert [plug.getsockname()[0] for plug in second.sockets] == ["127.0.0.1", "10.0.0.2"]
    with pytest.raises(OSError, match="not connected"):
        first.sockets[0].getpeername()


@in_world()
async def test_a_server_that_does_not_serve_yet_refuses(world: World) -> None:
    app = world.host("app")
    server = await app.call(world.loop.create_server(Peer, "127.0.0.1", 80, start_serving=False))
    assert not server.is_serving()
    with pytest.raises(ConnectionRefusedError):
        await connect(world, app, "127.0.0.1", 80)
    await server.start_serving()
    await connect(world, app, "127.0.0.1", 80)


@in_world()
async def test_serving_for_ever_ends_with_close_or_cancel(world: World) -> None:
    app = world.host("app")
    server = await app.call(world.loop.create_server(Peer, "127.0.0.1", 80, start_serving=False))
    task = app.start(server.serve_forever())
    peer = await connect(world, app, "127.0.0.1", 80)
    with pytest.raises(RuntimeError, match="already"):
        await server.serve_forever()
    server.close_clients()
    task.cancel()
    await asyncio.sleep(1)
    assert (task.cancelled(), server.is_serving(), peer.lost) == (True, False, [None])
    with pytest.raises(RuntimeError, match="closed"):
        await server.serve_forever()
    assert server.get_loop() is world.loop


@in_world()
async def test_a_public_name_leads_to_a_loopback_listener_and_keeps_the_peer(world: World) -> None:
    app, carrier = world.host("app"), world.host("carrier")
    peers = await serve(world, app, "127.0.0.1", 3334)
    world.network.expose("voice.example.com", 443, app, 3334)
    near = await connect(world, carrier, "voice.example.com")
    near.transport.write(b"hello")
    await asyncio.sleep(1)
    assert peers[0].data == b"hello"
    assert peers[0].transport.get_extra_info("peername")[0] == carrier.address
    public = (await world.loop.getaddrinfo("voice.example.com", 443))[0][4][0]
    assert public.startswith("198.18.")
    with pytest.raises(ConnectionRefusedError):
        await connect(world, carrier, "voice.example.com", 80)
    world.network.unexpose("voice.example.com", 443)
    with pytest.raises(ConnectionRefusedError):
        await connect(world, carrier, "voice.example.com")
    near.transport.write(b" again")
    await asyncio.sleep(1)
    assert peers[0].data == b"hello again"


@in_world()
async def test_a_name_of_a_host_can_be_exposed_too(world: World) -> None:
    app, carrier, _ = await two(world)
    peers = await serve(world, carrier, "10.0.0.3", 8080)
    world.network.expose("carrier.example", 80, carrier, 8080)
    await connect(world, app, "carrier.example", 80)
    await connect(world, app, "carrier.example", 443)
    assert len(peers) == 1


# -- links


@in_world()
async def test_latency_is_paid_one_way_and_connecting_costs_a_round_trip(world: World) -> None:
    app, carrier, peers = await two(world)
    near = await connect(world, app, "carrier.example")
    assert world.clock.now() == 10 * MILLISECOND
    near.transport.write(b"a")
    await asyncio.sleep(0.001)
    near.transport.write(b"b")
    await asyncio.sleep(1)
    assert peers[0].came == [(15 * MILLISECOND, b"a"), (16 * MILLISECOND, b"b")]
    world.network.link(app, carrier, latency=100 * MILLISECOND)
    sent = world.clock.now()
    peers[0].transport.write(b"c")
    await asyncio.sleep(1)
    assert near.came == [(sent + 100 * MILLISECOND, b"c")]


@in_world()
async def test_loopback_takes_no_time(world: World) -> None:
    app = world.host("app")
    peers = await serve(world, app, "127.0.0.1")
    near = await connect(world, app, "127.0.0.1")
    near.transport.write(b"a")
    await world.settle()
    assert (peers[0].data, world.clock.now()) == (b"a", 0)


@in_world()
async def test_the_networks_own_latency_holds_for_links_not_yet_used(world: World) -> None:
    world.network.latency = 0
    app, _, _ = await two(world)
    await connect(world, app, "carrier.example")
    assert world.clock.now() == 0


def _jittered(seed: int) -> list[tuple[Micros, bytes]]:
    came: list[tuple[Micros, bytes]] = []

    @in_world(seed=seed)
    async def body(world: World) -> None:
        app, carrier, peers = await two(world)
        world.network.link(app, carrier, jitter=50 * MILLISECOND)
        near = await connect(world, app, "carrier.example")
        for number in range(50):
            near.transport.write(bytes([number]))
            await asyncio.sleep(0.005)
        await asyncio.sleep(1)
        came.extend(peers[0].came)
        assert peers[0].data == bytes(range(50))

    body()
    return came


def test_jitter_never_reorders_and_follows_the_seed() -> None:
    once, again, other = _jittered(1), _jittered(1), _jittered(2)
    assert once == again != other
    assert len({at for at, _ in once}) > 10
