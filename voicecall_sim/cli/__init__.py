"""The command `voicecall-sim`. What is heavy is imported by the commands that need it."""

from __future__ import annotations

import click

from voicecall_sim.cli.check import check
from voicecall_sim.cli.fidelity import fidelity
from voicecall_sim.cli.listing import list_scenarios
from voicecall_sim.cli.run import run
from voicecall_sim.cli.schema import schema
from voicecall_sim.cli.serve import serve
from voicecall_sim.cli.sign import sign
from voicecall_sim.cli.verify import keys, verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="voicecall")
def main() -> None:
    """Simulated carriers, phone network and people, to test phone agents in.

    Exit codes: 0 all is well, 1 a scenario failed, 2 wrong usage or a mistake in a scenario, 99 only a threshold was
    missed.
    """


for command in (run, check, list_scenarios, schema, fidelity, serve, verify, sign, keys):
    main.add_command(command)
