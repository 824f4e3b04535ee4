"""Answering machine detection: what answered, judged by what it says and when it is silent.

Thresholds and their meaning: OpenAPI, `answering_machine_detection_config`. All in milliseconds but the words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.sound.sound import Sound
from voicecall_sim.telephony.line import Playing
from voicecall_sim.telephony.signals import Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import MILLISECOND, Micros

CONFIG: Final[Mapping[str, int]] = {
    "after_greeting_silence_millis": 800,
    "greeting_duration_millis": 3500,
    "greeting_silence_duration_millis": 1500,
    "greeting_total_analysis_time_millis": 5000,
    "initial_silence_millis": 3500,
    "maximum_number_of_words": 5,
    "total_analysis_time_millis": 3500,
}
PREMIUM: Final[Mapping[str, int]] = {
    **CONFIG,
    "total_analysis_time_millis": 30_000,
    "initial_silence_millis": 30_000,
    "maximum_number_of_words": 1000,
    "greeting_total_analysis_time_millis": 30_000,
}
HONOURED: Final = frozenset({"total_analysis_time_millis", "greeting_duration_millis"})
"""What premium takes of the configuration."""
LOOK_EVERY: Final[Micros] = 100 * MILLISECOND
BEEP_TIMEOUT: Final = 30_000
RESIDENCE: Final[Micros] = 1500 * MILLISECOND
"""A human greeting up to here is a residence's, a longer one a business's."""

SCREENED: Final = "premium_ios_call_screening_detection"
ASKS: Final = "reason for calling"
"""What a telephone that screens its calls asks for."""

SILENT: Final = {False: "machine", True: "silence"}


class Detector:
    """Listens to a leg from its answer on, and tells."""

    def __init__(self, leg: CallLeg, mode: str, config: Mapping[str, Any]) -> None:
        self._leg = leg
        self._mode = mode
        self._premium = mode.startswith("premium")
        known = PREMIUM if self._premium else CONFIG
        taken = HONOURED if self._premium else known.keys()
        self._config = {**known, **{name: value for name, value in config.items() if name in taken}}
        self._machine = False
        self._screened = False
        self._over = False
        self._spoken: Micros = 0
        self._words = 0
        self._voice: Playing | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._stop = leg.end.listen(self._hear)
        leg.on_end.append(self._close)
        if self._premium:
            leg.tell("call.machine.premium.detection.started")
        self._arm("whole", self._config["total_analysis_time_millis"], self._undecided)
        self._arm("silence", self._config["initial_silence_millis"], self._silent)
        playing = leg.end.peer.playing
        if playing is not None:
            self._began(playing)

    # --- what is heard ---

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                self._began(playing)
            case SoundEnded(playing) if playing is self._voice:
                self._ended(playing)
            case _:
                pass

    def _began(self, playing: Playing) -> None:
        name = getattr(playing.sound, "name", "")
        if not self._machine and name.startswith("fax"):
            self._verdict("fax_detected" if self._premium else "machine", then=False)
        elif name == "beep":
            self._beep()
        elif spoken(playing.sound):
            self._voice = playing
            self._disarm("silence")
            self._look()

    def _look(self) -> None:
        """While somebody speaks: a long greeting, or one of many words, is a machine's."""
        if self._over or self._voice is None or self._machine:
            return
        if self._mode == SCREENED and not self._screened and ASKS in self._voice.heard.lower():
            self._screened = True
            self._leg.tell("call.machine.premium.call_screening.detected", result="screening")
        spoken = self._spoken + self._voice.played
        words = self._words + len(self._voice.heard.split())
        long = spoken >= self._config["greeting_duration_millis"] * MILLISECOND
        if long or words > self._config["maximum_number_of_words"]:
            self._verdict("machine")
        else:
            self._arm("look", LOOK_EVERY // MILLISECOND, self._look)

    def _ended(self, playing: Playing) -> None:
        self._spoken += playing.played
        self._words += len(playing.heard.split())
        self._voice = None
        if self._machine:
            self._arm("silence", self._config["greeting_silence_duration_millis"], self._greeting_over)
        else:
            self._arm("silence", self._config["after_greeting_silence_millis"], self._human)

    # --- what it means ---

    def _human(self) -> None:
        kind = "residence" if self._spoken <= RESIDENCE else "business"
        self._verdict(f"human_{kind}" if self._premium else "human")

    def _silent(self) -> None:
        self._verdict(SILENT[self._premium], then=not self._premium)

    def _undecided(self) -> None:
        self._verdict("silence" if self._premium and not self._spoken and self._voice is None else "not_sure")

    def _verdict(self, result: str, *, then: bool = True) -> None:
        self._disarm("whole")
        self._disarm("silence")
        self._disarm("look")
        self._leg.tell(f"call.machine.{'premium.' if self._premium else ''}detection.ended", result=result)
        self._machine = result == "machine"
        if not self._machine or not then or self._mode == "detect":
            self._close()
        elif self._mode == "greeting_end" or self._premium:
            self._arm("whole", self._config["greeting_total_analysis_time_millis"], self._greeting_over)
        elif self._mode == "detect_words":
            self._arm("whole", BEEP_TIMEOUT, self._no_beep)

    def _beep(self) -> None:
        if not self._machine and not self._premium:
            return
        self._greeting("beep_detected")

    def _greeting_over(self) -> None:
        if self._premium:
            self._greeting("no_beep_detected")
        elif self._mode == "greeting_end":
            self._greeting("ended")

    def _no_beep(self) -> None:
        self._greeting("not_sure")

    def _greeting(self, result: str) -> None:
        self._leg.tell(f"call.machine.{'premium.' if self._premium else ''}greeting.ended", result=result)
        self._close()

    # --- timers ---

    def _close(self) -> None:
        if not self._over:
            self._over = True
            self._stop()
            for timer in self._timers.values():
                timer.cancel()

    def _arm(self, name: str, millis: int, then: Callable[[], None]) -> None:
        self._disarm(name)
        self._timers[name] = self._leg.plant.tasks.later(millis * MILLISECOND, then)

    def _disarm(self, name: str) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()


def spoken(sound: Sound) -> bool:
    """Whether it is a voice, or may become one."""
    return sound.spoken or sound.open


def detect(leg: CallLeg, given: Mapping[str, Any]) -> None:
    """Begin to detect on a leg that was answered just now."""
    _ = Detector(leg, given["answering_machine_detection"], given.get("answering_machine_detection_config") or {})


FIDELITY: Final = (
    ("modes, thresholds, defaults and results", "OpenAPI; answering machine detection", "documented"),
    ("a single long word decides nothing", "our limit", "assumed"),
    ("human: a short greeting, then silence; machine: long, many words, long silent", "OpenAPI", "documented"),
    ("detect_beep tells the end with a beep only; detect_words not_sure after 30 s", "OpenAPI", "documented"),
    ("premium honours two thresholds only, and takes 30 s", "answering machine detection", "documented"),
    ("a beep before the premium verdict tells the greeting's end alone", "answering machine detection", "documented"),
    ("initial silence as long as the whole analysis, the default, is not_sure", "no source", "assumed"),
    ("a human greeting up to 1.5 s is a residence's", "no source", "assumed"),
    ("premium tells that it has begun", "OpenAPI", "documented"),
    ("premium_ios_call_screening_detection: premium, and told when a voice asks for a name and the reason for calling",
     "OpenAPI; the words are the telephone's", "assumed"),
)  # fmt: skip
