"""REST about what is not a call: recordings, their files, the Call Control Application."""

from __future__ import annotations

from typing import Any, Final

from voicecall_sim.carriers.telnyx.account import Application, Recording
from voicecall_sim.carriers.telnyx.asked import Asked, Reply, Route
from voicecall_sim.carriers.telnyx.events import iso_millis
from voicecall_sim.carriers.telnyx.fields import Fields, flag, judge, one_of, text, url, whole
from voicecall_sim.carriers.telnyx.paging import filtered, page
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.terms import DOWNLOAD_LINKS_LAST

BUCKET: Final = "/telephony-recorder-prod"
TYPES: Final = {"wav": "audio/x-wav", "mp3": "audio/mpeg"}
SETTABLE: Final = frozenset(
    {
        "application_name",
        "webhook_event_url",
        "webhook_event_failover_url",
        "webhook_timeout_secs",
        "webhook_api_version",
        "first_command_timeout",
        "first_command_timeout_secs",
        "call_cost_in_webhooks",
        "active",
    }
)

APPLICATION: Final[Fields] = {
    "application_name": text(255, shortest=1),
    "webhook_event_url": url("https?"),
    "webhook_event_failover_url": url("https?"),
    "webhook_timeout_secs": whole(0, 30),
    "webhook_api_version": one_of("1", "2"),
    "first_command_timeout": flag,
    "first_command_timeout_secs": whole(1, 1_000_000),
    "call_cost_in_webhooks": flag,
    "active": flag,
}

OPERATIONS: Final = frozenset(
    {"list recordings", "fetch recording", "delete recording", "fetch media"}
    | {"create application", "delete application", "list applications", "fetch application", "update application"}
)
"""What can be asked for here."""


def routes(plant: Plant) -> list[Route]:
    """The routes of this room."""
    others = Others(plant)
    one, app = "/v2/recordings/{recording}", "/v2/call_control_applications/{application}"
    return [
        Route(operation="list recordings", method="GET", path="/v2/recordings", handler=others.recordings),
        Route(operation="fetch recording", method="GET", path=one, handler=others.recording),
        Route(operation="delete recording", method="DELETE", path=one, handler=others.delete),
        Route(operation="fetch media", method="GET", path=BUCKET + "/{file}", handler=others.file, open=True),
        Route(
            operation="list applications",
            method="GET",
            path="/v2/call_control_applications",
            handler=others.applications,
        ),
        Route(
            operation="create application",
            method="POST",
            path="/v2/call_control_applications",
            handler=others.create,
        ),
        Route(operation="delete application", method="DELETE", path=app, handler=others.remove),
        Route(operation="fetch application", method="GET", path=app, handler=others.application),
        Route(operation="update application", method="PATCH", path=app, handler=others.change),
    ]


def link(plant: Plant, recording: Recording) -> str:
    """Where the file is to be had, for some minutes."""
    name = f"{recording.id}.{recording.format}"
    return f"{plant.account.storage}{BUCKET}/{name}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=600"


