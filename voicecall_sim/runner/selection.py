"""From what was asked for to plans: paths, ids, carriers, words; everything wrong with their files found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.runner.stage import SubjectFactory
from voicecall_sim.runner.vendors import serves
from voicecall_sim.scenario.checking import explain
from voicecall_sim.scenario.errors import Findings, Problem
from voicecall_sim.scenario.load import find, load, plans
from voicecall_sim.scenario.plan import Plan
from voicecall_sim.subjects.subject import ConfigProblem

Check = Callable[[Plan], None]
"""Raises `ScenarioError` for what the application says of a plan's `app:` block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which scenarios: files, directories and ids; those of some carriers only (all without), those with some words.

    `words` are parts of ids, names and tags, joined by `and`, `or` and `not`; `seed` goes before the files' own.
    """

    paths: Sequence[str]
    carriers: Sequence[str] = ()
    words: str = ""
    seed: int | None = None


def select(selection: Selection, check: Check) -> tuple[list[Plan], list[Problem]]:
    """The plans in order, and the warnings. Raises `ScenarioError` with everything that is wrong with any file."""
    findings = Findings()
    warnings: list[Problem] = []
    found: dict[str, Plan] = {}
    for path in selection.paths:
        files, wanted = split(path)
        for file in gathered(findings, files):
            with findings.gathering():
                document = load(file)
                warnings += document.warnings
                for plan in plans(document, CARRIERS, selection.seed):
                    if named(plan, wanted) and chosen(plan, selection):
                        found[plan.id] = plan
    for plan in found.values():
        with findings.gathering():
            check(plan)
    findings.settle()
    return list(found.values()), list(dict.fromkeys(warnings))


def gathered(findings: Findings, path: str) -> Iterator[Path]:
    """The files at or below a path; a path with nothing is a problem like others."""
    with findings.gathering():
        yield from find([path])


def split(path: str) -> tuple[str, str]:
    """A path, and the id after `::` if there is one."""
    file, _, name = path.partition("::")
    return file, name


def named(plan: Plan, wanted: str) -> bool:
    """Whether a plan is the one with that id, or a cell of it."""
    name = plan.id.partition("::")[2]
    return not wanted or name == wanted or name.startswith(f"{wanted}[")


def chosen(plan: Plan, selection: Selection) -> bool:
    """Whether carrier and words fit."""
    fits = not selection.carriers or plan.carrier in selection.carriers
    return fits and has_words(" ".join([plan.id, plan.name, *sorted(plan.tags)]), selection.words)


def has_words(text: str, words: str) -> bool:
    """Whether a text has these words: `anna and not busy or voicemail`. Case does not count."""
    alternatives = words.casefold().split(" or ")
    return any(all(has(text.casefold(), word) for word in alternative.split(" and ")) for alternative in alternatives)


def has(text: str, word: str) -> bool:
    """Whether a text has one word, or has it not after `not`."""
    word = word.strip()
    return word.removeprefix("not ").strip() not in text if word.startswith("not ") else word in text


# --- the application's word -------------------------------------------------------------------------------------


def checked_by(make_subject: SubjectFactory) -> Check:
    """Asks the application; equal configurations are asked about once."""
    answers: dict[tuple[str, bool, bool, str], Sequence[ConfigProblem]] = {}

    def check(plan: Plan) -> None:
        key = (plan.carrier, plan.agent is not None, serves(plan), repr(plan.app))
        if key not in answers:
            answers[key] = asked(plan, make_subject)
        findings = Findings()
        for problem in answers[key]:
            with findings.gathering():
                raise explain(plan, problem.path, problem.message, problem.hint)
        findings.settle()

    return check


def asked(plan: Plan, make_subject: SubjectFactory) -> Sequence[ConfigProblem]:
    """What the application says of a configuration."""
    if plan.skip:
        return ()
    key = "made-up" if serves(plan) else None
    subject = make_subject(agent=plan.agent is not None, openai_key=key, elevenlabs_key=key)
    try:
        return subject.check(plan.app, plan.carrier)
    finally:
        subject.discard()
