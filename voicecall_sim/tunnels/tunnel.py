"""A tunnel of a world: what stands between the internet and the application's host, and what can happen to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from voicecall_sim.world.host import Host

SLOW: Final = 60.0
"""Seconds that a program takes to start when it is slow."""


class Impossible(Exception):
    """That cannot happen to this tunnel. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How an application is reached, as far as that is known before it starts.

    `url` is the public address before its own paths (`https://voice.example.com/proxy`); None where the application
    finds it out, by opening the tunnel itself. `token` and `domain` are those of its account.
    """

    tunnel: str = "none"
    url: str | None = None
    token: str | None = None
    domain: str | None = None


class Tunnel(Protocol):
    """A tunnel. What makes no sense for it raises `Impossible`."""

    door: Host
    """The host at the public address."""

    @property
    def reach(self) -> Reach:
        """What the application is configured by."""
        ...

    @property
    def url(self) -> str | None:
        """The public address before the application's paths; None while there is none."""
        ...

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen, by name."""
        ...

    async def open(self) -> None:
        """Listen, and install the programs."""
        ...

    def stand(self, port: int) -> None:
        """Lead to a port of the application's host, for an application that opens no tunnel itself."""
        ...

    def close(self) -> None:
        """Be gone with everything that passes."""
        ...

    def restarts(self) -> None:
        """What passes breaks, and it comes up again."""
        ...

    def changes_url(self, name: str | None) -> None:
        """From now on it has another public name: that one, or one that it makes up."""
        ...

    def shows_interstitial(self) -> None:
        """From now on every visitor gets a page of warning, and nobody the application."""
        ...

    def dies(self) -> None:
        """What passes breaks, and nothing comes up by itself."""
        ...

    def fails(self, trouble: str) -> None:
        """From now on its program fails in a way of `TROUBLES`."""
        ...


TROUBLES: Final[Sequence[str]] = ("missing", "logged out", "taken", "not enabled", "not running", "slow", "none")
"""How a tunnel's program can fail: it is not installed, nobody is signed in, another agent has what it wants, it is
switched off, its daemon is not there, it takes a minute. `none` ends all that."""
