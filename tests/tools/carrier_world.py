"""A virtual world with an emulated carrier, an application that answers as told, and telephones played by the test.

A carrier's own `Stage` says how it is entered and how calls are placed; see `twilio_world`, `telnyx_world` and
`plivo_world`.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web

from voicecall_sim.carriers.emulator import Carrier
from voicecall_sim.sound.sound import Sound, Speech
from voicecall_sim.telephony.line import End, Leg, Playing
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.telephony.signals import Cause, Gone, Pressed, Signal, SoundBegan, SoundEnded
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.surroundings import Surroundings
from voicecall_sim.world.world import World

OWN = "+14155550100"
ANNA = "+12125550123"
BOB = "+16175550199"
APP = "https://app.example"

A = TypeVar("A")
C = TypeVar("C", bound=Carrier)
S = TypeVar("S", bound="CarrierStage[Any, Any]")


@dataclass
class Answer:
    """What the application answers."""

    body: str | bytes = ""
    status: int = 200
    type: str | None = "text/xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0.0
    chunked: bool = False


@dataclass
class Received:
    """What the application was asked."""

    at: float
    method: str
    path: str
    params: dict[str, str]
    headers: Mapping[str, str]
    raw: bytes
    url: str


def twiml(inner: str) -> str:
    """A document."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'


class Application:
    """Answers each path as told: a document's inside, an `Answer`, or a list of them, the last one repeated."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.answers: dict[str, Any] = {}
        self.received: list[Received] = []
        self._now = now

    def at(self, path: str) -> list[Received]:
        """What came to a path."""
        return [request for request in self.received if request.path == path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        params = dict(parse_qsl(request.query_string, keep_blank_values=True))
        params |= dict(parse_qsl(raw.decode(), keep_blank_values=True))
        received = Received(self._now(), request.method, request.path, params, request.headers, raw, str(request.url))
        self.received.append(received)
        answer = self.answers.get(request.path, Answer(status=204, type=None))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(received)
        if isinstance(answer, str):
            answer = Answer(twiml(answer))
        if answer.after:
            await asyncio.sleep(answer.after)
        return await self._respond(request, answer)

    async def _respond(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        headers = dict(answer.headers) | ({"Content-Type": answer.type} if answer.type else {})
        kind = web.StreamResponse if answer.type else BareResponse
        response = kind(status=answer.status, headers=headers)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        if answer.chunked:
            response.enable_chunked_encoding()
        elif answer.status != 204:
            response.content_length = len(body)
        await response.prepare(request)
        if body:
            await response.write(body)
        await response.write_eof()
        return response


class Phone:
    """Somebody's telephone: rings, answers when told, and notes all that arrives."""

    def __init__(self, now: Callable[[], float], answers_after: float | None, rings: bool = True) -> None:
        self.answers_after = answers_after
        self.rings = rings
        self.refuses: Cause | None = None
        self.heard: list[tuple[float, str]] = []
        self.sounds: list[tuple[float, str]] = []
        self.keys = ""
        self.gone: Gone | None = None
        self.gone_at: float | None = None
        self.offers = 0
        self.shown = ""
        self.end: End = None  # type: ignore[assignment]
        self._now = now

    def offered(self, end: End) -> None:
        self.take(end)
        self.offers += 1
        self.shown = end.peer.number
        loop = asyncio.get_running_loop()
        if self.refuses is not None:
            end.hang_up(self.refuses)
            return
        if self.rings:
            end.ring()
        if self.answers_after is not None:
            loop.call_later(self.answers_after, self.answer)

    def take(self, end: End) -> None:
        self.end = end
        end.listen(self._hear)

    def answer(self) -> None:
        if self.end.leg.gone is None:
            self.end.answer()

    def says(self, words: str | Sound) -> Playing:
        return self.end.play(Speech(words) if isinstance(words, str) else words)

    def presses(self, keys: str) -> None:
        for key in keys:
            self.end.press(key)

    def hangs_up(self) -> None:
        self.end.hang_up()

    @property
    def words(self) -> list[str]:
        return [text for _, text in self.heard]

    def _hear(self, signal: Signal) -> None:
        match signal:
            case SoundBegan(playing):
                self.sounds.append((self._now(), getattr(playing.sound, "name", "speech")))
            case SoundEnded(playing):
                if playing.sound.spoken:
                    self.heard.append((self._now(), playing.heard))
            case Pressed(key):
                self.keys += key
            case Gone():
                self.gone, self.gone_at = signal, self._now()
            case _:
                pass


