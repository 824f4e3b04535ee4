from __future__ import annotations

import asyncio
from typing import Any

import pytest

from voicecall_sim.actors.ivr import Menu, judge, read_menu
from voicecall_sim.actors.options import BadOption
from voicecall_sim.sound.sound import CUT
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.signals import Cause, Gone

from .stage import Stage

BANK = {
    "says": "For balances press 1, for cards press 2.",
    "1": {"says": "Please enter your four digits.", "digits": 4, "then": {"says": "Thank you."}},
    2: {"says": "Cards.", "1": {"says": "Lost."}, "*": {"says": "Found."}},
}


async def reached(stage: Stage, **options: Any) -> End:
    stage.add(name="bank", kind="ivr", options={"menu": BANK, **options})
    return await stage.call()


async def press(end: End, keys: str) -> None:
    for key in keys:
        end.press(key)
        await asyncio.sleep(0.1)


def menu(stage: Stage) -> list[tuple[str, str, str]]:
    return [(data["at"], data["entered"], data["took"]) for data in stage.told("menu")]


async def test_through_the_menu(stage: Stage) -> None:
    end = await reached(stage)
    await asyncio.sleep(4)
    await press(end, "1")
    await asyncio.sleep(4)
    await press(end, "4711")
    await asyncio.sleep(5)
    assert stage.texts("said") == [BANK["says"], "Please enter your four digits.", "Thank you."]
    assert menu(stage) == [("", "1", "choice"), ("1", "4711", "digits")]
    assert stage.keys("heard") == "14711"
    assert end.leg.gone is None


async def test_a_key_interrupts_the_prompt(stage: Stage) -> None:
    end = await reached(stage)
    await asyncio.sleep(0.5)
    await press(end, "1")
    assert stage.texts("said") == ["For bala" + CUT]
    await asyncio.sleep(0.6 + 0.9)
    await press(end, "4711")
    await asyncio.sleep(0.6 + 1)
    assert stage.texts("said")[1:] == ["Please enter you" + CUT, "Thank you."]


async def test_keys_pressed_ahead_are_taken_in_order(stage: Stage) -> None:
    end = await reached(stage)
    for key in "14711":
        end.press(key)
    await asyncio.sleep(3)
    assert menu(stage) == [("", "1", "choice"), ("1", "4711", "digits")]
    assert stage.texts("said") == ["Thank you."]


async def test_a_wrong_key_says_so_and_repeats(stage: Stage) -> None:
    end = await reached(stage)
    await asyncio.sleep(4)
    await press(end, "7")
    await asyncio.sleep(6)
    assert stage.texts("said") == [BANK["says"], "That is not a valid choice.", BANK["says"]]
    await press(end, "2")
    await asyncio.sleep(2)
    await press(end, "*")
    await asyncio.sleep(2)
    assert stage.texts("said")[3:] == ["Cards.", "Found."]
    assert menu(stage) == [("", "7", "wrong"), ("", "2", "choice"), ("2", "*", "choice")]


async def test_what_was_pressed_after_a_wrong_key_is_forgotten(stage: Stage) -> None:
    end = await reached(stage)
    for key in "7114":
        end.press(key)
    await asyncio.sleep(1)
    assert menu(stage) == [("", "7", "wrong")]
    await asyncio.sleep(1)
    await press(end, "2")
    await asyncio.sleep(0.1)
    assert menu(stage) == [("", "7", "wrong"), ("", "2", "choice")]


async def test_too_few_digits_are_wrong(stage: Stage) -> None:
    end = await reached(stage)
    await press(end, "147")
    await asyncio.sleep(10)
    await press(end, "4711")
    await asyncio.sleep(1)
    assert menu(stage) == [("", "1", "choice"), ("1", "47", "wrong"), ("1", "4711", "digits")]


async def test_who_presses_nothing_hears_it_three_times(stage: Stage) -> None:
    end = await reached(stage, timeout="2s", goodbye="Bye.")
    await asyncio.sleep(30)
    assert stage.texts("said") == [BANK["says"]] * 3 + ["Bye."]
    assert menu(stage) == [("", "", "nothing")] * 3
    assert end.leg.gone == Gone(Cause.NORMAL, "bank")
    length = len(BANK["says"]) * 60_000  # type: ignore[arg-type]
    assert [data["began"] for data in stage.told("said")] == [1_000_000 + n * (length + 2_000_000) for n in range(4)]


async def test_one_round_is_enough_if_so_wished(stage: Stage) -> None:
    end = await reached(stage, rounds=1, wrong="No.")
    await asyncio.sleep(0.03)
    await press(end, "9")
    await asyncio.sleep(30)
    assert stage.texts("said") == [CUT, "No.", "Goodbye."]
    assert end.leg.gone is not None


async def test_at_an_end_it_lingers(stage: Stage) -> None:
    end = await reached(stage, lingers="10s")
    for key in "14711":
        end.press(key)
    await asyncio.sleep(2 * 0.6 + 0.6 + 9.8)
    await press(end, "#")
    assert end.leg.gone is None
    await asyncio.sleep(0.2)
    assert end.leg.gone == Gone(Cause.NORMAL, "bank")


async def test_hanging_up_in_the_middle_leaves_nothing(stage: Stage) -> None:
    end = await reached(stage)
    await asyncio.sleep(1)
    end.hang_up()
    await asyncio.sleep(30)
    assert menu(stage) == []
    assert len(stage.texts("said")) == 1


@pytest.mark.parametrize(
    ("entered", "took"),
    [("1", "choice"), ("*", "choice"), ("3", "wrong"), ("", "nothing")],
)
def test_judging_a_choice(entered: str, took: str) -> None:
    leaf = Menu(says="x")
    assert judge(Menu(says="?", keys={"1": leaf, "*": leaf}), entered) == took


@pytest.mark.parametrize(
    ("entered", "took"),
    [("47", "digits"), ("4", "wrong"), ("4#", "wrong"), ("", "nothing")],
)
def test_judging_digits(entered: str, took: str) -> None:
    assert judge(Menu(says="?", digits=2, then=Menu(says="x")), entered) == took


def test_a_menu_is_read() -> None:
    menu = read_menu(BANK, "menu")
    assert menu.says == BANK["says"]
    assert menu.keys["1"] == Menu(says="Please enter your four digits.", digits=4, then=Menu(says="Thank you."))
    assert list(menu.keys["2"].keys) == ["1", "*"]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("hello", "menu: 'hello' is not a menu"),
        ({}, "menu: a menu says something"),
        ({"says": ""}, "menu.says: '' cannot be spoken"),
        ({"says": "x", "sasy": "y"}, "menu.sasy: no such option; did you mean `says`?"),
        ({"says": "x", "12": {"says": "y"}}, "menu.12: no such option; known here: says, digits, then"),
        ({"says": "x", "1": {"says": "y", "2": {}}}, "menu.1.2: a menu says something"),
        ({"says": "x", "digits": 4}, "menu: `digits` and `then` go together"),
        ({"says": "x", "then": {"says": "y"}}, "menu: `digits` and `then` go together"),
        ({"says": "x", "digits": "no", "then": {"says": "y"}}, "menu.digits: 'no' is not a number"),
        (
            {"says": "x", "digits": 4, "then": {"says": "y"}, "1": {"says": "z"}},
            "either one key of several or `digits`",
        ),
    ],
)
def test_a_menu_that_makes_no_sense(written: Any, complaint: str) -> None:
    with pytest.raises(BadOption) as refused:
        read_menu(written, "menu")
    assert complaint in str(refused.value)
