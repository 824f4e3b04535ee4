"""One call of somebody on the line: what they do in it, one thing after the other, and what the journal tells of it.

Journal entries, with the person's name as `who` (instants in µs; `call` is the number of the network's call):

- `heard`: an utterance that reached the ear, when it is complete: `{call, text, began, ended, cut}`, and
  `unintelligible: true` if nothing of it can be made out;
- `said`: words that went out to the other side, when they are over: `{call, text, began, ended, cut}`;
- `sound`: a beep or another sound without words that went out: `{call, name, began, ended, cut}`;
- `keys`: one key: `{call, keys, way}`, where `way` is `pressed` or `heard`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from voicecall_sim.actors.character import KEY_TIME, PAUSES, Action, Character, HangUp, Pause, Press, Say
from voicecall_sim.actors.ear import Ear
from voicecall_sim.actors.hearing import Hearing
from voicecall_sim.actors.utterance import Utterance
from voicecall_sim.sound.sound import CUT, Sound
from voicecall_sim.telephony.line import End, Playing
from voicecall_sim.telephony.signals import Gone, LegState, Pressed, Signal, SoundEnded
from voicecall_sim.world.clock import Micros, seconds


class Handset:
    """A telephone in somebody's hand, from the first ring or the dialling to the end of the leg.

    `ear` hears from the pick-up on (a caller's from the dialling on). `keys` holds the keys of the other side that
    nobody has taken yet, `keys_heard` all of them. What is begun with `spawn`, `later` or `do` ends with the leg.
    """

    def __init__(self, character: Character, end: End, hearing: Hearing, context: Context) -> None:
        self.end = end
        self.ear = Ear(end, hearing, self._heard, context)
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.keys_heard = ""
        self.hearing = hearing
        self._character = character
        self._context = context
        self._journal = end.leg.surroundings.journal
        self._to_do: deque[Action] = deque()
        self._doing: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._at_end: list[Callable[[], None]] = []
        end.listen(self._arrives)
        end.peer.listen(self._leaves)

    @property
    def call(self) -> int | None:
        """The number of the network's call; None before a carrier accepted it."""
        call = self.end.leg.call
        return None if call is None else call.number

    @property
    def connected(self) -> bool:
        """Whether the call is answered and not over."""
        return self.end.leg.state is LegState.ANSWERED

    # -- doing several things, one after the other

    def do(self, *actions: Action) -> None:
        """Do these when everything asked for before is done; returns at once. Nothing is done when the leg is over."""
        if self.end.leg.gone is not None:
            return
        self._to_do.extend(actions)
        if self._doing is None or self._doing.done():
            self._doing = self._start(self._work())

    def interrupt(self, *actions: Action) -> None:
        """Do these now, and nothing of what was asked for before."""
        self._to_do.clear()
        if self._doing is not None:
            self._doing.cancel()
            self._doing = None
        if self.end.playing is not None:
            self.end.playing.stop()
        self.do(*actions)

    async def _work(self) -> None:
        while self._to_do:
            await self._act(self._to_do.popleft())

    async def _act(self, action: Action) -> None:
        match action:
            case Say(words):
                await self.say(words)
            case Press(keys):
                await self.press(keys)
            case Pause(span):
                await asyncio.sleep(seconds(span))
            case HangUp():
                self.end.hang_up()

    # -- doing one thing

    def speak(self, words: str) -> Playing:
        """Begin to speak these words."""
        return self.end.play(self._character.voice(words))

    async def say(self, words: str) -> None:
        """Speak these words to their end, or until they are stopped."""
        await self.speak(words).done.wait()

    async def sound(self, sound: Sound) -> None:
        """Let something sound to its end, or until it is stopped."""
        await self.end.play(sound).done.wait()

    async def press(self, keys: str) -> None:
        """Press keys, with pauses (`w`, `W`) between them."""
        for key in keys:
            if key not in PAUSES:
                self.end.press(key)
            await asyncio.sleep(seconds(PAUSES.get(key, KEY_TIME)))

    async def key(self, within: Micros) -> str | None:
        """The next key that the other side pressed or presses; None if none comes in that span."""
        try:
            async with asyncio.timeout(seconds(within)):
                return await self.keys.get()
        except TimeoutError:
            return None

    # -- what lasts as long as the leg

    def spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until it returns or the leg ends."""
        _ = self._start(doing)

    def _start(self, doing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        name = f"{self._character.name} on leg {self.end.leg.number}"
        task = asyncio.get_running_loop().create_task(doing, name=name, context=self._context)
        self._tasks = [*(known for known in self._tasks if not known.done()), task]
        return task

    def later(self, span: Micros, do: Callable[[], None]) -> None:
        """Call `do` after that span, unless the leg has ended by then."""
        self._timers.append(asyncio.get_running_loop().call_later(seconds(span), do, context=self._context))

    def at_end(self, do: Callable[[], None]) -> None:
        """Call `do` at the instant at which the leg ends."""
        self._at_end.append(do)

    def journal(self, kind: str, **data: Any) -> None:
        """Write an entry in the person's name, with the call's number."""
        self._journal.write(self._character.name, kind, {"call": self.call, **data})

    # -- what comes and goes on the line

    def _arrives(self, signal: Signal) -> None:
        match signal:
            case Pressed(key):
                self._key_heard(key)
            case Gone():
                self._over()
            case _:
                pass

    def _leaves(self, signal: Signal) -> None:
        match signal:
            case SoundEnded(playing) if playing.played:
                self._sounded(playing)
            case Pressed(key):
                self.journal("keys", keys=key, way="pressed")
            case _:
                pass

    def _key_heard(self, key: str) -> None:
        if self.connected:
            self.keys_heard += key
            self.keys.put_nowait(key)
            self.journal("keys", keys=key, way="heard")

    def _sounded(self, playing: Playing) -> None:
        span = {"began": playing.began, "ended": playing.began + playing.played, "cut": playing.cut}
        if playing.sound.spoken:
            self.journal("said", text=playing.said, **span)
        else:
            self.journal("sound", name=str(playing.sound), **span)

    def _heard(self, utterance: Utterance) -> None:
        text = utterance.text
        more = {} if text.strip(f" {CUT}") else {"unintelligible": True}
        self.journal("heard", text=text, began=utterance.began, ended=utterance.ended, cut=utterance.cut, **more)

    def _over(self) -> None:
        self.ear.close()
        self._to_do.clear()
        for do in self._at_end:
            do()
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            task.cancel()
