"""Faults of links: what lies between the application and its carrier is cut, and healed again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from voicecall_sim.world.host import Host
from voicecall_sim.world.network import Network


class Ends(StrEnum):
    """What is cut: the way of the carrier's webhooks, the way to its REST interface, or both."""

    WEBHOOKS = "webhooks"
    REST = "rest"
    EVERYTHING = "everything"


PARTS: Final[Mapping[Ends, tuple[Ends, ...]]] = {
    Ends.WEBHOOKS: (Ends.WEBHOOKS,),
    Ends.REST: (Ends.REST,),
    Ends.EVERYTHING: (Ends.WEBHOOKS, Ends.REST),
}


class Links:
    """The links between an application and its carrier, whose webhooks and whose REST interface have a host each.

    `door` is the host that webhooks reach first, where that is not the application's own.

    While a link is cut nothing passes; what was on its way arrives after the healing, as TCP has it.
    """

    def __init__(self, network: Network, app: Host, *, webhooks: Host, rest: Host, door: Host | None = None) -> None:
        self._links = {
            Ends.WEBHOOKS: network.link_between(door or app, webhooks),
            Ends.REST: network.link_between(app, rest),
        }

    def cut(self, ends: Ends) -> None:
        """Nothing passes from now on. Harmless where it is cut already."""
        for part in PARTS[ends]:
            self._links[part].part()

    def heal(self, ends: Ends = Ends.EVERYTHING) -> None:
        """It passes again. Harmless where nothing is cut."""
        for part in PARTS[ends]:
            if self._links[part].parted:
                self._links[part].heal()
