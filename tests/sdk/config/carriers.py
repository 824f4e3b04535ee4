"""The carriers that these tests configure: the real ones' settings, and one that has everything a carrier can have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from voicecall_sdk.carriers.mock.settings import MockSettings
from voicecall_sdk.carriers.settings import CarrierSettings, Secret, Text
from voicecall_sdk.carriers.twilio.settings import TwilioSettings
from voicecall_sdk.config import Config


class AcmeSettings(CarrierSettings):
    """An invented carrier: signs with a key of its own, streams, and was called `roadrunner` once."""

    env: ClassVar[Mapping[str, str]] = {"apiKey": "ACME_API_KEY", "publicKey": "ACME_PUBLIC_KEY"}
    needs: ClassVar[Sequence[str]] = ("apiKey",)
    needs_to_verify: ClassVar[Sequence[str]] = ("publicKey",)
    former_names: ClassVar[Sequence[str]] = ("roadrunner",)
    streams: ClassVar[bool] = True
    realtime: ClassVar[bool] = True

    api_key: Secret | None = None
    public_key: Text | None = None


CARRIERS: Final[Mapping[str, type[CarrierSettings]]] = {
    "twilio": TwilioSettings,
    "mock": MockSettings,
    "acme": AcmeSettings,
}

SOUND: Final[Mapping[str, Any]] = {
    "provider": "twilio",
    "fromNumber": "+15550001234",
    "publicUrl": "https://voice.example.com/voice/webhook",
    "twilio": {"accountSid": "AC1", "authToken": "a-secret-token"},
}
"""A configuration that nothing is wrong with."""

STREAMING: Final[Mapping[str, Any]] = {
    "provider": "acme",
    "fromNumber": "+15550001234",
    "publicUrl": "https://voice.example.com/voice/webhook",
    "acme": {"apiKey": "a-secret-key", "publicKey": "public"},
    "streaming": {"enabled": True, "providers": {"openai": {"apiKey": "another-secret"}}},
}
"""The same with media streams."""


def load(config: Any = None, env: Mapping[str, str] | None = None, **changes: Any) -> Config:
    """A configuration in an environment that nobody else has."""
    given = {**config, **changes} if isinstance(config, Mapping) else changes if config is None else config
    return Config.load(given, env=env or {}, carriers=CARRIERS)


def said(config: Config) -> list[str]:
    """The problems as people read them."""
    return [str(problem) for problem in config.problems]
