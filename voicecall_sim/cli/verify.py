"""`voicecall-sim verify`: the signature regression battery against any webhook endpoint; and key pairs for it."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from voicecall_sim.cli.signing import SigningCommand, verifiable_carriers

if TYPE_CHECKING:
    from voicecall_sim.verify.hosting import Hosted
    from voicecall_sim.verify.judging import Expectations
    from voicecall_sim.verify.performing import Order, Result
    from voicecall_sim.verify.sending import Endpoint

FAILED: Final = 1
IMPORTED: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
COLOURS: Final = {"passed": "green", "failed": "red", "noted": "yellow", "skipped": "cyan"}


@click.command(cls=SigningCommand)
@click.argument("url", required=False)
@click.option(
    "--carrier",
    "carriers",
    callback=verifiable_carriers,
    multiple=True,
    metavar="NAME",
    help="Whose webhooks (see below). Repeatable.",
)
@click.option("--auth-token", multiple=True, metavar="[CARRIER=]TOKEN", help="The account's token.")
@click.option(
    "--private-key", multiple=True, metavar="[CARRIER=]SEED", help="The seed that `voicecall-sim keys` prints."
)
@click.option(
    "--public-url", metavar="URL", help="The URL that is configured at the carrier, if a proxy is in between."
)
@click.option("--path-prefix", default="", metavar="PATH", help="What such a proxy takes off the public path.")
@click.option("--expect", default="", metavar="STATUSES", help="Such as ok=200-299,refused=401|403.")
@click.option("--patience", type=click.FloatRange(min=0.1), default=15.0, show_default=True, metavar="SECONDS")
@click.option("-k", "words", multiple=True, metavar="NAME", help="Only cases with this in their names. Repeatable.")
@click.option("--list", "listing", is_flag=True, help="Print the cases and send nothing.")
@click.option("--markdown", is_flag=True, help="With --list: all of them, with reasons, as a page.")
@click.option(
    "--json",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the results as JSON.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write a JUnit XML file.",
)
def verify(
    url: str | None,
    carriers: tuple[str, ...],
    auth_token: tuple[str, ...],
    private_key: tuple[str, ...],
    public_url: str | None,
    path_prefix: str,
    expect: str,
    patience: float,
    words: tuple[str, ...],
    listing: bool,
    markdown: bool,
    json: Path | None,
    junit: Path | None,
) -> None:
    """Send genuine and forged webhooks to URL, and tell which of them it took.

    The endpoint may be written in any language. URL may also be an ASGI or aiohttp application in Python, as
    package.module:app: it is served in virtual time, at the path of its public URL.

    It sees the end of calls that it does not know, signed with the secret that it is configured for. The environment
    (see below) is safer for that than the options, which other users of the machine can see. Nothing is sent anywhere
    else, and no secret is shown.

    With --public-url the requests come as from a proxy that ends TLS: with the public Host, X-Forwarded-Proto and
    X-Forwarded-Host.

    Exit codes: 0 all is as expected, 1 something is not, 2 wrong usage, or nothing at URL.
    """
    if listing:
        print_cases(carriers, words, markdown)
        return
    given = {"auth-token": auth_token, "private-key": private_key}
    endpoint, app = found(url, carriers, public_url, path_prefix)
    orders, wanted = understood(endpoint, carriers, given, expect, words)
    results = performed(endpoint, app, orders, wanted, patience)
    report(url or "", results, json, junit)


def print_cases(carriers: tuple[str, ...], words: tuple[str, ...], markdown: bool) -> None:
    """The names of the cases with what is expected of them; or all that is known of them."""
    from voicecall_sim.verify.cases import battery, verifiable
    from voicecall_sim.verify.page import expected
    from voicecall_sim.verify.page import markdown as page

    if markdown:
        click.echo(page(), nl=False)
        return
    for carrier in carriers or verifiable():
        for case in battery(carrier).cases:
            if not words or any(word in case.name for word in words):
                click.echo(f"{carrier}:{case.name}  {expected(case)}")


def found(
    target: str | None, carriers: tuple[str, ...], public_url: str | None, path_prefix: str
) -> tuple[Endpoint, Hosted | None]:
    """The endpoint, and the application if it is one of this process. Raises `UsageError`."""
    from voicecall_sim.verify.hosting import imported
    from voicecall_sim.verify.testing import endpoint_at, endpoint_inside

    if target is None or not carriers:
        raise click.UsageError("give a URL and at least one --carrier; or --list")
    try:
        if IMPORTED.fullmatch(target):
            return endpoint_inside(public_url, path_prefix), imported(target)
        return endpoint_at(target, public_url, path_prefix), None
    except ValueError as mistake:
        raise click.UsageError(str(mistake)) from None


def understood(
    endpoint: Endpoint,
    carriers: tuple[str, ...],
    given: dict[str, tuple[str, ...]],
    expect: str,
    words: tuple[str, ...],
) -> tuple[list[Order], Expectations]:
    """What is asked for. Raises `UsageError`."""
    from voicecall_sim.verify.judging import expectations
    from voicecall_sim.verify.performing import Order
    from voicecall_sim.verify.secrets import secret_of

    try:
        orders = [
            Order(carrier=name, secret=secret_of(name, given, os.environ), public=endpoint.public, words=words)
            for name in carriers
        ]
        wanted = expectations(expect)
    except ValueError as mistake:
        raise click.UsageError(str(mistake)) from None
    if not any(order.cases() for order in orders):
        raise click.UsageError("no case has that in its name; see --list")
    return orders, wanted


def performed(
    endpoint: Endpoint, app: Hosted | None, orders: list[Order], wanted: Expectations, patience: float
) -> list[Result]:
    """The results, each shown as soon as it is there."""
    from voicecall_sim.verify.hosting import perform_in_a_world
    from voicecall_sim.verify.sending import Unreachable
    from voicecall_sim.verify.table import line
    from voicecall_sim.verify.testing import verify_endpoint

    def tell(result: Result) -> None:
        click.secho(line(result), fg=COLOURS[result.verdict.value])

    if app is not None:
        path = urlsplit(endpoint.address).path
        return list(perform_in_a_world(app, orders, path, wanted, patience, told=tell))
    try:
        return list(asyncio.run(verify_endpoint(endpoint, orders, wanted, patience, told=tell)))
    except Unreachable as problem:
        raise click.UsageError(str(problem)) from None


def report(target: str, results: list[Result], json: Path | None, junit: Path | None) -> None:
    """Failures with their reasons, files, and the exit code."""
    from voicecall_sim.verify.table import explained, good
    from voicecall_sim.verify.writing import write_json, write_junit

    click.echo("\n" + explained(results))
    if json is not None:
        write_json(json, target, results)
    if junit is not None:
        write_junit(junit, results)
    if not good(results):
        raise SystemExit(FAILED)


@click.command()
def keys() -> None:
    """Make a key pair for a carrier that signs with one: the seed for `verify`, the public key for the endpoint."""
    from voicecall_sim.verify.cases import battery, verifiable
    from voicecall_sim.verify.secrets import variable

    for carrier in verifiable():
        room = battery(carrier)
        if room.secret == "private-key":
            seed = room.made_of(secrets.token_hex())
            click.echo(f"{variable(carrier)}={seed}")
            click.echo(f"{carrier.upper()}_PUBLIC_KEY={room.published(seed)}")
