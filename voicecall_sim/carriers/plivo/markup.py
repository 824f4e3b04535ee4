"""Plivo XML read into elements: `read_document` says what there is, or that the document is invalid. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element as Node

from voicecall_sim.carriers.plivo import attributes
from voicecall_sim.carriers.plivo.attributes import Grammar
from voicecall_sim.carriers.plivo.elements import (
    Conference,
    Dial,
    Dialled,
    Dtmf,
    Element,
    Hangup,
    Input,
    Play,
    PreAnswer,
    Prompt,
    Record,
    Redirect,
    Speak,
    Stream,
    Unemulated,
    Wait,
)
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

DECLARATION: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
LONGEST_TEXT: Final = 3000
BREAK: Final[Micros] = 400 * MILLISECOND
LANGUAGES: Final = frozenset(
    language
    for one in ("da-DK nl-NL en-AU en-GB en-US fr-FR fr-CA de-DE", "it-IT pl-PL pt-PT pt-BR ru-RU es-ES es-US sv-SE")
    for language in one.split()
)
"""Of the voices WOMAN and MAN."""


class InvalidXml(ValueError):
    """A document that cannot be performed; the text says why."""


@lru_cache(maxsize=256)
def read_document(data: bytes, *, lenient: bool = False) -> tuple[Element, ...]:
    """The elements of a document. Raises `InvalidXml`. `lenient` skips elements that do not exist."""
    if DECLARATION.search(data):
        raise InvalidXml("a document type is declared")
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, LookupError, ValueError) as problem:
        raise InvalidXml(f"it is not well-formed: {problem}") from problem
    if root.tag != "Response":
        raise InvalidXml(f"its root is <{root.tag}>, not <Response>")
    return tuple(read_elements(root, ELEMENTS, lenient=lenient))


def read_elements(
    node: Node, allowed: Mapping[str, Callable[[Node], Element]], *, lenient: bool = False
) -> Iterator[Element]:
    """The elements inside one. Raises `InvalidXml`."""
    for child in node:
        read = allowed.get(child.tag)
        if read is not None:
            yield made(read, child)
        elif not lenient or child.tag in ELEMENTS:
            raise InvalidXml(f"<{child.tag}> cannot stand in <{node.tag}>")


def made(read: Callable[[Node], Element], node: Node) -> Element:
    """One element. Raises `InvalidXml` for values that will not do."""
    try:
        return read(node)
    except InvalidXml:
        raise
    except ValueError as problem:
        raise InvalidXml(f"<{node.tag}>: {problem}") from problem


def fields(node: Node, grammar: Grammar) -> dict[str, Any]:
    """The fields that the attributes fill."""
    told: dict[str, Any] = {}
    for name, value in node.attrib.items():
        if name in grammar:
            field, read = grammar[name]
            told[field] = read(value)
    return told


def text(node: Node, what: str) -> str:
    """The element's own text. Raises `InvalidXml` if there is none."""
    own = (node.text or "").strip()
    if not own:
        raise InvalidXml(f"<{node.tag}> has no {what}")
    return own


def read_speak(node: Node) -> Speak:
    """`<Speak>`, with the SSML inside it."""
    language, voice = node.get("language", "en-US"), node.get("voice", "WOMAN")
    if not voice.startswith("Polly.") and language not in LANGUAGES:
        raise InvalidXml(f"<Speak>: the voice {voice} does not speak {language}")
    words = tuple(together(runs(node)))
    if sum(len(word) for word in words if isinstance(word, str)) > LONGEST_TEXT:
        raise InvalidXml(f"<Speak> has more than {LONGEST_TEXT} characters")
    return Speak(words=words, **fields(node, attributes.SPEAK))


def runs(node: Node) -> Iterator[str | Micros]:
    """Text and breaks, as they come."""
    yield node.text or ""
    for child in node:
        if child.tag == "break":
            yield pause(child.get("time", ""))
        elif child.tag == "sub":
            yield child.get("alias", "")
        else:
            yield from runs(child)
        yield child.tail or ""


