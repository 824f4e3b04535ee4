"""Recordings over REST: listed, shown, deleted."""

from __future__ import annotations

from typing import Any, Final

from voicecall_sim.carriers.plivo import presentation
from voicecall_sim.carriers.plivo.account import Account, RecordingRecord
from voicecall_sim.carriers.plivo.asked import GONE, Answer, Asked, Office, Route
from voicecall_sim.carriers.plivo.refusals import NOT_FOUND, Refused


def listing(office: Office, asked: Asked) -> Answer:
    """The recordings that are over, newest first."""
    wanted = asked.given["call_uuid"]
    over = [one for one in office.account.recordings.values() if one.ended is not None]
    found = [one for one in over if wanted in {None, one.call_uuid}]
    shown = presentation.page(asked.path, asked.given, found[::-1], lambda one: whole(office.account, one))
    return Answer(200, {"api_id": asked.api_id, **shown})


def show(office: Office, asked: Asked) -> Answer:
    """One recording."""
    return Answer(200, {"api_id": asked.api_id, **whole(office.account, found(office, asked))})


def delete(office: Office, asked: Asked) -> Answer:
    """Forget one."""
    del office.account.recordings[found(office, asked).recording_id]
    return GONE


def found(office: Office, asked: Asked) -> RecordingRecord:
    """The recording of the path. Raises `Refused`."""
    record = office.account.recordings.get(asked.names["recording"])
    if record is None or record.ended is None:
        raise Refused(*NOT_FOUND)
    return record


def whole(account: Account, record: RecordingRecord) -> dict[str, Any]:
    """As REST shows it; its milliseconds are texts with five decimals."""
    return {
        "add_time": presentation.shown_time(account, record.added),
        "call_uuid": record.call_uuid,
        "conference_name": record.conference,
        "from_number": record.from_,
        "to_number": record.to,
        "recording_id": record.recording_id,
        "recording_url": record.url,
        "recording_format": record.format,
        "recording_type": "call" if record.conference is None else "conference",
        "recording_duration_ms": f"{record.milliseconds:.5f}",
        "recording_start_ms": f"{record.began:.5f}",
        "recording_end_ms": f"{record.ended or 0:.5f}",
        "rounded_recording_duration": -(-record.milliseconds // 60_000) * 60,
        "monthly_recording_storage_amount": "0.00000",
        "recording_storage_duration": 0,
        "recording_storage_rate": "0.00000",
        "resource_uri": presentation.uri(account, "Recording", record.recording_id),
    }


ROUTES: Final = (
    Route(operation="list recordings", method="GET", path="Recording", handler=listing),
    Route(operation="fetch recording", method="GET", path="Recording/{recording}", handler=show),
    Route(operation="delete recording", method="DELETE", path="Recording/{recording}", handler=delete),
)

FIDELITY: Final = (
    ("a recording's fields", "SDK fixtures", "captured"),
    ("a recording that goes on is not found", "no source", "assumed"),
    ("the file itself is not offered", "our choice", "assumed"),
)
