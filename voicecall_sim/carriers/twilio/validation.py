"""Reading a request's parameters as strictly as Twilio does. Pure: a form in, values out, `Refused` for a bad one.

An empty value counts as absent. Of a parameter that is given twice the first counts, except where several are meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final
from urllib.parse import unquote_plus

from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.urls import acceptable

METHODS: Final = ("GET", "POST")

FIDELITY: Final = (
    ("a body that is not application/x-www-form-urlencoded is not read", "excid3/noticed#16", "captured"),
    ("a form that cannot be decoded is refused with 20422", "nothing published", "assumed"),
    ("parameter names are case-sensitive; unknown ones are ignored", "twilio/twilio-node#50", "captured"),
    ("unknown parameters leave a warning 20001 in the debugger", "error dictionary 20001", "documented"),
    ("GET and POST in capitals only", "nothing published", "assumed"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """Parameters in the order in which they came: of a form body or of a query."""

    pairs: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, name: str) -> str | None:
        """The first value that is not empty, or None."""
        for key, value in self.pairs:
            if key == name and value:
                return value
        return None

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)

    def every(self, name: str) -> tuple[str, ...]:
        """All values that are not empty."""
        return tuple(value for key, value in self.pairs if key == name and value)

    def names(self) -> tuple[str, ...]:
        """The names, each once, in order."""
        return tuple(dict(self.pairs))

    def plain(self) -> dict[str, str | list[str]]:
        """For the journal: a name given several times has a list."""
        if len(once := dict(self.pairs)) == len(self.pairs):
            return dict(once)
        values = {name: [value for key, value in self.pairs if key == name] for name in self.names()}
        return {name: one[0] if len(one) == 1 else one for name, one in values.items()}


EMPTY: Final = Form()


def read_form(body: bytes) -> Form:
    """A form body or a raw query; 20422 if it cannot be decoded."""
    if not body:
        return EMPTY
    try:
        parts = [part.partition("=") for part in body.decode().split("&") if part]
        return Form(tuple([(_decoded(name), _decoded(value)) for name, _, value in parts]))
    except ValueError as error:
        raise Refused(20422) from error


# the same names, and mostly the same values, come again and again
_decoded: Final = lru_cache(maxsize=4096)(partial(unquote_plus, errors="strict"))


def method(form: Form, name: str, code: int = 21209) -> str:
    """An HTTP method, POST unless given."""
    value = form[name] or "POST"
    if value not in METHODS:
        raise Refused(code, name=name, value=value)
    return value


def callback(
    form: Form, name: str, method_name: str, *, local: bool, url_code: int = 21205, method_code: int = 21209
) -> Callback | None:
    """A URL to call with its method; None if no URL is given. The method is judged even then."""
    verb = method(form, method_name, method_code)
    url = form[name]
    if url is None:
        return None
    if not acceptable(url, local=local):
        raise Refused(url_code, name=name, value=url)
    return Callback(url=url, method=verb)


def whole(form: Form, name: str, default: int, bounds: tuple[int, int], code: int = 20001) -> int:
    """A whole number within bounds, both included."""
    text = form[name]
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and bounds[0] <= int(text) <= bounds[1]):
        raise Refused(code, name=name, value=text, problem=f"must be an integer between {bounds[0]} and {bounds[1]}")
    return int(text)


def choice(form: Form, name: str, allowed: Sequence[str], default: str, code: int = 20001) -> str:
    """One of several words."""
    value = form[name] or default
    if value not in allowed:
        raise Refused(code, name=name, value=value, problem="is not a valid choice")
    return value


_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


def flag(form: Form, name: str) -> bool:
    """`true` or `false`, the latter unless given."""
    return _FLAGS[choice(form, name, tuple(_FLAGS), "false")]
