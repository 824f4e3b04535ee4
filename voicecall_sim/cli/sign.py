"""`voicecall-sim sign`: one request, signed as a carrier does it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from voicecall_sim.cli.signing import SigningCommand, verifiable_carrier

if TYPE_CHECKING:
    from voicecall_sim.carriers.case import Draft


def pairs(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Reads NAME=VALUE."""
    split = [value.partition("=") for value in values]
    wrong = [name for name, equals, _ in split if not equals or not name]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not of the form NAME=VALUE")
    return tuple((name, value) for name, _, value in split)


@click.command(cls=SigningCommand)
@click.option(
    "--carrier",
    required=True,
    callback=lambda ctx, param, name: verifiable_carrier(name),
    metavar="NAME",
    help="Who signs (see below).",
)
@click.option("--url", required=True, help="The URL that is configured at the carrier.")
@click.option("--to", metavar="URL", help="Where to send it, if that is somewhere else (behind a proxy).")
@click.option("--method", type=click.Choice(["POST", "GET"]), default="POST", show_default=True)
@click.option("--param", "params", callback=pairs, multiple=True, metavar="NAME=VALUE", help="A parameter. Repeatable.")
@click.option("--body", help="A body that is no form.")
@click.option("--nonce", help="For a carrier that signs one; a new one if not given.")
@click.option("--timestamp", type=int, help="For a carrier that signs one, in Unix seconds; now if not given.")
@click.option("--auth-token", multiple=True, help="The account's token.")
@click.option("--private-key", multiple=True, help="The seed that `voicecall-sim keys` prints.")
@click.option("--json", "as_json", is_flag=True, help="Print method, URL, headers and body as JSON.")
def sign(
    carrier: str,
    url: str,
    to: str | None,
    auth_token: tuple[str, ...],
    private_key: tuple[str, ...],
    as_json: bool,
    **wishes: Any,
) -> None:
    """Print a signed webhook as a curl line.

    Without --param and --body it tells the end of a call that nobody knows.
    """
    from voicecall_sim.verify.secrets import secret_of
    from voicecall_sim.verify.signing import as_values, curl, signed
    from voicecall_sim.verify.testing import endpoint_at

    try:
        endpoint = endpoint_at(to or url, url, "")
        secret = secret_of(carrier, {"auth-token": auth_token, "private-key": private_key}, os.environ)
        shot = asyncio.run(signed(carrier, secret, url, lambda draft: wished(draft, wishes)))
    except ValueError as mistake:
        raise click.UsageError(str(mistake)) from None
    click.echo(json.dumps(as_values(endpoint, shot), ensure_ascii=False) if as_json else curl(endpoint, shot))


def wished(draft: Draft, wishes: Mapping[str, Any]) -> Draft:
    """The draft as it is asked for. Raises `ValueError` for parameters beside a body."""
    if wishes["params"] and wishes["body"] is not None:
        raise ValueError("a request has parameters or a body of another kind; give --param or --body")
    if wishes["method"] == "GET" and wishes["body"] is not None:
        raise ValueError("a GET has no body")
    draft = replace(draft, method=wishes["method"])
    if wishes["params"]:
        draft = replace(draft, params=wishes["params"], body=None)
    if wishes["body"] is not None:
        draft = replace(draft, params=(), body=wishes["body"].encode())
    told = {name: wishes[name] for name in ("nonce", "timestamp") if wishes[name] is not None}
    return replace(draft, **told)
