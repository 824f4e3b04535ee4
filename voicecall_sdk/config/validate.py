"""What values mean together (reference, section 2.6). Every problem names its key, and the variable that may set it.

A configuration that is switched off has no problems. `notices` are things that work, and that somebody should know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from voicecall_sdk.call.rules import InboundPolicy
from voicecall_sdk.carriers.settings import CarrierSettings
from voicecall_sdk.config.audio_paths import LISTENING_VENDORS, REALTIME_VENDORS, OpenAIConversing, OpenAIListening
from voicecall_sdk.config.environment import api_url_variable
from voicecall_sdk.config.model import Settings
from voicecall_sdk.config.reachability import host_of, is_local_url, is_loopback_host
from voicecall_sdk.config.speech import SPEAKING_VENDORS, VOICELESS_VENDORS, Speech
from voicecall_sdk.errors import Problem
from voicecall_sdk.speech.settings import CARRIER_VOICES, CUSTOM_VOICE, OPENAI_VOICES

FUNNEL_PORTS: Final = (443, 8443, 10000)
"""The HTTPS ports that Tailscale Funnel serves (Tailscale docs, kb/1223/funnel)."""

MAKE_PUBLIC: Final = (
    "set publicUrl to the address that the internet sees, or open a tunnel (tunnel.provider, tailscale.mode)"
)

ALLOW_API_URL: Final = "VOICECALL_ALLOW_API_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A configuration that is to be judged. `api_url` is where the environment moved the carrier's REST interface.

    `any_api_url` says that it may be moved to another machine.
    """

    settings: Settings
    name: str
    carrier: type[CarrierSettings]
    api_url: str | None = None
    any_api_url: bool = False

    @property
    def emulated(self) -> bool:
        """Whether the carrier is one on this machine, which reaches what the internet does not."""
        return self.api_url is not None and is_loopback_host(host_of(self.api_url) or "")

    @property
    def bypassed(self) -> bool:
        """Whether the flag of the ngrok free-tier bypass is set, and everything else that it takes is so too."""
        tunnel = self.settings.tunnel
        asked = tunnel.allow_ngrok_free_tier_loopback_bypass and tunnel.provider == "ngrok"
        return asked and self.carrier.free_tier_bypass and is_loopback_host(self.settings.serve.bind)

    @property
    def public_tunnel(self) -> str | None:
        """The key by which we open a tunnel to all the internet, if any: the tailnet alone is none."""
        if self.settings.tunnel.provider in ("ngrok", "tailscale-funnel"):
            return "tunnel.provider"
        older = self.settings.tunnel.provider == "none" and self.settings.tailscale.mode == "funnel"
        return "tailscale.mode" if older else None

    @property
    def exposed(self) -> str | None:
        """The key that makes the webhook public, if any."""
        if self.settings.public_url is not None:
            return "publicUrl"
        if self.settings.tunnel.provider != "none":
            return "tunnel.provider"
        return None if self.settings.tailscale.mode == "off" else "tailscale.mode"


def problems(judged: Judged) -> list[Problem]:
    """Everything that is wrong with the meaning of a configuration."""
    if not judged.settings.enabled:
        return []
    return [problem for rule in RULES for problem in rule(judged)]


def no_carrier(names: Iterable[str]) -> Problem:
    """Nobody is named who could carry calls."""
    return Problem("provider", "no carrier is selected", f"set provider to one of {', '.join(names)}")


def _from_number(judged: Judged) -> Iterator[Problem]:
    if judged.settings.from_number is None and judged.carrier.own_number is None:
        variable = judged.carrier.shared_env.get("fromNumber")
        remedy = "set fromNumber to the number that calls come from"
        yield Problem("fromNumber", "is missing", remedy + _or_variable(variable))


def _credentials(judged: Judged) -> Iterator[Problem]:
    for key in judged.carrier.needs:
        yield from _needed(judged, key, f"{judged.name} cannot be used without it")


def _verification(judged: Judged) -> Iterator[Problem]:
    if judged.settings.skip_signature_verification:
        return
    for key in judged.carrier.needs_to_verify:
        yield from _needed(judged, key, "webhooks cannot be verified without it")


def _needed(judged: Judged, key: str, why: str) -> Iterator[Problem]:
    block = judged.settings.block(judged.name)
    if block is None or key not in block.credentials():
        path = f"{judged.name}.{key}"
        yield Problem(path, f"is missing: {why}", f"set {path}" + _or_variable(judged.carrier.env.get(key)))


def _reachable(judged: Judged) -> Iterator[Problem]:
    settings = judged.settings
    if not judged.carrier.remote or judged.emulated:
        return
    if settings.public_url is not None and is_local_url(settings.public_url):
        host = host_of(settings.public_url)
        yield Problem("publicUrl", f"{judged.name} cannot reach {host}: it is a local or private address", MAKE_PUBLIC)
    elif judged.exposed is None and is_local_url(local_url(settings)):
        what = (
            f"is missing: {judged.name} requires a publicly reachable webhook URL, and {local_url(settings)} is local"
        )
        yield Problem("publicUrl", what, MAKE_PUBLIC)


def local_url(settings: Settings) -> str:
    """The URL of our own server."""
    serve = settings.serve
    host = f"[{serve.bind}]" if ":" in serve.bind else serve.bind
    return f"http://{host}:{serve.port}{serve.path}"


