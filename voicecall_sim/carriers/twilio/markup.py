"""TwiML read into values, strictly: `read_document` says which verbs there are and what is wrong with them.

What makes a document unusable raises `ApplicationFault` (12100, 12101, 12102); what Twilio only warns of is noted, and
the offending element or attribute is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from voicecall_sim.carriers.twilio import attributes
from voicecall_sim.carriers.twilio.account import Callback, Detection
from voicecall_sim.carriers.twilio.attributes import read_attributes, warn_of_children, warn_of_text
from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice
from voicecall_sim.carriers.twilio.elements import Element, read_xml
from voicecall_sim.carriers.twilio.ssml import spoken_runs
from voicecall_sim.carriers.twilio.stream_markup import read_connect, read_start, read_stop
from voicecall_sim.carriers.twilio.verbs import (
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Unemulated,
    Verb,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document holds, and what its author should know."""

    verbs: tuple[Verb, ...]
    notices: tuple[Notice, ...]


@lru_cache(maxsize=256)
def read_document(data: bytes, charset: str | None = None) -> Reading:
    """Read one document. Raises `ApplicationFault` when it cannot be executed at all."""
    root = read_xml(data, charset)
    if root.name != "Response":
        raise ApplicationFault(Notice(12102, f"it is <{root.name}>"))
    version = root.attributes.get("version", VERSIONS[0])
    if version not in VERSIONS:
        raise ApplicationFault(Notice(12101, version))
    notices: list[Notice] = []
    warn_of_text(root, notices)
    read_attributes(root, attributes.RESPONSE, notices)
    return Reading(tuple(read_verbs(root, notices)), tuple(notices))


def read_verbs(root: Element, notices: list[Notice]) -> Iterator[Verb]:
    """The verbs of a document in order; what is not one is noted and skipped."""
    for element in root.children:
        read = VERBS.get(element.name)
        if read is not None:
            verb = read(element, notices)
            if verb is not None:
                yield verb
        elif element.name in UNEMULATED:
            yield Unemulated(name=element.name, inner=tuple(child.name for child in element.children))
        else:
            notices.append(Notice(12200, f"{element.place}: there is no verb <{element.name}>"))


# --- Say, Play, Pause -------------------------------------------------------------------------------------------


def read_say(element: Element, notices: list[Notice]) -> Say | None:
    """`<Say>` with the SSML inside it; None when there is nothing that could be said."""
    fields = read_attributes(element, attributes.SAY, notices)
    words = tuple(spoken_runs(element, notices))
    text = " ".join(run for run in words if isinstance(run, str))
    limit = POLLY_LIMIT if fields.get("voice", "").startswith("Polly.") else BASIC_LIMIT
    if len(text) > limit:
        notices.append(Notice(13521, f"{element.place}: {len(text)} characters, at most {limit}"))
        return None
    if not words:
        notices.append(Notice(13520, f"{element.place}: it is empty"))
        return None
    return Say(words=words, **fields)


def read_play(element: Element, notices: list[Notice]) -> Play | None:
    """`<Play>`: an address or digits; None when there is neither."""
    fields = read_attributes(element, attributes.PLAY, notices)
    warn_of_children(element, notices)
    if not element.own_text and fields.get("digits") is None:
        notices.append(Notice(12200, f"{element.place}: <Play> needs a URL or digits"))
        return None
    return Play(url=element.own_text, **fields)


def read_pause(element: Element, notices: list[Notice]) -> Pause:
    """`<Pause>`."""
    warn_of_text(element, notices)
    warn_of_children(element, notices)
    return Pause(**read_attributes(element, attributes.PAUSE, notices))


PROMPTS: Final[Mapping[str, Callable[[Element, list[Notice]], Prompt | None]]] = {
    "Say": read_say,
    "Play": read_play,
    "Pause": read_pause,
}


# --- Gather, Record, Dial ---------------------------------------------------------------------------------------


def read_gather(element: Element, notices: list[Notice]) -> Gather:
    """`<Gather>` with its prompts; other verbs in it are a 13320."""
    fields = read_attributes(element, attributes.GATHER, notices)
    warn_of_text(element, notices)
    prompts: list[Prompt] = []
    for child in element.children:
        read = PROMPTS.get(child.name)
        if read is None:
            notices.append(Notice(13320, f"{child.place}: <{child.name}>"))
            continue
        prompt = read(child, notices)
        if prompt is not None:
            prompts.append(prompt)
    return Gather(prompts=tuple(prompts), **fields)


def read_record(element: Element, notices: list[Notice]) -> Record:
    """`<Record>`."""
    fields = read_attributes(element, attributes.RECORD, notices)
    warn_of_text(element, notices)
    warn_of_children(element, notices)
    return Record(**fields)


