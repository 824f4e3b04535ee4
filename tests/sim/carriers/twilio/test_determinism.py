"""Two runs of one seed are one run; another seed is another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


def test_one_seed_is_one_run() -> None:
    first = journal_of(7)
    assert len(first) > 25
    assert first == journal_of(7)


def test_another_seed_is_another_run() -> None:
    assert journal_of(7) != journal_of(8)


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_hash_seed_changes_nothing(hash_seed: str) -> None:
    root = Path(__file__).parents[4]
    program = "import hashlib; from tests.sim.carriers.twilio.test_determinism import journal_of; " + (
        "print(hashlib.sha256(repr(journal_of(7)).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": value, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for value in (hash_seed, "1")
    }
    assert len(digests) == 1
