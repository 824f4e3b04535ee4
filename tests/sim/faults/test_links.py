"""Links cut and healed, in a world."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from voicecall_sim.faults.links import Ends, Links
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def serving(host: Host) -> None:
    await host.call(asyncio.start_server(echo, "0.0.0.0", 80))  # type: ignore[arg-type]


async def said(source: Host, target: Host) -> float:
    """Say something over a new connection; returns how long the answer took, in seconds."""

    async def say() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        reader, writer = await asyncio.open_connection(target.address, 80)
        writer.write(b"hello")
        assert await reader.read(100) == b"hello"
        writer.close()
        await writer.wait_closed()
        return loop.time() - began

    return await source.call(say())


def in_world(test: Callable[[World, Links], Coroutine[Any, Any, None]]) -> None:
    world = World()

    async def run() -> None:
        app, webhooks, rest = (world.host(name) for name in ("app", "webhooks", "rest"))
        for host in (app, webhooks, rest):
            await serving(host)
        await test(world, Links(world.network, app, webhooks=webhooks, rest=rest))

    world.run(run())


@pytest.mark.parametrize("ends", Ends)
def test_a_cut_holds_one_way_or_both_until_it_is_healed(ends: Ends) -> None:
    async def test(world: World, links: Links) -> None:
        ways = {Ends.WEBHOOKS: ("webhooks", "app"), Ends.REST: ("app", "rest")}
        links.cut(ends)
        links.cut(ends)
        waiting = {way: asyncio.create_task(said(*map(world.host, names))) for way, names in ways.items()}
        await asyncio.sleep(2)
        passed = {way for way, task in waiting.items() if task.done()}
        assert passed == set(ways) - ({ends} if ends in ways else set(ways))
        links.heal(ends)
        links.heal()
        await asyncio.sleep(3)
        assert all(task.done() for task in waiting.values())
        assert all(await asyncio.gather(*waiting.values()))

    in_world(test)
