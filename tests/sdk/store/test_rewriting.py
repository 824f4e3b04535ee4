"""A JSONL store is written anew when more of it is dead than alive; nobody notices but the disk."""

from __future__ import annotations

import logging
import resource
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sdk.store.conftest import Opener
from tests.sdk.store.records import NOW, answered, call, conversation, over
from voicecall_sdk.store import Retention, jsonl

FEW = Retention(calls=5)


@pytest.fixture
def kind() -> str:
    """This is about one kind only."""
    return "jsonl"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "SMALLEST_WASTE", 20_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "store" / "voicecall.jsonl"


def test_the_file_stays_as_large_as_what_is_remembered(reopen: Opener, file: Path) -> None:
    store = reopen(retention=FEW)
    sizes = []
    for number in range(400):
        record = call(str(number), started_at=NOW + number)
        store.append(record, answered(f"key {number}", at=NOW + 30 * number), at=NOW + 30 * number)
        store.append(over(record), None, at=NOW + 30 * number)
        sizes.append(file.stat().st_size)
    assert max(sizes) < 80_000
    assert sum(after < before for before, after in pairwise(sizes)) > 2, "it was rewritten"
    assert [record.call_id for record in store.history(99)] == [f"call-{number}" for number in range(395, 400)]
    assert store.reply_to("key 399", now=NOW + 30 * 400) is not None
    assert store.reply_to("key 385", now=NOW + 30 * 400) is not None, "its call is forgotten, the reply is not"


def test_what_is_alive_is_the_same_afterwards(reopen: Opener, file: Path) -> None:
    store = reopen(retention=FEW)
    living = list(conversation(30, "living"))
    for number, form in enumerate(living):
        store.append(form, None, at=NOW)
        for each in range(3):
            store.append(over(call(f"{number}-{each}")), None, at=NOW)
    before, position = list(store.follow(0)), store.position()
    inode = file.stat().st_ino
    number = 0
    while file.stat().st_ino == inode:
        store.append(None, answered(f"key {number}", body="x" * 1000), at=NOW)
        number += 1
    for each in (store, reopen(read_only=True)):
        assert list(each.follow(0)) == before
        assert each.position() == position
        assert each.find("call-living") == living[-1]
        assert each.reply_to(f"key {number - 1}", now=NOW) is not None
    store.append(over(living[-1]), None, at=NOW)
    assert reopen(retention=FEW).find("call-living") == over(living[-1])


def test_who_looks_on_while_it_is_rewritten_goes_on_looking(reopen: Opener, file: Path) -> None:
    store = reopen(retention=FEW)
    reader = reopen(read_only=True)
    inodes = set()
    for number in range(200):
        store.append(over(call(str(number), keys="9" * 300)), None, at=NOW)
        inodes.add(file.stat().st_ino)
        assert (found := reader.find(f"call-{number}")) is not None
        assert found.call_id == f"call-{number}"
        assert reader.position() == number + 1
    assert len(inodes) > 1


def test_a_rewriting_that_fails_harms_nothing_and_is_not_tried_at_every_append(
    reopen: Opener, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = reopen(retention=FEW)
    beside = file.with_name("voicecall.jsonl.new")
    beside.mkdir()
    with caplog.at_level(logging.WARNING):
        for number in range(300):
            store.append(over(call(str(number), keys="9" * 300)), None, at=NOW)
    warnings = [record for record in caplog.records if "keeps growing" in record.message]
    assert 0 < len(warnings) < 6
    assert len(store.history(99)) == 5
    beside.rmdir()
    assert len(reopen(retention=FEW).history(99)) == 5


def test_a_disk_that_fills_up_during_the_rewriting_keeps_the_old_file(reopen: Opener, file: Path) -> None:
    store = reopen()
    forms = list(conversation(400))
    for form in forms:
        store.append(form, None, at=NOW)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = file.stat().st_size
    store._dead = 10 * size  # type: ignore[attr-defined]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, limits[1]))
    try:
        store._tidy()  # type: ignore[attr-defined]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [record for _, record in store.follow(0)] == forms
    assert [record for _, record in reopen().follow(0)] == forms


def test_a_rewriting_that_was_killed_leaves_a_file_nobody_looks_at(reopen: Opener, file: Path) -> None:
    store = reopen()
    store.append(call(), None, at=NOW)
    file.with_name("voicecall.jsonl.new").write_bytes(b'{"voicecall":1,"position":0}\n{"torn')
    assert reopen().find("call-a") == call()
