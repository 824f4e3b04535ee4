"""`voicecall tail`: the records of the store as they come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import click
import orjson

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.cli.problems import shown
from voicecall_sdk.config import Config
from voicecall_sdk.store.codec import to_json
from voicecall_sdk.store.store import Store

Found: TypeAlias = tuple[int, CallRecord]


def run(path: Path, *, since: int, poll: float, follow: bool) -> None:
    """Print the last `since` records and then, with `follow`, every further one; `poll` in seconds."""
    with shown(path):
        store = Config.load(path).open_store(read_only=True)
        try:
            position = store.position()
            for found in last(store, since, position):
                _show(found)
            if follow:
                asyncio.run(_follow(store, position, poll))
        except KeyboardInterrupt:
            pass
        finally:
            store.close()


def last(store: Store, count: int, position: int) -> Sequence[Found]:
    """The last `count` records up to a position. Positions have gaps, so that it may take some looks."""
    window, found = count, deque[Found](maxlen=count)
    while count:
        found = deque((each for each in store.follow(max(0, position - window)) if each[0] <= position), maxlen=count)
        if len(found) == count or window >= position:
            break
        window *= 4
    return found


async def _follow(store: Store, position: int, poll: float) -> None:
    while True:
        for found in store.follow(position):
            _show(found)
            position = found[0]
        await asyncio.sleep(poll)


def _show(found: Found) -> None:
    click.echo(orjson.dumps(to_json(found[1])).decode())
