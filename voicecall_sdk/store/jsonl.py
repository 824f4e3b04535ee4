"""The store in a file of JSON lines: readable by people and every tool, appended to in one write per change.

A line holds a row, a reply, or both, and the ids of calls that are forgotten with it. A line without its end was torn
by a crash, was never acknowledged, and is cut off. When more of the file is dead than alive it is written anew beside
the old one, which it then replaces.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store.codec import loads
from voicecall_sdk.store.index import Retention
from voicecall_sdk.store.ledger import Row
from voicecall_sdk.store.lines import VERSION, answered_in, header, line_of, living, row_in
from voicecall_sdk.store.lock import WriterLock
from voicecall_sdk.store.logged import Batch, LoggedStore
from voicecall_sdk.values import CallId

log = logging.getLogger(__name__)

CHUNK: Final = 8192
SMALLEST_WASTE: Final = 1 << 20
"""Dead bytes below which the file is never written anew."""


class JsonlStore(LoggedStore):
    """See `Store`. Made by `open_store`."""

    def __init__(self, path: Path, *, durability: str, retention: Retention, read_only: bool) -> None:
        self._file = -1
        super().__init__(retention, read_only=read_only)
        self._path = path
        self._sync = durability == "full"
        self._size = 0
        self._torn = False
        self._dead = 0
        self._spare = SMALLEST_WASTE
        self._places: dict[int, int] = {}
        self._positions: dict[CallId, list[int]] = {}
        self._sizes: dict[CallId, int] = {}
        self._lock = None if read_only else WriterLock(path.with_name("voicecall.lock"))
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    # --- the medium ---------------------------------------------------------------------------------------------

    def _write(self, batch: Batch) -> int:
        place, line = self._size, line_of(batch)
        if line is not None:
            self._append(line)
            self._keep_books(batch, place, len(line))
        return place

    def _row(self, position: int) -> Row | None:
        place = self._places.get(position)
        return None if place is None else row_in(self._value_at(place))

    def _rows(self, after: int) -> Iterator[Row]:
        self._must_be_current()
        for position in sorted(position for position in self._places if position > after):
            if (row := self._row(position)) is not None:
                yield row

    def _reply(self, place: int) -> WebhookReply:
        answered = answered_in(self._value_at(place))
        if answered is None:
            raise StoreFailed(f"{self._path} holds no reply at byte {place}")
        return answered.reply

    def _refresh(self) -> None:
        try:
            now, mine = self._path.stat(), os.fstat(self._file)
        except OSError as error:
            raise self._failed(error) from error
        if now.st_ino != mine.st_ino:
            os.close(self._file)
            self._open()
        elif now.st_size != self._size:
            self._load()

    def _tidy(self) -> None:
        if self._dead > max(self._spare, self._size - self._dead):
            self._rewrite()

    def _release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if self._lock is not None:
            self._lock.release()

    # --- the file -----------------------------------------------------------------------------------------------

    def _open(self) -> None:
        flags = os.O_RDONLY if self._read_only else os.O_RDWR | os.O_CREAT
        try:
            self._file = os.open(self._path, flags | os.O_CLOEXEC, 0o600)
            self._load()
        except OSError as error:
            raise self._failed(error) from error
        if self._size == 0 and not self._read_only:
            self._append(header(0))

    def _append(self, line: bytes) -> None:
        """Write a line at the end, whole or not at all."""
        try:
            self._check_end()
            done = 0
            while done < len(line):
                done += os.pwrite(self._file, line[done:], self._size + done)
            if self._sync:
                os.fsync(self._file)
        except OSError as error:
            self._torn = True
            raise self._failed(error) from error
        self._size += len(line)

    def _check_end(self) -> None:
        """The file must end where we left it; what a failed write left is cut off first."""
        if os.fstat(self._file).st_size == self._size:
            return
        if not self._torn:
            raise StoreFailed(f"{self._path} was changed by somebody else; only one may write to it")
        os.ftruncate(self._file, self._size)
        self._torn = False

    def _load(self) -> None:
        """Read the file from the beginning; cut a torn end off."""
        self._start_over()
        for books in (self._places, self._positions, self._sizes):
            books.clear()
        self._size = self._dead = 0
        for number, line in enumerate(self._lines(), 1):
            value = self._parsed(line, f"line {number}")
            if number == 1:
                self._index.position = self._last = self._checked(value)
            else:
                self._take_in(value, len(line))
            self._size += len(line)
        if not self._read_only and os.fstat(self._file).st_size != self._size:
            log.warning("%s ends with a torn line, which is cut off", self._path)
            os.ftruncate(self._file, self._size)

    def _take_in(self, value: Mapping[str, Any], size: int) -> None:
        forgotten = [entry for each in value.get("forget", ()) if (entry := self._index.get(CallId(each))) is not None]
        batch = Batch(row=row_in(value), answered=answered_in(value), forgotten=forgotten)
        self._keep_books(batch, self._size, size)
        self._note(batch, self._size)

    def _keep_books(self, batch: Batch, place: int, size: int) -> None:
        """Where rows are, how long they are, and how much of the file nobody needs any more."""
        if (row := batch.row) is not None:
            self._places[row.position] = place
            self._positions.setdefault(row.call_id, []).append(row.position)
            self._sizes[row.call_id] = self._sizes.get(row.call_id, 0) + size
        else:
            self._dead += size
        for entry in batch.forgotten:
            self._dead += self._sizes.pop(entry.call_id, 0)
            for position in self._positions.pop(entry.call_id, ()):
                del self._places[position]

    def _rewrite(self) -> None:
        """Write what is alive into a new file, which takes the place of this one. A failure changes nothing."""
        beside = self._path.with_name(self._path.name + ".new")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.writelines(self._living())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError as error:
            log.warning("%s could not be written anew and keeps growing: %s", self._path, error.strerror)
            self._spare = 2 * self._dead
            return
        os.close(self._file)
        self._spare = SMALLEST_WASTE
        self._open()

    def _living(self) -> Iterator[bytes]:
        yield header(self._index.position)
        place = 0
        for line in self._lines():
            value = self._parsed(line, f"byte {place}")
            row, reply = value.get("position") in self._places and place > 0, value.get("reply")
            kept = living(value, row=row, reply=reply is not None and self._replies.is_at(reply["key"], place))
            place += len(line)
            if kept is not None:
                yield kept

    def _lines(self) -> Iterator[bytes]:
        """The whole lines of the file, with their ends."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            for line in file:
                if line.endswith(b"\n"):
                    yield line

    def _value_at(self, place: int) -> Any:
        found = b""
        while b"\n" not in found:
            more = os.pread(self._file, CHUNK, place + len(found))
            if not more:
                raise StoreFailed(f"{self._path} ends within the line at byte {place}")
            found += more
        return self._parsed(found[: found.index(b"\n")], f"byte {place}")

    def _parsed(self, line: bytes, where: str) -> Any:
        try:
            return loads(line)
        except ValueError as error:
            raise StoreFailed(f"{self._path} is damaged at {where}: {error}; move it away") from error

    def _checked(self, first: Any) -> int:
        """The position that the header starts from. Raises `StoreFailed` for a file that is not ours."""
        version = first.get("voicecall") if isinstance(first, dict) else None
        if version is None:
            raise StoreFailed(f"{self._path} was not written by this program; choose another store")
        if version != VERSION:
            raise StoreFailed(f"{self._path} has version {version}; this program reads {VERSION}: use a newer one")
        return int(first["position"])

    def __del__(self) -> None:
        """A store that was left behind, as by a simulated crash, keeps no file open."""
        if self._file >= 0:
            os.close(self._file)

    def _failed(self, error: OSError) -> StoreFailed:
        return StoreFailed(f"{self._path}: {error.strerror}")
