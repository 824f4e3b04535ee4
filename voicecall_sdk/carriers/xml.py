"""What carriers that execute documents have in common: elements, text that XML can hold, text in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped (XML 1.0, production 2)."""

SENTENCE_ENDS: Final = (". ", "! ", "? ", "\n")

ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
QUOTED: Final = ESCAPED | str.maketrans({'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"})

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def element(name: str, inside: str = "", /, **attributes: str | int) -> str:
    """One element; its attributes in the order of their names. What is inside is XML already."""
    written = "".join([f' {key}="{str(attributes[key]).translate(QUOTED)}"' for key in sorted(attributes)])
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written} />"


def escaped(text: str) -> str:
    """Text to stand inside an element."""
    return text.translate(ESCAPED)


def sayable(text: str, most: int) -> list[str]:
    """A text in pieces of at most `most` characters that XML can hold; none if there is nothing to say."""
    return [part for part in pieces(NOT_XML.sub(" ", text).strip(), most) if part]


def pieces(text: str, most: int) -> Iterator[str]:
    """A text in pieces of at most `most` characters, cut after a sentence, or else a word."""
    while len(text) > most:
        head = text[:most]
        ends = [head.rfind(end) + 1 for end in SENTENCE_ENDS]
        at = max(ends) or head.rfind(" ") + 1 or most
        yield text[:at].strip()
        text = text[at:].strip()
    yield text
