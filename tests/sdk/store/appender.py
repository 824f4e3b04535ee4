"""A program that appends for as long as it lives, and prints what has been acknowledged: to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.sdk.store.records import NOW, answered, conversation
from voicecall_sdk.store import open_store

if __name__ == "__main__":
    store = open_store(Path(sys.argv[1]), kind=sys.argv[2])
    for number, record in enumerate(conversation(1_000_000)):
        store.append(record, answered(f"key {number}"), at=NOW)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
