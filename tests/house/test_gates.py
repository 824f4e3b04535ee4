"""The linter is content. CI runs it by itself and leaves this out (`-m "not gate"`).

It runs the type checker too, whose first look at a fresh clone takes longer than all the tests.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gate

GATES = [("ruff", "check", "--quiet", "."), ("ruff", "format", "--check", "--quiet", ".")]


@pytest.mark.parametrize("gate", GATES, ids=" ".join)
def test_the_gate_is_open(gate: tuple[str, ...], root: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *gate], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("gate", [*GATES, ("mypy",), ("lint-imports",)], ids=" ".join)
def test_ci_runs_the_gate(gate: tuple[str, ...], root: Path) -> None:
    command = " ".join(word for word in gate if word not in ("--quiet", "."))
    assert command in (root / ".ci" / "run").read_text(encoding="utf-8")
