"""The house: where it stands and what is in it."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("voicecall_sdk", "voicecall_sim")
IGNORED = frozenset({"__pycache__", "build", "dist", "node_modules", "v", "venv"})


@pytest.fixture(scope="session")
def modules() -> Sequence[Path]:
    """The Python files of both packages."""
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


@pytest.fixture(scope="session")
def trees(modules: Sequence[Path]) -> Mapping[Path, ast.Module]:
    """The syntax tree of each of them."""
    return {module: ast.parse(module.read_text(encoding="utf-8")) for module in modules}


@pytest.fixture(scope="session")
def texts() -> Sequence[Path]:
    """Everything that a clone of the repository has and that can be read."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in IGNORED)
        if Path(folder) == ROOT:
            folders.append(".ci")
        found += [Path(folder) / name for name in files if not name.startswith(".")]
    return sorted(file for file in found if tracked(file))


def tracked(file: Path) -> bool:
    """Whether a file is of the kinds that the repository holds as text."""
    return file.suffix in {".py", ".md", ".toml", ".yaml", ".json", ".json5", ".txt", ".xml", ""}


@pytest.fixture(scope="session")
def scenarios() -> Sequence[Path]:
    """The bundled scenarios."""
    return sorted((ROOT / "scenarios").rglob("*.scenario.yaml"))


@pytest.fixture(scope="session")
def documents() -> Sequence[Path]:
    """README and what else explains the project."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT
