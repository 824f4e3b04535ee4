"""What the commands that take scenarios have in common: their options, and how mistakes are shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from voicecall_sim.runner.stage import SubjectFactory
    from voicecall_sim.scenario.errors import Problem
    from voicecall_sim.scenario.plan import Plan

MISTAKE = 2
"""The exit code of wrong usage, of mistakes in scenarios, and of a selection that matches nothing."""

Command = TypeVar("Command", bound=Callable[..., Any])


def known_carriers(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if there are such carriers."""
    for name in names:
        known_carrier(name)
    return names


def known_carrier(name: str) -> str:
    """The name, if there is such a carrier. Raises `BadParameter`."""
    from voicecall_sim.carriers import CARRIERS

    if name not in CARRIERS:
        raise click.BadParameter(f"there is no carrier {name!r}; known: {', '.join(CARRIERS)}")
    return name


def selecting(command: Command) -> Command:
    """Add PATH..., --carrier, -k, --seed and --subject; the command gets `asked`, a function that selects."""

    @click.argument("paths", nargs=-1, required=True, metavar="PATH...")
    @click.option(
        "--carrier", "carriers", callback=known_carriers, multiple=True, help="On this carrier only. Repeatable."
    )
    @click.option("-k", "words", default="", metavar="WORDS", help="Those with these words: 'menu and not busy'.")
    @click.option("--seed", type=int, help="Go before the seeds that scenarios set themselves.")
    @click.option("--subject", "subject", default="sdk", show_default=True, help="The application under test.")
    @functools.wraps(command)
    def with_selection(
        *args: Any,
        paths: tuple[str, ...],
        carriers: tuple[str, ...],
        words: str,
        seed: int | None,
        subject: str,
        **kw: Any,
    ) -> Any:
        def asked() -> tuple[list[Plan], SubjectFactory]:
            return selected(paths, carriers, words, seed, subject)

        return command(*args, asked=asked, **kw)

    return with_selection  # type: ignore[return-value]


def selected(
    paths: Sequence[str], carriers: Sequence[str], words: str, seed: int | None, subject: str
) -> tuple[list[Plan], SubjectFactory]:
    """The plans, and what makes the application under test. Shows mistakes and exits with 2 if there are any."""
    from voicecall_sim.runner.selection import Selection, checked_by, select
    from voicecall_sim.scenario.errors import ScenarioError

    factory = subject_named(subject)
    try:
        selection = Selection(paths=paths, carriers=carriers, words=words, seed=seed)
        plans, warnings = select(selection, checked_by(factory))
    except ScenarioError as error:
        mistaken(error.problems)
    show(warnings)
    if not plans:
        raise click.UsageError("no scenario matches")
    return plans, factory


def subject_named(name: str) -> SubjectFactory:
    """What makes an application under test. Raises `UsageError` for one that is not known."""
    from voicecall_sim.subjects import SUBJECTS, factory

    if name not in SUBJECTS:
        raise click.UsageError(f"there is no subject {name!r}; known: {', '.join(SUBJECTS)}")
    made_by: SubjectFactory = factory(name)
    return made_by


def mistaken(problems: Sequence[Problem]) -> NoReturn:
    """Show mistakes, count them, and exit."""
    show(problems)
    count = len(problems)
    click.echo(f"\n{count} mistake{'' if count == 1 else 's'}", err=True)
    raise SystemExit(MISTAKE)


def show(problems: Sequence[Problem]) -> None:
    """Problems as their writers show them, with colours on a terminal."""
    for number, problem in enumerate(problems):
        if number:
            click.echo(err=True)
        first, *others = str(problem).splitlines()
        colour = "yellow" if problem.warning else "red"
        click.secho(first, fg=colour, bold=True, err=True)
        for line in others:
            remedy = line.lstrip().startswith("= ")
            click.secho(line, fg="cyan" if remedy else colour if line.strip(" |^") == "" else None, err=True)
