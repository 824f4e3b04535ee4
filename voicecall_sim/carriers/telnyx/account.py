"""The account's resources, without HTTP: credentials, applications, numbers, recordings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.signature import SigningKey
from voicecall_sim.carriers.telnyx.terms import Terms
from voicecall_sim.world.surroundings import Surroundings

if TYPE_CHECKING:
    from voicecall_sim.carriers.telnyx.leg import CallLeg
    from voicecall_sim.sound.sound import Sound

STORAGE: Final = "https://s3.amazonaws.com"


@dataclass(slots=True, kw_only=True)
class Application:
    """A Call Control Application, which its customers also call connection."""

    id: str
    application_name: str
    webhook_event_url: str | None = None
    webhook_event_failover_url: str | None = None
    webhook_timeout_secs: int | None = None
    webhook_api_version: str = "2"
    first_command_timeout: bool = False
    first_command_timeout_secs: int = 30
    call_cost_in_webhooks: bool = False
    active: bool = True
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Recording:
    """One recording as REST shows it, with its file."""

    id: str
    leg: CallLeg
    format: str
    channels: str
    initiated_by: str
    started_at: datetime
    ended_at: datetime
    duration_millis: int
    file: bytes
    made_at: int
    """World time, µs: links last some minutes from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """A command or a webhook, for the log of a call. `type` is `command` or `webhook`."""

    type: str
    name: str
    leg: CallLeg
    at: datetime
    metadata: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A webhook on its way; `status` when it is finished."""

    id: str
    event_type: str
    webhook: Mapping[str, Any]
    started_at: datetime
    finished_at: datetime | None = None
    status: str = "failed"
    attempts: list[dict[str, Any]] = field(default_factory=list)


class Account:
    """One account with one application. Identifiers and secrets come from the world's chance."""

    def __init__(self, surroundings: Surroundings) -> None:
        chance = surroundings.chance
        self.api_key = ids.api_key(chance)
        self.signing_key = SigningKey(chance("telnyx.secret.signing").randbytes(32))
        self.user_id = ids.new_uuid(chance, "user")
        self.terms = Terms()
        self.storage = STORAGE
        """Scheme and host that recordings are fetched from; another one on loopback ports."""
        wall = surroundings.clock.wall()
        self.application = Application(
            id=ids.snowflake(chance, "application"), application_name="emulated", created_at=wall, updated_at=wall
        )
        self.applications = {self.application.id: self.application}
        """All of them, by identifier; the account's numbers are connected to the first."""
        self.events: list[CallEvent] = []
        self.deliveries: dict[str, Delivery] = {}
        self.numbers: dict[str, str | None] = {}
        """Each number (E.164), and the URL of its own that overrides the application's, if it has one."""
        self.legs: dict[str, CallLeg] = {}
        """Every leg there was, by `call_control_id`."""
        self.recordings: dict[str, Recording] = {}
        self.media: dict[str, Sound] = {}
        """What was uploaded to the media storage, by `media_name`."""
        self._surroundings = surroundings
        surroundings.journal.keep_secret("telnyx.apiKey", self.api_key)

    def new_application(self, name: str) -> Application:
        """Make an application as REST does: its webhooks are of version 1 until that is changed."""
        wall = self._surroundings.clock.wall()
        made = Application(
            id=ids.snowflake(self._surroundings.chance, "application"),
            application_name=name,
            webhook_api_version="1",
            created_at=wall,
            updated_at=wall,
        )
        self.applications[made.id] = made
        return made

    def log(self, kind: str, name: str, leg: CallLeg, metadata: Mapping[str, Any]) -> None:
        """Note a command or a webhook of a leg."""
        at = self._surroundings.clock.wall()
        self.events.append(CallEvent(type=kind, name=name, leg=leg, at=at, metadata=metadata))

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen, by name."""
        return {"telnyx.apiKey": self.api_key}
