"""How the vendor refuses: `{"detail": {"status", "message"}}`, and a list of problems for what has the wrong form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

FIDELITY: Final = (
    ("voice_not_found is a 404 with detail.status and detail.message", "elevenlabs-docs#1317", "captured"),
    ("quota_exceeded is a 401", "home-assistant/core#160414", "captured"),
    ("invalid_uid for a model that does not exist", "elevenlabs-python#163", "captured"),
    ("invalid_api_key and needs_authorization are 401", "no source", "assumed"),
    ("requests of the wrong form are 422 with a list of problems", "api-reference (HTTPValidationError)", "documented"),
    ("429 is too_many_concurrent_requests, 500 and 503 have a detail too", "help: error messages", "documented"),
)


class Refused(Exception):
    """A request that the vendor refuses; `detail` is what the body says."""

    def __init__(self, status: int, detail: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        super().__init__(str(detail))
        self.status, self.detail = status, detail

    @property
    def code(self) -> str:
        """The vendor's word for it."""
        return str(self.detail["status"]) if isinstance(self.detail, Mapping) else "validation_error"


FAILURES: Final[Mapping[int, tuple[str, str]]] = {
    401: ("invalid_api_key", "Invalid API key"),
    402: ("quota_exceeded", "This request exceeds your quota."),
    403: (
        "missing_permissions",
        "The API key you used is missing the permission text_to_speech to execute this operation.",
    ),
    404: ("voice_not_found", "A voice with that voice_id was not found."),
    429: (
        "too_many_concurrent_requests",
        "Too many concurrent requests. Your current subscription allows a limited number.",
    ),
    500: ("internal_server_error", "An unexpected error occurred. Please try again later."),
    503: ("system_busy", "We are experiencing heavy traffic. Please try again later."),
}


def refused(status: int, code: str, message: str) -> Refused:
    """A refusal with the vendor's word."""
    return Refused(status, {"status": code, "message": message})


def failure(status: int) -> Refused:
    """The refusal with this HTTP status; a quota that is used up is told as a 401."""
    code, message = FAILURES.get(status, FAILURES[500])
    return refused(401 if status == 402 else status, code, message)


def ill_formed(where: Sequence[str], message: str, kind: str, given: Any = None) -> Refused:
    """A parameter of the wrong form."""
    return Refused(422, [{"type": kind, "loc": list(where), "msg": message, "input": given}])
