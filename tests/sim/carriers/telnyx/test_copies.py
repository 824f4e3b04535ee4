"""Forks, SIPREC, SIP INFO, transcripts and the silence of recordings, the cost of calls, what is refused as absent."""

from __future__ import annotations

import pytest

from tests.tools.telnyx_world import BOB, Stage, staged
from voicecall_sim.carriers.telnyx.costs import cost
from voicecall_sim.carriers.telnyx.parameters import ABSENT

UDP = "udp:192.0.2.1:9000"


@staged
async def test_a_fork_begins_and_ends_and_is_alone(stage: Stage) -> None:
    leg, _ = await stage.answered(client_state="aGk=")
    assert await stage.refused(leg, "fork_stop") == (422, "90031")
    assert await stage.refused(leg, "fork_start") == (422, "10004")
    assert await stage.refused(leg, "fork_start", rx="192.0.2.1") == (422, "10015")
    await stage.act(leg, "fork_start", rx=UDP, tx=UDP)
    assert await stage.refused(leg, "fork_start", rx=UDP) == (422, "90045")
    assert await stage.refused(leg, "streaming_start", stream_url="wss://app.example/ws") == (422, "90045")
    await stage.act(leg, "fork_stop")
    await stage.act(leg, "fork_start", rx=UDP)
    await stage.act(leg, "hangup")
    await stage.over()
    told = [payload["stream_type"] for payload in stage.of("call.fork.started", "call.fork.stopped")]
    assert told == ["decrypted"] * 4
    assert [name for name in stage.events if "fork" in name] == ["call.fork.started", "call.fork.stopped"] * 2
    assert stage.events[-1] == "call.hangup"
    assert "from" not in stage.of("call.fork.started")[0]


@staged
async def test_siprec_goes_to_a_connector_that_there_is(stage: Stage) -> None:
    leg, _ = await stage.answered()
    await stage.act(leg, "siprec_start", connector_name="nobody")
    await stage.act(leg, "siprec_start", connector_name="recorder")
    await stage.act(leg, "siprec_stop")
    await stage.act(leg, "siprec_stop")
    await stage.act(leg, "hangup")
    await stage.over()
    assert [name for name in stage.events if "siprec" in name] == ["siprec.failed", "siprec.started", "siprec.stopped"]
    assert "nobody" in stage.of("siprec.failed")[0]["failure_cause"]


@staged
async def test_sip_info_comes_to_the_peer(stage: Stage) -> None:
    stage.phone(BOB, "bob")
    leg, _ = await stage.answered()
    info = {"content_type": "text/plain", "body": "hello"}
    await stage.act(leg, "send_sip_info", **info)
    assert await stage.refused(leg, "send_sip_info", content_type="text/plain", body="x" * 1401) == (422, "10033")
    other = await stage.dial(to=BOB, link_to=leg.id)
    await stage.wait(3)
    await stage.act(leg, "bridge", call_control_id=other.id)
    await stage.act(leg, "send_sip_info", **info)
    await stage.wait(1)
    (told,) = stage.of("call.sip_info.received")
    assert (told["call_control_id"], told["body"]) == (other.id, "hello")


@staged
async def test_a_bridge_takes_who_waited_longest(stage: Stage) -> None:
    stage.phone(BOB, "bob")
    leg, anna = await stage.answered()
    await stage.act(leg, "enqueue", queue_name="support")
    agent = await stage.dial(to=BOB)
    await stage.wait(3)
    assert await stage.refused(agent, "bridge", queue="sales") == (404, "10005")
    assert await stage.refused(agent, "bridge") == (422, "10004")
    assert await stage.refused(agent, "bridge", video_room_id="1") == (422, "10027")
    await stage.act(agent, "bridge", queue="support", record="record-from-answer", record_format="wav")
    await stage.wait(1)
    assert leg.peer is agent
    assert [told["reason"] for told in stage.of("call.dequeued")] == ["bridged"]
    anna.hangs_up()
    await stage.over()
    assert [told["format"] for told in stage.of("call.recording.saved")] == ["wav"]


@staged
async def test_a_recording_is_transcribed_and_ends_with_silence(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "record_start", format="wav", channels="dual", timeout_secs=5, transcription=True)
    await stage.wait(3)
    anna.says("call me back")
    await stage.wait(2)
    await stage.act(leg, "speak", payload="I will.", voice="x")
    await stage.wait(10)
    assert leg.answered
    (saved,), (words,) = stage.of("call.recording.saved"), stage.of("call.recording.transcription.saved")
    assert (words["transcription_text"], words["status"]) == ("call me back I will.", "completed")
    assert words["recording_id"] == saved["recording_id"]
    shown = stage.account.recordings[saved["recording_id"]]
    assert 9000 < shown.duration_millis < 13_000
    await stage.act(leg, "hangup")
    await stage.over()


@staged
async def test_what_a_call_costs_is_told_to_who_wants_to_know(stage: Stage) -> None:
    application = stage.account.application
    status, got = await stage.ask("PATCH", f"/call_control_applications/{application.id}", call_cost_in_webhooks=True)
    assert (status, got["data"]["call_cost_in_webhooks"]) == (200, True)
    leg, _ = await stage.answered()
    await stage.wait(61)
    await stage.act(leg, "hangup")
    await stage.over()
    (told,) = stage.of("call.cost")
    assert (told["status"], told["total_cost"], told["billed_duration_secs"]) == ("success", "0.0140", 120)
    assert {part["call_part"] for part in told["cost_parts"]} == {"sip-trunking", "call-control"}
    assert told["occurred_at"] == stage.of("call.hangup")[0]["end_time"]


def test_a_second_costs_a_minute() -> None:
    assert cost(1, "") == {**cost(60, "")}
    assert cost(1, "")["total_cost"] == "0.0070"


@pytest.mark.parametrize("action", ABSENT)
@staged
async def test_what_is_not_emulated_is_refused(stage: Stage, action: str) -> None:
    leg, _ = await stage.answered()
    status, got = await stage.ask("POST", f"/calls/{leg.id}/actions/{action}")
    assert (status, got["errors"][0]["code"]) == (422, "10027")
    assert "not emulated" in got["errors"][0]["detail"]


@staged
async def test_premium_detection_tells_its_beginning_and_a_screening(stage: Stage) -> None:
    anna = stage.phone()
    await stage.dial(answering_machine_detection="premium_ios_call_screening_detection")
    await stage.wait(2.6)
    anna.says("Hi, if you record your name and reason for calling, I will see if this person is available.")
    await stage.wait(12)
    names = [name for name in stage.events if "machine" in name]
    assert names[:2] == ["call.machine.premium.detection.started", "call.machine.premium.call_screening.detected"]
    assert stage.of("call.machine.premium.call_screening.detected")[0]["result"] == "screening"
