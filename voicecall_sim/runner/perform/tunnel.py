"""What happens to the tunnel between the carrier and the application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import Step, TunnelStep
from voicecall_sim.tunnels.tunnel import Impossible, Tunnel

CHANGES: Final[Mapping[str, Callable[[Tunnel, Any], None]]] = {
    "restarts": lambda tunnel, _: tunnel.restarts(),
    "changes url": lambda tunnel, name: tunnel.changes_url(name),
    "shows interstitial": lambda tunnel, _: tunnel.shows_interstitial(),
    "dies": lambda tunnel, _: tunnel.dies(),
    "fails": lambda tunnel, trouble: tunnel.fails(trouble),
}


async def change(performance: Performance, step: Step, verb: TunnelStep) -> None:
    """At once; the journal tells, with the address that it has then."""
    tunnel = performance.stage.tunnel
    if tunnel is None:
        raise performance.fail(step, "there is no tunnel in this world", cause="Write `tunnel: ngrok-free` on top.")
    try:
        CHANGES[verb.what](tunnel, verb.value)
    except Impossible as impossible:
        raise performance.fail(step, str(impossible)) from None
    performance.world.journal.write("tunnel", "tunnel", {"event": verb.what, "url": tunnel.url})
