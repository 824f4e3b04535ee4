"""Which URLs Twilio accepts for webhooks. It judges the text only; whether anybody answers there shows later."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

LONGEST: Final = 4000

FIDELITY: Final = (
    ("scheme and host are required", "rapidpro/mailroom#524, Ross1337/SMSBotBypass#99", "captured"),
    ("localhost is refused", "TwilioDevEd/clicktocall-node#16, frappe/twilio-integration#46", "captured"),
    ("a label of the host may not end in a hyphen", "nash-md/twilio-contact-center#17", "captured"),
    ("underscores in the host are refused in status callbacks", "OpenAPI twilio_api_v2010", "documented"),
    ("underscores in the host are refused in the other URLs too", "nothing published", "assumed"),
    ("at most 4000 characters", "error dictionary 21609", "documented"),
    ("characters that no URL may carry are refused", "aloha/laravel-twilio#130 and #169 (spaces)", "captured"),
    ("addresses are accepted here, private ones too", "nothing published", "assumed"),
)

_URL: Final = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/?#:@\[\]]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[!$%&'()*+,./0-9:;=@A-Z_a-z~-]*)?(?:\?[^\s#]*)?(?:#\S*)?",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE)


def acceptable(url: str, *, local: bool = False) -> bool:
    """Whether Twilio takes this as a webhook's URL. `local` lets names without a dot pass."""
    match = _URL.fullmatch(url)
    if match is None or len(url) > LONGEST or int(match["port"] or 0) > 65_535:
        return False
    return _is_address(match["host"]) or _is_name(match["host"], local)


def _is_name(host: str, local: bool) -> bool:
    return _NAME.fullmatch(host) is not None and (local or "." in host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
