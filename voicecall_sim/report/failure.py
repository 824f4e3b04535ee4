"""A failure in full: what was expected where, what came instead, why that may be, and how to see it again."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from voicecall_sim.report.excerpt import excerpt
from voicecall_sim.report.ladder import ladder
from voicecall_sim.report.paper import Line
from voicecall_sim.report.rungs import Tone, describe
from voicecall_sim.report.spans import instant
from voicecall_sim.runner.events import Failure, Outcome, Verdict
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry

STYLES: Final = {Tone.BAD: "red", Tone.FAULT: "yellow", Tone.VOICE: "cyan", Tone.QUIET: "dim"}
"""How the tones of a ladder look on a terminal; others are plain."""

MOST_RUNGS: Final = 30


def outcome_in_full(outcome: Outcome, width: int) -> RenderableType:
    """Everything there is to say of a scenario that is not as it should be."""
    parts: list[RenderableType] = []
    for failure in outcome.failures:
        parts += [*failure_in_full(failure), Text()]
    if outcome.verdict is Verdict.UNEXPECTED_PASS:
        words = f"It passed, although the scenario says that it fails: {outcome.reason or outcome.plan.expect_fail}"
        parts += [Text(words, style="bold"), Text(str(outcome.plan.place), style="blue"), Text()]
    elif outcome.reason and not outcome.failures:
        parts += [Text(outcome.reason, style="bold"), Text()]
    if outcome.failures:
        parts += drawing(outcome, width)
    if outcome.again:
        parts.append(Text.assemble(("reproduce  ", "dim"), (outcome.again, "bold")))
    return Group(*parts)


def drawing(outcome: Outcome, width: int) -> Sequence[RenderableType]:
    """The ladder with the instant of the failure marked."""
    drawn = ladder(
        outcome.journal, carrier=outcome.plan.carrier, width=width, failed_at=failed_at(outcome), most=MOST_RUNGS
    )
    return [painted(drawn), Text()] if drawn else []


def failed_at(outcome: Outcome) -> Micros | None:
    """The instant of the first failure, if one is known."""
    return next((failure.at for failure in outcome.failures if failure.at is not None), None)


def headed(outcome: Outcome) -> RenderableType:
    """The line above a failure in full."""
    return Rule(Text.assemble((f"{outcome.verdict.value} ", "bold red"), outcome.plan.id), style="red", align="left")


def failure_in_full(failure: Failure) -> Iterator[RenderableType]:
    """One failure: title, place, the step with a caret, and the table of what was expected and what came."""
    named = f"{failure.rule}: " if failure.rule else ""
    yield Text(f"{named}{failure.title}", style="bold")
    if failure.place is not None:
        yield Text(str(failure.place), style="blue")
        yield Text()
        yield from (Text(line, style="bold" if own else "dim") for line, own in excerpt(failure.place, failure.source))
    yield Text()
    yield compared(failure)
    if failure.traceback:
        yield Text(failure.traceback.rstrip(), style="dim")


def compared(failure: Failure) -> RenderableType:
    """What was expected beside what came."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    if failure.expected:
        grid.add_row("expected", Text(failure.expected, style="green"))
    if failure.differences:
        grid.add_row("but", Text("\n".join(failure.differences), style="red"))
    if failure.nearest:
        grid.add_row("nearest", events(failure.nearest))
    if failure.cause:
        grid.add_row("likely", Text(failure.cause))
    return grid


def events(entries: Sequence[Entry]) -> Text:
    """Journal entries, a line each."""
    stamp = max(len(instant(entry.at)) for entry in entries)
    return Text("\n".join(f"{instant(entry.at):>{stamp}}  {describe(entry)}" for entry in entries))


def painted(lines: Sequence[Line]) -> Text:
    """A drawing with its colours, never wrapped."""
    drawing = Text(no_wrap=True, overflow="crop")
    for line in lines:
        drawing.append(line.text + "\n", style=STYLES.get(line.tone, "") if line.tone else "bold")
    drawing.right_crop(1)
    return drawing


def plainly(outcome: Outcome, width: int = 100, *, color: bool = False) -> str:
    """The outcome in full as text, for places that are no terminal: JUnit files, other people's reports."""
    out = io.StringIO()
    paper = Console(file=out, width=width, force_terminal=color, color_system="standard" if color else None)
    paper.print(outcome_in_full(outcome, width))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
