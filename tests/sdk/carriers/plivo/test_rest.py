"""What our commands are as requests to Plivo, and what its answers mean."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.sdk.carriers.plivo.requests import CREDENTIALS, HOOK, UUID, view
from voicecall_sdk.carriers.carrier import Done, Placed, Standing
from voicecall_sdk.carriers.plivo import carrier
from voicecall_sdk.carriers.plivo.lexicon import NOT_FOUND, voice_of
from voicecall_sdk.carriers.plivo.rest import authorize, base_url, express, interpret
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
from voicecall_sdk.events import Answered, Ended
from voicecall_sdk.messages import RestReply, RestRequest
from voicecall_sdk.values import Direction, EndReason, ProviderCallId, State, Turn

DIAL = Dial(to="+15551230002", from_="+15551230001", ring_timeout=30.0, max_duration=300.0)
TURN = Turn("t1")
CALL = f"/Call/{UUID}/"


def answer(status: int, body: Any = None) -> RestReply:
    return RestReply(status=status, body=b"" if body is None else json.dumps(body).encode())


def test_dialling() -> None:
    (request,) = express(DIAL, view(provider_call_id=None))
    assert (request.method, request.path) == ("POST", "/Call/")
    assert request.json == {
        "from": "+15551230001",
        "to": "+15551230002",
        "answer_url": f"{HOOK}?callId=c1",
        "answer_method": "POST",
        "ring_url": f"{HOOK}?callId=c1&type=ring",
        "ring_method": "POST",
        "hangup_url": f"{HOOK}?callId=c1&type=hangup",
        "hangup_method": "POST",
        "ring_timeout": 30,
        "time_limit": 360,
    }
    (with_keys,) = express(
        Dial(to="+1", from_="+2", ring_timeout=0.2, max_duration=1e6, digits="1,2w"), view(provider_call_id=None)
    )
    assert with_keys.json is not None
    assert [with_keys.json[name] for name in ("send_digits", "ring_timeout", "time_limit")] == ["1W2w", 1, 86_400]


def transfer(marks: str) -> RestRequest:
    content = {"legs": "aleg", "aleg_url": f"{HOOK}?callId=c1&{marks}", "aleg_method": "POST"}
    return RestRequest(method="POST", path=CALL, json=content)


@pytest.mark.parametrize(
    ("command", "requests"),
    [
        (Say("Hi", TURN), [transfer("flow=due&step=s1&turn=t1")]),
        (Prompt("Hi", TURN), [transfer("flow=due&step=s1&turn=t1")]),
        (Listen(TURN), [transfer("flow=due&step=s1")]),
        (Hold(), [transfer("flow=due&step=s1")]),
        (Connect(TURN), [transfer("flow=due&step=s1")]),
        (Press("1p"), [RestRequest(method="POST", path=f"{CALL}DTMF/", json={"digits": "1W", "leg": "aleg"})]),
        (HangUp(), [RestRequest(method="DELETE", path=CALL)]),
        (Reject(), [RestRequest(method="DELETE", path=CALL)]),
        (AskStatus(), [RestRequest(method="GET", path=f"{CALL}{place}") for place in ("?status=live", "")]),
        (Answer(), []),
        (StopListening(), []),
        (FallSilent(), []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_commands(command: Command, requests: list[RestRequest]) -> None:
    assert list(express(command, view())) == requests


@pytest.mark.parametrize("state", [State.INITIATED, State.RINGING])
def test_an_order_to_dial_is_called_back_by_either_name(state: State) -> None:
    assert [each.path for each in express(HangUp(), view(state=state))] == [CALL, f"/Request/{UUID}/"]
    assert len(express(HangUp(), view(state=state, direction=Direction.INBOUND))) == 1


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("state", State)
def test_a_call_that_never_rang_is_looked_for_among_those_that_wait(state: State, direction: Direction) -> None:
    waits = state is State.INITIATED and direction is Direction.OUTBOUND
    asked = [each.path for each in express(AskStatus(), view(state=state, direction=direction))]
    assert asked == [CALL + place for place in (["?status=queued"] if waits else []) + ["?status=live", ""]]


def test_what_is_named_in_a_path_is_written_safely() -> None:
    (request,) = express(HangUp(), view(provider_call_id=ProviderCallId("a/../b?c")))
    assert request.path == "/Call/a%2F..%2Fb%3Fc/"


@pytest.mark.parametrize("found", [UUID, [UUID], [UUID, "another"]])
def test_a_call_is_placed(found: Any) -> None:
    assert interpret(DIAL, answer(201, {"request_uuid": found, "message": "call fired"})) == Placed(
        ProviderCallId(UUID)
    )


@pytest.mark.parametrize(
    "reply",
    [answer(201, {}), answer(201, {"request_uuid": []}), answer(502), answer(504), RestReply(status=201, body=b"<")],
)
def test_a_call_that_may_have_been_placed(reply: RestReply) -> None:
    with pytest.raises(CarrierSilent) as caught:
        interpret(DIAL, reply)
    assert caught.value.sent


@pytest.mark.parametrize("command", [DIAL, Say("x", TURN), Press("1")])
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_refusals(command: Command, status: int) -> None:
    with pytest.raises(CarrierRefused, match=f"Plivo API error: {status} no way") as caught:
        interpret(command, answer(status, {"api_id": "x", "error": "no way"}))
    assert caught.value.status == status
    assert (caught.value.code in carrier.retry_codes) is (status == 404)


@pytest.mark.parametrize("command", [HangUp(), Reject()])
def test_what_is_over_needs_no_hang_up(command: Command) -> None:
    assert interpret(command, answer(204)) == Done()
    assert interpret(command, answer(404, {"error": "call not found"})) == Done()
    with pytest.raises(CarrierRefused):
        interpret(command, answer(500))


@pytest.mark.parametrize(
    ("reply", "standing"),
    [
        (answer(200, {"call_status": "in-progress"}), Standing(False, "in-progress", Answered())),
        (answer(200, {"call_status": "ringing"}), Standing(False, "ringing")),
        (answer(200, {"call_status": "queued"}), Standing(False, "queued")),
        (answer(200, {}), Standing(None, "unknown")),
        (answer(404, {"error": "not found"}), Standing(True, "not-found", NOT_FOUND)),
        (answer(503), Standing(None, "error")),
    ],
)
def test_how_a_call_stands(reply: RestReply, standing: Standing) -> None:
    assert interpret(AskStatus(), reply) == standing


RECORD = {
    "answer_time": "2026-03-01 15:45:02+05:30",
    "call_direction": "outbound",
    "call_state": "ANSWER",
    "end_time": "2026-03-01 15:46:08+05:30",
    "hangup_cause_code": 4000,
    "hangup_cause_name": "Normal Hangup",
    "hangup_source": "Callee",
}


@pytest.mark.parametrize(
    ("told", "reason", "by_far_end", "answered"),
    [
        ({}, EndReason.COMPLETED, True, True),
        ({"call_direction": "inbound"}, EndReason.COMPLETED, False, True),
        ({"hangup_source": "Carrier"}, EndReason.COMPLETED, None, True),
        ({"hangup_cause_code": 7011, "hangup_source": "Error"}, EndReason.ERROR, None, True),
        ({"hangup_cause_code": 6000, "hangup_source": "Plivo"}, EndReason.TIMEOUT, False, True),
        ({"hangup_cause_code": 3010, "answer_time": None, "hangup_source": "Carrier"}, EndReason.BUSY, None, False),
        ({"hangup_cause_code": 3050, "answer_time": None, "hangup_source": "Carrier"}, EndReason.FAILED, None, False),
        (
            {"hangup_cause_code": 1000, "answer_time": None, "hangup_source": "Caller", "call_direction": "inbound"},
            EndReason.HANGUP_USER,
            True,
            False,
        ),
        ({"hangup_cause_code": None, "hangup_cause_name": None, "call_direction": 7}, EndReason.COMPLETED, None, True),
    ],
)
def test_how_a_call_ended_by_its_record(
    told: dict[str, Any], reason: EndReason, by_far_end: bool | None, answered: bool
) -> None:
    standing = interpret(AskStatus(), answer(200, {**RECORD, **told}))
    word = "unknown" if "hangup_cause_name" in told else "Normal Hangup"
    assert standing == Standing(True, word, Ended(reason, word, by_far_end, answered))


def test_credentials() -> None:
    signed = authorize(RestRequest(method="GET", path="/Call/"), CREDENTIALS)
    kind, _, pair = signed.headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(pair).decode()) == ("Basic", ":".join(CREDENTIALS.values()))
    assert base_url(CREDENTIALS) == "https://api.plivo.com/v1/Account/MAXXXXXXXXXXXXXXXXXX"


@pytest.mark.parametrize(
    ("name", "voice"),
    [(None, "WOMAN"), ("", "WOMAN"), ("alloy", "WOMAN"), ("Onyx", "MAN"), ("MAN", "MAN"), ("Polly.Amy", "Polly.Amy")],
)
def test_voices(name: str | None, voice: str) -> None:
    assert voice_of(name) == voice
