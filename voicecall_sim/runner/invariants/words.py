"""The rule about words: what somebody heard of the application is what its record says that it said.

Compared by ear: case, spaces and final punctuation do not count. Over a media stream whole lines were heard whole, one
after the other; of an `interrupted` one as much was heard as the record has, but for a trifle at the cut. Where the
carrier speaks nothing tells the application how far a line came before somebody spoke into it: there every line was
heard up to some place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from voicecall_sim.scenario.hearing import FINAL_PUNCTUATION, bare
from voicecall_sim.sound.sound import CUT
from voicecall_sim.subjects.subject import Subject
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry

TRIFLE: Final = 2
"""Characters by which the heard and the recorded end of an interrupted line may differ."""

Places: TypeAlias = frozenset[int]
"""Up to where in what was heard a line may reach: there can be several, where something may be missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the application in its record."""

    text: str
    interrupted: bool = False

    def __str__(self) -> str:
        return f"{self.text!r}{' (interrupted)' if self.interrupted else ''}"


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that was heard. `told`: by a media stream, so that the application is told how much of it."""

    text: str
    told: bool = True


@dataclass(slots=True)
class HeardIsRecorded:
    """Looks at the end, while the application is up, at every call that it has a record of.

    `blurred` are those on whose line characters are lost; `announcements` is what the carrier says on calls by itself.
    """

    subject: Subject
    phone: PhoneNetwork
    blurred: frozenset[str]
    announcements: Sequence[str] = ()
    name: str = "what was heard is what the record says"
    kinds: frozenset[str] = frozenset({"heard", "stream", "crash"})
    _heard: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _streams: dict[int, dict[Any, list[Micros]]] = field(default_factory=lambda: defaultdict(dict))
    _deaths: list[Micros] = field(default_factory=list)

    def feed(self, entry: Entry) -> str | None:
        """Remember what was heard on which call, when it had a two-way stream, and when the application died."""
        call, event, stream = (entry.data.get(name) for name in ("call", "event", "stream"))
        if entry.kind == "crash":
            self._deaths.append(entry.at)
        elif isinstance(call, int) and entry.kind == "heard":
            self._heard[call].append(entry)
        elif isinstance(call, int) and event == "opened" and entry.data.get("direction") != "one-way":
            self._streams[call][stream] = [entry.at]
        elif isinstance(call, int) and event == "closed" and stream in self._streams[call]:
            self._streams[call][stream].append(entry.at)
        return None

    def finish(self) -> Iterator[str]:
        """Compare."""
        for call in self.phone.calls:
            record = self.subject.record_of(call.carrier_id) if call.carrier_id else None
            if record is None or "transcript" not in record:
                continue
            if (title := self._compare(call.number, record)) is not None:
                yield title

    def _compare(self, call: int, record: Mapping[str, Any]) -> str | None:
        lines = lines_of(record["transcript"])
        entries = [entry for entry in self._heard[call] if not self._announced(entry.data["text"])]
        blurred = any(entry.who in self.blurred for entry in entries)
        comparison = Comparison(blurred=blurred, streamed=bool(self._streams[call]))
        wrong = comparison.difference(self._utterances(call, entries), lines)
        if wrong is None or comparison.difference(self._utterances(call, self._known(entries)), lines) is None:
            return None
        who = entries[0].who if entries else "somebody"
        return f"on call {call} {who} heard {wrong[0]}, where the record says {wrong[1]}"

    def _utterances(self, call: int, entries: Sequence[Entry]) -> Sequence[Utterance]:
        return [Utterance(entry.data["text"], self._streaming(call, entry.data["began"])) for entry in entries]

    def _streaming(self, call: int, at: Micros) -> bool:
        """Whether the call had a stream at that instant."""
        spans = self._streams[call].values()
        return any(began <= at and (not ended or at <= ended[0]) for began, *ended in spans)

    def _known(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """What was heard, without what was under way when the application died: it cannot know of that."""
        return [
            entry
            for entry in entries
            if not any(entry.data["began"] <= death <= entry.data["ended"] for death in self._deaths)
        ]

    def _announced(self, text: str) -> bool:
        return any(bare(text) == bare(known) for known in self.announcements)


def lines_of(transcript: Sequence[Mapping[str, Any]]) -> Sequence[Line]:
    """The application's own lines of a transcript."""
    return [Line(str(line["bot"]), bool(line.get("interrupted"))) for line in transcript if "bot" in line]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How what was heard is compared with lines: whether a character may be ▯; whether the call had a stream."""

    blurred: bool = False
    streamed: bool = True

    def difference(self, utterances: Sequence[Utterance], lines: Sequence[Line]) -> tuple[str, str] | None:
        """Where they part: what was heard there and what should have been; None if they do not."""
        texts = [utterance.text for utterance in utterances]
        heard = "".join(map(squeezed, texts))
        if heard == "".join([squeezed(line.text) for line in lines]):
            return None  # letter by letter: nothing is left to be found out
        untold = self._untold(utterances)
        reached = [frozenset({0})]
        for line in lines:
            told, cut = reached[-1] - untold, reached[-1] & untold
            reached.append(self._after(line, told, heard, told=True) | self._after(line, cut, heard, told=False))
        if len(heard) in reached[-1]:
            return None
        return parted(texts, lines, [max(places) for places in reached if places])

    def _untold(self, utterances: Sequence[Utterance]) -> Places:
        """At which places a line is one that the carrier spoke."""
        last = utterances[-1].told if utterances else self.streamed
        told = [utterance.told for utterance in utterances for _ in squeezed(utterance.text)]
        return frozenset(at for at, known in enumerate([*told, last]) if not known)

    def _after(self, line: Line, places: Places, heard: str, *, told: bool) -> Places:
        """Where a line may end that begins at one of these places."""
        text = line.text if line.interrupted else line.text.rstrip(f" {FINAL_PUNCTUATION}")
        reached = [places]
        for letter in text:
            if self.blurred or not letter.isspace():
                reached.append(self._letter(letter, reached[-1], heard))
        whole = past(reached[-1], heard, FINAL_PUNCTUATION + CUT * self.blurred)
        if not told:
            return whole | past(frozenset().union(*reached), heard, CUT)
        if not line.interrupted:
            return whole
        more = [frozenset(at + extra for at in reached[-1]) for extra in range(1, TRIFLE + 1)]
        return past(frozenset().union(*reached[-TRIFLE - 1 :], *more), heard, CUT)

    def _letter(self, letter: str, places: Places, heard: str) -> Places:
        """After one more letter. A noisy line may have swallowed it; a space leaves no trace but then."""
        sound = "" if letter.isspace() else letter.casefold()
        after = {at + len(sound) for at in places if heard.startswith(sound, at)}
        if self.blurred:
            longest = range(1, len(letter.encode()) + 1)
            after |= {at + count for at in places for count in longest if heard.startswith(CUT * count, at)}
        return frozenset(after)


def past(places: Places, heard: str, skipped: str) -> Places:
    """These places, and those after any number of these characters."""
    after = set(places)
    for at in places:
        while at < len(heard) and heard[at] in skipped:
            at += 1
            after.add(at)
    return frozenset(at for at in after if at <= len(heard))


def squeezed(text: str) -> str:
    """A text without case and spaces."""
    return "".join(text.casefold().split())


def parted(texts: Sequence[str], lines: Sequence[Line], reached: Sequence[int]) -> tuple[str, str]:
    """The utterance in which they part and what follows it, and the lines from the one with which it begins.

    `reached` is up to where the first lines went, from 0 on.
    """
    first, begins = 0, 0
    while first < len(texts) and begins + len(squeezed(texts[first])) <= reached[-1]:
        begins += len(squeezed(texts[first]))
        first += 1
    number = next(count for count, at in enumerate(reached) if at >= begins or count == len(reached) - 1)
    return listed(map(repr, texts[first:])), listed(map(str, lines[number:]))


def listed(words: Iterable[str], most: int = 3) -> str:
    """Some of them, or that there are none."""
    some = list(words)
    return " ".join([*some[:most], *(["..."] if len(some) > most else [])]) or "nothing more"
