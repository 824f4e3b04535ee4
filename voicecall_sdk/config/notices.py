"""What works and deserves a word all the same: for the log at start and for `setup`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from voicecall_sdk.call.rules import InboundPolicy
from voicecall_sdk.config.speech import SPEAKING_VENDORS, VOICELESS_VENDORS
from voicecall_sdk.config.validate import Judged


def notices(judged: Judged) -> list[str]:
    """A sentence for each, beginning with the key it is about."""
    if not judged.settings.enabled:
        return []
    return [notice for rule in RULES for notice in rule(judged)]


def _unverified(judged: Judged) -> Iterator[str]:
    if judged.settings.skip_signature_verification and judged.carrier.remote:
        yield "skipSignatureVerification is on: webhooks are believed without proof. For development only."


def _allow_list(judged: Judged) -> Iterator[str]:
    settings = judged.settings
    listed = settings.inbound_policy in {InboundPolicy.ALLOWLIST, InboundPolicy.PAIRING}
    if listed and not settings.allow_from:
        yield f"allowFrom is empty: with inboundPolicy {settings.inbound_policy} nobody can call in."
    if settings.allow_from and not listed:
        yield f"allowFrom has no effect with inboundPolicy {settings.inbound_policy}."


def _loopback_bypass(judged: Judged) -> Iterator[str]:
    settings = judged.settings
    if not settings.tunnel.allow_ngrok_free_tier_loopback_bypass:
        return
    key = "tunnel.allowNgrokFreeTierLoopbackBypass"
    if judged.bypassed:
        yield f"{key} is on: an invalid signature is accepted through the tunnel, from anybody who knows its address."
    elif not judged.carrier.free_tier_bypass:
        yield f"{key} has no effect with {judged.name}."
    else:
        yield f"{key} has no effect without tunnel.provider ngrok and a loopback serve.bind."


def _proxies(judged: Judged) -> Iterator[str]:
    security = judged.settings.webhook_security
    if security.trusted_proxy_ips and not (security.allowed_hosts or security.trust_forwarding_headers):
        yield (
            "webhookSecurity.trustedProxyIPs alone has no effect: forwarded headers are read with allowedHosts or "
            "trustForwardingHeaders only."
        )


def _two_addresses(judged: Judged) -> Iterator[str]:
    settings = judged.settings
    if settings.public_url is not None and settings.tunnel.provider != "none":
        yield "publicUrl wins over the address of the tunnel; they must lead to the same place."


def _other_path(judged: Judged) -> Iterator[str]:
    """A prefix is a proxy's to take off, and that is common; of another path altogether nobody may have thought."""
    settings = judged.settings
    public = unquote(urlsplit(settings.public_url or "").path).rstrip("/")
    local = unquote(settings.serve.path).rstrip("/")
    if settings.public_url is not None and judged.carrier.remote and not public.endswith(local):
        yield (
            f"publicUrl asks for the path {public or '/'}, and serve.path is {local}: unless what stands between turns "
            "one into the other, every webhook is answered with 404."
        )


def _private_tunnel(judged: Judged) -> Iterator[str]:
    settings = judged.settings
    serve = settings.tunnel.provider == "tailscale-serve" or settings.tailscale.mode == "serve"
    if serve and settings.public_url is None and judged.carrier.remote:
        yield f"Tailscale serve is reachable within the tailnet only: {judged.name} needs funnel, or a publicUrl."


def _voiceless_vendor(judged: Judged) -> Iterator[str]:
    routes = {f"numbers.{number}.tts": route.tts for number, route in judged.settings.numbers.items()}
    for path, tts in {"tts": judged.settings.tts, **routes}.items():
        if tts is not None and tts.provider in VOICELESS_VENDORS:
            yield f"{path}.provider {tts.provider} is passed over: it has no telephone audio."


def _nobody_speaks(judged: Judged) -> Iterator[str]:
    """What the environment offers has been filled in by now."""
    settings = judged.settings
    vendors = (settings.tts.providers.openai, settings.tts.providers.elevenlabs)
    if settings.streaming.enabled and all(vendor is None or vendor.api_key is None for vendor in vendors):
        keys = " or ".join(f"tts.providers.{vendor}.apiKey" for vendor in SPEAKING_VENDORS)
        yield f"streaming.enabled is on, and nobody can speak on the stream without {keys}."


RULES: Final[tuple[Callable[[Judged], Iterator[str]], ...]] = (
    _unverified,
    _allow_list,
    _loopback_bypass,
    _proxies,
    _two_addresses,
    _other_path,
    _private_tunnel,
    _voiceless_vendor,
    _nobody_speaks,
)
