"""A store of each kind, and a way to open it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from voicecall_sdk.store import Store, open_store

KINDS = ("sqlite", "jsonl")
Opener = Callable[..., Store]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of store."""
    return str(request.param)


@pytest.fixture
def reopen(kind: str, tmp_path: Path) -> Iterator[Opener]:
    """Open the store of this test, after closing it if it is open; `read_only` ones are opened beside it."""
    writer: list[Store] = []
    readers: list[Store] = []

    def opener(**options: Any) -> Store:
        if not options.get("read_only"):
            while writer:
                writer.pop().close()
        store = open_store(tmp_path / "store", kind=kind, **options)
        (readers if options.get("read_only") else writer).append(store)
        return store

    yield opener
    for store in (*writer, *readers):
        store.close()


@pytest.fixture
def store(reopen: Opener) -> Store:
    """A new, empty store."""
    return reopen()


def twice(store: Store, reopen: Opener, **options: Any) -> Iterator[Store]:
    """The store as it is, and then as the next process finds it."""
    yield store
    yield reopen(**options)
