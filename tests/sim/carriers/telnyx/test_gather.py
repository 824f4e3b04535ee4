"""Gather with and without prompts, and transcription."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.telnyx_world import Stage, staged

VOICE = "AWS.Polly.Joanna"

PLAIN: list[tuple[dict[str, Any], str, float, tuple[str, str]]] = [
    ({}, "12#", 1, ("12", "valid")),
    ({}, "12", 7, ("12", "valid")),
    ({"maximum_digits": 2}, "123", 1, ("12", "valid")),
    ({"minimum_digits": 4}, "12#", 1, ("12", "invalid")),
    ({"valid_digits": "45"}, "12#", 1, ("12", "invalid")),
    ({"terminating_digit": "*"}, "1#*", 1, ("1#", "valid")),
    ({}, "", 6, ("", "timeout")),
    ({"initial_timeout_millis": 20_000, "timeout_millis": 3_000}, "", 4, ("", "timeout")),
    ({"inter_digit_timeout_millis": 1_000}, "7", 2, ("7", "valid")),
]


@pytest.mark.parametrize(("given", "keys", "wait", "outcome"), PLAIN)
@staged
async def test_plain_gathers(
    stage: Stage, given: dict[str, Any], keys: str, wait: float, outcome: tuple[str, str]
) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "gather", gather_id="g1", **given)
    anna.presses(keys)
    await stage.wait(wait)
    (ended,) = stage.of("call.gather.ended")
    assert (ended["digits"], ended["status"]) == outcome
    assert ended["gather_id"] == "g1"
    assert ended["from"]
    assert len(stage.of("call.dtmf.received")) == len(keys)


@staged
async def test_a_gather_is_stopped_or_ends_with_the_call(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "gather")
    await stage.act(leg, "gather_stop")
    await stage.act(leg, "gather")
    await stage.wait(1)
    anna.presses("1")
    anna.hangs_up()
    await stage.over()
    assert [(told["digits"], told["status"]) for told in stage.of("call.gather.ended")] == [
        ("", "cancelled"),
        ("1", "call_hangup"),
    ]


@staged
async def test_the_first_key_interrupts_the_prompt(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "gather_using_speak", payload="Please enter your number.", voice=VOICE, maximum_digits=2)
    await stage.wait(0.5)
    anna.presses("4")
    await stage.wait(1)
    anna.presses("2")
    await stage.wait(1)
    assert anna.words[0].endswith("▯")
    assert stage.of("call.gather.ended")[0]["digits"] == "42"
    assert stage.of("call.speak.started", "call.speak.ended") == []


@staged
async def test_tries_are_prompted_anew_after_bad_input_with_another_prompt_first(stage: Stage) -> None:
    leg, anna = await stage.answered()
    given = {"payload": "Number?", "invalid_payload": "Wrong.", "voice": VOICE, "minimum_digits": 3}
    await stage.act(leg, "gather_using_speak", maximum_tries=2, timeout_millis=4000, **given)
    await stage.wait(1)
    anna.presses("1#")
    await stage.wait(8)
    assert anna.words == ["Number?", "Wrong.", "Number?"]
    (ended,) = stage.of("call.gather.ended")
    assert (ended["digits"], ended["status"]) == ("", "timeout")


@staged
async def test_audio_prompts_tell_of_their_playback(stage: Stage) -> None:
    leg, _ = await stage.answered()
    await stage.act(leg, "gather_using_audio", media_name="nothing", maximum_tries=1, timeout_millis=1000)
    await stage.wait(3)
    assert stage.of("call.playback.ended")[0]["status"] == "file_not_found"
    assert stage.of("call.gather.ended")[0]["status"] == "timeout"


WRONG = [
    ({"minimum_digits": 0}, "90022"),
    ({"maximum_digits": 129}, "90023"),
    ({"timeout_millis": 0}, "90025"),
    ({"inter_digit_timeout_millis": 200_000}, "90026"),
    ({"initial_timeout_millis": "x"}, "90056"),
    ({"terminating_digit": "##"}, "90007"),
    ({"valid_digits": "x"}, "90008"),
]


@pytest.mark.parametrize(("given", "code"), WRONG)
@staged
async def test_what_gather_refuses(stage: Stage, given: dict[str, Any], code: str) -> None:
    leg, _ = await stage.answered()
    assert await stage.refused(leg, "gather", **given) == (422, code)


@staged
async def test_what_is_said_is_transcribed_until_it_is_stopped(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "transcription_start")
    assert await stage.refused(leg, "transcription_start") == (422, "90054")
    anna.says("I would like a table.")
    await stage.act(leg, "speak", payload="Not this.", voice=VOICE)
    await stage.wait(4)
    (told,) = stage.of("call.transcription")
    assert told["transcription_data"]["transcript"] == "I would like a table."
    assert told["transcription_data"]["is_final"] is True
    assert "transcription_track" not in told["transcription_data"]
    assert "from" not in told
    await stage.act(leg, "transcription_stop")
    anna.says("And this is not heard.")
    await stage.wait(4)
    assert len(stage.of("call.transcription")) == 1


@staged
async def test_both_tracks_with_interim_results(stage: Stage) -> None:
    stage.phone()
    config = {"interim_results": True}
    wanted = {"transcription_engine": "B", "transcription_tracks": "both", "transcription_engine_config": config}
    leg = await stage.dial(transcription=True, transcription_config=wanted)
    await stage.wait(3)
    await stage.act(leg, "speak", payload="A rather long sentence from us.", voice=VOICE)
    await stage.wait(6)
    data = [told["transcription_data"] for told in stage.of("call.transcription")]
    assert [one["is_final"] for one in data] == [False] * (len(data) - 1) + [True]
    assert len(data) > 1
    assert data[0]["confidence"] == 0.0
    assert {one["transcription_track"] for one in data} == {"outbound"}
    assert data[-1]["transcript"] == "A rather long sentence from us."


@staged
async def test_a_prompt_that_is_stopped_still_waits_for_keys(stage: Stage) -> None:
    leg, anna = await stage.answered()
    await stage.act(leg, "gather_using_speak", payload="A long question, is it not?", voice=VOICE)
    await stage.wait(0.3)
    await stage.act(leg, "playback_stop")
    await stage.wait(2)
    anna.presses("3#")
    await stage.wait(1)
    assert stage.of("call.gather.ended")[0]["digits"] == "3"
