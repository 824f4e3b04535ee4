"""Partitions, refusals, resets and rules."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

import pytest

from voicecall_sim.world.clock import MILLISECOND, SECOND
from voicecall_sim.world.errors import WorldError
from voicecall_sim.world.link import Delayed, Message, Replaced, Reset, Swallowed, Verdict
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

from .peers import Peer, connect, two


@in_world()
async def test_a_partition_holds_what_is_sent_until_it_heals(world: World) -> None:
    app, carrier, peers = await two(world)
    near = await connect(world, app, "carrier.example")
    await asyncio.sleep(1)
    world.network.partition(app, carrier)
    world.network.partition(app, carrier)
    near.transport.write(b"one ")
    near.transport.write(b"two")
    peers[0].transport.close()
    await asyncio.sleep(60)
    assert (peers[0].came, near.lost) == ([], [])
    world.network.heal(app, carrier)
    await asyncio.sleep(1)
    assert near.lost == [None]


@in_world()
async def test_a_long_partition_ends_connections_that_wait(world: World) -> None:
    app, carrier, peers = await two(world)
    near = await connect(world, app, "carrier.example")
    world.network.partition(app, carrier)
    near.transport.write(b"anybody?")
    await asyncio.sleep(920)
    assert near.lost == []
    await asyncio.sleep(10)
    assert [type(error) for error in near.lost] == [TimeoutError]
    assert peers[0].lost == []


@in_world()
async def test_connecting_over_a_partition_tries_again_and_gives_up_after_two_minutes(world: World) -> None:
    app, carrier, _ = await two(world)
    world.network.partition(app, carrier)
    with pytest.raises(TimeoutError) as caught:
        await connect(world, app, "carrier.example")
    assert (caught.value.errno, world.clock.now()) == (errno.ETIMEDOUT, 127 * SECOND)
    world.loop.call_later(2, world.network.heal, app, carrier)
    await connect(world, app, "carrier.example")
    assert world.clock.now() == 127 * SECOND + 3 * SECOND + 10 * MILLISECOND


@in_world()
async def test_refused_ports_and_reset_connections(world: World) -> None:
    app, carrier, peers = await two(world)
    near = await connect(world, app, "carrier.example")
    world.network.refuse(carrier, 443)
    with pytest.raises(ConnectionRefusedError):
        await connect(world, app, "carrier.example")
    world.network.admit(carrier, 443)
    second = await connect(world, app, "carrier.example")
    assert world.network.reset(app, port=80) == 0
    assert world.network.reset(app, world.host("elsewhere")) == 0
    assert world.network.reset(app, carrier) == 2
    await world.settle()
    for peer in (near, second, *peers):
        assert [type(error) for error in peer.lost] == [ConnectionResetError]


async def _exchange(world: World, rule: Callable[[Message], Verdict]) -> tuple[Peer, Peer]:
    app, _, peers = await two(world)
    near = await connect(world, app, "carrier.example")
    drop = world.network.add_rule(rule)
    near.transport.write(b"question")
    await asyncio.sleep(1)
    if not peers[0].transport.is_closing():
        peers[0].transport.write(b"answer")
    await asyncio.sleep(1)
    drop()
    drop()
    return near, peers[0]


def _on(data: bytes, verdict: Verdict) -> Callable[[Message], Verdict]:
    return lambda message: verdict if message.data == data else None


@in_world()
async def test_rules_see_every_message(world: World) -> None:
    seen: list[Message] = []

    def look(message: Message) -> Verdict:
        seen.append(message)
        return None

    near, far = await _exchange(world, look)
    assert (near.data, far.data) == (b"answer", b"question")
    assert seen == [
        Message(kind="data", source="app", target="carrier", port=443, data=b"question"),
        Message(kind="data", source="carrier", target="app", port=443, data=b"answer", reply=True),
    ]


@in_world()
async def test_a_rule_delays(world: World) -> None:
    near, far = await _exchange(world, _on(b"question", Delayed(200 * MILLISECOND)))
    assert far.came == [(215 * MILLISECOND, b"question")]
    assert near.data == b"answer"


@in_world()
async def test_a_rule_replaces(world: World) -> None:
    near, far = await _exchange(world, _on(b"answer", Replaced(b"a longer answer")))
    assert (near.data, far.data) == (b"a longer answer", b"question")
    assert far.transport.get_write_buffer_size() == 0


@in_world()
async def test_a_rule_resets(world: World) -> None:
    near, far = await _exchange(world, _on(b"question", Reset()))
    assert far.data == b""
    assert [type(error) for error in (*near.lost, *far.lost)] == [ConnectionResetError] * 2


@in_world()
async def test_a_rule_swallows_what_comes_after_too(world: World) -> None:
    near, far = await _exchange(world, _on(b"question", Swallowed()))
    near.transport.write(b"still there?")
    await asyncio.sleep(60)
    assert (near.data, far.data, near.lost, far.lost) == (b"answer", b"", [], [])


@pytest.mark.parametrize(("verdict", "error"), [(Reset(), ConnectionRefusedError), (Swallowed(), TimeoutError)])
def test_rules_for_connections(verdict: Verdict, error: type[OSError]) -> None:
    @in_world()
    async def body(world: World) -> None:
        app, _, _ = await two(world)
        drop = world.network.add_rule(lambda message: verdict if message.kind == "connect" else None)
        with pytest.raises(error):
            await connect(world, app, "carrier.example")
        drop()
        await connect(world, app, "carrier.example")

    body()


@in_world()
async def test_connecting_can_be_delayed_by_a_rule(world: World) -> None:
    app, _, _ = await two(world)
    world.network.add_rule(lambda message: Delayed(SECOND) if message.kind == "connect" else None)
    await connect(world, app, "carrier.example")
    assert world.clock.now() == SECOND + 10 * MILLISECOND


@in_world()
async def test_a_connection_given_up_while_being_made_ends_at_the_listener(world: World) -> None:
    app, carrier, peers = await two(world)
    for patience in (0.001, 0.007):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(patience):
                await connect(world, app, "carrier.example")
        await asyncio.sleep(1)
    assert [peer.lost for peer in peers] == [[None]]
    assert app.leftovers() == ()
    assert len(carrier.leftovers()) == 1


def test_the_worlds_errors_have_one_root() -> None:
    assert issubclass(WorldError, RuntimeError)
