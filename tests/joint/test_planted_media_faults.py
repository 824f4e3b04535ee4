"""Faults of media streams and of sound, planted in the SDK one at a time: scenarios go red and tell what was heard.

As in `test_planted_faults.py`; each of these has broken real calls. Where hearing is what goes wrong, the failure has
to say what somebody heard, for that is what one looks for the fault by. That without a fault they are green, their own
tests show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from tests.joint.bundled import bundled, performed
from voicecall_sdk.audio import convert, g711
from voicecall_sdk.audio.levels import DoubleTalk
from voicecall_sdk.audio.resample import Resampler
from voicecall_sdk.call import machine, streams
from voicecall_sdk.call.draft import Draft
from voicecall_sdk.call.record import After, Stream
from voicecall_sdk.commands import Prompt, Say
from voicecall_sdk.engine import playback
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.media import MediaDesk, MediaStream, Socket
from voicecall_sdk.engine.pipeline import Pipeline
from voicecall_sdk.engine.playback import Playback, Progress
from voicecall_sdk.events import StreamReady, StreamStarted
from voicecall_sim.runner.events import Failure, Outcome

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """What is broken, by what, which scenarios notice, and what their failures tell (a regular expression)."""

    name: str
    plant: Plant
    where: tuple[str, ...]
    told: str


# --- what is sent -----------------------------------------------------------------------------------------------


def pcm_is_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(convert, "encode_ulaw", lambda pcm: pcm)


def alaw_is_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(convert, "encode_ulaw", g711.encode_alaw)


def bytes_are_swapped(patch: pytest.MonkeyPatch) -> None:
    def swapped(pcm: bytes) -> bytes:
        return g711.encode_ulaw(bytes(pcm[at ^ 1] for at in range(len(pcm))))

    patch.setattr(convert, "encode_ulaw", swapped)


def odd_bytes_are_lost(patch: pytest.MonkeyPatch) -> None:
    feed = Resampler.feed

    def forgetful(self: Resampler, pcm: bytes) -> bytes:
        return feed(self, pcm[: len(pcm) & ~1])

    patch.setattr(Resampler, "feed", forgetful)


def chunks_are_resampled_one_by_one(patch: pytest.MonkeyPatch) -> None:
    class Forgetful(Resampler):
        def __init__(self, rate_in: int, rate_out: int = 8000) -> None:
            super().__init__(rate_in, rate_out)
            self._rates = rate_in, rate_out

        def feed(self, pcm_s16le: bytes) -> bytes:
            sound, half = self._half + pcm_s16le, len(self._half + pcm_s16le) % 2
            alone = Resampler(*self._rates)
            self._half = sound[len(sound) - half :]
            return alone.feed(sound[: len(sound) - half]) + alone.finish()

    patch.setattr(convert, "Resampler", Forgetful)


def everything_is_sent_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(playback, "LEAD", 1_000_000)


def utterances_are_sent_at_the_same_time(patch: pytest.MonkeyPatch) -> None:
    say = Pipeline.say

    async def on_its_own(self: Pipeline, command: Say | Prompt) -> None:
        stream = self._stream
        stream.playback = Playback(stream.playback._out, stream.board.pacer, stream.echo, stream.dialogue.played)
        await say(self, command)

    async def nothing(self: Pipeline) -> None:
        return None

    patch.setattr(Draft, "_must_wait", lambda self: self.record.stream is not Stream.OPEN)
    patch.setattr(Pipeline, "_hush", nothing)
    patch.setattr(Pipeline, "say", on_its_own)


def frames_go_to_the_latest_call(patch: pytest.MonkeyPatch) -> None:
    open_sockets: list[MediaStream] = []
    begin = MediaStream.open

    async def opened(self: MediaStream) -> None:
        open_sockets.append(self)
        await begin(self)

    async def astray(self: MediaStream, ulaw: bytes) -> None:
        latest = open_sockets[-1]
        await latest._socket.send(latest._write(ulaw))

    patch.setattr(MediaStream, "open", opened)
    patch.setattr(MediaStream, "_send_sound", astray)


# --- what is taken for heard ------------------------------------------------------------------------------------


def nothing_is_cleared(patch: pytest.MonkeyPatch) -> None:
    async def kept(self: MediaStream) -> None:
        return None

    patch.setattr(MediaStream, "_send_clear", kept)


def sent_is_taken_for_heard(patch: pytest.MonkeyPatch) -> None:
    async def finished(self: Playback) -> None:
        self._finished()

    patch.setattr(Playback, "_end", finished)


def returned_marks_are_taken_for_played(patch: pytest.MonkeyPatch) -> None:
    async def wait_for_the_mark(self: Pipeline) -> None:
        play = self._stream.playback
        play._waiting.clear()
        play._pacer.leave(play)
        await play._out.mark(f"{play._number}-end")
        await play._out.clear()

    patch.setattr(Pipeline, "fall_silent", wait_for_the_mark)


def all_of_it_was_heard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Progress, "heard", lambda self, text, pace=0.0: text)


def echo_is_the_caller(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DoubleTalk, "heard", lambda self, ulaw, frame: True)


# --- who is let in, and what is said then -----------------------------------------------------------------------


def tokens_are_good_twice(patch: pytest.MonkeyPatch) -> None:
    def kept(draft: Draft, event: StreamStarted) -> None:
        token = draft.record.stream_token
        streams.on_started(draft, event)
        draft.change(stream_token=token)

    patch.setitem(machine.FEED, StreamStarted, kept)


def any_token_opens_any_call(patch: pytest.MonkeyPatch) -> None:
    admit = MediaDesk.admit

    def lenient(self: MediaDesk, started: Any, socket: Socket, token: str | None = None) -> MediaStream:
        call = self._board.find(started.provider_call_id or "")
        if call is not None and started.token in [record.stream_token for record in self._board.live()]:
            call.record = replace(call.record, stream_token=started.token)
        return admit(self, started, socket, token)

    patch.setattr(MediaDesk, "admit", lenient)


def the_stream_is_greeted_too(patch: pytest.MonkeyPatch) -> None:
    def twice(draft: Draft, event: StreamReady) -> None:
        message = draft.record.message
        streams.on_ready(draft, event)
        if message is not None:
            draft.say(message, After.LISTEN, prompt=True)

    patch.setitem(machine.FEED, StreamReady, twice)


def obsolete_replies_are_spoken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LiveCall, "drop_reply", lambda self: None)


MEDIA: Final = "media/{}.scenario.yaml".format

UNINTELLIGIBLE: Final = r"(?s)make out no word of it \('unintelligible'\).*anna heard '▯+'"
IN_PIECES: Final = r"(?s)anna heard it in pieces.*anna heard '[^']*\w▯+\w"

FAULTS: Final = (
    Fault("16-bit PCM for mu-law", pcm_is_sent, (MEDIA("four_turns"),), UNINTELLIGIBLE),
    Fault("A-law for mu-law", alaw_is_sent, (MEDIA("four_turns"),), UNINTELLIGIBLE),
    Fault("swapped bytes", bytes_are_swapped, (MEDIA("four_turns"),), UNINTELLIGIBLE),
    Fault("odd bytes lost between chunks", odd_bytes_are_lost, (MEDIA("four_turns"),), IN_PIECES),
    Fault("clicks between chunks", chunks_are_resampled_one_by_one, (MEDIA("four_turns"),), "heard.*▯"),
    Fault("frames at once", everything_is_sent_at_once, (MEDIA("interrupted"),), "discarded: expected .* was [0-9]{7}"),
    Fault("two utterances at once", utterances_are_sent_at_the_same_time, (MEDIA("two_utterances"),), IN_PIECES),
    Fault("frames of another call", frames_go_to_the_latest_call, (MEDIA("two_calls"),), "bert heard '▯.*Hello!'"),
    Fault("no clear", nothing_is_cleared, (MEDIA("interrupted"),), "heard 'We are' .*where the record says 'We'"),
    Fault("marks ignored", sent_is_taken_for_heard, (MEDIA("farewell_of_the_agent"),), "heard.*weekend"),
    Fault("returned marks", returned_marks_are_taken_for_played, (MEDIA("interrupted"),), "heard 'We .*▯"),
    Fault("whole text of a cut line", all_of_it_was_heard, (MEDIA("interrupted"),), "heard 'We .*▯"),
    Fault("echo taken for the caller", echo_is_the_caller, (MEDIA("noise_and_echo"),), "heard 'H[^ ]*▯'"),
    Fault("a token good twice", tokens_are_good_twice, (MEDIA("replayed"),), "stream opened was never to be"),
    Fault(
        "a token of no call",
        any_token_opens_any_call,
        (MEDIA("comes_under_another_name"),),
        "anna heard 'We .*We are open Monday",
    ),
    Fault("a second greeting", the_stream_is_greeted_too, (MEDIA("greeted_once"),), "heard 'Good morning"),
    Fault("obsolete replies", obsolete_replies_are_spoken, (MEDIA("obsolete_reply"),), "heard 'A table for two"),
)


def text(failure: Failure) -> Iterator[str]:
    """What somebody reads of a failure."""
    yield failure.title
    yield from failure.differences
    yield failure.cause
    for entry in failure.nearest:
        words = entry.data.get("text")
        yield f"{entry.who} {entry.kind} {repr(words) if words is not None else dict(entry.data)}"


def told(outcomes: Sequence[Outcome]) -> str:
    """All that is told of what went wrong."""
    return "\n".join(line for outcome in outcomes for failure in outcome.failures for line in text(failure))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_scenarios_go_red_and_tell_why(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = bundled(*fault.where)
    fault.plant(monkeypatch)
    story = told(performed(plans, fail_fast=True))
    assert re.search(fault.told, story), f"nothing tells of {fault.name}:\n{story or 'no scenario is red'}"
