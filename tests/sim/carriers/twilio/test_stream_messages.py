"""What a stream tells, letter by letter."""

from __future__ import annotations

import base64
import json

import pytest

from voicecall_sim.carriers.twilio.stream_messages import CONNECTED, Messages

SID = "MZ" + "0" * 32


@pytest.fixture
def messages() -> Messages:
    return Messages(account_sid="AC1", call_sid="CA1", stream_sid=SID)


def test_the_messages_of_a_stream_have_their_keys_in_order_and_one_sequence(messages: Messages) -> None:
    payload = base64.b64encode(b"\xff" * 160).decode()
    assert len(payload) == 216
    assert payload.endswith("==")
    said = [
        CONNECTED,
        messages.start(("inbound",), {"FirstName": "Jané"}),
        messages.media("inbound", 1, 155, b"\xff" * 160),
        messages.mark('my "label"'),
        messages.dtmf("1"),
        messages.media("inbound", 2, 175, b"\xff" * 160),
        messages.stop(),
    ]
    assert said == [
        '{"event":"connected","protocol":"Call","version":"1.0.0"}',
        '{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"' + SID + '","callSid":"CA1",'
        '"tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},'
        '"customParameters":{"FirstName":"Jané"}},"streamSid":"' + SID + '"}',
        '{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"155","payload":"'
        + payload
        + '"},"streamSid":"'
        + SID
        + '"}',
        '{"event":"mark","sequenceNumber":"3","streamSid":"' + SID + '","mark":{"name":"my \\"label\\""}}',
        '{"event":"dtmf","streamSid":"' + SID + '","sequenceNumber":"4","dtmf":{"track":"inbound_track","digit":"1"}}',
        '{"event":"media","sequenceNumber":"5","media":{"track":"inbound","chunk":"2","timestamp":"175","payload":"'
        + payload
        + '"},"streamSid":"'
        + SID
        + '"}',
        '{"event":"stop","sequenceNumber":"6","streamSid":"' + SID + '","stop":{"accountSid":"AC1","callSid":"CA1"}}',
    ]


def test_a_start_without_parameters_has_an_empty_object(messages: Messages) -> None:
    assert json.loads(messages.start(("inbound", "outbound"), {}))["start"]["customParameters"] == {}
