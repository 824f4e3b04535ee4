"""How calls end, and what sees to it that they do."""

from dataclasses import replace

import pytest

from tests.sdk.call.bench import OUTBOUND, Bench
from voicecall_sdk.call.effects import Arm, Closed, Disarm, GaveUp, Said, Timer
from voicecall_sdk.call.wishes import (
    Ask,
    End,
    Expire,
    NoteEnded,
    NoteFailure,
    NotePlaced,
    NoteStanding,
    NoteUnknown,
    Speak,
)
from voicecall_sdk.commands import AskStatus, HangUp, Say
from voicecall_sdk.events import (
    Answered,
    Ended,
    Event,
    Faulted,
    Heard,
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


def test_the_reaper_asks_first_and_ends_what_was_not_answered() -> None:
    bench = Bench(stale_after=3.0).feed(Ringing()).ask(Speak("later")).ask(Expire(Timer.STALE))
    assert bench.told == [AskStatus()]
    assert Arm(Timer.STALE, 30.0) in bench.effects
    bench.ask(NoteStanding())
    assert bench.told == [HangUp()]
    assert bench.record.commanded_end is EndReason.NO_ANSWER


def test_the_reaper_learns_of_an_answer_whose_callback_was_lost() -> None:
    bench = Bench(stale_after=1.0).feed(Ringing()).ask(Expire(Timer.STALE)).ask(NoteStanding(Answered()))
    assert bench.told == []
    assert Arm(Timer.MAX_DURATION, 300.0) in bench.effects


def test_the_reaper_learns_of_an_end_whose_callback_was_lost() -> None:
    bench = Bench().feed(Ringing()).ask(Expire(Timer.STALE)).ask(NoteStanding(Ended(EndReason.BUSY, "busy")))
    assert (bench.record.end_reason, bench.record.carrier_word) == (EndReason.BUSY, "busy")


def test_without_a_reaper_a_call_is_asked_after_but_not_ended() -> None:
    bench = Bench(stale_after=0.0).dial(inline=False)
    assert Arm(Timer.STALE, 45.0) in bench.effects
    assert bench.ask(Expire(Timer.STALE)).told == [AskStatus()]
    assert bench.ask(NoteStanding()).told == []


def test_a_carrier_that_cannot_tell_is_not_asked_for_ever() -> None:
    bench = Bench(max_duration=0.5).ask(Expire(Timer.STALE))
    assert bench.told == [HangUp()]


def test_a_long_silence_is_looked_into() -> None:
    bench = Bench().feed(Answered())
    assert Arm(Timer.QUIET, 75.0) in bench.effects
    bench.ask(Expire(Timer.QUIET))
    assert bench.told == [AskStatus()]
    assert bench.effects[-1] == Arm(Timer.QUIET, 75.0)
    assert bench.ask(NoteStanding(Answered())).effects == ()
    bench.ask(NoteStanding(COMPLETED))
    assert bench.record.end_reason is EndReason.HANGUP_USER


def test_a_hang_up_is_repeated_until_the_carrier_confirms_it() -> None:
    bench = Bench(max_duration=10.0).feed(Answered()).ask(Expire(Timer.MAX_DURATION))
    for _ in range(3):
        assert bench.told == [HangUp()]
        assert bench.effects[-1] == Arm(Timer.HANG_UP, 30.0)
        bench.ask(NoteFailure("503")).ask(Expire(Timer.HANG_UP))
    bench.now += 3_700
    bench.ask(Expire(Timer.HANG_UP))
    assert (bench.record.end_reason, bench.record.error) == (
        EndReason.TIMEOUT,
        "the carrier never confirmed the end",
    )


def test_the_first_reason_of_ours_counts() -> None:
    bench = Bench().feed(Answered()).ask(Expire(Timer.MAX_DURATION)).ask(End()).feed(COMPLETED)
    assert bench.record.end_reason is EndReason.TIMEOUT


@pytest.mark.parametrize(
    "news", [Ready(), Heard("and another thing"), KeysPressed("1"), NothingHeard(), Ready(spoken=Turn("t2"))]
)
def test_whatever_comes_up_on_a_call_that_is_being_ended_is_answered_by_a_hang_up(news: Event) -> None:
    bench = Bench(auto_response=False).feed(Ready()).ask(Speak("A word")).ask(End()).feed(news, Ready())
    assert bench.told[-1] == HangUp()


def test_no_answer_is_what_a_carrier_calls_our_hang_up_before_the_answer() -> None:
    unanswered = Ended(EndReason.NO_ANSWER, "no-answer")
    assert Bench().ask(End()).feed(unanswered).record.end_reason is EndReason.HANGUP_BOT
    assert Bench().feed(unanswered).record.end_reason is EndReason.NO_ANSWER
    busy = Bench().ask(End()).feed(Ended(EndReason.BUSY, "busy"))
    assert busy.record.end_reason is EndReason.BUSY


def test_a_notification_that_we_broke_off_was_not_said() -> None:
    bench = Bench(NOTIFY).dial(inline=True).feed(Answered()).ask(End()).feed(COMPLETED)
    assert bench.said == [{"bot…": "Your parcel comes today."}]
    cancelled = Bench(NOTIFY).dial(inline=True).feed(Ended(EndReason.HANGUP_BOT, "canceled"))
    assert (cancelled.said, cancelled.record.answered_at) == ([], None)


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
    asked = Turn("t2")
    bench = Bench().feed(Ready()).ask(Ask("Hello?")).ask(NoteFailure("refused", asked))
    assert bench.said == []
    assert bench.record.asked is None
    assert bench.record.state is State.LISTENING
    assert GaveUp(asked, "refused") in bench.effects


def test_what_waits_behind_what_failed_is_not_said_either() -> None:
    bench = Bench().feed(Ready()).ask(Speak("One.")).ask(Speak("Two.")).ask(Ask("Three?"))
    bench.ask(NoteFailure("refused", Turn("t2")))
    assert [effect.turn for effect in bench.effects if isinstance(effect, Said)] == ["t2", "t3", "t4"]
    assert GaveUp(Turn("t4"), "refused") in bench.effects
    assert (bench.record.speaking, bench.record.queued, bench.record.asked) == (None, (), None)


@pytest.mark.parametrize("turn", [None, Turn("another")])
def test_a_failure_of_something_else_leaves_what_is_said_alone(turn: Turn | None) -> None:
    bench = Bench().feed(Ready()).ask(Speak("One."))
    before = bench.record
    assert bench.ask(NoteFailure("refused", turn)).record == before


def test_a_failure_before_the_answer_moves_nothing() -> None:
    bench = Bench(NOTIFY).dial(inline=True)
    bench.ask(NoteFailure("refused", Turn("t1")))
    assert bench.record.state is State.INITIATED
    assert bench.record.speaking is None


def test_a_machines_verdict_is_kept() -> None:
    assert Bench().feed(MachineDetected("machine")).record.metadata == {"answeredBy": "machine"}


def test_a_carrier_that_asks_again_is_told_again() -> None:
    bench = Bench().feed(Ready()).ask(Speak("Hello."))
    bench.feed(Ready())
    assert [type(command) for command in bench.told] == [Say]
