"""The SDK's voices, ears and models against the emulated vendors: what was to be said is what can be heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.tools.ai_services import FRAME, Vendors, pair, silence, voice, with_vendors
from voicecall_sdk.config import Config
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.build import SpeechServices
from voicecall_sdk.speech.vendor import (
    Audio,
    BotSaid,
    CallerSaid,
    Final,
    Lost,
    RealtimeTool,
    RealtimeVoice,
    Recognizer,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
)
from voicecall_sim.services.audio import ULAW, understood
from voicecall_sim.services.brain import ToolCall
from voicecall_sim.services.trouble import Mishap, times
from voicecall_sim.world.clock import SECOND

TEXT = "Perché no? Your appointment is at three o'clock."
ROUTE = "+15550009999"


def services(vendors: Vendors, **changes: Any) -> SpeechServices:
    """What a configuration with the vendors' keys gives."""
    env = {"OPENAI_API_KEY": vendors.openai.key, "ELEVENLABS_API_KEY": vendors.elevenlabs.key}
    base: dict[str, Any] = {"provider": "mock", "silenceTimeoutMs": 400, "numbers": {ROUTE: {"language": "it-IT"}}}
    return Config.load({**base, **changes}, env=env).speech_services(env)


async def said(speech: SpeechServices, text: str = TEXT) -> str:
    """What a listener understands."""
    sound = b"".join([piece async for piece in speech.synthesizer().speak(text)])
    return understood(sound, ULAW)


