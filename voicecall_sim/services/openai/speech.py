"""`POST /v1/audio/speech`: a text as speech, in the vendor's formats (api-reference/audio/createSpeech)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from voicecall_sim.services import speaking
from voicecall_sim.services.audio import PCM_24K, spoken, wav_header
from voicecall_sim.services.openai import shapes
from voicecall_sim.services.openai.account import Account, model_not_found
from voicecall_sim.services.openai.shapes import Refusal, missing
from voicecall_sim.services.speaking import Tempo, stream
from voicecall_sim.services.trouble import Mishap
from voicecall_sim.world.clock import SECOND, seconds

FIDELITY: Final = (
    (
        "pcm is 16 bits, 24 kHz, little-endian, without a header; wav has one of unknown length",
        "guides/text-to-speech",
        "documented",
    ),
    ("mp3 (the default), opus, aac and flac exist; they are not emulated: 400 not_emulated", "no source", "assumed"),
    ("4096 characters at most; speed 0.25 to 4", "api-reference/audio/createSpeech", "documented"),
    ("speed is heard between a half and 2", "no source", "assumed"),
    (
        "tts-1 and tts-1-hd have nine voices, gpt-4o-mini-tts thirteen; custom voices by id",
        "guides/text-to-speech",
        "documented",
    ),
    (
        "stream_format sse: speech.audio.delta and speech.audio.done, not with tts-1",
        "api-reference/audio/createSpeech",
        "documented",
    ),
    ("the body is chunked, in pieces that have nothing to do with samples", "no source", "assumed"),
    ("first byte after 200 ms, then eight times as fast as it is heard", "no source", "assumed"),
    ("errors name the parameter and a code", "guides/error-codes", "assumed"),
)

FEW_VOICES: Final = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
VOICES: Final = (*FEW_VOICES, "ballad", "verse", "marin", "cedar")
MODELS: Final[Mapping[str, tuple[str, ...]]] = {
    "tts-1": FEW_VOICES,
    "tts-1-hd": FEW_VOICES,
    "gpt-4o-mini-tts": VOICES,
    "gpt-4o-mini-tts-2025-12-15": VOICES,
}
"""The voices of each model."""
LONGEST_TEXT: Final = 4096
EMULATED: Final[Mapping[str, str]] = {"pcm": "audio/pcm", "wav": "audio/wav"}
FORMATS: Final = ("mp3", "opus", "aac", "flac", "wav", "pcm")

REQUEST: Final = shapes.fields(
    {
        "model": shapes.text,
        "input": shapes.text_up_to(LONGEST_TEXT),
        "voice": shapes.either(dict, shapes.fields({"id": shapes.text}, ("id",)), shapes.text),
        "instructions": shapes.nullable(shapes.text),
        "response_format": shapes.one_of(FORMATS),
        "speed": shapes.number(0.25, 4.0),
        "stream_format": shapes.one_of(("sse", "audio")),
    }
)


class Speech:
    """The endpoint. `tempo` is how fast it answers."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.tempo = Tempo()

    async def create(self, request: web.Request, body: dict[str, Any], mishap: Mishap) -> web.StreamResponse:
        """Answer one request."""
        form = check(body)
        await asyncio.sleep(seconds(self.tempo.latency))
        audio = spoken(body["input"], PCM_24K, float(body.get("speed", 1.0)))
        if mishap.garbled:
            audio = speaking.garbage(len(audio), self.account.surroundings.chance("openai.garbage"))
        if form == "wav":
            audio = wav_header(PCM_24K.rate) + audio
        sse = body.get("stream_format") == "sse"
        response = self.account.stream(request, "speech", "text/event-stream" if sse else EMULATED[form], json=body)
        rate = PCM_24K.byte_rate
        if sse:
            audio, rate = as_events(audio, self.tempo, body["input"]), rate * 4 // 3
        return await stream(request, response, audio, rate=rate, tempo=self.tempo, mishap=mishap)


def check(body: Mapping[str, Any]) -> str:
    """The format that is asked for. Raises `Refusal`."""
    for needed in ("model", "input", "voice"):
        if needed not in body:
            raise missing(needed)
    REQUEST("", body)
    model, voice, form = body["model"], body["voice"], body.get("response_format", "mp3")
    if model not in MODELS:
        raise model_not_found(model)
    if isinstance(voice, str) and voice not in MODELS[model]:
        raise shapes.not_supported("voice", voice, MODELS[model])
    if body.get("stream_format") == "sse" and model.startswith("tts-1"):
        raise Refusal(
            "Streaming with `stream_format: sse` is not supported by this model.", "unsupported_value", "stream_format"
        )
    if form not in EMULATED:
        message = f"`{form}` is not emulated here (the real service has it): ask for `pcm` or `wav`."
        raise Refusal(message, "not_emulated", "response_format")
    return str(form)


def as_events(audio: bytes, tempo: Tempo, words: str) -> bytes:
    """The audio as server-sent events."""
    size = tempo.chunk * PCM_24K.byte_rate // SECOND
    events: list[dict[str, Any]] = [
        {"type": "speech.audio.delta", "audio": base64.b64encode(audio[start : start + size]).decode()}
        for start in range(0, len(audio), size)
    ]
    made = len(audio) // size
    usage = {"input_tokens": len(words) // 4, "output_tokens": made, "total_tokens": len(words) // 4 + made}
    events.append({"type": "speech.audio.done", "usage": usage})
    return b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events)
