"""The account's resources, without HTTP: calls, recordings, numbers, credentials. The truth that REST shows.

Who writes what: the exchange enters calls and recordings in `Account.calls` and `Account.recordings` and keeps them up
to date; REST reads them, deletes them, and commands the exchange through `Exchange`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.market import NumberMarket, OpenMarket
from voicecall_sim.carriers.twilio.shelf import Shelf
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.terms import Terms
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.twilio.stream_resource import StreamResource, StreamWish

DEFAULT_BASE: Final = "https://api.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A URL that Twilio will request, with its method. The URL may carry connection overrides in its fragment."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Answering machine detection as asked for on create or on a Dial noun. Thresholds in milliseconds."""

    mode: str
    asynchronous: bool = False
    callback: Callback | None = None
    timeout: int = 30
    speech_threshold: int = 2400
    speech_end_threshold: int = 1200
    silence_timeout: int = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWish:
    """How a call is to be recorded."""

    channels: str = "mono"
    track: str = "both"
    trim: str = "do-not-trim"
    callback: Callback | None = None
    events: tuple[str, ...] = ("completed",)
    source: str = "OutboundAPI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated request to place a call. Times in seconds."""

    to: str
    from_: str
    instructions: Callback | str
    """Where TwiML is fetched from on answer, or the TwiML itself."""
    fallback: Callback | None = None
    status_callback: Callback | None = None
    status_events: tuple[str, ...] = ("completed",)
    timeout: int = 60
    time_limit: int = 14_400
    send_digits: str | None = None
    caller_id: str | None = None
    detection: Detection | None = None
    recording: RecordingWish | None = None
    parent_sid: str | None = None
    application_sid: str | None = None
    """The TwiML application that gave the instructions, if one did."""


