"""What Twilio takes for a phone number, and how it writes one."""

from __future__ import annotations

import re
from typing import Final

FIDELITY: Final = (
    ("ten digits are a US or Canadian number, with any separators", "error dictionary 21211", "documented"),
    ("letters in To are dialled as on a keypad", "a public suite against the real API", "captured"),
    ("too short, too long or leading zero is invalid", "a public suite against the real API", "captured"),
    ("no number plan is consulted beyond length and the first digit of a US area code", "our choice", "assumed"),
    ("formatted as (415) 867-5309 in North America, else E.164", "observed traffic", "captured"),
)

_KEYPAD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_SEPARATORS: Final = str.maketrans("", "", " \t().-")
_WRITTEN: Final = re.compile(r"(\+?)([0-9]+)")
_DOMESTIC: Final = re.compile(r"1?([2-9][0-9]{9})")
_NORTH_AMERICAN: Final = re.compile(r"\+1([2-9][0-9]{2})([0-9]{3})([0-9]{4})")
_E164: Final = re.compile(r"\+(?!1)[1-9][0-9]{6,14}|\+1[2-9][0-9]{9}")


def plausible(number: str) -> bool:
    """Whether this is the E.164 form of a number that may exist."""
    return _E164.fullmatch(number) is not None


def e164(text: str) -> str | None:
    """The E.164 form of what was written, or None if it cannot be a phone number."""
    match = _WRITTEN.fullmatch(text.translate(_SEPARATORS))
    if match is None:
        return None
    plus, digits = match.groups()
    domestic = None if plus else _DOMESTIC.fullmatch(digits)
    number = f"+1{domestic[1]}" if domestic else f"+{digits}"
    return number if plausible(number) else None


def by_keypad(text: str) -> str:
    """The text with its letters as the keys that carry them."""
    return text.upper().translate(_KEYPAD)


def formatted(number: str) -> str:
    """The number as it is shown to people."""
    match = _NORTH_AMERICAN.fullmatch(number)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else number
