"""Tunnels of a world that are proxies of the operator's own: always there, and always under the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.tunnels.edge import Edge
from voicecall_sim.tunnels.proxies import RECIPES, Proxy
from voicecall_sim.tunnels.tunnel import Impossible, Reach
from voicecall_sim.tunnels.upstream import remote
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World

NAME: Final = "voice.example.com"
OTHER_NAME: Final = "voice-2.example.com"
PORT: Final = 443
ADDRESS: Final = "10.9.0.1"
"""Where proxies stand, for configurations that name those they trust."""


class ProxyTunnel:
    """A proxy on a public host, in front of the application's host."""

    def __init__(self, kind: str, world: World, app: Host) -> None:
        self.door = world.host("tunnel", ADDRESS)
        self._kind = kind
        self._app = app
        self._world = world
        self._name = NAME
        self._way: Proxy | None = None
        self._edge = Edge(lambda visit: None)

    @property
    def url(self) -> str | None:
        """Always the same, unless it is changed."""
        return f"https://{self._name}{RECIPES[self._kind].prefix}"

    @property
    def reach(self) -> Reach:
        """By that address."""
        return Reach(tunnel=self._kind, url=self.url)

    def secrets(self) -> Mapping[str, str]:
        """None."""
        return {}

    async def open(self) -> None:
        """Listen."""
        self._world.network.name(self._name, self.door)
        await self.door.call(self._edge.listen(PORT))

    def stand(self, port: int) -> None:
        """Lead to that port."""
        self._way = Proxy(RECIPES[self._kind], remote(self._app.address, port))
        self._edge.open_way(self._name, PORT, self._way)

    def close(self) -> None:
        """Be gone."""
        self._edge.close()

    def restarts(self) -> None:
        """What passes breaks; it is there again at once."""
        self._world.network.admit(self.door, PORT)
        if self._way is not None:
            self._edge.end_all(self._way)

    def changes_url(self, name: str | None) -> None:
        """The operator gives it another name."""
        self._edge.close_way(self._name, PORT)
        self._name = name or OTHER_NAME
        self._world.network.name(self._name, self.door)
        if self._way is not None:
            self._edge.open_way(self._name, PORT, self._way)

    def shows_interstitial(self) -> None:
        """It has none."""
        raise Impossible(f"`{self._kind}` has no page of warning; `ngrok-free` has")

    def dies(self) -> None:
        """Connections are refused until it restarts."""
        self._world.network.refuse(self.door, PORT)
        if self._way is not None:
            self._edge.end_all(self._way)

    def fails(self, trouble: str) -> None:
        """Nobody starts it."""
        raise Impossible(f"`{self._kind}` has no program that an application starts")
