"""How a configuration makes the service reachable: which tunnel, and which paths go through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from voicecall_sdk.config.model import Settings

if TYPE_CHECKING:
    from voicecall_sdk.tunnels.tunnel import Exposure, Tunnel


def wants_tunnel(settings: Settings) -> bool:
    """Whether the service is to open a tunnel."""
    return settings.tunnel.provider != "none" or settings.tailscale.mode != "off"


def tunnel_of(settings: Settings, stream_path: str, env: Mapping[str, str]) -> Tunnel | None:
    """The tunnel that is configured, not opened yet. `tunnel` is the newer way, and wins over `tailscale`."""
    from voicecall_sdk.tunnels.ngrok import Ngrok
    from voicecall_sdk.tunnels.tailscale import Tailscale

    exposure, port = exposure_of(settings, stream_path), settings.tailscale.port
    match settings.tunnel.provider, settings.tailscale.mode:
        case "ngrok", _:
            token = settings.tunnel.ngrok_auth_token
            secret = token.get_secret_value() if token is not None else None
            return Ngrok(exposure, env, token=secret, domain=settings.tunnel.ngrok_domain)
        case ("tailscale-serve", _) | ("none", "serve"):
            return Tailscale(exposure, env, mode="serve", port=port)
        case ("tailscale-funnel", _) | ("none", "funnel"):
            return Tailscale(exposure, env, mode="funnel", port=port)
        case _:
            return None


def exposure_of(settings: Settings, stream_path: str) -> Exposure:
    """What the tunnel has to lead to. `tailscale.path` is the public path of the older way only."""
    from voicecall_sdk.tunnels.tunnel import Exposure, Mount

    local = settings.serve.path
    public = settings.tailscale.path if settings.tunnel.provider == "none" else local
    streams = settings.streaming.enabled or settings.realtime.enabled
    beside = path_beside(public, local, stream_path)
    return Exposure(
        bind=settings.serve.bind,
        port=settings.serve.port,
        webhook=Mount(public, local),
        stream=Mount(beside, "/" + stream_path.strip("/")) if streams else None,
    )


def url_beside(webhook_url: str, webhook_path: str, stream_path: str) -> str:
    """The URL of media streams where `webhook_url` is that of the webhook: behind the same proxy, with its prefix."""
    parts = urlsplit(webhook_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, path_beside(parts.path, webhook_path, stream_path), "", ""))


def path_beside(public: str, webhook_path: str, stream_path: str) -> str:
    """The public path of media streams, from the webhook's: what a proxy put before the one stands before the other."""
    prefix = public.rstrip("/").removesuffix(webhook_path.rstrip("/"))
    if prefix == public.rstrip("/"):
        prefix = ""  # the proxy gives the webhook another path altogether
    return f"{prefix}/{stream_path.strip('/')}"
