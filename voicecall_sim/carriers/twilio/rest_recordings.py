"""The Recordings resources, of the account and of a call: Twilio docs, voice/api/recording."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from voicecall_sim.carriers.twilio import filters, paging
from voicecall_sim.carriers.twilio.account import RecordingResource
from voicecall_sim.carriers.twilio.asked import NO_CONTENT, Answer, Asked, Office, Route
from voicecall_sim.carriers.twilio.orders import read_recording
from voicecall_sim.carriers.twilio.presentation import show_call_recording, show_recording
from voicecall_sim.carriers.twilio.refusals import NOT_RECORDABLE, Refused
from voicecall_sim.carriers.twilio.states import RECORDING_STEPS, CallStatus
from voicecall_sim.carriers.twilio.validation import Form, choice, flag, whole
from voicecall_sim.carriers.twilio.wav import mixed, silence, wav

CURRENT: Final = "Twilio.CURRENT"
KEPT: Final = timedelta(days=40)
"""How long a deleted recording can still be shown."""
SOURCE: Final = "StartCallRecordingAPI"
ACTIVE: Final = ("in-progress", "paused")

FIDELITY: Final = (
    ("starting answers 201; a call that is not in progress is 21220", "OpenAPI, error dictionary 21220", "documented"),
    ("Twilio.CURRENT names the one active recording", "OpenAPI twilio_api_v2010", "documented"),
    ("Twilio.CURRENT with several is 16108, with none 20404", "error dictionary 16108", "assumed"),
    ("steering a recording that is over is 21220", "nothing published", "assumed"),
    ("deleting one that is not over is 20009", "error dictionary 20009", "assumed"),
    ("deleted recordings are shown for 40 days on demand", "OpenAPI twilio_api_v2010", "documented"),
    ("the media is WAV, PCM of 16 bits at 8 kHz", "Twilio docs, voice/api/recording", "documented"),
    ("two channels only with RequestedChannels=2", "common knowledge", "assumed"),
    ("media that is not ready yet is 20404", "common knowledge", "assumed"),
    ("mp3 is not offered", "not emulated", "assumed"),
)

START_PARAMETERS: Final = frozenset(
    {"RecordingChannels", "RecordingTrack", "RecordingStatusCallback", "RecordingStatusCallbackMethod", "Trim"}
    | {"RecordingStatusCallbackEvent", "RecordingConfigurationId"}
)
STEER_PARAMETERS: Final = frozenset({"Status", "PauseBehavior"})
CALL_LIST_PARAMETERS: Final = frozenset({*filters.names("DateCreated"), *paging.PARAMETERS})
FETCH_PARAMETERS: Final = frozenset({"IncludeSoftDeleted"})
LIST_PARAMETERS: Final = CALL_LIST_PARAMETERS | FETCH_PARAMETERS | {"CallSid", "ConferenceSid"}
MEDIA_PARAMETERS: Final = frozenset({"RequestedChannels"})


def start(office: Office, asked: Asked) -> Answer:
    """Begin to record a call."""
    call = office.call(asked)
    wish, warnings = read_recording(asked.form, office.account.terms.local_urls, SOURCE)
    if call.status is not CallStatus.IN_PROGRESS:
        raise Refused(21220, NOT_RECORDABLE)
    recording = office.exchange.record(call.sid, wish)
    return Answer(status=201, json=show_call_recording(recording), warnings=warnings)


def steer(office: Office, asked: Asked) -> Answer:
    """Pause, resume or stop a recording."""
    recording = _current(office, asked) if asked.sids["recording"] == CURRENT else _of_call(office, asked)
    status = choice(asked.form, "Status", ("in-progress", "paused", "stopped"), "")
    behavior = choice(asked.form, "PauseBehavior", ("skip", "silence"), "silence")
    if (recording.status, status) not in RECORDING_STEPS:
        raise Refused(21220, NOT_RECORDABLE)
    office.exchange.steer_recording(recording.sid, status, behavior)
    return Answer(json=show_call_recording(recording))


def _current(office: Office, asked: Asked) -> RecordingResource:
    call = office.call(asked)
    found = [one for one in office.account.recordings.values() if one.call_sid == call.sid and one.status in ACTIVE]
    if len(found) > 1:
        raise Refused(16108)
    if not found:
        raise asked.not_found()
    return found[0]


def _of_account(office: Office, asked: Asked, *, deleted: bool = False) -> RecordingResource:
    recording = office.account.recordings.get(asked.sids["recording"])
    if recording is None or not _visible(recording, office.wall(), deleted):
        raise asked.not_found()
    return recording


def _of_call(office: Office, asked: Asked) -> RecordingResource:
    recording = _of_account(office, asked)
    if recording.call_sid != office.call(asked).sid:
        raise asked.not_found()
    return recording


def _visible(recording: RecordingResource, now: datetime, deleted: bool) -> bool:
    return not recording.deleted or (deleted and now < recording.date_updated + KEPT)


def fetch(office: Office, asked: Asked) -> Answer:
    """One recording."""
    deleted = flag(asked.query, "IncludeSoftDeleted")
    return Answer(json=show_recording(_of_account(office, asked, deleted=deleted), office.account.api_base))


def fetch_of_call(office: Office, asked: Asked) -> Answer:
    """One recording of a call."""
    return Answer(json=show_call_recording(_of_call(office, asked)))


def list_(office: Office, asked: Asked) -> Answer:
    """The account's recordings that match."""
    page = paging.read_page(asked.path, asked.query)
    wanted = _Wanted(asked.query, office.wall(), asked.query["CallSid"])
    base = office.account.api_base
    return Answer(
        json=page.body("recordings", office.account.recordings, wanted, lambda one: show_recording(one, base))
    )


