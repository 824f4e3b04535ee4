"""Telnyx media streams: what its messages say, and ours."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.audio.g711 import alaw_to_ulaw
from voicecall_sdk.carriers.telnyx.media import clear, mark, read, reader, sound, wire
from voicecall_sdk.carriers.wire import Key, Mark, MediaMessage, Sound, Started, Stopped
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.values import ProviderCallId

START = {
    "user_id": "u",
    "call_control_id": "v3:x",
    "from": None,
    "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
}


def start(**changes: Any) -> str:
    return json.dumps({"event": "start", "sequence_number": "1", "stream_id": "stream", "start": {**START, **changes}})


def started(encoding: str = "PCMU") -> Started:
    message = read(start(media_format={"encoding": encoding}))
    assert isinstance(message, Started)
    return message


def test_a_start() -> None:
    assert read(start()) == Started(
        stream_id="stream", provider_call_id=ProviderCallId("v3:x"), token=None, encoding="PCMU"
    )
    named = read(start(custom_parameters={"token": "abc"}))
    assert isinstance(named, Started)
    assert named.token == "abc"


@pytest.mark.parametrize("encoding", ["L16", "G722", "OPUS", "AMR-WB", ""])
def test_another_encoding_is_not_understood(encoding: str) -> None:
    with pytest.raises(Unintelligible, match="PCMU or PCMA"):
        read(start(media_format={"encoding": encoding}))


@given(st.binary(max_size=320))
def test_sound_comes_as_the_phone_network_has_it(payload: bytes) -> None:
    text = json.dumps({"event": "media", "media": {"track": "inbound", "payload": base64.b64encode(payload).decode()}})
    assert reader(started("PCMU"))(text) == Sound(payload)
    assert reader(started("PCMA"))(text) == Sound(alaw_to_ulaw(payload))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"event": "connected", "version": "1.0.0"}, None),
        ({"event": "media", "media": {"payload": "AP8="}}, Sound(b"\x00\xff")),
        ({"event": "media", "media": {"track": "outbound", "payload": "AP8="}}, None),
        ({"event": "dtmf", "dtmf": {"digit": "5"}}, Key("5")),
        ({"event": "mark", "mark": {"name": "1-end"}}, Mark("1-end")),
        ({"event": "stop", "stop": {"call_control_id": "v3:x"}}, Stopped()),
        ({"event": "something new"}, None),
    ],
)
def test_messages(message: dict[str, Any], said: MediaMessage | None) -> None:
    assert read(json.dumps({"stream_id": "s", "sequence_number": "4", **message})) == said


def test_what_telnyx_does_not_like_is_told() -> None:
    told = {"code": 100005, "title": "rate_limit_reached", "detail": "…"}
    with pytest.raises(Unintelligible, match="100005 rate_limit_reached"):
        read(json.dumps({"event": "error", "stream_id": "s", "payload": told}))


BROKEN = ["[]", "{}", '{"event": "media"}', '{"event": "start", "start": 1}', '{"event": "error", "payload": 1}']


@given(st.one_of(st.text(max_size=30), st.sampled_from(BROKEN)))
def test_anything_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(Unintelligible):
        read(text)


def test_what_we_send() -> None:
    frame = bytes(range(160))
    assert json.loads(sound("s")(frame)) == {"event": "media", "media": {"payload": base64.b64encode(frame).decode()}}
    assert json.loads(mark("s", "1-end")) == {"event": "mark", "mark": {"name": "1-end"}}
    assert json.loads(clear("s")) == {"event": "clear"}
    assert wire.reader is reader


def test_no_piece_is_shorter_than_telnyx_takes() -> None:
    payload = base64.b64decode(json.loads(sound("s")(b"\x00"))["media"]["payload"])
    assert payload == b"\x00" + b"\xff" * 159
