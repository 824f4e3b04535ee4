"""Peers on hosts of a world."""

from __future__ import annotations

import asyncio
from typing import Any

from voicecall_sim.world.clock import SECOND, Micros
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World


class Peer(asyncio.Protocol):
    """Notes what comes, and when."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.came: list[tuple[Micros, bytes]] = []
        self.lost: list[Exception | None] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.came.append((round(asyncio.get_running_loop().time() * SECOND), data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.came)


async def connect(world: World, source: Host, name: str, port: int = 443) -> Peer:
    _, protocol = await source.call(world.loop.create_connection(Peer, name, port))
    assert isinstance(protocol, Peer)
    return protocol


async def serve(world: World, host: Host, bind: str | None = "0.0.0.0", port: int = 443) -> list[Peer]:
    peers: list[Peer] = []

    def accept() -> Peer:
        peers.append(Peer())
        return peers[-1]

    await host.call(world.loop.create_server(accept, bind, port))
    return peers


async def two(world: World) -> tuple[Host, Host, list[Peer]]:
    app, carrier = world.host("app"), world.host("carrier")
    world.network.name("carrier.example", carrier)
    return app, carrier, await serve(world, carrier)