class CarrierStage(Generic[C, A]):
    """All of it together: the carrier and the application, each on its host, and a network for telephones."""

    def __init__(
        self,
        world: World,
        carrier: Callable[[Surroundings, PhoneNetwork], C],
        app: Callable[[Callable[[], float]], A],
    ) -> None:
        self.world = world
        self.network = PhoneNetwork(world.surroundings)
        self.carrier = carrier(world.surroundings, self.network)
        self.app = app(self.now)
        self.app_host = world.host("app")
        self.carrier_host = world.host("carrier")
        self.errors: list[Mapping[str, Any]] = []

    def now(self) -> float:
        return self.world.clock.now() / SECOND

    async def start(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: self.errors.append(context))
        self.world.network.name("app.example", self.app_host)
        for host in self.carrier.hosts:
            self.world.network.name(host, self.carrier_host)
        self._app = await self.app_host.call(serve(self.app.handle, 443, 80, 8080, 8443))
        self._api = await self.carrier_host.call(serve_app(self.carrier.app()))
        await self.carrier_host.call(self.carrier.start())
        self.enter()

    def enter(self) -> None:
        """Give the account its number."""
        raise NotImplementedError

    async def wind_up(self) -> None:
        """End what the test left under way."""

    async def stop(self) -> None:
        await self.carrier_host.call(self.carrier.stop())
        await self._app.cleanup()
        await self._api.cleanup()

    def phone(self, number: str = ANNA, name: str = "anna", answers_after: float | None = 2.0, **more: Any) -> Phone:
        phone = Phone(self.now, answers_after, **more)
        self.network.connect(number, name, phone)
        return phone

    def call_in(self, phone: Phone, from_: str = ANNA, holder: str = "anna") -> Leg:
        """Somebody calls the account's number; the call is the account's once the loop has turned."""
        leg = self.network.dial(from_, OWN, holder=holder)
        phone.take(leg.calling)
        return leg

    async def wait(self, span: float) -> None:
        await asyncio.sleep(span)

    async def over(self) -> None:
        """Until nothing is under way. What was begun at this instant counts."""
        await asyncio.sleep(0.001)
        while self.carrier.busy():  # noqa: ASYNC110  polling costs nothing in virtual time
            await asyncio.sleep(0.5)

    def written(self, kind: str) -> list[Entry]:
        return [entry for entry in self.world.journal if entry.kind == kind and entry.who == self.carrier.name]


async def bare(request: web.Request, response: web.StreamResponse) -> None:
    """Leave out the content type that the server would add by itself."""
    if isinstance(response, BareResponse):
        response.headers.popall("Content-Type", None)


class BareResponse(web.StreamResponse):
    """A response without a content type."""


async def serve(handler: Callable[..., Any], *ports: int) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", handler)
    app.on_response_prepare.append(bare)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    for port in ports:
        await web.TCPSite(runner, "0.0.0.0", port).start()
    return runner


async def serve_app(app: web.Application) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 443).start()
    return runner


def staging(stage_of: Callable[[World], S]) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., None]]:
    """A decorator for `async def test(stage, ...)`: runs it in a fresh world; its other parameters stay pytest's."""

    def staged(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
        signature = inspect.signature(test)

        @functools.wraps(test)
        def run(**params: Any) -> None:
            world = World(seed=1)
            world.run(played(stage_of(world), test, params))

        kept = [parameter for name, parameter in signature.parameters.items() if name != "stage"]
        run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        del run.__wrapped__  # type: ignore[attr-defined]
        return run

    return staged


async def played(
    stage: CarrierStage[Any, Any], test: Callable[..., Awaitable[None]], params: Mapping[str, Any]
) -> None:
    """The test, between start and stop; nothing is left behind."""
    await stage.start()
    try:
        await test(stage, **params)
        await stage.wind_up()
    finally:
        await stage.stop()
    assert stage.errors == []
    assert stage.carrier.busy() == 0
