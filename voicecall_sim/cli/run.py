"""`voicecall-sim run`: perform scenarios and report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from voicecall_sim.cli.selecting import selecting

if TYPE_CHECKING:
    from voicecall_sim.runner.events import Outcome, Reporter
    from voicecall_sim.runner.stage import SubjectFactory
    from voicecall_sim.scenario.plan import Plan

PAPER_WIDTH: Final = 100
"""Where the output goes to no terminal, in characters."""
FAILED: Final = 1
THRESHOLD_MISSED: Final = 99


@click.command()
@selecting
@click.option("--check-determinism", is_flag=True, help="Run each scenario twice and compare the journals.")
@click.option("--junit", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write a JUnit XML file.")
@click.option(
    "--jsonl", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write every event as JSON lines."
)
@click.option(
    "--audio",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a stereo WAV of each call into this directory: the person left, the application right.",
)
@click.option("--ladder", is_flag=True, help="Draw every scenario's call flow, not those of failures alone.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first failure.")
def run(
    asked: Callable[[], tuple[list[Plan], SubjectFactory]],
    check_determinism: bool,
    junit: Path | None,
    jsonl: Path | None,
    audio: Path | None,
    ladder: bool,
    fail_fast: bool,
) -> None:
    """Run scenarios in virtual time, with no network.

    PATH is a file, a directory, or the id of a scenario (FILE::NAME or FILE::NAME[CELL]).
    """
    from voicecall_sim.runner.tour import Options, tour

    plans, factory = asked()
    options = Options(check_determinism=check_determinism, fail_fast=fail_fast, audio=audio is not None)
    with ExitStack() as ends, recordings_somewhere():
        outcomes = tour(plans, factory, reporters(ends, junit, jsonl, audio, ladder), options)
    raise SystemExit(exit_code(outcomes))


@contextmanager
def recordings_somewhere() -> Iterator[None]:
    """A directory that cannot be written to is a mistake of usage."""
    from voicecall_sim.report.audio import AudioNotWritten

    try:
        yield
    except AudioNotWritten as error:
        raise click.BadParameter(str(error), param_hint="--audio") from None


def reporters(
    ends: ExitStack, junit: Path | None, jsonl: Path | None, audio: Path | None, ladder: bool
) -> Sequence[Reporter]:
    """Everybody who is told; what they hold open is closed in the end."""
    from rich.console import Console

    from voicecall_sim.report.audio import AudioReport
    from voicecall_sim.report.console import ConsoleReport
    from voicecall_sim.report.jsonl import JsonlReport
    from voicecall_sim.report.junit import JunitReport

    console = Console() if sys.stdout.isatty() or "COLUMNS" in os.environ else Console(width=PAPER_WIDTH)
    listening: list[Reporter] = [ends.enter_context(closing(ConsoleReport(console, ladders=ladder)))]
    if junit is not None:
        listening.append(JunitReport(junit))
    if jsonl is not None:
        listening.append(ends.enter_context(closing(JsonlReport(jsonl))))
    if audio is not None:
        listening.append(AudioReport(audio))
    return listening


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 when all is well, 99 when nothing but thresholds was missed, else 1."""
    from voicecall_sim.runner.events import Verdict

    bad = {outcome.verdict for outcome in outcomes if not outcome.verdict.good}
    if not bad:
        return 0
    return THRESHOLD_MISSED if bad == {Verdict.THRESHOLD_MISSED} else FAILED
