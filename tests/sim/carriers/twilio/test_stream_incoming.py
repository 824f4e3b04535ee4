"""What an application may say over a two-way stream, and what is ignored."""

from __future__ import annotations

import base64
import json
from itertools import chain, combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.streaming.messages import Clear, Invalid, Mark, NotText
from voicecall_sim.carriers.twilio.stream_incoming import understand

SID = "MZ1"
GOOD: dict[str, dict[str, Any]] = {
    "media": {"event": "media", "streamSid": SID, "media": {"payload": "//8="}},
    "mark": {"event": "mark", "streamSid": SID, "mark": {"name": "a"}},
    "clear": {"event": "clear", "streamSid": SID},
}
MEANT = {"media": b"\xff\xff", "mark": Mark("a"), "clear": Clear()}


def read(message: Any) -> Any:
    return understand(json.dumps(message).encode(), SID)


@pytest.mark.parametrize("event", GOOD)
def test_three_messages_are_known(event: str) -> None:
    assert read(GOOD[event]) == MEANT[event]
    assert read(dict(reversed(GOOD[event].items()))) == MEANT[event]


def without(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The message without any of its fields, and combinations of them."""
    lost = chain.from_iterable(combinations(fields, size) for size in range(1, len(fields) + 1))
    return [{key: value for key, value in fields.items() if key not in gone} for gone in lost]


@pytest.mark.parametrize("event", GOOD)
def test_no_field_may_be_missing_extra_or_of_another_sort(event: str) -> None:
    good = GOOD[event]
    bad = [
        *without(good),
        {**good, "sequenceNumber": "1"},
        {**good, "streamSid": "MZ2"},
        {**good, "streamSid": None},
        {**good, "event": event.upper()},
        {**good, "event": None},
        {**good, "event": [event]},
    ]
    if event in good:
        bad += [{**good, event: value} for value in (None, "x", [], 1, {}, {**good[event], "track": "outbound"})]
        bad += [{**good, event: dict.fromkeys(good[event], 7)}]
    else:
        bad += [{**good, "clear": {}}]
    for message in bad:
        with pytest.raises(Invalid):
            read(message)


@pytest.mark.parametrize("payload", ["*", "abc", "//8", "//8=\n", " //8=", "//8==", "=", "ä", None, 5, ["//8="]])
def test_a_payload_is_base64(payload: Any) -> None:
    with pytest.raises(Invalid, match=r"media\.payload"):
        read({"event": "media", "streamSid": SID, "media": {"payload": payload}})


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b'{"event":"clear"', "not JSON"),
        (b"[]", "not an object"),
        (b'"clear"', "not an object"),
        (b"null", "not an object"),
        (b"{}", "no event"),
        (b'{"event":"hangup","streamSid":"MZ1"}', "no event 'hangup'"),
        (b'{"event":"clear","streamSid":"MZ2"}', "not that of this stream"),
        (b'{"event":"mark","streamSid":"MZ1","mark":{}}', "mark.name is missing"),
        (b'{"event":"mark","streamSid":"MZ1","mark":{"name":"a","x":1}}', "mark.x is unknown"),
        (b'{"event":"media","streamSid":"MZ1","media":{"payload":""},"x":1}', "x is unknown"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, problem: str) -> None:
    with pytest.raises(Invalid, match=problem):
        understand(data, SID)


def test_bytes_that_are_no_text_break_the_protocol() -> None:
    with pytest.raises(NotText):
        understand(b'{"event":"\xff"}', SID)


@given(st.binary(max_size=2000))
def test_media_of_any_length_is_audio(ulaw: bytes) -> None:
    message = {"event": "media", "streamSid": SID, "media": {"payload": base64.b64encode(ulaw).decode()}}
    assert read(message) == ulaw


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["event", "media", "mark", "clear", "MZ1", "//8="]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["event", "streamSid", "media", "mark", "payload", "name"]), inner, max_size=4
        )
    ),
)


@given(JSON)
def test_whatever_comes_is_understood_or_invalid(message: Any) -> None:
    try:
        understood = read(message)
    except Invalid:
        return
    assert isinstance(understood, (bytes, Mark, Clear))
    assert message["streamSid"] == SID