@dataclass(slots=True, kw_only=True)
class CallResource:
    """One call as REST shows it. Mutable: the exchange writes it, `states` guards `status`. Instants are aware UTC."""

    sid: str
    account_sid: str
    to: str
    from_: str
    direction: str
    status: CallStatus
    phone_number_sid: str | None = None
    parent_call_sid: str | None = None
    date_created: datetime | None = None
    date_updated: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration: int | None = None
    answered_by: str | None = None
    queue_time: int = 0
    caller_name: str | None = None
    forwarded_from: str | None = None
    events: list[Mapping[str, object]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class RecordingResource:
    """One recording as REST shows it."""

    sid: str
    account_sid: str
    call_sid: str
    status: str
    channels: int
    track: str
    source: str
    start_time: datetime
    date_created: datetime
    date_updated: datetime
    duration: int | None = None
    error_code: int | None = None
    deleted: bool = False
    audio: bytes | None = None
    """What was recorded: 16-bit little-endian PCM at 8 kHz, channels interleaved. None: silence of that duration."""


@dataclass(slots=True, kw_only=True)
class NumberResource:
    """A number of the account and where its inbound calls go."""

    sid: str
    phone_number: str
    friendly_name: str
    voice: Callback | None = None
    fallback: Callback | None = None
    status_callback: Callback | None = None
    application_sid: str | None = None
    """The TwiML application that handles its calls; then the three callbacks above are not used."""
    caller_id_lookup: bool = False
    date_created: datetime | None = None
    date_updated: datetime | None = None
    settings: dict[str, str] = field(default_factory=dict)
    """What REST was told and only shows again (messaging, addresses), by the name in the JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A TwiML application: instructions that calls and numbers may refer to."""

    sid: str
    voice: Callback | None = None
    fallback: Callback | None = None
    status_callback: Callback | None = None


class Exchange(Protocol):
    """The switching side of the carrier, as REST commands it (`exchange.py`). All return at once."""

    def place(self, order: Order) -> CallResource:
        """Take on a call: the resource is `queued` and entered in `Account.calls` when this returns.

        Dialling begins after the REST answer could be sent. `order` is valid; numbers in it are E.164.
        """
        ...

    def redirect(self, sid: str, instructions: Callback | str) -> None:
        """Interrupt the document being performed and run this one. The call is in progress."""
        ...

    def complete(self, sid: str) -> None:
        """Hang up whatever the state."""
        ...

    def cancel(self, sid: str) -> None:
        """Hang up if queued or ringing; otherwise nothing."""
        ...

    def change(
        self,
        sid: str,
        *,
        fallback: Callback | None = None,
        status_callback: Callback | None = None,
        time_limit: int | None = None,
    ) -> None:
        """Change what is given on a live call."""
        ...

    def record(self, sid: str, wish: RecordingWish) -> RecordingResource:
        """Start recording a call in progress; the resource is entered in `Account.recordings` when this returns."""
        ...

    def steer_recording(self, recording_sid: str, status: str, pause_behavior: str) -> None:
        """`in-progress`, `paused` or `stopped`."""
        ...

    def stream(self, sid: str, wish: StreamWish) -> StreamResource:
        """Start a one-way stream of a call in progress; it is entered in `Account.streams` when this returns."""
        ...

    def stop_stream(self, stream_sid: str) -> None:
        """End a one-way stream that is in progress."""
        ...


class Account:
    """One account: credentials, what it owns, and its calls. Identifiers and secrets come from the world's chance."""

    def __init__(self, surroundings: Surroundings, market: NumberMarket | None = None) -> None:
        self._surroundings = surroundings
        self.market: NumberMarket = market or OpenMarket()
        self.sid = ids.new_sid(surroundings.chance, ids.ACCOUNT)
        self.auth_token = ids.new_auth_token(surroundings.chance)
        self.friendly_name = "Emulated account"
        self.date_created = surroundings.clock.wall()
        self.terms = Terms()
        self.api_base = DEFAULT_BASE
        """Scheme and host that recordings are fetched from; another one on loopback ports."""
        self.keys: dict[str, str] = {}
        self.calls: Shelf[CallResource] = Shelf()
        self.recordings: Shelf[RecordingResource] = Shelf()
        self.streams: dict[str, StreamResource] = {}
        self.numbers: Shelf[NumberResource] = Shelf()
        self.applications: dict[str, Application] = {}
        self.verified: set[str] = set()
        """Outgoing caller ids that were verified, E.164."""
        self.requests_under_way = 0
        self._guard(self.sid, self.auth_token, "twilio.authToken")

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen, by name."""
        return {"twilio.authToken": self.auth_token} | {f"twilio.apiKey.{sid}": key for sid, key in self.keys.items()}

    def new_key(self) -> tuple[str, str]:
        """Make an API key: its identifier and its secret."""
        sid = ids.new_sid(self._surroundings.chance, ids.API_KEY)
        secret = self.keys[sid] = ids.new_key_secret(self._surroundings.chance)
        self._guard(sid, secret, f"twilio.apiKey.{sid}")
        return sid, secret

    def new_application(
        self, voice: Callback | None, fallback: Callback | None = None, status_callback: Callback | None = None
    ) -> Application:
        """Make a TwiML application."""
        sid = ids.new_sid(self._surroundings.chance, ids.APPLICATION)
        application = self.applications[sid] = Application(
            sid=sid, voice=voice, fallback=fallback, status_callback=status_callback
        )
        return application

    def number(self, phone_number: str) -> NumberResource | None:
        """The account's number with that E.164 form."""
        return next((number for number in self.numbers.values() if number.phone_number == phone_number), None)

    def acquire(self, phone_number: str, friendly_name: str | None = None) -> NumberResource:
        """Come to own a number (E.164); the one that is there already, if it is the account's."""
        if (owned := self.number(phone_number)) is not None:
            return owned
        now = self._surroundings.clock.wall()
        number = NumberResource(
            sid=ids.new_sid(self._surroundings.chance, ids.NUMBER),
            phone_number=phone_number,
            friendly_name=friendly_name or phone_number,
            date_created=now,
            date_updated=now,
        )
        self.numbers[number.sid] = number
        self.market.acquired(number)
        return number

    def release(self, sid: str) -> None:
        """Give a number back."""
        self.market.released(self.numbers.pop(sid))

    def offer(self, area_code: str) -> str | None:
        """A number that is to be had in a North American area code, or None."""
        first = self._surroundings.chance("twilio.numbers").randrange(10_000)
        candidates = (f"+1{area_code}555{(first + step) % 10_000:04d}" for step in range(10_000))
        return next((one for one in candidates if self.number(one) is None and self.market.available(one)), None)

    def may_call_from(self, number: str) -> bool:
        """Whether this E.164 number may be shown as the caller: owned or verified."""
        return number in self.verified or self.number(number) is not None

    def knows(self, user: str, password: str) -> bool:
        """Whether these are the account's credentials: account and auth token, or an API key and its secret."""
        return (user, password) == (self.sid, self.auth_token) or (user in self.keys and self.keys[user] == password)

    def _guard(self, user: str, secret: str, name: str) -> None:
        self._surroundings.journal.keep_secret(name, secret)
        self._surroundings.journal.keep_secret(f"{name} with its user", f"{user}:{secret}")
