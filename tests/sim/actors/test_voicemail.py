from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from voicecall_sim.sound.sound import CUT, Speech
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause, Gone

from .stage import Stage

TONE = 1_000_000 + 8 * 60_000 + 500_000
"""When the beep is over: a second of ringing, "No, beep", the beep."""


async def reached(stage: Stage, **options: Any) -> End:
    stage.add(kind="voicemail", options={"greeting": "No, beep", **options})
    return await stage.call()


async def until(stage: Stage, instant: int) -> None:
    await asyncio.sleep((instant - stage.now()) / 1_000_000)
    await asyncio.sleep(0)


def message(stage: Stage) -> Mapping[str, Any]:
    (data,) = stage.told("message")
    return data


async def test_greeting_beep_message(stage: Stage) -> None:
    end = await reached(stage)
    await until(stage, TONE)
    end.play(Speech("Your parcel is here."))
    await asyncio.sleep(3)
    end.hang_up()
    assert stage.texts("said") == ["No, beep"]
    assert stage.told("sound") == [
        {"call": 1, "name": "beep", "began": 1_480_000, "ended": 1_980_000, "cut": False},
    ]
    assert message(stage) == {
        "call": 1,
        "text": "Your parcel is here.",
        "utterances": ["Your parcel is here."],
        "began": TONE,
        "ended": TONE + 3_000_000,
        "why": "hung up",
    }
    assert stage.texts("heard") == ["Your parcel is here."]


async def test_what_was_heard_is_told_before_the_message(stage: Stage) -> None:
    end = await reached(stage)
    await until(stage, TONE)
    end.play(Speech("Your parcel"))
    await asyncio.sleep(0.3)
    end.hang_up()
    kinds = [entry.kind for entry in stage.network.surroundings.journal]
    assert kinds[-2:] == ["heard", "message"]


async def test_what_is_said_into_the_greeting_is_not_on_the_tape(stage: Stage) -> None:
    end = await reached(stage)
    end.play(Speech("x" * 16 + "abcde"))  # the tape begins a third into the a
    await asyncio.sleep(3)
    end.hang_up()
    assert message(stage)["text"] == CUT + "bcde"
    assert stage.texts("heard") == ["x" * 16 + "abcde"]


async def test_a_message_in_two_parts(stage: Stage) -> None:
    end = await reached(stage)
    await until(stage, TONE)
    await end.play(Speech("Hello.")).done.wait()
    await asyncio.sleep(2)
    await end.play(Speech("Bye.")).done.wait()
    end.hang_up()
    assert (message(stage)["utterances"], message(stage)["text"]) == (["Hello.", "Bye."], "Hello. Bye.")


@pytest.mark.parametrize("words", ["", "Hello"])
async def test_it_hangs_up_after_a_silence(stage: Stage, words: str) -> None:
    end = await reached(stage, silence="3s")
    await until(stage, TONE)
    end.play(Speech(words))
    await asyncio.sleep(10)
    data = message(stage)
    assert (data["why"], data["text"]) == ("silence", words)
    assert data["ended"] == TONE + len(words) * 60_000 + 3_000_000
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")


async def test_it_hangs_up_when_it_is_full(stage: Stage) -> None:
    end = await reached(stage, length="2s")
    await until(stage, TONE)
    end.play(Speech("x" * 50))
    await asyncio.sleep(10)
    data = message(stage)
    assert (data["why"], data["text"], data["ended"]) == ("full", "x" * 33 + CUT, TONE + 2_000_000)
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")


@pytest.mark.parametrize("early", [1_200_000, 1_700_000])
async def test_who_hangs_up_before_the_tape_runs_leaves_no_message(stage: Stage, early: int) -> None:
    end = await reached(stage)
    await until(stage, early)
    end.hang_up()
    await asyncio.sleep(10)
    assert stage.told("message") == []


async def test_without_a_beep(stage: Stage) -> None:
    end = await reached(stage, beep=False)
    await until(stage, 1_480_000)
    end.play(Speech("Hello"))
    await asyncio.sleep(1)
    end.hang_up()
    assert (message(stage)["text"], stage.told("sound")) == ("Hello", [])


async def test_it_answers_after_its_own_while(stage: Stage) -> None:
    end = await reached(stage, after="20s")
    assert stage.now() == 20_000_000
    assert end.leg.gone is None
