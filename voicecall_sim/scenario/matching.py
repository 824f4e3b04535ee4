"""Matchers: what a scenario expects of a value. `difference` explains; whether it matches is derived from that.

The values of other rooms: texts, numbers, booleans, None, lists and maps of them. What a person hears has matchers of
its own, in `hearing`; so have the records of calls, in `records`.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol


class Matcher(Protocol):
    """Something expected. Its `str` is how the scenario wrote it."""

    def difference(self, actual: Any) -> Sequence[str]:
        """What is wrong with the value, a line each, with the path to it; empty when it matches."""
        ...

    def matches(self, actual: Any) -> bool:
        """Whether nothing is wrong with it: for what is asked at every character that somebody hears."""
        ...


class Missing:
    """Stands for what is not there."""

    def __repr__(self) -> str:
        return "missing"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected, and the path to it in the value (`transcript[0].bot`; empty for itself)."""

    text: str
    path: str = ""

    def below(self, step: str) -> Difference:
        """The same, seen from one step further up."""
        joint = "." if self.path and not self.path.startswith("[") else ""
        return Difference(self.text, f"{step}{joint}{self.path}")

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


@dataclass(frozen=True, slots=True)
class Comparison(ABC):
    """A matcher. `written` is how the scenario wrote it."""

    written: str

    def difference(self, actual: Any) -> Sequence[str]:
        """What is wrong with the value, a line each, with the path to it; empty when it matches."""
        return [str(one) for one in self.differences(actual)]

    def matches(self, actual: Any) -> bool:
        """Whether there is no difference."""
        return next(self.differences(actual), None) is None

    @abstractmethod
    def differences(self, actual: Any) -> Iterator[Difference]:
        """Everything wrong with the value."""

    def __str__(self) -> str:
        return self.written

    def unless(self, good: bool, actual: Any) -> Iterator[Difference]:
        """The usual difference, unless all is well."""
        if not good:
            yield Difference(f"expected {self.written}, was {shown(actual)}")


def shown(actual: Any) -> str:
    """A value as it appears in a difference: on one line, not too long."""
    if actual is None or isinstance(actual, (str, bool)):
        text = json.dumps(actual, ensure_ascii=False)
    elif isinstance(actual, Mapping):
        text = "{" + ", ".join(f"{named(key)}: {shown(value)}" for key, value in actual.items()) + "}"
    elif isinstance(actual, (list, tuple)):
        text = "[" + ", ".join(map(shown, actual)) + "]"
    else:
        text = str(actual) if isinstance(actual, (int, float)) else repr(actual)
    return text if len(text) <= 300 else f"{text[:299]}…"


def named(key: Any) -> str:
    """A key as it appears there: quoted where it would not stay on its line."""
    text = str(key)
    return text if text.isprintable() else json.dumps(text)


# --- leaves -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Anything(Comparison):
    """Whatever is there."""

    def differences(self, actual: Any) -> Iterator[Difference]:
        """None, unless nothing is there at all."""
        return self.unless(actual is not MISSING, actual)


@dataclass(frozen=True, slots=True)
class Equal(Comparison):
    """Equality. A value that was written without quotes also equals its source text: `Digits: 1` is "1"."""

    value: Any
    source: str | None = None

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless equal in value and kind (1 is not true, but 1.0)."""
        return self.unless(self.equals(actual), actual)

    def equals(self, actual: Any) -> bool:
        """Whether the value is this one."""
        if isinstance(actual, str):
            return actual in (self.value, self.source)
        if self.value is None:
            return actual is None or actual is MISSING
        return isinstance(actual, bool) is isinstance(self.value, bool) and bool(actual == self.value)


@dataclass(frozen=True, slots=True)
class Named(Comparison):
    """A name of something that may have several: the carrier's own, and those that scenarios use on all carriers."""

    name: str

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless it is one of the names. Case does not count."""
        return self.unless(any(self.name.lower() == name.lower() for name in names(actual)), actual)


def names(actual: Any) -> tuple[str, ...]:
    """The names of something that may have several: a tuple of texts, or one text."""
    return actual if isinstance(actual, tuple) else (actual,) if isinstance(actual, str) else ()


@dataclass(frozen=True, slots=True)
class Contains(Comparison):
    """A text that occurs in a text, letter by letter, or an item that occurs in a list."""

    words: str

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless it occurs; among names, unless it occurs in one."""
        if isinstance(actual, tuple):
            return self.unless(any(self.words in name for name in actual), actual)
        return self.unless(isinstance(actual, (str, list, tuple)) and self.words in actual, actual)


