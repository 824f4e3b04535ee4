"""The REST API's refusals: every error code that it can answer with, as a table.

A refusal is a JSON body with `code`, `message`, `more_info` and `status` (observed traffic). The texts marked
*captured* were quoted from real answers in public; *documented* ones are the titles of Twilio's error dictionary, for
want of the text that goes over the wire; the rest says so.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

MORE_INFO: Final = "https://www.twilio.com/docs/errors/{code}"


class Refusal(NamedTuple):
    """A line of the catalogue: HTTP status, message template, and how sure its text is."""

    status: int
    message: str
    standing: str


CATALOGUE: Final[Mapping[int, Refusal]] = {
    10001: Refusal(403, "Account is not active", "documented"),
    16108: Refusal(400, "Voice Recording: Request failed due to concurrent recordings", "documented"),
    # the whole family of "this value will not do" without a code of its own; texts of Status as in somleng
    20001: Refusal(400, "{name} {problem}", "reimplemented"),
    20002: Refusal(400, "Invalid FriendlyName", "documented"),
    20003: Refusal(401, "Authenticate", "captured"),
    20004: Refusal(405, "Method not allowed", "documented"),
    20005: Refusal(403, "Account not active", "documented"),
    20006: Refusal(403, "Access Denied", "documented"),
    20007: Refusal(400, "Page size too large", "documented"),
    20008: Refusal(403, "Resource not accessible with Test Account Credentials", "assumed"),
    20009: Refusal(409, "Call cannot be deleted because it is still in progress.", "reimplemented"),
    20404: Refusal(404, "The requested resource {path} was not found", "captured"),
    20409: Refusal(409, "Conflict", "documented"),
    20410: Refusal(410, "Gone", "documented"),
    20422: Refusal(422, "Invalid Parameter", "documented"),
    20429: Refusal(429, "Too Many Requests", "captured"),
    20500: Refusal(500, "Internal Server Error", "documented"),
    20503: Refusal(503, "Service is unavailable, please try again", "captured"),
    21201: Refusal(400, "No 'To' number is specified", "captured"),
    21202: Refusal(400, "Called number is a premium number", "documented"),
    21203: Refusal(400, "International calling not enabled", "documented"),
    21205: Refusal(400, "{name} is not a valid URL: {value}", "captured"),
    21206: Refusal(400, "Invalid SendDigits: {value}", "documented"),
    21208: Refusal(400, "Invalid Timeout: {value}", "documented"),
    21209: Refusal(400, "{name} is not a valid HTTP method: {value}", "assumed"),
    21210: Refusal(
        400,
        "The source phone number provided, {value}, is not yet verified for your account. You may only make calls from "
        "phone numbers that you've verified or purchased from Twilio.",
        "captured",
    ),
    21211: Refusal(400, "The phone number you are attempting to call, {value}, is not valid.", "captured"),
    21212: Refusal(400, "From is not a valid phone number: {value}", "captured"),
    21213: Refusal(400, "No 'From' number is specified", "captured"),
    21214: Refusal(400, "The phone number you are attempting to call, {value}, cannot be reached.", "assumed"),
    21215: Refusal(
        400,
        "Account not authorized to call {value}. Perhaps you need to enable some international permissions: "
        "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk",
        "captured",
    ),
    21216: Refusal(400, "Account not allowed to call {value}", "captured"),
    21217: Refusal(400, "Phone number does not appear to be valid: {value}", "documented"),
    21218: Refusal(400, "Invalid ApplicationSid: {value}", "documented"),
    21219: Refusal(
        400, "The number {value} is unverified. Trial accounts may only make calls to verified numbers.", "captured"
    ),
    21220: Refusal(400, "Call is not in-progress. Cannot redirect.", "captured"),
    21221: Refusal(400, "Invalid SipAuthUsername. Must be fewer than 256 chars", "documented"),
    21222: Refusal(400, "Invalid SipAuthUsername. Illegal chars", "documented"),
    21223: Refusal(400, "Invalid SipAuthPassword. Must be fewer than 256 chars", "documented"),
    21224: Refusal(400, "Invalid SipAuthPassword. Illegal chars", "documented"),
    21225: Refusal(400, "SipAuthPassword is required when providing SipAuthUsername", "documented"),
    21226: Refusal(400, "SIP calling not enabled for this account", "documented"),
    21227: Refusal(400, "Headers portion of SIP URI must be fewer than 1024 chars", "documented"),
    21228: Refusal(400, "Invalid SIP Header. Illegal chars in header name", "documented"),
    21229: Refusal(400, "Invalid SIP Header. Illegal chars in header value", "documented"),
    21234: Refusal(400, "Invalid Machine Detection configuration value: {name}={value}", "documented"),
    21402: Refusal(400, "{name} is not a valid URL: {value}", "captured"),
    21403: Refusal(400, "{name} is not a valid HTTP method: {value}", "assumed"),
    21404: Refusal(
        400,
        "Trial accounts are allowed only one Twilio number. To purchase additional numbers, please upgrade your "
        "account.",
        "captured",
    ),
    21405: Refusal(400, "Cannot set VoiceFallbackUrl without setting Url", "documented"),
    21406: Refusal(400, "Cannot set SmsFallbackUrl without setting SmsUrl", "documented"),
    21420: Refusal(400, "ApplicationSid is not accessible", "documented"),
    21421: Refusal(400, "PhoneNumber is not valid: {value}", "assumed"),
    21422: Refusal(400, "{value} is not available", "assumed"),
    21451: Refusal(400, "AreaCode is not valid: {value}", "assumed"),
    21452: Refusal(400, "No phone numbers found in area code {value}", "documented"),
    21470: Refusal(400, "Invalid AccountSid", "documented"),
    21481: Refusal(400, "Invalid PageToken", "documented"),
    21609: Refusal(400, "The {name} URL {value} is not a valid URL.", "captured"),
    22005: Refusal(400, "Call Queue Full", "documented"),
}

# Other texts of the same codes.
NO_INSTRUCTIONS: Final = "Url parameter is required."
"""21205 without Url, Twiml and ApplicationSid: captured (Dispatch-Archive/meteor-twilio#9 with an older tail)."""
NOT_RECORDABLE: Final = "Requested resource is not eligible for recording"
"""21220 of a recording of a call that is not in progress; text reported for calls in ConversationRelay."""
NOT_STREAMABLE: Final = "Requested resource is not eligible for streaming"
"""21220 of a stream of a call that is not in progress; no text is published, this one is by analogy."""

ABOUT: Final[Mapping[int, str]] = {
    21205: "Url",
    21206: "SendDigits",
    21208: "Timeout",
    21209: "Method",
    21210: "From",
    21211: "To",
    21212: "From",
    21214: "To",
    21215: "To",
    21216: "To",
    21217: "To",
    21218: "ApplicationSid",
    21219: "To",
    21234: "MachineDetection",
    21402: "VoiceUrl",
    21403: "VoiceMethod",
    21421: "PhoneNumber",
    21422: "PhoneNumber",
    21451: "AreaCode",
    21452: "AreaCode",
    21609: "StatusCallback",
}
"""The parameter that a code complains of, for a refusal that is asked for and not found."""

REASONS: Final[Mapping[str, int]] = {
    "invalid number": 21211,
    "unowned caller id": 21210,
    "forbidden destination": 21215,
    "wrong credentials": 20003,
    "too many requests": 20429,
    "server error": 20500,
    "unavailable": 20503,
    "unknown call": 20404,
    "not answered yet": 21220,
    "call is over": 21220,
}
"""The codes of the reasons that scenarios name. One code tells of calls that are not answered yet and of those over."""

FIDELITY: Final = (
    ("body keys code, message, more_info, status", "observed traffic", "captured"),
    ("HTTP statuses 400, 401, 404, 429 of the codes", "observed traffic", "captured"),
    ("HTTP statuses 403, 405, 410, 422 of the codes", "nothing published", "assumed"),
    ("HTTP status 409 of 20009", "somleng", "reimplemented"),
    ("message texts", "each line of refusals.CATALOGUE names its own", "captured"),
)


class Refused(Exception):
    """A request that the API refuses. Anything else that a handler raises is a bug of the emulator."""

    def __init__(self, code: int, template: str | None = None, **details: str) -> None:
        refusal = CATALOGUE.get(code)
        if refusal is None:
            raise ValueError(f"{code} is not in the catalogue of refusals; it has {', '.join(map(str, CATALOGUE))}")
        self.code = code
        self.status = refusal.status
        self.message = _fill(template or refusal.message, details)
        super().__init__(f"{code}: {self.message}")

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.status,
        }


def _fill(template: str, details: Mapping[str, str]) -> str:
    fields = (field for _, field, _, _ in string.Formatter().parse(template) if field)
    return template.format_map({field: details.get(field, "") for field in fields})
