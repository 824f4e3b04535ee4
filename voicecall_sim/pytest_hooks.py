"""The hooks that the pytest plugin calls, for `conftest.py` and for other plugins to implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicecall_sim.pytest_plugin import ScenarioItem
    from voicecall_sim.runner.run import Run


def pytest_voicecall_scenario_ran(item: ScenarioItem, run: Run) -> None:
    """Judge a run of a scenario file that passed, in one cell of its matrix; whatever is raised fails that test.

    `item.plan` is what was performed. The run is over: `run.world.journal` tells of it, `run.stage` has what there was
    in its world, among it `carrier.sent`, the webhooks as they left, and `phone.calls`. None of it may be kept: a
    world is let go of with its test.
    """
