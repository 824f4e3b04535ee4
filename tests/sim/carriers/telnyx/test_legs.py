"""Legs: dialled, answered, hung up; what is told of them, and how they end."""

from __future__ import annotations

import pytest

from tests.tools.telnyx_world import ANNA, APP, BOB, OWN, Stage, staged
from voicecall_sim.telephony.signals import Cause


@staged
async def test_a_call_is_dialled_answered_and_hung_up(stage: Stage) -> None:
    anna = stage.phone()
    leg = await stage.dial(client_state="aGVsbG8=")
    await stage.wait(5)
    await stage.act(leg, "hangup")
    await stage.over()
    assert stage.app.types == ["call.initiated", "call.answered", "call.hangup"]
    (begun,), (answered,), (ended,) = (stage.of(f"call.{word}") for word in ("initiated", "answered", "hangup"))
    assert begun == {
        "call_control_id": leg.id,
        "call_leg_id": leg.leg_id,
        "call_session_id": leg.session_id,
        "connection_id": stage.account.application.id,
        "client_state": "aGVsbG8=",
        "direction": "outgoing",
        "from": OWN,
        "to": ANNA,
        "state": "bridging",
    }
    assert "codec" not in answered
    assert "state" not in answered
    assert (ended["hangup_cause"], ended["hangup_source"], ended["sip_hangup_cause"]) == (
        "normal_clearing",
        "caller",
        "200",
    )
    assert ended["start_time"] == answered["start_time"]
    assert anna.gone is not None
    assert (anna.gone.cause, anna.gone.by) == (Cause.NORMAL, "app")


@staged
async def test_an_inbound_call_is_parked_answered_and_hung_up_by_its_caller(stage: Stage) -> None:
    leg, anna = await stage.called()
    (begun,) = stage.of("call.initiated")
    assert (begun["direction"], begun["state"], begun["client_state"]) == ("incoming", "parked", None)
    assert begun["from_sip_uri"] == "2125550123@206.147.72.186:5060"
    assert begun["start_time"].endswith("Z")
    await stage.act(leg, "answer", client_state="eyJzIjoxfQ==")
    await stage.wait(10)
    anna.hangs_up()
    await stage.over()
    (answered,), (ended,) = stage.of("call.answered"), stage.of("call.hangup")
    assert (answered["codec"], answered["sampling_rate"], answered["client_state"]) == ("PCMU", 8000, "eyJzIjoxfQ==")
    assert (ended["hangup_cause"], ended["hangup_source"]) == ("normal_clearing", "caller")
    assert ended["call_quality_stats"]["inbound"]["mos"] == "4.50"
    assert stage.network.calls[0].direction == "inbound"


@staged
async def test_a_caller_who_gives_up_is_told_in_the_observed_shape(stage: Stage) -> None:
    _, anna = await stage.called()
    anna.hangs_up()
    await stage.over()
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_cause"], ended["hangup_source"], ended["sip_hangup_cause"]) == (
        "originator_cancel",
        "caller",
        "487",
    )
    assert ended["telnyx_error"] is None
    assert not {"client_state", "calling_party_type", "call_quality_stats"} & ended.keys()


@staged
async def test_an_inbound_leg_hung_up_by_the_api(stage: Stage) -> None:
    leg, _ = await stage.called()
    await stage.act(leg, "answer")
    await stage.act(leg, "hangup")
    await stage.over()
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_source"], ended["sip_hangup_cause"]) == ("callee", "unspecified")


@pytest.mark.parametrize(
    ("given", "cause", "sip"),
    [
        ("CALL_REJECTED", "call_rejected", "603"),
        ("USER_BUSY", "user_busy", "486"),
        ("NOT_FOUND", "not_found", "404"),
        ("TEMPORARILY_UNAVAILABLE", "unspecified", "480"),
    ],
)
@staged
async def test_an_inbound_call_is_rejected(stage: Stage, given: str, cause: str, sip: str) -> None:
    leg, anna = await stage.called()
    await stage.act(leg, "reject", cause=given)
    await stage.over()
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_cause"], ended["sip_hangup_cause"]) == (cause, sip)
    assert anna.gone is not None


