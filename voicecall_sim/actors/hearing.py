"""All that somebody has heard, over all their calls, and waiting for what they are to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from voicecall_sim.actors.ear import Ear
from voicecall_sim.actors.utterance import Stretch, Utterance
from voicecall_sim.sound.sound import Sound
from voicecall_sim.world.clock import Clock, Micros, seconds


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has listened: the utterance, how many of its characters, and the instant."""

    utterance: int = 0
    characters: int = 0
    at: Micros = 0


START: Final = Mark()
"""Nothing has been listened to."""


Tried: TypeAlias = dict[Stretch, Micros]
"""Up to which instant of each stretch of sound the running text was tried in vain."""


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
        self._along: list[Callable[[], None]] = []
        self._growing: dict[object, Reading] = {}
        self._readers = 0

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

    def read_along(self, sound: Sound) -> Callable[[], None]:
        """Tell of every further character of a sound while somebody waits for running text, if it is still being made.

        The returned function ends that.
        """
        if not sound.open:
            return lambda: None
        key, reading = object(), Reading(sound, lambda: self._grown(sound))
        self._growing[key] = reading
        if self._readers:
            reading.begin()

        def end() -> None:
            if self._growing.pop(key, None) is not None:
                reading.end()

        return end

    def mark(self) -> Mark:
        """Everything up to now has been listened to."""
        now, last = self._clock.now(), len(self.utterances) - 1
        if last < 0 or self.utterances[last].complete:
            return Mark(last + 1, 0, now)
        return Mark(last, len(self.utterances[last].text), now)

    def first(
        self,
        matches: Callable[[str], bool],
        *,
        since: Mark = START,
        whole: bool = False,
        ear: Ear | None = None,
        tried: Tried | None = None,
    ) -> Heard | None:
        """The earliest match after `since` as far as it can be known now; it may lie ahead, if nobody cuts the voice.

        Running text is tried at every character, from `since.characters` on in the utterance of the mark; a whole
        utterance when it is complete. Without `ear` only what came to the latest call at that instant counts. What is
        in `tried` is not tried again, and what is tried goes there.
        """
        tried = {} if tried is None else tried
        look = _in_whole if whole else _in_running
        best: Heard | None = None
        for utterance in self.utterances[since.utterance :]:
            if ear is not None and utterance.ear is not ear:
                continue
            if best is not None and best.at <= utterance.began:
                break
            found = look(utterance, matches, since, ear is not None, tried)
            if found is not None and (best is None or found.at < best.at):
                best = found
        return best

    async def heard(
        self, matches: Callable[[str], bool], *, since: Mark = START, whole: bool = False, ear: Ear | None = None
    ) -> Heard:
        """Return at the earliest instant at which something heard after `since` matches; see `first`.

        Waits for ever: put a limit around it.
        """
        tried: Tried = {}

        def look() -> Heard | None:
            return self.first(matches, since=since, whole=whole, ear=ear, tried=tried)

        while True:
            found = look()
            if found is not None and found.at <= self._clock.now():
                return found
            if found is None:
                since = self._past(since)
            await self.change(until=None if found is None else found.at, characters=None if whole else look)

    async def change(self, until: Micros | None = None, characters: Callable[[], object | None] | None = None) -> None:
        """Return at the next change, or at the instant `until`.

        With `characters` a further one of a sound that is still being made is a change too, if that then returns
        anything: nobody is woken for each of them.
        """
        if characters is None:
            return await self._change(until)
        self._read(1)
        try:
            await self._change(until, characters)
        finally:
            self._read(-1)

    def _read_along(self, wanted: Callable[[], object | None], changed: asyncio.Event) -> Callable[[], None]:
        def grown() -> None:
            if not changed.is_set() and wanted() is not None:
                changed.set()

        self._along.append(grown)
        return lambda: self._along.remove(grown)

    def _read(self, readers: int) -> None:
        before, self._readers = self._readers, self._readers + readers
        if not before or not self._readers:
            for reading in self._growing.values():
                (reading.end if before else reading.begin)()

    def _grown(self, sound: Sound) -> None:
        """A sound has one character more, or is closed."""
        if not sound.open:
            self.changed()
            return
        for listener in tuple(self._along):
            listener()

    async def _change(self, until: Micros | None, characters: Callable[[], object | None] | None = None) -> None:
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        ends = [self.on_change(changed.set)]
        if characters is not None:
            ends.append(self._read_along(characters, changed))
        timer = None
        if until is not None:
            timer = loop.call_later(seconds(max(0, until - self._clock.now())), changed.set)
        try:
            await changed.wait()
        finally:
            for end in ends:
                end()
            if timer is not None:
                timer.cancel()

    def _past(self, since: Mark) -> Mark:
        # what is complete and did not match never will
        number = since.utterance
        while number < len(self.utterances) and self.utterances[number].complete:
            number += 1
        return since if number == since.utterance else Mark(number, 0, since.at)


class Reading:
    """Follows a sound that is still being made, while it is wanted."""

    def __init__(self, sound: Sound, tell: Callable[[], None]) -> None:
        self._sound = sound
        self._tell = tell
        self._undo: Callable[[], None] | None = None

    def begin(self) -> None:
        """Follow it."""
        self._undo = self._sound.follow(self._tell)

    def end(self) -> None:
        """Leave it alone."""
        if self._undo is not None:
            self._undo()
            self._undo = None


def _in_running(
    utterance: Utterance, matches: Callable[[str], bool], since: Mark, any_call: bool, tried: Tried
) -> Heard | None:
    taken, after = (since.characters, since.at) if utterance.number == since.utterance else (0, -1)
    for stretch in utterance.stretches:
        for instant in stretch.growth(max(after, _tried(stretch, tried))):
            if not any_call and _superseded(utterance, instant):
                return None
            text = utterance.text_at(instant)
            if len(text) > taken and matches(text[taken:]):
                return Heard(instant, text[taken:], utterance, Mark(utterance.number, len(text), instant))
            tried[stretch] = instant
    return None


def _tried(stretch: Stretch, tried: Tried) -> Micros:
    """Up to when it was tried. What was foreseen and did not come about was not: it has been cut before."""
    instant = tried.get(stretch, -1)
    return min(instant, stretch.ended - 1) if stretch.over else instant


def _in_whole(
    utterance: Utterance, matches: Callable[[str], bool], since: Mark, any_call: bool, tried: Tried
) -> Heard | None:
    if not utterance.complete or not utterance.voiced or (not any_call and _superseded(utterance, utterance.ended)):
        return None
    text = utterance.text
    if not matches(text):
        return None
    return Heard(utterance.ended, text, utterance, Mark(utterance.number + 1, 0, utterance.ended))


def _superseded(utterance: Utterance, instant: Micros) -> bool:
    turned_away = utterance.ear.superseded
    return turned_away is not None and turned_away < instant