def _unverified_in_public(judged: Judged) -> Iterator[Problem]:
    settings = judged.settings
    if settings.skip_signature_verification and not is_loopback_host(settings.serve.bind):
        yield Problem(
            "skipSignatureVerification",
            f"is refused while serve.bind is {settings.serve.bind}: anybody in reach could command calls",
            "set serve.bind to 127.0.0.1, or verify signatures",
        )
    if settings.skip_signature_verification and (tunnel := judged.public_tunnel) is not None:
        yield Problem(
            "skipSignatureVerification",
            f"is refused while {tunnel} opens the webhook to the internet: anybody could command calls",
            "verify signatures, or switch the tunnel off",
        )


def _funnel_port(judged: Judged) -> Iterator[Problem]:
    settings = judged.settings
    funnel = settings.tailscale.mode == "funnel" or settings.tunnel.provider == "tailscale-funnel"
    if funnel and settings.tailscale.port not in FUNNEL_PORTS:
        ports = ", ".join(map(str, FUNNEL_PORTS))
        yield Problem("tailscale.port", f"Tailscale Funnel serves {ports} only", "choose one of them")


def _streaming(judged: Judged) -> Iterator[Problem]:
    streaming = judged.settings.streaming
    if not streaming.enabled:
        return
    if not judged.carrier.streams:
        yield Problem("streaming.enabled", f"media streams are not available with {judged.name}", "set it to false")
    yield from _vendor("streaming.provider", streaming.provider, LISTENING_VENDORS, "speech recognition")
    if streaming.provider is None and streaming.providers.openai is None:
        others = ", ".join(sorted(streaming.providers.model_extra or {}))
        unusable = f"; {others} cannot be used" if others else ""
        remedy = f"configure one of {', '.join(LISTENING_VENDORS)}, or the environment variable OPENAI_API_KEY"
        yield Problem("streaming.providers", f"no vendor of speech recognition is configured{unusable}", remedy)
    elif streaming.provider in {None, "openai"}:
        yield from _vendor_key("streaming.providers.openai", streaming.providers.openai, "nobody can listen")


def _realtime(judged: Judged) -> Iterator[Problem]:
    settings = judged.settings
    if not settings.realtime.enabled:
        return
    if not judged.carrier.realtime:
        yield Problem("realtime.enabled", f"speech-to-speech is not available with {judged.name}", "set it to false")
    if settings.inbound_policy is InboundPolicy.DISABLED:
        remedy = "set it to allowlist, pairing or open"
        yield Problem("inboundPolicy", "must not be disabled while realtime.enabled is true", remedy)
    if settings.streaming.enabled:
        remedy = "switch one of the two off"
        yield Problem("realtime.enabled", "cannot be true together with streaming.enabled", remedy)
    yield from _vendor("realtime.provider", settings.realtime.provider, REALTIME_VENDORS, "speech-to-speech")
    if settings.realtime.provider in {None, "openai"}:
        yield from _vendor_key("realtime.providers.openai", settings.realtime.providers.openai, "no model can be asked")


def _vendor_key(path: str, block: OpenAIListening | OpenAIConversing | None, why: str) -> Iterator[Problem]:
    if block is None or block.api_key is None:
        path = f"{path}.apiKey"
        yield Problem(path, f"is missing: {why} without it", f"set {path}" + _or_variable("OPENAI_API_KEY"))


def _speech(judged: Judged) -> Iterator[Problem]:
    routes = {f"numbers.{number}.tts": route.tts for number, route in judged.settings.numbers.items()}
    for path, tts in {"tts": judged.settings.tts, **routes}.items():
        if tts is not None and tts.provider not in VOICELESS_VENDORS:
            yield from _vendor(f"{path}.provider", tts.provider, SPEAKING_VENDORS, "speech on the telephone")
        if tts is not None and judged.settings.streaming.enabled:
            yield from _openai_voice(path, tts, judged.settings.tts)


def _openai_voice(path: str, tts: Speech, common: Speech) -> Iterator[Problem]:
    """Voices of carriers may stand there too, for calls without a stream; services elsewhere have their own."""
    block = tts.providers.openai
    moved = any(each.providers.openai is not None and each.providers.openai.base_url for each in (tts, common))
    voice = block.chosen_voice if block is not None and not moved else None
    if voice is None or voice.lower() in OPENAI_VOICES or voice.startswith((CUSTOM_VOICE, *CARRIER_VOICES)):
        return
    remedy = f"choose one of {', '.join(OPENAI_VOICES)}"
    yield Problem(f"{path}.providers.openai.voice", f"OpenAI has no voice {voice!r}", remedy)


def _vendor(path: str, vendor: str | None, known: tuple[str, ...], what: str) -> Iterator[Problem]:
    if vendor is not None and vendor not in known:
        yield Problem(path, f"{vendor} is not supported for {what}", f"supported: {', '.join(known)}")


def _api_url(judged: Judged) -> Iterator[Problem]:
    if judged.api_url is None:
        return
    variable = api_url_variable(judged.name)
    if not _usable(judged.api_url):
        yield Problem(variable, "expected a URL such as http://127.0.0.1:8010", "correct it, or unset it")
    elif not (judged.emulated or judged.any_api_url):
        yield Problem(
            variable,
            "leads to another machine, which would be sent the credentials",
            f"use a loopback address, or allow it with {ALLOW_API_URL}=1",
        )


def _usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _or_variable(variable: str | None) -> str:
    return f", or the environment variable {variable}" if variable else ""


RULES: Final[tuple[Callable[[Judged], Iterator[Problem]], ...]] = (
    _from_number,
    _credentials,
    _verification,
    _unverified_in_public,
    _reachable,
    _funnel_port,
    _streaming,
    _realtime,
    _speech,
    _api_url,
)
