"""The tunnels that a scenario can have, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voicecall_sim.tunnels.of_ngrok import PLANS, NgrokTunnel
from voicecall_sim.tunnels.of_proxies import ProxyTunnel
from voicecall_sim.tunnels.of_tailscale import TailscaleTunnel
from voicecall_sim.tunnels.proxies import RECIPES
from voicecall_sim.tunnels.tunnel import Tunnel
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World

NONE: Final = "none"

KINDS: Final[Mapping[str, Callable[[str, World, Host], Tunnel]]] = {
    **dict.fromkeys(PLANS, NgrokTunnel),
    **dict.fromkeys(("tailscale-serve", "tailscale-funnel"), TailscaleTunnel),
    **dict.fromkeys(RECIPES, ProxyTunnel),
}
"""What makes a tunnel of each kind, in a world, in front of an application's host."""


def tunnel(kind: str, world: World, app: Host) -> Tunnel | None:
    """The tunnel of that kind, not open yet; None for `none`."""
    return None if kind == NONE else KINDS[kind](kind, world, app)
