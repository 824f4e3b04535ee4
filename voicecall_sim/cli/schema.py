"""`voicecall-sim schema`: the language, for editors."""

from __future__ import annotations

import json

import click

from voicecall_sim.cli.selecting import subject_named


@click.command()
@click.option("--subject", default="sdk", show_default=True, help="The application whose keys may stand below `app:`.")
def schema(subject: str) -> None:
    """Print the JSON Schema (draft-07) of scenario files.

    An editor finds it by a first line such as: # yaml-language-server: $schema=schema.json
    """
    from voicecall_sim.scenario.schema import schema as whole

    under_test = subject_named(subject)(agent=False, openai_key=None)
    try:
        click.echo(json.dumps(whole(under_test.config_schema()), indent=2, ensure_ascii=False))
    finally:
        under_test.discard()
