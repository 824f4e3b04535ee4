"""`<Connect>`, `<Start>` and `<Stop>` read into values: Twilio docs, voice/twiml/connect, /stream, /stop.

What of theirs is not emulated (ConversationRelay, Recording, Transcription and others) makes the verb `Unemulated`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from voicecall_sim.carriers.twilio import attributes
from voicecall_sim.carriers.twilio.attributes import Grammar, read_attributes, warn_of_children, warn_of_text
from voicecall_sim.carriers.twilio.debugger import Notice
from voicecall_sim.carriers.twilio.elements import Element
from voicecall_sim.carriers.twilio.stream_resource import LONGEST_PARAMETER
from voicecall_sim.carriers.twilio.verbs import Connect, Start, Stop, Stream, Unemulated


def read_connect(element: Element, notices: list[Notice]) -> Connect | Unemulated | None:
    """`<Connect>` with its one stream."""
    fields = read_attributes(element, attributes.CONNECT, notices)
    warn_of_text(element, notices)
    if (elsewhere := unemulated(element)) is not None:
        return elsewhere
    streams = [read_stream(child, notices) for child in nouns(element, notices)]
    if not streams:
        notices.append(Notice(12200, f"{element.place}: there is nothing to connect to"))
        return None
    if len(streams) > 1:
        notices.append(Notice(12200, f"{element.place}: <Connect> takes one stream, the first"))
    return Connect(stream=streams[0], **fields)


def read_start(element: Element, notices: list[Notice]) -> Start | Unemulated | None:
    """`<Start>` with its streams."""
    read_attributes(element, START, notices)
    warn_of_text(element, notices)
    if (elsewhere := unemulated(element)) is not None:
        return elsewhere
    streams = tuple(read_stream(child, notices) for child in nouns(element, notices))
    if not streams:
        notices.append(Notice(12200, f"{element.place}: there is nothing to start"))
        return None
    return Start(streams=streams)


def read_stop(element: Element, notices: list[Notice]) -> Stop | Unemulated | None:
    """`<Stop>` with the names of streams."""
    read_attributes(element, {}, notices)
    warn_of_text(element, notices)
    if (elsewhere := unemulated(element)) is not None:
        return elsewhere
    names = tuple(read_names(element, notices))
    if not names:
        notices.append(Notice(12200, f"{element.place}: there is nothing to stop"))
        return None
    return Stop(names=names)


def unemulated(element: Element) -> Unemulated | None:
    """The verb as one that cannot be performed, if it holds what cannot be."""
    inner = tuple(child.name for child in element.children)
    return Unemulated(name=element.name, inner=inner) if UNEMULATED_NOUNS & set(inner) else None


def nouns(element: Element, notices: list[Notice]) -> Iterator[Element]:
    """The streams in it; whatever else is there is warned of."""
    for child in element.children:
        if child.name == "Stream":
            yield child
        else:
            notices.append(Notice(12200, f"{child.place}: <{element.name}> cannot hold <{child.name}>"))


def read_names(element: Element, notices: list[Notice]) -> Iterator[str]:
    """What is to be stopped."""
    for child in nouns(element, notices):
        name = read_attributes(child, attributes.STOPPED_STREAM, notices).get("name")
        if name:
            yield name
        else:
            notices.append(Notice(12200, f"{child.place}: <Stream> in <Stop> needs a name"))


def read_stream(element: Element, notices: list[Notice]) -> Stream:
    """`<Stream>` with its parameters."""
    fields = read_attributes(element, attributes.STREAM, notices)
    warn_of_text(element, notices)
    return Stream(parameters=dict(read_parameters(element, notices)), **fields)


def read_parameters(element: Element, notices: list[Notice]) -> Iterator[tuple[str, str]]:
    """The parameters that are neither nameless nor too long."""
    for child in element.children:
        if child.name != "Parameter":
            notices.append(Notice(12200, f"{child.place}: <Stream> cannot hold <{child.name}>"))
            continue
        fields = read_attributes(child, attributes.PARAMETER, notices)
        warn_of_children(child, notices)
        name, value = fields.get("name", ""), fields.get("value", "")
        if not name:
            notices.append(Notice(12200, f"{child.place}: <Parameter> needs a name"))
        elif len(name) + len(value) > LONGEST_PARAMETER:
            notices.append(Notice(12200, f"{child.place}: name and value are {len(name) + len(value)} characters"))
        else:
            yield name, value


# <Start action> is known to the client alone (twilio-python 9.13), and nothing is published of what it does
START: Final[Grammar] = {"action": attributes.Attribute("", attributes.anything)} | {
    "method": attributes.Attribute("", attributes.anything)
}

# Nouns that Twilio executes and this emulator does not (twilio-python 9.13, twiml/voice_response.py)
UNEMULATED_NOUNS: Final = frozenset(
    {"ConversationRelay", "ConversationRelaySession", "AssistantSession", "AiSession", "Autopilot", "VirtualAgent"}
    | {"Room", "Conversation", "WhatsApp", "Recording", "Siprec", "Transcription"}
)

FIDELITY: Final = (
    ("an empty <Connect>, <Start> or <Stop> is a 12200 and skipped", "no source", "assumed"),
    ("of several streams in a <Connect> the first counts", "no source", "assumed"),
    ("a <Parameter> over 500 characters or without name is a 12200 and left out", "no source", "assumed"),
    ("of parameters with one name the last counts", "no source", "assumed"),
    ("audioFormat and sampleRate have no effect", "known to the client alone", "assumed"),
)
