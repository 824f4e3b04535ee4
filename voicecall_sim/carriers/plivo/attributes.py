"""The attributes of every element: their names in XML, the fields they fill, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

Reader: TypeAlias = Callable[[str], Any]
Grammar: TypeAlias = Mapping[str, tuple[str, Reader]]

MOST_EXTRA: Final = 512
NOISE_LEVELS: Final = (60, 100)
MOST_HINTS, LONGEST_HINT, LONGEST_HINTS = 500, 100, 10_000
MODELS: Final = ("default", "command_and_search", "phone_call")


def boolean(value: str) -> bool:
    """`true` or `false`."""
    if value not in {"true", "false"}:
        raise ValueError(f"{value!r} is neither true nor false")
    return value == "true"


def within(least: int, most: int | None = None) -> Reader:
    """A whole number in a range."""

    def read(value: str) -> int:
        number = int(value)
        if number < least or (most is not None and number > most):
            raise ValueError(f"{value} is out of range")
        return number

    return read


def automatic(least: int, most: int) -> Reader:
    """`auto` (None) or a whole number in a range."""
    whole = within(least, most)
    return lambda value: None if value == "auto" else whole(value)


def one_of(*words: str) -> Reader:
    """One of these words."""

    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"{value!r} is none of {', '.join(words)}")
        return value

    return read


def method(value: str) -> str:
    """GET or POST, in any case."""
    return str(one_of("GET", "POST")(value.upper()))


def web_url(value: str) -> str:
    """An absolute http or https URL."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{value!r} is no absolute http or https URL")
    return value


def kinds(value: str) -> tuple[str, ...]:
    """`dtmf`, `speech`, or both."""
    found = tuple(value.split())
    if not found or not set(found) <= {"dtmf", "speech"}:
        raise ValueError(f"{value!r} is no inputType")
    return found


def finish_key(value: str) -> str:
    """A key, or none (empty)."""
    if value in {"none", ""}:
        return ""
    if len(value) != 1 or value not in "0123456789*#":
        raise ValueError(f"{value!r} is no key")
    return value


def finish_keys(value: str) -> str:
    """Any number of keys, or none (empty)."""
    return "" if value == "none" else value


