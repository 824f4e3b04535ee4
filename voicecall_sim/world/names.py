"""The names and addresses of a world: its DNS, and its public doors."""

from __future__ import annotations

import itertools
import socket
from typing import Any, Final

from voicecall_sim.world.host import LOOPBACK, Host
from voicecall_sim.world.socketlike import Address, no_route, unknown_name

ANY: Final = frozenset({None, "", "0.0.0.0", "::"})
OWN: Final = frozenset({"localhost", "::1"})


class Names:
    """Which name means which address, which address is whose, and which public port leads where.

    Public names that no host answers to get addresses of 198.18.0.0/15, which RFC 2544 sets aside for tests.
    """

    def __init__(self, ground: Host) -> None:
        self._ground = ground
        self._addresses: dict[str, str] = {}
        self._hosts: dict[str, Host] = {ground.address: ground}
        self._doors: dict[Address, tuple[Host, int]] = {}
        self._numbers = itertools.count(1)

    def settle_in(self, host: Host) -> None:
        """Know a host by its address."""
        self._hosts[host.address] = host

    def give(self, name: str, address: str) -> None:
        """Let a name mean an address."""
        self._addresses[_plain(name)] = address

    def address(self, name: str | None) -> str:
        """The address behind a name or literal address; `socket.gaierror` if there is none."""
        plain = _plain(name or LOOPBACK)
        if plain in OWN or plain.startswith("127."):
            return LOOPBACK
        if plain.replace(".", "").isdigit():
            return plain
        try:
            return self._addresses[plain]
        except KeyError:
            raise unknown_name(plain) from None

    def look_up(self, name: str | None, port: Any, flags: int) -> list[Any]:
        """As `socket.getaddrinfo`: one IPv4 stream address."""
        if name is None:
            address = "0.0.0.0" if flags & socket.AI_PASSIVE else LOOPBACK
        else:
            address = name if name in ANY else self.address(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port or 0)))]

    def name_of(self, address: str) -> str:
        """The first name that means this address, or the address."""
        return next((name for name, known in self._addresses.items() if known == address), address)

    def open_door(self, name: str, port: int, host: Host, target_port: int) -> None:
        """Let a public name and port lead to a host's port."""
        plain = _plain(name)
        if plain not in self._addresses:
            number = next(self._numbers)
            self._addresses[plain] = f"198.18.{number // 256}.{number % 256}"
        self._doors[self._addresses[plain], port] = (host, target_port)

    def close_door(self, name: str, port: int) -> None:
        """Take that back; the name stays."""
        self._doors.pop((self._addresses.get(_plain(name), ""), port), None)

    def door(self, to: Address) -> tuple[Host, int] | None:
        """Where a public port leads."""
        return self._doors.get(to)

    def owner(self, to: Address) -> Host:
        """The host that connections to this address and port reach; `OSError` if nobody has the address."""
        door = self._doors.get(to)
        host = self._hosts.get(to[0]) if door is None else door[0]
        if host is None and to[0] not in self._addresses.values():
            raise no_route(to)
        return host or self._ground


def _plain(name: str) -> str:
    return name.lower().rstrip(".")
