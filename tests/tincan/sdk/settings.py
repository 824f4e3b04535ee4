"""Tin Can's block of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from voicecall_sdk.carriers.settings import CarrierSettings, Secret


class TincanSettings(CarrierSettings):
    """The key that we show to Tin Can, and the secret by which it signs to us."""

    env: ClassVar[Mapping[str, str]] = {"apiKey": "TINCAN_API_KEY", "secret": "TINCAN_SECRET"}
    needs: ClassVar[Sequence[str]] = ("apiKey",)
    needs_to_verify: ClassVar[Sequence[str]] = ("secret",)

    api_key: Secret | None = Field(default=None, description="API key; environment: TINCAN_API_KEY")
    secret: Secret | None = Field(default=None, description="Signing secret; environment: TINCAN_SECRET")
