"""Faults of AI services: what goes wrong with speaking (`tts`) and with listening (`stt`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from voicecall_sim.runner.perform.odds import odds, span
from voicecall_sim.runner.performance import Performance
from voicecall_sim.scenario.plan import NetStep
from voicecall_sim.services.trouble import HALF, Mishap

Do: TypeAlias = Callable[[Performance, NetStep], Awaitable[None]]

SERVICES: Final = ("tts", "stt")
SERVER_ERROR: Final = 500
"""How a service refuses, unless `status` says otherwise."""

MISHAPS: Final[Mapping[tuple[str, str], Callable[[NetStep], Mishap]]] = {
    ("drop", "tts"): lambda verb: Mishap(breaks_at=HALF),
    ("drop", "stt"): lambda verb: Mishap(lost=True),
    ("mute", "stt"): lambda verb: Mishap(mute=True),
    **{("delay", service): lambda verb: Mishap() for service in SERVICES},
    **{("tamper", service): lambda verb: Mishap(garbled=True) for service in SERVICES},
    **{
        ("refuse", service): lambda verb: Mishap(refuse=verb.options.get("status", SERVER_ERROR))
        for service in SERVICES
    },
}
"""What each verb does to one exchange with a service."""


def stands(service: str, make: Callable[[NetStep], Mishap]) -> Do:
    """Something that goes wrong with the exchanges that it strikes."""

    async def stand(performance: Performance, verb: NetStep) -> None:
        chances, later = odds(performance, verb), span(verb)
        drawn = None if verb.by is None else lambda: later.draw(chances.draw)
        trouble = performance.stage.services.troubles[service]
        trouble.add(make(verb), chances.strike, name=f"{verb.what} {service}", delay=drawn)

    return stand


def cut(service: str) -> Do:
    """What is open now breaks, and nothing passes until it is healed."""

    async def do(performance: Performance, verb: NetStep) -> None:
        trouble = performance.stage.services.troubles[service]
        trouble.cut()
        count = trouble.lose()
        performance.world.journal.write("net", "fault", {"fault": "cut", "service": service, "connections": count})

    return do


def heal(service: str) -> Do:
    """The way is free, and what was wrong with the service is over."""

    async def do(performance: Performance, verb: NetStep) -> None:
        performance.stage.services.troubles[service].clear()
        performance.world.journal.write("net", "fault", {"fault": "heal", "service": service})

    return do


SERVICE_FAULTS: Final[Mapping[tuple[str, str], Do]] = {
    **{
        (what, which): stands(service, make)
        for (what, service), make in MISHAPS.items()
        for which in (service, f"next {service}")
    },
    **{("cut", service): cut(service) for service in SERVICES},
    **{("heal", service): heal(service) for service in SERVICES},
}
