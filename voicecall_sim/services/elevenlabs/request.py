"""What a request for speech may ask for (api-reference/text-to-speech/convert)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.services.audio import ALAW, ULAW, Coding, Format
from voicecall_sim.services.elevenlabs.refusals import ill_formed, refused

FIDELITY: Final = (
    (
        "voice settings outside their ranges are a 400 invalid_voice_settings that names the range",
        "no source",
        "assumed",
    ),
    ("stability, similarity_boost and style 0..1, speed 0.7..1.2", "api-reference/text-to-speech", "documented"),
    ("an unknown output_format is a 422 that lists the formats", "api-reference/text-to-speech", "documented"),
    ("texts are limited by the model: max_character_limit_exceeded", "docs/models", "documented"),
    (
        "language_code is a language of two letters that the model has: unsupported_language otherwise",
        "api-reference/text-to-speech",
        "assumed",
    ),
    ("unknown parameters are ignored", "no source", "assumed"),
)

PCM: Final = (8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
EMULATED: Final[Mapping[str, Format]] = {
    **{f"pcm_{rate}": Format(Coding.PCM, rate) for rate in PCM},
    "ulaw_8000": ULAW,
    "alaw_8000": ALAW,
}
OTHERS: Final = (
    "mp3_22050_32", "mp3_24000_48", "mp3_44100_32", "mp3_44100_64", "mp3_44100_96", "mp3_44100_128",
    "mp3_44100_192", "opus_48000_32", "opus_48000_64", "opus_48000_96", "opus_48000_128", "opus_48000_192",
)  # fmt: skip
DEFAULT: Final = "mp3_44100_128"
MIME: Final[Mapping[Coding, str]] = {
    Coding.PCM: "audio/pcm",
    Coding.ULAW: "audio/basic",
    Coding.ALAW: "audio/x-alaw-basic",
}

MODELS: Final[Mapping[str, int]] = {
    "eleven_multilingual_v2": 10_000,
    "eleven_v3": 5_000,
    "eleven_flash_v2_5": 40_000,
    "eleven_turbo_v2_5": 40_000,
    "eleven_flash_v2": 30_000,
    "eleven_turbo_v2": 30_000,
    "eleven_multilingual_v1": 10_000,
    "eleven_monolingual_v1": 10_000,
}
"""The longest text of each, in characters."""
ENGLISH: Final = ("eleven_flash_v2", "eleven_turbo_v2", "eleven_monolingual_v1")
LANGUAGES: Final = frozenset((
    "en", "ja", "zh", "de", "hi", "fr", "ko", "pt", "it", "es", "id", "nl", "tr", "tl", "fil", "pl", "sv", "bg",
    "ro", "ar", "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk", "ru", "hu", "no", "vi",
))  # fmt: skip
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "stability": (0.0, 1.0),
    "similarity_boost": (0.0, 1.0),
    "style": (0.0, 1.0),
    "speed": (0.7, 1.2),
}
NORMALIZATION: Final = ("auto", "on", "off")
LARGEST_SEED: Final = 4_294_967_295


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    text: str
    output_format: str
    speed: float


def wanted(body: Mapping[str, Any], query: Mapping[str, str]) -> Wanted:
    """The request, understood. Raises `Refused`."""
    form = output_format(query)
    text = written(body)
    check_model(body, text)
    check_choices(body)
    settings = body.get("voice_settings") or {}
    check_settings(settings)
    return Wanted(text, form, float(settings.get("speed") or 1.0))


def output_format(query: Mapping[str, str]) -> str:
    """The format of the answer."""
    given = query.get("output_format", DEFAULT)
    if given in OTHERS:
        message = f"{given} is not emulated here (the real service has it): ask for pcm_*, ulaw_8000 or alaw_8000."
        raise refused(400, "not_emulated", message)
    if given not in EMULATED:
        words = [f"'{word}'" for word in (*OTHERS, *EMULATED)]
        message = f"Input should be {', '.join(words[:-1])} or {words[-1]}"
        raise ill_formed(["query", "output_format"], message, "enum", given)
    return given


def written(body: Mapping[str, Any]) -> str:
    """The text."""
    if "text" not in body:
        raise ill_formed(["body", "text"], "Field required", "missing", dict(body))
    if not isinstance(body["text"], str):
        raise ill_formed(["body", "text"], "Input should be a valid string", "string_type", body["text"])
    if not body["text"].strip():
        raise refused(400, "input_text_empty", "Input text is empty.")
    return body["text"]


def check_model(body: Mapping[str, Any], text: str) -> None:
    """The model: whether it exists, and does what is asked of it."""
    model = body.get("model_id", "eleven_multilingual_v2")
    if not isinstance(model, str) or model not in MODELS:
        message = f"An invalid ID has been received: '{model}'. Make sure to provide a correct one."
        raise refused(400, "invalid_uid", message)
    if len(text) > MODELS[model]:
        message = f"This request's text has {len(text)} characters and exceeds the limit of {MODELS[model]} characters."
        raise refused(400, "max_character_limit_exceeded", message)
    language = body.get("language_code")
    if language is not None and (language not in LANGUAGES or (model in ENGLISH and language != "en")):
        raise refused(400, "unsupported_language", f"Model '{model}' does not support the language_code '{language}'.")


def check_choices(body: Mapping[str, Any]) -> None:
    """The other parameters."""
    normalization = body.get("apply_text_normalization")
    if normalization is not None and normalization not in NORMALIZATION:
        message = "Input should be 'auto', 'on' or 'off'"
        raise ill_formed(["body", "apply_text_normalization"], message, "enum", normalization)
    seed = body.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED):
        message = f"Input should be an integer from 0 to {LARGEST_SEED}"
        raise ill_formed(["body", "seed"], message, "int_range", seed)


def check_settings(settings: Any) -> None:
    """The settings of the voice."""
    if not isinstance(settings, dict):
        raise ill_formed(["body", "voice_settings"], "Input should be a valid dictionary", "dict_type", settings)
    for name, (low, high) in RANGES.items():
        given = settings.get(name)
        if given is None:
            continue
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            raise ill_formed(["body", "voice_settings", name], "Input should be a valid number", "float_type", given)
        if not low <= given <= high:
            message = (
                f"Invalid setting for {name} received, expected to be greater or equal to {low} and less or equal to "
                f"{high}, received {given}"
            )
            raise refused(400, "invalid_voice_settings", message)
    boost = settings.get("use_speaker_boost")
    if boost is not None and not isinstance(boost, bool):
        where = ["body", "voice_settings", "use_speaker_boost"]
        raise ill_formed(where, "Input should be a valid boolean", "bool_type", boost)
