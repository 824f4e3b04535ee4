"""What a carrier that takes commands at any time asks of the machine: it tells when speech ends, and of single keys."""

from __future__ import annotations

from dataclasses import replace

from tests.sdk.call.bench import INBOUND, OUTBOUND, Bench
from voicecall_sdk.call.effects import Arm, Consult, Disarm, Replied, Timer
from voicecall_sdk.call.wishes import Ask, Expire, NoteRenamed, Speak
from voicecall_sdk.commands import Connect, FallSilent, Hold, Listen, Prompt, Say
from voicecall_sdk.events import Answered, Heard, KeysPressed, PlaybackStarted, Ready, Spoken, StreamOver
from voicecall_sdk.values import Mode, ProviderCallId, State, Turn

NOTIFY = replace(OUTBOUND, mode=Mode.NOTIFY, message="Your parcel comes today.")


def talking() -> Bench:
    """An inbound call that hears its greeting, t2."""
    bench = Bench(INBOUND).feed(Answered(), Ready())
    assert bench.told == [Prompt("Hello!", Turn("t2"))]
    return bench


def test_the_end_of_what_is_said_is_told() -> None:
    bench = Bench(NOTIFY).dial(inline=False).feed(Answered(), Ready())
    (say,) = bench.told
    assert isinstance(say, Say)
    bench.feed(Spoken(say.turn))
    assert bench.said == [{"bot": "Your parcel comes today."}]
    assert Arm(Timer.NOTIFY_HANGUP, 3.0) in bench.effects
    assert bench.told == [Hold()]


def test_after_a_prompt_somebody_listens() -> None:
    bench = talking().feed(Spoken(Turn("t2")))
    assert (bench.told, bench.record.state) == ([Listen(Turn("t2"))], State.LISTENING)


def test_the_end_of_what_was_cut_is_no_news() -> None:
    bench = talking().ask(Speak("Wait."))
    assert bench.told == [FallSilent(), Say("Wait.", Turn("t3"))]
    before = bench.record
    bench.feed(Spoken(Turn("t2")), Spoken(Turn("t1")))
    assert (bench.record, bench.told) == (before, [])
    bench.feed(Spoken(Turn("t3")))
    assert bench.said == [{"bot…": "Hello!"}, {"bot": "Wait."}]


def test_whoever_answers_into_a_prompt_does_not_hear_on() -> None:
    bench = talking().feed(Heard("Hi", turn=Turn("t2")))
    assert bench.told[0] == FallSilent()
    assert Consult("Hi") in bench.effects
    bench.feed(Heard("You there?", turn=Turn("t2")))
    assert FallSilent() not in bench.told


def test_keys_are_complete_after_a_pause() -> None:
    bench = talking().feed(Spoken(Turn("t2"))).ask(Ask("Your number?"))
    turn = bench.record.asked
    assert turn is not None
    for digit in "12":
        bench.feed(KeysPressed(digit, turn, whole=False))
        assert Arm(Timer.KEYS, 3.0) in bench.effects
    assert (bench.record.keys, bench.record.asked) == ("12", turn)
    bench.ask(Expire(Timer.KEYS))
    assert Replied(turn, "12") in bench.effects
    assert (bench.record.typed, bench.record.asked) == ("", None)


def test_a_hash_ends_them_at_once_and_alone_is_a_key() -> None:
    bench = talking().feed(Spoken(Turn("t2"))).ask(Ask("Your number?"))
    turn = bench.record.asked
    assert turn is not None
    bench.feed(KeysPressed("7", turn, whole=False), KeysPressed("#", turn, whole=False))
    assert Replied(turn, "7") in bench.effects
    assert bench.record.keys == "7"
    assert Disarm(Timer.KEYS) in bench.effects
    bench.feed(KeysPressed("#", turn, whole=False))
    assert bench.record.typed == "#"


def test_nobody_answers_a_question_that_hardly_sounds_yet() -> None:
    bench = talking().feed(Spoken(Turn("t2"))).ask(Ask("Your name?"))
    turn = bench.record.asked
    bench.feed(Heard("I said hello", turn=turn, ongoing=True))
    assert (bench.record.asked, bench.told) == (turn, [Hold()])
    bench.feed(PlaybackStarted(turn=Turn("t1")))
    assert bench.record.sounding is None
    bench.feed(PlaybackStarted(turn=turn), Heard("Hello", turn=turn, ongoing=True))
    assert bench.record.asked == turn
    bench.feed(Heard("Anna", turn=turn, ongoing=True))
    assert Replied(Turn(turn or ""), "Anna") in bench.effects
    assert bench.said[-3:] == [{"user": "Hello"}, {"bot": "Your name?"}, {"user": "Anna"}]


def test_the_pause_after_nothing_changes_nothing() -> None:
    bench = talking()
    before = bench.record
    assert bench.ask(Expire(Timer.KEYS)).record is before


def test_a_call_has_another_name_than_the_order_to_dial_it() -> None:
    assert Bench().ask(NoteRenamed(ProviderCallId("call"))).record.provider_call_id == "call"


def test_a_stream_that_never_came_is_asked_for_again_and_at_last_no_more() -> None:
    bench = Bench(INBOUND, streams=True).feed(Answered(), Ready())
    for _ in range(2):
        assert isinstance(bench.told[-1], Connect)
        bench.feed(StreamOver())
    assert isinstance(bench.told[-1], Connect)
    bench.feed(StreamOver())
    assert isinstance(bench.told[-1], Prompt)
    assert bench.feed(StreamOver()).told == []


def test_a_call_without_streams_has_no_use_for_their_ends() -> None:
    assert talking().feed(StreamOver()).told == []
