"""From a file to plans: `find` finds it, `load` reads and checks it, `plans` multiplies it by carriers and matrix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.scenario.body import Body, read_body
from voicecall_sim.scenario.cast import Cast
from voicecall_sim.scenario.crowd import Crowds, one_by_one, spread_out
from voicecall_sim.scenario.errors import Findings, Problem, ScenarioError, nearest, no_such_place
from voicecall_sim.scenario.grammar.document import BODY, HEAD, SETTABLE, TOP
from voicecall_sim.scenario.including import Whole, whole
from voicecall_sim.scenario.matrix import Axis, Cell, Filling, Ids, cells
from voicecall_sim.scenario.nodes import Pairs, Scalar, wrong
from voicecall_sim.scenario.place import Place
from voicecall_sim.scenario.plan import PersonPlan, Plan
from voicecall_sim.scenario.source import parse, read_text
from voicecall_sim.scenario.terms import problems

SUFFIX: Final = ".scenario.yaml"
BUNDLED: Final = "scenarios"
"""Below a directory of this name every scenario has its `why`."""
NOT_EMULATED: Final = "not emulated by this installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A scenario file, read and checked: its head, and its body in every cell of its matrix.

    `carriers` is None when the file names none: all are meant. `warnings` do not keep it from running.
    """

    file: Path
    place: Place
    name: str
    why: str
    carriers: tuple[Scalar, ...] | None
    skip: Mapping[str, str]
    expect_fail: str | None
    tags: frozenset[str]
    cells: tuple[tuple[Cell, Body], ...]
    warnings: tuple[Problem, ...] = ()


def load(path: Path | str) -> Document:
    """Read and check a scenario file. Raises `ScenarioError` with everything that is wrong with it."""
    file = Path(path)
    return understand(read_text(file), file)


def understand(text: str, file: Path) -> Document:
    """The same for a text; `file` is where it claims to be from, and where `use` counts from."""
    root = parse(text, file)
    findings = Findings()
    everything = with_used_files(root, file, findings)
    head, warnings = read_head(root if everything is None else everything.root, file, findings)
    filled = read_cells(everything, head.get("matrix"), findings) if everything is not None else []
    with findings.gathering():
        named_carriers(head, filled)
    findings.settle()
    return Document(
        file=file,
        place=root.place,
        name=head["name"],
        why=head.get("why", ""),
        carriers=head.get("carriers"),
        skip=head.get("skip", {}),
        expect_fail=head.get("expect_fail"),
        tags=frozenset(head.get("tags", ())),
        cells=tuple(filled),
        warnings=warnings,
    )


def with_used_files(root: Pairs, file: Path, findings: Findings) -> Whole | None:
    """The map with what it uses; None if some of that cannot be used."""
    with findings.gathering():
        return whole(root, file)
    return None


# --- the head ---------------------------------------------------------------------------------------------------


def read_head(root: Pairs, file: Path, findings: Findings) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
    """What the file says of itself. Keys that are unknown or missing anywhere at top level are found here, too."""
    cast, values = Cast(), {}
    for key, node in root.pairs:
        with findings.gathering():
            if TOP.known(key, node) is HEAD.get(key.text):
                values[key.text] = HEAD[key.text].shape.read(node, cast)
    TOP.check_needed(root, findings)
    values["carriers named"] = tuple(cast.carriers_named)
    return values, tuple(check_why(root, file, findings))


def check_why(root: Pairs, file: Path, findings: Findings) -> Iterator[Problem]:
    """`why` is obligatory in bundled scenarios; elsewhere its absence is a warning."""
    if root.get("why") is not None:
        return
    message, remedy = "a scenario without `why`", "Say why it is there: what went wrong once, and where that is told."
    if BUNDLED in file.absolute().parent.parts:
        findings.add(root.place, message, remedy)
    else:
        yield Problem(root.place, message, remedy, warning=True)


def named_carriers(head: Mapping[str, Any], filled: Iterable[tuple[Cell, Body]]) -> None:
    """`skip` and `only` speak of carriers that the scenario has."""
    carriers = [carrier.text for carrier in head.get("carriers", ())]
    named = [*head["carriers named"], *(name for _, body in filled for name in body.carriers_named)]
    strangers = [name for name in named if carriers and name.text not in carriers]
    if strangers:
        remedy = f"This scenario has {', '.join(carriers)}."
        raise ScenarioError(Problem(name.place, f"`{name.text}` is not among `carriers`", remedy) for name in strangers)


# --- the cells --------------------------------------------------------------------------------------------------


def read_cells(source: Whole, axes: Sequence[Axis] | None, findings: Findings) -> list[tuple[Cell, Body]]:
    """The body in every cell. With a matrix that is wrong there are none."""
    if source.root.get("matrix") is not None and axes is None:
        return []
    filled: list[tuple[Cell, Body]] = []
    referred = {axis.key.text for axis in axes or () if axis.key.text in SETTABLE}
    for cell in cells(axes or ()):
        filling = Filling(cell)
        with findings.gathering():
            filled.append((cell, read_filled(source, filling)))
        referred |= filling.referred
    for axis in axes or ():
        check_axis(axis, source.root, referred, findings)
    return filled


def read_filled(source: Whole, filling: Filling) -> Body:
    """The body in one cell. Where a reference is wrong, nothing else is said of that place."""
    root = body_in(source.root, filling)
    strange = {problem.place for problem in filling.findings.problems}
    try:
        body = read_body(root, source.shared)
    except ScenarioError as error:
        others = [problem for problem in error.problems if problem.place not in strange]
        raise ScenarioError([*filling.findings.problems, *others]) from error
    filling.findings.settle()
    return body


