"""Ports of 127.0.0.1: one for each carrier and AI service, one for the interface; opened and closed together."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier
from voicecall_sim.services.house import AIServices, Interface
from voicecall_sim.serving.admin import Admin
from voicecall_sim.serving.second_world import SecondWorld

HOST: Final = "127.0.0.1"
"""The second world is for this machine alone: it has no TLS and its credentials are no secrets."""


class PortTaken(OSError):
    """A port that cannot be opened; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the second world can be reached, and what an application is to be told."""

    admin: str
    carriers: Sequence[Mapping[str, Any]]
    services: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Base:
    """Under which path clients of a vendor have its interface, and the variables that move them there."""

    path: str = ""
    variables: Sequence[str] = ()


BASES: Final[Mapping[str, Base]] = {"openai": Base("/v1", ("OPENAI_BASE_URL", "OPENAI_TTS_BASE_URL"))}
"""Of the vendors whose clients do not take the bare address, or can be moved by the environment."""


@asynccontextmanager
async def opened(world: SecondWorld, ports: Mapping[str, int], admin_port: int) -> AsyncIterator[Address]:
    """Open the doors of a world that lives; port 0 takes any free one, as services without a port do.

    Raises `PortTaken`.
    """
    async with AsyncExitStack() as doors:
        carriers, services = [], []
        for name, carrier in world.carriers.items():
            url = await door(doors, carrier.app(), ports[name])
            carriers.append(facts(name, carrier, url))
        for interface in world.services.interfaces():
            url = await door(doors, interface.app, ports.get(interface.vendor, 0))
            services.append(service_facts(interface, world.services, url))
        admin = await door(doors, Admin(world, carriers, services).app(), admin_port)
        yield Address(admin, carriers, services)


async def door(doors: AsyncExitStack, app: web.Application, port: int) -> str:
    """Serve an application on a port until the stack is left; returns its URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    doors.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        raise PortTaken(f"port {port} of {HOST} cannot be opened ({error.strerror}); choose another") from error
    return f"http://{HOST}:{runner.addresses[0][1]}"


def facts(name: str, carrier: Carrier, url: str) -> Mapping[str, Any]:
    """A carrier's address, its block of an application's configuration, and both as environment variables."""
    settings = carrier.settings()
    environment = {f"VOICECALL_{name.upper()}_API_URL": url}
    environment |= {variable(name, key): value for key, value in settings.items() if isinstance(value, str)}
    return {"name": name, "url": url, "settings": dict(settings), "environment": environment}


def service_facts(interface: Interface, services: AIServices, url: str) -> Mapping[str, Any]:
    """An AI service's address, its block of an application's configuration, and the variables by which it is found.

    The sockets are at the same address, with `ws` for `http`.
    """
    vendor, base = interface.vendor, BASES.get(interface.vendor, Base())
    settings = {"apiKey": services.secrets()[f"{vendor}.key"], "baseUrl": url + base.path}
    environment = {variable(vendor, "apiKey"): settings["apiKey"]}
    environment |= dict.fromkeys(base.variables, settings["baseUrl"])
    return {"name": vendor, "url": url, "settings": settings, "environment": environment}


def variable(owner: str, key: str) -> str:
    """The environment variable of a credential: `authToken` of acme is `ACME_AUTH_TOKEN`."""
    words = re.sub("([A-Z])", r"_\1", key)
    return f"{owner}_{words}".upper()
