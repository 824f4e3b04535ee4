"""`voicecall-sim serve`: the emulators in real time, for an application that runs by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import click

from voicecall_sim.cli.selecting import known_carrier

if TYPE_CHECKING:
    from voicecall_sim.serving.doors import Address

ADMIN_PORT: Final = 8600
"""The interface's port; those of the carriers follow, in the order of `CARRIERS`, then those of the AI services."""
NUMBERS: Final = "+1555000{:04}"
"""The numbers of the accounts, from the first carrier's on."""
FIRST_NUMBER: Final = 1234

T = TypeVar("T")
Pairs: TypeAlias = tuple[tuple[str, T], ...]
Callback: TypeAlias = Callable[[click.Context, click.Parameter, tuple[str, ...]], Pairs[T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for: ports by carrier or AI service; by carrier numbers, where calls to them go, and where the end
    of those is told.
    """

    ports: Mapping[str, int]
    numbers: Pairs[str]
    webhooks: Mapping[str, str]
    status_callbacks: Mapping[str, str]
    admin_port: int
    seed: int
    as_json: bool


def known_owner(name: str) -> str:
    """The name, if a carrier or an AI service has it. Raises `BadParameter`."""
    from voicecall_sim.services.house import VENDORS

    return name if name in VENDORS else known_carrier(name)


def of_carriers(read: Callable[[str], T], known: Callable[[str], str] = known_carrier) -> Callback[T]:
    """Reads values of the form CARRIER=VALUE."""

    def read_all(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> Pairs[T]:
        return tuple(one(value) for value in values)

    def one(value: str) -> tuple[str, T]:
        name, equals, what = value.partition("=")
        if not equals:
            raise click.BadParameter(f"{value!r} is not of the form CARRIER=VALUE")
        return known(name), read(what)

    return read_all


def port(text: str) -> int:
    """A port."""
    if not text.isdecimal() or int(text) > 65535:
        raise click.BadParameter(f"{text!r} is not a port; 0 takes any free one")
    return int(text)


def number(text: str) -> str:
    """A telephone number."""
    if not re.fullmatch(r"\+[1-9][0-9]{1,14}", text):
        raise click.BadParameter(f"{text!r} is not a telephone number such as +15550001234")
    return text


def url(text: str) -> str:
    """An HTTP address."""
    if not text.startswith(("http://", "https://")):
        raise click.BadParameter(f"{text!r} is not an HTTP address")
    return text


@click.command()
@click.option(
    "--port",
    "ports",
    metavar="CARRIER=PORT",
    callback=of_carriers(port, known_owner),
    multiple=True,
    help="Where a carrier or an AI service listens; 0 takes any free port.",
)
@click.option(
    "--admin-port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=ADMIN_PORT,
    show_default=True,
    help="Where the interface listens.",
)
@click.option(
    "--number",
    "numbers",
    metavar="CARRIER=NUMBER",
    callback=of_carriers(number),
    multiple=True,
    help="A number that the account has.",
)
@click.option(
    "--webhook",
    "webhooks",
    metavar="CARRIER=URL",
    callback=of_carriers(url),
    multiple=True,
    help="Where calls to the numbers go.",
)
@click.option(
    "--status-callback",
    "callbacks",
    metavar="CARRIER=URL",
    callback=of_carriers(url),
    multiple=True,
    help="Where the end of such calls is told.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides identifiers and credentials.")
@click.option("--json", "as_json", is_flag=True, help="Print where everything is as one line of JSON.")
def serve(
    ports: Pairs[int],
    admin_port: int,
    numbers: Pairs[str],
    webhooks: Pairs[str],
    callbacks: Pairs[str],
    seed: int,
    as_json: bool,
) -> None:
    """Serve the emulated carriers and AI services on ports of this machine, in real time.

    People are scripted, calls placed and the journal read through a small interface (POST /people, POST /calls,
    GET /journal, ...). Ends on SIGINT or SIGTERM.
    """
    import asyncio

    from voicecall_sim.carriers import CARRIERS
    from voicecall_sim.services.house import VENDORS
    from voicecall_sim.serving.doors import PortTaken

    usual = {name: admin_port + place if admin_port else 0 for place, name in enumerate((*CARRIERS, *VENDORS), 1)}
    theirs = tuple((name, NUMBERS.format(FIRST_NUMBER + place)) for place, name in enumerate(CARRIERS))
    wishes = Wishes(
        ports=usual | dict(ports),
        numbers=numbers or theirs,
        webhooks=dict(webhooks),
        status_callbacks=dict(callbacks),
        admin_port=admin_port,
        seed=seed,
        as_json=as_json,
    )
    try:
        asyncio.run(until_stopped(wishes))
    except PortTaken as taken:
        raise click.UsageError(str(taken)) from taken


async def until_stopped(wishes: Wishes) -> None:
    """Open the doors, say where they are, and close them when a signal comes."""
    import asyncio
    import signal

    from voicecall_sim.carriers import CARRIERS
    from voicecall_sim.serving.doors import opened
    from voicecall_sim.serving.second_world import second_world

    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    world = second_world(list(CARRIERS.values()), wishes.seed)
    for name, owned in wishes.numbers:
        webhook, callback = wishes.webhooks.get(name), wishes.status_callbacks.get(name)
        world.carriers[name].own(owned, webhook_url=webhook, status_url=callback)
    await world.start()
    try:
        async with opened(world, wishes.ports, wishes.admin_port) as address:
            click.echo(machine_readable(address) if wishes.as_json else readable(address, wishes.numbers))
            await stopped.wait()
    finally:
        await world.stop()


def machine_readable(address: Address) -> str:
    """Where everything is, as JSON."""
    return json.dumps({"admin": address.admin, "carriers": address.carriers, "services": address.services})


def readable(address: Address, numbers: Sequence[tuple[str, str]]) -> str:
    """Where everything is, and what to set."""
    lines = ["The second world is open: real time, this machine only.", ""]
    for carrier in address.carriers:
        has = ", ".join(owned for name, owned in numbers if name == carrier["name"]) or "no number"
        lines += [f"{carrier['name']} listens at {carrier['url']} and has {has}. Tell your application:", ""]
        lines += [*exports(carrier), ""]
    for service in address.services:
        url = service["settings"]["baseUrl"]
        lines += [f"{service['name']} listens at {url} (baseUrl, where a configuration asks for one):", ""]
        lines += [*exports(service), ""]
    return "\n".join(
        [*lines, f"The interface is at {address.admin}. Try:", "", *examples(address, numbers), "", "Ctrl-C closes."]
    )


def exports(facts: Mapping[str, Any]) -> list[str]:
    """Lines that set the environment."""
    return [f"  export {name}={value}" for name, value in facts["environment"].items()]


def examples(address: Address, numbers: Sequence[tuple[str, str]]) -> list[str]:
    """Lines to copy: somebody gets a telephone and calls."""
    post = "  curl -s -H 'Content-Type: application/json'"
    person = {"name": "anna", "phone": "+15550005678", "answers": {"after": "2s"}}
    reply = {"hears": "opening hours", "replies": "We are open from nine to five."}
    calls = {"person": "anna", "to": numbers[0][1]}
    return [
        f"{post} {address.admin}/agent -d '{json.dumps(reply)}'",
        f"{post} {address.admin}/people -d '{json.dumps(person)}'",
        f"{post} {address.admin}/calls -d '{json.dumps(calls)}'",
        f"  curl -s '{address.admin}/journal'",
    ]
