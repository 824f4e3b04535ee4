"""Bridge, transfer, refer: who hears whom, what is told, who stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.telnyx_world import ANNA, BOB, OWN, Phone, Stage, staged
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.sound.sound import Speech, Wordless
from voicecall_sim.world.clock import SECOND


async def bridged(stage: Stage, **given: Any) -> tuple[CallLeg, CallLeg, Phone, Phone]:
    """An inbound leg of Anna's bridged with an outbound one to Bob."""
    bob = stage.phone(BOB, "bob")
    leg, anna = await stage.called()
    await stage.act(leg, "answer")
    other = await stage.dial(to=BOB, link_to=leg.id)
    await stage.wait(3)
    await stage.act(leg, "bridge", call_control_id=other.id, **given)
    return leg, other, anna, bob


@staged
async def test_bridged_legs_hear_each_other_and_end_together(stage: Stage) -> None:
    leg, other, anna, bob = await bridged(stage)
    assert leg.session_id == other.session_id
    anna.says("Hello Bob.")
    await stage.wait(1)
    bob.says("Hello Anna.")
    await stage.wait(1)
    assert (anna.words, bob.words) == (["Hello Anna."], ["Hello Bob."])
    assert {told["call_control_id"] for told in stage.of("call.bridged")} == {leg.id, other.id}
    anna.hangs_up()
    await stage.over()
    assert bob.gone is not None
    assert len(stage.of("call.hangup")) == 2


@staged
async def test_a_leg_that_parks_stays(stage: Stage) -> None:
    leg, _, anna, bob = await bridged(stage, park_after_unbridge="self")
    bob.hangs_up()
    await stage.wait(1)
    assert leg.answered
    assert leg.peer is None
    await stage.act(leg, "speak", payload="Bob has left.", voice="x")
    await stage.wait(2)
    assert anna.words == ["Bob has left."]


@pytest.mark.parametrize(
    ("targets", "heard"), [("self", (["Hi."], [])), ("opposite", ([], ["Hi."])), ("both", (["Hi."], ["Hi."]))]
)
@staged
async def test_who_hears_an_announcement(stage: Stage, targets: str, heard: tuple[list[str], list[str]]) -> None:
    leg, _, anna, bob = await bridged(stage)
    await stage.act(leg, "speak", payload="Hi.", voice="x", target_legs=targets)
    await stage.wait(2)
    assert (anna.words, bob.words) == heard


@staged
async def test_what_bridge_refuses(stage: Stage) -> None:
    leg, other, _, bob = await bridged(stage)
    assert await stage.refused(leg, "bridge", call_control_id="v3:x") == (422, "90015")
    assert await stage.refused(leg, "bridge") == (422, "10004")
    given = {"call_control_id": other.id, "prevent_double_bridge": True}
    assert await stage.refused(leg, "bridge", **given) == (422, "10027")
    bob.hangs_up()
    await stage.over()
    again, _ = await stage.called()
    await stage.act(again, "answer")
    assert await stage.refused(again, "bridge", call_control_id=other.id) == (422, "90018")


