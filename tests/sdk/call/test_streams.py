"""Calls over a media stream: opened, lost, regained, given up; interruptions and who is protected from them."""

from dataclasses import replace

import pytest

from tests.sdk.call.bench import INBOUND, OUTBOUND, Bench
from voicecall_sdk.call.draft import STREAM_TRIES
from voicecall_sdk.call.effects import Arm, Consult, Disarm, GaveUp, Said, Timer
from voicecall_sdk.call.record import After, Stream
from voicecall_sdk.call.streams import GRACE, in_passing
from voicecall_sdk.call.wishes import Ask, End, Expire, NoteRestart, NoteStanding, PressKeys, Speak
from voicecall_sdk.commands import AskStatus, Connect, FallSilent, HangUp, Listen, Press, Prompt, Say
from voicecall_sdk.events import (
    Answered,
    BotSaid,
    Ended,
    Heard,
    Initiated,
    Interrupted,
    Ready,
    SpeechBegan,
    StreamEnded,
    StreamLeft,
    StreamReady,
    StreamStarted,
)
from voicecall_sdk.values import EndReason, Mode, State, Turn


def inbound() -> Bench:
    return Bench(INBOUND, streams=True).feed(Initiated(), Ready())


def open_call() -> Bench:
    """Greeted over the stream; the greeting is under way."""
    return inbound().feed(StreamStarted(), StreamReady())


def turn_under_way(bench: Bench) -> Turn:
    assert bench.record.speaking is not None
    return bench.record.speaking.turn


def greeted() -> Bench:
    bench = open_call()
    return bench.feed(Ready(spoken=turn_under_way(bench)))


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_conversation_is_connected_before_anything_is_said() -> None:
    bench = inbound()
    token = bench.record.stream_token
    assert bench.told == [Connect(token)]
    assert bench.record.stream is Stream.AWAITED
    assert bench.record.message == "Hello!"
    assert Arm(Timer.STREAM, 5.0) in bench.effects


def test_what_opened_a_stream_opens_no_other() -> None:
    bench = inbound().feed(StreamStarted())
    assert (bench.record.stream, bench.record.stream_token) == (Stream.STARTED, None)
    assert Disarm(Timer.STREAM) in bench.effects
    assert bench.told == []


def test_the_greeting_is_said_once_the_stream_carries_sound() -> None:
    bench = open_call()
    assert bench.told == [Say("Hello!", turn_under_way(bench))]
    assert bench.record.state is State.SPEAKING
    assert bench.feed(StreamReady()).told == []


def test_whichever_comes_first_the_message_is_said_once() -> None:
    late = Bench(replace(OUTBOUND, message="Hi."), streams=True)
    late.feed(Ready(), StreamStarted(), StreamReady(), Answered())
    early = Bench(replace(OUTBOUND, message="Hi."), streams=True)
    early.feed(Answered(), Ready(), StreamStarted(), StreamReady())
    for bench in (late, early):
        assert bench.record.message is None
        assert bench.record.speaking is not None


def test_a_notification_needs_no_stream() -> None:
    bench = Bench(replace(OUTBOUND, mode=Mode.NOTIFY, message="News."), streams=True).feed(Ready())
    assert isinstance(bench.told[0], Say)
    assert bench.record.stream is Stream.OFF


def test_what_is_to_be_said_waits_for_the_stream() -> None:
    bench = greeted().feed(StreamEnded(), Ready())
    assert bench.ask(Speak("Are you there?")).told == []
    bench.feed(StreamStarted(), StreamReady())
    assert [command.text for command in bench.told if isinstance(command, Say)] == ["Are you there?"]


def test_after_too_many_in_vain_the_carriers_own_voice_speaks() -> None:
    bench = Bench(INBOUND, streams=True).feed(Initiated(), Ready())
    for _ in range(STREAM_TRIES - 1):
        assert isinstance(bench.feed(Ready()).told[0], Connect)
    bench.feed(Ready())
    assert bench.record.stream is Stream.FAILED
    assert [type(command) for command in bench.told] == [Prompt]


