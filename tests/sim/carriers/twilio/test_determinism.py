"""Two runs of one seed are one run; another seed is another."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.tools.twilio_world import APP, BOB, Phone, Stage
from voicecall_sim.carriers.twilio.account import Callback, RecordingWish
from voicecall_sim.world.world import World


def journal_of(seed: int) -> list[Any]:
    """What a small day leaves in the journal."""
    world = World(seed=seed)

    async def day() -> None:
        stage = Stage(world)
        await stage.start()
        stage.app.answers |= {
            "/voice": f'<Gather input="speech" action="/next"><Say>Yes?</Say></Gather><Dial>{BOB}</Dial>',
            "/next": "<Record action='/recorded' timeout='2'/>",
        }
        anna = stage.phone()
        stage.phone(BOB, "bob", 1.0)
        stage.place(recording=RecordingWish(callback=Callback(url=f"{APP}/rec")))
        stage.place(to=BOB)
        await stage.wait(4)
        anna.says("All of it")
        stage.call_in(Phone(stage.now, None))
        await stage.wait(60)
        stage.carrier.exchange.hang_up_all()
        await stage.over()
        await stage.stop()

    world.run(day())
    return [entry.compared for entry in world.journal]


def digest_of(seed: int) -> str:
    """The same in a line."""
    return hashlib.sha256(repr(journal_of(seed)).encode()).hexdigest()


def test_one_seed_is_one_run() -> None:
    first = journal_of(7)
    assert len(first) > 25
    assert first == journal_of(7)


def test_another_seed_is_another_run() -> None:
    assert journal_of(7) != journal_of(8)


def test_the_hash_seed_changes_nothing() -> None:
    root = Path(__file__).parents[4]
    here = os.environ.get("PYTHONHASHSEED")
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import digest_of; print(digest_of(7))"],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "1" if here != "1" else "2", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest_of(7)
