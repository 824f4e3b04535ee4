"""Ways to stand on the internet: what carriers are given, what proxies make of it, and the settings that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PATH: Final = "/voice/webhook"
PROXY: Final = "10.0.0.8"
CARRIER: Final = "54.172.60.1"
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """`given` is the URL that carriers were given; `host`, `path`, `headers` and `remote` are what arrives of a request
    to it, `settings` the configuration that describes this truly. `tunnel` is what a tunnel reported.
    """

    given: str
    host: str
    path: str = PATH
    headers: Mapping[str, str] = field(default_factory=dict)
    remote: str = PROXY
    settings: Mapping[str, Any] = field(default_factory=dict)
    tunnel: str | None = None


def trusting(*hosts: str, proxies: tuple[str, ...] = ()) -> dict[str, Any]:
    """Forwarding headers are believed: for these hosts, or for any, and from these proxies if any are given."""
    listed = {"allowedHosts": list(hosts)} if hosts else {"trustForwardingHeaders": True}
    return {"webhookSecurity": {**listed, "trustedProxyIPs": list(proxies)}}


VOICE: Final = f"https://voice.example.com{PATH}"
NGROK: Final = f"https://abc.ngrok-free.app{PATH}"
TAILSCALE: Final = "https://agent.tail1234.ts.net:8443/out"
TOLD: Final = {"x-forwarded-host": "voice.example.com", "x-forwarded-proto": "https", "x-forwarded-for": CARRIER}

PINNED: Final[Mapping[str, Deployment]] = {
    "a proxy that ends TLS": Deployment(
        given=VOICE, host="voice.example.com", headers=TOLD, settings={"publicUrl": VOICE}
    ),
    "a proxy with its own host": Deployment(given=VOICE, host="inner:3334", settings={"publicUrl": VOICE}),
    "a proxy that rewrites the path": Deployment(
        given="https://voice.example.com/proxy/hook",
        host="inner:3334",
        settings={"publicUrl": "https://voice.example.com/proxy/hook"},
    ),
    "a port outside": Deployment(
        given=f"https://voice.example.com:8443{PATH}",
        host="voice.example.com:8443",
        settings={"publicUrl": f"https://voice.example.com:8443{PATH}"},
    ),
    "a port that the proxy drops": Deployment(
        given=f"https://voice.example.com:8443{PATH}",
        host="voice.example.com",
        settings={"publicUrl": f"https://voice.example.com:8443{PATH}"},
    ),
    "a port that the proxy adds": Deployment(given=VOICE, host="voice.example.com:3334", settings={"publicUrl": VOICE}),
    "no TLS": Deployment(
        given=f"http://voice.example.com:8080{PATH}",
        host="voice.example.com:8080",
        settings={"publicUrl": f"http://voice.example.com:8080{PATH}"},
    ),
    "an address of IPv6": Deployment(
        given=f"https://[2001:db8::1]:8443{PATH}",
        host="[2001:db8::1]:8443",
        remote="2001:db8::8",
        settings={"publicUrl": f"https://[2001:db8::1]:8443{PATH}"},
    ),
    "ngrok by hand": Deployment(
        given=NGROK, host="abc.ngrok-free.app", headers=TOLD, remote=LOOPBACK, settings={"publicUrl": NGROK}
    ),
    "ngrok": Deployment(given=NGROK, host="abc.ngrok-free.app", headers=TOLD, remote=LOOPBACK, tunnel=NGROK),
    "ngrok with another host header": Deployment(given=NGROK, host="localhost:3334", remote=LOOPBACK, tunnel=NGROK),
    "Tailscale": Deployment(
        given=TAILSCALE,
        host="agent.tail1234.ts.net:8443",
        headers={"x-forwarded-host": "agent.tail1234.ts.net:8443", "tailscale-user-login": "anna@example.com"},
        remote=LOOPBACK,
        tunnel=TAILSCALE,
    ),
}
"""The public URL is known: nothing that a request says of itself matters."""

REBUILT: Final[Mapping[str, Deployment]] = {
    "no proxy": Deployment(
        given=f"http://203.0.113.9:3334{PATH}",
        host="203.0.113.9:3334",
        remote=CARRIER,
        settings={"bind": "203.0.113.9"},
    ),
    "no proxy, IPv6": Deployment(
        given=f"http://[2001:db8::9]:3334{PATH}",
        host="[2001:db8::9]:3334",
        remote="2a00::1",
        settings={"bind": "2001:db8::9"},
    ),
    "the host is kept": Deployment(given=VOICE, host="voice.example.com"),
    "the host is kept, and listed": Deployment(
        given=VOICE, host="voice.example.com", settings=trusting("voice.example.com")
    ),
    "X-Forwarded, any host": Deployment(
        given=VOICE, host="inner:3334", headers=TOLD, settings=trusting(proxies=("10.0.0.0/8",))
    ),
    "X-Forwarded, a listed host": Deployment(
        given=VOICE, host="inner:3334", headers=TOLD, settings=trusting("voice.example.com")
    ),
    "X-Forwarded, a port": Deployment(
        given=f"https://voice.example.com:8443{PATH}",
        host="inner:3334",
        headers={**TOLD, "x-forwarded-host": "voice.example.com:8443"},
        settings=trusting("voice.example.com", proxies=(PROXY,)),
    ),
    "X-Forwarded-Port": Deployment(
        given=f"https://voice.example.com:8443{PATH}",
        host="inner:3334",
        headers={**TOLD, "x-forwarded-port": "8443"},
        settings=trusting(proxies=(PROXY,)),
    ),
    "X-Forwarded-Prefix": Deployment(
        given=f"https://voice.example.com/agent{PATH}",
        host="inner:3334",
        headers={**TOLD, "x-forwarded-prefix": "/agent"},
        settings=trusting(proxies=(PROXY,)),
    ),
    "http outside": Deployment(
        given=f"http://voice.example.com{PATH}",
        host="inner:3334",
        headers={**TOLD, "x-forwarded-proto": "http"},
        settings=trusting(proxies=(PROXY,)),
    ),
    "two proxies": Deployment(
        given=VOICE,
        host="inner:3334",
        headers={"x-forwarded-host": "voice.example.com, middle", "x-forwarded-proto": "https, http"},
        settings=trusting(proxies=(PROXY,)),
    ),
    "Forwarded": Deployment(
        given=VOICE,
        host="inner:3334",
        headers={"forwarded": f'for={CARRIER};host="voice.example.com";proto=https'},
        settings=trusting(proxies=(PROXY,)),
    ),
    "X-Original-Host": Deployment(
        given=VOICE, host="inner:3334", headers={"x-original-host": "voice.example.com"}, settings=trusting()
    ),
    "ngrok's own header": Deployment(
        given=NGROK,
        host="localhost:3334",
        remote=LOOPBACK,
        headers={"ngrok-forwarded-host": "abc.ngrok-free.app"},
        settings=trusting("abc.ngrok-free.app", proxies=("127.0.0.0/8",)),
    ),
    "an address of IPv6, forwarded": Deployment(
        given=f"https://[2001:db8::1]{PATH}",
        host="inner:3334",
        headers={"forwarded": 'host="[2001:db8::1]";proto=https'},
        settings=trusting("2001:db8::1"),
    ),
}
"""No public URL is configured: it is put together from what the request says, as far as that is to be believed."""

ALL: Final = {**PINNED, **REBUILT}
