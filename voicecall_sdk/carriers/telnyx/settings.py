"""Telnyx's block of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from voicecall_sdk.carriers.settings import CarrierSettings, Secret, Text
from voicecall_sdk.carriers.telnyx.signature import public_key_of


def _usable(text: str) -> str:
    try:
        public_key_of(text)
    except ValueError as problem:
        raise PydanticCustomError("public_key", "is no Ed25519 key: {problem}", {"problem": str(problem)}) from None
    return text


class TelnyxSettings(CarrierSettings):
    """Key, connection (the Call Control Application that places calls), and the key that webhooks are signed with."""

    env: ClassVar[Mapping[str, str]] = {
        "apiKey": "TELNYX_API_KEY",
        "connectionId": "TELNYX_CONNECTION_ID",
        "publicKey": "TELNYX_PUBLIC_KEY",
    }
    needs: ClassVar[Sequence[str]] = ("apiKey", "connectionId")
    needs_to_verify: ClassVar[Sequence[str]] = ("publicKey",)
    console: ClassVar[Sequence[str]] = (
        "https://portal.telnyx.com: Voice > Programmable Voice > the application whose id is telnyx.connectionId",
        "Send a webhook to the URL: {webhook}, webhook API version: API v2",
        "Numbers: assign the number to that application",
        "Account > Keys & Credentials > Public Key: what telnyx.publicKey has to be",
    )
    streams: ClassVar[bool] = True
    realtime: ClassVar[bool] = True

    api_key: Secret | None = Field(default=None, description="API key (KEY...); environment: TELNYX_API_KEY")
    connection_id: Text | None = Field(
        default=None, description="Id of the Call Control Application; environment: TELNYX_CONNECTION_ID"
    )
    public_key: Annotated[Text, AfterValidator(_usable)] | None = Field(
        default=None, description="Public key of the account, as the portal shows it; environment: TELNYX_PUBLIC_KEY"
    )
