"""The REST API's refusals: error objects with their codes (developers.telnyx.com, API error codes; OpenAPI).

A refusal is `{"errors": [{code, title, detail, source?, meta?}]}`; `code` is a text of digits. All that has to do with
a call's state, an unknown call included, is a 422.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

DOCS: Final = "https://developers.telnyx.com/docs/overview/errors/{code}"


class Refusal(NamedTuple):
    """A line of the catalogue: HTTP status, title, detail, JSON pointer, and how sure its text is."""

    status: int
    title: str
    detail: str
    pointer: str | None = None
    standing: str = "documented"


CATALOGUE: Final[Mapping[str, Refusal]] = {
    "10004": Refusal(422, "Missing required parameter", "The '{name}' parameter is required and cannot be blank."),
    "10005": Refusal(404, "Resource not found", "The requested resource or URL could not be found."),
    "10007": Refusal(500, "Unexpected error", "An unexpected error occured."),
    "10009": Refusal(
        401,
        "Authentication failed",
        "The required authentication headers were either invalid or not included in the request.",
        None,
        "captured",
    ),
    "10010": Refusal(403, "Not authorized", "You do not have permission to perform the requested action."),
    "10011": Refusal(429, "Too many requests", "You have exceeded the maximum number of allowed requests."),
    "10015": Refusal(422, "Invalid value for connection_id (Call Control App ID)",
                     "The requested connection_id (Call Control App ID) is either invalid or does not exist. Only Call "
                     "Control Apps with valid webhook URL are accepted.", "/connection_id"),
    "10016": Refusal(422, "Phone number must be in +E164 format", "The '{name}' parameter must be in +E164 format."),
    "10023": Refusal(400, "Invalid JSON", "The request body is not valid JSON.", None, "assumed"),
    "10028": Refusal(400, "Invalid character encoding", "The request body is not valid UTF-8.", None, "assumed"),
    "10029": Refusal(400, "Invalid content type", "The content type must be application/json.", None, "assumed"),
    "10026": Refusal(422, "Invalid parameter type", "The value must be {wanted}.", None, "assumed"),
    "10027": Refusal(422, "Unprocessable entity", "The request could not be processed.", None, "assumed"),
    "10032": Refusal(422, "Invalid enumerated value", "The value must be one of: {wanted}."),
    "10033": Refusal(422, "Value outside of range", "The value is outside of allowed range {wanted}"),
    "20100": Refusal(403, "Insufficient funds", "The account's balance is too low.", None, "assumed"),
    "90000": Refusal(422, "Invalid format", "The value must be one of: mp3, wav."),
    "90001": Refusal(422, "Invalid channels", "The value must be one of: dual, single."),
    "90007": Refusal(422, "Invalid terminating_digit", "The terminating_digit must be one of 0-9, A-D, * and #."),
    "90008": Refusal(422, "Invalid valid_digits", "The valid_digits must be of 0-9, A-D, * and #."),
    "90009": Refusal(422, "Invalid loop", 'The loop must be "infinity" or between 1 and 100.'),
    "90010": Refusal(422, "Invalid payload", "The payload must have between 1 and 5000 characters."),
    "90011": Refusal(422, "Invalid payload_type", "The value must be one of: ssml, text."),
    "90012": Refusal(422, "Invalid voice", "The voice is not valid."),
    "90013": Refusal(422, "Invalid language", "The language is not valid."),
    "90014": Refusal(422, "Invalid digits", "The digits must be of 0-9, A-D, *, #, w and W."),
    "90015": Refusal(422, "Invalid Call Control ID", "The call_control_id provided was not valid.",
                     "/call_control_id"),
    "90016": Refusal(422, "Invalid stop", "The value must be one of: all, current."),
    "90017": Refusal(422, "Invalid client_state", "The client_state must be a base64 encoded string."),
    "90018": Refusal(422, "Call has already ended", "This call is no longer active and can't receive commands."),
    "90019": Refusal(422, "Conference has already ended", "This conference is no longer active."),
    "90020": Refusal(422, "Recording triggered before audio started", "The call has no audio yet."),
    "90021": Refusal(422, "Invalid duration_millis", "The value is outside of allowed range 100 to 500"),
    "90022": Refusal(422, "Invalid minimum_digits", "The value is outside of allowed range 1 to 128"),
    "90023": Refusal(422, "Invalid maximum_digits", "The value is outside of allowed range 1 to 128"),
    "90024": Refusal(422, "Invalid maximum_tries", "The value is outside of allowed range 1 to 128"),
    "90025": Refusal(422, "Invalid timeout_millis", "The value is outside of allowed range 1 to 120000"),
    "90026": Refusal(422, "Invalid inter_digit_timeout_millis", "The value is outside of allowed range 1 to 120000"),
    "90027": Refusal(422, "Invalid duration", "The value is outside of allowed range 100 to 500"),
    "90028": Refusal(422, "Invalid timeout_secs", "The value is outside of allowed range 5 to 600"),
    "90029": Refusal(422, "Invalid time_limit_secs", "The value is outside of allowed range 30 to 14400"),
    "90030": Refusal(422, "Invalid service_level", "The value must be one of: basic, premium."),
    "90031": Refusal(422, "Call is not currently forked", "The call is not forked."),
    "90032": Refusal(422, "Conference is full", "The conference has its maximum of participants."),
    "90033": Refusal(422, "Conference name conflict", "The name is taken, or no participant is active."),
    "90034": Refusal(422, "Call not answered yet",
                     "This call can't receive this command because it has not been answered yet."),
    "90035": Refusal(422, "Call is not in a queue", "The call is not in a queue."),
    "90036": Refusal(422, "Queue is full", "The queue is full."),
    "90037": Refusal(422, "Queue max_size cannot be changed", "The max_size of an existing queue can't be changed."),
    "90038": Refusal(422, "Call is already in a queue", "The call is already in a queue."),
    "90041": Refusal(422, "User channel limit exceeded", "User channel limit exceeded D1"),
    "90040": Refusal(400, "Audio file download failed", "The audio file could not be downloaded."),
    "90042": Refusal(422, "Outbound voice profile channel limit exceeded", "Outbound channel limit exceeded D2"),
    "90043": Refusal(422, "Connection channel limit exceeded", "Connection channel limit exceeded D3"),
    "90044": Refusal(422, "Conference join not allowed", "The call can't join the conference."),
    "90047": Refusal(422, "Participant is on hold", "The participant is on hold."),
    "90045": Refusal(422, "Media streaming is used", "Media streaming is already used on this call."),
    "90046": Refusal(422, "Media streaming failed", "Media streaming failed."),
    "90048": Refusal(422, "Media streaming is not used", "Media streaming is not used on this call."),
    "90049": Refusal(422, "Invalid record_timeout_secs", "The value is out of range."),
    "90050": Refusal(422, "Queue is not empty", "Only empty queues can be deleted."),
    "90053": Refusal(422, "Recording timeout conflict", "A timeout and transcription exclude each other."),
    "90055": Refusal(422, "Call transcription cannot be stopped", "The transcription can't be stopped."),
    "90054": Refusal(422, "Call transcription already in progress", "The call is being transcribed already."),
    "90056": Refusal(422, "Invalid initial_timeout_millis", "The value is outside of allowed range 1 to 120000"),
    "90057": Refusal(422, "Invalid event type", "'{name}' is not a valid event type for webhook_urls."),
    "90058": Refusal(422, "Invalid conference_id", "The conference_id is not valid."),
    "90059": Refusal(422, "Invalid recording_track", "The value must be one of: both, inbound, outbound."),
    "90061": Refusal(422, "AI Assistant already in progress", "An AI Assistant is already in progress."),
    "90102": Refusal(422, "Command is invalid", "The answer command is invalid for outgoing calls."),
}  # fmt: skip

LINKED: Final = frozenset({"10005", "10007", "10009", "10010"})
"""Whose errors point to the documents; those about calls do not."""


class Refused(Exception):
    """A request that the API refuses. Anything else that a handler raises is a bug of the emulator."""

    def __init__(
        self,
        code: str,
        *,
        pointer: str | None = None,
        detail: str | None = None,
        status: int | None = None,
        title: str | None = None,
        parameter: str | None = None,
        **told: str,
    ) -> None:
        known = CATALOGUE.get(code)
        if known is None:
            raise ValueError(f"{code} is not in the catalogue of refusals; it has {', '.join(CATALOGUE)}")
        self.code = code
        self.status = status or known.status
        self.title = title or known.title
        self.parameter = parameter
        self.detail = detail or known.detail.format_map({"name": "to", "wanted": "valid", **told})
        self.pointer = pointer or known.pointer
        super().__init__(f"{code}: {self.detail}")

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        error: dict[str, Any] = {"code": self.code, "title": self.title, "detail": self.detail}
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        if self.parameter is not None:
            error["source"] = {"parameter": self.parameter}
        if self.code in LINKED:
            error["meta"] = {"url": DOCS.format(code=self.code)}
        return {"errors": [error]}


REASONS: Final[Mapping[str, tuple[str, int | None]]] = {
    "invalid number": ("10016", None),
    "forbidden destination": ("10010", None),
    "wrong credentials": ("10009", None),
    "too many requests": ("10011", None),
    "server error": ("10007", None),
    "unavailable": ("10007", 503),
    "unknown call": ("90015", None),
    "not answered yet": ("90034", None),
    "call is over": ("90018", None),
}
"""The codes of the reasons that scenarios name, with the status where it is another than the code's. A caller id that
is not the account's is no reason to refuse a dial: the call is taken, and ends with a SIP 403 (D35)."""


def asked_for(wanted: int | str) -> Refused:
    """A refusal that a scenario wants: a reason, or a code. `ValueError` for a code that is not in the catalogue."""
    code, status = REASONS.get(str(wanted), (str(wanted), None))
    return Refused(code, status=status)


FIDELITY: Final = (
    ("keys code, title, detail, source, meta; codes are texts", "OpenAPI; API error codes", "documented"),
    ("codes and their HTTP statuses", "API error codes", "documented"),
    ("an ended or unknown call is 422, with 90018 or 90015", "OpenAPI; integrations", "documented"),
    ("429 has the code 10011 and no Retry-After", "rate limiting", "documented"),
    ("the wording of details of the 90xxx about parameters", "no source", "assumed"),
)