def pause(time: str) -> Micros:
    """How long a `<break>` is."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", time)
    return BREAK if match is None else round(float(match[1]) * (SECOND if match[2] == "s" else MILLISECOND))


def together(found: Iterator[str | Micros]) -> Iterator[str | Micros]:
    """Neighbouring texts as one, white space collapsed, empty ones left out."""
    said = ""
    for run in found:
        if isinstance(run, str):
            said += run
            continue
        if said.split():
            yield " ".join(said.split())
        said = ""
        yield run
    if said.split():
        yield " ".join(said.split())


def read_play(node: Node) -> Play:
    """`<Play>`."""
    return Play(url=attributes.web_url(text(node, "URL")), **fields(node, attributes.PLAY))


def read_wait(node: Node) -> Wait:
    """`<Wait>`."""
    return Wait(**fields(node, attributes.WAIT))


def read_dtmf(node: Node) -> Dtmf:
    """`<DTMF>`."""
    return Dtmf(digits=keys(text(node, "digits")), **fields(node, attributes.DTMF))


def keys(digits: str) -> str:
    """Keys and waits. Raises `ValueError` for anything else."""
    if not digits or set(digits) - set("0123456789*#wW"):
        raise ValueError(f"{digits!r} are no digits")
    return digits


def read_get_digits(node: Node) -> Input:
    """`<GetDigits>`."""
    return Input(name="GetDigits", **with_prompts(node, attributes.GET_DIGITS))


def read_get_input(node: Node) -> Input:
    """`<GetInput>`: its action is required."""
    told = with_prompts(node, attributes.GET_INPUT)
    if not told["action"]:
        raise InvalidXml("<GetInput> has no action")
    return Input(**{"name": "GetInput", "timeout": 15, "digit_timeout": None, "num_digits": 32, **told})


def with_prompts(node: Node, grammar: Grammar) -> dict[str, Any]:
    """The fields of an input with its prompts."""
    prompts: list[Prompt] = []
    for element in read_elements(node, PROMPTS):
        assert isinstance(element, Prompt)
        prompts.append(element)
    return {"action": None, **fields(node, grammar), "prompts": tuple(prompts)}


def read_record(node: Node) -> Record:
    """`<Record>`."""
    return Record(**fields(node, attributes.RECORD))


def read_dial(node: Node) -> Dial:
    """`<Dial>` with its numbers and users."""
    told = tuple(dialled(child) for child in node)
    if not told:
        raise InvalidXml("<Dial> has nobody to dial")
    return Dial(dialled=told, **fields(node, attributes.DIAL))


def dialled(node: Node) -> Dialled:
    """`<Number>` or `<User>`."""
    if node.tag not in {"Number", "User"}:
        raise InvalidXml(f"<{node.tag}> cannot stand in <Dial>")
    return Dialled(address=text(node, "address"), **fields(node, attributes.DIALLED))


def read_conference(node: Node) -> Conference:
    """`<Conference>`."""
    return Conference(room=text(node, "name"), **fields(node, attributes.CONFERENCE))


def read_redirect(node: Node) -> Redirect:
    """`<Redirect>`. What its URL is worth shows when it is requested."""
    return Redirect(url=(node.text or "").strip(), **fields(node, attributes.REDIRECT))


def read_hangup(node: Node) -> Hangup:
    """`<Hangup>`."""
    return Hangup(**fields(node, attributes.HANGUP))


def read_pre_answer(node: Node) -> PreAnswer:
    """`<PreAnswer>` with what is played early."""
    return PreAnswer(inside=tuple(read_elements(node, EARLY)))


def read_stream(node: Node) -> Stream:
    """`<Stream>`. Raises `InvalidXml` for a URL that is no WebSocket's, and for tracks a two-way one cannot have."""
    url = text(node, "URL")
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise InvalidXml(f"<Stream>: {url!r} is no ws or wss URL")
    stream = Stream(url=url, **fields(node, attributes.STREAM))
    if stream.bidirectional and stream.track != "inbound":
        raise InvalidXml("<Stream>: a bidirectional stream has the inbound track only")
    return stream


def read_unemulated(node: Node) -> Unemulated:
    """An element that exists and is not emulated."""
    return Unemulated(name=node.tag, attributes=dict(node.attrib))


PROMPTS: Final[Mapping[str, Callable[[Node], Element]]] = {
    "Speak": read_speak,
    "Play": read_play,
    "Wait": read_wait,
}
EARLY: Final[Mapping[str, Callable[[Node], Element]]] = {
    **PROMPTS,
    "GetDigits": read_get_digits,
    "Redirect": read_redirect,
    "Message": read_unemulated,
    "DTMF": read_dtmf,
}
ELEMENTS: Final[Mapping[str, Callable[[Node], Element]]] = {
    **EARLY,
    "GetInput": read_get_input,
    "Record": read_record,
    "Dial": read_dial,
    "Conference": read_conference,
    "Hangup": read_hangup,
    "PreAnswer": read_pre_answer,
    "Stream": read_stream,
    "MultiPartyCall": read_unemulated,
}

FIDELITY: Final = (
    (
        "not well-formed, another root, JSON, HTML, an empty body: invalid XML",
        "docs voice/troubleshooting",
        "documented",
    ),
    ("an unknown element makes the document invalid, or is skipped if the terms say so", "reports differ", "assumed"),
    ("a language that WOMAN and MAN do not speak makes the document invalid (8011)", "observed, hi-IN", "reported"),
    ("which elements stand in which", "plivo-python, xml/*.py", "documented"),
    ("Speak has at most 3000 characters; more is invalid", "docs voice/xml/speak (the limit)", "assumed"),
    ("a document type declaration makes the document invalid", "no source", "assumed"),
    ("relative URLs are unsupported", "docs voice/xml/overview", "documented"),
)
