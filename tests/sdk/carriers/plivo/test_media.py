"""Plivo audio streams: what its messages say, and ours."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.carriers.plivo.media import clear, mark, read, sound, wire
from voicecall_sdk.carriers.wire import Key, Mark, MediaMessage, Sound, Started, Stopped
from voicecall_sdk.errors import Unintelligible
from voicecall_sdk.values import ProviderCallId

START = {
    "callId": "call",
    "streamId": "stream",
    "accountId": "MAXXXXXXXXXXXXXXXXXX",
    "tracks": ["inbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
}


def start(headers: Any = "", **changes: Any) -> str:
    return json.dumps({"event": "start", "sequenceNumber": 1, "start": {**START, **changes}, "extra_headers": headers})


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ("", None),
        (None, None),
        ("token=a_b-c", "a_b-c"),
        ("x=1;token=abc;y=2", "abc"),
        ("x=1,token=abc", "abc"),
        ('{"token": "abc"}', "abc"),
        ("x=1", None),
    ],
)
def test_a_start(headers: Any, token: str | None) -> None:
    assert read(start(headers)) == Started(
        stream_id="stream", provider_call_id=ProviderCallId("call"), token=token, encoding="audio/x-mulaw"
    )


def test_another_encoding_is_not_understood() -> None:
    with pytest.raises(Unintelligible, match="x-l16"):
        read(start(mediaFormat={"encoding": "audio/x-l16", "sampleRate": 8000}))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"event": "media", "media": {"track": "inbound", "payload": "AP8="}}, Sound(b"\x00\xff")),
        ({"event": "media", "media": {"track": "outbound", "payload": "AP8="}}, None),
        ({"event": "dtmf", "streamId": "s", "dtmf": {"track": "inbound", "digit": "5"}}, Key("5")),
        ({"event": "playedStream", "streamId": "s", "name": "1-end"}, Mark("1-end")),
        ({"event": "clearedAudio", "streamId": "s"}, None),
        ({"event": "stop"}, Stopped()),
        ({"event": "something new"}, None),
    ],
)
def test_messages(message: dict[str, Any], said: MediaMessage | None) -> None:
    assert read(json.dumps({"sequenceNumber": 2, "extra_headers": "", **message})) == said


@given(
    st.one_of(
        st.text(max_size=30), st.sampled_from(["[]", "{}", '{"event": "media"}', '{"event": "start", "start": 1}'])
    )
)
def test_anything_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(Unintelligible):
        read(text)


def test_what_we_send() -> None:
    assert json.loads(sound("s")(b"\x00\xff")) == {
        "event": "playAudio",
        "media": {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": "AP8="},
    }
    assert json.loads(mark("s", "1-end")) == {"event": "checkpoint", "streamId": "s", "name": "1-end"}
    assert json.loads(clear("s")) == {"event": "clearAudio", "streamId": "s"}
    assert wire.reader is None
