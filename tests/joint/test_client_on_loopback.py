"""The SDK's REST client against a real HTTP server: what is sent, what an answer means, what silence means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.carrier import CallView, Done, Placed, Standing
from voicecall_sdk.commands import AskStatus, Dial, HangUp, Say
from voicecall_sdk.engine import client
from voicecall_sdk.errors import CarrierFault, CarrierRefused, CarrierSilent
from voicecall_sdk.values import CallId, Direction, ProviderCallId, State, Turn

pytestmark = pytest.mark.loopback

TWILIO = CARRIERS["twilio"]
CREDENTIALS = {"accountSid": "AC" + "0" * 32, "authToken": "t" * 32}
SID = "CA" + "1" * 32
CALLS = f"/2010-04-01/Accounts/{CREDENTIALS['accountSid']}/Calls.json"
CALL = CALLS.replace(".json", f"/{SID}.json")
VIEW = CallView(
    call_id=CallId("c1"),
    provider_call_id=ProviderCallId(SID),
    direction=Direction.OUTBOUND,
    webhook_url="https://voice.example.com/voice/webhook",
    voice="Polly.Joanna",
    language="en-US",
    state=State.ANSWERED,
    step="s1",
)
DIAL = Dial(to="+15550005678", from_="+15550001234", ring_timeout=30, max_duration=300)


@pytest.fixture
def connect(httpserver: HTTPServer) -> Callable[[], client.CarrierClient]:
    base = httpserver.url_for(CALLS.removesuffix("/Calls.json"))
    return lambda: client.CarrierClient(TWILIO, CREDENTIALS, base)


def form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.get_data(as_text=True), keep_blank_values=True)


async def test_a_dial_repeats_its_status_events(
    httpserver: HTTPServer, connect: Callable[[], client.CarrierClient]
) -> None:
    sent: list[list[tuple[str, str]]] = []

    def create(request: Request) -> Response:
        sent.append(form(request))
        assert request.authorization is not None
        assert (request.authorization.username, request.authorization.password) == tuple(CREDENTIALS.values())
        return Response(f'{{"sid": "{SID}", "status": "queued"}}', 201, content_type="application/json")

    httpserver.expect_ordered_request(CALLS, method="POST").respond_with_handler(create)
    async with connect() as carrier:
        assert await carrier.carry_out(DIAL, VIEW) == Placed(ProviderCallId(SID))
    events = [value for name, value in sent[0] if name == "StatusCallbackEvent"]
    assert events == ["initiated", "ringing", "answered", "completed"]
    assert ("Timeout", "30") in sent[0]


async def test_a_refusal_is_told_with_its_code(
    httpserver: HTTPServer, connect: Callable[[], client.CarrierClient]
) -> None:
    body = {"code": 21211, "message": "The number is not valid.", "status": 400}
    httpserver.expect_ordered_request(CALLS, method="POST").respond_with_json(body, status=400)
    async with connect() as carrier:
        with pytest.raises(CarrierRefused, match="Twilio API error: 400 The number is not valid") as caught:
            await carrier.carry_out(DIAL, VIEW)
    assert (caught.value.status, caught.value.code) == (400, 21211)


async def test_what_came_too_early_is_tried_again(
    httpserver: HTTPServer, connect: Callable[[], client.CarrierClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "RETRY_AFTER", (0.01, 0.01))
    early = {"code": 21220, "message": "Call is not in-progress. Cannot redirect.", "status": 400}
    httpserver.expect_ordered_request(CALL, method="POST").respond_with_json(early, status=400)
    httpserver.expect_ordered_request(CALL, method="POST").respond_with_json({"sid": SID}, status=200)
    async with connect() as carrier:
        assert await carrier.carry_out(Say("Hello.", Turn("t")), VIEW) == Done()


async def test_a_hang_up_of_what_is_over_is_done(
    httpserver: HTTPServer, connect: Callable[[], client.CarrierClient]
) -> None:
    httpserver.expect_ordered_request(CALL, method="POST").respond_with_json({"code": 20404}, status=404)
    async with connect() as carrier:
        assert await carrier.carry_out(HangUp(), VIEW) == Done()


@pytest.mark.parametrize(
    ("status", "body", "over", "word"),
    [
        (200, {"status": "in-progress"}, False, "in-progress"),
        (200, {"status": "busy"}, True, "busy"),
        (404, {"code": 20404}, True, "not-found"),
        (503, {}, None, "error"),
    ],
)
async def test_how_a_call_stands(
    httpserver: HTTPServer,
    connect: Callable[[], client.CarrierClient],
    status: int,
    body: dict[str, object],
    over: bool | None,
    word: str,
) -> None:
    httpserver.expect_ordered_request(CALL, method="GET").respond_with_json(body, status=status)
    async with connect() as carrier:
        standing = await carrier.carry_out(AskStatus(), VIEW)
    assert isinstance(standing, Standing)
    assert (standing.over, standing.word) == (over, word)


@pytest.mark.parametrize(
    ("answers", "over", "word"),
    [
        ([(200, {"call_status": "queued"})], False, "queued"),
        ([(404, {}), (200, {"call_status": "ringing"})], False, "ringing"),
        ([(404, {}), (404, {}), (200, {"end_time": "now", "hangup_cause_name": "Busy Line"})], True, "Busy Line"),
        ([(404, {}), (404, {}), (404, {})], True, "not-found"),
        ([(503, {})], None, "error"),
        ([(404, {}), (404, {}), (503, {})], None, "error"),
    ],
)
async def test_a_call_is_looked_for_until_it_is_found(
    httpserver: HTTPServer, answers: list[tuple[int, dict[str, object]]], over: bool | None, word: str
) -> None:
    for status, body in answers:
        httpserver.expect_ordered_request(f"/Call/{SID}/", method="GET").respond_with_json(body, status=status)
    view = replace(VIEW, state=State.INITIATED)
    account = {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "t" * 40}
    async with client.CarrierClient(CARRIERS["plivo"], account, httpserver.url_for("")) as carrier:
        standing = await carrier.carry_out(AskStatus(), view)
    assert isinstance(standing, Standing)
    assert (standing.over, standing.word) == (over, word)
    assert len(httpserver.log) == len(answers)


async def test_a_request_that_never_left_is_told_apart() -> None:
    async with client.CarrierClient(TWILIO, CREDENTIALS, "http://127.0.0.1:1") as carrier:
        with pytest.raises(CarrierSilent) as caught:
            await carrier.carry_out(DIAL, VIEW)
    assert caught.value.sent is False


async def test_no_secret_is_in_an_error(httpserver: HTTPServer, connect: Callable[[], client.CarrierClient]) -> None:
    httpserver.expect_ordered_request(CALLS, method="POST").respond_with_data("gateway error", status=502)
    async with connect() as carrier:
        with pytest.raises(CarrierFault) as caught:
            await carrier.carry_out(DIAL, VIEW)
    assert CREDENTIALS["authToken"] not in str(caught.value)
