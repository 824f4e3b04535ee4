"""What the commands about signatures have in common: the carriers that there are cases for."""

from __future__ import annotations

import click

from voicecall_sim.cli.selecting import known_carrier


def verifiable_carrier(name: str) -> str:
    """The name, if its signatures can be verified. Raises `BadParameter`."""
    from voicecall_sim.verify.cases import verifiable

    if known_carrier(name) not in verifiable():
        raise click.BadParameter(f"{name} has no battery; those that have: {', '.join(verifiable())}")
    return name


def verifiable_carriers(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if all of them can be."""
    return tuple(map(verifiable_carrier, names))
