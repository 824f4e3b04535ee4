"""Attributes of TwiML elements as tables: name, field, how the text is understood, the warning for what is not.

A value that cannot be understood is warned of, and the default holds; an unknown attribute is a 12200.
Sources of the tables: Twilio docs, voice/twiml/*; attributes that only the client knows from twilio-python 9.13.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.elements import Element

Understand = Callable[[str], Any]
"""A text to its value; `ValueError` if it has none."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: the field that takes it (empty: known, without effect here) and the warning code."""

    field: str
    understand: Understand
    code: int = 12200


Grammar = Mapping[str, Attribute]


def read_attributes(element: Element, grammar: Grammar, notices: list[Notice]) -> dict[str, Any]:
    """The fields that an element's attributes set; what is wrong with them is added to `notices`."""
    fields: dict[str, Any] = {}
    for name, text in element.attributes.items():
        attribute = grammar.get(name)
        if attribute is None:
            notices.append(Notice(12200, f"{element.place}: <{element.name}> has no attribute {name!r}"))
            continue
        try:
            value = attribute.understand(text)
        except ValueError as problem:
            notices.append(Notice(attribute.code, f"{element.place}: {name}={text!r}, {problem}"))
            continue
        if attribute.field:
            fields[attribute.field] = value
    return fields


def warn_of_text(element: Element, notices: list[Notice]) -> None:
    """Text where only elements may be."""
    if element.own_text:
        notices.append(Notice(12200, f"{element.place}: <{element.name}> holds text: {element.own_text[:40]!r}"))


def warn_of_children(element: Element, notices: list[Notice]) -> None:
    """Elements where only text may be."""
    notices.extend(
        Notice(12200, f"{child.place}: <{element.name}> cannot hold <{child.name}>") for child in element.children
    )


def anything(text: str) -> str:
    """Any text."""
    return text


def whole(least: int, most: int | None = None) -> Understand:
    """A whole number within bounds."""
    bounds = f"at least {least}" if most is None else f"{least} to {most}"

    def understand(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text.strip()):
            raise ValueError(f"must be a whole number, {bounds}")
        number = int(text)
        if number < least or (most is not None and number > most):
            raise ValueError(f"must be {bounds}")
        return number

    return understand