def body_in(root: Pairs, filling: Filling) -> Pairs:
    """The blocks of the body, filled; axes that set a key do so."""
    body = filling.fill(root.only(BODY))
    assert isinstance(body, Pairs)
    set_here = [(replace(value, text=word), value) for word, value in filling.cell.items() if word in SETTABLE]
    return replace(body, pairs=(*body.pairs, *set_here))


def check_axis(axis: Axis, root: Pairs, referred: Collection[str], findings: Findings) -> None:
    """An axis sets a key that is not set otherwise, or is referred to."""
    word = axis.key.text
    if word in SETTABLE and root.get(word) is not None:
        findings.add(axis.key.place, f"the axis `{word}` sets what the file sets itself", f"Leave `{word}:` out.")
    if word not in referred:
        remedy = f'Write "{{{word}}}" where its values belong, or leave it out.'
        findings.add(axis.key.place, f"nothing refers to the axis `{word}`", remedy)


# --- plans ------------------------------------------------------------------------------------------------------


def plans(document: Document, carriers: Collection[str], seed: int | None = None) -> list[Plan]:
    """The plans of a file, carrier by carrier, cell by cell. `carriers` are those emulated here.

    A carrier that is not among them makes plans that say so in `skip`; a name that is nearly one of them raises
    `ScenarioError`, and so do words that a carrier does not know, if `carriers` maps the names to what they are
    emulated by. `seed` goes before the file's own, but not before an axis.
    """
    names = [name.text for name in document.carriers] if document.carriers is not None else list(carriers)
    misspelt(document, carriers)
    if isinstance(carriers, Mapping):
        judged(document, {name: carriers[name].vocabulary for name in names if name in carriers})
    ids = Ids(document.file.as_posix(), document.name)
    return [
        plan(document, carrier, cell, body, ids.of(carrier, cell), seed, reason(document, carrier, carriers))
        for carrier in names
        for cell, body in document.cells
    ]


def reason(document: Document, carrier: str, known: Collection[str]) -> str | None:
    """Why a carrier's plans are skipped, if they are."""
    return document.skip.get(carrier) if carrier in known else f"`{carrier}` is {NOT_EMULATED}"


def judged(document: Document, vocabularies: Mapping[str, Vocabulary]) -> None:
    """Raise for words that a carrier of the scenario does not know. Those on which it is skipped are not asked."""
    asked = {name: words for name, words in vocabularies.items() if name not in document.skip}
    found = [problem for _, body in document.cells for problem in problems(body.terms, asked)]
    if found:
        raise ScenarioError(found)


def misspelt(document: Document, known: Collection[str]) -> None:
    """Raise for names that are nearly one of the known carriers."""
    findings = Findings()
    for name in document.carriers or ():
        meant = nearest(name.text, known, cutoff=0.8)
        if name.text not in known and meant is not None:
            with findings.gathering():
                raise wrong(name, f"`{name.text}` is no carrier", f"Did you mean `{meant}`?")
    findings.settle()


def plan(
    document: Document, carrier: str, cell: Cell, body: Body, name: str, seed: int | None, skip: str | None
) -> Plan:
    """The plan of one cell."""
    chosen = (body.seed if "seed" in cell or seed is None else seed) or 0
    crowds = crowds_of(body, chosen)
    mine = [line.step for line in body.lines if line.carrier in (None, carrier)]
    return Plan(
        id=name,
        name=document.name,
        why=document.why,
        place=document.place,
        carrier=carrier,
        cell={axis: value.text for axis, value in cell.items()},
        app=body.app,
        where=body.where,
        people=(*body.people, *(member for members in crowds.values() for member in members)),
        steps=tuple(each for step in mine for each in spread_out(step, crowds)),
        agent=body.agent,
        thresholds=body.thresholds,
        tags=document.tags,
        seed=chosen,
        tunnel=body.tunnel,
        strict=tuple(each for actor in body.strict for each in one_by_one(actor, crowds)),
        expect_fail=document.expect_fail,
        skip=skip,
    )


def crowds_of(body: Body, seed: int) -> Crowds:
    """The members of every crowd."""
    people = list(body.people)
    crowds: dict[str, tuple[PersonPlan, ...]] = {}
    for crowd in body.crowds:
        names, numbers = {person.name for person in people}, {person.phone for person in people}
        crowds[crowd.name] = tuple(crowd.members(seed, names, numbers))
        people.extend(crowds[crowd.name])
    return crowds


# --- files ------------------------------------------------------------------------------------------------------


def find(paths: Iterable[Path | str]) -> list[Path]:
    """Every scenario file at or below these paths, each once, directories in order of name.

    Raises `ScenarioError` for a path that does not exist, and for a directory without scenarios.
    """
    findings, found = Findings(), dict[Path, None]()
    for path in map(Path, paths):
        if path.is_file():
            found[path] = None
        elif not path.is_dir():
            findings.add(no_such_place(path), "there is no such file or directory")
        else:
            below = sorted(path.rglob(f"*{SUFFIX}"))
            found |= dict.fromkeys(below)
            if not below:
                findings.add(no_such_place(path), f"there is no scenario below it (files ending in {SUFFIX})")
    findings.settle()
    return list(found)
