"""A menu that is walked through by key presses.

It journals a `menu` entry for everything entered: `{call, at, entered, took}`; `at` is the path of keys that led there,
`took` one of `choice`, `digits`, `wrong` and `nothing` (the caller took too long).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.actors import options
from voicecall_sim.actors.handset import Handset
from voicecall_sim.telephony.signals import KEYS, Pressed
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros, seconds

GOODBYE: Final = "Goodbye."
TURNAROUND: Final[Micros] = 600 * MILLISECOND
"""How long a machine takes from the last key to its next word."""
WRONG: Final = "That is not a valid choice."


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A place in the menu: says something, then takes one of `keys`, or so many `digits` and goes on to `then`.

    A place with neither is an end: it says its words and stays on the line for a while. What is pressed after the last
    digit, `#` too, belongs to the next place.
    """

    says: str
    keys: Mapping[str, Menu] = field(default_factory=dict)
    digits: int | None = None
    then: Menu | None = None


def read_menu(written: Any, path: str) -> Menu:
    """A menu as scenarios write it: `says`, keys that lead to menus, or `digits` and `then`. Raises `BadOption`."""
    if not isinstance(written, Mapping):
        raise options.BadOption(path, f"{written!r} is not a menu; write {{says: ..., 1: {{says: ...}}}}")
    place = {str(key): value for key, value in written.items()}
    keys = {key: read_menu(place.pop(key), f"{path}.{key}") for key in tuple(place) if len(key) == 1 and key in KEYS}
    read = options.read(place, {"says": options.words, "digits": options.count, "then": read_menu}, path)
    if "says" not in read:
        raise options.BadOption(path, "a menu says something; add `says`")
    if keys and "digits" in read:
        raise options.BadOption(path, "a menu takes either one key of several or `digits`, not both")
    if ("digits" in read) != ("then" in read):
        raise options.BadOption(path, "`digits` and `then` go together")
    return Menu(keys=keys, **read)


READERS: Final[Mapping[str, options.Reader]] = {
    "menu": read_menu,
    "timeout": options.duration,
    "rounds": options.count,
    "wrong": options.words,
    "goodbye": options.words,
    "lingers": options.duration,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ivr:
    """Reads `menu` out. A key pressed meanwhile interrupts; keys pressed ahead are taken in order.

    After `timeout` without a key, and after a wrong one, the place repeats, `rounds` times in all; then it says
    `goodbye` and hangs up. At an end it `lingers` that long before hanging up.
    """

    menu: Menu
    timeout: Micros = 5 * SECOND
    rounds: int = 3
    wrong: str = WRONG
    goodbye: str = GOODBYE
    lingers: Micros = 15 * SECOND

    async def __call__(self, handset: Handset) -> None:
        """One call."""
        place: Menu | None = self.menu
        path = ""
        while place is not None and (place.keys or place.then):
            path, place = await self._visit(handset, place, path)
        if place is None:
            await handset.say(self.goodbye)
        else:
            await handset.say(place.says)
            await asyncio.sleep(seconds(self.lingers))
        handset.end.hang_up()

    async def _visit(self, handset: Handset, place: Menu, path: str) -> tuple[str, Menu | None]:
        for _ in range(self.rounds):
            await self._prompt(handset, place.says)
            entered = await self._enter(handset, place.digits or 1)
            took = judge(place, entered)
            handset.journal("menu", at=path, entered=entered, took=took)
            await asyncio.sleep(seconds(TURNAROUND if entered else 0))
            if took == "choice":
                return path + entered, place.keys[entered]
            if took == "digits":
                return path, place.then
            if took == "wrong":
                drop_keys(handset)
                await self._prompt(handset, self.wrong)
        return path, None

    async def _prompt(self, handset: Handset, words: str) -> None:
        if not handset.keys.empty():
            return
        speaking = handset.speak(words)
        unlisten = handset.end.listen(lambda signal: speaking.stop() if isinstance(signal, Pressed) else None)
        await speaking.done.wait()
        unlisten()

    async def _enter(self, handset: Handset, length: int) -> str:
        entered = ""
        while len(entered) < length:
            key = await handset.key(self.timeout)
            if key is None:
                break
            entered += key
        return entered


def judge(place: Menu, entered: str) -> str:
    """What a place makes of the keys entered there."""
    if place.digits is not None:
        if entered.isdigit() and len(entered) == place.digits:
            return "digits"
    elif entered in place.keys:
        return "choice"
    return "wrong" if entered else "nothing"


def drop_keys(handset: Handset) -> None:
    """Forget what was pressed ahead."""
    while not handset.keys.empty():
        handset.keys.get_nowait()
