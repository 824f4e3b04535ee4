"""YAML 1.2 text into nodes. Refused, each with its place: anchors, aliases, tags, merges, duplicate keys.

Plain scalars keep their source text: the grammar knows best whether `0123` is a number or what somebody presses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from voicecall_sim.scenario.errors import Findings, Problem, ScenarioError, no_such_place
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, written
from voicecall_sim.scenario.place import Place

LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
DEEPEST: Final = 40
"""How deep maps and lists may be nested."""

KEYPAD: Final = re.compile(r"[0-9*#wW]+")
UNQUOTED_DIGITS: Final = (
    (re.compile(r"[:,\[{]\s+(#[0-9*#wW]*)\s*[],}]"), "a `#` after a space begins a comment"),
    (re.compile(r"(?:^|[{,])\s*(\*[0-9*#wW]*)\s*:"), "unquoted, `{}` means something else in YAML"),
)
"""Digits that YAML takes for a comment or an alias, as a value and as a key."""

COMPLAINTS: Final[Sequence[tuple[str, str, str]]] = (
    # what ruamel.yaml says · what is wrong · the remedy
    ("mapping values are not allowed", "a `:` cannot stand here", "A text with `: ` in it goes into quotes."),
    ("found character '\\t'", "a tab cannot stand here", "YAML is indented with spaces."),
    ("cannot start any token", "no value begins with this character", "A text that begins so goes into quotes."),
    (
        "expected ',' or '}'",
        "this does not fit into the map in braces",
        "Pairs are separated by commas; a text with a comma, colon, brace or quote in it goes into quotes.",
    ),
    (
        "expected ',' or ']'",
        "this does not fit into the list in brackets",
        "Items are separated by commas; a text with a comma, colon or bracket in it goes into quotes.",
    ),
    ("expected <block end>", "this line does not fit where it stands", "Look at its indentation and its dash."),
    ("expected the node content", "a value is missing here", "Is there a quote, comma or dash missing before it?"),
    ("could not find expected ':'", "a key without its `:`", "Write `key: value`."),
    ("sequence entries are not allowed", "a list cannot begin here", "Its `- ` begins on a line of its own."),
    ("found unknown escape character", "this escape is unknown", "Write `\\\\` for a backslash, or use single quotes."),
    ("expected a single document", "a second document begins here", "One file holds one scenario."),
)
UNCLOSED: Final[Mapping[str, tuple[str, str]]] = {
    "while parsing a flow mapping": ("`{`", "it with `}`"),
    "while parsing a flow sequence": ("`[`", "it with `]`"),
}
UNCLOSED_TEXT: Final = ("found unexpected end of stream", "found unexpected document separator")
"""Complaints that belong where something was opened, not where its end was missed."""


def read_text(file: Path) -> str:
    """The text of a scenario file. Raises `ScenarioError` if there is none or it is not UTF-8."""
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ScenarioError([Problem(no_such_place(file), f"cannot be read: {reason}")]) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        excerpt = data.splitlines()[line - 1].decode(errors="replace") if data else ""
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode(errors="replace")) + 1
        raise ScenarioError([Problem(Place(file, line, column, excerpt), "not UTF-8", "Save it as UTF-8.")]) from error


@functools.lru_cache(maxsize=256)
def parse(text: str, file: Path) -> Pairs:
    """The map that a scenario file is. Raises `ScenarioError` with everything that is wrong with it as YAML.

    Read once: files that others use, and scenarios that are looked at again.
    """
    reading = Reading(text, file)
    root = reading.document()
    reading.findings.settle()
    if not isinstance(root, Pairs):
        place = root.place if root is not None else reading.place_at(0, 0)
        nothing = root is None or (isinstance(root, Scalar) and root.empty)
        what = "the file is empty" if nothing else "this is no scenario"
        raise ScenarioError([Problem(place, what, "A scenario is a map: `voicecall: 1`, `name: ...`, `steps: ...`.")])
    return root


class Reading:
    """One pass over the events of a file."""

    def __init__(self, text: str, file: Path) -> None:
        self.file = file
        self.text = text
        self.lines = LINE_BREAK.split(text)
        self.findings = Findings()

    def document(self) -> Node | None:
        """The root of the only document; None if there is none, or if it could not be read."""
        root: Node | None = None
        with self.findings.gathering():
            events = self.events()
            for event in events:
                if isinstance(event, DocumentStartEvent):
                    self.check_start(event, again=root is not None)
                elif isinstance(event, (NodeEvent, AliasEvent)):
                    root = self.node(event, events, 1)
        return root

    def events(self) -> Iterator[Event]:
        """The parser's events; its errors in our words."""
        try:
            yield from YAML(typ="safe", pure=True).parse(self.text)
        except ReaderError as error:
            raise ScenarioError([self.bad_character(error)]) from error
        except MarkedYAMLError as error:
            raise ScenarioError([self.complaint(error)]) from error
        except YAMLError as error:
            raise ScenarioError([Problem(self.place_at(0, 0), f"not YAML: {error}")]) from error

    def check_start(self, event: DocumentStartEvent, again: bool) -> None:
        """One document, without directives."""
        place = self.place_of(event)
        if again:
            raise ScenarioError([Problem(place, "a second document begins here", "One file holds one scenario.")])
        if event.version or event.tags:
            first = next((index for index, line in enumerate(self.lines) if line.startswith("%")), 0)
            self.findings.add(self.place_at(first, 0), "a YAML directive", "Scenarios are YAML 1.2: leave it out.")

    def node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        """The node that begins with this event."""
        self.refuse_decoration(event)
        place = self.place_of(event)
        if depth > DEEPEST:
            raise ScenarioError([Problem(place, f"nested more than {DEEPEST} deep", "Write it flatter.")])
        match event:
            case ScalarEvent():
                return Scalar(place, event.value, plain=not event.style)
            case SequenceStartEvent():
                return Items(place, tuple(self.items(events, depth)))
            case MappingStartEvent():
                return Pairs(place, self.distinct(self.pairs(events, depth)), flow=bool(event.flow_style))
            case _:  # an alias: complained of, and read as a text, so that reading goes on
                return Scalar(place, "*", plain=False)

    def items(self, events: Iterator[Event], depth: int) -> Iterator[Node]:
        """The items of a list."""
        for event in events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self.node(event, events, depth + 1)

    def pairs(self, events: Iterator[Event], depth: int) -> Iterator[tuple[Scalar, Node]]:
        """The pairs of a map; keys are scalars."""
        for event in events:
            if isinstance(event, MappingEndEvent):
                return
            key, value = self.node(event, events, depth + 1), self.node(next(events), events, depth + 1)
            if isinstance(key, Scalar):
                nothing = isinstance(value, Scalar) and value.empty
                yield key, Scalar(key.place, "", plain=True) if nothing else value
            else:
                self.findings.add(key.place, "a key is a single word", f'Quote it if it is a text: "{written(key)}".')

    def distinct(self, pairs: Iterator[tuple[Scalar, Node]]) -> tuple[tuple[Scalar, Node], ...]:
        """The pairs, the first of each key."""
        seen: dict[str, tuple[Scalar, Node]] = {}
        for key, value in pairs:
            if key.text in seen:
                first = seen[key.text][0].place
                self.findings.add(key.place, f"`{key.text}` is there twice", f"It stands in line {first.line} already.")
            elif key.text == "<<" and key.plain:
                self.findings.add(key.place, "merging by `<<` is refused", "Share whole blocks by `use: file.yaml`.")
            else:
                seen[key.text] = (key, value)
        return tuple(seen.values())

    def refuse_decoration(self, event: Any) -> None:
        """No aliases, anchors, tags: what stands in the file is what is meant."""
        place = self.place_of(event)
        if isinstance(event, AliasEvent):
            self.findings.add(place, *alias_complaint(event.anchor))
        elif event.anchor is not None:
            remedy = "Write the value out where it is needed, or share blocks by `use: file.yaml`."
            self.findings.add(place, f"the anchor `&{event.anchor}` is refused", remedy)
        if getattr(event, "ctag", None) is not None:
            self.findings.add(place, "a YAML tag is refused", "Leave it out; quotes make a text of anything.")

    def complaint(self, error: MarkedYAMLError) -> Problem:
        """A syntax error: what ruamel.yaml says, in the words of the table."""
        said, mark = str(error.problem), error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark is not None else (0, 0)
        digits = self.unquoted_digits(line)
        if digits is not None:
            return digits
        opened = error.context_mark
        late = opened is not None and (opened.line < line or "<stream end>" in said)
        if opened is not None and (said in UNCLOSED_TEXT or (error.context in UNCLOSED and late)):
            return self.unclosed(self.place_at(opened.line, opened.column), str(error.context), line)
        for words, message, remedy in COMPLAINTS:
            if words in said:
                return Problem(self.place_at(line, column), message, remedy)
        return Problem(self.place_at(line, column), f"not YAML: {said}", "Is there a quote, comma or dash missing?")

    def unclosed(self, opened: Place, context: str, line: int) -> Problem:
        """A brace, bracket or quote that was opened and does not end where it should."""
        sign, close = UNCLOSED.get(context, ("quote", "it"))
        last = min(line, len(self.lines) - 1)
        late = f" before line {last + 1}, or quote the text there that has a sign of YAML in it"
        remedy = f"Close {close}{late if opened.line - 1 < last and sign != 'quote' else ''}."
        return Problem(opened, f"the {sign} opened here is not closed", remedy)

    def unquoted_digits(self, last: int) -> Problem | None:
        """Digits with `#`, which begins a comment, or `*`: in this line or one of the three before."""
        for number in range(min(last, len(self.lines) - 1), max(-1, last - 4), -1):
            for pattern, message in UNQUOTED_DIGITS:
                found = pattern.search(self.lines[number])
                if found is not None:
                    place = self.place_at(number, found.start(1), len(found[1]))
                    return Problem(place, message.format(found[1]), f'Quote the digits: "{found[1]}".')
        return None

    def bad_character(self, error: ReaderError) -> Problem:
        """A character that YAML does not allow anywhere."""
        index = int(error.position)
        before = LINE_BREAK.split(self.text[:index])
        shown = f"U+{ord(self.text[index]):04X}" if index < len(self.text) else "a character"
        place = self.place_at(len(before) - 1, len(before[-1]))
        return Problem(place, f"{shown} cannot stand in YAML", "Take it out, or write it as an escape in quotes.")

    def place_of(self, event: Any) -> Place:
        """Where a node begins; its width when it stands on one line."""
        start, end = event.start_mark, event.end_mark
        leaf = isinstance(event, (ScalarEvent, AliasEvent))
        width = end.column - start.column if leaf and end.line == start.line else 1
        return self.place_at(start.line, start.column, width)

    def place_at(self, line: int, column: int, width: int = 1) -> Place:
        """A place by line and column counted from 0."""
        excerpt = self.lines[line] if line < len(self.lines) else ""
        return Place(self.file, line + 1, column + 1, excerpt, max(1, width))


def alias_complaint(name: str) -> tuple[str, str]:
    """Message and remedy for `*name`: digits that were meant to be pressed, or an alias."""
    digits = name.rstrip(":")
    if KEYPAD.fullmatch(digits) or not digits:
        return f"unquoted, `*{digits}` means something else in YAML", f'Quote the digits: "*{digits}".'
    return f"the alias `*{name}` is refused", "Write the value out, or quote it if it is a text."
