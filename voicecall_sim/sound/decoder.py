"""The ear for coded speech: it finds symbols in what it is fed, and keeps the characters with their times."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from voicecall_sim.sound.characters import PAUSE, Characters, Symbol
from voicecall_sim.sound.g711 import RATE, SILENT, Samples, ulaw
from voicecall_sim.sound.hunting import (
    BLOCK,
    CERTAIN,
    JUMP,
    MARGIN,
    NEAR,
    SETTLE,
    Burst,
    clearest,
    energies,
    jump,
    weigh,
)
from voicecall_sim.sound.reading import Reading, linear, read
from voicecall_sim.sound.sound import BYTE_TIME, CUT, SILENCE
from voicecall_sim.sound.waveform import LONGEST, SHORTEST
from voicecall_sim.world.clock import SECOND

USUAL: Final = BYTE_TIME * RATE // SECOND
"""Samples of a symbol until another pace has been heard."""
LEAST: Final = SHORTEST * RATE // SECOND
MOST: Final = LONGEST * RATE // SECOND
FLOOR: Final = -55.0
"""dBFS below which nothing is heard."""
ECHO: Final = 25.0
"""A sound with so many times less energy than the last voice (14 dB) is its echo."""
FADING: Final = RATE
"""For so many samples after a voice its echo is not listened to."""
LATE: Final = 3 * BLOCK
"""Samples after a jump before which a symbol begins that made it."""
SLOTS: Final = 4
"""For so many symbols the rhythm is kept without hearing one."""
HARDLY: Final = 0.05
"""The energy of a symbol under way, relative to the one before, from which on it is heard."""


@dataclass(slots=True)
class Slot:
    """Where the next symbol is expected, from the rhythm of those before; uncertain after a single one."""

    start: int
    length: int
    certain: bool = True

    @property
    def slack(self) -> int:
        """By how much it may be too long: a pace that is not of whole milliseconds may fall between samples."""
        return 2 if self.length % BLOCK else 0

    def end_of(self, sample: int) -> int:
        """The end of the slot that this sample falls into."""
        return self.start + ((sample + MARGIN - self.start) // self.length + 1) * self.length


class Decoder:
    """Hears coded speech in mu-law at 8 kHz. Symbols once appended never change.

    A character is appended as soon as its last sample has been fed. What was cut, or is unintelligible but clearly a
    voice, is `▯`. Beeps, music, noise of the line and silence are nothing. `heard` counts the samples; sound below
    `floor` (dBFS) is not heard.
    """

    def __init__(self, floor: float = FLOOR) -> None:
        self.heard = 0
        self._floor = (32768 * 10 ** (floor / 20)) ** 2
        self._characters = Characters()
        self._buffer = bytearray()
        self._base = 0  # the sample that the buffer begins with; a multiple of BLOCK
        self._end = 0  # of the buffer
        self._due = 0  # the sample with which the symbol is complete that is being followed
        self._following: Slot | None = None
        self._rhythm = Slot(-MOST, USUAL, certain=False)  # the last one that was heard
        self._from = 0  # up to this sample everything has been made out; a multiple of BLOCK
        self._jump: int | None = None
        self._damaged_until = 0
        self._loud = 0.0
        self._fading_until = 0
        self._finished = False
        self._joined = (0, "")  # so many symbols, and their text

    @property
    def symbols(self) -> list[Symbol]:
        """The characters heard by now, in order; not to be changed."""
        return self._characters.symbols

    @property
    def due(self) -> int:
        """The number of samples heard before which nothing changes: the end of a symbol that is being followed."""
        return self._due

    def feed(self, ulaw: bytes) -> None:
        """Hear more, in pieces of any size. Raises `ValueError` once finished."""
        if self._finished:
            raise ValueError("the decoder is finished; what comes now needs another one")
        if not self._buffer and self._following is None and not ulaw.strip(SILENT):
            self.heard += len(ulaw)
            return
        self._take(ulaw)
        self.heard = self._end
        if self._end >= self._due:
            self._decode()

    def feed_linear(self, samples: Samples) -> None:
        """Hear more, given as linear samples at 8 kHz."""
        self.feed(ulaw(samples))

    def finish(self) -> None:
        """No more comes: a character under way was cut. Harmless when finished."""
        if not self._finished:
            self._finished = True
            self._take(SILENCE * 2 * MOST)
            self._decode()
            self._characters.close()

    def text_at(self, sample: int) -> str:
        """What had been heard at that sample (of those fed), with `▯` for a character under way there."""
        count = self._ended_by(sample)
        text = self._text(count)
        if count < len(self.symbols):
            return text + CUT if self.symbols[count].began < sample else text
        return text + CUT if self._under_way(sample) else text

    def _text(self, count: int) -> str:
        known, text = self._joined if self._joined[0] <= count else (0, "")
        if known < count:
            text += "".join([symbol.text for symbol in self.symbols[known:count]])
            self._joined = count, text
        return text

    def next_change(self, sample: int) -> int | None:
        """The end of the next character after that sample; None while none has been heard."""
        count = self._ended_by(sample)
        return self.symbols[count].ended if count < len(self.symbols) else None

    def _ended_by(self, sample: int) -> int:
        """How many symbols had ended at that sample: all, or all but the last one, if somebody listens along."""
        symbols = self.symbols
        count = len(symbols)
        if not count or symbols[-1].ended <= sample:
            return count
        if count > 1 and symbols[-2].ended <= sample:
            return count - 1
        return bisect_right(symbols, sample, key=lambda symbol: symbol.ended)

    def _take(self, ulaw: bytes) -> None:
        if not self._buffer:
            # what was not kept was silent
            self._base = (self.heard - 2 * MARGIN) // BLOCK * BLOCK
            self._buffer += SILENCE * (self.heard - self._base)
            self._from = max(self._from, self._base + MARGIN)
        self._buffer += ulaw
        self._end = self._base + len(self._buffer)

    def _cut(self, first: int, last: int) -> bytes:
        return bytes(self._buffer[first - self._base : last - self._base])

    def _decode(self) -> None:
        while self._follow() if self._following is not None else self._hunt():
            pass

    # following: each symbol begins where the one before ended

    def _follow(self) -> bool:
        slot = self._following
        assert slot is not None
        end = slot.start + slot.length
        if self._end < end:
            return False
        window = self._cut(slot.start, end)
        reading = read(window)
        if reading is None or self._echoes(reading.energy, slot.start):
            self._lose_track(slot.start if window.strip(SILENT) else end)
            return True
        return self._hear(reading, slot.start + reading.slip, slot)

    def _hear(self, reading: Reading, start: int, slot: Slot) -> bool:
        end = start + slot.length
        if end > self._end:
            return False
        if end <= self.heard + slot.slack:
            self._characters.add(reading.byte, max(0, start), min(end, self.heard))
        else:
            self._characters.lose(max(0, start), self.heard)
        slot.start = end
        self._rhythm = slot
        self._following = slot if slot.certain else None
        self._due = end + slot.length if slot.certain else 0
        self._jump = None
        self._from = end // BLOCK * BLOCK
        self._damaged_until = end
        self._loud = reading.energy
        self._fading_until = end + FADING
        self._forget()
        return True

    def _echoes(self, energy: float, sample: int) -> bool:
        return energy * ECHO < self._loud and sample < self._fading_until

    def _lose_track(self, sample: int) -> None:
        self._following = None
        self._due = 0
        self._from = (sample - MARGIN // 2) // BLOCK * BLOCK

    # hunting: nothing is known but the rhythm of what was heard before

    def _hunt(self) -> bool:
        if self._jump is None:
            self._jump = self._next_jump()
            if self._jump is None:
                return False
        burst = weigh(linear(self._cut(self._jump - MARGIN, self._end)), self._rhythm.length)
        return burst is not None and self._judge(self._jump - MARGIN, burst)

    def _next_jump(self) -> int | None:
        if not self._skip_silence():
            return None
        if self._end - self._from < LEAST:
            # no symbol can have ended
            return None
        first = self._from - MARGIN
        blocks = energies(linear(self._cut(first, self._end)))
        seen = jump(blocks, self._floor)
        if seen is None:
            self._from = max(self._from, first + BLOCK * (len(blocks) - NEAR))
            self._forget()
            return None
        # its clearest place may be yet to come
        return first + BLOCK * clearest(blocks, seen, self._floor) if seen + SETTLE + NEAR <= len(blocks) else None

    def _skip_silence(self) -> bool:
        sounding = len(self._cut(self._from, self._end).lstrip(SILENT))
        self._from = max(self._from, (self._end - sounding) // BLOCK * BLOCK)
        if sounding:
            return True
        partial = self._characters.partial
        if partial is not None and self._end - partial.ended > PAUSE:
            self._characters.close()
        self._forget()
        if self._characters.partial is None and not self._cut(self._base, self._end).strip(SILENT):
            self._buffer.clear()
        return False

    def _judge(self, origin: int, burst: Burst) -> bool:
        start = origin + burst.began
        if self._echoes(burst.loud, start):
            self._pass_by()
        elif not LEAST <= burst.length <= MOST:
            self._miss(origin, burst)
        elif self._end < start + burst.length:
            return False
        else:
            return self._try(origin, burst)
        return True

    def _try(self, origin: int, burst: Burst) -> bool:
        start, before = origin + burst.began, self._rhythm
        reading = read(self._cut(start, start + burst.length))
        known = burst.length == before.length
        if reading is None or not (known or reading.whole):
            self._miss(origin, burst)
            return True
        # two beginnings tell the pace to the sample
        late = start + reading.slip - before.start
        again = known and not before.certain and abs(late) <= BLOCK
        length = burst.length + (late if again else 0)
        sure = again or (known and before.certain)
        return self._hear(reading, start + reading.slip, Slot(start, length, sure))

    def _miss(self, origin: int, burst: Burst) -> None:
        began = origin + burst.began
        # one that begins well after the jump has a jump of its own, still to come
        late = burst.began > MARGIN + LATE
        if burst.meant and not late and began >= self._damaged_until - MARGIN:
            ended = origin + (burst.ended or MARGIN + CERTAIN * BLOCK)
            self._characters.lose(max(0, began), min(self.heard, ended))
            self._damaged_until = self._slot_end(began)
        self._pass_by()

    def _slot_end(self, sample: int) -> int:
        rhythm = self._rhythm
        near = rhythm.start - MARGIN <= sample < rhythm.start + SLOTS * rhythm.length
        return rhythm.end_of(sample) if near else sample + rhythm.length

    def _pass_by(self) -> None:
        assert self._jump is not None
        self._from = self._jump + MARGIN
        self._jump = None

    def _forget(self) -> None:
        spare = self._from - 2 * MARGIN - self._base
        if spare > 0:
            del self._buffer[:spare]
            self._base += spare

    # what is under way at a sample for which no symbol has been heard yet

    def _under_way(self, sample: int) -> bool:
        if self._finished:
            return False
        partial = self._characters.partial
        if partial is not None and partial.began < sample:
            return True
        if self._following is not None:
            if sample <= self._following.start:
                return False
            return self._energy(self._following.start, sample) > HARDLY * self._loud
        if self._jump is not None:
            return self._damaged_until - MARGIN <= self._jump < sample
        before = self._energy(self._from - MARGIN, self._from)
        return self._energy(self._from, sample) > JUMP * before + self._floor

    def _energy(self, first: int, last: int) -> float:
        wave = linear(self._cut(max(first, self._base), max(last, self._base)))
        return float(wave @ wave) / max(1, len(wave))