@staged
async def test_a_call_is_transferred(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob")
    leg, anna = await stage.called()
    await stage.act(leg, "answer", client_state="YQ==")
    await stage.act(leg, "transfer", to=BOB, target_leg_client_state="Yg==")
    await stage.wait(4)
    anna.says("Hello Bob.")
    await stage.wait(1)
    assert bob.words == ["Hello Bob."]
    assert bob.shown == OWN
    second = stage.of("call.initiated")[1]
    assert (second["direction"], second["client_state"], second["call_session_id"]) == (
        "outgoing",
        "Yg==",
        leg.session_id,
    )
    assert sorted(told["client_state"] for told in stage.of("call.bridged")) == ["YQ==", "Yg=="]
    assert len(stage.network.calls) == 1
    bob.hangs_up()
    await stage.over()
    assert anna.gone is not None


@staged
async def test_a_transfer_that_nobody_takes_leaves_the_leg(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", answers_after=None)
    leg, anna = await stage.called()
    await stage.act(leg, "answer")
    await stage.act(leg, "transfer", to=BOB, timeout_secs=10)
    await stage.wait(12)
    assert bob.gone is not None
    (ended,) = stage.of("call.hangup")
    assert (ended["hangup_cause"], ended["to"]) == ("timeout", BOB)
    assert leg.answered
    assert anna.gone is None
    assert stage.network.calls[0].cause is None


@staged
async def test_a_caller_who_leaves_ends_the_transfer(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", answers_after=None)
    leg, anna = await stage.called()
    await stage.act(leg, "transfer", to=BOB)
    await stage.wait(2)
    anna.hangs_up()
    await stage.over()
    assert bob.gone is not None


@staged
async def test_an_inbound_leg_is_transferred_unanswered_after_a_file(stage: Stage) -> None:
    stage.account.media["hint"] = Speech("A call for you.")
    bob = stage.phone(BOB, "bob")
    leg, anna = await stage.called()
    await stage.act(leg, "transfer", to=BOB, media_name="hint")
    await stage.wait(5)
    assert bob.words == ["A call for you."]
    assert leg.answered
    anna.says("Hi.")
    await stage.wait(1)
    assert bob.words[1:] == ["Hi."]


@staged
async def test_dial_bridges_on_the_answer(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob")
    leg, anna = await stage.called()
    await stage.act(leg, "answer")
    await stage.dial(to=BOB, link_to=leg.id, bridge_on_answer=True)
    await stage.wait(3)
    anna.says("Hi.")
    await stage.wait(1)
    assert bob.words == ["Hi."]


@pytest.mark.parametrize(
    ("address", "event", "response"),
    [(f"sip:{ANNA}@x.example", "completed", 200), ("sip:no@x.example", "failed", 603)],
)
@staged
async def test_a_call_is_referred(stage: Stage, address: str, event: str, response: int) -> None:
    leg, _ = await stage.answered()
    await stage.act(leg, "refer", sip_address=address)
    await stage.wait(1)
    assert len(stage.of("call.refer.started")) == 1
    assert stage.of(f"call.refer.{event}")[0]["sip_notify_response"] == response
    assert leg.over is (event == "completed")


BEEP = Wordless("beep", SECOND // 2)
LONG = "You have reached the voicemail of somebody who cannot take your call. Please leave a message after the tone."

DETECTIONS: list[tuple[str, list[Any], list[tuple[str, str]]]] = [
    ("detect", ["Hello?"], [("detection", "human")]),
    ("detect", [LONG], [("detection", "machine")]),
    ("detect", [], [("detection", "not_sure")]),
    ("detect_beep", [LONG, BEEP], [("detection", "machine"), ("greeting", "beep_detected")]),
    ("detect_beep", [LONG], [("detection", "machine")]),
    ("detect_words", [LONG], [("detection", "machine"), ("greeting", "not_sure")]),
    ("greeting_end", [LONG], [("detection", "machine"), ("greeting", "ended")]),
    ("premium", ["Hello?"], [("premium.detection", "human_residence")]),
    ("premium", ["Smith and Sons, good morning."], [("premium.detection", "human_business")]),
    ("premium", [LONG, BEEP], [("premium.detection", "machine"), ("premium.greeting", "beep_detected")]),
    ("premium", [LONG], [("premium.detection", "machine"), ("premium.greeting", "no_beep_detected")]),
    ("premium", [], [("premium.detection", "silence")]),
    ("premium", [Wordless("fax answer tone", 3 * SECOND)], [("premium.detection", "fax_detected")]),
    ("premium", [BEEP], [("premium.greeting", "beep_detected")]),
    ("disabled", ["Hello?"], []),
]


@pytest.mark.parametrize(("mode", "sounds", "told"), DETECTIONS)
@staged
async def test_what_answered(stage: Stage, mode: str, sounds: list[Any], told: list[tuple[str, str]]) -> None:
    anna = stage.phone()
    await stage.dial(answering_machine_detection=mode)
    await stage.wait(3)
    for sound in sounds:
        await anna.says(sound).done.wait()
    await stage.wait(40)
    events = [one for one in stage.app.told if ".machine." in one.type and "result" in one.payload]
    found = [(one.type.removeprefix("call.machine.").removesuffix(".ended"), one.payload["result"]) for one in events]
    assert found == told


@staged
async def test_long_silence_is_a_machine_s(stage: Stage) -> None:
    stage.phone()
    config = {"initial_silence_millis": 2000}
    await stage.dial(answering_machine_detection="detect", answering_machine_detection_config=config)
    await stage.wait(6)
    assert stage.of("call.machine.detection.ended")[0]["result"] == "machine"


@staged
async def test_the_thresholds_can_be_set(stage: Stage) -> None:
    anna = stage.phone()
    config = {"maximum_number_of_words": 1, "after_greeting_silence_millis": 200}
    await stage.dial(answering_machine_detection="detect", answering_machine_detection_config=config)
    await stage.wait(3)
    anna.says("Hello, who is it?")
    await stage.wait(3)
    assert stage.of("call.machine.detection.ended")[0]["result"] == "machine"


@staged
async def test_a_leg_that_may_not_be_bridged_twice_gives_up(stage: Stage) -> None:
    leg, _, _, _ = await bridged(stage)
    carol = stage.phone("+13105550144", "carol")
    await stage.dial(to="+13105550144", link_to=leg.id, bridge_on_answer=True, prevent_double_bridge=True)
    await stage.wait(4)
    assert carol.gone is not None
    assert leg.peer is not None


@staged
async def test_a_leg_that_is_bridged_anew_leaves_its_peer(stage: Stage) -> None:
    leg, other, anna, bob = await bridged(stage)
    carol = stage.phone("+13105550144", "carol")
    await stage.dial(to="+13105550144", link_to=leg.id, bridge_on_answer=True)
    await stage.wait(4)
    anna.says("Hello Carol.")
    await stage.wait(1)
    assert carol.words == ["Hello Carol."]
    assert bob.words == []
    assert other.answered
    assert other.peer is None
