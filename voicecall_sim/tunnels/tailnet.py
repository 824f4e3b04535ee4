"""A machine in a tailnet: what its Tailscale daemon serves to the tailnet, or by Funnel to everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from voicecall_sim.tunnels import forwarding
from voicecall_sim.tunnels.edge import Connect, Edge, Onward, Visit
from voicecall_sim.tunnels.forwarding import Rule
from voicecall_sim.tunnels.heads import Answer, Head

HTTPS: Final = 443
FUNNEL_PORTS: Final = (443, 8443, 10000)
NAME: Final = "voice-agent.tail1234.ts.net"
NODE_ID: Final = "nVoiceAgent11CNTRL"
ADDRESS: Final = "100.101.102.103"

IDENTITY: Final = ("Tailscale-User-Login", "Tailscale-User-Name", "Tailscale-User-Profile-Pic")
OURS: Final = (*IDENTITY, "Tailscale-Funnel-Request", "Tailscale-Headers-Info", "Tailscale-App-Capabilities")
"""What a visitor cannot bring: Tailscale's own fields."""

TELLS: Final[Sequence[Rule]] = (
    forwarding.dropped(*forwarding.FORWARDED, *OURS),
    forwarding.host_told,
    forwarding.scheme_told,
    forwarding.client_told,
)


@dataclass(frozen=True, slots=True)
class Serving:
    """The way in at one port of the machine's name."""

    node: Node
    port: int

    def enter(self, request: Head, visit: Visit) -> Onward | Answer | None:
        """To what is mounted at the longest part of the path; without Funnel only for members of the tailnet."""
        public = self.port in self.node.funnels
        if not public and visit.client not in self.node.members:
            return None
        path, question, query = request.target.partition("?")
        mounts = self.node.mounts.get(self.port, {})
        found = mounted(path, mounts)
        if found is None:
            return Answer(404, "404 page not found\n", (("Content-Type", "text/plain; charset=utf-8"),))
        told = forwarding.applied(TELLS, request.aimed_at(behind(path, found, mounts[found]) + question + query), visit)
        return Onward(self._introduced(told, visit, public), self.node.connect_to(mounts[found]))

    def _introduced(self, head: Head, visit: Visit, public: bool) -> Head:
        if public:
            return head.with_field("Tailscale-Funnel-Request", "?1")
        login = self.node.members[visit.client]
        # nodes with a tag are nobody's, and introduced as nobody
        return head if login is None else head.with_field("Tailscale-User-Login", login)

    def back(self, response: Head) -> Head:
        """As it is."""
        return response

    def down(self, visit: Visit, error: OSError) -> Answer:
        """502 without a word, as Go's reverse proxy has it."""
        return Answer(502)


def mounted(path: str, mounts: Mapping[str, str]) -> str | None:
    """The mount point that a path falls under: itself or the nearest of its parents, with or without a slash."""
    at = path.rstrip("/") or "/"
    while True:
        for point in (f"{at.rstrip('/')}/", at):
            if point in mounts:
                return point
        if at == "/":
            return None
        at = at.rpartition("/")[0] or "/"


def behind(path: str, point: str, target: str) -> str:
    """The path at the target: without the mount point, joined to the target's own path."""
    own = urlsplit(target).path
    rest = path if path == "/" else path.removeprefix(point.rstrip("/"))
    if not rest and own:
        return own
    return f"{own.rstrip('/')}/{rest.lstrip('/')}"


