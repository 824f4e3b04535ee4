"""Gather: keys, speech, timeouts, and what is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.twilio_world import OWN, Phone, Received, Stage, staged
from voicecall_sim.sound.sound import Wordless
from voicecall_sim.world.clock import SECOND

ANSWERED = 2.4
"""When the callee of `talk` answers: 0.1 s after create dialled, 0.3 s later it rings, 2 s later it is answered."""


def talk(stage: Stage, gather: str, after: str = "<Say>Nothing.</Say>") -> Phone:
    anna = stage.phone()
    stage.app.answers |= {"/voice": gather + after, "/next": "<Hangup/>"}
    stage.place()
    return anna


async def listening(stage: Stage) -> None:
    """Wait until the document has surely begun."""
    await stage.wait(ANSWERED + 0.1)


def result(stage: Stage, path: str = "/next") -> dict[str, str]:
    (request,) = stage.app.at(path)
    return request.params


@staged
async def test_digits_up_to_their_number(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" numDigits="2"/>')
    await listening(stage)
    anna.presses("42")
    await stage.over()
    told = result(stage)
    assert (told["Digits"], told["FinishedOnKey"], told["msg"]) == ("42", "", "Gather End")
    assert told["CallStatus"] == "in-progress"


@staged
async def test_digits_up_to_the_finish_key(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next"/>')
    await listening(stage)
    anna.presses("123#")
    await stage.over()
    assert (result(stage)["Digits"], result(stage)["FinishedOnKey"]) == ("123", "#")


@staged
async def test_another_finish_key_or_none(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" finishOnKey="" timeout="2"/>')
    await listening(stage)
    anna.presses("1#*")
    await stage.over()
    assert result(stage)["Digits"] == "1#*"


@staged
async def test_the_timeout_restarts_with_every_key(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" timeout="3"/>')
    await listening(stage)
    for key in "123":
        anna.presses(key)
        await stage.wait(2.5)
    await stage.over()
    assert result(stage)["Digits"] == "123"
    assert stage.app.at("/next")[0].at == pytest.approx(ANSWERED + 0.1 + 5 + 3, abs=0.1)


@staged
async def test_a_finish_key_before_any_digit_is_no_input(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next"><Say>Press something, please.</Say></Gather>')
    await listening(stage)
    anna.presses("#")
    await stage.over()
    assert stage.app.at("/next") == []
    assert anna.words[-1] == "Nothing."


@staged
async def test_without_input_the_document_goes_on_after_the_timeout(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" timeout="7"><Say>Hello</Say></Gather>')
    await stage.over()
    assert anna.words == ["Hello", "Nothing."]
    begun, ended = (at for at, _ in anna.heard)
    # "Hello" ends, seven seconds pass, "Nothing." takes 8 * 60 ms
    assert ended - begun == pytest.approx(7 + 0.48)


EMPTY = [("dtmf", {"Digits": ""}), ("speech", {"SpeechResult": ""}), ("dtmf speech", {"Digits": ""})]


@pytest.mark.parametrize(("kinds", "told"), EMPTY)
@staged
async def test_an_empty_result_is_told_if_wanted(stage: Stage, kinds: str, told: dict[str, str]) -> None:
    talk(stage, f'<Gather action="/next" input="{kinds}" actionOnEmptyResult="true" timeout="1"/>')
    await stage.over()
    assert {key: value for key, value in result(stage).items() if key in {"Digits", "SpeechResult"}} == told


@staged
async def test_speech_is_recognised_when_the_silence_is_long_enough(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech" speechTimeout="auto" language="en-GB"/>')
    await listening(stage)
    anna.says("Yes, that works.")
    await stage.over()
    told = result(stage)
    assert told["SpeechResult"] == "Yes, that works."
    assert 0.85 <= float(told["Confidence"]) <= 0.99
    assert told["Language"] == "en-GB"
    # 16 characters of 60 ms, then a second of silence
    assert stage.app.at("/next")[0].at == pytest.approx(ANSWERED + 0.1 + 0.96 + 1, abs=0.05)


@staged
async def test_utterances_within_the_silence_are_one_result(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech" speechTimeout="3"/>')
    await listening(stage)
    for words in ("My number is", "four two", "seven."):
        playing = anna.says(words)
        await playing.done.wait()
        await stage.wait(2)
    await stage.over()
    assert result(stage)["SpeechResult"] == "My number is four two seven."


@staged
async def test_the_speech_timeout_is_the_timeout_unless_given(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech" timeout="4"/>')
    await listening(stage)
    anna.says("Hi")
    await stage.over()
    assert stage.app.at("/next")[0].at == pytest.approx(ANSWERED + 0.1 + 0.12 + 4, abs=0.05)


@staged
async def test_keys_mean_nothing_to_speech_and_speech_nothing_to_keys(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech" timeout="2"/><Gather action="/next" timeout="2"/>')
    await listening(stage)
    anna.presses("1")
    await stage.wait(2.5)
    anna.says("one")
    await stage.over()
    assert stage.app.at("/next") == []
    assert anna.words == ["Nothing."]


@pytest.mark.parametrize("first", ["keys", "speech"])
@staged
async def test_of_both_the_first_kind_decides(stage: Stage, first: str) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech dtmf" timeout="2" speechTimeout="2"/>')
    await listening(stage)
    steps = [lambda: anna.presses("7#" if first == "speech" else "7"), lambda: anna.says("seven")]
    for step in steps if first == "keys" else reversed(steps):
        step()
        await stage.wait(0.05)
    await stage.over()
    told = result(stage)
    assert ("Digits" in told, "SpeechResult" in told) == (first == "keys", first == "speech")


@pytest.mark.parametrize("act", ["keys", "speech"])
@staged
async def test_input_silences_the_prompt(stage: Stage, act: str) -> None:
    prompt = "<Say>Please tell us at length what it is that you want today.</Say>"
    anna = talk(stage, f'<Gather action="/next" input="dtmf speech" numDigits="1" speechTimeout="1">{prompt}</Gather>')
    await listening(stage)
    await stage.wait(0.5)
    if act == "keys":
        anna.presses("1")
    else:
        anna.says("Stop")
    await stage.over()
    assert len(anna.words[0]) < 12
    assert len(stage.app.at("/next")) == 1


@staged
async def test_without_barge_in_nothing_is_heard_before_the_prompt_is_over(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" numDigits="1" bargeIn="false" timeout="2"><Say>Listen.</Say></Gather>')
    await listening(stage)
    anna.presses("1")
    await stage.wait(1)
    anna.presses("2")
    await stage.over()
    assert anna.words[0] == "Listen."
    assert result(stage)["Digits"] == "2"


@staged
async def test_speech_that_goes_on_when_the_gather_begins_is_heard_from_there(stage: Stage) -> None:
    anna = talk(stage, '<Pause length="2"/><Gather action="/next" input="speech" speechTimeout="1"/>')
    await listening(stage)
    anna.says("one two three four five six seven eight nine ten")
    await stage.over()
    assert result(stage)["SpeechResult"].endswith("eight nine ten")
    assert not result(stage)["SpeechResult"].startswith("one")


@staged
async def test_sounds_without_words_are_no_speech(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech" timeout="3"/>')
    await listening(stage)
    anna.says(Wordless("music", 2 * SECOND))
    await stage.over()
    assert stage.app.at("/next") == []


@staged
async def test_speech_is_cut_after_a_minute(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech"/>')
    await listening(stage)
    anna.says("la " * 500)
    await stage.over()
    assert len(result(stage)["SpeechResult"]) == pytest.approx(1000, abs=3)


@staged
async def test_profanity_is_masked_unless_not_wanted(stage: Stage) -> None:
    anna = talk(
        stage,
        '<Gather action="/a" input="speech" speechTimeout="1"/>',
        "",
    )
    stage.app.answers["/a"] = '<Gather action="/b" input="speech" speechTimeout="1" profanityFilter="false"/>'
    stage.app.answers["/b"] = "<Hangup/>"
    await listening(stage)
    anna.says("Oh shit")
    await stage.wait(3)
    anna.says("Oh shit")
    await stage.over()
    assert result(stage, "/a")["SpeechResult"] == "Oh s***"
    assert result(stage, "/b")["SpeechResult"] == "Oh shit"


@staged
async def test_partial_results_come_while_somebody_speaks(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech" speechTimeout="1" partialResultCallback="/partial"/>')
    await listening(stage)
    anna.says("one two three four five six seven")
    await stage.over()
    partials: list[Received] = sorted(stage.app.at("/partial"), key=lambda r: int(r.params["SequenceNumber"]))
    assert [int(r.params["SequenceNumber"]) for r in partials] == list(range(len(partials)))
    assert len(partials) == 2
    assert partials[0].params["UnstableSpeechResult"].startswith("one two three")
    assert partials[-1].params["StableSpeechResult"] == "one two three four five six seven"
    assert result(stage)["SpeechResult"] == "one two three four five six seven"


@staged
async def test_without_action_the_document_is_requested_again(stage: Stage) -> None:
    def voice(request: Received) -> Any:
        return "<Hangup/>" if "Digits" in request.params else '<Gather numDigits="1"/>'

    anna = talk(stage, "")
    stage.app.answers["/voice"] = voice
    await listening(stage)
    anna.presses("5")
    await stage.over()
    assert [r.params.get("Digits") for r in stage.app.at("/voice")] == [None, "5"]


@staged
async def test_get_puts_the_result_into_the_query(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next?turn=1" method="GET" numDigits="1"/>')
    await listening(stage)
    anna.presses("5")
    await stage.over()
    (request,) = stage.app.at("/next")
    assert (request.method, request.raw) == ("GET", b"")
    assert (request.params["turn"], request.params["Digits"]) == ("1", "5")


@staged
async def test_a_hang_up_during_a_gather_requests_nothing(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" input="speech dtmf" actionOnEmptyResult="true"/>')
    await listening(stage)
    anna.says("I am off now")
    await stage.wait(0.3)
    anna.hangs_up()
    assert await stage.ended() == ("normal", "anna")
    assert stage.app.at("/next") == []


@staged
async def test_keys_before_a_gather_are_discarded(stage: Stage) -> None:
    anna = talk(stage, '<Say>Wait a moment.</Say><Gather action="/next" timeout="2"/>')
    await listening(stage)
    anna.presses("9")
    await stage.over()
    assert stage.app.at("/next") == []
    assert stage.network.calls[0].from_ == OWN


@staged
async def test_keys_may_be_a_prompt(stage: Stage) -> None:
    anna = talk(stage, '<Gather action="/next" numDigits="1"><Play digits="12"/></Gather>')
    await listening(stage)
    await stage.wait(1)
    anna.presses("7")
    await stage.over()
    assert anna.keys == "12"
    assert result(stage)["Digits"] == "7"