class Others:
    """The handlers."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._account = plant.account

    def recordings(self, asked: Asked) -> Reply:
        """All of them, the newest first."""
        tests = {
            "call_control_id": lambda one: one.leg.id,
            "call_leg_id": lambda one: one.leg.leg_id,
            "call_session_id": lambda one: one.leg.session_id,
            "connection_id": lambda one: one.leg.application.id,
            "from": lambda one: one.leg.from_,
            "to": lambda one: one.leg.to,
        }
        found = filtered(asked, list(reversed(self._account.recordings.values())), tests)
        return page(asked, found, lambda one: show(self._plant, one))

    def recording(self, asked: Asked) -> Reply:
        """One."""
        return Reply(json={"data": show(self._plant, self._find(asked))})

    def delete(self, asked: Asked) -> Reply:
        """One, for the last time."""
        recording = self._find(asked)
        del self._account.recordings[recording.id]
        return Reply(json={"data": show(self._plant, recording)})

    def file(self, asked: Asked) -> Reply:
        """A recording's audio, while its link lasts."""
        name, _, extension = asked.ids["file"].rpartition(".")
        recording = self._account.recordings.get(name)
        if recording is None or recording.format != extension:
            raise Refused("10005")
        if self._plant.now() - recording.made_at > DOWNLOAD_LINKS_LAST:
            raise Refused("10010")
        return Reply(data=recording.file, type=TYPES[extension])

    def applications(self, asked: Asked) -> Reply:
        """All of them."""
        return page(asked, list(self._account.applications.values()), show_application)

    def create(self, asked: Asked) -> Reply:
        """One more."""
        for name in ("application_name", "webhook_event_url"):
            if not asked.given.get(name):
                raise Refused("10004", pointer=f"/{name}", name=name)
        judge(asked.given, APPLICATION)
        made = self._account.new_application(asked.given["application_name"])
        self._set(made, asked)
        return Reply(status=201, json={"data": show_application(made)})

    def remove(self, asked: Asked) -> Reply:
        """One less. The account's first stays: its numbers are connected to it."""
        application = self._application(asked)
        if application is self._account.application:
            raise Refused("10027", detail="Numbers are connected to this application.")
        del self._account.applications[application.id]
        return Reply(json={"data": show_application(application)})

    def application(self, asked: Asked) -> Reply:
        """The Call Control Application."""
        return Reply(json={"data": show_application(self._application(asked))})

    def change(self, asked: Asked) -> Reply:
        """Set what is given of it."""
        application = self._application(asked)
        judge(asked.given, APPLICATION)
        self._set(application, asked)
        return Reply(json={"data": show_application(application)})

    def _set(self, application: Application, asked: Asked) -> None:
        for name in sorted(SETTABLE & asked.given.keys()):
            setattr(application, name, asked.given[name])
        application.updated_at = self._plant.surroundings.clock.wall()

    def _application(self, asked: Asked) -> Application:
        application = self._account.applications.get(asked.ids["application"])
        if application is None:
            raise Refused("10005")
        return application

    def _find(self, asked: Asked) -> Recording:
        recording = self._account.recordings.get(asked.ids["recording"])
        if recording is None:
            raise Refused("10005", detail="Recording not found")
        return recording


def show(plant: Plant, recording: Recording) -> dict[str, Any]:
    """A recording as REST shows it."""
    leg = recording.leg
    return {
        "id": recording.id,
        "record_type": "recording",
        **leg.identity,
        "conference_id": None,
        "channels": recording.channels,
        "source": "call",
        "status": "completed",
        "download_urls": {recording.format: link(plant, recording)},
        "duration_millis": recording.duration_millis,
        "from": leg.from_,
        "to": leg.to,
        "initiated_by": recording.initiated_by,
        "recording_started_at": iso_millis(recording.started_at),
        "recording_ended_at": iso_millis(recording.ended_at),
        "created_at": iso_millis(recording.ended_at),
        "updated_at": iso_millis(recording.ended_at),
    }


def show_application(application: Application) -> dict[str, Any]:
    """An application as REST shows it."""
    return {
        "id": application.id,
        "record_type": "call_control_application",
        **{name: getattr(application, name) for name in sorted(SETTABLE)},
        "created_at": iso_millis(application.created_at),
        "updated_at": iso_millis(application.updated_at),
    }


FIDELITY: Final = (
    ("the fields of recordings and applications", "OpenAPI", "documented"),
    (
        "applications made by REST have webhooks of version 1 unless they say 2: those are not sent, with a note",
        "OpenAPI (the default)",
        "documented",
    ),
    ("webhook_timeout_secs is of 0 to 30", "OpenAPI", "documented"),
    ("a recording's link ends after 10 minutes with a 403", "OpenAPI; status assumed", "assumed"),
)
