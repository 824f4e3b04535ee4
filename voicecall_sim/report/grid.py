"""The table of scenarios and carriers, where there are several cells to compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from voicecall_sim.runner.events import Outcome, Verdict

MARKS: Final = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.SKIPPED: ("-", "yellow"),
    Verdict.EXPECTED_FAILURE: ("x", "yellow"),
    Verdict.UNEXPECTED_PASS: ("!", "bold red"),
    Verdict.THRESHOLD_MISSED: ("~", "bold magenta"),
}
MOST_MARKS: Final = 12
SUFFIX: Final = ".scenario.yaml"


def grid(outcomes: Sequence[Outcome]) -> Table | None:
    """Scenarios down, carriers across, a mark for each cell of the matrix; None when no scenario has several."""
    rows = several(outcomes)
    if not rows:
        return None
    carriers = list(dict.fromkeys(outcome.plan.carrier for outcome in outcomes))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("scenario", overflow="fold")
    for carrier in carriers:
        table.add_column(carrier, no_wrap=True)
    for title, cells in rows.items():
        table.add_row(title, *(marks([cell for cell in cells if cell.plan.carrier == name]) for name in carriers))
    return table


def several(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes by scenario, of those scenarios that have more than one."""
    rows: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        file = outcome.plan.id.partition("::")[0].removesuffix(SUFFIX)
        rows.setdefault(f"{file}: {outcome.plan.name}", []).append(outcome)
    return {title: cells for title, cells in rows.items() if len(cells) > 1}


def marks(cells: Sequence[Outcome]) -> Text:
    """`✓✓✗`, or counts where there are too many to look at."""
    verdicts = [cell.verdict for cell in cells]
    if len(verdicts) <= MOST_MARKS:
        return Text.assemble(*(MARKS[verdict] for verdict in verdicts))
    counts = Counter(verdicts)
    shown = [(f"{counts[verdict]}{MARKS[verdict][0]} ", MARKS[verdict][1]) for verdict in Verdict if counts[verdict]]
    return Text.assemble(*shown)
