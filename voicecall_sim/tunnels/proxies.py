"""Proxies that an operator runs himself: tables of what they change in a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voicecall_sim.tunnels import forwarding
from voicecall_sim.tunnels.edge import Connect, Onward, Visit
from voicecall_sim.tunnels.forwarding import Rule
from voicecall_sim.tunnels.heads import Answer, Head

BAD_GATEWAY: Final = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
NOT_FOUND: Final = BAD_GATEWAY.replace("502 Bad Gateway", "404 Not Found")
HTML: Final = (("Server", "nginx"), ("Content-Type", "text/html"))

TELLS: Final[Sequence[Rule]] = (
    forwarding.host_told,
    forwarding.client_appended,
    forwarding.scheme_told,
    forwarding.real_ip,
)
"""The usual four lines of `proxy_set_header`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A sort of proxy: where its paths begin, and what it changes."""

    prefix: str = ""
    rules: Sequence[Rule]


RECIPES: Final[Mapping[str, Recipe]] = {
    "tls-proxy": Recipe(rules=(*TELLS, forwarding.bare_host)),
    "path-rewriting": Recipe(
        prefix="/proxy",
        rules=(*TELLS, forwarding.renamed("application:3334"), forwarding.unprefixed("/proxy")),
    ),
    "port-adding": Recipe(rules=(*TELLS, forwarding.port_told, forwarding.host_with_port)),
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A way through a proxy of a recipe, to whoever `connect` connects to."""

    recipe: Recipe
    connect: Connect

    def enter(self, request: Head, visit: Visit) -> Onward | Answer:
        """Rewritten; 404 for a path that is not the proxy's to pass on."""
        if not request.target.startswith(f"{self.recipe.prefix}/"):
            return Answer(404, NOT_FOUND, HTML)
        return Onward(forwarding.applied(self.recipe.rules, request, visit), self.connect)

    def back(self, response: Head) -> Head:
        """As it is."""
        return response

    def down(self, visit: Visit, error: OSError) -> Answer:
        """502."""
        return Answer(502, BAD_GATEWAY, HTML)


FIDELITY: Final = (
    ("X-Forwarded-For is appended to, X-Forwarded-Proto and -Host and X-Real-IP are set",
     "nginx docs, ngx_http_proxy_module, $proxy_add_x_forwarded_for; the usual configuration", "documented"),
    ("tls-proxy passes the host without its port", "nginx docs, ngx_http_core_module, $host", "documented"),
    ("path-rewriting: a location with proxy_pass and a URI replaces the prefix; Host is then the one behind",
     "nginx docs, ngx_http_proxy_module, proxy_pass, proxy_set_header ($proxy_host)", "documented"),
    ("port-adding: Host carries the outer port even if it is the scheme's own", "openclaw#6334", "reported"),
    ("502 with an HTML page when nobody listens behind", "nginx docs, proxy_next_upstream", "documented"),
)  # fmt: skip
