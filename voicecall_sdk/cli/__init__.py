"""The command `voicecall`: run the service, and tell the running one what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

CONFIG_FILES = ("voicecall.json5", "voicecall.json", "voicecall.yaml", "voicecall.yml")


@click.group()
@click.version_option(package_name="voicecall")
@click.option(
    "--config",
    "config",
    envvar="VOICECALL_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Configuration file (JSON5 or YAML). Without it voicecall.json5 or voicecall.yaml here.",
)
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Phone calls for AI agents."""
    context.obj = config


def config_path(context: click.Context) -> Path:
    """The configuration file that was named, or the one that lies here."""
    if context.obj is not None:
        return Path(context.obj)
    for name in CONFIG_FILES:
        if Path(name).exists():
            return Path(name)
    raise click.UsageError(f"no configuration: give --config FILE, or make one of {', '.join(CONFIG_FILES)} here")


def show(payload: Any) -> None:
    """Print a result."""
    import json

    click.echo(json.dumps(payload, indent=2, ensure_ascii=False))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def setup(context: click.Context, as_json: bool) -> None:
    """Check the configuration, and explain which doors it opens; exit code 1 if something has to be done."""
    from voicecall_sdk.cli.setup import run

    if not run(config_path(context), as_json=as_json):
        context.exit(1)


@main.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Take and place calls until interrupted."""
    from voicecall_sdk.cli.serve import run

    run(config_path(context))


@main.command()
@click.option("-m", "--message", required=True, help="What is said.")
@click.option("-t", "--to", help="Number to call (E.164); the configured toNumber if left out.")
@click.option("--mode", type=click.Choice(["notify", "conversation"]), default="conversation", show_default=True)
@click.pass_context
def call(context: click.Context, message: str, to: str | None, mode: str) -> None:
    """Place a call."""
    if to is not None and not to.strip():  # as from an unset variable: that is not to call the configured number
        raise click.BadParameter("it is blank; leave it out to call the configured toNumber", param_hint="--to")
    params = {"message": message, "mode": mode, **({"to": to} if to else {})}
    result = ask(context, "voicecall.initiate", params)
    show({"callId": result["callId"]})


@main.command("continue")
@click.option("--call-id", required=True)
@click.option("--message", required=True)
@click.pass_context
def continue_(context: click.Context, call_id: str, message: str) -> None:
    """Say something and wait for the answer."""
    from voicecall_sdk.cli.remote import converse

    show(converse(config_path(context), call_id, message))


@main.command()
@click.option("--call-id", required=True)
@click.option("--message", required=True)
@click.pass_context
def speak(context: click.Context, call_id: str, message: str) -> None:
    """Say something."""
    show(ask(context, "voicecall.speak", {"callId": call_id, "message": message}))


@main.command()
@click.option("--call-id", required=True)
@click.option("--digits", required=True)
@click.pass_context
def dtmf(context: click.Context, call_id: str, digits: str) -> None:
    """Press keys."""
    show(ask(context, "voicecall.dtmf", {"callId": call_id, "digits": digits}))


@main.command()
@click.option("--call-id", required=True)
@click.pass_context
def end(context: click.Context, call_id: str) -> None:
    """Hang up."""
    show(ask(context, "voicecall.end", {"callId": call_id}))


@main.command()
@click.option("--call-id", help="A call's id, ours or the carrier's; without it all live calls.")
@click.pass_context
def status(context: click.Context, call_id: str | None) -> None:
    """How a call stands; what is stored, if no service runs."""
    from voicecall_sdk.cli.remote import standing

    show(standing(config_path(context), call_id))


@main.command()
@click.option("--since", default=25, show_default=True, type=click.IntRange(0, 10**6), help="Past records shown first.")
@click.option("--poll", default=250, show_default=True, type=click.IntRange(50, 10**7), help="Milliseconds in between.")
@click.option("--follow/--no-follow", default=True, show_default=True)
@click.pass_context
def tail(context: click.Context, since: int, poll: int, follow: bool) -> None:
    """Show call records as they are stored, one JSON line each."""
    from voicecall_sdk.cli.tail import run

    run(config_path(context), since=since, poll=poll / 1000, follow=follow)


def ask(context: click.Context, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Have the running service do something."""
    from voicecall_sdk.cli.remote import request

    return request(config_path(context), method, params)


__all__ = ["main"]