async def until(condition: Callable[[], object]) -> None:
    for _ in range(30_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


async def plays(ear: Recognizer | RealtimeVoice, sound: bytes) -> None:
    """The caller's sound, frame by frame."""
    for start in range(0, len(sound), 160):
        ear.hear(sound[start : start + 160])
        await asyncio.sleep(FRAME)


@pytest.mark.parametrize("vendor", ["openai", "elevenlabs"])
def test_what_is_to_be_said_can_be_heard(vendor: str) -> None:
    @with_vendors()
    async def run(vendors: Vendors) -> None:
        async with services(vendors, tts={"provider": vendor}) as speech:
            assert speech.synthesizer().name == vendor
            assert await said(speech) == TEXT

    run()


@pytest.mark.parametrize("mishap", [Mishap(refuse=500), Mishap(refuse=429), Mishap(delay=9 * SECOND)], ids=str)
def test_another_vendor_stands_in(mishap: Mishap) -> None:
    @with_vendors()
    async def run(vendors: Vendors) -> None:
        vendors.openai.tts.add(mishap, times(1))
        async with services(vendors, tts={"provider": "openai"}) as speech:
            assert await said(speech) == TEXT
            asked = [entry.who for entry in vendors.entries("request")]
            assert asked[-1] == "elevenlabs"
            assert await said(speech) == TEXT
            assert vendors.entries("request")[-1].who == "openai"

    run()


@with_vendors()
async def test_half_an_answer_is_heard_and_told(vendors: Vendors) -> None:
    vendors.openai.tts.add(Mishap(breaks_at=0.5), times(1))
    heard: list[bytes] = []

    async def listen(speech: SpeechServices) -> None:
        async for piece in speech.synthesizer().speak(TEXT):
            heard.append(piece)  # noqa: PERF401 - it is cut short

    async with services(vendors, tts={"provider": "openai"}) as speech:
        with pytest.raises(SpeechFailed, match="the connection broke"):
            await listen(speech)
    understood_ = understood(b"".join(heard), ULAW)
    assert len(understood_) > 15
    assert TEXT.startswith(understood_[:15])


@pytest.mark.parametrize(
    ("mishap", "reason", "after"),
    [
        (Mishap(refuse=429), r"API error \(429\)", 0),
        (Mishap(lost=True), "the connection broke|closed the connection", 0),
        (Mishap(mute=True), "connection timeout", 10),
    ],
    ids=str,
)
def test_an_ear_that_cannot_be_had(mishap: Mishap, reason: str, after: float) -> None:
    @with_vendors()
    async def run(vendors: Vendors) -> None:
        vendors.openai.stt.add(mishap, times(1))
        async with services(vendors) as speech:
            ear = speech.recognizer(lambda _: None)
            with pytest.raises(SpeechFailed, match=reason):
                await ear.open()
            assert asyncio.get_running_loop().time() == pytest.approx(after, abs=1)
            await ear.close()

    run()


@with_vendors()
async def test_nonsense_among_what_the_service_says_changes_nothing(vendors: Vendors) -> None:
    vendors.openai.stt.add(Mishap(garbled=True), times(1))
    heard: list[Any] = []
    async with services(vendors) as speech:
        ear = speech.recognizer(heard.append)
        await ear.open()
        await plays(ear, silence(0.3) + voice("Hello.") + silence(0.8))
        await until(lambda: Final("Hello.") in heard)
        await ear.close()


@with_vendors()
async def test_an_utterance_that_fails_does_not_hold_back_the_next(vendors: Vendors) -> None:
    vendors.openai.stt.add(Mishap(fails=True), times(1))
    heard: list[Any] = []
    async with services(vendors) as speech:
        ear = speech.recognizer(heard.append)
        await ear.open()
        await plays(ear, silence(0.3) + voice("One.") + silence(0.8) + voice("Two.") + silence(0.8))
        await until(lambda: heard and isinstance(heard[-1], Final))
        await ear.close()
    assert [event for event in heard if isinstance(event, Final)] == [Final("Two.")]


@with_vendors()
async def test_a_wrong_key_is_told_without_the_key(vendors: Vendors) -> None:
    speech = services(vendors, tts={"providers": {"openai": {"apiKey": "sk-wrong-key"}}})
    async with speech:
        assert await said(speech) == TEXT  # by the other vendor
    wrong = {"openai": {"apiKey": "sk-wrong-key"}, "elevenlabs": {"apiKey": "sk-wrong-too"}}
    async with services(vendors, tts={"providers": wrong}) as speech:
        with pytest.raises(SpeechFailed, match="the API key is refused") as refused:
            await said(speech)
        assert "wrong" not in str(refused.value)


@with_vendors()
async def test_what_is_said_is_understood(vendors: Vendors) -> None:
    heard: list[Any] = []
    async with services(vendors) as speech:
        ear = speech.recognizer(heard.append, route=ROUTE)
        await ear.open()
        await plays(ear, silence(0.6) + voice("Ciao! Perché no?") + silence(0.8) + voice("Due.") + silence(0.8))
        await until(lambda: len([event for event in heard if isinstance(event, Final)]) == 2)
        await ear.close()
    assert [event for event in heard if isinstance(event, Final)] == [Final("Ciao! Perché no?"), Final("Due.")]
    assert isinstance(heard[0], SpeechStarted)
    assert SpeechStopped() in heard


@with_vendors()
async def test_what_is_said_last_is_understood(vendors: Vendors) -> None:
    heard: list[Any] = []
    async with services(vendors) as speech:
        ear = speech.recognizer(heard.append)
        await ear.open()
        await plays(ear, silence(0.2) + voice("Goodbye."))
        await ear.close(finish=True)
    assert heard[-1] == Final("Goodbye.")


TOOLS = (RealtimeTool(name="consult", description="Asks.", parameters={"type": "object", "properties": {}}),)
PAIRS = (
    pair("sunday", "On Sunday we are closed."),
    pair("weather", calls=ToolCall("consult", {"question": "weather?"}), then="It rains."),
)


@with_vendors(*PAIRS)
async def test_a_conversation_with_a_model(vendors: Vendors) -> None:
    told: list[Any] = []
    async with services(vendors) as speech:
        model = speech.realtime(told.append, tools=TOOLS)
        await model.open()
        await plays(model, silence(0.3) + voice("And on Sunday?") + silence(1.0))
        await until(lambda: [event for event in told if isinstance(event, BotSaid) and event.final])
        sound = b"".join(event.ulaw for event in told if isinstance(event, Audio))
        assert understood(sound, ULAW) == "On Sunday we are closed."
        assert CallerSaid("And on Sunday?", final=True) in told

        told.clear()
        await plays(model, silence(0.3) + voice("The weather?") + silence(1.0))
        await until(lambda: [event for event in told if isinstance(event, ToolCalled)])
        (called,) = (event for event in told if isinstance(event, ToolCalled))
        assert (called.name, called.arguments) == ("consult", {"question": "weather?"})
        told.clear()
        model.answer_tool(called.call_id, '{"answer": "rain"}')
        await until(lambda: [event for event in told if isinstance(event, BotSaid) and event.final])
        sound = b"".join(event.ulaw for event in told if isinstance(event, Audio))
        assert understood(sound, ULAW) == "It rains."
        assert not [event for event in told if isinstance(event, Lost)]
        await model.close()


@with_vendors()
async def test_a_model_says_what_it_is_told_to_say(vendors: Vendors) -> None:
    told: list[Any] = []
    async with services(vendors) as speech:
        model = speech.realtime(told.append, tools=())
        await model.open()
        model.say("Your taxi is here.")
        await until(lambda: [event for event in told if isinstance(event, BotSaid) and event.final])
        await asyncio.sleep(1)
        sound = b"".join(event.ulaw for event in told if isinstance(event, Audio))
        item = next(event.item_id for event in told if isinstance(event, Audio))
        assert "Your taxi is here." in understood(sound, ULAW)
        model.truncate(item, 500)
        await asyncio.sleep(1)
        await model.close()
    assert not [event for event in told if isinstance(event, Lost)]