def test_a_stream_that_nobody_opens_is_asked_for_again() -> None:
    bench = inbound().ask(Expire(Timer.STREAM))
    assert isinstance(bench.told[0], Connect)
    assert bench.record.stream_tries == 2


def test_hearing_the_caller_shows_that_streams_work() -> None:
    bench = greeted().feed(StreamEnded(), Ready(), StreamStarted(), StreamReady())
    assert bench.record.stream_tries == 2
    assert bench.feed(Heard("hello")).record.stream_tries == 0


# --- losing -----------------------------------------------------------------------------------------------------


def test_a_lost_stream_has_a_grace_and_then_the_carrier_is_asked() -> None:
    bench = greeted().feed(StreamEnded())
    assert bench.record.stream is Stream.LOST
    assert Arm(Timer.STREAM, GRACE) in bench.effects
    assert bench.ask(Expire(Timer.STREAM)).told == [AskStatus()]


def test_what_broke_off_is_kept_as_far_as_it_was_heard_and_said_again() -> None:
    bench = open_call().ask(Speak("And more."))
    turn = turn_under_way(bench)
    bench.feed(StreamEnded(heard="Hel"))
    assert bench.said == [{"bot…": "Hel"}]
    assert bench.record.speaking is None
    assert not [effect for effect in bench.effects if isinstance(effect, Said)]
    bench.feed(Ready(), StreamStarted(), StreamReady())
    assert bench.told == [Say("Hello!", turn)]
    bench.feed(Ready(spoken=turn))
    assert bench.said == [{"bot…": "Hel"}, {"bot": "Hello!"}]
    assert [command.text for command in bench.told if isinstance(command, Say)] == ["And more."]


@pytest.mark.parametrize(("heard", "said"), [("Hel", [{"bot…": "Hel"}]), ("", [])])
def test_an_end_in_mid_sentence_leaves_what_was_heard(heard: str, said: list[dict[str, str]]) -> None:
    bench = open_call().feed(StreamEnded(heard=heard), Ended(EndReason.COMPLETED, "completed"))
    assert bench.said == said


def test_what_broke_off_counts_even_if_the_carrier_asked_before_the_socket_closed() -> None:
    bench = open_call().feed(Ready(), StreamEnded(heard="Hel"))
    assert bench.record.stream is Stream.AWAITED
    assert bench.said == [{"bot…": "Hel"}]


def test_what_a_model_said_by_itself_breaks_off() -> None:
    assert greeted().feed(StreamEnded(heard="I was ab")).said[-1] == {"bot…": "I was ab"}


def test_who_is_interrupted_while_hanging_up_hangs_up_once() -> None:
    bench = open_call()
    turn = turn_under_way(bench)
    assert bench.ask(End(EndReason.HANGUP_BOT)).told == [HangUp()]
    assert bench.feed(Interrupted(turn, "Hel")).told == []
    assert bench.said == [{"bot…": "Hel"}]


def test_the_far_end_that_hung_up_is_the_reason_not_the_lost_stream() -> None:
    bench = greeted().feed(StreamEnded()).ask(Expire(Timer.STREAM))
    bench.ask(NoteStanding(Ended(EndReason.COMPLETED, "completed")))
    assert bench.record.end_reason is EndReason.HANGUP_USER


@pytest.mark.parametrize("news", [None, Answered()])
def test_a_call_that_goes_on_without_its_stream_is_ended(news: Answered | None) -> None:
    bench = greeted().feed(StreamEnded()).ask(Expire(Timer.STREAM)).ask(NoteStanding(news))
    assert bench.told == [HangUp()]
    assert bench.record.error == "the media stream was lost and did not come back"


