"""Gather: keys collected on a leg, after a prompt or without one, until a rule ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.announcing import Item, announcer, played_item, spoken_item
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.world.clock import MILLISECOND

DEFAULTS: Final[Mapping[str, Any]] = {
    "minimum_digits": 1,
    "maximum_digits": 128,
    "maximum_tries": 1,
    "timeout_millis": 60_000,
    "initial_timeout_millis": None,
    "inter_digit_timeout_millis": 5_000,
    "terminating_digit": "#",
    "valid_digits": "0123456789#*",
}
TRIES: Final = 3
INITIAL: Final = 5_000


class Gathering:
    """One gather from its command to its `call.gather.ended`. `prompts` make what is played before each try."""

    def __init__(
        self,
        leg: CallLeg,
        given: Mapping[str, Any],
        prompts: Callable[[bool], list[Item]],
        gather_id: str | None = None,
    ) -> None:
        rules = {**DEFAULTS, **{name: value for name, value in given.items() if value is not None}}
        self._leg = leg
        self._prompts = prompts
        self._gather_id = gather_id
        self._least: int = rules["minimum_digits"]
        self._most: int = rules["maximum_digits"]
        self._tries: int = rules["maximum_tries"]
        self._whole: int = rules["timeout_millis"]
        self._first: int | None = rules["initial_timeout_millis"]
        self._between: int = rules["inter_digit_timeout_millis"]
        self._last: str = rules["terminating_digit"]
        self._allowed: str = rules["valid_digits"]
        self._digits = ""
        self._playing: list[Item] = []
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.over = False
        if leg.gathering is not None:
            leg.gathering.stop("cancelled")
        leg.gathering = self
        leg.on_key.append(self._key)
        leg.on_end.append(lambda: self.stop("call_hangup"))
        self._try(invalid=False)

    def stop(self, status: str) -> None:
        """End it. Harmless when it is over."""
        if self.over:
            return
        self.over = True
        self._leg.gathering = None
        self._leg.on_key.remove(self._key)
        self._hush()
        for timer in self._timers.values():
            timer.cancel()
        extra: dict[str, Any] = {} if self._gather_id is None else {"gather_id": self._gather_id}
        self._leg.tell("call.gather.ended", digits=self._digits, status=status, **extra)

    def _try(self, *, invalid: bool) -> None:
        self._tries -= 1
        self._digits = ""
        self._playing = self._prompts(invalid)
        if not self._playing:
            self._wait()
            return
        self._playing[-1].over = self._wait
        for item in self._playing:
            announcer(self._leg).add(item)

    def _wait(self) -> None:
        """The prompt is over: time runs from now, unless a key has come already."""
        self._playing = []
        if self.over:
            return
        self._arm("whole", self._whole)
        if self._first is not None and not self._digits:
            self._arm("key", self._first)

    def _key(self, key: str) -> None:
        if self._playing:
            self._hush()
            self._arm("whole", self._whole)
        if key == self._last:
            self._judge(timed_out=False)
            return
        self._digits += key
        if len(self._digits) >= self._most:
            self._judge(timed_out=False)
        else:
            self._arm("key", self._between)

    def _judge(self, *, timed_out: bool) -> None:
        for timer in self._timers.values():
            timer.cancel()
        if len(self._digits) >= self._least and all(key in self._allowed for key in self._digits):
            self.stop("valid")
        elif self._tries > 0:
            self._try(invalid=bool(self._digits) or not timed_out)
        else:
            self.stop("timeout" if timed_out and not self._digits else "invalid")

    def _arm(self, name: str, millis: int) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._leg.plant.tasks.later(
            millis * MILLISECOND, lambda: None if self.over else self._judge(timed_out=True)
        )

    def _hush(self) -> None:
        prompt, self._playing = self._playing, []
        for item in prompt:
            announcer(self._leg).end(item)


def gather(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Collect keys without a prompt."""
    rules = {"initial_timeout_millis": INITIAL, **given}
    gather_id = given.get("gather_id") or ids.new_uuid(leg.plant.surroundings.chance, "gather")
    _ = Gathering(leg, rules, lambda invalid: [], gather_id)


def gather_using_speak(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Collect keys after a text."""

    def prompts(invalid: bool) -> list[Item]:
        texts = [given["payload"]]
        if invalid and given.get("invalid_payload"):
            texts.insert(0, given["invalid_payload"])
        return [spoken_item(leg, {**given, "payload": text}, silent=True) for text in texts]

    _ = Gathering(leg, {"maximum_tries": TRIES, **given}, prompts)


def gather_using_audio(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Collect keys after a file."""
    _ = played_item(leg, given)

    def prompts(invalid: bool) -> list[Item]:
        files = [{name: given.get(name) for name in ("audio_url", "media_name")}]
        sorry = {name: given.get(f"invalid_{name}") for name in ("audio_url", "media_name")}
        if invalid and any(sorry.values()):
            files.insert(0, sorry)
        return [played_item(leg, {name: value for name, value in file.items() if value}) for file in files]

    _ = Gathering(leg, {"maximum_tries": TRIES, **given}, prompts)


def gather_stop(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """End a gather, if there is one."""
    if leg.gathering is not None:
        leg.gathering.stop("cancelled")


FIDELITY: Final = (
    ("defaults of digits, tries and timeouts", "OpenAPI", "documented"),
    ("the first key interrupts a prompt", "OpenAPI", "documented"),
    ("the terminating digit is not among the digits", "no source", "assumed"),
    ("enough allowed digits are valid, also when time runs out; too few are invalid", "no source", "assumed"),
    ("without input a gather times out with no digits", "OpenAPI", "assumed"),
    ("maximum_tries prompts, after bad input the invalid prompt first", "OpenAPI", "documented"),
    ("gather_using_speak tells no speak events", "OpenAPI", "documented"),
    ("a second gather cancels the first", "no source", "assumed"),
    ("gather_id is told with plain gathers", "OpenAPI of the command", "documented"),
)  # fmt: skip
