"""The batteries of all carriers: the tables in their folders, and what no carrier can know alone."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.case import Case, Desk, Expect, Make, Room, Shot


@lru_cache
def battery(carrier: str) -> Room:
    """How a carrier signs, and all its cases. Raises `KeyError` for a carrier that is not there."""
    room = _room(CARRIERS[carrier].name)
    return replace(room, cases=(*room.cases, *(_strange(room, other) for other in CARRIERS if other != carrier)))


def _room(carrier: str) -> Room:
    room = importlib.import_module(f"voicecall_sim.carriers.{carrier}.battery").BATTERY
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
