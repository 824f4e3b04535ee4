"""Utterances in their order, sound that is kept, responses one at a time: by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.audio.frames import SILENT_FRAME
from voicecall_sdk.speech.responses import Responses
from voicecall_sdk.speech.unheard import Unheard
from voicecall_sdk.speech.utterances import MOST_ITEMS, MOST_TEXT, Said, Utterances

LOUD = b"\x10" * 160


def texts(said: list[Said]) -> list[str]:
    """What may be delivered, without whose it is."""
    return [text for text, _ in said]


# --- utterances ---------------------------------------------------------------------------------------------------


@given(data=st.data(), count=st.integers(1, 12))
def test_whatever_the_order_of_understanding_the_order_of_speech_is_told(data: st.DataObject, count: int) -> None:
    utterances = Utterances()
    told: list[str] = []
    committed = 0
    for number in data.draw(st.permutations(range(count))):
        while committed <= number:
            told += texts(utterances.committed(str(committed), str(committed - 1) if committed else None))
            committed += 1
        assert utterances.partial(str(number), "so far") == "so far"
        told += texts(utterances.resolved(str(number), f"text {number}"))
        assert told == [f"text {place}" for place in range(len(told))]
    assert len(told) == count
    assert len(utterances) == 0


def test_an_item_belongs_after_its_predecessor() -> None:
    utterances = Utterances()
    texts(utterances.committed("a", None))
    texts(utterances.committed("c", "a"))
    texts(utterances.committed("b", "a"))
    assert texts(utterances.resolved("c", "3")) == texts(utterances.resolved("b", "2")) == []
    assert texts(utterances.resolved("a", "1")) == ["1", "2", "3"]


def test_an_item_whose_predecessor_was_told_comes_first() -> None:
    utterances = Utterances()
    texts(utterances.committed("a", None))
    assert texts(utterances.resolved("a", "1")) == ["1"]
    texts(utterances.committed("c", "b"))
    texts(utterances.committed("b", "a"))
    assert texts(utterances.resolved("c", "3")) == []
    assert texts(utterances.resolved("b", "2")) == ["2", "3"]


def test_text_before_the_commit() -> None:
    utterances = Utterances()
    assert utterances.partial("a", "Hel") == "Hel"
    assert utterances.partial("a", "lo") == "Hello"
    assert texts(utterances.committed("a", None)) == []
    assert texts(utterances.resolved("a", "Hello!")) == ["Hello!"]
    assert utterances.partial("a", "again") == ""
    assert texts(utterances.committed("a", None)) == texts(utterances.resolved("a", "twice")) == []


def test_blank_texts_are_not_told() -> None:
    utterances = Utterances()
    texts(utterances.committed("a", None))
    texts(utterances.committed("b", "a"))
    assert texts(utterances.resolved("b", " two ")) == []
    assert utterances.blocked
    assert texts(utterances.resolved("a", " ")) == ["two"]
    assert not utterances.blocked


def test_what_blocks_can_be_given_up() -> None:
    utterances = Utterances()
    for item, previous in (("a", None), ("b", "a"), ("c", "b")):
        texts(utterances.committed(item, previous))
    texts(utterances.resolved("b", "two"))
    assert texts(utterances.unblocked()) == ["two"]
    assert len(utterances) == 1
    assert texts(utterances.resolved("c", "three")) == ["three"]
    assert texts(utterances.unblocked()) == texts(utterances.abandoned()) == []


def test_items_are_bounded() -> None:
    utterances = Utterances()
    for number in range(MOST_ITEMS + 1):
        texts(utterances.committed(str(number), str(number - 1)))
    assert len(utterances) == MOST_ITEMS
    assert texts(utterances.resolved("0", "too late")) == []
    assert texts(utterances.resolved("1", "in time")) == ["in time"]


def test_text_is_bounded() -> None:
    utterances = Utterances()
    texts(utterances.committed("a", None))
    texts(utterances.committed("b", "a"))
    assert utterances.partial("a", "x" * MOST_TEXT)
    assert utterances.partial("a", "x") == ""
    assert utterances.partial("b", "x") == ""
    assert texts(utterances.resolved("b", "y" * 10)) == ["y" * 10]
    assert len(utterances) == 0


# --- sound that is kept -------------------------------------------------------------------------------------------


def test_all_is_kept_while_nobody_listens() -> None:
    unheard = Unheard()
    for number in range(1000):
        unheard.add(bytes([number % 256]) * 160)
    sound = b"".join(unheard.again())
    assert sound == b"".join(bytes([number % 256]) * 160 for number in range(1000))


@given(pieces=st.lists(st.integers(1, 400), max_size=60), most=st.integers(400, 2000), every=st.integers(1, 9))
def test_it_never_holds_more_than_it_may(pieces: list[int], most: int, every: int) -> None:
    unheard = Unheard(most)
    for number, size in enumerate(pieces):
        unheard.add(bytes([number]) * size)
        if number % every == 0:
            unheard.committed(str(number))
            unheard.holding = True
    sound = b"".join(unheard.again())
    assert len(sound) <= most
    whole = b"".join(bytes([number]) * size for number, size in enumerate(pieces))
    assert whole.endswith(sound)


def test_what_was_understood_is_not_kept() -> None:
    unheard = Unheard()
    unheard.add(b"a" * 160)
    unheard.committed("a")
    unheard.add(b"b" * 160)
    unheard.committed("b")
    unheard.add(b"c" * 160)
    unheard.resolved("a")
    unheard.resolved("never there")
    assert b"".join(unheard.again()) == b"b" * 160 + b"c" * 160


def test_while_nobody_speaks_the_last_second_is_kept() -> None:
    unheard = Unheard()
    unheard.holding = False
    for _ in range(500):
        unheard.add(SILENT_FRAME)
    assert len(b"".join(unheard.again())) == 8000


def test_what_was_sent_again_stays_for_a_while() -> None:
    unheard = Unheard()
    for _ in range(200):
        unheard.add(LOUD)
    assert len(b"".join(unheard.again())) == 32_000
    unheard.add(LOUD)
    assert len(b"".join(unheard.again())) == 32_160
    for _ in range(600):
        unheard.add(SILENT_FRAME)
    assert len(b"".join(unheard.again())) == 8000


@pytest.mark.parametrize(("frames", "worth"), [([LOUD] * 5, True), ([LOUD] * 4, False), ([SILENT_FRAME] * 50, False)])
def test_what_is_worth_a_transcription(frames: list[bytes], worth: bool) -> None:
    unheard = Unheard()
    for frame in frames:
        unheard.add(frame)
    assert unheard.worth(800) is worth


# --- responses ----------------------------------------------------------------------------------------------------


def asking() -> tuple[Responses, list[Mapping[str, Any]]]:
    sent: list[Mapping[str, Any]] = []
    return Responses(sent.append), sent


def test_nothing_is_asked_before_the_service_is_ready() -> None:
    responses, sent = asking()
    responses.ask({"instructions": "x"})
    assert sent == []
    responses.ended()
    assert [event["response"] for event in sent] == [{"instructions": "x"}]


def test_one_at_a_time_and_a_bare_one_once() -> None:
    responses, sent = asking()
    responses.ended()
    for wanted in ({"instructions": "x"}, None, None, {"instructions": "y"}, {"instructions": "y"}):
        responses.ask(wanted)
    for _ in range(9):
        responses.ended()
    assert [event.get("response") for event in sent] == [
        {"instructions": "x"},
        None,
        {"instructions": "y"},
        {"instructions": "y"},
    ]
    assert len({event["event_id"] for event in sent}) == 4


def test_refusals_of_others_change_nothing() -> None:
    responses, sent = asking()
    responses.ended()
    responses.ask()
    responses.refused("", "x")
    responses.refused("event-of-somebody", "conversation_already_has_active_response")
    assert len(sent) == 1
    assert responses.active
    responses.refused(sent[0]["event_id"], "invalid_value")
    assert not responses.active


@given(st.lists(st.sampled_from(["ask", "begun", "ended", "busy", "wrong"]), max_size=60))
def test_nothing_that_was_asked_is_lost(steps: list[str]) -> None:
    """Everything is sent once, or again after it was refused as too early."""
    responses, sent = asking()
    responses.ended()
    asked = 0
    refused: set[str] = set()
    for step in steps:
        if step == "ask":
            asked += 1
            responses.ask({"instructions": str(asked)})
        elif step in {"begun", "ended"}:
            getattr(responses, step)()
        elif sent and sent[-1]["event_id"] not in refused:
            refused.add(sent[-1]["event_id"])
            code = "conversation_already_has_active_response" if step == "busy" else "invalid_value"
            responses.refused(sent[-1]["event_id"], code)
    for _ in range(asked + 1):
        responses.ended()
    texts = [event["response"]["instructions"] for event in sent]
    assert sorted({int(text) for text in texts}) == list(range(1, asked + 1))
    assert [int(text) for text in dict.fromkeys(texts)] == list(range(1, asked + 1))
