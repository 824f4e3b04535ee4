"""The batteries of all carriers: the tables in their folders, and what no carrier can know alone."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.case import Case, Desk, Expect, Make, Room, Shot


def verifiable() -> Sequence[str]:
    """The carriers that have a battery: a room `battery` beside their emulator, with a `BATTERY`."""
    return [carrier for carrier in CARRIERS if importlib.util.find_spec(_module(carrier)) is not None]


@lru_cache
def battery(carrier: str) -> Room:
    """How a carrier signs, and all its cases. Raises `KeyError` for a carrier that is not there or has none."""
    if carrier not in verifiable():
        raise KeyError(carrier)
    room, others = _room(carrier), [name for name in verifiable() if name != carrier]
    return replace(room, cases=(*room.cases, *(_strange(room, other) for other in others)))


def _module(carrier: str) -> str:
    return f"{type(CARRIERS[carrier]).__module__.rpartition('.')[0]}.battery"


def _room(carrier: str) -> Room:
    room = importlib.import_module(_module(carrier)).BATTERY
    assert isinstance(room, Room)
    return room


def _strange(room: Room, other: str) -> Case:
    """Another carrier's scheme, with what everybody may know in the secret's place."""
    return Case(
        name=f"scheme-of-{other}",
        expect=Expect.REFUSED,
        make=_in_the_scheme_of(room, _room(other)),
        why="The sender must not choose the scheme: a public key, or an empty secret, would sign for everybody.",
    )


def _in_the_scheme_of(room: Room, other: Room) -> Make:
    def make(desk: Desk) -> Sequence[Shot]:
        draft = room.draft(desk)
        guess = replace(desk, secret=other.made_of(room.published(desk.secret)))
        bare = room.signed(desk, draft)
        for name in room.headers:
            bare = bare.with_header(name)
        return (bare.with_headers_of(other.signed(guess, draft), other.headers),)

    return make