def one_of(*choices: str) -> Understand:
    """One of some words, as they are written."""

    def understand(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return understand


def matching(pattern: str, what: str) -> Understand:
    """A text of that form."""
    compiled = re.compile(pattern)

    def understand(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {what}")
        return text

    return understand


def words(*choices: str) -> Understand:
    """Some of these words, separated by blanks."""

    def understand(text: str) -> tuple[str, ...]:
        chosen = tuple(text.split())
        if not chosen or not set(chosen) <= set(choices):
            raise ValueError(f"must be some of {', '.join(choices)}")
        return chosen

    return understand


def boolean(text: str) -> bool:
    """`true` or `false`."""
    return str(one_of("true", "false")(text)) == "true"


def method(text: str) -> str:
    """`GET` or `POST`; lower case is tolerated."""
    return str(one_of("GET", "POST")(text.upper()))


def speech_timeout(text: str) -> int | str:
    """A positive number of seconds, or `auto`."""
    return "auto" if text == "auto" else int(whole(1)(text))


def inputs(text: str) -> tuple[str, ...]:
    """`dtmf`, `speech` or both, in either order."""
    chosen: tuple[str, ...] = words("dtmf", "speech")(text)
    return chosen


_KEYS_AND_WAITS: Final = matching(r"[0-9A-D*#wW]{1,32}", "up to 32 of 0-9 A-D * # w W")
_PROGRESS: Final = words("initiated", "ringing", "answered", "completed")
_RECORDING: Final = words("in-progress", "completed", "absent")
_TRIM: Final = one_of("trim-silence", "do-not-trim")
_NO_EFFECT: Final = Attribute("", anything)

RESPONSE: Final[Grammar] = {"version": _NO_EFFECT}

SAY: Final[Grammar] = {
    "voice": Attribute("voice", anything),
    "language": Attribute("language", anything),
    "loop": Attribute("loop", whole(0), 13510),
}

PLAY: Final[Grammar] = {
    "loop": Attribute("loop", whole(0), 13410),
    "digits": Attribute("digits", matching(r"[0-9A-D*#wW]+", "of 0-9 A-D * # w W"), 13430),
}

PAUSE: Final[Grammar] = {"length": Attribute("length", whole(1), 13910)}

GATHER: Final[Grammar] = {
    "input": Attribute("inputs", inputs, 13326),
    "action": Attribute("action", anything),
    "method": Attribute("method", method, 13312),
    "timeout": Attribute("timeout", whole(1), 13313),
    "speechTimeout": Attribute("speech_timeout", speech_timeout, 13327),
    "maxSpeechTime": Attribute("max_speech_time", whole(1), 13328),
    "numDigits": Attribute("num_digits", whole(1), 13314),
    "finishOnKey": Attribute("finish_on_key", matching(r"[0-9*#]?", "one of 0-9 * #, or empty"), 13310),
    "actionOnEmptyResult": Attribute("action_on_empty_result", boolean, 13338),
    "bargeIn": Attribute("barge_in", boolean, 13332),
    "language": Attribute("language", anything),
    "profanityFilter": Attribute("profanity_filter", boolean, 13333),
    "partialResultCallback": Attribute("partial_callback", anything),
    "partialResultCallbackMethod": Attribute("partial_method", method, 13329),
    "hints": _NO_EFFECT,
    "speechModel": _NO_EFFECT,
    "enhanced": _NO_EFFECT,
    "debug": _NO_EFFECT,
}

RECORD: Final[Grammar] = {
    "action": Attribute("action", anything),
    "method": Attribute("method", method, 13610),
    "timeout": Attribute("timeout", whole(1), 13611),
    "finishOnKey": Attribute("finish_on_key", matching(r"[0-9*#]*", "of 0-9 * #, or empty"), 13613),
    "maxLength": Attribute("max_length", whole(1), 13612),
    "playBeep": Attribute("play_beep", boolean, 13616),
    "trim": Attribute("trim", _TRIM, 13699),
    "transcribe": Attribute("transcribe", boolean, 13614),
    "transcribeCallback": _NO_EFFECT,
    "recordingStatusCallback": Attribute("status_callback", anything),
    "recordingStatusCallbackMethod": Attribute("status_method", method, 13610),
    "recordingStatusCallbackEvent": Attribute("status_events", _RECORDING, 13621),
    "recordingConfigurationId": _NO_EFFECT,
}

DIAL: Final[Grammar] = {
    "action": Attribute("action", anything),
    "method": Attribute("method", method, 13210),
    "answerOnBridge": Attribute("answer_on_bridge", boolean, 13219),
    "callerId": Attribute("caller_id", anything, 13214),
    "callReason": _NO_EFFECT,
    "hangupOnStar": Attribute("hangup_on_star", boolean, 13213),
    "record": Attribute(
        "record",
        one_of(
            "do-not-record",
            "record-from-answer",
            "record-from-ringing",
            "record-from-answer-dual",
            "record-from-ringing-dual",
            "true",
            "false",
        ),
        13217,
    ),
    "recordingStatusCallback": Attribute("recording_callback", anything, 13256),
    "recordingStatusCallbackMethod": Attribute("recording_method", method, 13210),
    "recordingStatusCallbackEvent": Attribute("recording_events", _RECORDING, 13621),
    "recordingTrack": Attribute("recording_track", one_of("inbound", "outbound", "both"), 13217),
    "recordingConfigurationId": _NO_EFFECT,
    "referUrl": _NO_EFFECT,
    "referMethod": _NO_EFFECT,
    "ringTone": _NO_EFFECT,
    "sequential": Attribute("sequential", boolean, 13218),
    "timeLimit": Attribute("time_limit", whole(1), 13216),
    "timeout": Attribute("timeout", whole(5, 600), 13212),
    "trim": Attribute("trim", _TRIM),
    "events": _NO_EFFECT,
    "passports": _NO_EFFECT,
}

NUMBER: Final[Grammar] = {
    "sendDigits": Attribute("send_digits", _KEYS_AND_WAITS, 13222),
    "url": Attribute("url", anything),
    "method": Attribute("method", method, 13221),
    "statusCallback": Attribute("status_callback", anything),
    "statusCallbackMethod": Attribute("status_method", method, 13221),
    "statusCallbackEvent": Attribute("status_events", _PROGRESS),
    "byoc": _NO_EFFECT,
}

DETECTION: Final[Grammar] = {
    "machineDetection": Attribute("mode", one_of("Enable", "DetectMessageEnd"), 21234),
    "machineDetectionTimeout": Attribute("timeout", whole(3, 120), 21234),
    "machineDetectionSpeechThreshold": Attribute("speech_threshold", whole(1000, 6000), 21234),
    "machineDetectionSpeechEndThreshold": Attribute("speech_end_threshold", whole(500, 5000), 21234),
    "machineDetectionSilenceTimeout": Attribute("silence_timeout", whole(2000, 10000), 21234),
    "amdStatusCallback": Attribute("callback", anything),
    "amdStatusCallbackMethod": Attribute("callback_method", method, 13221),
}

CONNECT: Final[Grammar] = {"action": Attribute("action", anything), "method": Attribute("method", method)}

STREAM: Final[Grammar] = {
    "url": Attribute("url", anything),
    "name": Attribute("name", anything),
    "track": Attribute("track", anything),
    "statusCallback": Attribute("status_callback", anything),
    "statusCallbackMethod": Attribute("status_method", method),
    "connectorName": Attribute("connector", anything),
    "audioFormat": _NO_EFFECT,
    "sampleRate": _NO_EFFECT,
}

STOPPED_STREAM: Final[Grammar] = {**dict.fromkeys(STREAM, _NO_EFFECT), "name": Attribute("name", anything)}

PARAMETER: Final[Grammar] = {"name": Attribute("name", anything), "value": Attribute("value", anything)}

REDIRECT: Final[Grammar] = {"method": Attribute("method", method, 13710)}

REJECT: Final[Grammar] = {"reason": Attribute("reason", one_of("rejected", "busy"), 13810)}


def detection_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of answering machine detection out of a noun's."""
    mine: Sequence[str] = [attribute.field for attribute in DETECTION.values()]
    return {field: fields.pop(field) for field in mine if field in fields}


FIDELITY: Final = (
    ("attributes, values and defaults of the verbs", "voice/twiml/*", "documented"),
    ("a bad value is warned of and the default holds", "error dictionary 13xxx", "assumed"),
    ("<Dial timeout> outside 5..600 is a bad value", "voice/twiml/dial", "assumed"),
    ("methods in lower case are understood", "no source", "assumed"),
)
