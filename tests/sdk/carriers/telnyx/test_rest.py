"""What our commands are as Call Control commands, and what Telnyx's answers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sdk.carriers.telnyx.requests import CONTROL_ID, CREDENTIALS, HOOK, state, view
from voicecall_sdk.carriers.carrier import Done, Placed, Standing
from voicecall_sdk.carriers.telnyx import carrier
from voicecall_sdk.carriers.telnyx.lexicon import NOT_FOUND, OVER, transcribed, voice_of
from voicecall_sdk.carriers.telnyx.rest import authorize, base_url, express, interpret
from voicecall_sdk.commands import (
    Answer,
    AskStatus,
    Command,
    Connect,
    Dial,
    FallSilent,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
    StopListening,
)
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.messages import RestReply
from voicecall_sdk.values import Direction, ProviderCallId, Turn

DIAL = Dial(to="+15551230002", from_="+15551230001", ring_timeout=30.0, max_duration=300.0)
TURN = Turn("t1")


def answer(status: int, body: Any = None) -> RestReply:
    return RestReply(status=status, body=b"" if body is None else json.dumps(body).encode())


def refusal(status: int, code: Any) -> RestReply:
    return answer(status, {"errors": [{"code": code, "title": "No", "detail": "No way."}]})


# --- commands ---------------------------------------------------------------------------------------------------


def test_dialling() -> None:
    (request,) = express(DIAL, view(provider_call_id=None))
    assert (request.method, request.path) == ("POST", "/calls")
    assert request.json == {
        "to": "+15551230002",
        "from": "+15551230001",
        "webhook_url": HOOK,
        "webhook_url_method": "POST",
        "client_state": state(),
        "command_id": "c1",
        "timeout_secs": 30,
        "time_limit_secs": 360,
    }
    signed = authorize(request, CREDENTIALS)
    assert signed.json == {"connection_id": CREDENTIALS["connectionId"], **request.json}
    assert signed.headers == {"Authorization": "Bearer KEY0"}


@pytest.mark.parametrize(
    ("ring", "longest", "given_"),
    [(1.0, 300.0, (5, 360)), (9999.0, 1.0, (600, 61)), (30.0, 14_340.0, (30, 14_400)), (30.0, 99_999.0, (30, None))],
)
def test_times_within_what_telnyx_takes(ring: float, longest: float, given_: tuple[int, int | None]) -> None:
    dial = Dial(to="+1", from_="+2", ring_timeout=ring, max_duration=longest, digits="1,p2")
    (request,) = express(dial, view())
    assert request.json is not None
    assert (request.json["timeout_secs"], request.json.get("time_limit_secs")) == given_
    assert request.json["send_digits_on_answer"] == "1WW2"


TRANSCRIPTION = {
    "command_id": "c1-listen",
    "client_state": state("t1"),
    "transcription_engine": "Google",
    "transcription_engine_config": {"transcription_engine": "Google", "language": "en"},
    "transcription_tracks": "inbound",
}
SPEAK = {
    "command_id": "s1-speak",
    "payload": "Hi",
    "voice": "female",
    "language": "en-US",
    "stop": "all",
    "client_state": state("t1"),
}
STREAM = {
    "command_id": "s1-streaming_start",
    "client_state": state(streamed=True),
    "stream_url": "wss://voice.example.com/voice/stream?token=t1",
    "stream_auth_token": "t1",
    "stream_track": "inbound_track",
    "stream_codec": "PCMU",
    "stream_bidirectional_mode": "rtp",
    "stream_bidirectional_codec": "PCMU",
    "stream_bidirectional_sampling_rate": 8000,
    "stream_bidirectional_target_legs": "self",
}


@pytest.mark.parametrize(
    ("command", "actions"),
    [
        (Answer(), [("answer", {"command_id": "c1-answer", "client_state": state()})]),
        (Reject(), [("reject", {"command_id": "s1-reject", "cause": "CALL_REJECTED"})]),
        (Reject(busy=True), [("reject", {"command_id": "s1-reject", "cause": "USER_BUSY"})]),
        (HangUp(), [("hangup", {"command_id": "s1-hangup"})]),
        (Say("Hi", TURN), [("speak", SPEAK)]),
        (Prompt("Hi", TURN), [("speak", SPEAK), ("transcription_start", TRANSCRIPTION)]),
        (Listen(TURN), [("transcription_start", TRANSCRIPTION)]),
        (StopListening(), [("transcription_stop", {"command_id": "s1-transcription_stop"})]),
        (
            FallSilent(),
            [("playback_stop", {"command_id": "s1-playback_stop", "stop": "all", "client_state": state()})],
        ),
        (Press("1w,#"), [("send_dtmf", {"command_id": "s1-send_dtmf", "digits": "1wW#"})]),
        (Connect(TURN), [("streaming_start", STREAM)]),
        (Hold(), []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_commands(command: Command, actions: list[tuple[str, dict[str, object]]]) -> None:
    requests = express(command, view())
    assert [(each.method, each.path, each.json) for each in requests] == [
        ("POST", f"/calls/{CONTROL_ID}/actions/{name}", content) for name, content in actions
    ]


def test_an_answer_is_one_command_however_often_it_is_told() -> None:
    first, again = (express(Answer(), view(step=step, direction=Direction.INBOUND)) for step in ("s1", "s2"))
    assert first == again


def test_other_commands_are_told_apart() -> None:
    first, again = (express(HangUp(), view(step=step))[0].json for step in ("s1", "s2"))
    assert first != again
    (nameless,) = express(HangUp(), view(step=""))
    assert nameless.json == {}


def test_nothing_but_the_order_to_dial_names_the_connection() -> None:
    (request,) = express(HangUp(), view())
    assert authorize(request, CREDENTIALS).json == request.json
    assert base_url(CREDENTIALS) == "https://api.telnyx.com/v2"


def test_what_is_named_in_a_path_is_written_safely() -> None:
    (request,) = express(AskStatus(), view(provider_call_id=ProviderCallId("a/../b?c==")))
    assert (request.method, request.path) == ("GET", "/calls/a%2F..%2Fb%3Fc==")


def test_a_text_that_is_too_long_is_refused_with_a_remedy() -> None:
    assert express(Say("x" * 3000, TURN), view())
    with pytest.raises(CarrierRefused, match="say it in shorter pieces"):
        express(Say("x" * 3001, TURN), view())


# --- answers ----------------------------------------------------------------------------------------------------


def test_a_call_is_placed() -> None:
    reply = answer(200, {"data": {"call_control_id": CONTROL_ID, "is_alive": False}})
    assert interpret(DIAL, reply) == Placed(ProviderCallId(CONTROL_ID))


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {}),
        answer(200, {"data": {}}),
        answer(200, []),
        answer(502),
        answer(504),
        RestReply(status=200, body=b"<"),
    ],
)
def test_a_call_that_may_have_been_placed(reply: RestReply) -> None:
    with pytest.raises(CarrierSilent) as caught:
        interpret(DIAL, reply)
    assert caught.value.sent


@pytest.mark.parametrize("command", [DIAL, Say("x", TURN), Answer(), Connect(TURN)])
@pytest.mark.parametrize(
    ("status", "code"), [(401, "10009"), (422, "90034"), (429, "10011"), (403, 10010), (500, None)]
)
def test_refusals(command: Command, status: int, code: Any) -> None:
    with pytest.raises(CarrierRefused, match=f"Telnyx API error: {status} .*No way") as caught:
        interpret(command, refusal(status, code))
    assert (caught.value.status, caught.value.code) == (status, None if code is None else int(code))


def test_what_is_refused_as_too_early_is_tried_again_and_not_what_is_too_late() -> None:
    with pytest.raises(CarrierRefused) as early:
        interpret(Say("x", TURN), refusal(422, "90034"))
    with pytest.raises(CarrierRefused) as late:
        interpret(Say("x", TURN), refusal(422, "90018"))
    assert early.value.code in carrier.retry_codes - carrier.over_codes
    assert late.value.code in carrier.over_codes - carrier.retry_codes


@pytest.mark.parametrize("body", [None, [], {"errors": []}, {"errors": ["x"]}, {"errors": [{"code": "²"}]}])
def test_refusals_without_a_reason(body: Any) -> None:
    with pytest.raises(CarrierRefused) as caught:
        interpret(HangUp(), answer(500, body))
    assert caught.value.code is None


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (HangUp(), refusal(422, "90018")),
        (HangUp(), refusal(422, "90015")),
        (HangUp(), answer(404)),
        (Reject(), refusal(422, "90018")),
        (FallSilent(), refusal(422, "90034")),
        (StopListening(), refusal(422, "90018")),
        (Listen(TURN), refusal(422, "90054")),
        (Prompt("x", TURN), refusal(422, "90054")),
        (Say("x", TURN), answer(200, {"data": {"result": "ok"}})),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_needs_nothing_more(command: Command, reply: RestReply) -> None:
    assert interpret(command, reply) == Done()


@pytest.mark.parametrize(
    ("reply", "standing"),
    [
        (answer(200, {"data": {"is_alive": True}}), Standing(False, "alive")),
        (
            answer(200, {"data": {"is_alive": False, "end_time": "2026-01-01T00:00:00Z"}}),
            Standing(True, "not-alive", OVER),
        ),
        (answer(200, {"data": {"is_alive": False}}), Standing(None, "unknown")),
        (answer(200, {"data": {}}), Standing(None, "unknown")),
        (answer(200, []), Standing(None, "error")),
        (answer(404), Standing(True, "not-found", NOT_FOUND)),
        (refusal(422, "90015"), Standing(True, "not-found", NOT_FOUND)),
        (refusal(500, "10007"), Standing(None, "error")),
    ],
)
def test_how_a_call_stands(reply: RestReply, standing: Standing) -> None:
    assert interpret(AskStatus(), reply) == standing


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        (None, "female"),
        ("alloy", "female"),
        ("Echo", "male"),
        ("male", "male"),
        ("Polly.Joanna", "AWS.Polly.Joanna"),
        ("AWS.Polly.Joanna", "AWS.Polly.Joanna"),
        ("Telnyx.KokoroTTS.af", "Telnyx.KokoroTTS.af"),
    ],
)
def test_voices(name: str | None, voice: str) -> None:
    assert voice_of(name) == voice


@pytest.mark.parametrize(
    ("language", "name"), [("en-US", "en"), ("de", "de"), ("he-IL", "iw"), ("nb-NO", "no"), ("cmn-Hans-CN", "zh")]
)
def test_languages(language: str, name: str) -> None:
    assert transcribed(language) == name
