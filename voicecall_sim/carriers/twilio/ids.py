"""Twilio's identifiers: two upper-case letters and 32 lower-case hexadecimal digits (OpenAPI twilio_api_v2010)."""

from __future__ import annotations

import re
import string
from typing import Final

from voicecall_sim.world.chance import Chance

ACCOUNT: Final = "AC"
API_KEY: Final = "SK"
APPLICATION: Final = "AP"
CALL: Final = "CA"
NUMBER: Final = "PN"
RECORDING: Final = "RE"
REQUEST: Final = "RQ"
STREAM: Final = "MZ"
BYOC_TRUNK: Final = "BY"

KEY_SECRET_LENGTH: Final = 32

_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")


def new_sid(chance: Chance, prefix: str) -> str:
    """A fresh identifier. Each prefix has its own stream of chance, so that one kind does not shift another."""
    return prefix + chance.hex(f"twilio.sid.{prefix}", 32)


def is_sid(text: str, prefix: str) -> bool:
    """Whether a text has the form of an identifier of that kind; capital digits pass, as the description allows."""
    return text.startswith(prefix) and _SID.fullmatch(text) is not None


def new_auth_token(chance: Chance) -> str:
    """An auth token: 32 lower-case hexadecimal digits."""
    return chance.hex("twilio.secret.token", 32)


def new_key_secret(chance: Chance) -> str:
    """The secret of an API key: 32 letters and digits."""
    return "".join(chance("twilio.secret.key").choices(string.ascii_letters + string.digits, k=KEY_SECRET_LENGTH))