def test_a_carrier_that_does_not_know_ends_it_later() -> None:
    bench = greeted().feed(StreamEnded()).ask(Expire(Timer.STREAM)).ask(Expire(Timer.STREAM))
    assert bench.told == [HangUp()]


def test_a_stream_that_comes_back_in_time_says_again_what_was_cut_off() -> None:
    bench = open_call().feed(StreamEnded())
    assert isinstance(bench.feed(Ready()).told[0], Connect)
    bench.feed(StreamStarted(), StreamReady())
    assert [command.text for command in bench.told if isinstance(command, Say)] == ["Hello!"]
    assert bench.ask(Expire(Timer.STREAM)).told == []


def test_a_deaf_stream_is_given_up_for_the_carriers_own_ears() -> None:
    bench = inbound().feed(StreamStarted(), StreamEnded(usable=False))
    assert bench.record.stream is Stream.FAILED
    assert [type(command) for command in bench.feed(Ready()).told] == [Prompt]


def test_a_carrier_that_does_not_ask_after_a_deaf_stream_is_told() -> None:
    bench = inbound().feed(StreamStarted(), StreamEnded(usable=False)).ask(Expire(Timer.STREAM))
    assert [type(command) for command in bench.told] == [Prompt]


def test_pressing_keys_leaves_the_stream_and_comes_back() -> None:
    bench = greeted().ask(PressKeys("1"))
    assert bench.told == [Press("1")]
    bench.feed(StreamLeft(), StreamEnded())
    assert bench.record.stream is Stream.OFF
    assert isinstance(bench.feed(Ready()).told[0], Connect)


@pytest.mark.parametrize("standing", [Stream.AWAITED, Stream.STARTED, Stream.OPEN, Stream.LOST, Stream.GONE])
def test_after_a_restart_another_stream_is_asked_for(standing: Stream) -> None:
    bench = greeted()
    bench.record = replace(bench.record, stream=standing)
    assert Arm(Timer.STREAM, GRACE) in bench.ask(NoteRestart()).effects
    assert isinstance(bench.ask(Expire(Timer.STREAM)).told[0], Connect)


@pytest.mark.parametrize("standing", [Stream.OFF, Stream.FAILED])
def test_a_restart_is_nothing_to_a_call_without_a_stream(standing: Stream) -> None:
    bench = greeted()
    bench.record = replace(bench.record, stream=standing)
    assert bench.ask(NoteRestart()).effects == ()


@pytest.mark.parametrize("standing", [Stream.OFF, Stream.OPEN])
def test_a_clock_that_goes_off_late_finds_nothing_missing(standing: Stream) -> None:
    bench = greeted()
    bench.record = replace(bench.record, stream=standing)
    assert bench.ask(Expire(Timer.STREAM)).effects == ()


def test_streams_that_were_given_up_stay_given_up_when_keys_are_pressed() -> None:
    bench = inbound().feed(StreamStarted(), StreamEnded(usable=False), StreamLeft())
    assert bench.record.stream is Stream.FAILED


def test_the_end_of_the_call_ends_all_that() -> None:
    bench = greeted().feed(StreamEnded(), Ready(), Ended(EndReason.COMPLETED, "completed"))
    assert (bench.record.stream, bench.record.stream_token) == (Stream.OFF, None)


def test_a_call_that_is_being_ended_opens_no_stream() -> None:
    bench = greeted().feed(StreamEnded()).ask(End()).feed(Ready())
    assert bench.told == [HangUp()]


# --- interrupting -----------------------------------------------------------------------------------------------


def test_whoever_is_interrupted_falls_silent_and_the_record_says_what_was_heard() -> None:
    bench = open_call()
    turn = turn_under_way(bench)
    assert bench.feed(SpeechBegan()).told == [FallSilent()]
    bench.feed(Interrupted(turn, "Hel"))
    assert bench.said == [{"bot…": "Hel"}]
    assert bench.record.state is State.LISTENING
    assert Said(turn, whole=False) in bench.effects


