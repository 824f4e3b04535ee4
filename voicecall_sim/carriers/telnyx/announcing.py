"""What is played on a leg: speak and playback commands, one after the other, in the order in which they came."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.audio import Unplayable, played, spoken
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.sound.sound import Sound
from voicecall_sim.telephony.line import End, Playing

BASIC: Final = "en-US"
"""The one language of the basic service level."""
CANCELLED: Final[Mapping[str, str]] = {"speak": "completed", "playback": "cancelled"}
"""How one that was stopped is told: the enum of speak has no word for it."""


@dataclass(slots=True, kw_only=True)
class Item:
    """One thing to play. `kind` is `speak` or `playback`; `silent` tells no events."""

    kind: str
    sounds: Callable[[], Awaitable[Sequence[Sound]]]
    loop: int | None = 1
    """How often; None: for ever."""
    targets: str = "self"
    told: dict[str, Any] = field(default_factory=dict)
    silent: bool = False
    over: Callable[[], None] = lambda: None
    """Called when it has been played, stopped or could not be played; not at the end of the call."""
    status: str | None = None
    """How it ended."""
    playing: list[Playing] = field(default_factory=list)


class Announcer:
    """The queue of one leg."""

    def __init__(self, leg: CallLeg) -> None:
        self._leg = leg
        self._queue: deque[Item] = deque()
        self._current: Item | None = None
        self._running = False
        leg.on_end.append(self._hang_up)

    def add(self, item: Item, stop: str | None = None) -> None:
        """Play it when its turn comes; `stop` first ends the `current` one, or `all`."""
        if stop is not None:
            self.stop(stop)
        self._queue.append(item)
        if not self._running:
            self._running = True
            self._leg.plant.performances.start(self._run())

    def stop(self, which: str) -> None:
        """End what is played now (`current`), or that and all that waits (`all`)."""
        if which == "all":
            dropped, self._queue = self._queue, deque()
            for item in dropped:
                item.status = CANCELLED[item.kind]
                item.over()
        if self._current is not None:
            self.end(self._current)

    def end(self, item: Item) -> None:
        """End one, whether it has begun or not. Harmless when it is over."""
        if item in self._queue:
            self._queue.remove(item)
        elif item is self._current:
            self._finish(item, CANCELLED[item.kind])

    def _hang_up(self) -> None:
        self._queue.clear()
        if self._current is not None:
            self._finish(self._current, "call_hangup")

    async def _run(self) -> None:
        try:
            while self._queue and not self._leg.over:
                await self._play(self._queue.popleft())
        finally:
            self._running = False

    async def _play(self, item: Item) -> None:
        self._current = item
        try:
            sounds = await item.sounds()
        except Unplayable as problem:
            self._finish(item, problem.status, status_detail=problem.detail)
            return
        if item.status is None:
            self._tell(item, "started")
        for _ in itertools.count() if item.loop is None else range(item.loop):
            for sound in sounds:
                if item.status is not None:
                    return
                item.playing = [end.play(sound) for end in ends(self._leg, item.targets)]
                for playing in item.playing:
                    await playing.done.wait()
        if item.status is None:
            self._finish(item, "completed")

    def _finish(self, item: Item, status: str, **more: Any) -> None:
        if item.status is not None:
            return
        item.status = status
        self._current = None
        for playing in item.playing:
            playing.stop()
        self._tell(item, "ended", status=status, **more)
        if status != "call_hangup":
            item.over()

    def _tell(self, item: Item, what: str, **more: Any) -> None:
        if not item.silent:
            self._leg.tell(f"call.{item.kind}.{what}", **item.told, **more)


def ends(leg: CallLeg, targets: str) -> list[End]:
    """Where something for these legs is played; on a leg without a peer it is its own anyway."""
    peer = None if leg.peer is None or leg.peer.over else leg.peer
    own = [leg.end] if targets in {"self", "both"} or peer is None else []
    return own + ([peer.end] if peer is not None and targets in {"opposite", "both"} else [])


def announcer(leg: CallLeg) -> Announcer:
    """The leg's queue."""
    if leg.announcer is None:
        leg.announcer = Announcer(leg)
    return leg.announcer


def rounds(given: Mapping[str, Any]) -> int | None:
    """How often something is played; None for ever."""
    loop = given.get("loop", 1)
    return None if loop == "infinity" else int(loop or 1)


def speak(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Speak a text."""
    if given.get("service_level") == "basic" and given.get("payload_type") == "ssml":
        raise Refused("90011", pointer="/payload_type")
    if given.get("service_level") == "basic" and given.get("language") not in (None, BASIC):
        raise Refused("90013", pointer="/language")
    announcer(leg).add(spoken_item(leg, given), given.get("stop"))


def spoken_item(leg: CallLeg, given: Mapping[str, Any], *, silent: bool = False) -> Item:
    """A text to speak. Raises `Refused`."""
    sounds = spoken(given["payload"], given.get("payload_type"))

    async def ready() -> Sequence[Sound]:
        return sounds

    return Item(
        kind="speak",
        sounds=ready,
        loop=rounds(given),
        targets=given.get("target_legs") or "self",
        told={"speak_id": ids.speak_id(leg.plant.surroundings.chance)},
        silent=silent,
    )


def playback_start(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Play a file."""
    announcer(leg).add(played_item(leg, given), given.get("stop"))


def played_item(leg: CallLeg, given: Mapping[str, Any]) -> Item:
    """A file to play. Raises `Refused` if none is named."""
    named = [name for name in ("audio_url", "media_name", "playback_content") if given.get(name) is not None]
    if not named:
        raise Refused("10004", pointer="/audio_url", name="audio_url")

    async def fetched() -> Sequence[Sound]:
        return [await played(leg.plant, given)]

    media = {"audio_url": "media_url", "media_name": "media_name"}
    told = {media[name]: given[name] for name in named if name in media}
    return Item(
        kind="playback",
        sounds=fetched,
        loop=rounds(given),
        targets=given.get("target_legs") or "self",
        told={**told, "overlay": bool(given.get("overlay", False))},
    )


def playback_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """End what is played, and what waits."""
    announcer(leg).stop(given.get("stop") or "all")


FIDELITY: Final = (
    ("commands queue; stop current skips, stop all empties the queue", "OpenAPI; playing audio", "documented"),
    ("speak.started and .ended have the same speak_id", "observed traffic", "captured"),
    ("a speak that was stopped ends as completed: its enum has nothing else", "OpenAPI enum", "assumed"),
    ("what waits in the queue when the call ends tells nothing", "no source", "assumed"),
    ("the basic service level speaks en-US and plain text alone", "OpenAPI; codes 90013, 90011 assumed", "documented"),
    ("an overlay is queued as any other: nothing is mixed", "our limit", "assumed"),
)
