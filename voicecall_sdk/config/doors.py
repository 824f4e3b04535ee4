"""The doors of a service in sentences: where it listens, where it is reached, what is believed, what is unsafe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from voicecall_sdk.config.config import Config
from voicecall_sdk.config.exposure import url_beside, wants_tunnel
from voicecall_sdk.config.model import Settings
from voicecall_sdk.config.reachability import is_loopback_host
from voicecall_sdk.config.validate import Judged

UNKNOWN: Final = "https://ADDRESS-OF-THE-TUNNEL"
"""Stands for what a tunnel will tell when it is open."""


def webhook_of(config: Config) -> str:
    """The URL that carriers are given, as far as it is known before the service runs."""
    settings = config.settings
    if config.public_url is not None or not wants_tunnel(settings):
        return config.webhook_url
    if settings.tunnel.provider == "ngrok":
        domain = settings.tunnel.ngrok_domain
        return (f"https://{domain}" if domain else UNKNOWN) + settings.serve.path
    port = "" if settings.tailscale.port == 443 else f":{settings.tailscale.port}"
    path = settings.tailscale.path if settings.tunnel.provider == "none" else settings.serve.path
    return f"https://THIS-MACHINE.YOUR-TAILNET.ts.net{port}{path}"


def doors(config: Config, judged: Judged) -> Sequence[tuple[str, str]]:
    """What is open, by name."""
    settings, webhook = judged.settings, webhook_of(config)
    found = [
        ("listens", f"http://{settings.serve.bind}:{settings.serve.port}{settings.serve.path}, {_who(settings)}"),
        ("public URL", f"{webhook} ({_origin(config)})"),
        ("signatures", _signatures(judged)),
        ("forwarding headers", _forwarding(config)),
    ]
    if settings.streaming.enabled or settings.realtime.enabled:
        stream = url_beside(webhook, settings.serve.path, config.stream_path)
        found.insert(2, ("media streams", f"{stream}, each by a token that is good once"))
    return found


def console(config: Config) -> Sequence[str]:
    """What is to be entered in the carrier's console. Nothing as long as there is no address that it could reach."""
    if any(problem.path == "publicUrl" for problem in config.problems):
        return ()
    webhook = webhook_of(config)
    return [line.format(webhook=webhook) for line in config.carrier_settings.console]


def unsafe(judged: Judged) -> Sequence[str]:
    """What the configuration allows and nobody should leave so."""
    return [sentence for rule in UNSAFE for sentence in rule(judged)]


def _who(settings: Settings) -> str:
    loopback = is_loopback_host(settings.serve.bind)
    return "for programs on this machine" if loopback else "for everybody who can reach that address"


def _origin(config: Config) -> str:
    settings = config.settings
    tunnel = settings.tunnel.provider if settings.tunnel.provider != "none" else f"tailscale {settings.tailscale.mode}"
    if config.public_url is not None:
        return "publicUrl" + (f"; {tunnel} is opened beside it, and must lead there" if wants_tunnel(settings) else "")
    if not wants_tunnel(settings):
        return "our own address: no proxy, no tunnel"
    return f"{tunnel} is opened at the start and closed at the end"


def _signatures(judged: Judged) -> str:
    if judged.settings.skip_signature_verification or not judged.carrier.remote:
        return "not verified"
    bypass = ", but a wrong one does if it comes through ngrok's free tier" if judged.bypassed else ""
    return f"every webhook must be signed by {judged.name}{bypass}; what comes twice is answered as before"


def _forwarding(config: Config) -> str:
    settings, security = config.settings, config.settings.webhook_security
    if config.public_url is not None or wants_tunnel(settings):
        return f"not needed: the public URL is known{_counted(config)}"
    if not (security.allowed_hosts or security.trust_forwarding_headers):
        return "not believed; the Host header is (webhookSecurity.allowedHosts narrows it)"
    hosts = f"for {', '.join(security.allowed_hosts)}" if security.allowed_hosts else "for any host"
    return f"believed {hosts}, from {', '.join(security.trusted_proxy_ips) or 'anybody'}"


def _counted(config: Config) -> str:
    """Whose places slow strangers take: their own, or those of the proxy, which are the carrier's, too."""
    settings, security = config.settings, config.settings.webhook_security
    if wants_tunnel(settings):
        return "; senders are counted apart by what our tunnel says of them"
    if not security.trust_forwarding_headers:
        return (
            "; all senders behind a proxy are counted as one (trustForwardingHeaders, with trustedProxyIPs, parts them)"
        )
    return f"; senders behind {', '.join(security.trusted_proxy_ips) or 'a proxy'} are counted apart"


# --- what is unsafe ---------------------------------------------------------------------------------------------


def _unverified(judged: Judged) -> Iterator[str]:
    if judged.settings.skip_signature_verification:
        yield "skipSignatureVerification: whoever reaches the webhook can make, answer and end calls. Development only."


def _bypassed(judged: Judged) -> Iterator[str]:
    if judged.bypassed:
        yield (
            "tunnel.allowNgrokFreeTierLoopbackBypass: the agent connects from this machine, so that a wrong signature "
            "is accepted from all the internet. Set publicUrl to the tunnel's address instead."
        )


def _gullible(judged: Judged) -> Iterator[str]:
    security = judged.settings.webhook_security
    if judged.exposed is None and security.trust_forwarding_headers and not security.trusted_proxy_ips:
        yield "webhookSecurity.trustForwardingHeaders without trustedProxyIPs: anybody may say under which URL he came."


def _in_the_clear(judged: Judged) -> Iterator[str]:
    url = judged.settings.public_url
    if url is not None and urlsplit(url).scheme == "http" and judged.carrier.remote and not judged.emulated:
        yield "publicUrl is http: what callers say, and the tokens of streams, pass in the clear."


def _no_tls(judged: Judged) -> Iterator[str]:
    if judged.exposed is None and judged.carrier.remote and not is_loopback_host(judged.settings.serve.bind):
        yield "serve.bind is reached without TLS: put a proxy that ends TLS before it, and set publicUrl."


UNSAFE: Final[tuple[Callable[[Judged], Iterator[str]], ...]] = (
    _unverified,
    _bypassed,
    _gullible,
    _in_the_clear,
    _no_tls,
)
