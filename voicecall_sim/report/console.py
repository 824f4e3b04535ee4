"""What a person sees of a run: progress on a terminal, plain lines elsewhere, failures in full, the totals."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from voicecall_sim.report.failure import headed, outcome_in_full, painted
from voicecall_sim.report.grid import SUFFIX, grid
from voicecall_sim.report.ladder import ladder
from voicecall_sim.report.spans import instant, ratio, span
from voicecall_sim.runner.events import Outcome, PlanBegan, PlanEnded, RunEvent, TourBegan, TourEnded, Verdict
from voicecall_sim.scenario.plan import Plan

STYLES: Final = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.SKIPPED: "yellow",
    Verdict.EXPECTED_FAILURE: "yellow",
    Verdict.UNEXPECTED_PASS: "bold red",
    Verdict.THRESHOLD_MISSED: "bold magenta",
}


class ConsoleReport:
    """A reporter for people. With `ladders` every scenario's ladder is drawn, not those of failures alone."""

    def __init__(self, console: Console, *, ladders: bool = False) -> None:
        self._console = console
        self._ladders = ladders
        self._total = 0
        self._ended: list[Outcome] = []
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __call__(self, event: RunEvent) -> None:
        """Show an event."""
        match event:
            case TourBegan(plans):
                self._begin(len(plans))
            case PlanBegan(plan):
                self._progress(plan)
            case PlanEnded(outcome):
                self._end(outcome)
            case TourEnded():
                self._sum_up(event)

    def close(self) -> None:
        """Give the terminal back, also when the run is broken off. Harmless when it is over."""
        if self._live is not None:
            self._live.stop()

    def _begin(self, total: int) -> None:
        self._total = total
        if self._live is not None:
            self._live.start()

    def _progress(self, plan: Plan) -> None:
        if self._live is not None:
            self._live.update(progress(self._ended, self._total, plan), refresh=True)

    def _end(self, outcome: Outcome) -> None:
        self._ended.append(outcome)
        if self._live is None:
            self._console.print(verdict_line(outcome), soft_wrap=True)
        else:
            self._console.print(verdict_line(outcome, brief=True), no_wrap=True, overflow="ellipsis")
        if self._ladders:
            drawn = ladder(outcome.journal, carrier=outcome.plan.carrier, width=self._console.width)
            self._console.print(painted(drawn), end="\n\n" if drawn else "")

    def _sum_up(self, tour: TourEnded) -> None:
        self.close()
        for outcome in tour.outcomes:
            if not outcome.verdict.good:
                self._console.print()
                self._console.print(headed(outcome))
                self._console.print(outcome_in_full(outcome, self._console.width), crop=False)
        table = grid(tour.outcomes)
        if table is not None:
            self._console.print()
            self._console.print(table)
        self._console.print()
        self._console.print(totals(tour))


def verdict_line(outcome: Outcome, *, brief: bool = False) -> Text:
    """`passed  12.345s  file.yaml::name[cell]`, with the reason of a skip or an expected failure.

    `brief` leaves out what the file and the cell tell already, so that it fits a terminal.
    """
    verdict = outcome.verdict.value if outcome.verdict.good else outcome.verdict.value.upper()
    took = "" if outcome.verdict is Verdict.SKIPPED else instant(outcome.simulated)
    name = brief_name(outcome.plan) if brief else outcome.plan.id
    line = Text.assemble((verdict, STYLES[outcome.verdict]), f" {took:>{23 - len(verdict)}}  {name}")
    reason = outcome.reason or outcome.plan.skip or outcome.plan.expect_fail if outcome.verdict.good else ""
    return line.append(f"  ({reason})", style="dim") if reason else line


def brief_name(plan: Plan) -> str:
    """The file and the cell."""
    file, _, name = plan.id.partition("::")
    cell = name.partition("[")[2].removesuffix("]")
    return f"{file.removesuffix(SUFFIX)}  {cell}"


def progress(ended: list[Outcome], total: int, plan: Plan) -> RenderableType:
    """The line at the bottom of a terminal while the run lasts."""
    bad = sum(not outcome.verdict.good for outcome in ended)
    row = Table.grid(padding=(0, 1))
    row.add_column(no_wrap=True)
    row.add_column(width=20)
    row.add_column(no_wrap=True, overflow="ellipsis")
    count = Text(f"{len(ended)} of {total}")
    if bad:
        count.append(f", {bad} bad", style="bold red")
    row.add_row(
        count, ProgressBar(total=max(total, 1), completed=len(ended), width=20), Text(brief_name(plan), style="dim")
    )
    return Group(row)


def totals(tour: TourEnded) -> Text:
    """How many of each verdict, how many calls, how long in either time."""
    if not tour.outcomes:
        return Text("no scenarios", style="yellow")
    counts = Counter(outcome.verdict for outcome in tour.outcomes)
    line = Text(", ").join(
        Text(f"{counts[verdict]} {verdict.value}", style=STYLES[verdict]) for verdict in Verdict if counts[verdict]
    )
    calls = sum(outcome.calls for outcome in tour.outcomes)
    line.append(f" · {calls} call{'' if calls == 1 else 's'}")
    line.append(f" · {span(tour.simulated)} simulated in {span(tour.real)}")
    times = ratio(tour.simulated, tour.real)
    return line.append(f" ({times})", style="bold") if times else line
