"""Twilio's block of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from voicecall_sdk.carriers.settings import CarrierSettings, Secret, Text


class TwilioSettings(CarrierSettings):
    """Account and region. The region selects the REST host; it must be the one the token was made in."""

    env: ClassVar[Mapping[str, str]] = {"accountSid": "TWILIO_ACCOUNT_SID", "authToken": "TWILIO_AUTH_TOKEN"}
    shared_env: ClassVar[Mapping[str, str]] = {"fromNumber": "TWILIO_FROM_NUMBER"}
    needs: ClassVar[Sequence[str]] = ("accountSid", "authToken")
    free_tier_bypass: ClassVar[bool] = True
    streams: ClassVar[bool] = True
    realtime: ClassVar[bool] = True
    console: ClassVar[Sequence[str]] = (
        "https://console.twilio.com: Phone Numbers > Manage > Active numbers > the number > Voice Configuration",
        "A call comes in: Webhook, {webhook}, HTTP POST",
        "Call status changes: {webhook}?type=status, HTTP POST",
    )
    moved: ClassVar[Mapping[str, str]] = {"from": "fromNumber"}

    account_sid: Text | None = Field(default=None, description="Account SID (AC...); environment: TWILIO_ACCOUNT_SID")
    auth_token: Secret | None = Field(default=None, description="Auth token; environment: TWILIO_AUTH_TOKEN")
    region: Literal["us1", "ie1", "au1"] = Field(default="us1", description="Twilio region that processes the calls")