ENDS = [
    (Cause.BUSY, "user_busy", "486"),
    (Cause.REJECTED, "call_rejected", "603"),
    (Cause.UNREACHABLE, "unspecified", "480"),
    (Cause.FAILED, "unspecified", "503"),
    (Cause.NO_ANSWER, "no_answer", "480"),
]


@pytest.mark.parametrize(("network", "cause", "sip"), ENDS)
@staged
async def test_what_keeps_a_call_from_being_answered(stage: Stage, network: Cause, cause: str, sip: str) -> None:
    stage.phone().refuses = network
    await stage.dial()
    await stage.over()
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_cause"], ended["hangup_source"], ended["sip_hangup_cause"]) == (cause, "callee", sip)


@staged
async def test_a_number_that_nobody_has_is_not_found(stage: Stage) -> None:
    await stage.dial(to=BOB)
    await stage.over()
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_cause"], ended["sip_hangup_cause"], ended["hangup_source"]) == ("not_found", "404", "unknown")


@pytest.mark.parametrize(("given", "cause"), [({}, "timeout"), ({"retry_on_timeout": False}, "no_answer")])
@staged
async def test_ringing_has_an_end(stage: Stage, given: dict[str, bool], cause: str) -> None:
    anna = stage.phone(answers_after=None)
    await stage.dial(timeout_secs=20, **given)
    await stage.over()
    assert stage.of("call.hangup")[0]["hangup_cause"] == cause
    assert anna.gone_at is not None
    assert 20 < anna.gone_at < 21


@staged
async def test_a_call_lasts_as_long_as_it_may(stage: Stage) -> None:
    stage.phone()
    await stage.dial(time_limit_secs=30)
    await stage.over()
    assert stage.of("call.hangup")[0]["hangup_cause"] == "time_limit"


@staged
async def test_of_several_numbers_the_first_to_answer_has_the_call(stage: Stage) -> None:
    slow, quick = stage.phone(answers_after=9), stage.phone(BOB, "bob", 4)
    leg = await stage.dial(to=[ANNA, BOB])
    await stage.wait(6)
    assert slow.gone is not None
    assert quick.gone is None
    assert {one.session_id for one in stage.account.legs.values()} == {leg.session_id}
    (ended,) = stage.of("call.hangup")
    assert (ended["to"], ended["hangup_cause"]) == (ANNA, "originator_cancel")


@staged
async def test_a_caller_id_of_somebody_else_does_not_get_out(stage: Stage) -> None:
    anna = stage.phone()
    await stage.dial(**{"from": BOB})
    await stage.over()
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_cause"], ended["sip_hangup_cause"]) == ("call_rejected", "403")
    assert anna.offers == 0


@staged
async def test_nobody_commands_and_the_caller_is_dropped(stage: Stage) -> None:
    stage.account.application.first_command_timeout = True
    _, anna = await stage.called()
    await stage.over()
    assert anna.gone_at is not None
    assert 29 < anna.gone_at < 31


@staged
async def test_every_key_is_told(stage: Stage) -> None:
    _, anna = await stage.answered()
    anna.presses("1#")
    await stage.wait(1)
    assert sorted(told["digit"] for told in stage.of("call.dtmf.received")) == ["#", "1"]


@staged
async def test_a_command_s_own_url_stays_with_the_leg(stage: Stage) -> None:
    stage.phone()
    leg = await stage.dial(webhook_url=f"{APP}/own", webhook_urls={"call.answered": f"{APP}/answered"})
    await stage.wait(4)
    await stage.act(leg, "hangup")
    await stage.over()
    assert [(told.path, told.type) for told in stage.app.told] == [
        ("/own", "call.initiated"),
        ("/answered", "call.answered"),
        ("/own", "call.hangup"),
    ]
