"""The kinds of values that configuration keys hold."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from voicecall_sdk.carriers.settings import Block
from voicecall_sdk.server.public_url import valid_host

Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")]
"""A phone number in E.164 form."""

Positive = Annotated[int, Field(gt=0)]
NotNegative = Annotated[int, Field(ge=0)]
Port = Annotated[int, Field(gt=0, le=65535)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A number from 0 to 1."""

Path = Annotated[str, Field(pattern=r"^/[^?#\s{}]*$")]
"""The path of a URL."""

Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language tag (BCP 47)."""


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() for char in value):
        raise PydanticCustomError("url", "expected a URL such as https://example.com/voice/webhook")
    return value


def _bare_url(value: str) -> str:
    parts = urlsplit(_url(value))
    if not value.isascii():
        hint = "xn--... for such a host, %... in a path"
        raise PydanticCustomError("url", f"expected a URL in ASCII, as carriers send and sign it: {hint}")
    if parts.query or parts.fragment:
        raise PydanticCustomError("url", "expected a URL without query and fragment: callbacks add their own")
    return value


def _proxy(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise PydanticCustomError("address", "expected an IP address or a network such as 10.0.0.0/8") from None
    return value


def _host(value: str) -> str:
    """What the server could not compare with a request's host is refused: such a list would not narrow anything."""
    if valid_host(value) is None or value != value.strip():
        raise PydanticCustomError("host", "expected a host name such as voice.example.com")
    return value


Url = Annotated[str, AfterValidator(_url)]
BareUrl = Annotated[str, AfterValidator(_bare_url)]
"""A URL that may be built upon: no query, no fragment. Kept to the letter, for carriers sign what they were given."""

Proxy = Annotated[str, AfterValidator(_proxy)]
Host = Annotated[str, AfterValidator(_host)]


class RawBlock(Block):
    """The keys of a vendor that we do not know. Its repr tells the names of the keys only."""

    model_config = ConfigDict(extra="allow")

    def __repr_args__(self) -> Any:
        """Names without values: any of them may be a secret."""
        return [(name, ...) for name in sorted(self.__pydantic_extra__ or {})]
