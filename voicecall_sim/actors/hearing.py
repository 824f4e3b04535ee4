"""All that somebody has heard, over all their calls, and waiting for what they are to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voicecall_sim.actors.ear import Ear
from voicecall_sim.actors.utterance import Utterance
from voicecall_sim.world.clock import Clock, Micros, seconds


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has listened: the utterance, how many of its characters, and the instant."""

    utterance: int = 0
    characters: int = 0
    at: Micros = 0


START: Final = Mark()
"""Nothing has been listened to."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that was waited for has been heard.

    `at` is the instant: of the character with which the running text matched, or the end of the last sound of a whole
    utterance. `text` is what matched, `mark` where the search goes on.
    """

    at: Micros
    text: str
    utterance: Utterance
    mark: Mark


class Hearing:
    """The utterances that reached somebody's ears, in the order in which they began."""

    def __init__(self, clock: Clock) -> None:
        self.utterances: list[Utterance] = []
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def begin(self, ear: Ear) -> Utterance:
        """A new utterance at that ear."""
        utterance = Utterance(len(self.utterances), ear)
        self.utterances.append(utterance)
        return utterance

    def changed(self) -> None:
        """A voice began or ended, or an utterance is complete: tell whoever waits."""
        for listener in tuple(self._listeners):
            listener()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when a voice begins or ends or an utterance is complete; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def mark(self) -> Mark:
        """Everything up to now has been listened to."""
        now, last = self._clock.now(), len(self.utterances) - 1
        if last < 0 or self.utterances[last].complete:
            return Mark(last + 1, 0, now)
        return Mark(last, len(self.utterances[last].text), now)

    def first(
        self, matches: Callable[[str], bool], *, since: Mark = START, whole: bool = False, ear: Ear | None = None
    ) -> Heard | None:
        """The earliest match after `since` as far as it can be known now; it may lie ahead, if nobody cuts the voice.

        Running text is tried at every character, from `since.characters` on in the utterance of the mark; a whole
        utterance when it is complete. Without `ear` only what came to the latest call at that instant counts.
        """
        look = _in_whole if whole else _in_running
        best: Heard | None = None
        for utterance in self.utterances[since.utterance :]:
            if ear is not None and utterance.ear is not ear:
                continue
            if best is not None and best.at <= utterance.began:
                break
            found = look(utterance, matches, since, ear is not None)
            if found is not None and (best is None or found.at < best.at):
                best = found
        return best

    async def heard(
        self, matches: Callable[[str], bool], *, since: Mark = START, whole: bool = False, ear: Ear | None = None
    ) -> Heard:
        """Return at the earliest instant at which something heard after `since` matches; see `first`.

        Waits for ever: put a limit around it.
        """
        while True:
            found = self.first(matches, since=since, whole=whole, ear=ear)
            if found is not None and found.at <= self._clock.now():
                return found
            if found is None:
                since = self._past(since)
            await self.change(until=None if found is None else found.at)

    async def change(self, until: Micros | None = None) -> None:
        """Return at the next change, or at the instant `until`."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        end = self.on_change(changed.set)
        timer = None
        if until is not None:
            timer = loop.call_later(seconds(max(0, until - self._clock.now())), changed.set)
        try:
            await changed.wait()
        finally:
            end()
            if timer is not None:
                timer.cancel()

    def _past(self, since: Mark) -> Mark:
        # what is complete and did not match never will
        number = since.utterance
        while number < len(self.utterances) and self.utterances[number].complete:
            number += 1
        return since if number == since.utterance else Mark(number, 0, since.at)


def _in_running(utterance: Utterance, matches: Callable[[str], bool], since: Mark, any_call: bool) -> Heard | None:
    taken, after = (since.characters, since.at) if utterance.number == since.utterance else (0, -1)
    for instant in utterance.growth(after):
        if not any_call and _superseded(utterance, instant):
            return None
        text = utterance.text_at(instant)
        if len(text) > taken and matches(text[taken:]):
            return Heard(instant, text[taken:], utterance, Mark(utterance.number, len(text), instant))
    return None


def _in_whole(utterance: Utterance, matches: Callable[[str], bool], since: Mark, any_call: bool) -> Heard | None:
    if not utterance.complete or not utterance.voiced or (not any_call and _superseded(utterance, utterance.ended)):
        return None
    text = utterance.text
    if not matches(text):
        return None
    return Heard(utterance.ended, text, utterance, Mark(utterance.number + 1, 0, utterance.ended))


def _superseded(utterance: Utterance, instant: Micros) -> bool:
    turned_away = utterance.ear.superseded
    return turned_away is not None and turned_away < instant
