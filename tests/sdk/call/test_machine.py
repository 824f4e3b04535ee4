"""The rules of a call's life, one by one; then over the whole product and along random lives."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.call.bench import INBOUND, OUTBOUND, Bench
from voicecall_sdk.call.effects import Arm, Closed, Consult, Disarm, GaveUp, Replied, Said, Supersede, Timer
from voicecall_sdk.call.machine import ASK, FEED
from voicecall_sdk.call.record import After, Speaking
from voicecall_sdk.call.wishes import (
    Ask,
    End,
    Expire,
    NoteEnded,
    NoteFailure,
    NotePlaced,
    NoteUnknown,
    PressKeys,
    Speak,
    Wish,
)
from voicecall_sdk.commands import Answer, Dial, HangUp, Hold, Listen, Press, Prompt, Say
from voicecall_sdk.events import (
    Answered,
    Ended,
    Event,
    Faulted,
    Heard,
    Initiated,
    KeysPressed,
    MachineDetected,
    NothingHeard,
    PlaybackStarted,
    Ready,
    Ringing,
)
from voicecall_sdk.values import EndReason, Mode, ProviderCallId, State, Turn

NOTIFY = replace(OUTBOUND, mode=Mode.NOTIFY, message="Your parcel comes today.")
COMPLETED = Ended(EndReason.COMPLETED, "completed", was_answered=True)


# --- a notification ---------------------------------------------------------------------------------------------


def test_a_notification_goes_out_with_the_dial_where_the_carrier_takes_it() -> None:
    bench = Bench(NOTIFY).dial(inline=True)
    (dial,) = bench.told
    assert isinstance(dial, Dial)
    assert (dial.message, dial.hangup_delay) == ("Your parcel comes today.", 3.0)
    assert bench.record.message is None
    assert Arm(Timer.STALE, 120.0) in bench.effects


def test_an_inline_notification_is_recorded_as_said_and_hung_up_by_us() -> None:
    bench = Bench(NOTIFY).dial(inline=True).feed(Ringing(), Answered())
    assert bench.told == []
    assert bench.record.state is State.SPEAKING
    bench.feed(COMPLETED)
    assert bench.record.state is State.HANGUP_BOT
    assert bench.record.carrier_word == "completed"
    assert bench.said == [{"bot": "Your parcel comes today."}]


def test_an_inline_notification_whose_only_callback_is_the_last_was_said_too() -> None:
    bench = Bench(NOTIFY).dial(inline=True).feed(COMPLETED)
    assert bench.said == [{"bot": "Your parcel comes today."}]
    assert bench.record.end_reason is EndReason.HANGUP_BOT


@pytest.mark.parametrize("reason", [EndReason.BUSY, EndReason.NO_ANSWER, EndReason.FAILED])
def test_nothing_was_said_to_nobody(reason: EndReason) -> None:
    bench = Bench(NOTIFY).dial(inline=True).feed(Ringing(), Ended(reason, reason.value, was_answered=False))
    assert bench.said == []
    assert bench.record.end_reason is reason


def test_a_notification_by_commands_waits_for_its_end_and_the_delay() -> None:
    bench = Bench(NOTIFY).dial(inline=False).feed(Answered(), Ready())
    (say,) = bench.told
    assert isinstance(say, Say)
    bench.feed(Ready(spoken=say.turn))
    assert bench.told == [Hold()]
    assert Arm(Timer.NOTIFY_HANGUP, 3.0) in bench.effects
    bench.ask(Expire(Timer.NOTIFY_HANGUP))
    assert bench.told == [HangUp()]


# --- a conversation ---------------------------------------------------------------------------------------------


def test_the_greeting_is_a_prompt_and_is_given_once() -> None:
    bench = Bench(INBOUND).feed(Initiated(), Ready())
    assert bench.told == [Prompt("Hello!", Turn("t2"))]
    assert bench.record.state is State.SPEAKING
    bench.feed(NothingHeard(Turn("t2")), Ready())
    assert bench.told == [Listen(Turn("t2"))]
    assert bench.said == [{"bot": "Hello!"}]


def test_an_inbound_call_is_answered() -> None:
    assert Bench(INBOUND).feed(Initiated()).told == [Answer()]


def test_answered_twice_starts_one_clock() -> None:
    bench = Bench().feed(Answered())
    assert Arm(Timer.MAX_DURATION, 300.0) in bench.effects
    answered_at = bench.record.answered_at
    bench.feed(Answered())
    assert bench.effects == ()
    assert bench.record.answered_at == answered_at


def test_what_is_heard_goes_to_the_responder_and_listening_goes_on() -> None:
    bench = Bench().feed(Ready(), Heard("What time is it?"))
    assert Consult("What time is it?") in bench.effects
    assert isinstance(bench.told[-1], Listen)
    assert bench.said == [{"user": "What time is it?"}]


def test_without_responder_what_is_heard_is_only_written_down() -> None:
    bench = Bench(auto_response=False).feed(Ready(), Heard("Hello?"))
    assert not any(isinstance(effect, Consult) for effect in bench.effects)
    assert bench.said == [{"user": "Hello?"}]


def test_partial_speech_drops_the_reply_being_prepared_and_writes_nothing() -> None:
    bench = Bench().feed(Ready(), Heard("But", final=False))
    assert bench.effects == (Supersede(),)
    assert bench.said == []


def test_a_question_gets_its_own_answer() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Still fine?"))
    turn = bench.record.asked
    assert turn is not None
    assert bench.told == [Prompt("Still fine?", turn)]
    assert Arm(Timer.TRANSCRIPT, 180.0) in bench.effects
    bench.feed(Heard("Yes.", turn=turn))
    assert Replied(turn, "Yes.") in bench.effects
    assert Disarm(Timer.TRANSCRIPT) in bench.effects
    assert bench.said == [{"bot": "Still fine?"}, {"user": "Yes."}]
    assert not any(isinstance(effect, Consult) for effect in bench.effects)


def test_an_answer_to_an_older_question_is_not_taken_for_this_one() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Second question?"))
    bench.feed(Heard("The first answer.", turn=Turn("older")))
    assert bench.record.asked is not None
    assert bench.said == []


def test_keys_answer_a_question_and_are_kept() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Your PIN?"))
    turn = bench.record.asked
    assert turn is not None
    bench.feed(KeysPressed("47", turn=turn), KeysPressed("11"))
    assert bench.record.keys == "4711"
    assert bench.record.asked is None


def test_a_question_nobody_answers_is_given_up() -> None:
    bench = Bench(transcript_timeout=2.0).feed(Ready()).ask(Ask("Hello?"))
    turn = bench.record.asked
    assert turn is not None
    bench.ask(Expire(Timer.TRANSCRIPT))
    assert bench.effects == (GaveUp(turn, "Timed out waiting for transcript after 2000ms"),)


def test_two_utterances_are_said_one_after_the_other() -> None:
    bench = Bench().feed(Ready()).ask(Speak("One."))
    first = bench.record.speaking
    assert first is not None
    bench.ask(Speak("Two."))
    assert bench.told == []
    bench.feed(Ready(spoken=first.turn))
    assert [type(command) for command in bench.told] == [Say]
    second = bench.record.speaking
    assert second is not None
    bench.feed(Ready(spoken=second.turn))
    assert bench.said == [{"bot": "One."}, {"bot": "Two."}]
    assert isinstance(bench.told[-1], Listen)


def test_pressing_keys_interrupts_what_is_being_said() -> None:
    bench = Bench().feed(Ready()).ask(Speak("A long story")).ask(PressKeys("1"))
    assert bench.told == [Press("1")]
    assert bench.said == [{"bot…": "A long story"}]


def test_a_reply_with_a_farewell_hangs_up_after_it_was_said() -> None:
    bench = Bench().feed(Ready()).ask(Speak("Goodbye.", after=After.HANG_UP))
    speaking = bench.record.speaking
    assert speaking is not None
    bench.feed(Ready(spoken=speaking.turn))
    assert bench.told == [HangUp()]


# --- the end ----------------------------------------------------------------------------------------------------


def test_who_hung_up_is_known_by_elimination() -> None:
    assert Bench().feed(Answered(), COMPLETED).record.end_reason is EndReason.HANGUP_USER
    assert Bench().feed(Ringing(), COMPLETED).record.end_reason is EndReason.COMPLETED


def test_an_end_that_we_commanded_keeps_our_reason() -> None:
    bench = Bench().feed(Answered()).ask(Expire(Timer.MAX_DURATION))
    assert bench.told == [HangUp()]
    bench.feed(COMPLETED)
    assert bench.record.end_reason is EndReason.TIMEOUT
    assert bench.record.carrier_word == "completed"


def test_the_carriers_last_word_is_kept_when_it_comes_late() -> None:
    bench = Bench().feed(Answered()).ask(NoteEnded(EndReason.HANGUP_BOT)).feed(COMPLETED)
    assert (bench.record.end_reason, bench.record.carrier_word) == (EndReason.HANGUP_BOT, "completed")


def test_a_call_is_ended_as_soon_as_its_id_is_known() -> None:
    bench = Bench(replace(OUTBOUND, provider_call_id=None)).ask(End())
    assert bench.told == []
    bench.ask(NotePlaced(ProviderCallId("p9")))
    assert bench.told == [HangUp()]


def test_a_dial_without_answer_waits_for_the_ring_time_and_then_fails() -> None:
    bench = Bench(replace(OUTBOUND, provider_call_id=None), ring_timeout=30.0).ask(NoteUnknown())
    assert bench.effects == (Arm(Timer.RING, 45.0),)
    bench.ask(Expire(Timer.RING))
    assert bench.record.state is State.FAILED


def test_a_lost_dial_that_shows_up_is_no_longer_doubted() -> None:
    bench = Bench(replace(OUTBOUND, provider_call_id=None)).ask(NoteUnknown()).feed(Answered())
    assert Disarm(Timer.RING) in bench.effects


def test_the_reaper_spares_a_call_that_shows_any_sign_of_life() -> None:
    for sign in (Ready(), Heard("Hello"), KeysPressed("1"), PlaybackStarted()):
        bench = Bench().feed(sign).ask(Expire(Timer.STALE))
        assert bench.told == []
        assert bench.record.live


def test_the_reaper_ends_what_never_was_answered() -> None:
    bench = Bench().feed(Ringing()).ask(Expire(Timer.STALE))
    assert bench.told == [HangUp()]
    bench.ask(NoteFailure("503"))
    assert Arm(Timer.STALE, 30.0) in bench.effects


def test_the_end_releases_everybody_who_waits() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Hello?"))
    turn = bench.record.asked
    assert turn is not None
    bench.feed(COMPLETED)
    assert GaveUp(turn, "Call ended: hangup-user", EndReason.HANGUP_USER) in bench.effects
    assert Said(turn, False) in bench.effects
    assert Closed() in bench.effects
    assert bench.said == [{"bot…": "Hello?"}]


def test_a_fatal_fault_ends_the_call_and_a_passing_one_does_not() -> None:
    assert Bench().feed(Faulted("line noise", retryable=True)).record == OUTBOUND
    assert Bench().feed(Faulted("gone", retryable=False)).record.end_reason is EndReason.ERROR


def test_what_could_not_be_said_is_not_written_down() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Hello?")).ask(NoteFailure("refused"))
    assert bench.said == []
    assert bench.record.asked is None
    assert bench.record.state is State.LISTENING


def test_a_machines_verdict_is_kept() -> None:
    assert Bench().feed(MachineDetected("machine")).record.metadata == {"answeredBy": "machine"}


def test_a_carrier_that_asks_again_is_told_again() -> None:
    bench = Bench().feed(Ready()).ask(Speak("Hello."))
    bench.feed(Ready())
    assert [type(command) for command in bench.told] == [Say]


# --- over everything --------------------------------------------------------------------------------------------

EVENTS: list[Event] = [
    Initiated(),
    Ringing(),
    Answered(),
    Ready(),
    Ready(spoken=Turn("t1")),
    Ready(spoken=Turn("t2")),
    PlaybackStarted("x"),
    Heard("yes"),
    Heard(" "),
    Heard("yes", turn=Turn("t2")),
    Heard("ye", final=False),
    NothingHeard(Turn("t2")),
    KeysPressed("1", turn=Turn("t3")),
    MachineDetected("human"),
    COMPLETED,
    Ended(EndReason.BUSY, "busy"),
    Ended(EndReason.HANGUP_BOT, "canceled"),
    Faulted("x", retryable=True),
    Faulted("x", retryable=False),
]
WISHES: list[Wish] = [
    Speak("a"),
    Speak("bye", after=After.HANG_UP),
    Speak("b", barge_in=True),
    Ask("c?"),
    PressKeys("1"),
    End(),
    *[Expire(timer) for timer in Timer],
    NotePlaced(ProviderCallId("p2")),
    NoteUnknown(),
    NoteEnded(EndReason.FAILED),
    NoteFailure("no"),
]
STARTS = [OUTBOUND, INBOUND, NOTIFY, replace(OUTBOUND, provider_call_id=None)]


def test_there_is_a_rule_for_every_kind() -> None:
    assert set(FEED) == {type(event) for event in EVENTS}
    assert set(ASK) == {type(wish) for wish in WISHES}


@given(st.sampled_from(STARTS), st.lists(st.sampled_from([*EVENTS, *WISHES]), max_size=25))
def test_no_life_breaks_the_laws(start: object, steps: list[object]) -> None:
    bench = Bench(start)  # type: ignore[arg-type]
    closed = 0
    for step in steps:
        before = bench.record
        if type(step) in FEED:
            bench.feed(step)  # type: ignore[arg-type]
        else:
            bench.ask(step)  # type: ignore[arg-type]
        closed += bench.effects.count(Closed())
        _check_laws(before, bench)
    assert closed == (0 if bench.record.live else 1)


def _check_laws(before: object, bench: Bench) -> None:
    record = bench.record
    assert record.transcript[: len(before.transcript)] == before.transcript  # type: ignore[attr-defined]
    if not before.live:  # type: ignore[attr-defined]
        assert record.state is before.state  # type: ignore[attr-defined]
        assert bench.told == []
    if not record.live:
        assert record.end_reason is not None
        assert record.end_reason.state is record.state
        assert record.ended_at is not None
        assert (record.asked, record.speaking, record.queued, record.message) == (None, None, (), None)


def test_an_utterance_knows_whether_its_end_will_be_told() -> None:
    bench = Bench().feed(Ready()).ask(Speak("a"))
    assert bench.record.speaking == Speaking(turn=Turn("t2"), text="a", after=After.LISTEN, signalled=True)
