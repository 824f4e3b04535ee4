"""A world: time, chance, network, hosts, journal, and the loop that runs them."""

from __future__ import annotations


class World:
    """Placeholder of the kernel's front; see the package's other modules."""
