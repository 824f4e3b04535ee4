"""Texts with a meaning: durations with units, percentages, decibels, telephone numbers, keys. Pure functions.

Each takes the text as written and raises `Unfit` with what is wrong and what to write instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from voicecall_sim.scenario.errors import nearest
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

UNITS: Final[Mapping[str, Micros]] = {
    "d": 86_400 * SECOND,
    "h": 3_600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": MILLISECOND,
    "us": 1,
}
OTHER_UNITS: Final[Mapping[str, str]] = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "msec": "ms", "millis": "ms", "milliseconds": "ms",
    "\u00b5s": "us", "\u03bcs": "us",
}  # fmt: skip
LONGEST: Final[Micros] = 100 * 365 * UNITS["d"]

AMOUNT: Final = re.compile(r"(-?)(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z\u00b5\u03bc]*)", re.ASCII)
E164: Final = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
NUMBER_LIKE: Final = re.compile(r"\+?[\d ()./-]{3,}", re.ASCII)
KEYS: Final = re.compile(r"[0-9*#wW]+", re.ASCII)
PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*%", re.ASCII)
DECIBELS: Final = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*dB", re.ASCII | re.IGNORECASE)
INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
FLOAT: Final = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)

CORE: Final[Mapping[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
"""The words of YAML 1.2's core schema. `yes`, `no`, `on` and `off` are texts."""


class Unfit(ValueError):
    """A text that is not what it should be."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def core(text: str) -> Any:
    """An unquoted value by YAML 1.2's core schema, except that what looks like a telephone number or like digits to
    be pressed stays a text: `+15550001234`, `0123`.
    """
    if text in CORE:
        return CORE[text]
    if INTEGER.fullmatch(text) and len(text) < 300:
        return int(text)
    looks_dialled = text.startswith("+") and text[1:].isdigit()
    if FLOAT.fullmatch(text) and not looks_dialled and not INTEGER.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else text
    return text


def duration(text: str) -> Micros:
    """`800ms`, `2s`, `2.5s`, `5m`, `1h`, `1d` in whole microseconds."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        raise Unfit(f"`{text}` is no duration", "A duration is a number with a unit: 800ms, 2s, 5m, 1h, 1d.")
    sign, amount, unit = found.groups()
    if unit not in UNITS:
        raise Unfit(f"`{text}` has no unit" if not unit else f"`{unit}` is no unit of time", unit_remedy(amount, unit))
    if sign:
        raise Unfit(f"`{text}` is negative", "Time only passes.")
    exact = Decimal(amount) * UNITS[unit]
    if exact > LONGEST:
        raise Unfit(f"`{text}` is longer than a hundred years", "Nothing lasts so long.")
    if exact != int(exact):
        raise Unfit(f"`{text}` is finer than a microsecond", "Round it.")
    return int(exact)


def unit_remedy(amount: str, unit: str) -> str:
    """What to write instead of a number with an unknown unit, or with none."""
    if not unit:
        return f"Write {amount}s or {amount}ms."
    meant = OTHER_UNITS.get(unit.lower())
    return f"Write {amount}{meant}." if meant else f"Units are {', '.join(reversed(list(UNITS)))}."


def shown_duration(span: Micros) -> str:
    """The shortest text that `duration` reads as this."""
    for unit, size in UNITS.items():
        if span >= size and span % size == 0:
            return f"{span // size}{unit}"
    return "0s" if not span else f"{span}us"


def phone(text: str) -> str:
    """An E.164 number, `+15550001234`."""
    if E164.fullmatch(text):
        return text
    if NUMBER_LIKE.fullmatch(text):
        digits = "".join(character for character in text if character.isdigit()).lstrip("0")
        remedy = f"Write it as +{digits[:15]}: a plus, the country, no spaces."
        raise Unfit(f"`{text}` is not in the form of E.164", remedy)
    raise Unfit(f"`{text}` is no telephone number", "A number looks like +15550001234.")


def caller_id(text: str) -> str:
    """A telephone number, or `anonymous` for one that is withheld."""
    if text == "anonymous":
        return text
    if nearest(text, ["anonymous"]):
        raise Unfit(f"`{text}` is no telephone number", "Did you mean `anonymous`?")
    return phone(text)


def keys(text: str) -> str:
    """What is pressed: `0-9 * #`, with `w` for half a second and `W` for a second between."""
    if KEYS.fullmatch(text):
        return text
    raise Unfit(f"`{text}` cannot be pressed", "Keys are 0-9, * and #; `w` waits half a second, `W` a second.")


def percent(text: str) -> float:
    """`30%` as 0.3."""
    found = PERCENT.fullmatch(text)
    if found is None:
        raise Unfit(f"`{text}` is no percentage", "A percentage looks like 30%.")
    if Decimal(found[1]) > 100:
        raise Unfit(f"`{text}` is more than all", "A percentage is at most 100%.")
    return float(Decimal(found[1]) / 100)


def decibels(text: str) -> float:
    """`-20dB` as -20.0."""
    found = DECIBELS.fullmatch(text)
    if found is None:
        raise Unfit(f"`{text}` is no level", "A level is in decibels: -20dB.")
    return float(found[1])


def whole(text: str) -> int:
    """An integer."""
    if INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    raise Unfit(f"`{text}` is no whole number", "Write digits only, such as 3.")


def number(text: str) -> float:
    """A number."""
    if FLOAT.fullmatch(text) and len(text) < 20:
        return float(text)
    raise Unfit(f"`{text}` is no number", "Write it like 3 or 0.5.")


def flag(text: str) -> bool:
    """`true` or `false`."""
    value = CORE.get(text)
    if isinstance(value, bool):
        return value
    raise Unfit(f"`{text}` is neither true nor false", "Write `true` or `false`.")
