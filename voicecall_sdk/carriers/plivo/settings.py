"""Plivo's block of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from voicecall_sdk.carriers.settings import CarrierSettings, Secret, Text


class PlivoSettings(CarrierSettings):
    """The account. Its token is also what webhooks are signed with."""

    env: ClassVar[Mapping[str, str]] = {"authId": "PLIVO_AUTH_ID", "authToken": "PLIVO_AUTH_TOKEN"}
    needs: ClassVar[Sequence[str]] = ("authId", "authToken")
    console: ClassVar[Sequence[str]] = (
        "https://console.plivo.com: Voice > Applications > XML > an application for the number",
        "Primary Answer URL: {webhook}, method POST",
        "Hangup URL: {webhook}?type=hangup, method POST",
        "Phone Numbers > Your Numbers > the number: assign it to that application",
    )
    streams: ClassVar[bool] = True
    realtime: ClassVar[bool] = True

    auth_id: Text | None = Field(default=None, description="Auth ID (MA..., SA...); environment: PLIVO_AUTH_ID")
    auth_token: Secret | None = Field(default=None, description="Auth token; environment: PLIVO_AUTH_TOKEN")
