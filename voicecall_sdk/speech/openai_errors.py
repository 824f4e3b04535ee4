"""What OpenAI's Realtime interface says when it refuses, and whether asking again can help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import orjson

from voicecall_sdk.errors import SpeechFailed

QUOTED: Final = 200
"""Characters of a message that are passed on."""

HOPELESS_CODES: Final = frozenset(
    {
        "account_deactivated",
        "billing_hard_limit_reached",
        "insufficient_quota",
        "invalid_api_key",
        "invalid_model",
        "model_not_found",
        "unsupported_country_region_territory",
    }
)
"""Codes that do not go away by themselves (OpenAI docs, guides/error-codes)."""

KEY_CODES: Final = frozenset({"invalid_api_key", "invalid_organization"})
"""Codes whose message quotes the key."""

PASSING_TYPES: Final = frozenset({"server_error", "rate_limit_error", "rate_limit_exceeded", "overloaded_error"})

HOPELESS_STATUSES: Final = frozenset({400, 401, 403, 404, 405, 426})
HOPELESS_CLOSES: Final = frozenset({1008, 3000})
"""Close codes of a policy violation, and of a request that was refused after the socket was opened (observed)."""

HARMLESS: Final = frozenset(
    {
        "conversation_already_has_active_response",
        "input_audio_buffer_commit_empty",
        "response_cancel_not_active",
    }
)
"""Codes that only say that something was over, or had begun, a moment earlier than we knew."""

EXPIRED: Final = "session_expired"
"""A session lasts an hour at most."""


class Unusable(SpeechFailed):
    """A failure that another attempt will meet again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An error as the service words it; the message has no key in it."""

    type: str = ""
    code: str = ""
    message: str = ""

    @classmethod
    def of(cls, error: object, key: str) -> Self:
        """The `error` of an event or of an answer, which may be anything."""
        if not isinstance(error, Mapping):
            return cls()
        texts = {name: value for name in ("type", "code", "message") if isinstance(value := error.get(name), str)}
        if texts.get("code") in KEY_CODES:
            texts["message"] = "the API key is refused"
        return cls(**{name: " ".join(text.replace(key, "<apiKey>").split())[:QUOTED] for name, text in texts.items()})

    def __str__(self) -> str:
        return self.message or self.code or self.type or "an error without a message"

    @property
    def hopeless(self) -> bool:
        """Whether it will be said again to whoever asks again."""
        return self.code in HOPELESS_CODES

    @property
    def harmless(self) -> bool:
        """Whether nothing needs to be done about it."""
        return self.code in HARMLESS


def error_of(said: Said, label: str, *, opening: bool) -> SpeechFailed:
    """An error event as an error. What refuses to open a session will refuse again, unless it says it is busy."""
    hopeless = said.hopeless or (opening and said.type not in PASSING_TYPES and said.code not in PASSING_TYPES)
    return (Unusable if hopeless else SpeechFailed)(f"{label}: {said}")


def of_status(status: int, body: bytes, label: str, key: str) -> SpeechFailed:
    """An upgrade that was answered by HTTP."""
    said = Said.of(_error_in(body), key)
    if status in {401, 403}:
        return Unusable(f"{label} API error ({status}): the API key is refused")
    text = f"{label} API error ({status})" + (f": {said}" if said.message else "")
    return (Unusable if status in HOPELESS_STATUSES or said.hopeless else SpeechFailed)(text)


def of_close(code: int | None, reason: str, label: str) -> SpeechFailed:
    """A connection that the far end closed, or that broke (code 1006)."""
    said = f" ({reason[:QUOTED]})" if reason else ""
    if code is None or code == 1006:
        return SpeechFailed(f"{label}: the connection broke")
    hopeless = code in HOPELESS_CLOSES or any(word in reason for word in HOPELESS_CODES)
    return (Unusable if hopeless else SpeechFailed)(f"{label}: the service closed the connection with {code}{said}")


def _error_in(body: bytes) -> Any:
    try:
        document = orjson.loads(body)
    except ValueError:
        return None
    return document.get("error") if isinstance(document, dict) else None
