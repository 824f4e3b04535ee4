"""Shelves."""

from __future__ import annotations

from voicecall_sim.carriers.twilio.shelf import Shelf


def test_places_stay_when_records_go() -> None:
    shelf: Shelf[int] = Shelf()
    shelf["a"], shelf["b"], shelf["c"] = 1, 2, 3
    del shelf["b"]
    shelf["d"] = 4
    assert [shelf.place(sid) for sid in "abcdx"] == [0, 1, 2, 3, None]
    assert shelf.newest_first() == [4, 3, 1]
    assert shelf.get("b") is None


def test_a_record_that_is_written_again_keeps_its_place() -> None:
    shelf: Shelf[int] = Shelf()
    shelf["a"], shelf["b"] = 1, 2
    shelf["a"] = 3
    assert shelf.newest_first() == [2, 3]
