"""`voicecall-sim fidelity`: the ledger of what is emulated, and how surely."""

from __future__ import annotations

import click


@click.command()
def fidelity() -> None:
    """Print what the emulated carriers do and where that is known from, as a Markdown page."""
    from voicecall_sim.carriers.ledger import markdown

    click.echo(markdown(), nl=False)
