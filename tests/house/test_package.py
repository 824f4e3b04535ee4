"""What is shipped: metadata, entry points, dependencies, and what loading the plugin and the command costs."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Final

import pytest

HEAVY: Final = ("aiohttp", "httpx", "numpy", "openai", "pydantic", "rich", "ruamel.yaml", "twilio", "voicecall_sdk")
"""What costs time to import and is needed by nobody who only has the project installed."""

OPTIONAL: Final = frozenset({"pytest", "pytest_asyncio", "uvicorn"})
"""Imported by the pytest plugin alone, which is loaded by pytest alone; or for the ASGI applications of people who have
a server for them.
"""

COMPANIONS: Final = {"anyio": "httpx", "multidict": "aiohttp", "pydantic_core": "pydantic", "yarl": "aiohttp"}
"""Packages that come with another one, as a part of its interface."""


@pytest.fixture
def project(root: Path) -> dict[str, Any]:
    """The project table of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def test_entry_points_lead_somewhere(project: dict[str, Any]) -> None:
    for target in project["scripts"].values():
        module, _, function = target.partition(":")
        assert callable(getattr(importlib.import_module(module), function))
    for module in project["entry-points"]["pytest11"].values():
        importlib.import_module(module)


def test_what_is_imported_is_declared(trees: Mapping[Path, ast.Module], root: Path, project: dict[str, Any]) -> None:
    extras = [line for name, lines in project["optional-dependencies"].items() if name != "test" for line in lines]
    declared = {normal(re.split(r"[<>=\[;~! ]", line)[0]) for line in (*project["dependencies"], *extras)}
    provided = packages_distributions()
    missing = {
        f"{file.relative_to(root)} imports {name}"
        for file, tree in trees.items()
        for name in foreign(tree)
        if name not in OPTIONAL and not declared & distributions(COMPANIONS.get(name, name), provided)
    }
    assert not missing


def foreign(tree: ast.Module) -> Iterator[str]:
    """The packages of others that a file imports."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module]
        for name in (name.partition(".")[0] for name in names):
            if name not in sys.stdlib_module_names and not name.startswith("voicecall_"):
                yield name


def distributions(package: str, provided: Mapping[str, list[str]]) -> set[str]:
    """The names under which a package may be declared."""
    return {normal(name) for name in provided.get(package, [package])}


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("entrance", ["voicecall_sim.pytest_plugin", "voicecall_sim.cli"])
def test_loading_the_plugin_or_the_command_imports_nothing_heavy(entrance: str, root: Path) -> None:
    program = f"import json, sys, {entrance}; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root)},
    )
    assert json.loads(done.stdout) == []
