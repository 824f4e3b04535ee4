"""The screener, the fax, hold music and the silent line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from voicecall_sim.sound.sound import Speech
from voicecall_sim.telephony.signals import Cause, Gone

from .stage import APP, Stage


class Contains:
    def __init__(self, part: str) -> None:
        self.part = part

    def difference(self, actual: Any) -> Sequence[str]:
        return [] if self.part in actual else [f"{actual!r} lacks {self.part!r}"]

    def matches(self, actual: Any) -> bool:
        return not self.difference(actual)


SHORT = {"asks": "Who?", "accepts": "Hold on.", "declines": "No.", "greeting": "Anna here."}


async def test_a_screener_puts_through_who_answers(stage: Stage) -> None:
    anna = stage.add(kind="screener", options=SHORT)
    end = await stage.call()
    await asyncio.sleep(0.5)
    end.play(Speech("Bob, about the parcel."))
    await asyncio.sleep(10)
    assert stage.texts("said") == ["Who?", "Hold on.", "Anna here."]
    assert [data["name"] for data in stage.told("sound")] == ["music"]
    assert stage.told("screened") == [{"call": 1, "text": "Bob, about the parcel.", "connects": True}]
    anna.says("What about it?")
    await asyncio.sleep(2)
    assert stage.texts("said")[-1] == "What about it?"
    assert end.leg.gone is None


@pytest.mark.parametrize(
    ("connects", "answer", "through"),
    [
        (True, "Bob", True),
        (True, "", False),
        ("no", "Bob", False),
        (Contains("parcel"), "Bob, the parcel", True),
        (Contains("parcel"), "Bob", False),
        (Contains(""), "", False),
    ],
)
async def test_who_is_put_through(stage: Stage, connects: Any, answer: str, through: bool) -> None:
    stage.add(kind="screener", options=SHORT | {"connects": connects, "waits": "4s"})
    end = await stage.call()
    await asyncio.sleep(0.5)
    end.play(Speech(answer))
    await asyncio.sleep(20)
    assert stage.told("screened") == [{"call": 1, "text": answer, "connects": through}]
    assert end.leg.gone == (None if through else Gone(Cause.NORMAL, "anna"))
    assert stage.texts("said")[1] == ("Hold on." if through else "No.")


async def test_a_screener_does_not_take_what_was_said_into_its_question(stage: Stage) -> None:
    stage.add(kind="screener", options=SHORT | {"asks": "Please say your name and why you are calling."})
    end = await stage.call()
    end.play(Speech("Hello Anna"))
    await asyncio.sleep(30)
    assert stage.told("screened") == [{"call": 1, "text": "", "connects": False}]


async def test_a_fax_answers_with_tones(stage: Stage) -> None:
    anna = stage.add(kind="fax")
    end = await stage.call()
    end.play(Speech("Hello?"))
    await asyncio.sleep(60)
    sounds = [(data["name"], data["began"] - 1_000_000) for data in stage.told("sound")]
    assert sounds[:3] == [
        ("fax answer tone", 1_800_000),
        ("fax negotiation", 4_875_000),
        ("fax negotiation", 4_875_000 + 1_500_000 + 3_000_000),
    ]
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")
    assert stage.now() - 1_000_000 == 60_000_000
    assert stage.told("call")[-1]["state"] == "ended"
    assert anna.handsets[0].end.leg.gone is not None


async def test_a_fax_calls_with_its_tone(stage: Stage) -> None:
    stage.open()
    fax = stage.add(kind="fax", options={"patience": "8s"})
    fax.calls(APP)
    await asyncio.sleep(20)
    sounds = [(data["name"], data["began"], data["cut"]) for data in stage.told("sound")]
    assert sounds == [("fax calling tone", n * 3_500_000, False) for n in range(3)]
    assert stage.taken[0].leg.gone == Gone(Cause.NORMAL, "anna")
    (ended,) = [entry for entry in stage.network.surroundings.journal if entry.data.get("state") == "ended"]
    assert ended.at == 8_000_000


async def test_on_hold(stage: Stage) -> None:
    stage.add(kind="hold", options={"says": "Please hold.", "every": "10s", "gives up": "25s"})
    end = await stage.call()
    await asyncio.sleep(60)
    assert stage.texts("said") == ["Please hold."] * 3
    assert [data["cut"] for data in stage.told("sound")] == [False, False, True]
    assert end.leg.gone == Gone(Cause.NORMAL, "anna")


async def test_on_hold_with_music_alone(stage: Stage) -> None:
    stage.add(kind="hold", options={"every": "10s"})
    await stage.call()
    await asyncio.sleep(25)
    assert stage.texts("said") == []
    assert [(data["name"], data["cut"]) for data in stage.told("sound")] == [("music", False)] * 2


@pytest.mark.parametrize(("options", "over"), [({}, False), ({"gives up": "30s"}, True)])
async def test_a_silent_line(stage: Stage, options: dict[str, str], over: bool) -> None:
    stage.add(kind="silent", options=options)
    end = await stage.call()
    await asyncio.sleep(300)
    assert stage.told("said") == stage.told("sound") == []
    assert (end.leg.gone is not None) is over


async def test_a_human_may_say_hello(stage: Stage) -> None:
    stage.add(options={"greeting": "Hello?"})
    await stage.call()
    await asyncio.sleep(2)
    assert stage.told("said") == [
        {"call": 1, "text": "Hello?", "began": 1_000_000, "ended": 1_360_000, "cut": False},
    ]
