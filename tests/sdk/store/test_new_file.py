"""A new SQLite store is written as a whole; it is the same as one that was brought up from an empty file."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from voicecall_sdk.store import Retention, open_store


def opened(directory: Path) -> Path:
    """The file of a store that was opened there and closed again."""
    directory.mkdir(exist_ok=True)
    open_store(directory, kind="sqlite", retention=Retention(calls=10, seconds=60.0)).close()
    (file,) = (path for path in directory.iterdir() if path.suffix not in (".lock", ".new"))
    return file


def described(file: Path) -> list[object]:
    with closing(sqlite3.connect(file)) as database:
        pragmas = ("application_id", "user_version", "journal_mode", "integrity_check", "page_size", "encoding")
        told = [database.execute(f"PRAGMA {pragma}").fetchone() for pragma in pragmas]
        tables = database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
        return [*told, *tables, *database.execute("SELECT * FROM high_water").fetchall()]


def test_a_new_file_is_as_one_that_was_brought_up(tmp_path: Path) -> None:
    new = opened(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / new.name).touch()
    assert described(new) == described(opened(tmp_path / "empty"))


def test_a_new_file_is_for_its_owner_only_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    new = opened(tmp_path / "new")
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert not list(new.parent.glob("*.new"))


def test_what_a_death_left_half_written_is_written_anew(tmp_path: Path) -> None:
    usual = opened(tmp_path / "usual")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / f"{usual.name}.new").write_bytes(b"SQLite form")
    assert described(opened(tmp_path / "again")) == described(usual)
