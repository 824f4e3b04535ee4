"""The store in an SQLite file (WAL), in the caller's thread, one transaction per append.

`durability` normal survives the death of the process (`synchronous=NORMAL`: the log is synced when it is folded into
the database), full that of the machine (`synchronous=FULL`: at every append).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.index import Entry, Retention
from voicecall_sdk.store.ledger import Row
from voicecall_sdk.store.lock import WriterLock
from voicecall_sdk.store.logged import Batch, LoggedStore

T = TypeVar("T")

APPLICATION_ID: Final = 0x56434C4C
"""What marks an SQLite file as ours (`VCLL`)."""

WAL_FORMAT: Final = b"\2\2"
"""The write and read version of a file whose journal is a WAL (sqlite.org/fileformat2.html, section 1.3.3)."""

MIGRATIONS: Final = (
    # version 1: a row holds a record's row, the reply to the webhook that caused it, or one of the two
    (
        """CREATE TABLE log (
            position INTEGER PRIMARY KEY, call_id TEXT, previous INTEGER, at REAL, whole INTEGER, live INTEGER,
            provider_call_id TEXT, started_at REAL, body BLOB,
            reply_key TEXT, reply_at REAL, status INTEGER, reply TEXT, content_type TEXT)""",
        "CREATE INDEX replies_alone ON log (position) WHERE call_id IS NULL",
        # positions are never given twice, not even when the newest call is forgotten
        "CREATE TABLE high_water (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL)",
        "INSERT INTO high_water VALUES (1, 0)",
    ),
)
"""The statements that bring a file from each version to the next. Never changed, only added to."""

INDEXED: Final = "position, call_id, previous, at, whole, live, provider_call_id, started_at"
RECORD: Final = f"{INDEXED}, body"  # the fields of a Row, in their order
REPLY: Final = "reply_key, reply_at, status, reply, content_type"
INSERT: Final = f"INSERT INTO log ({RECORD}, {REPLY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
NO_RECORD: Final = (None,) * 8
NO_REPLY: Final = (None,) * 5
ONE_ROW: Final = f"SELECT {RECORD} FROM log WHERE position = ? AND call_id IS NOT NULL"
NEXT_ROWS: Final = f"SELECT {RECORD} FROM log WHERE position > ? AND call_id IS NOT NULL ORDER BY position LIMIT 256"
INDEX_ROWS: Final = f"SELECT {INDEXED}, x'', reply_key, reply_at FROM log ORDER BY position"
ONE_REPLY: Final = "SELECT status, reply, content_type FROM log WHERE position = ?"
DROP_REPLIES: Final = "DELETE FROM log WHERE call_id IS NULL AND position <= ?"
DROP_ROW: Final = (
    "DELETE FROM log WHERE position = ? RETURNING previous, reply_key, reply_at, status, reply, content_type"
)
BUSY_SECONDS: Final = 5.0


class SqliteStore(LoggedStore):
    """See `Store`. Made by `open_store`."""

    def __init__(self, path: Path, *, durability: str, retention: Retention, read_only: bool) -> None:
        super().__init__(retention, read_only=read_only)
        self._path = path
        self._lock = None if read_only else WriterLock(path.with_name("voicecall.lock"))
        self._seen = -1
        try:
            new = not read_only and _create(path)
            self._db = _connect(path, read_only=read_only)
        except BaseException:
            self._unlock()
            raise
        try:
            self._asked(self._prepare, durability, new)
        except BaseException:
            self.close()
            raise

    # --- the medium ---------------------------------------------------------------------------------------------

    def _write(self, batch: Batch) -> int:
        place = batch.row.position if batch.row is not None else self._last + 1
        if batch.forgotten or batch.expired:
            self._asked(self._transact, batch, place)
        elif batch.row is not None or batch.answered is not None:
            self._asked(self._insert, batch, place)  # one statement is its own transaction
        self._last = max(self._last, place)
        return place

    def _row(self, position: int) -> Row | None:
        found = self._asked(self._db.execute, ONE_ROW, (position,)).fetchone()
        return None if found is None else Row._make(found)

    def _rows(self, after: int) -> Iterator[Row]:
        while rows := self._asked(self._db.execute, NEXT_ROWS, (after,)).fetchall():
            yield from map(Row._make, rows)
            after = rows[-1][0]

    def _reply(self, place: int) -> WebhookReply:
        status, body, content_type = self._asked(self._db.execute, ONE_REPLY, (place,)).fetchone()
        return WebhookReply(status=status, body=body, content_type=content_type)

    def _refresh(self) -> None:
        if self._asked(self._version) != self._seen:
            self._asked(self._load)

    def _release(self) -> None:
        self._db.close()
        self._unlock()

    # --- SQL ----------------------------------------------------------------------------------------------------

    def _insert(self, batch: Batch, place: int) -> None:
        record = batch.row or (place, *NO_RECORD)
        if (answered := batch.answered) is None:
            self._db.execute(INSERT, (*record, *NO_REPLY))
        else:
            reply = answered.reply
            given = (answered.key, answered.at, reply.status, reply.body, reply.content_type)
            self._db.execute(INSERT, (*record, *given))

    def _transact(self, batch: Batch, place: int) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        if batch.row is not None or batch.answered is not None:
            self._insert(batch, place)
        for entry in batch.forgotten:
            self._delete(entry)
        if batch.expired:
            self._db.execute(DROP_REPLIES, (max(batch.expired.values()),))
        self._db.execute("COMMIT")

    def _delete(self, entry: Entry) -> None:
        """Delete a call's rows, newest first; a reply that is still kept stays without its record."""
        position = entry.newest
        self._db.execute("UPDATE high_water SET position = max(position, ?)", (position,))
        while position:
            previous, key, *reply = self._db.execute(DROP_ROW, (position,)).fetchall()[0]
            if key is not None and self._replies.is_at(key, position):
                self._db.execute(INSERT, (position, *NO_RECORD, key, *reply))
            position = previous

    def _prepare(self, durability: str, new: bool) -> None:
        if not self._read_only:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durability == 'full' else 'NORMAL'}")
        if new:
            return  # a WAL, the newest version, and nothing in it: see `_new_file`
        if not self._read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
        self._migrate()
        self._load()

    def _migrate(self) -> None:
        execute = self._db.execute
        (version,) = execute("PRAGMA user_version").fetchone()
        (application,) = execute("PRAGMA application_id").fetchone()
        (tables,) = execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != APPLICATION_ID and (tables or version or self._read_only):
            raise StoreFailed(f"{self._path} is an SQLite file of another program; choose another store")
        if version > len(MIGRATIONS):
            raise StoreFailed(
                f"{self._path} has version {version}; this program reads up to {len(MIGRATIONS)}: use a newer one"
            )
        if self._read_only or version == len(MIGRATIONS):
            return
        execute("BEGIN IMMEDIATE")
        _bring_up(self._db, version)
        execute("COMMIT")

    def _load(self) -> None:
        self._start_over()
        self._seen = self._version()
        (high_water,) = self._db.execute("SELECT position FROM high_water").fetchone()
        self._index.position = self._last = high_water
        for *row, key, at in self._db.execute(INDEX_ROWS):
            self._last = max(self._last, row[0])
            if row[1] is not None:
                self._index.note(Row._make(row))
            if key is not None:
                self._replies.note(key, at, row[0])

    def _version(self) -> int:
        """A number that changes when another process has written."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _asked(self, ask: Callable[..., T], *parameters: Any) -> T:
        """Ask SQLite; what goes wrong is `StoreFailed`, and nothing of it stays."""
        try:
            return ask(*parameters)
        except (sqlite3.Error, UnicodeEncodeError) as error:  # the latter for lone surrogates
            self._roll_back()
            raise StoreFailed(f"{self._path}: {error}") from error

    def _roll_back(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreFailed(f"{self._path}: {error}") from error

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _bring_up(db: sqlite3.Connection, version: int) -> None:
    """Take a database from that version to the newest."""
    for statement in (statement for step in MIGRATIONS[version:] for statement in step):
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@cache
def _new_file() -> bytes:
    """A file of the newest version without content: written in half the time that its statements take in place."""
    db = sqlite3.Connection(":memory:", isolation_level=None)
    try:
        _bring_up(db, 0)
        image = bytearray(db.serialize())
    finally:
        db.close()
    image[18:20] = WAL_FORMAT
    return bytes(image)


def _create(path: Path) -> bool:
    """Make a file, whole or not at all, unless it is there. The writer's lock is held: nobody else makes one."""
    try:
        if path.exists():
            return False
        new = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(_new_file())
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise StoreFailed(f"{path} cannot be opened: {error}") from error
    return True


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Transactions are ours to begin and end. A new file is for its owner only, and so are those that SQLite adds."""
    try:
        mode = "ro" if read_only else "rw"
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
    except sqlite3.Error as error:
        raise StoreFailed(f"{path} cannot be opened: {error}") from error
