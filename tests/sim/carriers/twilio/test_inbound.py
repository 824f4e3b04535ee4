"""Calls to the account's numbers."""

from __future__ import annotations

import pytest

from tests.tools.twilio_world import ANNA, APP, OWN, Phone, Stage, staged
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.telephony.signals import LegState


def caller(stage: Stage, from_: str = ANNA) -> Phone:
    phone = Phone(stage.now, None)
    stage.call_in(phone, from_)
    return phone


@staged
async def test_an_inbound_call_is_answered_by_its_document(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Say>Welcome.</Say>"
    anna = caller(stage)
    await stage.wait(0.001)
    assert stage.call.status is CallStatus.RINGING
    assert await stage.ended() == ("normal", "app")
    assert anna.words == ["Welcome."]
    (asked,) = stage.app.at("/voice")
    assert asked.params["CallStatus"] == "ringing"
    assert asked.params["Direction"] == "inbound"
    assert asked.params["StirVerstat"] == "TN-Validation-Passed-A"
    assert "parentCallInfoToken" in asked.params["CallToken"]
    assert stage.statuses("/number-status") == [("completed", 0)]
    assert stage.call.phone_number_sid == stage.carrier.account.number(OWN).sid


@staged
async def test_the_base_set_has_both_names_of_each_party_and_empty_places(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    caller(stage)
    await stage.over()
    params = stage.app.at("/voice")[0].params
    assert (params["From"], params["Caller"]) == (ANNA, ANNA)
    assert (params["To"], params["Called"]) == (OWN, OWN)
    for role, mirror in (("From", "Caller"), ("To", "Called")):
        for part in ("City", "State", "Zip", "Country"):
            assert params[role + part] == params[mirror + part]
    assert params["FromCity"] == "NEW YORK"
    assert params["ApiVersion"] == "2010-04-01"


@pytest.mark.parametrize("shown", ["anonymous", "+266696687", "unknown"])
@staged
async def test_a_withheld_number_is_told_as_it_is_shown_and_has_no_place(stage: Stage, shown: str) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    caller(stage, shown)
    await stage.over()
    params = stage.app.at("/voice")[0].params
    assert params["From"] == shown
    assert params["FromCountry"] == ""
    assert "StirVerstat" not in params


@pytest.mark.parametrize(("reason", "status", "cause"), [("", "no-answer", "rejected"), ("busy", "busy", "busy")])
@staged
async def test_a_rejected_call_is_never_answered(stage: Stage, reason: str, status: str, cause: str) -> None:
    stage.app.answers["/voice"] = f'<Reject reason="{reason}"/>' if reason else "<Reject/>"
    anna = caller(stage)
    assert await stage.ended() == (cause, "app")
    assert stage.call.status == status
    assert stage.call.duration == 0
    assert stage.statuses("/number-status") == [(status, 0)]
    assert anna.words == []


@staged
async def test_reject_has_no_effect_on_an_answered_call(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Say>One</Say><Reject/><Say>Two</Say>"
    anna = caller(stage)
    await stage.over()
    assert anna.words == ["One", "Two"]
    assert stage.codes == [12200]


ANSWERS = {
    "<Hangup/>": True,
    "": True,
    "<Pause/>": True,
    "<Say>x</Say>": True,
    "<Gather/>": True,
    "<Record/>": True,
    "<Reject/>": False,
    '<Dial answerOnBridge="true">+16175550199</Dial><Reject/>': False,
}


@pytest.mark.parametrize(("document", "answered"), ANSWERS.items())
@staged
async def test_which_first_verbs_answer(stage: Stage, document: str, answered: bool) -> None:
    stage.app.answers["/voice"] = document
    anna = caller(stage)
    states = []
    anna.end.leg.on_move = (lambda before: lambda leg: (before(leg), states.append(leg.state)))(anna.end.leg.on_move)
    await stage.over()
    assert (LegState.ANSWERED in states) is answered


@staged
async def test_redirect_does_not_answer(stage: Stage) -> None:
    stage.app.answers |= {"/voice": "<Redirect>/other</Redirect>", "/other": "<Reject/>"}
    caller(stage)
    await stage.over()
    assert stage.app.at("/other")[0].params["CallStatus"] == "ringing"
    assert stage.call.status is CallStatus.NO_ANSWER


@staged
async def test_a_caller_who_gives_up_while_it_rings(stage: Stage) -> None:
    stage.app.answers["/voice"] = lambda request: "<Say>Too late</Say>"
    anna = caller(stage)
    await stage.wait(0.001)
    anna.hangs_up()
    assert await stage.ended() == ("canceled", "anna")
    assert stage.call.status is CallStatus.NO_ANSWER
    assert anna.words == []
    assert stage.statuses("/number-status") == [("no-answer", 0)]


@pytest.mark.parametrize("command", ["cancel", "complete"])
@staged
async def test_rest_can_end_a_call_that_still_rings(stage: Stage, command: str) -> None:
    stage.app.answers["/voice"] = lambda request: "<Say>x</Say>"
    caller(stage)
    await stage.wait(0.001)
    getattr(stage.carrier.exchange, command)(stage.call.sid)
    assert await stage.ended() == ("canceled", "app")
    assert stage.call.status is CallStatus.CANCELED


@staged
async def test_a_number_without_a_url_fails_without_a_word(stage: Stage) -> None:
    stage.carrier.account.number(OWN).voice = None
    caller(stage)
    assert await stage.ended() == ("failed", "carrier")
    assert stage.call.status is CallStatus.FAILED
    assert stage.codes == []


@staged
async def test_a_twiml_application_handles_the_number_s_calls(stage: Stage) -> None:
    application = stage.carrier.account.new_application(Callback(url=f"{APP}/application"))
    stage.carrier.account.number(OWN).application_sid = application.sid
    stage.app.answers["/application"] = "<Say>App</Say>"
    anna = caller(stage)
    await stage.over()
    assert anna.words == ["App"]
    assert stage.app.at("/application")[0].params["ApplicationSid"] == application.sid
    assert stage.app.at("/number-status") == []


@staged
async def test_numbers_can_be_routed_elsewhere_and_released(stage: Stage) -> None:
    stage.carrier.route_inbound(f"{APP}/else", None)
    stage.app.answers["/else"] = "<Hangup/>"
    caller(stage)
    await stage.over()
    assert len(stage.app.at("/else")) == 1
    assert stage.app.at("/number-status") == []
    stage.carrier.account.release(stage.carrier.account.number(OWN).sid)
    assert not stage.network.assigned(OWN)
