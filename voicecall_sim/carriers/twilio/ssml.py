"""What is spoken inside a `<Say>`: runs of text, and the pauses that SSML puts between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.elements import Element
from voicecall_sim.carriers.twilio.timing import SSML_BREAK
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros


def spoken_runs(element: Element, notices: list[Notice]) -> Iterator[str | Micros]:
    """Runs of text, blanks collapsed, and the pauses between them."""
    text = ""
    for item in spoken_items(element, notices):
        if isinstance(item, str):
            text += item
        else:
            yield from collapsed(text)
            text = ""
            yield item
    yield from collapsed(text)


def collapsed(text: str) -> tuple[str, ...]:
    """The text with its blanks collapsed, if there is any."""
    run = " ".join(text.split())
    return (run,) if run else ()


def spoken_items(element: Element, notices: list[Notice]) -> Iterator[str | Micros]:
    """The content of an element that is spoken, in order."""
    for item in element.content:
        if isinstance(item, str):
            yield item
        elif item.name == "break":
            yield break_time(item, notices)
        elif item.name == "sub":
            yield item.attributes.get("alias", item.own_text)
        elif item.name in SSML:
            yield from spoken_items(item, notices)
        else:
            notices.append(Notice(12200, f"{item.place}: <Say> cannot hold <{item.name}>"))


def break_time(element: Element, notices: list[Notice]) -> Micros:
    """How long a `<break>` is."""
    text = element.attributes.get("time")
    if text is None:
        return BREAKS.get(element.attributes.get("strength", "medium"), SSML_BREAK)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if match is None:
        notices.append(Notice(12200, f"{element.place}: time={text!r} is no duration such as 500ms or 1s"))
        return SSML_BREAK
    return round(float(match[1]) * (SECOND if match[2] == "s" else MILLISECOND))


# Elements whose content is spoken as it stands (Twilio docs, voice/twiml/say/text-speech)
SSML: Final = frozenset(
    {
        "emphasis",
        "lang",
        "p",
        "phoneme",
        "prosody",
        "s",
        "say-as",
        "w",
        "amazon:domain",
        "amazon:effect",
        "mark",
        "voice",
    }
)
BREAKS: Final[Mapping[str, Micros]] = {
    "none": 0,
    "x-weak": 100 * MILLISECOND,
    "weak": 200 * MILLISECOND,
    "medium": SSML_BREAK,
    "strong": 700 * MILLISECOND,
    "x-strong": 1000 * MILLISECOND,
}

FIDELITY: Final = (
    ("SSML is heard as its text", "voice/twiml/say/text-speech", "assumed"),
    ("SSML breaks by strength last 0 to 1 s", "no figure is published", "assumed"),
)
