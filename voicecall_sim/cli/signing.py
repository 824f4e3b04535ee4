"""What the commands about signatures have in common: the carriers that there are cases for, and their secrets."""

from __future__ import annotations

import click

from voicecall_sim.cli.selecting import known_carrier


class SigningCommand(click.Command):
    """Its help ends with the carriers that there are, and where the secret of each is looked for."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table."""
        from voicecall_sim.verify.cases import battery, verifiable
        from voicecall_sim.verify.secrets import variable

        with formatter.section("Carriers, and what each signs with"):
            formatter.write_dl([(name, f"{variable(name)}, or --{battery(name).secret}") for name in verifiable()])


def verifiable_carrier(name: str) -> str:
    """The name, if its signatures can be verified. Raises `BadParameter`."""
    from voicecall_sim.verify.cases import verifiable

    if known_carrier(name) not in verifiable():
        raise click.BadParameter(f"{name} has no battery; those that have: {', '.join(verifiable())}")
    return name


def verifiable_carriers(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if all of them can be."""
    return tuple(map(verifiable_carrier, names))
