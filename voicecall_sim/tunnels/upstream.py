"""Ways to the application that stands behind a tunnel."""

from __future__ import annotations

import asyncio

from voicecall_sim.tunnels.edge import Connect, Pair
from voicecall_sim.tunnels.heads import LONGEST
from voicecall_sim.world.errors import HostCrashed
from voicecall_sim.world.host import LOOPBACK, Host


def remote(host: str, port: int) -> Connect:
    """Over the network, from wherever this runs."""

    async def connect() -> Pair:
        return await asyncio.open_connection(host, port, limit=LONGEST)

    return connect


class LoopbackOf:
    """As an agent that runs beside the application on its machine: from that machine's own loopback.

    The agent is a process of its own; when the application's crashes, what passes between them breaks.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._open: dict[asyncio.StreamReader, None] = {}
        host.on_crash(self._crashed)

    def to(self, port: int) -> Connect:
        """To a port there."""

        async def connect() -> Pair:
            try:
                reader, writer = await self._host.call(asyncio.open_connection(LOOPBACK, port, limit=LONGEST))
            except HostCrashed as error:
                raise ConnectionRefusedError(str(error)) from None
            self._open = {known: None for known in self._open if not known.at_eof() and known.exception() is None}
            self._open[reader] = None
            return reader, writer

        return connect

    def _crashed(self) -> None:
        for reader in self._open:
            reader.set_exception(ConnectionResetError("the application's machine has crashed"))
        self._open.clear()
