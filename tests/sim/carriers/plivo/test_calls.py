"""Calls from the first request to the last webhook: what is heard, told, and how it ends."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.tools.plivo_world import ANNA, APP, BOB, OWN, Answer, Phone, Received, Stage, staged
from voicecall_sim.carriers.plivo.account import INDIA
from voicecall_sim.carriers.plivo.signature import authentic
from voicecall_sim.telephony.signals import Cause


@staged
async def test_an_outbound_call_is_answered_spoken_to_and_ended(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = (
        '<Speak>Good morning.</Speak><Wait length="3"/><Redirect>https://app.example/next</Redirect>'
    )
    stage.app.answers["/next"] = "<Speak>Bye.</Speak><Hangup/>"
    record = await stage.place()
    await stage.over()
    assert anna.words == ["Good morning.", "Bye."]
    assert stage.ended() == ("completed", 4000, "Normal Hangup", "Answer XML")
    (ring,), (answer,), (hangup,) = (stage.app.at(path) for path in ("/ring", "/answer", "/hangup"))
    assert ring.params["From"] == OWN
    assert (ring.params["CallStatus"], ring.params["CallerName"], ring.params["Event"]) == ("ringing", "", "Ring")
    assert not {"ALegUUID", "BillRate"} & ring.params.keys()
    assert answer.params["From"] == OWN[1:]
    assert answer.params["To"] == ANNA[1:]
    uuids = {answer.params[name] for name in ("CallUUID", "RequestUUID", "ALegUUID", "ALegRequestUUID")}
    assert uuids == {record.uuid}
    assert (answer.params["CallStatus"], answer.params["Event"]) == ("in-progress", "StartApp")
    assert answer.params["SessionStart"] != ring.params["SessionStart"]
    assert hangup.params["HangupCauseCode"] == "4000"
    assert hangup.params["BillDuration"] == "60"
    assert hangup.params["TotalCost"] == "0.00500"
    assert hangup.params["AnswerTime"] > hangup.params["StartTime"]


@staged
async def test_parameters_are_sorted_by_bytes_and_every_webhook_is_signed(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    await stage.place(answer_url=f"{APP}/answer?tenant=42#rc=2")
    await stage.over()
    assert stage.ended() == ("completed", 4010, "End Of XML Instructions", "Plivo")
    for received in stage.app.received:
        names = [pair.split("=")[0] for pair in received.raw.decode().split("&")]
        assert names == sorted(names)
        assert authentic(stage.account.auth_token, "POST", public(received), received.headers, pairs(received.raw))
    assert names.index("STIRVerification") < names.index("SessionStart")


def public(received: Received) -> str:
    """The URL as the application was configured: TLS ends before its server."""
    return received.url.replace("http:", "https:", 1)


def pairs(raw: bytes) -> list[tuple[str, str]]:
    return parse_qsl(raw.decode(), keep_blank_values=True)


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (Cause.BUSY, ("busy", 3010, "Busy Line", "Carrier")),
        (Cause.REJECTED, ("failed", 3020, "Rejected", "Carrier")),
        (Cause.NO_ANSWER, ("no-answer", 3000, "No Answer", "Carrier")),
    ],
)
@staged
async def test_who_does_not_answer_is_told_by_the_hangup_url_alone(
    stage: Stage, cause: Cause, told: tuple[str, int, str, str]
) -> None:
    stage.phone().refuses = cause
    await stage.place()
    await stage.over()
    assert stage.ended() == told
    (hangup,) = stage.app.received
    assert hangup.path == "/hangup"
    assert hangup.params["From"] == OWN
    assert (hangup.params["AnswerTime"], hangup.params["Duration"], hangup.params["TotalCost"]) == ("", "0", "0.00000")
    assert "ALegUUID" not in hangup.params
    assert hangup.params["RequestUUID"] == stage.call.uuid


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"ring_timeout": 10}, ("timeout", 6010, "Ring Timeout Reached", "Plivo")),
        ({"hangup_on_ring": 3}, ("cancel", 1000, "Cancelled", "Plivo")),
        ({"to": "15550000000"}, ("failed", 3050, "Unallocated Number", "Carrier")),
    ],
)
@staged
async def test_nobody_answers(stage: Stage, order: dict[str, Any], told: tuple[str, int, str, str]) -> None:
    stage.phone(answers_after=None)
    await stage.place(**order)
    await stage.over()
    assert stage.ended() == told


@staged
async def test_the_callee_hangs_up_and_times_are_the_accounts(stage: Stage) -> None:
    stage.account.terms.zone = INDIA
    anna = stage.phone()
    stage.app.answers["/answer"] = '<Speak>Hello.</Speak><Wait length="60"/>'
    await stage.place()
    await stage.wait(10)
    anna.hangs_up()
    await stage.over()
    assert stage.ended() == ("completed", 4000, "Normal Hangup", "Callee")
    (hangup,) = stage.app.at("/hangup")
    assert hangup.params["SessionStart"][11:13] != hangup.params["StartTime"][11:13]
    assert "." not in hangup.params["StartTime"]


@staged
async def test_an_inbound_call_is_answered_lazily(stage: Stage) -> None:
    stage.app.answers["/answer"] = '<Wait length="5"/><Speak>Hello.</Speak>'
    anna = Phone(stage.now, None)
    leg = stage.call_in(anna)
    await stage.wait(3)
    assert leg.state.value == "ringing"
    await stage.over()
    (answer,) = stage.app.at("/answer")
    told = tuple(answer.params[name] for name in ("CallStatus", "CallerName", "From"))
    assert told == ("ringing", ANNA, ANNA[1:])
    assert not {"RequestUUID", "ALegUUID"} & answer.params.keys()
    assert anna.words == ["Hello."]
    assert stage.ended() == ("completed", 4010, "End Of XML Instructions", "Plivo")


@pytest.mark.parametrize(("reason", "cause", "code"), [("rejected", Cause.REJECTED, 3020), ("busy", Cause.BUSY, 3010)])
@staged
async def test_an_inbound_call_is_refused(stage: Stage, reason: str, cause: Cause, code: int) -> None:
    stage.app.answers["/answer"] = f'<Hangup reason="{reason}"/>'
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    await stage.over()
    assert anna.gone is not None
    assert anna.gone.cause is cause
    assert stage.ended()[1] == code
    assert stage.call.answered is None


@staged
async def test_the_caller_gives_up(stage: Stage) -> None:
    stage.app.answers["/answer"] = '<Wait length="60"/>'
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    await stage.wait(5)
    anna.hangs_up()
    await stage.over()
    assert stage.ended() == ("cancel", 1000, "Cancelled", "Caller")


@pytest.mark.parametrize(
    ("answer", "code", "asked"),
    [
        (Answer(status=500), 7011, 1),
        (Answer(body="", type="text/xml"), 8011, 1),
        (Answer(body="{}", type="application/json"), 8011, 1),
        ("<Say>Hello.</Say>", 8011, 1),
        ('<Speak language="hi-IN">Hello.</Speak>', 8011, 1),
        (Answer(after=50.0), 7011, 2),
    ],
)
@staged
async def test_a_bad_answer_ends_the_call(stage: Stage, answer: Any, code: int, asked: int) -> None:
    stage.phone()
    stage.app.answers["/answer"] = answer
    await stage.place()
    await stage.over()
    assert len(stage.app.at("/answer")) == asked
    assert stage.ended()[:2] == ("completed", code)


@pytest.mark.parametrize(("fragment", "asked"), [("", 1), ("#rp=5xx&rc=3", 4), ("#rp=all&rc=0", 1), ("#rp=4xx", 1)])
@staged
async def test_the_fragment_says_what_is_tried_again_and_the_fallback_follows(
    stage: Stage, fragment: str, asked: int
) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = Answer(status=500)
    stage.app.answers["/fallback"] = "<Speak>Sorry.</Speak>"
    await stage.place(answer_url=f"{APP}/answer{fragment}", fallback_url=f"{APP}/fallback", fallback_method="GET")
    await stage.over()
    assert len(stage.app.at("/answer")) == asked
    (fallback,) = stage.app.at("/fallback")
    assert fallback.method == "GET"
    assert fallback.params["Event"] == "StartApp"
    assert authentic(stage.account.auth_token, "GET", public(fallback), fallback.headers)
    assert anna.words == ["Sorry."]
    nonces = {request.headers["X-Plivo-Signature-V3-Nonce"] for request in stage.app.at("/answer")}
    assert len(nonces) == asked


@staged
async def test_schedule_hangs_up_later(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/answer"] = '<Hangup schedule="20"/><Wait length="300"/>'
    await stage.place()
    await stage.over()
    assert stage.ended() == ("completed", 6000, "Scheduled Hangup", "Plivo")
    assert stage.call.duration == 21


@staged
async def test_calls_over_the_limit_a_second_are_queued(stage: Stage) -> None:
    for number, name in ((ANNA, "anna"), (BOB, "bob")):
        stage.phone(number, name)
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    both = f"{ANNA}<{BOB}"
    wish = {"from": OWN, "answer_url": f"{APP}/answer"}
    status, told = await stage.rest("POST", "Call/", to=both, **wish)
    assert (status, told["message"], len(told["request_uuid"])) == (201, "calls fired", 2)
    status, late = await stage.rest("POST", "Call/", to="15550000000", **wish)
    assert (status, late["message"]) == (201, "call queued")
    assert (await stage.rest("GET", "Call/?status=queued"))[1]["calls"][-1] == late["request_uuid"]
    status, queued = await stage.rest("GET", f"Call/{late['request_uuid']}/?status=queued")
    assert (status, queued["call_status"]) == (200, "queued")
    assert (await stage.rest("DELETE", f"Request/{late['request_uuid']}/"))[0] == 204
    assert stage.ended() == ("cancel", 1000, "Cancelled", "API Request")
    await stage.over()
    assert len(stage.app.at("/answer")) == 2


@staged
async def test_too_many_inbound_calls_a_second_are_busy(stage: Stage) -> None:
    stage.account.terms.inbound_cps = 2
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    callers = [Phone(stage.now, None) for _ in range(3)]
    for caller in callers:
        stage.call_in(caller)
    await stage.over()
    assert [caller.gone.cause for caller in callers if caller.gone] == [Cause.NORMAL, Cause.NORMAL, Cause.BUSY]


@staged
async def test_calls_over_the_concurrency_fail_at_once(stage: Stage) -> None:
    stage.account.terms.concurrency = 1
    stage.phone()
    stage.app.answers["/answer"] = '<Wait length="30"/>'
    first = await stage.place()
    await stage.wait(5)
    await stage.place()
    await stage.wait(1)
    assert stage.ended() == ("failed", 5030, "Concurrency Limit Breached", "Plivo")
    await stage.over()
    assert first.ending is not None
    assert first.ending.code == 4010
