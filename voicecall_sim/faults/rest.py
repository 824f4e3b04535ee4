"""Faults of REST exchanges: the request lost, the answer lost, either late, the carrier refusing."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from random import Random

from aiohttp import web

from voicecall_sim.carriers.emulator import Fate, Treatment
from voicecall_sim.faults.fault import Span
from voicecall_sim.world.clock import Micros, seconds

_reply_delay: ContextVar[Micros] = ContextVar("reply_delay", default=0)


@dataclass(frozen=True, slots=True)
class RequestLost:
    """The connection is reset before the carrier acts."""

    name: str = field(default="drop request", init=False)

    def treat(self, treatment: Treatment, draw: Random) -> Treatment:
        """Lost on the way there."""
        return replace(treatment, fate=Fate.LOSE_REQUEST)


@dataclass(frozen=True, slots=True)
class ReplyLost:
    """The carrier acts, and its answer never arrives."""

    name: str = field(default="drop reply", init=False)

    def treat(self, treatment: Treatment, draw: Random) -> Treatment:
        """Lost on the way back."""
        return replace(treatment, fate=Fate.LOSE_REPLY)


@dataclass(frozen=True, slots=True)
class RequestLate:
    """The request reaches the carrier later."""

    by: Span
    name: str = field(default="delay request", init=False)

    def treat(self, treatment: Treatment, draw: Random) -> Treatment:
        """Late on the way there."""
        return replace(treatment, delay=treatment.delay + self.by.draw(draw))


@dataclass(frozen=True, slots=True)
class ReplyLate:
    """The carrier acts at once, and its answer arrives later: callbacks overtake it."""

    by: Span
    name: str = field(default="delay reply", init=False)

    def treat(self, treatment: Treatment, draw: Random) -> Treatment:
        """Late on the way back; `late_replies` does the waiting."""
        _reply_delay.set(_reply_delay.get() + self.by.draw(draw))
        return treatment


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier answers with one of its own refusals: a code of its catalogue."""

    code: int | str
    name: str = field(default="refuse", init=False)

    def treat(self, treatment: Treatment, draw: Random) -> Treatment:
        """Refused."""
        return replace(treatment, refuse=self.code)


async def late_replies(request: web.Request, response: web.StreamResponse) -> None:
    """Hold an answer back for as long as a `ReplyLate` said while the request was handled.

    To be heard when a response is prepared. (As a middleware it would keep the application alive for good: aiohttp
    caches the handlers that it has wrapped.)
    """
    if delay := _reply_delay.get():
        _reply_delay.set(0)
        await asyncio.sleep(seconds(delay))
