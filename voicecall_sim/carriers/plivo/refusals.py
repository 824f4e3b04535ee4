"""What REST refuses, and in which words. Plivo's voice API has no error codes: the status is all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final


class Refused(Exception):
    """A request that is not done: HTTP status and text."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status}: {error}")
        self.status = status
        self.error = error


def missing(name: str) -> Refused:
    """A parameter that is required."""
    return Refused(400, f"{name} parameter is missing")


def invalid(name: str) -> Refused:
    """A parameter whose value will not do."""
    return Refused(400, f"{name} parameter is invalid")


def foreign_caller(number: str) -> Refused:
    """A caller's number that is not the account's."""
    return Refused(
        400,
        f"from parameter is invalid. {number} is not associated with your account. "
        "Use a phone number rented on your account.",
    )


NO_CALL: Final = (404, "call not found")
NOT_FOUND: Final = (404, "not found")
UNAUTHENTICATED: Final = (401, "authentication credentials were not provided")
WRONG_METHOD: Final = (405, "method not allowed")
TOO_MANY: Final = (429, "too many requests")
STREAM_ACTIVE: Final = (400, "an audio stream is already active on the call")

CATALOGUE: Final[Mapping[int, str]] = {
    400: "invalid request",
    401: UNAUTHENTICATED[1],
    403: "permission denied to call the destination",
    404: NOT_FOUND[1],
    405: WRONG_METHOD[1],
    409: "conflict",
    422: "unprocessable entity",
    429: TOO_MANY[1],
    500: "internal server error",
    503: "service unavailable",
}
"""What a scenario can have refused, by status."""


REASONS: Final[Mapping[str, Callable[[str], Refused]]] = {
    "invalid number": lambda caller: invalid("to"),
    "unowned caller id": foreign_caller,
    "unknown call": lambda caller: Refused(*NO_CALL),
    "not answered yet": lambda caller: Refused(*NO_CALL),
    "call is over": lambda caller: Refused(*NO_CALL),
}
"""Reasons that have words of their own; the others are told by their status. The caller's number is in some."""

STATUSES: Final[Mapping[str, int]] = {
    "forbidden destination": 403,
    "wrong credentials": 401,
    "too many requests": 429,
    "server error": 500,
    "unavailable": 503,
}
"""Reasons that are told by a status and its text in the catalogue."""


def asked_for(wanted: int | str, caller: str = "") -> Refused:
    """A refusal that a scenario wants: a reason, or a status of the catalogue. `ValueError` for anything else."""
    if wanted in REASONS:
        return REASONS[str(wanted)](caller)
    status = STATUSES.get(str(wanted)) or (int(wanted) if str(wanted).isdigit() else 0)
    if status not in CATALOGUE:
        raise ValueError(f"Plivo's REST does not refuse with {wanted}; it does with {sorted(CATALOGUE)}")
    return Refused(status, CATALOGUE[status])


FIDELITY: Final = (
    ("error is a string; a 401 has no api_id", "plivo-php, the answer of its tests", "captured"),
    ("call not found and not found are 404", "docs voice/api/response; fixtures", "documented"),
    ("the text for a caller's number that is not the account's", "a public report (India)", "reported"),
    ("such a number is refused for every destination", "others are said to be looser", "assumed"),
    ("the texts of the other refusals", "nothing published", "assumed"),
)
