"""XML to a small tree with places, strictly and without entities of the document's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice


@dataclass(slots=True)
class Element:
    """One element: its content in order, and where it begins (line and column from 1)."""

    name: str
    attributes: Mapping[str, str]
    line: int
    column: int
    content: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> Iterator[Element]:
        """The elements directly inside."""
        return (item for item in self.content if isinstance(item, Element))

    @property
    def own_text(self) -> str:
        """The text directly inside, stripped."""
        return "".join(item for item in self.content if isinstance(item, str)).strip()

    @property
    def place(self) -> str:
        """For messages."""
        return f"line {self.line}, column {self.column}"


def read_xml(data: bytes, charset: str | None = None) -> Element:
    """The root element. Raises `ApplicationFault` 12100 for what is not a well-formed document.

    Entity declarations are refused: no document of an application needs them, and they can be made to explode.
    """
    reader = _Reader(charset)
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as problem:
        raise ApplicationFault(Notice(12100, str(problem))) from problem
    return reader.root


class _Reader:
    """Builds the tree from expat's events."""

    root: Element

    def __init__(self, charset: str | None) -> None:
        self.parser = expat.ParserCreate(charset)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self._open: list[Element] = []

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parser = self.parser
        element = Element(name, attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].content.append(text)

    def _entity(self, *declaration: object) -> None:
        raise ApplicationFault(Notice(12100, "entity declarations are not accepted"))
