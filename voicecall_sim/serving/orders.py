"""What the interface takes, read strictly: bodies to characters, habits, numbers and things to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sim.actors import options
from voicecall_sim.actors.character import Action, Character, Habit, HangUp, Pause, Pickup, Press, Say
from voicecall_sim.actors.options import BadOption
from voicecall_sim.actors.person import Person
from voicecall_sim.scenario.hearing import Spoken, SpokenWithin
from voicecall_sim.scenario.matching import Comparison
from voicecall_sim.services.brain import Pair

Body = Mapping[str, Any]


def body(value: Any) -> Body:
    """A request's body. Raises `BadOption` unless it is an object."""
    if not isinstance(value, Mapping):
        raise BadOption("body", f"{value!r} is not an object")
    return value


def required(read: Body, *keys: str) -> None:
    """Raises `BadOption` for the first key that is not there."""
    for key in keys:
        if key not in read:
            raise BadOption(key, "is missing")


# --- people -----------------------------------------------------------------------------------------------------


def pickup(value: Any, path: str) -> Pickup:
    """What happens when it rings."""
    if value not in list(Pickup):
        raise BadOption(path, f"{value!r} is none of {', '.join(Pickup)}")
    return Pickup(value)


def answers(value: Any, path: str) -> int | None:
    """`{"after": "3s"}`, or `"when told"`."""
    if value == "when told":
        return None
    read = options.read(body(value), {"after": options.duration}, path)
    required(read, "after")
    after: int = read["after"]
    return after


def rate(value: Any, path: str) -> float:
    """The pace of speech."""
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise BadOption(path, f"{value!r} is no pace; 1 is normal, 1.2 a fifth faster")
    return float(value)


def habits(value: Any, path: str) -> tuple[Habit, ...]:
    """`[{"hears": "press one", "presses": "1"}]`."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise BadOption(path, "habits are a list")
    return tuple(habit(item, f"{path}.{number}") for number, item in enumerate(value))


def habit(value: Any, path: str) -> Habit:
    """Something done whenever certain words are heard."""
    read = options.read(body(value), {"hears": options.words, **HABITS}, path)
    required(read, "hears")
    does = tuple(action for key, action in read.items() if key != "hears")
    if not does:
        raise BadOption(path, f"does nothing; add one of {', '.join(HABITS)}")
    return Habit(hears=SpokenWithin(f'"{read["hears"]}"', read["hears"]), does=does)


def keys(value: Any, path: str) -> Action:
    """Keys to press."""
    try:
        return Press(str(value))
    except ValueError as error:
        raise BadOption(path, str(error)) from error


def hang_up(value: Any, path: str) -> Action:
    """`true`."""
    if value is not True:
        raise BadOption(path, "write true")
    return HangUp()


HABITS: Final[Mapping[str, options.Reader]] = {
    "says": lambda value, path: Say(options.words(value, path)),
    "presses": keys,
    "waits": lambda value, path: Pause(options.duration(value, path)),
    "hangs up": hang_up,
}
"""What somebody may do by habit, done in the order in which it is written."""

PERSON: Final[Mapping[str, options.Reader]] = {
    "name": options.words,
    "phone": options.words,
    "kind": options.words,
    "pickup": pickup,
    "answers": answers,
    "rate": rate,
    "when": habits,
    "options": lambda value, path: body(value),
}
FIELDS: Final = {"answers": "answer_after", "when": "habits"}


def character(value: Any) -> Character:
    """Somebody, as `POST /people` describes them."""
    read = options.read(body(value), PERSON)
    required(read, "name", "phone")
    return Character(**{FIELDS.get(key, key): item for key, item in read.items()})


# --- what people do ---------------------------------------------------------------------------------------------


def optional_words(value: Any, path: str) -> str | None:
    """Words, or null."""
    return None if value is None else options.words(value, path)


def digits(value: Any, path: str) -> str:
    """Keys as text, tried."""
    keys(value, path)
    return str(value)


Readers = Mapping[str, options.Reader]
CALL: Final[Readers] = {"call": options.count}
"""Which call is meant; without it the latest."""
WORDS: Final[Readers] = {"words": options.words, **CALL}

Verb = Callable[..., Any]
VERBS: Final[Mapping[str, tuple[Verb, Readers, tuple[str, ...]]]] = {
    # word in the path · what is done · what the body may have · what it must have
    "calls": (Person.calls, {"number": options.words, "shown": optional_words}, ("number",)),
    "answers": (Person.answers, CALL, ()),
    "rejects": (Person.rejects, CALL, ()),
    "says": (Person.says, WORDS, ("words",)),
    "interrupts": (Person.interrupts, WORDS, ("words",)),
    "presses": (Person.presses, {"keys": digits, **CALL}, ("keys",)),
    "stays-silent": (Person.stays_silent, {"span": options.duration, **CALL}, ("span",)),
    "hangs-up": (Person.hangs_up, CALL, ()),
}


def perform(person: Person, verb: str, value: Any) -> None:
    """Let somebody do something. Raises `BadOption` for what cannot be read, `CannotAct` for what cannot be done."""
    does, readers, needed = VERBS[verb]
    read = options.read(body(value), readers)
    required(read, *needed)
    does(person, **read)


def listening(value: Any) -> tuple[Comparison, bool, int]:
    """What is waited for: `{"contains": …}` or `{"text": …}`, whether it is a whole utterance, and how long (µs)."""
    read = options.read(body(value), {"contains": options.words, "text": options.words, "within": options.duration})
    if ("contains" in read) == ("text" in read):
        raise BadOption("body", "give either `contains` or `text`")
    words = read.get("contains") or read["text"]
    whole = "text" in read
    matcher = Spoken(f'"{words}"', words) if whole else SpokenWithin(f'{{contains: "{words}"}}', words)
    return matcher, whole, read.get("within", options.duration("30s", "within"))


# --- the brain --------------------------------------------------------------------------------------------------

REPLY: Final[Readers] = {"hears": options.words, "replies": options.words, "after": options.duration}


def reply(value: Any) -> Pair:
    """What is answered to an utterance in which certain words occur, as `POST /agent` describes it."""
    read = options.read(body(value), REPLY)
    required(read, "hears", "replies")
    hears = SpokenWithin(f'"{read["hears"]}"', read["hears"])
    return Pair(
        matches=lambda text: not hears.difference(text),
        written=read["hears"],
        replies=read["replies"],
        after=read.get("after", 0),
    )


# --- numbers and calls ------------------------------------------------------------------------------------------

NUMBER: Final[Mapping[str, options.Reader]] = {
    "carrier": options.words,
    "number": options.words,
    "webhookUrl": optional_words,
    "statusUrl": optional_words,
}
INBOUND: Final[Mapping[str, options.Reader]] = {"person": options.words, "to": options.words, "shown": optional_words}
