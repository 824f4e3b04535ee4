"""What holds in every life of a call: over the whole product of rules, and along random lives."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.call.bench import INBOUND, OUTBOUND, Bench
from voicecall_sdk.call.effects import Closed, Timer
from voicecall_sdk.call.machine import ASK, FEED
from voicecall_sdk.call.record import After, Speaking
from voicecall_sdk.call.wishes import (
    Ask,
    End,
    Expire,
    NoteEnded,
    NoteFailure,
    NotePlaced,
    NoteRenamed,
    NoteRestart,
    NoteStanding,
    NoteUnknown,
    PressKeys,
    Speak,
    Wish,
    Withdraw,
)
from voicecall_sdk.events import (
    Answered,
    BotSaid,
    Ended,
    Event,
    Faulted,
    Heard,
    Initiated,
    Interrupted,
    KeysPressed,
    MachineDetected,
    NothingHeard,
    PlaybackStarted,
    Ready,
    Ringing,
    SpeechBegan,
    Spoken,
    StreamEnded,
    StreamLeft,
    StreamOver,
    StreamReady,
    StreamStarted,
)
from voicecall_sdk.values import EndReason, Mode, ProviderCallId, Turn

NOTIFY = replace(OUTBOUND, mode=Mode.NOTIFY, message="Your parcel comes today.")
COMPLETED = Ended(EndReason.COMPLETED, "completed", was_answered=True)


# --- over everything --------------------------------------------------------------------------------------------

EVENTS: list[Event] = [
    Initiated(),
    Ringing(),
    Answered(),
    Ready(),
    Ready(spoken=Turn("t1")),
    Ready(spoken=Turn("t2")),
    Ready(due=Turn("t2")),
    Spoken(Turn("t1")),
    Spoken(Turn("t2")),
    PlaybackStarted("x"),
    Heard("yes"),
    Heard(" "),
    Heard("yes", turn=Turn("t2")),
    Heard("ye", final=False),
    NothingHeard(Turn("t2")),
    KeysPressed("1", turn=Turn("t3")),
    KeysPressed("1", whole=False),
    KeysPressed("#", turn=Turn("t3"), whole=False),
    MachineDetected("human"),
    COMPLETED,
    Ended(EndReason.BUSY, "busy"),
    Ended(EndReason.HANGUP_BOT, "canceled"),
    Faulted("x", retryable=True),
    Faulted("x", retryable=False),
    StreamStarted(),
    StreamReady(),
    StreamEnded(),
    StreamEnded(usable=False),
    StreamLeft(),
    StreamOver(),
    SpeechBegan(),
    Interrupted(Turn("t2"), "y"),
    BotSaid("z"),
]
WISHES: list[Wish] = [
    Speak("a"),
    Speak("bye", after=After.HANG_UP),
    Speak("b", barge_in=True),
    Ask("c?"),
    PressKeys("1"),
    End(),
    *[Expire(timer) for timer in Timer],
    Withdraw(Turn("t2")),
    NoteStanding(),
    NoteStanding(Answered()),
    NoteStanding(COMPLETED),
    NotePlaced(ProviderCallId("p2")),
    NoteRenamed(ProviderCallId("p3")),
    NoteUnknown(),
    NoteEnded(EndReason.FAILED),
    NoteFailure("no"),
    NoteFailure("no", Turn("t2")),
    NoteRestart(),
]
STARTS = [OUTBOUND, INBOUND, NOTIFY, replace(OUTBOUND, provider_call_id=None)]


def test_there_is_a_rule_for_every_kind() -> None:
    assert set(FEED) == {type(event) for event in EVENTS}
    assert set(ASK) == {type(wish) for wish in WISHES}


@given(st.sampled_from(STARTS), st.booleans(), st.lists(st.sampled_from([*EVENTS, *WISHES]), max_size=25))
def test_no_life_breaks_the_laws(start: object, streams: bool, steps: list[object]) -> None:
    bench = Bench(start)  # type: ignore[arg-type]
    bench.rules = replace(bench.rules, streams=streams)
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
