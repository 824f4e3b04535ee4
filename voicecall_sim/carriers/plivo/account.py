"""The account without HTTP: credentials, numbers, applications, and the records of calls, recordings and streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.endings import Ending
from voicecall_sim.world.surroundings import Surroundings

BILL_STEP: Final = 60
"""Seconds that are billed as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A URL that Plivo will request, with its method. The fragment may carry connection settings."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Machine detection as asked for on create. Times in milliseconds; with a callback it is asynchronous."""

    mode: str
    callback: Callback | None = None
    time: int = 5000
    longest_speech: int = 5000
    initial_silence: int = 4500


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated request to place one call. `from_` and `to` as written, times in seconds."""

    from_: str
    to: str
    answer: Callback
    ring: Callback | None = None
    hangup: Callback | None = None
    fallback: Callback | None = None
    caller_name: str = ""
    send_digits: str = ""
    time_limit: int = 14_400
    hangup_on_ring: int | None = None
    ring_timeout: int = 120
    detection: Detection | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What arrives as `X-PH-*`."""
    parent: str | None = None
    owner: str = ""


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """One call as REST shows it, live or over. Mutable: the live call writes it. Instants are aware UTC.

    `from_` is as the call was given it, with a plus or without; `to` has none.
    """

    uuid: str
    direction: str
    from_: str
    to: str
    initiated: datetime
    parent: str | None = None
    caller_name: str = ""
    status: str = "queued"
    request_uuid: str = ""
    session: datetime | None = None
    """When it rang, or was answered without."""
    answered: datetime | None = None
    ended: datetime | None = None
    duration: int = 0
    """Whole seconds since the answer, rounded up."""
    ending: Ending | None = None
    machine: bool = False
    conference: str | None = None
    owner: str = ""
    """The auth id of the sub-account that made it; empty: the main account."""

    @property
    def billed(self) -> int:
        """The seconds that are paid for."""
        return -(-self.duration // BILL_STEP) * BILL_STEP


@dataclass(slots=True, kw_only=True)
class RecordingRecord:
    """One recording. `began` and `ended` are epoch milliseconds; `ended` None while it runs."""

    recording_id: str
    call_uuid: str
    url: str
    format: str
    began: int
    added: datetime
    ended: int | None = None
    from_: str = ""
    to: str = ""
    conference: str | None = None

    @property
    def milliseconds(self) -> int:
        """How long it is."""
        return 0 if self.ended is None else self.ended - self.began


@dataclass(slots=True, kw_only=True)
class StreamRecord:
    """One audio stream as REST shows it."""

    stream_id: str
    call_uuid: str
    service_url: str
    bidirectional: bool
    audio_track: str
    content_type: str
    created: datetime
    status_callback: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    status: str = "initiated"

    @property
    def over(self) -> bool:
        """Whether it has ended, or failed to begin."""
        return self.ended is not None


@dataclass(slots=True, kw_only=True)
class Application:
    """Where the calls of the numbers attached to it go."""

    app_id: str
    name: str
    answer: Callback | None = None
    hangup: Callback | None = None
    fallback: Callback | None = None


@dataclass(slots=True, kw_only=True)
class Terms:
    """What this account may do, and how it is treated. Mutable: a scenario or a test sets it before calls."""

    cps: int = 2
    """Outbound calls a second by REST; those over it are queued."""
    concurrency: int | None = None
    """Outbound calls by REST at a time; those over it fail at once."""
    inbound_cps: int = 10
    """Inbound calls a second; those over it are refused as busy."""
    requests: int = 300
    """REST requests in 5 s; 429 over it. Initiating calls does not count."""
    rate: float = 0.005
    """Price of a minute."""
    zone: timezone = timezone.utc  # noqa: UP017  the type, too, is called for
    """The account's time zone."""
    ignore_unknown_elements: bool = False
    strict_stream_signature: bool = False
    stream_stop_event: bool = False
    """Whether a stream is told `stop` before its socket is closed."""
    any_caller: bool = False
    """Whether calls may come from numbers that are not the account's."""


class Account:
    """One account: credentials, what it owns, its calls."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self.auth_id = ids.new_auth_id(surroundings.chance)
        self.tokens = [ids.new_auth_token(surroundings.chance)]
        """The active ones: two while a token is being replaced."""
        self.terms = Terms()
        self.sub_accounts: dict[str, str] = {}
        """Their tokens, by auth id."""
        self.numbers: dict[str, str] = {}
        """E.164 to the identifier of the application that its calls go to, or nothing."""
        self.applications: dict[str, Application] = {}
        self.calls: dict[str, CallRecord] = {}
        self.recordings: dict[str, RecordingRecord] = {}
        self.streams: dict[str, StreamRecord] = {}
        self.media_base = "https://media.plivo.com"
        self._guard()

    @property
    def auth_token(self) -> str:
        """The one that applications are configured with."""
        return self.tokens[0]

    def rotate(self) -> str:
        """Make a second token: until the old one is taken off, both sign."""
        self.tokens.append(ids.new_auth_token(self._surroundings.chance))
        self._guard()
        return self.tokens[-1]

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen, by name."""
        names = ("plivo.authToken", *(f"plivo.authToken{number}" for number in range(2, len(self.tokens) + 1)))
        subs = {f"plivo.{auth_id}": token for auth_id, token in self.sub_accounts.items()}
        return dict(zip(names, self.tokens, strict=True)) | subs

    def knows(self, user: str, password: str) -> bool:
        """Whether these are the account's credentials."""
        return (user == self.auth_id and password in self.tokens) or (
            user in self.sub_accounts and password == self.sub_accounts[user]
        )

    def new_sub_account(self) -> tuple[str, str]:
        """Make a sub-account: its auth id and token. What it calls is signed with its token, and the main one's."""
        auth_id, token = ids.new_sub_id(self._surroundings.chance), ids.new_auth_token(self._surroundings.chance)
        self.sub_accounts[auth_id] = token
        self._guard()
        return auth_id, token

    def tokens_of(self, call_uuid: str) -> list[str]:
        """The tokens of whoever made a call."""
        record = self.calls.get(call_uuid)
        return self.tokens if record is None or not record.owner else [self.sub_accounts[record.owner]]

    def new_application(self, name: str, answer: Callback | None = None) -> Application:
        """Make an application."""
        app_id = ids.new_application_id(self._surroundings.chance)
        application = self.applications[app_id] = Application(app_id=app_id, name=name, answer=answer)
        return application

    def application_of(self, number: str) -> Application | None:
        """Where the calls to a number of the account go."""
        return self.applications.get(self.numbers.get(number, ""))

    def local(self, at: datetime) -> datetime:
        """An instant in the account's time zone."""
        return at.astimezone(self.terms.zone)

    def _guard(self) -> None:
        for name, secret in self.secrets().items():
            self._surroundings.journal.keep_secret(name, secret)
            self._surroundings.journal.keep_secret(f"{name} with its user", f"{self.auth_id}:{secret}")


INDIA: Final = timezone(timedelta(hours=5, minutes=30))
"""The zone of the captured payloads."""

FIDELITY: Final = (
    ("two outbound calls a second, those over it are queued", "docs voice/concepts/account-limits", "documented"),
    (
        "ten inbound calls a second, those over it are refused with 486",
        "docs voice/concepts/account-limits",
        "documented",
    ),
    ("calls over the concurrency fail at once with 5030; no limit by default", "account-limits", "documented"),
    ("300 API requests in 5 s, then 429; initiating calls does not count", "account-limits, older page", "documented"),
    ("billed in steps of 60 s, 0.005 a minute", "captured hang-up callbacks", "captured"),
    ("a sub-account makes calls with its own id and token", "docs voice/api/overview", "documented"),
    ("a sub-account sees and changes the main account's calls, too", "our choice", "assumed"),
    ("durations are rounded up", "one captured call: 66 s between 14:05:18 and 14:06:23", "assumed"),
)
