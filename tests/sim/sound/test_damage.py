"""What coded speech costs when the line loses some of it, and what never becomes text."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.sound.ears import SILENCE, TEXT, ear, heard, linear, scaled, sinc
from voicecall_sim.sound.code import Decoder, encode, encode_ulaw
from voicecall_sim.sound.g711 import Samples, alaw, alaw_to_ulaw, ulaw
from voicecall_sim.sound.noise import white_noise
from voicecall_sim.sound.sound import CUT
from voicecall_sim.sound.tones import BEEP, BUSY, CED, CNG, DIS, RINGBACK, dtmf, music
from voicecall_sim.sound.waveform import symbol_ulaw
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import SECOND

SYMBOL = 480
FRAME = 160
WORDS = "Quick brown fox, 12 dogs."
AUDIO = encode_ulaw(WORDS)
UNICODE = "né 漢字 ok 😀😀!"


def cost(said: str, told: str) -> int:
    """How many characters were lost. Whatever is heard in place of them must be a box."""
    lost = 0
    for kind, a, b, c, d in SequenceMatcher(None, said, told, autojunk=False).get_opcodes():
        if kind != "equal":
            assert set(told[c:d]) <= {CUT}, told
            lost += max(b - a, d - c)
    return lost


@pytest.mark.parametrize("offset", [0, 53])
def test_a_lost_frame_costs_the_characters_it_touches(offset: int) -> None:
    for place in range(0, len(AUDIO) - FRAME, 67):
        touched = 1 if place % SYMBOL + FRAME <= SYMBOL else 2
        damaged = AUDIO[:place] + SILENCE * FRAME + AUDIO[place + FRAME :]
        assert cost(WORDS, heard(SILENCE * offset + damaged)) <= touched, place


def test_frames_on_the_grid_cost_one_character_each() -> None:
    for frame in range(len(AUDIO) // FRAME):
        place = frame * FRAME
        damaged = AUDIO[:place] + SILENCE * FRAME + AUDIO[place + FRAME :]
        at = place // SYMBOL
        assert heard(damaged) == WORDS[:at] + CUT + WORDS[at + 1 :]


def test_a_frame_left_out_costs_two_at_most() -> None:
    for place in range(0, len(AUDIO) - FRAME, 67):
        assert cost(WORDS, heard(AUDIO[:place] + AUDIO[place + FRAME :])) <= 2, place


@given(st.integers(0, len(encode_ulaw(UNICODE)) - FRAME), st.booleans())
@settings(deadline=None)
def test_a_character_of_several_bytes_is_lost_as_one(place: int, silenced: bool) -> None:
    audio = encode_ulaw(UNICODE)
    filling = SILENCE * FRAME if silenced else b""
    assert cost(UNICODE, heard(audio[:place] + filling + audio[place + FRAME :])) <= 2


@pytest.mark.parametrize("pace", [45_000, 90_000])
def test_at_another_pace_too(pace: int) -> None:
    audio = encode_ulaw(WORDS, pace)
    for place in range(0, len(audio) // 2, 97):
        assert cost(WORDS, heard(audio[:place] + SILENCE * FRAME + audio[place + FRAME :])) <= 2, place


def test_a_fresh_voice_is_heard_after_one_that_broke_off() -> None:
    audio = encode_ulaw("Hello")[: 3 * SYMBOL + 200] + SILENCE * 777 + encode_ulaw("Again")
    assert heard(audio) == "Hel" + CUT + "Again"


def test_one_voice_cuts_off_another_without_a_gap() -> None:
    audio = encode_ulaw("Hello")[: 3 * SYMBOL + 200] + encode_ulaw("Again")
    assert heard(audio).startswith("Hel" + CUT)
    assert heard(audio).endswith("gain")


def test_a_click_within_a_character_costs_only_that() -> None:
    audio = bytearray(AUDIO)
    audio[3 * SYMBOL + 100 : 3 * SYMBOL + 180] = b"\x00" * 80
    assert heard(bytes(audio)) == WORDS[:3] + CUT + WORDS[4:]


# wrong codecs, rates and orders: nothing of it may look like text

PLAIN = encode(TEXT * 2)
FAST = encode(TEXT * 2, 24000)
GARBLED: dict[str, Callable[[], bytes]] = {
    "16-bit PCM as mu-law": PLAIN.tobytes,
    "16-bit PCM of 24 kHz as mu-law": FAST.tobytes,
    "big-endian PCM as mu-law": PLAIN.byteswap().tobytes,
    "A-law as mu-law": lambda: alaw(PLAIN),
    "mu-law as A-law": lambda: alaw_to_ulaw(ulaw(PLAIN)),
    "bytes swapped": lambda: ulaw(PLAIN.byteswap()),
    "bytes swapped at 24 kHz": lambda: ulaw(linear(FAST.byteswap(), 24000)),
    "bytes swapped at 24 kHz, filtered": lambda: ulaw(sinc(FAST.byteswap(), 24000)),
    "uniform bytes": lambda: Chance(1)("bytes").randbytes(len(PLAIN)),
    "loud noise": lambda: white_noise(len(PLAIN), -6, Chance(2)("noise")),
    "every second sample left out": lambda: ulaw(PLAIN[::2]),
}
UNRELATED: dict[str, Callable[[], bytes]] = {
    "24 kHz as 8 kHz": lambda: ulaw(FAST),
    "16 kHz as 8 kHz": lambda: ulaw(encode(TEXT, 16000)),
    "noise": lambda: white_noise(100_000, -25, Chance(3)("noise")),
    "faint noise": lambda: white_noise(100_000, -50, Chance(4)("noise")),
    "a stuck line": lambda: bytes(10_000) + b"\xd5" * 10_000,
    **{
        str(tone): partial(tone.ulaw, 0, 8000 * 4)
        for tone in (BEEP, BUSY, CED, CNG, DIS, RINGBACK, music(4 * SECOND), *map(dtmf, "123456789*0#"))
    },
}


@pytest.mark.parametrize("kind", GARBLED)
def test_what_was_garbled_is_unintelligible(kind: str) -> None:
    told = heard(GARBLED[kind]())
    assert told == CUT * len(told) != ""


@pytest.mark.parametrize("kind", UNRELATED)
def test_what_is_no_speech_is_nothing(kind: str) -> None:
    assert heard(UNRELATED[kind]()) == ""


def shrill(chance: np.random.Generator) -> Samples:
    """Bursts of two tones each, anywhere in the band, of any length: nearer to coded speech than any music."""
    parts = []
    for _ in range(300):
        instants = np.arange(chance.integers(100, 900)) / 8000
        tones = (np.sin(2 * np.pi * chance.uniform(*band) * instants) for band in ((300, 1900), (1900, 3400)))
        parts += [6000 * sum(tones), np.zeros(chance.integers(20, 300))]
    return scaled(np.concatenate(parts))


def melody(chance: np.random.Generator) -> Samples:
    """Notes with harmonics, two at a time, that die away."""
    parts = []
    for _ in range(100):
        instants = np.arange(chance.integers(400, 4000)) / 8000
        notes = 110 * 2 ** (chance.integers(0, 48, 2) / 12)
        waves = [np.sin(2 * np.pi * n * h * instants) / h for n in notes for h in range(1, 6) if n * h < 3800]
        parts.append(3000 * sum(waves) * np.exp(-6 * instants))
    return scaled(np.concatenate(parts))


@pytest.mark.parametrize("made", [shrill, melody])
@pytest.mark.parametrize("seed", [1, 2])
def test_music_is_not_text(made: Callable[[np.random.Generator], Samples], seed: int) -> None:
    told = heard(ulaw(made(np.random.default_rng(seed))))
    assert len(told.replace(CUT, "")) <= len(told) / 100


@given(st.binary(max_size=3000))
@settings(deadline=None)
def test_any_bytes_can_be_fed(audio: bytes) -> None:
    decoder = ear(audio, 100)
    assert decoder.heard == len(audio)
    assert all(0 <= symbol.began <= symbol.ended <= len(audio) for symbol in decoder.symbols)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=12))
@settings(deadline=None)
def test_bytes_that_are_no_text(data: list[int]) -> None:
    audio = b"".join(symbol_ulaw(byte, SYMBOL) for byte in data)
    told = heard(audio)
    assert told.replace(CUT, "") == bytes(data).decode(errors="ignore")
    assert (CUT in told) == (
        "\ufffd" in bytes(data).decode(errors="replace") or CUT in bytes(data).decode(errors="ignore")
    )


def test_a_decoder_that_heard_nothing() -> None:
    decoder = Decoder()
    assert (decoder.text_at(0), decoder.next_change(0), decoder.symbols) == ("", None, [])
    decoder.finish()
    assert decoder.symbols == []
