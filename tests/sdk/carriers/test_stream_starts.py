"""The first message of a media stream comes from anybody: whatever stands in it is read as texts, or not understood."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.wire import Started
from voicecall_sdk.errors import Unintelligible

STARTS: dict[str, dict[str, Any]] = {
    "twilio": {
        "event": "start",
        "streamSid": "MZ1",
        "start": {
            "callSid": "CA1",
            "streamSid": "MZ1",
            "customParameters": {"token": "t"},
            "mediaFormat": {"encoding": "audio/x-mulaw"},
        },
    },
    "telnyx": {
        "event": "start",
        "stream_id": "s1",
        "start": {
            "call_control_id": "c1",
            "custom_parameters": {"token": "t"},
            "media_format": {"encoding": "PCMU", "sample_rate": 8000},
        },
    },
    "plivo": {
        "event": "start",
        "extra_headers": "{}",
        "start": {"callId": "c1", "streamId": "s1", "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000}},
    },
}

ODD: tuple[object, ...] = (None, True, 5, 1.5, "", [], ["a"], {}, {"a": ["b"]})


def places(value: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in value.items():
        yield (*path, name)
        if isinstance(inner, dict):
            yield from places(inner, (*path, name))


def with_value(message: dict[str, Any], place: tuple[str, ...], value: object) -> str:
    changed: Any = copy.deepcopy(message)
    inner = changed
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return json.dumps(changed)


@pytest.mark.parametrize("carrier", STARTS)
def test_whatever_stands_in_a_start(carrier: str) -> None:
    wire = CARRIERS[carrier].wire
    assert wire is not None
    assert isinstance(wire.read(json.dumps(STARTS[carrier])), Started)
    for place in places(STARTS[carrier]):
        for value in ODD:
            try:
                said = wire.read(with_value(STARTS[carrier], place, value))
            except Unintelligible:
                continue
            if isinstance(said, Started):
                texts = (said.stream_id, said.encoding, said.provider_call_id or "", said.token or "")
                assert all(isinstance(text, str) for text in texts), (place, value)