def listed(value: str) -> tuple[str, ...]:
    """A comma list."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def extra(value: str) -> str:
    """Extra headers of a stream, at most 512 bytes."""
    if len(value.encode()) > MOST_EXTRA:
        raise ValueError("extraHeaders is longer than 512 bytes")
    return value


def sound(value: str) -> str | None:
    """A URL whose document says what is played; empty for none."""
    return web_url(value) if value else None


def music(value: str) -> str | None:
    """A URL as that of `sound`; `real` and `none` are none."""
    return None if value in {"real", "none"} else sound(value)


def beep_or_url(value: str) -> str | None:
    """`beep:1` and the like, or a URL as that of `sound`."""
    return value if value.startswith("beep") else sound(value)


def hints(value: str) -> tuple[str, ...]:
    """Phrases of a comma list: at most 500 of 100 characters, 10,000 together."""
    found = listed(value)
    if len(found) > MOST_HINTS or len(value) > LONGEST_HINTS or any(len(one) > LONGEST_HINT for one in found):
        raise ValueError("hints are at most 500 phrases of 100 characters, 10000 together")
    return found


RESULT: Final[Grammar] = {
    "action": ("action", str),
    "method": ("method", str.upper),
    "redirect": ("redirect", boolean),
}
LOOP: Final = ("loop", within(0))

SPEAK: Final[Grammar] = {"loop": LOOP}
PLAY: Final[Grammar] = {"loop": LOOP}
WAIT: Final[Grammar] = {
    "length": ("length", within(1)),
    "silence": ("silence", boolean),
    "minSilence": ("min_silence", within(0)),
    "beep": ("beep", lambda value: value != "false"),
}
DTMF: Final[Grammar] = {"async": ("asynchronous", boolean)}
GET_DIGITS: Final[Grammar] = {
    **RESULT,
    "timeout": ("timeout", within(1)),
    "digitTimeout": ("digit_timeout", within(1)),
    "numDigits": ("num_digits", within(1)),
    "finishOnKey": ("finish_on_key", finish_key),
    "retries": ("retries", within(1)),
    "playBeep": ("beep", boolean),
    "validDigits": ("valid_digits", str),
    "invalidDigitsSound": ("invalid_sound", web_url),
}
GET_INPUT: Final[Grammar] = {
    **RESULT,
    "inputType": ("kinds", kinds),
    "executionTimeout": ("timeout", within(5, 60)),
    "digitEndTimeout": ("digit_timeout", automatic(2, 10)),
    "speechEndTimeout": ("speech_timeout", automatic(2, 10)),
    "finishOnKey": ("finish_on_key", finish_key),
    "numDigits": ("num_digits", within(1, 32)),
    "language": ("language", str),
    "speechModel": ("model", one_of(*MODELS)),
    "hints": ("hints", hints),
    "profanityFilter": ("profanity_filter", boolean),
    "interimSpeechResultsCallback": ("interim", web_url),
    "interimSpeechResultsCallbackMethod": ("interim_method", method),
    "retries": ("retries", within(1)),
}
RECORD: Final[Grammar] = {
    **RESULT,
    "fileFormat": ("format", one_of("mp3", "wav")),
    "timeout": ("timeout", within(1)),
    "maxLength": ("max_length", within(1)),
    "finishOnKey": ("finish_on_key", finish_keys),
    "playBeep": ("beep", boolean),
    "recordSession": ("session", boolean),
    "startOnDialAnswer": ("on_dial_answer", boolean),
    "callbackUrl": ("callback", web_url),
    "callbackMethod": ("callback_method", method),
    "transcriptionUrl": ("transcription", web_url),
    "transcriptionMethod": ("words_method", method),
}
DIAL: Final[Grammar] = {
    **RESULT,
    "timeout": ("timeout", within(1)),
    "timeLimit": ("time_limit", within(1)),
    "callerId": ("caller_id", str),
    "hangupOnStar": ("hangup_on_star", boolean),
    "confirmSound": ("confirm_sound", sound),
    "confirmKey": ("confirm_key", finish_key),
    "confirmTimeout": ("confirm_timeout", within(1)),
    "dialMusic": ("music", music),
    "callbackUrl": ("callback", web_url),
    "callbackMethod": ("callback_method", method),
    "digitsMatch": ("digits_match", listed),
    "digitsMatchBLeg": ("digits_match_b", listed),
}
DIALLED: Final[Grammar] = {"sendDigits": ("send_digits", str)}
CONFERENCE: Final[Grammar] = {
    **RESULT,
    "muted": ("muted", boolean),
    "enterSound": ("enter_sound", beep_or_url),
    "exitSound": ("exit_sound", beep_or_url),
    "startConferenceOnEnter": ("start_on_enter", boolean),
    "endConferenceOnExit": ("end_on_exit", boolean),
    "stayAlone": ("stay_alone", boolean),
    "waitSound": ("wait_sound", sound),
    "maxMembers": ("max_members", within(1, 200)),
    "timeLimit": ("time_limit", within(1)),
    "hangupOnStar": ("hangup_on_star", boolean),
    "callbackUrl": ("callback", web_url),
    "callbackMethod": ("callback_method", method),
    "digitsMatch": ("digits_match", listed),
    "record": ("record", boolean),
    "recordFileFormat": ("record_format", one_of("mp3", "wav")),
    "recordWhenAlone": ("record_alone", boolean),
    "floorEvent": ("floor", boolean),
    "relayDTMF": ("relay", boolean),
}
REDIRECT: Final[Grammar] = {"method": ("method", str.upper)}
HANGUP: Final[Grammar] = {"reason": ("reason", str), "schedule": ("schedule", within(0))}
STREAM: Final[Grammar] = {
    "bidirectional": ("bidirectional", boolean),
    "audioTrack": ("track", one_of("inbound", "outbound", "both")),
    "streamTimeout": ("timeout", within(1)),
    "keepCallAlive": ("keep_call_alive", boolean),
    "contentType": (
        "content_type",
        one_of("audio/x-l16;rate=8000", "audio/x-l16;rate=16000", "audio/x-mulaw;rate=8000"),
    ),
    "extraHeaders": ("extra_headers", extra),
    "statusCallbackUrl": ("status_url", web_url),
    "statusCallbackMethod": ("status_method", method),
    "noiseCancellation": ("noise_cancellation", boolean),
    "noiseCancellationLevel": ("noise_level", within(*NOISE_LEVELS)),
}

FIDELITY: Final = (
    ("names, defaults and ranges of the attributes", "docs voice/xml/*; plivo-python, xml/*.py", "documented"),
    ("GetInput's ranges: 5 to 60 s, 2 to 10 s, 1 to 32 digits", "docs voice/xml/getinput", "documented"),
    ("hints are at most 500 phrases of 100 characters, 10000 together", "docs voice/xml/getinput", "documented"),
    ("recognition is the same with every speechModel and whatever the hints", "our choice", "assumed"),
    ("a value out of its range, or a relative URL, makes the document invalid", "no source", "assumed"),
    ("attributes that are unknown, or change nothing that can be told here, are left aside", "no source", "assumed"),
    (
        "a stream's contentType is audio/x-l16;rate=8000 unless said otherwise",
        "XML reference; the guide differs",
        "documented",
    ),
)
