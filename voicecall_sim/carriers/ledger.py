"""The fidelity ledger: what emulated carriers, AI services and tunnels do, where that is known from, and how surely.

Modules say it themselves in a table `FIDELITY` of (behaviour, source, standing). A standing is documented (the
vendor's documents), captured (observed traffic), executed (the vendor's own code was run), reported (a public bug
report), reimplemented (another implementation does so) or assumed.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from voicecall_sim.carriers import CARRIERS


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One behaviour: the module that emulates it, what it is, its source and its standing."""

    module: str
    behaviour: str
    source: str
    standing: str


SERVICES: Final = ("openai", "elevenlabs")
TUNNELS: Final = "tunnels"
"""Neighbours that keep tables too; by name, for carriers know nothing of them."""


def entries(name: str) -> Sequence[Entry]:
    """Everything that the modules of a carrier, of an AI service, or of the tunnels say of themselves, by module."""
    if name == TUNNELS:
        return list(_entries(f"voicecall_sim.{name}"))
    room = "services" if name in SERVICES else "carriers"
    return list(_entries(f"voicecall_sim.{room}.{name}"))


def markdown() -> str:
    """The ledger of all carriers, services and tunnels as a page."""
    lines = ["# Fidelity ledger", "", *_introduction()]
    for name in (*CARRIERS, *SERVICES, TUNNELS):
        found = entries(name)
        counted = Counter(entry.standing for entry in found)
        lines += ["", f"## {name}", "", ", ".join(f"{count} {word}" for word, count in counted.most_common()) + "."]
        lines += ["", "| room | behaviour | source | standing |", "|---|---|---|---|"]
        lines += [
            f"| {entry.module} | {_cell(entry.behaviour)} | {_cell(entry.source)} | {entry.standing} |"
            for entry in found
        ]
    return "\n".join(lines) + "\n"


def _introduction() -> Sequence[str]:
    return (
        "What the emulated carriers, AI services and tunnels do, where that is known from, and how surely. Made by",
        "`voicecall-sim fidelity` from the tables in the code; a test compares. Where a row says *assumed*, nothing",
        "public was found: if your carrier or your service does otherwise, tell us.",
    )


def _entries(package: str) -> Iterator[Entry]:
    path = importlib.import_module(package).__path__
    for found in sorted(pkgutil.iter_modules(path), key=lambda each: each.name):
        name = f"{package}.{found.name}"
        for behaviour, source, standing in getattr(importlib.import_module(name), "FIDELITY", ()):
            yield Entry(found.name, behaviour, source, standing)
        if found.ispkg:
            yield from (replace(entry, module=f"{found.name}.{entry.module}") for entry in _entries(name))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
