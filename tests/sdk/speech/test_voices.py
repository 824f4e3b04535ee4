"""A chain of voices: who speaks when one fails, what is refused, how long is waited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import cast

import pytest

from tests.sdk.speech.stage import now, virtual
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.directives import without_directives
from voicecall_sdk.speech.vendor import Synthesizer
from voicecall_sdk.speech.voices import Voices

Step = bytes | float | Exception


class Voice:
    """Yields bytes, sleeps seconds, raises exceptions, as told."""

    def __init__(self, name: str, *steps: Step) -> None:
        self.name = name
        self.steps = steps
        self.texts: list[str] = []
        self.closed = False

    async def speak(self, text: str) -> AsyncIterator[bytes]:
        self.texts.append(text)
        try:
            for step in self.steps:
                if isinstance(step, bytes):
                    yield step
                elif isinstance(step, Exception):
                    raise step
                else:
                    await asyncio.sleep(step)
        finally:
            self.closed = True


async def spoken(voices: Sequence[Synthesizer], text: str = "Hello!", **options: float) -> bytes:
    chain = Voices(voices, timeout=options.get("timeout", 8.0), max_text_length=int(options.get("most", 4096)))
    return b"".join([piece async for piece in chain.speak(text)])


async def listen(voice: Voices, heard: list[bytes]) -> None:
    async for piece in voice.speak("Hello!"):
        heard.append(piece)  # noqa: PERF401 - it may be cut short


@virtual
async def test_the_first_speaks() -> None:
    first, second = Voice("a", b"12", b"", b"3"), Voice("b", b"x")
    chain = Voices([first, second])
    assert isinstance(chain, Synthesizer)
    assert chain.name == "a"
    assert await spoken([first, second]) == b"123"
    assert second.texts == []
    assert first.closed


@virtual
async def test_the_next_stands_in(caplog: pytest.LogCaptureFixture) -> None:
    voices = [Voice("a", SpeechFailed("no")), Voice("b", 9.0, b"late"), Voice("c"), Voice("d", b"yes")]
    with caplog.at_level(logging.WARNING):
        assert await spoken(voices) == b"yes"
    assert [record.getMessage() for record in caplog.records] == [
        "telephony TTS: a failed, b speaks instead (attempts: a: no)",
        "telephony TTS: b failed, c speaks instead (attempts: a: no; b: Telephony TTS synthesis timed out after "
        "8000ms)",
        "telephony TTS: c failed, d speaks instead (attempts: a: no; b: Telephony TTS synthesis timed out after "
        "8000ms; c: Telephony TTS produced no audio)",
    ]
    assert all(voice.closed for voice in voices)
    assert now() == pytest.approx(8)


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (Voice("b", SpeechFailed("OpenAI TTS API error (500)")), "b: OpenAI TTS API error (500)"),
        (Voice("b", 20.0), "b: Telephony TTS synthesis timed out after 1500ms"),
        (Voice("b", b"", b""), "b: Telephony TTS produced no audio"),
    ],
)
def test_when_nobody_can_speak_the_last_reason_is_told(last: Voice, reason: str) -> None:
    @virtual
    async def run() -> None:
        with pytest.raises(SpeechFailed) as failed:
            await spoken([Voice("a", SpeechFailed("no")), last], timeout=1.5)
        assert str(failed.value) == f"TTS conversion failed: {reason}"

    run()


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((b"1", SpeechFailed("cut")), "a: cut"),
        ((b"1", 9.0, b"2"), "a: Telephony TTS synthesis timed out after 8000ms"),
    ],
)
@virtual
async def test_nobody_takes_over_in_the_middle_of_a_sentence(steps: tuple[Step, ...], reason: str) -> None:
    second = Voice("b", b"x")
    heard: list[bytes] = []
    with pytest.raises(SpeechFailed) as failed:
        await listen(Voices([Voice("a", *steps), second]), heard)
    assert heard == [b"1"]
    assert str(failed.value) == reason
    assert second.texts == []


@virtual
async def test_time_counts_for_each_piece_and_not_while_nobody_listens() -> None:
    voice = Voice("a", 7.0, b"1", 7.0, b"2", 7.0)
    heard = []
    async for piece in Voices([voice]).speak("Hello!"):
        heard.append(piece)
        await asyncio.sleep(30)
    assert heard == [b"1", b"2"]


@virtual
async def test_whoever_stops_listening_ends_it_at_once() -> None:
    voice = Voice("a", b"1", 1000.0)
    sound = cast("AsyncGenerator[bytes]", Voices([voice]).speak("Hello!"))
    assert await anext(sound) == b"1"
    await sound.aclose()
    assert voice.closed
    assert now() == 0


@virtual
async def test_long_and_empty_texts() -> None:
    voice = Voice("a", b"1")
    with pytest.raises(SpeechFailed, match=r"^Text too long \(4097 chars, max 4096\)$"):
        await spoken([voice], "x" * 4097)
    for text in ("", "  ", "[[tts:speed=2]]"):
        with pytest.raises(SpeechFailed, match="nothing to say"):
            await spoken([voice], text)
    assert voice.texts == []
    assert await spoken([voice], f" {'x' * 4096} ") == b"1"


def test_nobody_at_all() -> None:
    with pytest.raises(SpeechFailed, match=r"^TTS conversion failed: no providers available$"):
        Voices([])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello!", "Hello!"),
        (" Hello! ", "Hello!"),
        ("[[tts]] Hello!", "Hello!"),
        ("[[tts:voice=nova speed=1.2]]Hello!", "Hello!"),
        ("Hello [[tts:pause]] there!", "Hello there!"),
        ("[[TTS:x]]Hello![[/TTS:x]]", "Hello!"),
        ("Here you are. [[tts:text]](laughs) Here![[/tts:text]]", "(laughs) Here!"),
        ("[[tts:text]]One.[[/tts:text]] shown [[tts:text]]Two.[[/tts:text]]", "One. Two."),
        ("Shown. [[tts:text]] [[/tts:text]]", "Shown."),
        ("[[tts:text]]unclosed", "unclosed"),
        ("A [[link]] and [1]  stay", "A [[link]] and [1]  stay"),
        ("two\nlines", "two\nlines"),
    ],
)
@virtual
async def test_directives_are_not_spoken(text: str, said: str) -> None:
    assert without_directives(text) == said
    voice = Voice("a", b"1")
    await spoken([voice], text)
    assert voice.texts == [said]
