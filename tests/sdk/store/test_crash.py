"""What dies in the middle loses nothing that was acknowledged, and leaves nothing half-written."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from tests.sdk.store.conftest import Opener
from tests.sdk.store.records import NOW, answered, call, conversation, over
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.store import Store, open_store

ROOT = Path(__file__).parents[3]


def file_of(directory: Path, kind: str) -> Path:
    """The file of a store."""
    return directory / "store" / ("voicecall.sqlite3" if kind == "sqlite" else "voicecall.jsonl")


@pytest.mark.loopback
def test_kill_9_loses_nothing_that_was_acknowledged(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.sdk.store.appender", str(tmp_path / "store"), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as appender:
        assert appender.stdout is not None
        for _ in range(300):
            assert appender.stdout.readline(), "the appender died by itself"
        os.kill(appender.pid, signal.SIGKILL)
        said = appender.stdout.read().split(b"\n")
    acknowledged = int([line for line in (b"299", *said[:-1]) if line][-1])
    store = open_store(tmp_path / "store", kind=kind)
    followed = [record for _, record in store.follow(0)]
    assert len(followed) >= acknowledged + 1
    assert followed == list(islice(conversation(1_000_000), len(followed)))
    assert store.reply_to(f"key {acknowledged}", now=NOW) is not None
    store.append(over(followed[-1]), None, at=NOW)
    store.close()


@contextmanager
def disk_with(size: int) -> Iterator[None]:
    """No file may grow beyond this size, in bytes: what a full disk is like, for this process alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill(store: Store) -> list[str]:
    """Append until it fails, as it must; what was acknowledged before."""
    kept: list[str] = []
    while len(kept) < 200:
        keys = "9" * (300 + len(kept))
        try:
            store.append(call(keys=keys), answered(f"during {len(kept)}"), at=NOW)
        except StoreFailed:
            return kept
        kept.append(keys)
    raise AssertionError("the disk never filled up")


@pytest.mark.parametrize("room", [0, 1, 30, 200, 5000])
def test_a_full_disk_is_told_and_nothing_half_written_is_seen(
    store: Store, reopen: Opener, kind: str, tmp_path: Path, room: int
) -> None:
    store.append(call(), answered("before"), at=NOW)
    files = list((tmp_path / "store").iterdir())
    with disk_with(max(file.stat().st_size for file in files if not file.name.endswith("-shm")) + room):
        kept = fill(store)
        assert (seen := store.find("call-a")) is not None
        assert seen.keys == (["", *kept])[-1]
        assert store.reply_to(f"during {len(kept)}", now=NOW) is None
    store.append(call(keys="after"), answered("after"), at=NOW)
    again = reopen()
    assert [record.keys for _, record in again.follow(0)] == ["", *kept, "after"]
    assert again.reply_to("before", now=NOW) is not None
    assert again.reply_to("after", now=NOW) is not None


def test_a_file_torn_at_any_byte_loses_its_last_line_only(tmp_path: Path) -> None:
    directory = tmp_path / "store"
    forms = list(conversation(6))
    ends = []
    store = open_store(directory, kind="jsonl")
    for form in forms:
        store.append(form, None, at=NOW)
        ends.append((directory / "voicecall.jsonl").stat().st_size)
    store.close()
    whole = (directory / "voicecall.jsonl").read_bytes()
    for cut in range(ends[-3], len(whole) + 1):
        (directory / "voicecall.jsonl").write_bytes(whole[:cut])
        store = open_store(directory, kind="jsonl")
        left = sum(end <= cut for end in ends)
        assert [record for _, record in store.follow(0)] == forms[:left]
        store.append(forms[-1], None, at=NOW)
        assert store.find("call-long") == forms[-1]
        store.close()


def test_a_file_torn_within_its_first_line_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "voicecall.jsonl").write_bytes(b'{"voice')
    store = open_store(tmp_path, kind="jsonl")
    store.append(call(), None, at=NOW)
    store.close()
    reader = open_store(tmp_path, kind="jsonl", read_only=True)
    assert reader.find("call-a") == call()
    reader.close()


