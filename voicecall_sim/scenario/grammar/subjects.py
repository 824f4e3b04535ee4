"""What can be expected: how matchers are written for calls, requests, webhooks, logs, records, transcripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.grammar.matcher import HEARD, PLAIN, TEXT, Reader, equal
from voicecall_sim.scenario.matching import Comparison, Named
from voicecall_sim.scenario.nodes import Node, Scalar, scalar, written, wrong
from voicecall_sim.scenario.records import Over, SomeLine, Unchanged
from voicecall_sim.telephony.signals import Cause

CALL_STATES: Final = ("accepted", "ringing", "answered", "ended")
STREAM_EVENTS: Final = (
    "opened", "refused", "failed", "closed", "mark", "cleared", "dtmf", "let in", "turned away",
)  # fmt: skip
STREAM_DIRECTIONS: Final = ("one-way", "two-way")
MARK_STATES: Final = ("queued", "played", "cleared")
STREAM_ENDERS: Final = ("app", "carrier", "network")
WEBHOOK_KINDS: Final = ("voice", "status", "action", "recording", "amd", "partial", "stream")
LOG_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
OPERATIONS: Final = ("create", "fetch", "list", "update", "delete", "end", "instruct", "start", "stop")


def vocabulary(what: str, name: str, *words: str) -> Reader:
    """A field that has one of these words."""
    return Reader(what, vocabulary=words, text=True, name=name)


def state_of_record(node: Scalar) -> Comparison:
    """`ended` is any terminal state."""
    return Over(written(node)) if node.text == "ended" else equal(node)


def record_as_word(node: Scalar) -> Comparison:
    """`stored: unchanged`."""
    if node.text == "unchanged":
        return Unchanged(written(node))
    remedy = "Write `stored: unchanged`, or the fields of the record: `stored: {state: ended}`."
    raise wrong(node, f"`{node.text}` says nothing about a record", remedy)


def transcript_as_word(node: Scalar) -> Comparison:
    """A transcript has speakers."""
    raise wrong(node, "who says this?", f"Write `{{bot: {written(node)}}}` or `{{user: {written(node)}}}`.")


def name_of(node: Scalar) -> Comparison:
    """One of the names of something."""
    return equal(node) if node.plain and node.text == "null" else Named(written(node), node.text)


def operation(key: Scalar, node: Node, cast: Cast) -> tuple[str, Comparison]:
    """`create: call` is the operation `create call`."""
    thing = scalar(node, f"what is meant by `{key.text}`")
    whole = replace(thing, text=f"{key.text} {thing.text}", plain=False)
    cast.term("request", whole)
    return "operation", Named(whole.text, whole.text)


STATE: Final = Reader("a state", plain=state_of_record, text=True, name="stateMatcher")
LINE: Final = Reader(
    "a line of a transcript",
    plain=transcript_as_word,
    fields={"bot": TEXT, "user": HEARD},
    closed=True,
    name="lineMatcher",
)
TRANSCRIPT: Final = Reader(
    "a transcript",
    plain=transcript_as_word,
    fields=LINE.fields,
    closed=True,
    item=LINE,
    line=SomeLine,
    name="transcriptMatcher",
)
RECORD: Final = Reader(
    "a record", plain=record_as_word, fields={"state": STATE, "transcript": TRANSCRIPT}, name="recordMatcher"
)
CALL_STATE: Final = vocabulary("a state of a call", "callStateMatcher", *CALL_STATES)
CALL: Final = Reader(
    "a call",
    word="a state of a call",
    main="state",
    vocabulary=CALL_STATES,
    fields={
        "state": CALL_STATE,
        "direction": vocabulary("a direction", "directionMatcher", "inbound", "outbound"),
        "from": PLAIN,
        "to": PLAIN,
        "cause": vocabulary("a cause", "causeMatcher", *(cause.value for cause in Cause)),
        "by": PLAIN,
    },
    closed=True,
    name="callMatcher",
)
OPERATION: Final = Reader("an operation", plain=name_of, text=True, name="operationMatcher", sort="request")
REFUSED: Final = Reader("a reason", plain=name_of, text=True, name="reasonMatcher", sort="reason")
EVENT: Final = Reader("an event", plain=name_of, text=True, name="eventMatcher", sort="event")
REQUEST: Final = Reader(
    "a request",
    main="operation",
    plain=name_of,
    sort="request",
    fields={"operation": OPERATION, "refused": REFUSED}
    | dict.fromkeys(("host", "method", "path", "form", "json", "status", "code"), PLAIN),
    closed=True,
    more=dict.fromkeys(OPERATIONS, operation),
    name="requestMatcher",
)
WEBHOOK: Final = Reader(
    "a webhook",
    word="a kind of webhook",
    main="kind",
    vocabulary=WEBHOOK_KINDS,
    fields={"kind": vocabulary("a kind of webhook", "kindMatcher", *WEBHOOK_KINDS)}
    | {"event": EVENT}
    | dict.fromkeys(("number", "attempt", "call", "url", "params", "status", "error"), PLAIN),
    closed=True,
    name="webhookMatcher",
)
STREAM: Final = Reader(
    "a stream",
    word="an event of a stream",
    main="event",
    vocabulary=STREAM_EVENTS,
    fields={
        "event": vocabulary("an event of a stream", "streamEventMatcher", *STREAM_EVENTS),
        "direction": vocabulary("a direction of a stream", "streamDirectionMatcher", *STREAM_DIRECTIONS),
        "how": vocabulary("a state of a mark", "markMatcher", *MARK_STATES),
        "by": vocabulary("who ended a stream", "streamEnderMatcher", *STREAM_ENDERS),
    }
    | dict.fromkeys(
        ("call", "stream", "name", "digit", "reason", "status", "code", "queued", "played", "discarded", "url"), PLAIN
    ),
    closed=True,
    name="streamMatcher",
)
LOG: Final = Reader(
    "a line of the log",
    main="message",
    fields={
        "level": vocabulary("a level", "levelMatcher", *LOG_LEVELS),
        "logger": PLAIN,
        "message": TEXT,
    },
    closed=True,
    name="logMatcher",
)

READERS: Final[Mapping[str, Reader]] = {
    reader.name: reader
    for reader in (PLAIN, TEXT, STATE, LINE, TRANSCRIPT, RECORD, CALL, REQUEST, WEBHOOK, STREAM, LOG)
    for reader in (reader, *reader.fields.values())
}
"""Every kind of matcher by its name in the schema."""
