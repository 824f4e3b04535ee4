"""Chance: one seed, many streams that do not disturb each other."""

from __future__ import annotations

import uuid

from voicecall_sim.world.chance import Chance


def test_a_stream_depends_on_seed_and_name_alone() -> None:
    one, two = Chance(1), Chance(1)
    one("other").random()
    assert [one("ids").random() for _ in range(5)] == [two("ids").random() for _ in range(5)]
    assert Chance(1)("ids").random() != Chance(2)("ids").random()
    assert Chance(1)("ids").random() != Chance(1)("jitter").random()
    assert one("ids") is one("ids")


def test_identifiers() -> None:
    chance = Chance(3)
    digits = chance.hex("ids", 32)
    assert (len(digits), digits) == (32, digits.lower())
    assert int(digits, 16) >= 0
    assert chance.hex("ids", 32) != digits
    assert uuid.UUID(chance.uuid("ids")).version == 4
