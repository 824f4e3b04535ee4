"""Tailscale in a world: the daemon of the application's machine, and whoever can reach what it serves.

Funnel serves the internet. Serve serves the tailnet alone: so with `tailscale-serve` the operator has a public proxy
that is a member of it, and the address of that proxy is what carriers are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.tunnels import forwarding
from voicecall_sim.tunnels.edge import Connect, Edge, Pair
from voicecall_sim.tunnels.proxies import TELLS, Proxy, Recipe
from voicecall_sim.tunnels.tailnet import FUNNEL_PORTS, HTTPS, NAME, Node
from voicecall_sim.tunnels.tailscale import program
from voicecall_sim.tunnels.tunnel import SLOW, Impossible, Reach
from voicecall_sim.tunnels.upstream import LoopbackOf, remote
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World

RELAY: Final = "voice.example.com"
OTHER_NAME: Final = "voice-agent-2.tail1234.ts.net"
USUAL_DELAY: Final = 0.2


class TailscaleTunnel:
    """`tailscale-funnel`, or `tailscale-serve` behind a public proxy in the tailnet."""

    def __init__(self, kind: str, world: World, app: Host) -> None:
        self._kind = kind
        self._world = world
        self._app = app
        self._machine = world.host("tailscale")
        self._relay = world.host("relay") if kind == "tailscale-serve" else None
        self.door = self._relay or self._machine
        self._edge = Edge(lambda visit: None)
        self._relay_edge = Edge(lambda visit: None)
        self._loopback = LoopbackOf(app)
        self.node = Node(self._edge, self._publish, self._upstream)
        self._mounts: dict[int, dict[str, str]] = {}
        self._served: int | None = None

    def _publish(self, name: str) -> None:
        self._world.network.name(name, self._machine)

    def _upstream(self, host: str, port: int) -> Connect:
        return self._loopback.to(port)

    @property
    def url(self) -> str | None:
        """The relay's address, or the machine's name and the port at which something is served there."""
        if self._relay is not None:
            return f"https://{RELAY}"
        served = next(iter(self.node.mounts), None)
        if served is not None:
            self._served = served
        if self._served is None:
            return None
        return f"https://{self.node.name}" + ("" if self._served == HTTPS else f":{self._served}")

    @property
    def reach(self) -> Reach:
        """By its program; the address is known where there is a relay, or where the operator serves it himself."""
        return Reach(tunnel=self._kind, url=self.url if self._relay or self.node.mounts else None)

    def secrets(self) -> Mapping[str, str]:
        """None."""
        return {}

    async def open(self) -> None:
        """The daemon runs; the program is there; so is the relay."""
        for port in FUNNEL_PORTS:
            await self._machine.call(self._edge.listen(port))
        self._publish(self.node.name)
        self._install()
        if self._relay is not None:
            self._world.network.name(RELAY, self._relay)
            await self._relay.call(self._relay_edge.listen(HTTPS))
            self.node.members[self._relay.address] = None
            self._open_relay()

    def _open_relay(self) -> None:
        recipe = Recipe(rules=(*TELLS, forwarding.renamed(self.node.name)))
        self._relay_edge.open_way(RELAY, HTTPS, Proxy(recipe, self._to_the_machine))

    async def _to_the_machine(self) -> Pair:
        """To the port at which the machine serves the tailnet."""
        return await remote(self.node.name, next(iter(self.node.mounts), HTTPS))()

    def _install(self) -> None:
        self._world.programs.add("tailscale", program(self.node), host=self._app)

    def stand(self, port: int) -> None:
        """The operator has it served already."""
        self.node.mount(HTTPS, "/", f"http://127.0.0.1:{port}", funnel=self._relay is None)

    def close(self) -> None:
        """Be gone."""
        self._edge.close()
        self._relay_edge.close()

    def restarts(self) -> None:
        """The daemon starts again and serves what it served."""
        self._serve_again(self._mounts or self._taken_down())
        self.node.running, self._mounts = True, {}

    def _taken_down(self) -> dict[int, dict[str, str]]:
        mounts = {port: dict(points) for port, points in self.node.mounts.items()}
        self.node.reset()
        return mounts

    def _serve_again(self, mounts: Mapping[int, Mapping[str, str]]) -> None:
        for port, points in mounts.items():
            for point, target in points.items():
                self.node.mount(port, point, target, funnel=self._relay is None)

    def changes_url(self, name: str | None) -> None:
        """The machine gets another name in the tailnet."""
        self.node.rename(name or (OTHER_NAME if self.node.name == NAME else NAME))
        if self._relay is not None:
            self._open_relay()

    def shows_interstitial(self) -> None:
        """It has none."""
        raise Impossible("Tailscale has no page of warning; `ngrok-free` has")

    def dies(self) -> None:
        """The daemon is gone until it restarts."""
        self._mounts = self._mounts or self._taken_down()
        self.node.running = False

    def fails(self, trouble: str) -> None:
        """From the program's next start on."""
        self._install()
        node = self.node
        node.running = node.logged_in = node.funnel_allowed = True
        node.delay = USUAL_DELAY
        match trouble:
            case "none":
                return
            case "missing":
                self._world.programs.remove("tailscale", host=self._app)
            case "logged out":
                node.logged_in = False
            case "not enabled":
                node.funnel_allowed = False
            case "not running":
                node.running = False
            case "slow":
                node.delay = SLOW
            case _:
                raise Impossible(f"Tailscale's program knows no trouble `{trouble}`")


FIDELITY = (
    ("tailscale-serve: carriers come in by a public proxy in the tailnet, which has a tag", "a deployment that works",
     "assumed"),
    ("a daemon that starts again serves what was served in the background", "tailscale docs, Serve, --bg",
     "documented"),
)  # fmt: skip
