"""Two runs of one seed are equal, under different hash seeds too: nothing goes by the order of a set."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from tests.joint.bundled import ROOT

DIGEST = """
import json, sys, hashlib
from tests.joint.bundled import bundled, performed
lines = [str(entry.compared) for outcome in performed(bundled(*sys.argv[1:])) for entry in outcome.journal]
print(len(lines), hashlib.sha256("\\n".join(lines).encode()).hexdigest())
"""

PATHS = ("agent/talks.scenario.yaml", "callbacks/any_order.scenario.yaml", "limits", "restart", "outcomes")


def digest(hash_seed: str) -> str:
    """The number of journal entries of some scenarios, and their digest, in a process of its own."""
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, *PATHS], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.gate
def test_journals_are_equal_under_two_hash_seeds() -> None:
    first, second = digest("1"), digest("77")
    assert first == second
    assert first != f"0 {hashlib.sha256(b'').hexdigest()}"