def read_dial(element: Element, notices: list[Notice]) -> Dial | Unemulated | None:
    """`<Dial>` with its numbers: nouns, or a bare number as text."""
    fields = read_attributes(element, attributes.DIAL, notices)
    elsewhere = tuple(child.name for child in element.children if child.name in UNEMULATED_NOUNS)
    if elsewhere:
        return Unemulated(name="Dial", inner=elsewhere)
    numbers = tuple(read_numbers(element, notices))
    if not numbers:
        notices.append(Notice(13223, f"{element.place}: there is nothing to dial"))
        return None
    return Dial(numbers=numbers, **fields)


def read_numbers(element: Element, notices: list[Notice]) -> Iterator[Number]:
    """The numbers to dial, at most ten."""
    if element.own_text:
        yield Number(number=element.own_text)
    for count, child in enumerate(element.children, 1):
        if child.name != "Number" or count > MOST_NUMBERS:
            notices.append(Notice(13215, f"{child.place}: <{child.name}>"))
        elif not child.own_text:
            notices.append(Notice(13223, f"{child.place}: <Number> is empty"))
        else:
            yield read_number(child, notices)


def read_number(element: Element, notices: list[Notice]) -> Number:
    """`<Number>`; its detection always reports to a callback of its own."""
    grammar: dict[str, Any] = {**attributes.NUMBER, **attributes.DETECTION}
    fields = read_attributes(element, grammar, notices)
    warn_of_children(element, notices)
    wanted = attributes.detection_fields(fields)
    return Number(number=element.own_text, detection=noun_detection(wanted), **fields)


def noun_detection(fields: dict[str, Any]) -> Detection | None:
    """Detection as a noun asks for it: always asynchronous (Twilio docs, voice/answering-machine-detection)."""
    url, how = fields.pop("callback", None), fields.pop("callback_method", "POST")
    if "mode" not in fields:
        return None
    return Detection(asynchronous=True, callback=Callback(url=url, method=how) if url else None, **fields)


# --- the rest ---------------------------------------------------------------------------------------------------


def read_redirect(element: Element, notices: list[Notice]) -> Redirect:
    """`<Redirect>`."""
    fields = read_attributes(element, attributes.REDIRECT, notices)
    warn_of_children(element, notices)
    return Redirect(url=element.own_text, **fields)


def read_hangup(element: Element, notices: list[Notice]) -> Hangup:
    """`<Hangup>`."""
    read_attributes(element, {}, notices)
    warn_of_text(element, notices)
    warn_of_children(element, notices)
    return Hangup()


def read_reject(element: Element, notices: list[Notice]) -> Reject:
    """`<Reject>`."""
    fields = read_attributes(element, attributes.REJECT, notices)
    warn_of_text(element, notices)
    warn_of_children(element, notices)
    return Reject(**fields)


VERBS: Final[Mapping[str, Callable[[Element, list[Notice]], Verb | None]]] = {
    **PROMPTS,
    "Gather": read_gather,
    "Record": read_record,
    "Dial": read_dial,
    "Redirect": read_redirect,
    "Hangup": read_hangup,
    "Reject": read_reject,
    "Connect": read_connect,
    "Start": read_start,
    "Stop": read_stop,
}

# Verbs and nouns that Twilio executes and this emulator does not (twilio-python 9.13, twiml/voice_response.py)
UNEMULATED: Final = frozenset({"Echo", "Enqueue", "Leave", "Refer", "Pay", "Prompt", "Sms", "Queue"})
UNEMULATED_NOUNS: Final = frozenset({"Client", "Sip", "Conference", "Queue", "Sim", "WhatsApp", "Application"})

VERSIONS: Final = ("2010-04-01", "2008-08-01", "1.0")
BASIC_LIMIT: Final = 4096
POLLY_LIMIT: Final = 3000
MOST_NUMBERS: Final = 10

FIDELITY: Final = (
    ("12100 for what is not XML", "error dictionary 12100", "documented"),
    ("12102 for another root", "error dictionary 12102", "documented"),
    ("12101 for another version than 2010-04-01, 2008-08-01, 1.0", "error dictionary", "assumed"),
    ("unknown verbs and attributes are a 12200 and skipped", "error dictionary 12200", "assumed"),
    ("a Say over 4096 (Polly 3000) characters is skipped", "error dictionary 13521", "documented"),
    ("an empty Say is a 13520 and skipped", "error dictionary 13520", "documented"),
    ("Say, Play and Pause alone may be in a Gather", "voice/twiml/gather", "documented"),
    ("ten numbers at most in a Dial", "voice/twiml/dial", "documented"),
)
