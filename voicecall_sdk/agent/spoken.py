"""What of a model's output is to be said aloud (reference, section 11.4).

A model is asked for one JSON object, `{"spoken": "…"}`. Models disobey, so the text is looked for in five ways, the
first that finds something wins: the whole output as JSON, a fenced block of JSON, what lies between the first `{` and
the last `}`, the words `"spoken": "…"` anywhere, and at last the plain text without code, without thinking aloud.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Payload:
    """One piece of a model's output. Errors and reasoning are never said."""

    text: str
    is_error: bool = False
    is_reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said. An empty text is silence; `end_call` says that the call is over after it."""

    text: str
    end_call: bool = False


MOST_READ: Final = 20_000
"""Characters: a quarter of an hour of speech."""

FENCE: Final = re.compile(r"```[^\n`]*\n?(.*?)(?:```|\Z)", re.DOTALL)
INLINE: Final = re.compile(r'"spoken"\s*:\s*"((?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)')
"""The value may be cut off: what there is of it is said."""

INLINE_END: Final = re.compile(r'"end_call"\s*:\s*true\b')

THINKING: Final = re.compile(
    r"""
    (?: thinking\ process | (?:my\ )?(?:reasoning|analysis|thoughts?|plan) ) \s* (?: : | $ )
    | (?: okay,?\ |ok,?\ |so,?\ |alright,?\ )? the\ (?:user|caller)\ (?:
          is\ (?:asking|saying|requesting|looking|trying|greeting) | asks?\b | asked\b | wants?\b | said\b | says\b
        | needs?\b | seems?\b | just\b | has\ asked )
    | (?: okay,?\ |ok,?\ |so,?\ |first,?\ |now,?\ )? (?:
          i\ (?:should|need\ to|must|have\ to|will\ need\ to)\b | let\ me\ think\b | let's\ think\b
        | we\ (?:should|need\ to|must)\b )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""How a paragraph begins that is not meant for the caller."""


def spoken(payloads: Iterable[Payload]) -> Spoken:
    """What to say of a model's whole output, its pieces joined by a space."""
    found = [extract(payload.text) for payload in payloads if not (payload.is_error or payload.is_reasoning)]
    text = " ".join(each.text for each in found if each.text)
    return Spoken(text, end_call=any(each.end_call for each in found))


def extract(text: str) -> Spoken:
    """What to say of one piece of output, of which no more than `MOST_READ` characters are looked at."""
    text = text[:MOST_READ]
    return next(found for way in WAYS if (found := way(text)) is not None)


def _whole(text: str) -> Spoken | None:
    return _from_json(text)


def _fenced(text: str) -> Spoken | None:
    return next((found for block in FENCE.findall(text) if (found := _from_json(block))), None)


def _braced(text: str) -> Spoken | None:
    first, last = text.find("{"), text.rfind("}")
    return _from_json(text[first : last + 1]) if 0 <= first < last else None


def _inline(text: str) -> Spoken | None:
    found = INLINE.search(text)
    if found is None:
        return None
    value = json.loads(f'"{found[1]}"', strict=False)
    return Spoken(_one_line(value), end_call=INLINE_END.search(text) is not None)


def _plain(text: str) -> Spoken:
    if _is_data(text):
        return Spoken("")
    outside = FENCE.sub(" ", text)
    words = outside if outside.strip() else "\n\n".join(block for block in FENCE.findall(text) if not _is_data(block))
    return Spoken(_one_line(" ".join(_meant_for_the_caller(words))))


WAYS: Final[tuple[Callable[[str], Spoken | None], ...]] = (_whole, _fenced, _braced, _inline, _plain)


def _from_json(text: str) -> Spoken | None:
    value = _parsed(text)
    if not isinstance(value, dict) or not isinstance(value.get("spoken"), str):
        return None
    return Spoken(_one_line(value["spoken"]), end_call=value.get("end_call") is True)


def _is_data(text: str) -> bool:
    return isinstance(_parsed(text), dict | list)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text.strip(), strict=False)
    except (ValueError, RecursionError):
        return None


def _meant_for_the_caller(text: str) -> Iterator[str]:
    begun = False
    for paragraph in re.split(r"\n\s*\n", text):
        stripped = paragraph.strip().lstrip("*#_ ")
        begun = begun or (bool(stripped) and THINKING.match(stripped) is None)
        if begun:
            yield paragraph


def _one_line(text: str) -> str:
    return " ".join(_sayable(text).split())


def _sayable(text: str) -> str:
    """Without halves of characters (lone surrogates), which no carrier could be sent."""
    return text.encode("utf-8", "ignore").decode("utf-8")
