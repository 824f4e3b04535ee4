"""Two legs joined by whoever holds an end of each: what one far end says or presses, the other hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicecall_sim.sound.sound import Rest, Sound
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Gone, Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import Micros


def bridge(a: End, b: End) -> Bridge:
    """Join the legs of two ends held by the same carrier, from this instant on.

    A sound under way is heard on the other side from its middle. The bridge ends when either leg does; it hangs
    nobody up: that is the carrier's decision.
    """
    return Bridge(a, b)


class Bridge:
    """Sounds and keys go both ways until one side leaves or `stop` is called. Then `over` is set.

    `left` is the end (`a` or `b`) whose leg ended, None while the bridge stands or when it was stopped.
    """

    def __init__(self, a: End, b: End) -> None:
        self.left: End | None = None
        self.over = asyncio.Event()
        self._ways = (Way(a, b, self._leave), Way(b, a, self._leave))
        for end in (a, b):
            if end.leg.gone is not None and self.left is None:
                self._leave(end)

    def stop(self) -> None:
        """Part the legs at this instant; what is being forwarded falls silent. Harmless when it is over."""
        for way in self._ways:
            way.close()
        self.over.set()

    def _leave(self, end: End) -> None:
        self.left = end
        self.stop()


class Way:
    """One direction of a bridge: what arrives at `source` is played or pressed at `target`."""

    def __init__(self, source: End, target: End, on_gone: Callable[[End], None]) -> None:
        self._source = source
        self._target = target
        self._on_gone = on_gone
        self._forwarded: Playing | None = None
        self._close = source.listen(self._take)
        under_way = source.peer.playing
        if under_way is not None:
            self._begin(under_way, Rest(under_way.sound, under_way.played))

    def close(self) -> None:
        """Forward nothing any more."""
        self._close()
        if self._forwarded is not None:
            self._forwarded.stop()

    def _take(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                self._begin(playing, Rest(playing.sound, 0) if playing.sound.open else playing.sound, playing.began)
            case SoundEnded(playing):
                self._end(playing)
            case Pressed(key):
                self._target.press(key)
            case Gone():
                self._on_gone(self._source)
            case _:
                pass

    def _begin(self, original: Playing, sound: Sound, began: Micros | None = None) -> None:
        # somebody who heard it begin before us may have stopped it
        if original.ended is None:
            self._forwarded = self._target.play(sound, began)

    def _end(self, original: Playing) -> None:
        copy, self._forwarded = self._forwarded, None
        if copy is None:
            return
        if original.cut:
            copy.stop()
        else:
            copy.finish()
