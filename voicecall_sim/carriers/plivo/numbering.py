"""What Plivo takes for a phone number, and how it is dialled."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = str.maketrans("", "", " \t().-")
_WRITTEN: Final = re.compile(r"\+?([1-9][0-9]{6,14})")
_SIP: Final = re.compile(r"sips?:[^\s@?]+@[^\s@?]+", re.IGNORECASE)


def e164(text: str) -> str | None:
    """The E.164 form of what was written, with a plus or without; None if it cannot be a phone number."""
    match = _WRITTEN.fullmatch(text.translate(_SEPARATORS))
    return None if match is None else f"+{match[1]}"


def is_sip(text: str) -> bool:
    """Whether this is an address of SIP."""
    return _SIP.fullmatch(text) is not None


def address(text: str) -> str | None:
    """What is dialled for what was written: E.164 or an address of SIP; None if it is neither."""
    return text if is_sip(text) else e164(text)


FIDELITY: Final = (
    ("numbers are E.164, the plus is optional", "docs voice/api/call/make-a-call", "documented"),
    ("separators are left out, 7 to 15 digits make a number", "no source", "assumed"),
    ("nobody answers at an address of SIP: it is an unallocated number", "our choice", "assumed"),
)
