"""The words that a scenario uses on every carrier, and what each means on one: a table that every carrier's folder has.

A carrier's own words stay good: its codes, its operations, its events, its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeAlias

REASONS: Final = (
    "invalid number",
    "unowned caller id",
    "forbidden destination",
    "wrong credentials",
    "too many requests",
    "server error",
    "unavailable",
    "unknown call",
    "not answered yet",
    "call is over",
)
"""Why a request is refused."""

OPERATIONS: Final = (
    "create call",
    "fetch call",
    "answer call",
    "end call",
    "instruct call",
    "press keys",
    "start stream",
    "stop stream",
)
"""What is asked of a carrier. `instruct call` is anything that makes a live call do something else than it does."""

EVENTS: Final = ("initiated", "ringing", "answered", "heard", "ended", "fallback")
"""What a webhook tells, or asks because of. `heard` is what was said or pressed; `fallback` is asked of another URL."""

PARAMETERS: Final = ("to", "from", "call", "state", "speech", "digits")
"""What webhooks tell of a call."""

Given: TypeAlias = Mapping[str, Any]
"""The parameters of a request: a form, or a JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a carrier tells a reason: its code, with the status or a part of the text where others have the same code."""

    code: int | str
    status: int | None = None
    says: str = ""

    def tells(self, answered: Mapping[str, Any]) -> bool:
        """Whether a journaled request was refused like this."""
        return (
            str(answered.get("code")) == str(self.code)
            and self.status in (None, answered.get("status"))
            and self.says in str(answered.get("error", ""))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A carrier's own operation that is meant by a neutral one, if its parameters are such."""

    operation: str
    when: Callable[[Given], bool] = lambda given: True


def having(*names: str) -> Callable[[Given], bool]:
    """Whether a request has one of these parameters."""
    return lambda given: any(given.get(name) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What the neutral words mean on one carrier. What a carrier has not is not there.

    `codes` is its catalogue of refusals, `operations` are its own, `events` its own, each as journaled. `parameters`
    has names as in `Outgoing.params`, the first one that a webhook has is meant; `states` has what the parameter
    `state` says of a call that is `ringing`, `answered` or `ended`. `token_headers` are the headers of a
    stream's upgrade by which the application knows the stream again, beside its parameters and its URL's query.
    `limits` are the terms of the account that can be changed.
    """

    refusals: Mapping[str, Told]
    codes: frozenset[str]
    neutral_operations: Mapping[str, tuple[Meaning, ...]]
    operations: frozenset[str]
    neutral_events: Mapping[str, tuple[str, ...]]
    events: frozenset[str]
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    token_headers: tuple[str, ...] = ()
    limits: frozenset[str] = frozenset()

    def knows_refusal(self, word: int | str) -> bool:
        """Whether the carrier can refuse with this reason or code."""
        return word in self.refusals or str(word) in self.codes

    def knows_limit(self, name: str) -> bool:
        """Whether the account has this term."""
        return name in self.limits

    def knows_operation(self, name: str) -> bool:
        """Whether it can be asked for this."""
        return name in self.neutral_operations or name in self.operations

    def knows_event(self, name: str) -> bool:
        """Whether its webhooks can tell this. Without case, as events are compared."""
        return name.lower() in {known.lower() for known in (*self.neutral_events, *self.events)}

    def names_of_operation(self, operation: str, given: Given) -> tuple[str, ...]:
        """The carrier's own name of what a request asks for, then the neutral ones."""
        means = (
            name
            for name, meanings in self.neutral_operations.items()
            if name != operation and any(meaning.operation == operation and meaning.when(given) for meaning in meanings)
        )
        return operation, *means

    def names_of_event(self, event: str) -> tuple[str, ...]:
        """The carrier's own name of what a webhook tells, then the neutral ones."""
        return event, *(name for name, owns in self.neutral_events.items() if event in owns and name != event)

    def reasons(self, answered: Mapping[str, Any]) -> tuple[str, ...]:
        """Why a journaled request was refused: every reason that the carrier tells like this; none if it was not."""
        return tuple(reason for reason, told in self.refusals.items() if told.tells(answered))

    def own_names(self, change: Mapping[str, Any], present: Mapping[str, str]) -> dict[str, Any]:
        """Changes of a webhook with neutral names replaced by the carrier's; `present` are the webhook's parameters."""
        return {self.own_name(name, present): self._own_value(name, value) for name, value in change.items()}

    def own_name(self, name: str, present: Mapping[str, str]) -> str:
        """The carrier's name of a parameter."""
        owns = self.parameters.get(name, (name,))
        return next((own for own in owns if own in present), owns[0])

    def _own_value(self, name: str, value: Any) -> Any:
        return self.states.get(str(value), value) if name == "state" else value


NUMBERS: Final = frozenset({"int", "int | None"})
SWITCH: Final = "bool"


def limits_of(terms: type[Any]) -> frozenset[str]:
    """The terms of an account that a scenario can change: the numbers and switches of the class, in words."""
    return frozenset(_kinds(terms))


def set_limit(terms: object, name: str, value: int | bool) -> None:
    """Change a term. Raises `ValueError` for one that is not there, and for a number where a switch is."""
    kinds = _kinds(type(terms))
    if name not in kinds:
        raise ValueError(f"there is no limit `{name}`; there are {', '.join(sorted(kinds))}")
    if (kinds[name] == SWITCH) is not isinstance(value, bool) or value < 0:
        raise ValueError(f"`{name}` is {'true or false' if kinds[name] == SWITCH else 'a number from 0 on'}")
    setattr(terms, name.replace(" ", "_"), value)


def _kinds(terms: type[Any]) -> Mapping[str, str]:
    """The terms and what each is, as its class writes it."""
    return {
        each.name.replace("_", " "): str(each.type)
        for each in fields(terms)
        if each.type in NUMBERS or each.type == SWITCH
    }
