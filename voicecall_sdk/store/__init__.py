"""The durable memory of calls: SQLite by default, JSON lines as an alternative, behind one small interface."""

from __future__ import annotations

from pathlib import Path

from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.store.index import Retention
from voicecall_sdk.store.store import REPLY_KEPT, Answered, Store

__all__ = ["REPLY_KEPT", "Answered", "Retention", "Store", "open_store"]


def open_store(
    directory: Path,
    *,
    kind: str = "sqlite",
    durability: str = "normal",
    retention: Retention | None = None,
    read_only: bool = False,
) -> Store:
    """The store in a directory, which is made (for its owner only) if it is not there.

    `kind` is sqlite or jsonl. `durability` normal survives the death of the process, full that of the machine.
    `read_only` is for looking on while another process writes; two that write are refused. Raises `StoreFailed`.
    """
    if durability not in {"normal", "full"}:
        raise ValueError(f"durability must be normal or full, not {durability!r}")
    if not read_only:
        _make(directory)
    retention = retention or Retention()
    if kind == "sqlite":
        from voicecall_sdk.store.sqlite import SqliteStore

        path = directory / "voicecall.sqlite3"
        return SqliteStore(path, durability=durability, retention=retention, read_only=read_only)
    if kind == "jsonl":
        from voicecall_sdk.store.jsonl import JsonlStore

        path = directory / "voicecall.jsonl"
        return JsonlStore(path, durability=durability, retention=retention, read_only=read_only)
    raise ValueError(f"a store is sqlite or jsonl, not {kind!r}")


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFailed(f"the store's directory {directory} cannot be made: {error.strerror}") from error
