"""The tree speaks of the project alone: no machine's paths, no registry's hosts, no left-over marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

FORBIDDEN: Final = {
    "a path of some machine": r"(?<![\w.:*])/(?:root|home|Users|work|workspace|mnt)/",
    "a registry's host": r"pythonhosted\.org|pypi\.(?:org|python)|registry\.npmjs|proxy\.golang",
    "a key of somebody's account": r"\bsk-[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN (?:RSA |EC )?PRIVATE KEY",
    "an unfinished thought": r"\b(?:TODO|FIXME|XXX)\b",
}


def found(text: str) -> list[str]:
    """What a text has that it should not have."""
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def test_the_tree_speaks_of_the_project_alone(texts: Sequence[Path]) -> None:
    said = {file: found(file.read_text(encoding="utf-8")) for file in texts if file != Path(__file__)}
    assert not {file: what for file, what in said.items() if what}


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("open('/home/me/x')", ["a path of some machine"]),
        ("see /work/notes", ["a path of some machine"]),
        ("https://example.com/home/x", []),
        ("pip install -i https://pypi.org/simple", ["a registry's host"]),
        ("sk-" + "a" * 24, ["a key of somebody's account"]),
        ("# TODO: later", ["an unfinished thought"]),
        ("/voice/webhook", []),
    ],
)
def test_what_is_looked_for_is_found(words: str, what: list[str]) -> None:
    assert found(words) == what