class Node:
    """The machine and its daemon. `publish` makes its name lead here, `upstream` connects to a host and port from it.

    `logged_in`, `running` and `funnel_allowed` are how things stand; `members` the addresses in the tailnet, with the
    login of whoever owns the machine there, None where it has a tag instead.
    """

    def __init__(
        self, edge: Edge, publish: Callable[[str], object], upstream: Callable[[str, int], Connect], name: str = NAME
    ) -> None:
        self.name = name
        self.logged_in = self.running = self.funnel_allowed = True
        self.delay = 0.2
        self.members: dict[str, str | None] = {}
        self.mounts: dict[int, dict[str, str]] = {}
        self.funnels: dict[int, None] = {}
        self._edge = edge
        self._publish = publish
        self._upstream = upstream

    def connect_to(self, target: str) -> Connect:
        """Connects to the host and port of a target."""
        parts = urlsplit(target)
        return self._upstream(parts.hostname or "", parts.port or 80)

    def mount(self, port: int, point: str, target: str, *, funnel: bool) -> None:
        """Serve a target below a path; Funnel is on or off for the whole port."""
        self._publish(self.name)
        self.mounts.setdefault(port, {})[point] = target
        if funnel:
            self.funnels[port] = None
        else:
            self.funnels.pop(port, None)
        if (self.name, port) not in self._edge.ways:
            self._edge.open_way(self.name, port, Serving(self, port))

    def unmount(self, port: int, point: str | None) -> bool:
        """Take one mount away, or all of a port; whether there was one. The last one takes Funnel with it."""
        mounts = self.mounts.get(port, {})
        gone = list(mounts) if point is None else [each for each in mounts if each == point]
        for each in gone:
            del mounts[each]
        if not mounts:
            self.mounts.pop(port, None)
            self.funnels.pop(port, None)
            self._edge.close_way(self.name, port)
        return bool(gone)

    def reset(self) -> None:
        """Serve nothing any more."""
        for port in tuple(self.mounts):
            self.unmount(port, None)

    def rename(self, name: str) -> None:
        """The machine gets another name; what it serves, it serves there."""
        kept = [(port, point, target) for port, mounts in self.mounts.items() for point, target in mounts.items()]
        funnels = dict(self.funnels)
        self.reset()
        self.name = name
        for port, point, target in kept:
            self.mount(port, point, target, funnel=port in funnels)

    # -- what the program prints

    def status(self) -> Mapping[str, Any]:
        """`tailscale status --json --peers=false`, the fields that everybody reads."""
        there = self.logged_in
        machine = {
            "ID": NODE_ID if there else "",
            "HostName": self.name.partition(".")[0],
            "DNSName": f"{self.name}." if there else "",
            "OS": "linux",
            "TailscaleIPs": [ADDRESS] if there else None,
            "Online": there,
            "CapMap": {"funnel": None} if there and self.funnel_allowed else {},
        }
        return {
            "Version": "1.98.8",
            "TUN": True,
            "BackendState": "Running" if there else "NeedsLogin",
            "AuthURL": "",
            "TailscaleIPs": machine["TailscaleIPs"],
            "Self": machine,
            "Health": [] if there else ["You are logged out."],
            "MagicDNSSuffix": self.name.partition(".")[2] if there else "",
            "CertDomains": [self.name] if there else None,
            "Peer": None,
            "User": None,
        }

    def serve_config(self) -> Mapping[str, Any]:
        """`tailscale serve status --json`."""
        if not self.mounts:
            return {}
        web = {
            f"{self.name}:{port}": {"Handlers": {point: {"Proxy": target} for point, target in mounts.items()}}
            for port, mounts in self.mounts.items()
        }
        config: dict[str, Any] = {"TCP": {str(port): {"HTTPS": True} for port in self.mounts}, "Web": web}
        if self.funnels:
            config["AllowFunnel"] = {f"{self.name}:{port}": True for port in self.funnels}
        return config


FIDELITY: Final = (
    ("forwarding fields and Tailscale's own do not get through; X-Forwarded-Host, -Proto, -For are set; Host stays",
     "tailscale/tailscale ipn/ipnlocal/serve.go, addProxyForwardedHeaders; Go, net/http/httputil, ReverseProxy",
     "documented"),
    ("Tailscale-Funnel-Request: ?1 on what came by Funnel; the login of whoever is in the tailnet, none for tags",
     "tailscale/tailscale ipn/ipnlocal/serve.go, addTailscaleIdentityHeaders", "documented"),
    ("the mount point is taken off the path and the target's path put before; 404 where nothing is mounted",
     "tailscale/tailscale ipn/ipnlocal/serve.go, getServeHandler, serveWebHandler", "documented"),
    ("502 without a body when nobody listens behind", "Go, net/http/httputil, ReverseProxy", "documented"),
    ("connections come from the machine's loopback", "tailscale docs, Serve", "documented"),
    ("who is not in the tailnet has his connection to a name without Funnel broken off", "no source", "assumed"),
    ("status --json: BackendState, Self.DNSName with its dot, empty where nobody is logged in",
     "output quoted in public repositories, 1.98.8", "captured"),
)  # fmt: skip
