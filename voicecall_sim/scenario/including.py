"""`use: file.yaml`: shared people, configuration, pairs and tunnel, laid under the file's own.

`app` is merged key by key, all the way down; of `people` and `tunnel` the file's own win whole; pairs of `agent` come
after the file's own. Of several files the later wins. Shared people whom no step speaks of do not take part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.errors import Findings, Problem, ScenarioError
from voicecall_sim.scenario.grammar.words import TEXT
from voicecall_sim.scenario.nodes import Items, Node, Pairs, Scalar, wrong
from voicecall_sim.scenario.source import parse, read_text

SHAREABLE: Final = ("voicecall", "app", "people", "agent", "tunnel", "use")


@dataclass(frozen=True, slots=True)
class Whole:
    """A scenario's map with all that it uses merged in, and the names of the people who came with that."""

    root: Pairs
    shared: frozenset[str] = frozenset()


def whole(root: Pairs, file: Path) -> Whole:
    """The map with every used file laid under it. Raises `ScenarioError` with the problems of all of them."""
    merged = with_used(root, file, (file,))
    return Whole(merged, people_of(merged) - people_of(root))


def with_used(root: Pairs, file: Path, chain: Sequence[Path]) -> Pairs:
    """The map with the files of its `use` laid under it."""
    use = root.get("use")
    if use is None:
        return root
    findings, merged = Findings(), root
    for name in reversed(use.items if isinstance(use, Items) else (use,)):
        with findings.gathering():
            merged = merge(merged, used(name, file, chain))
    findings.settle()
    return merged


def used(name: Node, file: Path, chain: Sequence[Path]) -> Pairs:
    """The map of one used file, with what it uses itself."""
    path = file.parent / TEXT.read(name, Cast())
    if any(same(path, earlier) for earlier in chain):
        way = " → ".join(link.name for link in (*chain, path))
        raise wrong(name, f"`{path.name}` uses itself: {way}", "Leave one `use` out.")
    try:
        text = read_text(path)
    except ScenarioError as error:
        raise wrong(name, f"`{path}` {error.problems[0].message}", "The path counts from this file.") from error
    root = parse(text, path)
    strangers = [key for key, _ in root.pairs if key.text not in SHAREABLE]
    if strangers:
        remedy = f"A used file has {', '.join(SHAREABLE[1:])}."
        raise ScenarioError(Problem(key.place, f"`{key.text}` cannot be shared", remedy) for key in strangers)
    return with_used(root, path, (*chain, path))


def same(one: Path, other: Path) -> bool:
    """Whether two paths mean the same file."""
    return one.resolve() == other.resolve()


def people_of(root: Pairs) -> frozenset[str]:
    """The names below `people:`."""
    people = root.get("people")
    return frozenset(people.words) if isinstance(people, Pairs) else frozenset()


def merge(own: Pairs, shared: Pairs) -> Pairs:
    """The blocks of a used file under the file's own."""
    result = own
    for key, value in shared.pairs:
        if key.text in ("voicecall", "use"):
            continue
        mine = own.get(key.text)
        result = with_pair(result, key, value if mine is None else together(key.text, mine, value))
    return result


def together(block: str, mine: Node, shared: Node) -> Node:
    """One block from both files."""
    match mine, shared:
        case Pairs(), Pairs() if block == "app":
            return deeply(mine, shared)
        case Pairs(), Pairs():
            return under(mine, shared)
        case Items(items=first), Items(items=second) if block == "agent":
            return replace(mine, items=(*first, *second))
        case _:
            return mine


def under(mine: Pairs, shared: Pairs) -> Pairs:
    """My pairs, and those of the shared map that I do not have."""
    return replace(mine, pairs=(*mine.pairs, *(pair for pair in shared.pairs if pair[0].text not in mine.words)))


def deeply(mine: Pairs, shared: Pairs) -> Pairs:
    """The same, and maps below merged alike."""
    result = under(mine, shared)
    for key, value in mine.pairs:
        other = shared.get(key.text)
        if isinstance(value, Pairs) and isinstance(other, Pairs):
            result = with_pair(result, key, deeply(value, other))
    return result


def with_pair(root: Pairs, key: Scalar, value: Node) -> Pairs:
    """The map with this pair replaced, or added at the end."""
    if key.text not in root.words:
        return replace(root, pairs=(*root.pairs, (key, value)))
    return replace(root, pairs=tuple((k, value if k.text == key.text else v) for k, v in root.pairs))