@dataclass(frozen=True, slots=True)
class Holds(Comparison):
    """A list in which at least one item matches."""

    item: Comparison

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless some item matches."""
        return self.unless(isinstance(actual, (list, tuple)) and any(map(self.item.matches, actual)), actual)


@dataclass(frozen=True, slots=True)
class Matches(Comparison):
    """A regular expression that is found somewhere in the text."""

    pattern: re.Pattern[str]

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless found, in one of several names; numbers are searched as they are written."""
        if isinstance(actual, tuple):
            return self.unless(any(self.pattern.search(name) for name in actual), actual)
        searchable = isinstance(actual, (str, int, float)) and not isinstance(actual, bool)
        return self.unless(searchable and self.pattern.search(str(actual)) is not None, actual)


@dataclass(frozen=True, slots=True)
class Between(Comparison):
    """A number from `low` to `high`, both included; durations are in µs."""

    low: float
    high: float

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless a number in the range."""
        number = isinstance(actual, (int, float)) and not isinstance(actual, bool)
        return self.unless(number and self.low <= actual <= self.high, actual)


# --- combinations -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnyOf(Comparison):
    """One of several."""

    choices: tuple[Comparison, ...]

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless one of them matches."""
        return self.unless(any(choice.matches(actual) for choice in self.choices), actual)


@dataclass(frozen=True, slots=True)
class Every(Comparison):
    """Several things at once: `{contains: "a", not: {contains: "b"}}`."""

    parts: tuple[Comparison, ...]

    def differences(self, actual: Any) -> Iterator[Difference]:
        """What is wrong for each part."""
        for part in self.parts:
            yield from part.differences(actual)


@dataclass(frozen=True, slots=True)
class Not(Comparison):
    """Anything but this; also nothing at all."""

    inner: Comparison

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong if the inner one matches."""
        return self.unless(not self.inner.matches(actual), actual)


@dataclass(frozen=True, slots=True)
class Subset(Comparison):
    """A map that has at least these keys; each value has a matcher."""

    fields: Mapping[str, Comparison]

    def differences(self, actual: Any) -> Iterator[Difference]:
        """What is wrong with each of the keys."""
        if not isinstance(actual, Mapping):
            yield from self.unless(False, actual)
            return
        for key, matcher in self.fields.items():
            yield from (one.below(key) for one in matcher.differences(actual.get(key, MISSING)))


@dataclass(frozen=True, slots=True)
class Exactly(Comparison):
    """A map with these keys and no other."""

    whole: Subset

    def differences(self, actual: Any) -> Iterator[Difference]:
        """What is wrong with its keys, and the keys too many."""
        yield from self.whole.differences(actual)
        extra = [key for key in actual if key not in self.whole.fields] if isinstance(actual, Mapping) else []
        yield from (Difference(f"not expected, was {shown(actual[key])}", str(key)) for key in extra)


@dataclass(frozen=True, slots=True)
class Elements(Comparison):
    """A list of that length whose items match one by one."""

    items: tuple[Comparison, ...]

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Another length, else what is wrong with each item."""
        if not isinstance(actual, (list, tuple)):
            yield from self.unless(False, actual)
        elif len(actual) != len(self.items):
            yield Difference(f"expected {len(self.items)} items, was {len(actual)}: {shown(actual)}")
        else:
            for index, (matcher, item) in enumerate(zip(self.items, actual, strict=True)):
                yield from (one.below(f"[{index}]") for one in matcher.differences(item))
