"""The linter and the type checker are content. CI runs them by themselves and leaves these out (`-m "not gate"`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gate

GATES = [("ruff", "check", "--quiet", "."), ("ruff", "format", "--check", "--quiet", "."), ("mypy",)]


@pytest.mark.parametrize("gate", GATES, ids=" ".join)
def test_the_gate_is_open(gate: tuple[str, ...], root: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *gate], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("gate", [*GATES, ("lint-imports",)], ids=" ".join)
def test_ci_runs_the_gate(gate: tuple[str, ...], root: Path) -> None:
    command = " ".join(word for word in gate if word not in ("--quiet", "."))
    assert command in (root / ".ci" / "run").read_text(encoding="utf-8")
