"""What a carrier hears of a leg, sample by sample."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from voicecall_sim.sound.activity import rms
from voicecall_sim.sound.code import Decoder, encode_ulaw
from voicecall_sim.sound.g711 import from_ulaw
from voicecall_sim.sound.growing import Growing
from voicecall_sim.sound.keypad import keys_in
from voicecall_sim.sound.sound import SAMPLE, Speech
from voicecall_sim.telephony.bridge import bridge
from voicecall_sim.telephony.impairments import SPEECH
from voicecall_sim.telephony.line import End, Leg
from voicecall_sim.telephony.quality import Quality
from voicecall_sim.telephony.signals import KEYS
from voicecall_sim.telephony.tap import Tap
from voicecall_sim.telephony.tones import LENGTH
from voicecall_sim.world.clock import MILLISECOND, Micros, seconds
from voicecall_sim.world.surroundings import Surroundings

QUIET = b"\xff"
HELLO = encode_ulaw("Hello")


async def sleep(span: Micros) -> None:
    await asyncio.sleep(seconds(span))


@pytest.fixture
def app(leg: Leg) -> End:
    return leg.calling


@pytest.fixture
def person(leg: Leg) -> End:
    return leg.called


async def listened(tap: Tap, frames: int, frame: int = 160) -> list[bytes]:
    """What a reader every 20 ms gets."""
    pieces = []
    for _ in range(frames):
        await sleep(20 * MILLISECOND)
        pieces.append(tap.read(frame))
    return pieces


async def test_silence_is_gapless(app: End) -> None:
    await sleep(77)
    assert await listened(Tap(app), 50) == [QUIET * 160] * 50


@pytest.mark.parametrize("frame", [1, 160])
async def test_speech_begins_and_ends_at_its_samples(app: End, person: End, frame: int) -> None:
    tap = Tap(app)
    asyncio.get_running_loop().call_later(seconds(25 * MILLISECOND), lambda: person.play(Speech("Hello")))
    pieces = await listened(tap, 20, frame)
    assert {len(piece) for piece in pieces} == {160}
    assert b"".join(pieces) == QUIET * 200 + HELLO + QUIET * (20 * 160 - 200 - len(HELLO))


async def test_a_sound_cut_within_a_window_is_silent_from_there(app: End, person: End) -> None:
    tap = Tap(app)
    playing = person.play(Speech("Hello"))
    asyncio.get_running_loop().call_later(seconds(51 * MILLISECOND + 3), playing.stop)
    heard = b"".join(await listened(tap, 10))
    assert heard == HELLO[:408] + QUIET * (1600 - 408)


async def test_several_sounds_in_one_window(app: End, person: End) -> None:
    tap = Tap(app)
    for word in ("a", "b", "c"):
        person.play(Speech(word))
        await sleep(10 * MILLISECOND)
    person.playing.stop()  # type: ignore[union-attr]
    await sleep(10 * MILLISECOND)
    expected = b"".join(encode_ulaw(word)[:80] for word in "abc") + QUIET * 80
    assert tap.read() == expected


async def test_a_sound_under_way_is_heard_from_its_middle(app: End, person: End) -> None:
    person.play(Speech("Hello"))
    await sleep(100 * MILLISECOND)
    tap = Tap(app)
    await sleep(300 * MILLISECOND)
    assert tap.read() == HELLO[800:] + QUIET * 800


async def test_both_directions(app: End, person: End) -> None:
    inbound, outbound = Tap(app), Tap(app, outgoing=True)
    app.play(Speech("from app"))
    person.play(Speech("Hello"))
    await sleep(600 * MILLISECOND)
    assert inbound.read().rstrip(QUIET) == HELLO.rstrip(QUIET)
    assert outbound.read().rstrip(QUIET) == encode_ulaw("from app").rstrip(QUIET)


async def test_a_growing_sound_is_read_as_it_comes(app: End, person: End) -> None:
    tap, sound = Tap(app), Growing()
    playing = person.play(sound)
    pieces = []
    for at in range(0, len(HELLO), 160):
        sound.append(HELLO[at : at + 160])
        pieces += await listened(tap, 1)
    playing.finish()
    assert b"".join(pieces) == HELLO
    assert await listened(tap, 2) == [QUIET * 160] * 2


async def test_closed_it_hears_no_more(app: End, person: End) -> None:
    tap = Tap(app)
    tap.close()
    tap.close()
    person.play(Speech("Hello"))
    await sleep(100 * MILLISECOND)
    assert tap.read() == QUIET * 800


async def test_a_late_reader_gets_whole_frames(app: End) -> None:
    tap = Tap(app)
    lengths = []
    for span in (19, 22, 1, 50, 8):
        await sleep(span * MILLISECOND)
        lengths.append(len(tap.read(160)))
    assert lengths == [0, 320, 0, 320, 160]


@pytest.mark.parametrize("key", KEYS)
async def test_keys_sound_if_asked_for(app: End, person: End, key: str) -> None:
    plain, tap = Tap(app), Tap(app, tones=True)
    person.play(Speech("speech is silent meanwhile"))
    await sleep(30 * MILLISECOND)
    person.press(key)
    heard = b"".join(await listened(tap, 10))
    without = plain.read()[: len(heard)]
    assert keys_in(heard[240 : 240 + LENGTH]) == key
    assert heard[:240] == without[:240]
    assert heard[240 + LENGTH :] == without[240 + LENGTH :]
    assert heard != without


async def test_keys_in_a_row(app: End, person: End) -> None:
    tap = Tap(app, tones=True)
    for key in "4711":
        person.press(key)
        await sleep(200 * MILLISECOND)
    assert keys_in(tap.read()) == "4711"
    person.press("#")
    tap.close()
    await sleep(100 * MILLISECOND)
    person.press("1")


# -- lines that are not clear


def test_the_reference_of_levels_is_speech() -> None:
    assert rms(encode_ulaw("Something that somebody says.")) == pytest.approx(SPEECH, rel=0.05)


async def test_an_echo_comes_back_quieter_and_later(app: End, person: End) -> None:
    person.quality = Quality(echo=-20)
    tap, outgoing = Tap(app), Tap(app, outgoing=True)
    app.play(Speech("Hello"))
    await sleep(500 * MILLISECOND)
    heard, said = tap.read(), outgoing.read()
    assert set(heard[:480]) == {0xFF}
    echo, original = from_ulaw(heard[480:]).astype(float), from_ulaw(said[:-480]).astype(float)
    assert np.dot(echo, original) / np.dot(original, original) == pytest.approx(0.1, rel=0.02)
    assert said[: len(HELLO)] == HELLO


async def test_echo_and_noise_together_and_closed(app: End, person: End) -> None:
    person.quality = Quality(echo=-20, noise=-30)
    tap = Tap(app)
    app.play(Speech("Hello"))
    await sleep(400 * MILLISECOND)
    heard = tap.read()
    silence, echo = rms(heard[:480]), rms(heard[480 : 480 + len(HELLO)])
    assert echo**2 == pytest.approx(silence**2 + (SPEECH / 10) ** 2, rel=0.1)
    tap.close()
    app.play(Speech("Hello"))
    await sleep(400 * MILLISECOND)
    assert rms(tap.read()) == pytest.approx(silence, rel=0.1)


async def test_an_echo_does_not_hide_what_the_person_says(app: End, person: End) -> None:
    person.quality = Quality(echo=-20)
    tap = Tap(app)
    app.play(Speech("Something else altogether"))
    person.play(Speech("Hello"))
    await sleep(290 * MILLISECOND)
    decoder = Decoder()
    decoder.feed(tap.read() + QUIET * 800)
    decoder.finish()
    assert decoder.text_at(10_000).startswith("Hell")


async def test_noise_is_there_in_speech_and_silence(app: End, person: End) -> None:
    person.quality = Quality(noise=-30, seed=4)
    tap, again = Tap(app), Tap(app)
    await sleep(1000 * MILLISECOND)
    silence = tap.read()
    assert rms(silence) == pytest.approx(SPEECH * 10 ** (-30 / 20), rel=0.05)
    person.play(Speech("Hello"))
    await sleep(500 * MILLISECOND)
    spoken = tap.read()
    decoder = Decoder()
    decoder.feed(spoken)
    decoder.finish()
    assert decoder.text_at(4000).startswith("Hello")
    # the same noise however it is read
    assert b"".join((again.read(), again.read())) == silence + spoken


async def test_the_person_hears_no_noise_of_their_own(app: End, person: End) -> None:
    person.quality = Quality(noise=-30, echo=-20)
    tap = Tap(person)
    await sleep(100 * MILLISECOND)
    assert tap.read() == QUIET * 800


async def test_a_bridge_hands_a_growing_sound_on(surroundings: Surroundings) -> None:
    first = Leg(surroundings, 1, ("+1", "anna"), ("+2", "carrier"))
    second = Leg(surroundings, 2, ("+2", "carrier"), ("+3", "ben"))
    joined = bridge(first.called, second.calling)
    tap, sound = Tap(second.called), Growing()
    playing = first.calling.play(sound)
    sound.append(HELLO[:1000])
    await sleep(125 * MILLISECOND)
    copy = second.calling.playing
    assert copy is not None
    assert copy.heard == "He"
    sound.append(HELLO[1000:], 1320)
    await sleep(400 * MILLISECOND)
    playing.finish()
    assert (copy.ended, copy.cut, copy.heard) == (playing.ended, False, "Hello")
    assert playing.ended == 2320 * SAMPLE
    assert tap.read()[:2400] == HELLO
    joined.stop()


async def test_a_bridge_that_ends_does_not_end_the_original(surroundings: Surroundings) -> None:
    first = Leg(surroundings, 1, ("+1", "anna"), ("+2", "carrier"))
    second = Leg(surroundings, 2, ("+2", "carrier"), ("+3", "ben"))
    joined = bridge(first.called, second.calling)
    sound = Growing()
    playing = first.calling.play(sound)
    sound.append(HELLO)
    await sleep(100 * MILLISECOND)
    joined.stop()
    assert second.calling.playing is None
    assert sound.open
    assert playing.ended is None
