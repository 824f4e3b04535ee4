"""One world for one rule: the carrier, its customer, and somebody at the other end of the line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

from voicecall_sim.carriers.contract.customer import Customer, Reply, Request
from voicecall_sim.carriers.emulator import Emulator, Interference
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.network import Call, CallState, PhoneNetwork
from voicecall_sim.telephony.signals import Cause, Gone, Signal, SoundEnded
from voicecall_sim.world.clock import SECOND, Micros, seconds
from voicecall_sim.world.world import World

T = TypeVar("T")

OURS: Final = "+15550001234"
THEIRS: Final = "+15550005678"
NOBODYS: Final = "+15550009999"
HOST: Final = "voice.example.com"
WEBHOOK_URL: Final = f"https://{HOST}/hook?who=1"
TEXT: Final = "Good morning."
LONG_ENOUGH: Final[Micros] = 300 * SECOND
"""Within which a call that nobody holds is over."""

HORIZON: Final[Micros] = 3_600 * SECOND


@dataclass(slots=True)
class Callee:
    """Somebody with a telephone: picks up after `after`, or declines with `refuses`; `heard` is what was said."""

    after: Micros | None = 2 * SECOND
    refuses: Cause | None = None
    end: End | None = None
    heard: str = ""

    def offered(self, end: End) -> None:
        """The telephone rings."""
        self.hold(end)
        end.ring()
        loop = asyncio.get_running_loop()
        if self.refuses is not None:
            loop.call_later(1.0, end.hang_up, self.refuses)
        elif self.after is not None:
            loop.call_later(seconds(self.after), self._pick_up)

    def hold(self, end: End) -> None:
        """This is their end of the line."""
        self.end = end
        end.listen(self._hear)

    def _pick_up(self) -> None:
        if self.end is not None and self.end.leg.gone is None:
            self.end.answer()

    def _hear(self, signal: Signal) -> None:
        if isinstance(signal, SoundEnded):
            self.heard += signal.playing.heard
        if isinstance(signal, Gone):
            self.end = None


class Trial:
    """A world with one carrier. `status` is what the application answers whatever its customer would; None: that."""

    def __init__(self, emulator: Emulator, customer: Customer, seed: int = 1) -> None:
        self.world = World(seed=seed, horizon=HORIZON)
        self.phone = PhoneNetwork(self.world.surroundings)
        self.carrier = emulator(self.world.surroundings, self.phone)
        self.customer = customer
        self.callee = Callee()
        self.caller = Callee()
        self.status: int | None = None
        self.hooks: list[Request] = []
        self._app_host = self.world.host("app")
        self._rest_host = self.world.host("carrier")
        self._exchange_host = self.world.host("carrier-exchange")
        self._runners: list[web.AppRunner] = []
        self._session: aiohttp.ClientSession | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The account, as an application is configured with it."""
        return self.carrier.settings()

    @property
    def calls(self) -> Sequence[Call]:
        """The calls that the carrier has taken."""
        return self.phone.calls

    def interfere(self, interference: Interference) -> None:
        """From now on these faults are the carrier's."""
        self.carrier.interference = interference

    def run(self, work: Callable[[Trial], Awaitable[T]]) -> T:
        """Do something in this world, from the carrier's opening to its stop."""
        return self.world.run(self._inhabit(work))

    async def _inhabit(self, work: Callable[[Trial], Awaitable[T]]) -> T:
        await self._open()
        try:
            return await self._app_host.call(work(self))  # type: ignore[arg-type]
        finally:
            await self._close()

    async def _open(self) -> None:
        for name in self.carrier.hosts:
            self.world.network.name(name, self._rest_host)
        await self._mount(self.carrier.app(), self._rest_host, 443)
        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", self._hooked)
        await self._mount(app, self._app_host, 80)
        self.world.network.expose(HOST, 443, self._app_host, 80)
        self.phone.connect(THEIRS, "anna", self.callee)
        await self._exchange_host.call(self.carrier.start())
        self.carrier.own(OURS, webhook_url=WEBHOOK_URL, status_url=WEBHOOK_URL)
        self._session = await self._app_host.call(_session())

    async def _close(self) -> None:
        await self._exchange_host.call(self.carrier.stop())
        if self._session is not None:
            await self._app_host.call(self._session.close())
        for runner in self._runners:
            await runner.cleanup()

    async def _mount(self, app: web.Application, host: Any, port: int) -> None:
        runner = web.AppRunner(app, access_log=None)
        self._runners.append(runner)
        await host.call(_serve(runner, port))

    async def _hooked(self, request: web.Request) -> web.Response:
        """A webhook: dealt with as the customer would, or answered with `status`."""
        url = f"https://{HOST}{request.rel_url}"
        hook = Request(method=request.method, url=url, headers=dict(request.headers), body=await request.read())
        self.hooks.append(hook)
        if self.status is not None:
            return web.Response(status=self.status)
        reply, requests = self.customer.treat(self.settings, hook, TEXT)
        for wanted in requests:
            await self.ask(wanted)
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)

    # -- what a rule does in it

    async def ask(self, request: Request) -> Reply:
        """A request to the carrier. A connection that breaks is an answer with status 0."""
        if self._session is None:
            raise RuntimeError("a trial is opened by its `run`")
        try:
            async with self._session.request(
                request.method, URL(request.url, encoded=True), headers=request.headers, data=request.body or None
            ) as answer:
                return Reply(status=answer.status, headers=dict(answer.headers), body=await answer.read())
        except aiohttp.ClientError:
            return Reply(status=0)

    async def order(self, to: str = THEIRS, from_: str = OURS) -> Reply:
        """Order a call."""
        return await self.ask(self.customer.order(self.settings, from_, to, WEBHOOK_URL))

    async def ring_in(self) -> None:
        """Somebody calls the application."""
        self.caller.hold(self.phone.dial(THEIRS, OURS, holder="anna").calling)

    async def until(self, holds: Callable[[], bool], within: Micros = 60 * SECOND) -> bool:
        """Whether something comes to hold within a time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds(within)
        while not holds() and loop.time() < deadline:  # noqa: ASYNC110  what is waited for tells nobody
            await asyncio.sleep(0.1)
        return holds()

    async def over(self, within: Micros = LONG_ENOUGH) -> bool:
        """Whether all calls end within a time, and what is to be told of it has been told."""
        ended = await self.until(lambda: all(call.state is CallState.ENDED for call in self.calls), within)
        return await self.until(lambda: self.carrier.busy() == 0, within) and ended


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


async def _serve(runner: web.AppRunner, port: int) -> None:
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port).start()
