"""The parameters of requests: which there are, what values they take, and the code that a wrong one is refused with."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from voicecall_sim.carriers.telnyx.refusals import Refused

Check: TypeAlias = Callable[[str, Any], None]
"""Judges a value that was given for a parameter of that name; raises `Refused`."""
Fields: TypeAlias = dict[str, Check]

E164: Final = re.compile(r"\+[1-9]\d{6,14}")
SIP: Final = re.compile(r"sips?:[^@\s]+@[^@\s]+")
BAD: Final = "Bad Request"
KEYS: Final = re.compile(r"[0-9A-D*#wW]{1,64}")


def text(longest: int = 4000, code: str = "10033", shortest: int = 0) -> Check:
    """A text of so many characters."""

    def check(name: str, value: Any) -> None:
        _typed(name, value, str, "a string", "10026")
        if not shortest <= len(value) <= longest:
            raise Refused(code, pointer=f"/{name}", wanted=f"{shortest} to {longest}")

    return check


def whole(least: int, most: int, code: str = "10033") -> Check:
    """A whole number between these."""

    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Refused(code, pointer=f"/{name}", wanted=f"{least} to {most}")

    return check


def one_of(*values: object, code: str = "10032") -> Check:
    """One of these."""

    def check(name: str, value: Any) -> None:
        if value not in values:
            raise Refused(code, pointer=f"/{name}", wanted=", ".join(sorted(map(str, values))))

    return check


def flag(name: str, value: Any) -> None:
    """True or false."""
    _typed(name, value, bool, "a boolean", "10026")


def thing(name: str, value: Any) -> None:
    """An object."""
    _typed(name, value, dict, "an object", "10026")


def things(name: str, value: Any) -> None:
    """A list of objects with name and value."""
    _typed(name, value, list, "an array", "10026")
    for each in value:
        if not isinstance(each, dict) or not {"name", "value"} <= each.keys():
            raise Refused("10026", pointer=f"/{name}", wanted="an array of objects with name and value")


def in_base64(name: str, value: Any) -> None:
    """A text in standard base64."""
    _typed(name, value, str, "a string", "90017")
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("90017", pointer=f"/{name}") from None


def shaped(pattern: str, code: str) -> Check:
    """A text of that form."""
    form = re.compile(pattern)

    def check(name: str, value: Any) -> None:
        if not isinstance(value, str) or form.fullmatch(value) is None:
            if code == "10015":
                raise Refused(code, pointer=f"/{name}", title=BAD, detail=f"The '{name}' parameter is not valid.")
            raise Refused(code, pointer=f"/{name}", wanted="valid")

    return check


def loop(name: str, value: Any) -> None:
    """How often something is played."""
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if value != "infinity" and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 100):
        raise Refused("90009", pointer=f"/{name}")


def address(name: str, value: Any) -> None:
    """A phone number or a SIP address."""
    if not isinstance(value, str) or (E164.fullmatch(value) is None and SIP.fullmatch(value) is None):
        raise Refused("10016", pointer=f"/{name}", name=name)


def url(*schemes: str) -> Check:
    """An absolute URL with one of these schemes."""
    return shaped(rf"(?:{'|'.join(schemes)})://[^\s/]+.*", "10015")


def event_urls(name: str, value: Any) -> None:
    """URLs by event type: a text each, or a list of them."""
    from voicecall_sim.carriers.telnyx.events import TYPES

    thing(name, value)
    for key in value:
        if key not in TYPES:
            raise Refused("90057", pointer=f"/{name}/{key}", name=key)


def retries(name: str, value: Any) -> None:
    """Explicit delays by event type: at most 5, together at most a minute."""
    thing(name, value)
    for key, policy in value.items():
        delays = policy.get("retries_ms") if isinstance(policy, dict) else None
        if not isinstance(delays, list) or len(delays) > 5 or not all(type(each) is int for each in delays):
            raise Refused("10026", pointer=f"/{name}/{key}", wanted="an object with at most 5 retries_ms")
        if sum(delays) > 60_000:
            raise Refused("10033", pointer=f"/{name}/{key}/retries_ms", wanted="0 to 60000")


def anything(name: str, value: Any) -> None:
    """Taken, and not looked at."""


def judge(given: Mapping[str, Any], fields: Fields, required: tuple[str, ...] = ()) -> None:
    """Raises `Refused` for the first parameter that is missing or wrong. What is unknown is ignored."""
    for name in required:
        if given.get(name) in (None, "", []):
            raise Refused("10004", pointer=f"/{name}", name=name)
    for name, value in given.items():
        if value is not None and name in fields:
            fields[name](name, value)


def _typed(name: str, value: Any, wanted: type, words: str, code: str) -> None:
    if not isinstance(value, wanted):
        raise Refused(code, pointer=f"/{name}", wanted=words)


FIDELITY: Final = (
    ("ranges, enumerations and defaults of parameters", "OpenAPI", "documented"),
    ("an unknown parameter is ignored", "no source", "assumed"),
    ("a null counts as not given", "no source", "assumed"),
    ("which code a value of the wrong type gets", "API error codes", "assumed"),
)
