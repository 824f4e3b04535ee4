"""What forwarding headers proxies set, and what becomes of those that a visitor brings: a rule for each habit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from voicecall_sim.tunnels.edge import Visit, plain_name
from voicecall_sim.tunnels.heads import Head

Rule: TypeAlias = Callable[[Head, Visit], Head]
"""One change that a proxy makes to a request."""

FOR: Final = "X-Forwarded-For"
PROTO: Final = "X-Forwarded-Proto"
HOST: Final = "X-Forwarded-Host"
PORT: Final = "X-Forwarded-Port"


def client_appended(head: Head, visit: Visit) -> Head:
    """The visitor's address, behind what the visitor says of himself."""
    return head.appended(FOR, visit.client)


def client_told(head: Head, visit: Visit) -> Head:
    """The visitor's address alone."""
    return head.with_field(FOR, visit.client)


def real_ip(head: Head, visit: Visit) -> Head:
    """The visitor's address, in nginx's other usual field."""
    return head.with_field("X-Real-IP", visit.client)


def scheme_appended(head: Head, visit: Visit) -> Head:
    """The outer scheme, behind what the visitor says of it."""
    return head.appended(PROTO, "https")


def scheme_told(head: Head, visit: Visit) -> Head:
    """The outer scheme alone."""
    return head.with_field(PROTO, "https")


def host_if_missing(head: Head, visit: Visit) -> Head:
    """The outer host, unless the visitor says another."""
    return head if head.get(HOST) is not None else head.with_field(HOST, head.get("Host") or visit.name)


def host_told(head: Head, visit: Visit) -> Head:
    """The outer host alone."""
    return head.with_field(HOST, head.get("Host") or visit.name)


def port_told(head: Head, visit: Visit) -> Head:
    """The outer port alone."""
    return head.with_field(PORT, str(visit.port))


def bare_host(head: Head, visit: Visit) -> Head:
    """The host that was asked for, without a port."""
    return head.with_field("Host", plain_name(head.get("Host") or visit.name))


def host_with_port(head: Head, visit: Visit) -> Head:
    """The host that was asked for, with the port even where it goes without saying."""
    return head.with_field("Host", f"{visit.name}:{visit.port}")


def renamed(authority: str) -> Rule:
    """The host behind, in the place of the one that was asked for."""

    def rename(head: Head, visit: Visit) -> Head:
        return head.with_field("Host", authority)

    return rename


def unprefixed(prefix: str) -> Rule:
    """What was asked for, without the part of its path that is the proxy's."""

    def strip(head: Head, visit: Visit) -> Head:
        rest = head.target.removeprefix(prefix)
        return head if rest == head.target else head.aimed_at(rest if rest.startswith("/") else f"/{rest}")

    return strip


def dropped(*names: str) -> Rule:
    """Fields that do not get through."""

    def drop(head: Head, visit: Visit) -> Head:
        return head.without(*names)

    return drop


def applied(rules: Sequence[Rule], head: Head, visit: Visit) -> Head:
    """All of them, in their order."""
    for rule in rules:
        head = rule(head, visit)
    return head


FORWARDED: Final = ("Forwarded", "X-Forwarded", FOR, HOST, PROTO)
"""What Go's `httputil.ReverseProxy` with a Rewrite function takes out of every request before that function sees it."""
