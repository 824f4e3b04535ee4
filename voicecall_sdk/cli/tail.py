"""`voicecall tail`: the records of the store as they come."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import orjson

from voicecall_sdk.config import Config
from voicecall_sdk.store.codec import to_json
from voicecall_sdk.store.store import Store


def run(path: Path, *, since: int, poll: float, follow: bool) -> None:
    """Print the last `since` records and then, with `follow`, every further one; `poll` in seconds."""
    store = Config.load(path).open_store(read_only=True)
    try:
        position = _show(store, max(0, store.position() - since))
        if follow:
            asyncio.run(_follow(store, position, poll))
    except KeyboardInterrupt:
        pass
    finally:
        store.close()


async def _follow(store: Store, position: int, poll: float) -> None:
    while True:
        await asyncio.sleep(poll)
        position = _show(store, position)


def _show(store: Store, position: int) -> int:
    for at, record in store.follow(position):
        click.echo(orjson.dumps(to_json(record)).decode())
        position = at
    return position
