"""What is on the tapes of a run."""

from __future__ import annotations

import pytest

from voicecall_sim.runner.events import Outcome, Recording, Verdict
from voicecall_sim.runner.tour import Options
from voicecall_sim.sound.code import Decoder
from voicecall_sim.sound.sound import SAMPLE
from voicecall_sim.world.clock import MILLISECOND, Micros

from .conftest import Play, titles

AUDIO = Options(audio=True)
TALK = """
steps:
  - app: {call: anna, message: "Hello Anna, are you there?"}
  - anna: {hears: "Hello Anna, are you there?"}
  - anna: {says: "Yes, I am.", after: 1s}
  - app: {speak: "Fine then."}
  - anna: {hears: "Fine then."}
  - anna: hangs up
"""


def words(audio: bytes) -> list[tuple[str, Micros, Micros]]:
    """What can be decoded, divided at pauses of 400 ms, with the instants from the beginning of the tape."""
    decoder = Decoder()
    decoder.feed(audio)
    decoder.finish()
    found: list[tuple[str, Micros, Micros]] = []
    for symbol in decoder.symbols:
        began, ended = symbol.began * SAMPLE, symbol.ended * SAMPLE
        if found and began - found[-1][2] < 400 * MILLISECOND:
            found[-1] = (found[-1][0] + symbol.text, found[-1][1], ended)
        else:
            found.append((symbol.text, began, ended))
    return found


def journalled(outcome: Outcome, kind: str) -> list[tuple[str, Micros, Micros]]:
    """What the journal says of it, from the answer on."""
    answered = next(entry.at for entry in outcome.journal if entry.data.get("state") == "answered")
    return [
        (str(entry.data["text"]), entry.data["began"] - answered, entry.data["ended"] - answered)
        for entry in outcome.journal
        if entry.kind == kind
    ]


def tape(outcome: Outcome) -> Recording:
    [recording] = outcome.recordings
    return recording


def assert_alike(found: list[tuple[str, Micros, Micros]], told: list[tuple[str, Micros, Micros]]) -> None:
    assert [text for text, _, _ in found] == [text for text, _, _ in told]
    for one, other in zip(found, told, strict=True):
        assert abs(one[1] - other[1]) <= MILLISECOND
        assert abs(one[2] - other[2]) <= MILLISECOND


def test_both_sides_are_on_it_at_their_instants_with_silence_elsewhere(play: Play) -> None:
    outcome = play(TALK, options=AUDIO)
    assert titles(outcome) == []
    recording = tape(outcome)
    assert (recording.call, recording.person) == (1, "anna")
    assert len(recording.said) == len(recording.heard)
    for audio, kind in ((recording.said, "said"), (recording.heard, "heard")):
        told = journalled(outcome, kind)
        assert len(told) == (1 if kind == "said" else 2)
        assert_alike(words(audio), told)
        at = 0
        for _, began, ended in told:
            assert set(audio[at : began // SAMPLE]) <= {0xFF}
            at = ended // SAMPLE
        assert set(audio[at:]) <= {0xFF}


def test_a_failed_run_has_its_tape(play: Play) -> None:
    outcome = play(TALK.replace('hears: "Hello Anna, are', 'hears: "Goodbye Anna, are'), options=AUDIO)
    assert outcome.verdict is Verdict.FAILED
    assert words(tape(outcome).heard)[0][0] == "Hello Anna, are you there?"


def test_what_was_cut_is_cut_on_it(play: Play) -> None:
    script = TALK.partition("  - anna: {says")[0].replace(
        '{hears: "Hello Anna, are you there?"}', '{hears: {contains: "Anna"}}'
    )
    outcome = play(script + "  - anna: hangs up\n", options=AUDIO)
    recording = tape(outcome)
    # half a symbol or less may be lost in the decoding
    assert words(recording.heard)[0][0].rstrip("▯") == "Hello Anna"
    assert len(recording.heard) == 10 * 480


def test_who_never_answered_is_on_no_tape(play: Play) -> None:
    people = "people: {anna: {phone: +15550005678, is busy: }}\n"
    script = "steps:\n  - app: {call: anna}\n  - expect: {call: ended}\n"
    outcome = play(script, people=people, options=AUDIO)
    assert titles(outcome) == []
    assert list(outcome.recordings) == []


def test_without_the_option_there_is_nothing(play: Play) -> None:
    assert play(TALK).recordings == ()


def test_every_call_has_its_own(play: Play) -> None:
    script = TALK + '  - app: {call: anna, message: "Once more"}\n  - anna: {hears: "Once more"}\n'
    outcome = play(script, options=AUDIO)
    assert [recording.call for recording in outcome.recordings] == [1, 2]
    assert words(outcome.recordings[1].heard)[0][0] == "Once more"


def test_recording_changes_nothing(play: Play) -> None:
    without, recorded = play(TALK), play(TALK, options=AUDIO)
    assert [entry.compared for entry in without.journal] == [entry.compared for entry in recorded.journal]


@pytest.mark.parametrize("deterministic", [False, True])
def test_twice_run_it_is_recorded_once(play: Play, deterministic: bool) -> None:
    outcome = play(TALK, options=Options(audio=True, check_determinism=deterministic))
    assert titles(outcome) == []
    assert len(outcome.recordings) == 1
