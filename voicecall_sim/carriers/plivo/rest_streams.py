"""Audio streams over REST: started, listed, shown, stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from voicecall_sim.carriers.plivo import presentation
from voicecall_sim.carriers.plivo.account import Account, StreamRecord
from voicecall_sim.carriers.plivo.asked import GONE, Answer, Asked, Office, Route, done
from voicecall_sim.carriers.plivo.attributes import MOST_EXTRA, NOISE_LEVELS
from voicecall_sim.carriers.plivo.elements import Stream
from voicecall_sim.carriers.plivo.linear import read_type
from voicecall_sim.carriers.plivo.refusals import NOT_FOUND, STREAM_ACTIVE, Refused, invalid, missing
from voicecall_sim.carriers.plivo.stream import AudioStream
from voicecall_sim.carriers.plivo.validation import Form

LONGEST_URL: Final = 2048
STOPPED: Final = "API request"


def start(office: Office, asked: Asked) -> Answer:
    """Begin a stream beside whatever goes on."""
    call = office.conversing(asked)
    wish = read_wish(asked.given)
    if call.streams:
        raise Refused(*STREAM_ACTIVE)
    stream = AudioStream(call, wish)
    return done(asked, 201, "audio streaming started", stream_id=stream.record.stream_id)


def read_wish(given: Form) -> Stream:
    """What is asked for. Raises `Refused`."""
    url = given.url("service_url", "ws", "wss")
    if url is None:
        raise missing("service_url")
    if len(url) > LONGEST_URL:
        raise invalid("service_url")
    two_way = given.boolean("bidirectional")
    track = given.word("audio_track", "inbound", "inbound", "outbound", "both")
    if two_way and track != "inbound":
        raise invalid("audio_track")
    content_type = given["content_type"] or Stream(url=url).content_type
    if read_type(content_type) is None:
        raise invalid("content_type")
    extra = given["extra_headers"] or ""
    if len(extra.encode()) > MOST_EXTRA:
        raise invalid("extra_headers")
    status = given.callback("status_callback")
    return Stream(
        url=url,
        bidirectional=two_way,
        track=track,
        timeout=given.integer("stream_timeout", 86_400, 1),
        content_type=content_type,
        extra_headers=extra,
        status_url=None if status is None else status.url,
        status_method="POST" if status is None else status.method,
        noise_cancellation=given.boolean("noise_cancellation"),
        noise_level=given.integer("noise_cancellation_level", 85, *NOISE_LEVELS),
    )


def listing(office: Office, asked: Asked) -> Answer:
    """The streams of a call."""
    found = [one for one in office.account.streams.values() if one.call_uuid == asked.names["uuid"]]
    shown = presentation.page(asked.path, asked.given, found, brief)
    shown["meta"]["count"] = len(found)
    return Answer(200, {"api_id": asked.api_id, **shown})


def show(office: Office, asked: Asked) -> Answer:
    """One stream."""
    return Answer(200, {"api_id": asked.api_id, **whole(office.account, found(office, asked))})


def stop(office: Office, asked: Asked) -> Answer:
    """End one stream."""
    record = found(office, asked)
    stream = office.live(asked).streams.get(record.stream_id)
    if stream is None:
        raise Refused(*NOT_FOUND)
    stream.stop(STOPPED)
    return GONE


def stop_all(office: Office, asked: Asked) -> Answer:
    """End all streams of a call."""
    for stream in tuple(office.live(asked).streams.values()):
        stream.stop(STOPPED)
    return GONE


def found(office: Office, asked: Asked) -> StreamRecord:
    """The stream of the path. Raises `Refused`."""
    record = office.account.streams.get(asked.names["stream"])
    if record is None or record.call_uuid != asked.names["uuid"]:
        raise Refused(*NOT_FOUND)
    return record


def brief(record: StreamRecord) -> dict[str, Any]:
    """As it stands in a list."""
    return {
        "call_uuid": record.call_uuid,
        "end_time": shown_time(record.ended),
        "service_url": record.service_url,
        "start_time": shown_time(record.started),
        "status": record.status,
        "status_callback_url": record.status_callback,
        "stream_id": record.stream_id,
    }


def whole(account: Account, record: StreamRecord) -> dict[str, Any]:
    """By itself."""
    long = 0 if record.started is None or record.ended is None else (record.ended - record.started).total_seconds()
    return {
        "audio_track": record.audio_track,
        "bidirectional": record.bidirectional,
        "bill_duration": round(long),
        "billed_amount": "0.00000",
        "call_uuid": record.call_uuid,
        "content_type": record.content_type,
        "created_at": shown_time(record.created),
        "end_time": shown_time(record.ended),
        "plivo_auth_id": account.auth_id,
        "resource_uri": presentation.uri(account, "Call", record.call_uuid, "Stream", record.stream_id),
        "rounded_bill_duration": -(-round(long) // 60) * 60,
        "service_url": record.service_url,
        "start_time": shown_time(record.started),
        "stream_id": record.stream_id,
    }


def shown_time(at: datetime | None) -> str | None:
    """UTC."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S}+00:00"


ROUTES: Final = (
    Route(operation="start stream", method="POST", path="Call/{uuid}/Stream", handler=start),
    Route(operation="list streams", method="GET", path="Call/{uuid}/Stream", handler=listing),
    Route(operation="stop all streams", method="DELETE", path="Call/{uuid}/Stream", handler=stop_all),
    Route(operation="fetch stream", method="GET", path="Call/{uuid}/Stream/{stream}", handler=show),
    Route(operation="stop stream", method="DELETE", path="Call/{uuid}/Stream/{stream}", handler=stop),
)

FIDELITY: Final = (
    (
        "201 audio streaming started with stream_id; one stream a call, 400 for a second",
        "docs voice/api/audio-stream",
        "documented",
    ),
    ("lists have count and total_count", "SDK fixtures have one, the docs the other", "captured"),
    (
        "noise cancellation is taken (level 60 to 100) and cancels nothing: there is no noise but asked for",
        "docs voice/xml/audio-streaming",
        "assumed",
    ),
    ("streams cost nothing", "no figure is published", "assumed"),
)
