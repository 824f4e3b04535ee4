"""Matchers for what is heard. Case, spaces and the final punctuation do not count: they cannot be heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from voicecall_sim.scenario.matching import AnyOf, Comparison, Difference, Every, Matches

FINAL_PUNCTUATION: Final = ".,;:!?…。！？、"


@lru_cache(maxsize=256)
def folded(text: str) -> str:
    """A text without case, every run of spaces as one. Kept: several wait for the same growing text."""
    return " ".join(text.casefold().split())


def bare(text: str) -> str:
    """A text without case, spaces and final punctuation."""
    return "".join(text.casefold().split()).rstrip(FINAL_PUNCTUATION)


@dataclass(frozen=True, slots=True)
class Spoken(Comparison):
    """A whole utterance."""

    words: str

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless the same words were heard."""
        return self.unless(isinstance(actual, str) and bare(actual) == bare(self.words), actual)


@dataclass(frozen=True, slots=True)
class SpokenWithin(Comparison):
    """Words that occur in what is heard."""

    words: str

    def matches(self, actual: Any) -> bool:
        """Whether the words occur."""
        return isinstance(actual, str) and folded(self.words) in folded(actual)

    def differences(self, actual: Any) -> Iterator[Difference]:
        """Wrong unless the words occur."""
        return self.unless(self.matches(actual), actual)


def running(matcher: Comparison) -> bool:
    """Whether a matcher is tried on the text as it grows: once it holds, more text does not undo it.

    `contains` and `matches` are; a whole utterance, and anything with `not`, has to wait for the silence.
    """
    match matcher:
        case SpokenWithin() | Matches():
            return True
        case AnyOf(choices=parts) | Every(parts=parts):
            return all(map(running, parts))
        case _:
            return False
