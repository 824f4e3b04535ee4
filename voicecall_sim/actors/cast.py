"""Who plays what: from a character to somebody who has a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from voicecall_sim.actors import fax, hold, human, ivr, options, screener, voicemail
from voicecall_sim.actors.character import Character
from voicecall_sim.actors.person import Manner, Person
from voicecall_sim.telephony.network import PhoneNetwork


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of person: how its options are read, which of them it cannot do without, and how it behaves."""

    readers: Mapping[str, options.Reader]
    make: Callable[..., Manner]
    needs: tuple[str, ...] = ()


KINDS: Final[Mapping[str, Kind]] = {
    "human": Kind(human.READERS, human.Human),
    "voicemail": Kind(voicemail.READERS, voicemail.Voicemail),
    "ivr": Kind(ivr.READERS, ivr.Ivr, needs=("menu",)),
    "screener": Kind(screener.READERS, screener.Screener),
    "fax": Kind(fax.READERS, fax.Fax),
    "hold": Kind(hold.HOLD_READERS, hold.Hold),
    "silent": Kind(hold.SILENT_READERS, hold.Silent),
}
"""Every kind of person, by its word in scenarios. Each also takes `after`: the span from ringing to picking up."""

DIALLABLE: Final = re.compile(r"\+[1-9][0-9]{1,14}")
"""E.164: what can be called. Anything else can only call."""


def manner(kind: str, written: Mapping[str, Any]) -> Manner:
    """How a kind behaves with these options. Raises `BadOption`; a scenario's check may call this to find errors."""
    if kind not in KINDS:
        raise options.BadOption("kind", f"{kind!r} is nobody we know; known: {', '.join(KINDS)}")
    known = KINDS[kind]
    read = options.read(written, known.readers)
    for key in known.needs:
        if key not in read:
            raise options.BadOption(key, f"{kind} cannot do without `{key}`")
    return known.make(**{key.replace(" ", "_"): value for key, value in read.items()})


def cast(character: Character, network: PhoneNetwork) -> Person:
    """Somebody who plays this character, with a telephone if the number can be called.

    Raises `BadOption` for options that their kind does not understand, `ValueError` for a number somebody else has.
    """
    own = dict(character.options)
    if "after" in own:
        character = replace(character, answer_after=options.duration(own.pop("after"), "after"))
    person = Person(character, network, manner(character.kind, own))
    if DIALLABLE.fullmatch(character.phone):
        network.connect(character.phone, character.name, person)
    return person