def test_what_was_not_heard_at_all_is_no_line() -> None:
    bench = open_call()
    assert bench.feed(Interrupted(turn_under_way(bench), "")).said == []


def test_a_late_word_of_an_interruption_says_nothing() -> None:
    bench = open_call()
    turn = turn_under_way(bench)
    bench.feed(Ready(spoken=turn))
    assert bench.feed(Interrupted(turn, "Hel")).said == [{"bot": "Hello!"}]


def test_nobody_falls_silent_who_does_not_speak() -> None:
    assert greeted().feed(SpeechBegan()).told == []


def test_the_first_message_of_an_outbound_call_is_protected() -> None:
    bench = Bench(replace(OUTBOUND, message="Hi."), streams=True).feed(Ready(), StreamStarted(), StreamReady())
    assert bench.feed(SpeechBegan()).told == []
    assert in_passing(bench.record, sounding=True)
    bench.feed(Heard("Hello?", in_passing=True))
    assert not any(isinstance(effect, Consult) for effect in bench.effects)
    bench.feed(Ready(spoken=turn_under_way(bench)))
    assert bench.feed(Heard("Who is it?")).effects.count(Consult("Who is it?")) == 1


def test_a_farewell_is_protected() -> None:
    bench = greeted().ask(Speak("Goodbye.", after=After.HANG_UP))
    assert bench.feed(SpeechBegan()).told == []
    assert bench.feed(Ready(spoken=turn_under_way(bench))).told == [HangUp()]


def test_what_waited_behind_an_interrupted_utterance_is_not_said() -> None:
    bench = open_call()
    first = turn_under_way(bench)
    bench.ask(Speak("One more thing.")).ask(Ask("Or two?"))
    waiting = [utterance.turn for utterance in bench.record.queued]
    assert len(waiting) == 2
    bench.feed(SpeechBegan(), Interrupted(first, "Hel"))
    assert bench.record.queued == ()
    assert bench.record.asked is None
    assert [effect.turn for effect in bench.effects if isinstance(effect, Said)] == [first, *waiting]
    assert any(isinstance(effect, GaveUp) and effect.turn == waiting[1] for effect in bench.effects)


def test_utterances_wait_for_each_other() -> None:
    bench = open_call().ask(Speak("And more."))
    assert bench.told == []
    bench.feed(Ready(spoken=turn_under_way(bench)))
    assert [command.text for command in bench.told if isinstance(command, Say)] == ["And more."]


def test_a_question_over_a_stream_is_answered_by_what_is_heard_next() -> None:
    bench = greeted().ask(Ask("Anything else?"))
    asked = turn_under_way(bench)
    bench.feed(Ready(spoken=asked))
    assert bench.told == [Listen(asked)]
    bench.feed(Heard("No."))
    assert bench.record.asked is None
    assert bench.said == [{"bot": "Hello!"}, {"bot": "Anything else?"}, {"user": "No."}]


def test_what_was_begun_before_the_question_does_not_answer_it() -> None:
    bench = greeted().ask(Ask("Anything else?"))
    assert in_passing(bench.record, sounding=False)
    assert not in_passing(bench.record, sounding=True)
    bench.feed(Heard("Yes, that works.", in_passing=True))
    assert bench.record.asked is not None
    assert bench.said[-1] == {"user": "Yes, that works."}
    bench.feed(Ready(spoken=turn_under_way(bench)), Heard("No."))
    assert bench.record.asked is None


def test_a_question_that_waits_cannot_be_answered() -> None:
    bench = open_call().ask(Ask("Anything else?"))
    assert in_passing(bench.record, sounding=True)


def test_what_a_model_said_by_itself_is_a_line() -> None:
    bench = greeted().feed(BotSaid("Sure."), BotSaid("I thi", whole=False))
    assert bench.said[1:] == [{"bot": "Sure."}, {"bot…": "I thi"}]
