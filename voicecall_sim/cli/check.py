"""`voicecall-sim check`: read scenarios without running them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from voicecall_sim.cli.selecting import selecting


@click.command()
@selecting
def check(asked: Callable[[], tuple[list[Any], Any]]) -> None:
    """Read scenarios and say what is wrong with them, without running them."""
    plans, _ = asked()
    files = len({plan.place.file for plan in plans})
    click.echo(
        f"{files} file{'' if files == 1 else 's'}, {len(plans)} scenario{'' if len(plans) == 1 else 's'}: all is well"
    )