def list_of_call(office: Office, asked: Asked) -> Answer:
    """The recordings of one call that match."""
    page = paging.read_page(asked.path, asked.query)
    wanted = _Wanted(asked.query, office.wall(), office.call(asked).sid)
    return Answer(json=page.body("recordings", office.account.recordings, wanted, show_call_recording))


class _Wanted:
    """Whether a recording passes a list's filters. Bad filters are refused on construction."""

    def __init__(self, query: Form, now: datetime, call_sid: str | None) -> None:
        self._query = query
        self._now = now
        self._call_sid = call_sid
        self._deleted = flag(query, "IncludeSoftDeleted")
        filters.judge(query, "DateCreated")

    def __call__(self, recording: RecordingResource) -> bool:
        """Whether this recording is wanted. There are no conferences, so that none has a conference's identifier."""
        return (
            self._call_sid in {None, recording.call_sid}
            and self._query["ConferenceSid"] is None
            and _visible(recording, self._now, self._deleted)
            and filters.within(self._query, "DateCreated", recording.date_created)
        )


def delete(office: Office, asked: Asked) -> Answer:
    """Delete a recording."""
    return _delete(office, _of_account(office, asked))


def delete_of_call(office: Office, asked: Asked) -> Answer:
    """Delete a recording of a call."""
    return _delete(office, _of_call(office, asked))


def _delete(office: Office, recording: RecordingResource) -> Answer:
    if recording.status in ACTIVE:
        raise Refused(20009, "Cannot delete this resource before it is complete")
    recording.deleted = True
    recording.audio = None
    recording.date_updated = office.wall()
    return NO_CONTENT


def media(office: Office, asked: Asked) -> Answer:
    """The sound of a recording as a WAV file."""
    recording = _of_account(office, asked)
    if recording.status != "completed":
        raise asked.not_found()
    channels = min(whole(asked.query, "RequestedChannels", 1, (1, 2)), recording.channels)
    samples = recording.audio
    if samples is None:
        samples = silence(recording.duration or 0, recording.channels)
    sound = samples if channels == recording.channels else mixed(samples, recording.channels)
    return Answer(data=wav(sound, channels), content_type="audio/x-wav")


_CALL_LIST: Final = "/Calls/{call}/Recordings.json"
_CALL_ONE: Final = "/Calls/{call}/Recordings/{recording}.json"
_ONE: Final = "/Recordings/{recording}.json"

ROUTES: Final = (
    Route(operation="start recording", method="POST", path=_CALL_LIST, handler=start, parameters=START_PARAMETERS),
    Route(
        operation="list recordings",
        method="GET",
        path=_CALL_LIST,
        handler=list_of_call,
        parameters=CALL_LIST_PARAMETERS,
    ),
    Route(operation="steer recording", method="POST", path=_CALL_ONE, handler=steer, parameters=STEER_PARAMETERS),
    Route(operation="fetch recording", method="GET", path=_CALL_ONE, handler=fetch_of_call),
    Route(operation="delete recording", method="DELETE", path=_CALL_ONE, handler=delete_of_call),
    Route(
        operation="list recordings", method="GET", path="/Recordings.json", handler=list_, parameters=LIST_PARAMETERS
    ),
    Route(operation="fetch recording", method="GET", path=_ONE, handler=fetch, parameters=FETCH_PARAMETERS),
    Route(operation="delete recording", method="DELETE", path=_ONE, handler=delete),
    *(
        Route(operation="fetch media", method="GET", path=path, handler=media, parameters=MEDIA_PARAMETERS, open=True)
        for path in ("/Recordings/{recording}.wav", "/Recordings/{recording}")
    ),
)
