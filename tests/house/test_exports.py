"""What packages export: complete and there. That it is sorted is ruff's business (RUF022)."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest


def exporting(tree: ast.Module) -> list[str] | None:
    """The `__all__` of a module, if it has one."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and target(node) == "__all__" and node.value is not None:
            value: list[str] = ast.literal_eval(node.value)
            return value
    return None


def target(node: ast.Assign | ast.AnnAssign) -> str | None:
    first = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return first.id if isinstance(first, ast.Name) else None


def imported(tree: ast.Module, package: str) -> Iterator[str]:
    """The public names that a package's `__init__` takes from its own modules, for others to find there."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
            yield from (alias.asname or alias.name for alias in node.names)


def dotted(module: Path, root: Path) -> str:
    return ".".join(module.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def test_exports_are_unique_and_there(trees: Mapping[Path, ast.Module], root: Path) -> None:
    for module, tree in trees.items():
        names = exporting(tree)
        if names is not None:
            assert len(names) == len(set(names)), module
            loaded = importlib.import_module(dotted(module, root))
            assert [name for name in names if not hasattr(loaded, name)] == [], module


def test_a_package_that_offers_names_lists_them(trees: Mapping[Path, ast.Module], root: Path) -> None:
    for module, tree in trees.items():
        names = exporting(tree)
        if module.name == "__init__.py" and names is not None:
            offered = {name for name in imported(tree, dotted(module, root)) if not name.startswith("_")}
            assert offered <= set(names), module


@pytest.mark.parametrize("package", ["voicecall_sdk", "voicecall_sim"])
def test_the_front_doors_are_typed_and_documented(package: str) -> None:
    loaded = importlib.import_module(package)
    assert loaded.__doc__
    assert loaded.__file__ is not None
    assert (Path(loaded.__file__).parent / "py.typed").exists()


def test_the_sdk_offers_what_the_design_promises(trees: Mapping[Path, ast.Module], root: Path) -> None:
    names = exporting(trees[root / "voicecall_sdk" / "__init__.py"])
    assert names == ["Call", "Config", "Responder", "VoiceCall", "VoiceCallError"]
