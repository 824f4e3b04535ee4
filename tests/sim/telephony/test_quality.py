"""Lines that lose frames."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from voicecall_sim.sound.code import encode_ulaw
from voicecall_sim.sound.growing import Growing
from voicecall_sim.sound.sound import CUT, Speech, Wordless
from voicecall_sim.telephony.line import Leg
from voicecall_sim.telephony.lossy import Lossy
from voicecall_sim.telephony.quality import CLEAR, quality
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.world.clock import MILLISECOND, SECOND

WORDS = "The quick brown fox jumps over the lazy dog, and then it sleeps. " * 4


def lossy(loss: float, seed: int = 1) -> Lossy:
    return Lossy(Speech(WORDS), loss, Random(seed))


def test_a_line_without_loss_hands_the_sound_on_itself() -> None:
    speech = Speech("Hello")
    assert CLEAR.carry(speech) is speech


@pytest.mark.parametrize("loss", [0.02, 0.1, 0.3])
def test_lost_frames_are_silence_and_cost_their_characters(loss: float) -> None:
    sound, whole = lossy(loss), encode_ulaw(WORDS)
    heard = sound.ulaw(0, len(whole))
    frames = [(heard[at : at + 160], whole[at : at + 160]) for at in range(0, len(whole), 160)]
    lost = [number for number, (came, sent) in enumerate(frames) if came != sent]
    assert all(frames[number][0] == b"\xff" * 160 for number in lost)
    assert len(lost) / len(frames) == pytest.approx(loss, abs=loss / 2)
    text = sound.text(sound.duration)
    assert text != WORDS
    assert CUT in text
    kept = [WORDS[at] for at in range(len(WORDS)) if not {3 * at, 3 * at + 1, 3 * at + 2} & set(lost)]
    assert len([sign for sign in text if sign != CUT]) >= 0.9 * len(kept)


def test_the_same_seed_loses_the_same_and_windows_do_not_matter() -> None:
    one, other = lossy(0.2), lossy(0.2)
    assert one.ulaw(0, 4000) == b"".join(other.ulaw(at, 100) for at in range(0, 4000, 100))
    assert one.ulaw(-10, 20)[:10] == b"\xff" * 10
    assert one.ulaw(0, 4000) != lossy(0.2, seed=2).ulaw(0, 4000)


def test_what_has_no_words_keeps_none() -> None:
    sound = Lossy(Wordless("beep", SECOND), 0.5, Random(1))
    assert (sound.text(SECOND), sound.next_change(0), sound.spoken, str(sound)) == ("", None, False, "beep")
    assert b"\xff" * 160 in sound.ulaw(0, 8000)


def test_a_growing_sound_is_followed_through_the_loss() -> None:
    inner = Growing()
    sound, calls = Lossy(inner, 0.000001, Random(1)), []
    sound.follow(lambda: calls.append(sound.text(sound.duration)))
    audio = encode_ulaw("Hello")
    for at in range(0, len(audio), 160):
        inner.append(audio[at : at + 160])
    inner.close()
    assert calls[-1] == "Hello"
    assert calls[0] == "H"
    assert not sound.open


async def test_who_speaks_over_a_lossy_line_said_it_all_and_is_heard_in_part(leg: Leg) -> None:
    leg.called.quality = quality({"loss": 0.3}, Random(3))
    playing = leg.called.play(Speech(WORDS))
    other = leg.calling.play(Speech(WORDS))
    tap = Tap(leg.calling)
    await asyncio.sleep(20)
    assert (playing.said, other.said) == (WORDS, WORDS)
    assert CUT in playing.heard
    assert CUT in other.heard
    assert playing.heard != other.heard
    assert tap.read()[: len(encode_ulaw(WORDS))] == playing.sound.ulaw(0, len(encode_ulaw(WORDS)))


def test_a_quality_is_seeded_only_if_the_line_is_described() -> None:
    assert quality({}, Random(1)) is CLEAR
    assert quality({"echo": None}, Random(1)) is CLEAR
    described = quality({"echo": -20.0, "noise": -30.0}, Random(1))
    assert (described.echo, described.noise, described.loss) == (-20.0, -30.0, 0.0)
    assert described.seed != quality({"echo": -20.0}, Random(2)).seed
    assert MILLISECOND
