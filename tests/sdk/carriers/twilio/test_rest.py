"""Our commands as requests, form by form, and what the answers mean."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from twilio.twiml.voice_response import VoiceResponse

from tests.sdk.carriers.twilio.requests import CREDENTIALS, HOOK, SID, TOKEN, view
from voicecall_sdk.carriers.carrier import Done, Placed, Standing
from voicecall_sdk.carriers.twilio import carrier
from voicecall_sdk.carriers.twilio.lexicon import voice_of
from voicecall_sdk.carriers.twilio.markup import document, notification
from voicecall_sdk.carriers.twilio.rest import authorize, base_url, express, interpret
from voicecall_sdk.commands import (
    Answer,
    AskStatus,
    Command,
    Dial,
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
from voicecall_sdk.values import EndReason, ProviderCallId, Turn

CALL = f"/Calls/{SID}.json"
TURN = Turn("t1")
DIAL = Dial(to="+15550005678", from_="+15550001234", ring_timeout=30.0, max_duration=300.0)
LONG = "A sentence of no consequence. " * 200


def dial(**changes: Any) -> Dial:
    fields = {name: getattr(DIAL, name) for name in Dial.__slots__}
    return Dial(**{**fields, **changes})


def form(command: Command) -> list[tuple[str, str]]:
    (request,) = express(command, view(provider_call_id=None))
    assert (request.method, request.path) == ("POST", "/Calls.json")
    assert request.form is not None
    return list(request.form)


def answer(status: int, body: Any = None) -> RestReply:
    return RestReply(status=status, body=body if isinstance(body, bytes) else json.dumps(body or {}).encode())


# --- requests ---------------------------------------------------------------------------------------------------


def test_a_conversation_is_dialled() -> None:
    assert form(DIAL) == [
        ("To", "+15550005678"),
        ("From", "+15550001234"),
        ("Url", f"{HOOK}?callId=c1"),
        ("StatusCallback", f"{HOOK}?callId=c1&type=status"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "ringing"),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
        ("Timeout", "30"),
        ("TimeLimit", "360"),
    ]


def test_a_notification_goes_with_the_dial() -> None:
    sent = dict(form(dial(message="Hello.", hangup_delay=3.0)))
    assert sent["Twiml"] == notification("Hello.", 3.0, "Polly.Joanna", "en-US")
    assert "Url" not in sent


def test_a_notification_that_is_too_long_for_the_dial_is_fetched() -> None:
    sent = dict(form(dial(message=LONG)))
    assert sent["Url"] == f"{HOOK}?callId=c1"
    assert "Twiml" not in sent


@pytest.mark.parametrize(("ring", "sent"), [(0.2, "1"), (29.6, "30"), (600.0, "600"), (5000.0, "600")])
def test_the_ring_time_is_within_twilios_bounds(ring: float, sent: str) -> None:
    assert dict(form(dial(ring_timeout=ring)))["Timeout"] == sent


@pytest.mark.parametrize(("longest", "sent"), [(1.0, "61"), (0.5, "61"), (14_340.0, "14400"), (14_341.0, None)])
def test_the_time_limit_is_beyond_ours_and_within_every_accounts(longest: float, sent: str | None) -> None:
    assert dict(form(dial(max_duration=longest))).get("TimeLimit") == sent


def test_keys_pressed_on_answer() -> None:
    assert dict(form(dial(digits="1w2,3p")))["SendDigits"] == "1w2W3W"


@pytest.mark.parametrize("command", [Say("Hello", TURN), Prompt("Hello", TURN), Listen(TURN), Hold(), Press("1")])
def test_a_live_call_gets_a_new_document(command: Command) -> None:
    (request,) = express(command, view())
    assert request == RestRequest(method="POST", path=CALL, form=(("Twiml", document(command, view()) or ""),))


@pytest.mark.parametrize("kind", [Say, Prompt])
def test_a_document_too_long_for_a_request_is_fetched(kind: Any) -> None:
    (request,) = express(kind(LONG, TURN), view())
    due = f"{HOOK}?callId=c1&flow=due&step=s1&turn=t1"
    assert request.form == (("Url", due), ("Method", "POST"))


def test_too_many_keys_are_refused() -> None:
    with pytest.raises(CarrierRefused, match="at most 4000 characters, this has 4") as caught:
        express(Press("1" * 4000), view())
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("command", "requests"),
    [
        (HangUp(), [RestRequest(method="POST", path=CALL, form=(("Status", "completed"),))]),
        (Reject(), [RestRequest(method="POST", path=CALL, form=(("Status", "completed"),))]),
        (AskStatus(), [RestRequest(method="GET", path=CALL)]),
        (Answer(), []),
        (StopListening(), []),
    ],
)
def test_other_commands(command: Command, requests: list[RestRequest]) -> None:
    assert list(express(command, view())) == requests


def test_an_id_cannot_lead_to_another_path() -> None:
    (request,) = express(HangUp(), view(provider_call_id=ProviderCallId("../Accounts?x=1#")))
    assert request.path == "/Calls/..%2FAccounts%3Fx%3D1%23.json"
    (request,) = express(AskStatus(), view(provider_call_id=None))
    assert request.path == "/Calls/.json"


# --- answers ----------------------------------------------------------------------------------------------------


def test_a_call_was_placed() -> None:
    assert interpret(DIAL, answer(201, {"sid": SID, "status": "queued"})) == Placed(ProviderCallId(SID))


@pytest.mark.parametrize(
    "reply", [answer(201), answer(200, b"<html>"), answer(201, {"sid": 5}), answer(502, b"bad gateway"), answer(504)]
)
def test_nobody_can_tell_whether_a_call_was_placed(reply: RestReply) -> None:
    with pytest.raises(CarrierSilent) as caught:
        interpret(DIAL, reply)
    assert caught.value.sent


@pytest.mark.parametrize(
    ("reply", "message", "code"),
    [
        (answer(400, {"code": 21211, "message": "not valid", "status": 400}), "Twilio API error: 400 not valid", 21211),
        (answer(401, {"code": 20003, "message": "Authenticate"}), "Twilio API error: 401 Authenticate", 20003),
        (answer(503, b"<html>" + b"x" * 500), "Twilio API error: 503 <html>" + "x" * 194, None),
        (answer(500, b"[1]"), "Twilio API error: 500 [1]", None),
        (answer(301, b""), "Twilio API error: 301 ", None),
    ],
)
@pytest.mark.parametrize("command", [DIAL, Say("Hello", TURN), Press("1")])
def test_a_refusal(command: Command, reply: RestReply, message: str, code: int | None) -> None:
    with pytest.raises(CarrierRefused) as caught:
        interpret(command, reply)
    assert (str(caught.value), caught.value.status, caught.value.code) == (message, reply.status, code)


@pytest.mark.parametrize("command", [Say("Hello", TURN), Press("1"), HangUp()])
def test_an_update_was_taken(command: Command) -> None:
    assert interpret(command, answer(200, {"sid": SID})) == Done()


@pytest.mark.parametrize("command", [HangUp(), Reject()])
@pytest.mark.parametrize("reply", [answer(404), answer(400, {"code": 21220, "message": "not in-progress"})])
def test_a_hang_up_of_what_is_over_is_done(command: Command, reply: RestReply) -> None:
    assert interpret(command, reply) == Done()


def test_too_early_is_tried_again() -> None:
    with pytest.raises(CarrierRefused) as caught:
        interpret(Say("Hello", TURN), answer(400, {"code": 21220, "message": "Call is not in-progress."}))
    assert caught.value.code in carrier.retry_codes


@pytest.mark.parametrize(
    ("reply", "standing"),
    [
        (answer(200, {"status": "queued"}), Standing(over=False, word="queued")),
        (answer(200, {"status": "ringing"}), Standing(over=False, word="ringing")),
        (
            answer(200, {"status": "in-progress"}),
            Standing(over=False, word="in-progress", news=Answered()),
        ),
        (
            answer(200, {"status": "busy"}),
            Standing(over=True, word="busy", news=Ended(EndReason.BUSY, "busy", was_answered=False)),
        ),
        (
            answer(404),
            Standing(over=True, word="not-found", news=Ended(EndReason.COMPLETED, "not-found", by_far_end=False)),
        ),
        (answer(500), Standing(over=None, word="error")),
        (answer(401), Standing(over=None, word="error")),
        (answer(200, b"nonsense"), Standing(over=False, word="unknown")),
    ],
)
def test_how_a_call_stands(reply: RestReply, standing: Standing) -> None:
    assert interpret(AskStatus(), reply) == standing


# --- credentials ------------------------------------------------------------------------------------------------


def test_requests_are_authorized() -> None:
    signed = authorize(RestRequest(method="GET", path=CALL, headers={"X": "1"}), CREDENTIALS)
    pair = base64.b64encode(f"{CREDENTIALS['accountSid']}:{TOKEN}".encode()).decode()
    assert signed.headers == {"X": "1", "Authorization": f"Basic {pair}"}


@pytest.mark.parametrize(
    ("region", "host"),
    [
        (None, "api.twilio.com"),
        ("us1", "api.twilio.com"),
        ("ie1", "api.dublin.ie1.twilio.com"),
        ("au1", "api.sydney.au1.twilio.com"),
    ],
)
def test_the_region_decides_the_host(region: str | None, host: str) -> None:
    credentials = {**CREDENTIALS, **({"region": region} if region else {})}
    assert base_url(credentials) == f"https://{host}/2010-04-01/Accounts/{CREDENTIALS['accountSid']}"


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        (None, "Polly.Joanna"),
        ("", "Polly.Joanna"),
        ("onyx", "Polly.Brian"),
        (" Shimmer ", "Polly.Kimberly"),
        ("Polly.Bianca-Neural", "Polly.Bianca-Neural"),
        ("google.it-IT-Wavenet-A", "google.it-IT-Wavenet-A"),
        ("marin", "Polly.Joanna"),
    ],
)
def test_voices(name: str | None, voice: str) -> None:
    assert voice_of(name) == voice


def test_a_voice_of_any_name_stays_an_attribute() -> None:
    def build(response: VoiceResponse) -> None:
        response.say("Hello", voice='Polly."<x>"\n', language="en-US")
        response.hangup()

    response = VoiceResponse()
    build(response)
    assert notification("Hello", 0.0, 'Polly."<x>"\n', "en-US") == str(response)