def test_damage_in_the_middle_is_refused_with_its_line(tmp_path: Path) -> None:
    store = open_store(tmp_path, kind="jsonl")
    for form in conversation(3):
        store.append(form, None, at=NOW)
    store.close()
    lines = (tmp_path / "voicecall.jsonl").read_bytes().split(b"\n")
    lines[2] = lines[2][:-5]
    (tmp_path / "voicecall.jsonl").write_bytes(b"\n".join(lines))
    with pytest.raises(StoreFailed, match="damaged at line 3"):
        open_store(tmp_path, kind="jsonl")


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("jsonl", b'{"callId":"x"}\n', "was not written by this program"),
        ("jsonl", b"[]\n", "was not written by this program"),
        ("jsonl", b'{"voicecall":7,"position":0}\n', "version 7; this program reads 1: use a newer one"),
        ("sqlite", b"This is no database at all, but some text, long enough to be looked at. " * 20, "not a database"),
    ],
)
def test_files_of_others_are_refused_and_left_alone(kind: str, content: bytes, message: str, tmp_path: Path) -> None:
    file = file_of(tmp_path, kind)
    file.parent.mkdir()
    file.write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(StoreFailed, match=message):
            open_store(tmp_path / "store", kind=kind, read_only=read_only)
    assert file.read_bytes() == content


def test_an_sqlite_file_of_another_program_or_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "voicecall.sqlite3"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE cats (name TEXT)")
    other.close()
    with pytest.raises(StoreFailed, match="of another program"):
        open_store(tmp_path)
    file.unlink()
    open_store(tmp_path).close()
    newer = sqlite3.connect(file)
    newer.execute("PRAGMA user_version = 9")
    newer.close()
    with pytest.raises(StoreFailed, match="version 9; this program reads up to 1"):
        open_store(tmp_path)


def test_a_failing_migration_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voicecall_sdk.store import sqlite

    store = open_store(tmp_path)
    store.append(call(), None, at=NOW)
    store.close()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "MIGRATIONS", (*sqlite.MIGRATIONS, ("CREATE TABLE new (a)", "CREATE NONSENSE")))
        with pytest.raises(StoreFailed, match="syntax error"):
            open_store(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "MIGRATIONS", (*sqlite.MIGRATIONS, ("CREATE TABLE new (a)",)))
        store = open_store(tmp_path)
        assert store.find("call-a") == call()
        store.close()
    with pytest.raises(StoreFailed, match="version 2; this program reads up to 1"):
        open_store(tmp_path)


# --- two that write ---------------------------------------------------------------------------------------------


@pytest.mark.loopback
def test_a_second_process_that_writes_is_refused_and_one_that_reads_is_not(kind: str, tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", kind=kind)
    store.append(call(), None, at=NOW)
    program = (
        "import sys; from pathlib import Path; from voicecall_sdk.store import open_store\n"
        "reader = open_store(Path(sys.argv[1]), kind=sys.argv[2], read_only=True)\n"
        "print(reader.find('call-a').call_id)\n"
        "open_store(Path(sys.argv[1]), kind=sys.argv[2])\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "store"), kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "call-a\n"
    assert f"StoreFailed: another process ({os.getpid()}) writes to the store" in done.stderr
    store.append(over(call()), None, at=NOW)
    store.close()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_store_that_was_left_behind_can_be_opened_again_by_its_process(kind: str, tmp_path: Path) -> None:
    left = open_store(tmp_path / "store", kind=kind)
    left.append(call(), None, at=NOW)
    store = open_store(tmp_path / "store", kind=kind)
    store.append(call(keys="1"), None, at=NOW)
    with pytest.raises(StoreFailed):
        left.append(call(keys="2"), None, at=NOW)
    assert store.find("call-a") == call(keys="1")
    store.close()
    left.close()
