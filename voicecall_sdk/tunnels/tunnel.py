"""What a tunnel is: another program that makes paths of our server reachable at a public address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

Moved = Callable[[str], None]
"""Told the webhook's new public URL whenever the tunnel has another one."""

PASSED_ON: Final = frozenset({"HOME", "PATH", "USER", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"})
PASSED_ON_PREFIXES: Final = ("XDG_", "LC_")
PROXIES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


@dataclass(frozen=True, slots=True)
class Mount:
    """A path as the internet asks for it, and the path at which our server has it."""

    public: str
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What is to be reached: our server's address, the webhook, and where media streams are taken if they are."""

    bind: str
    port: int
    webhook: Mount
    stream: Mount | None = None

    @property
    def mounts(self) -> Sequence[Mount]:
        """Every path, the webhook's first."""
        return (self.webhook,) if self.stream is None else (self.webhook, self.stream)

    @property
    def host(self) -> str:
        """The host by which a program on this machine reaches the server; IPv6 in brackets."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)
        return f"[{host}]" if ":" in host else host


class Tunnel(Protocol):
    """A tunnel that can be opened once."""

    async def open(self, moved: Moved) -> str:
        """Make the server reachable; gives the webhook's public URL. Raises `TunnelFailed`.

        What was begun when it fails is undone by `close`.
        """
        ...

    async def close(self) -> None:
        """Take everything back, whatever was opened. Never raises for what the program does."""
        ...


def environment(env: Mapping[str, str], own: str, **more: str) -> dict[str, str]:
    """What such a program gets to see of our environment: where it finds itself, the variables that begin with its
    `own` prefix, and no secret of anybody else, another tunnel's neither.
    """
    return {name: value for name, value in env.items() if _is_passed_on(name, own)} | more


def _is_passed_on(name: str, own: str) -> bool:
    return name in PASSED_ON or name.startswith((own, *PASSED_ON_PREFIXES)) or name.lower() in PROXIES
