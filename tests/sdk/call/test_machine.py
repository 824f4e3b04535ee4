"""The rules of a call's life, one by one: what is said, and what is heard."""

from dataclasses import replace

import pytest

from tests.sdk.call.bench import INBOUND, OUTBOUND, Bench
from voicecall_sdk.call.effects import Arm, Consult, Disarm, GaveUp, Replied, Supersede, Timer
from voicecall_sdk.call.record import After
from voicecall_sdk.call.wishes import (
    Ask,
    End,
    Expire,
    NotePlaced,
    NoteUnknown,
    PressKeys,
    Speak,
    Withdraw,
)
from voicecall_sdk.commands import Answer, Dial, FallSilent, HangUp, Hold, Listen, Press, Prompt, Say
from voicecall_sdk.events import (
    Answered,
    Ended,
    Heard,
    Initiated,
    KeysPressed,
    NothingHeard,
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


def test_keys_for_an_older_question_are_kept_and_answer_nothing() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Your PIN?"))
    bench.feed(KeysPressed("47", turn=Turn("older")))
    assert bench.record.keys == "47"
    assert bench.record.asked is not None


def test_final_words_without_a_word_are_nothing_heard() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Hello?"))
    asked = bench.record.asked
    assert asked is not None
    bench.feed(Heard("  ", turn=asked))
    assert bench.told == [Listen(asked)]
    assert bench.said == [{"bot": "Hello?"}]


def test_what_waited_for_the_answer_is_said_when_keys_tell_of_it() -> None:
    bench = Bench().ask(Speak("One.")).feed(KeysPressed("1"))
    assert bench.told == [Say("One.", Turn("t1"))]


def test_a_question_nobody_answers_is_given_up() -> None:
    bench = Bench(transcript_timeout=2.0).feed(Ready()).ask(Ask("Hello?"))
    turn = bench.record.asked
    assert turn is not None
    bench.ask(Expire(Timer.TRANSCRIPT))
    assert GaveUp(turn, "Timed out waiting for transcript after 2000ms") in bench.effects
    assert bench.record.asked is None
    assert bench.ask(Expire(Timer.TRANSCRIPT)).effects == ()


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
    assert bench.told == [FallSilent(), Press("1")]
    assert bench.said == [{"bot…": "A long story"}]


def test_a_reply_with_a_farewell_hangs_up_after_it_was_said() -> None:
    bench = Bench().feed(Ready()).ask(Speak("Goodbye.", after=After.HANG_UP))
    speaking = bench.record.speaking
    assert speaking is not None
    bench.feed(Ready(spoken=speaking.turn))
    assert bench.told == [HangUp()]


# --- before the answer, and one thing after the other -----------------------------------------------------------


def test_what_is_said_before_the_answer_waits_for_it() -> None:
    greeted = replace(OUTBOUND, message="Hello.")
    bench = Bench(greeted).feed(Ringing()).ask(Ask("Still fine?"))
    assert (bench.told, bench.record.state) == ([], State.RINGING)
    bench.feed(Answered(), Ready())
    assert bench.told == [Say("Hello.", Turn("t4"))]
    bench.feed(Ready(spoken=Turn("t4")))
    assert bench.told == [Prompt("Still fine?", Turn("t2"))]
    assert Arm(Timer.TRANSCRIPT, 180.0) in bench.effects
    bench.feed(Heard("Yes.", turn=Turn("t2")))
    assert bench.said == [{"bot": "Hello."}, {"bot": "Still fine?"}, {"user": "Yes."}]


def test_what_waits_is_said_after_the_keys_were_pressed() -> None:
    bench = Bench().feed(Ready()).ask(Speak("One.")).ask(Speak("Two.")).ask(PressKeys("1")).feed(Ready())
    assert bench.told == [Say("Two.", Turn("t3"))]


def test_a_notification_under_way_is_cut_by_what_somebody_has_to_say() -> None:
    bench = Bench(NOTIFY).dial(inline=True).feed(Answered()).ask(Speak("Stop, all is off."))
    assert bench.told == [FallSilent(), Say("Stop, all is off.", Turn("t3"))]
    bench.feed(Ready(spoken=Turn("t3"))).ask(Expire(Timer.NOTIFY_HANGUP))
    assert bench.told == [HangUp()]


def test_a_notification_too_long_for_the_dial_is_fetched_and_its_end_is_told() -> None:
    bench = Bench(NOTIFY).dial(inline=True).feed(Answered(), Ready())
    assert bench.told == [Say("Your parcel comes today.", Turn("t1"))]
    assert bench.record.speaking is not None
    assert bench.record.speaking.signalled


def test_whoever_waits_for_an_answer_may_go() -> None:
    bench = Bench().feed(Ready()).ask(Ask("Hello?"))
    bench.ask(Withdraw(Turn("t2")))
    assert bench.effects == (Disarm(Timer.TRANSCRIPT),)
    assert bench.record.asked is None
    assert bench.record.speaking is not None
    bench.feed(Heard("Yes?", turn=Turn("t2")))
    assert Consult("Yes?") in bench.effects


def test_what_waits_to_be_said_may_be_withdrawn() -> None:
    bench = Bench().feed(Ready()).ask(Speak("One.")).ask(Speak("Two.")).ask(Withdraw(Turn("t3")))
    assert bench.record.queued == ()
    assert bench.ask(Withdraw(Turn("never"))).effects == ()


def test_a_question_that_waits_too_long_is_not_asked_any_more() -> None:
    bench = Bench().feed(Ready()).ask(Speak("A long story.")).ask(Ask("Well?")).ask(Expire(Timer.TRANSCRIPT))
    assert (bench.record.asked, bench.record.queued) == (None, ())


def test_a_partial_silence_is_nothing() -> None:
    bench = Bench().feed(Ready(), Heard(" ", final=False))
    assert bench.effects == ()


def test_an_end_is_sent_as_soon_as_a_callback_tells_the_id() -> None:
    bench = Bench(replace(OUTBOUND, provider_call_id=None)).ask(End()).ask(NotePlaced(ProviderCallId("p9")))
    assert Arm(Timer.HANG_UP, 30.0) in bench.effects
    assert bench.ask(NotePlaced(ProviderCallId("p9"))).effects == ()
    assert bench.ask(Expire(Timer.STALE)).effects == ()


def test_an_end_of_a_call_that_nobody_ever_confirmed_is_ours() -> None:
    bench = Bench(replace(OUTBOUND, provider_call_id=None)).ask(End()).ask(Expire(Timer.RING))
    assert bench.record.end_reason is EndReason.HANGUP_BOT


def test_a_call_that_showed_up_is_not_unknown() -> None:
    assert Bench().ask(NoteUnknown()).effects == ()
