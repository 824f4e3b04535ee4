"""A failure in full: what was expected where, what came instead, why that may be, and how to see it again."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
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
LABEL: Final = 10
"""The width of the column with `expected`, `nearest` and so on."""


def outcome_in_full(outcome: Outcome, width: int) -> RenderableType:
    """Everything there is to say of a scenario that is not as it should be."""
    parts: list[RenderableType] = []
    for failure in outcome.failures:
        parts += [*failure_in_full(failure, width), Text()]
    if outcome.verdict is Verdict.UNEXPECTED_PASS:
        words = f"It passed, although the scenario says that it fails: {outcome.reason or outcome.plan.expect_fail}"
        parts += [Text(words, style="bold"), Text(str(outcome.plan.place), style="blue"), Text()]
    elif outcome.reason and not outcome.failures:
        parts += [Text(outcome.reason, style="bold"), Text()]
    if outcome.failures:
        parts += drawing(outcome, width)
    if outcome.again:
        # however long: it is to be copied
        parts.append(Text.assemble(("reproduce  ", "dim"), (outcome.again, "bold"), no_wrap=True, overflow="ignore"))
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


def failure_in_full(failure: Failure, width: int) -> Iterator[RenderableType]:
    """One failure: title, place, the step with a caret, and what was expected beside what came."""
    named = f"{failure.rule}: " if failure.rule else ""
    yield Text(f"{named}{failure.title}", style="bold")
    if failure.place is not None:
        yield Text(str(failure.place), style="blue")
        yield Text()
        for line, own in excerpt(failure.place, failure.source):
            yield Text(line, style="bold" if own else "dim", no_wrap=True, overflow="ellipsis")
    yield Text()
    for label, told, style in compared(failure):
        yield hanging(label, told, style, width)
    if failure.traceback:
        yield Text(failure.traceback.rstrip(), style="dim")


def compared(failure: Failure) -> Iterator[tuple[str, Sequence[str], str]]:
    """What was expected beside what came: a label, its lines, their style."""
    if failure.expected:
        yield "expected", [failure.expected], "green"
    if failure.differences and list(failure.differences) != [failure.title]:
        yield "but", failure.differences, "red"
    if failure.nearest:
        yield "nearest", events(failure.nearest), ""
    if failure.cause:
        yield "likely", [failure.cause], ""


def hanging(label: str, lines: Sequence[str], style: str, width: int) -> Text:
    """Lines beside a label, wrapped in their column."""
    rows = [row for line in lines for row in textwrap.wrap(line, max(20, width - LABEL)) or [""]]
    text = Text(f"{label:<{LABEL}}", style="dim")
    return text.append(f"\n{'':{LABEL}}".join(rows), style=f"not dim {style}")


def events(entries: Sequence[Entry]) -> Sequence[str]:
    """Journal entries, a line each."""
    stamp = max(len(instant(entry.at)) for entry in entries)
    return [f"{instant(entry.at):>{stamp}}  {describe(entry)}" for entry in entries]


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
    paper.print(outcome_in_full(outcome, width), crop=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
