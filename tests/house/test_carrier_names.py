"""A carrier is one folder a side: no other code says its name.

Docstrings, comments, documents, data and tests are free to. What else must name one is in the table, with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from voicecall_sdk.carriers import CARRIERS as SPOKEN
from voicecall_sim.carriers import CARRIERS as EMULATED

NAMES: Final = sorted({*SPOKEN, *EMULATED, "twilio", "telnyx", "plivo"})
LISTS: Final = ("voicecall_sdk/carriers/__init__.py", "voicecall_sim/carriers/__init__.py")

ALLOWED: Final[Mapping[tuple[str, str], str]] = {
    ("voicecall_sim/carriers/plivo/rest_calls.py", "twilio"): "Plivo drops headers of that name: a rival's, reserved",
}
"""(file, name) to the reason why that file has to say that name."""


def words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name and every text in the code with its line; docstrings are not code."""
    docs = set(map(id, docstrings(tree)))
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for value in spoken(node):
            if id(node) not in docs:
                yield line, value


def spoken(node: ast.AST) -> Iterator[str]:
    """The words of one node."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.Constant(value=bytes() as data):
            yield data.decode("latin-1")
        case ast.Import() | ast.ImportFrom():
            yield getattr(node, "module", None) or ""
            yield from (alias.name for alias in node.names)
        case _:
            for field in ("id", "attr", "arg", "name"):
                value = getattr(node, field, None)
                if isinstance(value, str):
                    yield value


def docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts that stand as statements: docstrings of modules, classes, functions and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def told(source: str) -> set[str]:
    """The carriers that a piece of code names."""
    return {name for _, word in words(ast.parse(source)) for name in NAMES if name in word.lower()}


def strange(module: Path, own: str | None) -> Iterator[tuple[int, str]]:
    """The lines of a module that name a carrier which is not its own, and which."""
    source = module.read_text(encoding="utf-8")
    names = [name for name in NAMES if name != own and name in source.lower()]
    if names:
        for line, word in words(ast.parse(source)):
            yield from ((line, name) for name in names if name in word.lower())


def home(module: Path, root: Path) -> str | None:
    """The carrier in whose folder a module stands."""
    parts = module.relative_to(root).parts
    return parts[2] if len(parts) > 3 and parts[1] == "carriers" else None


def test_no_other_code_says_a_carriers_name(modules: Sequence[Path], root: Path) -> None:
    strangers = [
        f"{file}:{line} says {name!r}"
        for module in modules
        if (file := module.relative_to(root).as_posix()) not in LISTS
        for line, name in strange(module, home(module, root))
        if (file, name) not in ALLOWED
    ]
    assert not strangers


@pytest.mark.parametrize("file", LISTS)
def test_the_lists_of_carriers_are_in_one_line(file: str, root: Path) -> None:
    source = (root / file).read_text(encoding="utf-8")
    assigned = [node for node in ast.parse(source).body if isinstance(node, ast.AnnAssign)]
    (listed,) = [node for node in assigned if isinstance(node.target, ast.Name) and node.target.id == "CARRIERS"]
    assert listed.lineno == listed.end_lineno


def test_the_table_of_exceptions_has_no_dead_entries(root: Path) -> None:
    dead = [(file, name) for file, name in ALLOWED if name not in told((root / file).read_text(encoding="utf-8"))]
    assert not dead


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import twilio.rest", {"twilio"}),
        ("from a import plivo as b", {"plivo"}),
        ("x = 'X-Telnyx-Signature'", {"telnyx"}),
        ("def f(twilio_sid): ...", {"twilio"}),
        ("class PlivoError: ...", {"plivo"}),
        ("a.twilio(telnyx=1)", {"twilio", "telnyx"}),
        ('"""About Twilio."""\nx = 1\n"""Plivo says so."""', set()),
        ("x = 1  # Twilio", set()),
        ("f'{x} at twilio'", {"twilio"}),
    ],
)
def test_names_are_found_where_they_are_code(source: str, names: set[str]) -> None:
    assert told(source) == names
