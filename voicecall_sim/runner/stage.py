"""The stage: the world of one plan, with hosts, carrier, telephones, people and the application in their places."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web

from voicecall_sim.actors import cast
from voicecall_sim.actors.character import Action, Character, Habit, HangUp, Pause, Pickup, Press, Say
from voicecall_sim.actors.person import Person
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.emulator import Carrier, Outgoing
from voicecall_sim.faults.links import Links
from voicecall_sim.faults.rest import late_replies
from voicecall_sim.faults.rules import Interferer
from voicecall_sim.runner.invariants.calls import (
    CallsEndOnce,
    RecordsEndOnce,
    RefusedCallsAreHungUp,
    SilenceAfterTheEnd,
)
from voicecall_sim.runner.invariants.house import KnowsAnAnswer, NoSecrets, NothingUnhandled
from voicecall_sim.runner.invariants.watch import Rule, Watch
from voicecall_sim.runner.invariants.webhooks import Harmless, Operations
from voicecall_sim.runner.invariants.words import HeardIsRecorded
from voicecall_sim.runner.metrics import Gauges
from voicecall_sim.runner.vendors import pair, serves
from voicecall_sim.scenario import hearing
from voicecall_sim.scenario import plan as script
from voicecall_sim.scenario.matching import Comparison, Matcher
from voicecall_sim.scenario.plan import PersonPlan, Plan
from voicecall_sim.services.house import AIServices
from voicecall_sim.subjects.subject import Subject
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.tunnels.kinds import tunnel
from voicecall_sim.tunnels.tunnel import Reach, Tunnel
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World

APP: Final = "app"
HTTPS: Final = 443

PATH: Final = "/voice/webhook"
PUBLIC_URL: Final = f"https://voice.example.com{PATH}"
"""Its host is the only public name of the application; another one in `publicUrl` leads nowhere."""

NUMBER: Final = "+15550001234"
PORT: Final = 3334
"""What an application has whose configuration does not say otherwise (`publicUrl`, `fromNumber`, `serve.port`)."""


STATUS: Final = "type=status"
"""What the status URL of a number has beside its voice URL (the documented set-up of the carrier's console)."""


class SubjectFactory(Protocol):
    """Makes the application under test for one run."""

    def __call__(self, *, agent: bool, openai_key: str | None, elevenlabs_key: str | None = None) -> Subject:
        """A fresh one. `agent`: somebody is to answer callers. The keys are those that the AI services take."""
        ...


class Stage:
    """Everything in one world that a plan needs, and the application's life in it."""

    def __init__(self, plan: Plan, world: World, make_subject: SubjectFactory) -> None:
        self.plan = plan
        self.world = world
        self.phone = PhoneNetwork(world.surroundings)
        self.carrier: Carrier = CARRIERS[plan.carrier](world.surroundings, self.phone)
        self.vocabulary = CARRIERS[plan.carrier].vocabulary
        self.services = AIServices(world.surroundings, [pair(reply) for reply in plan.agent or ()])
        self.brain = self.services.brain
        self.app_host = world.host(APP)
        self.tunnel: Tunnel | None = tunnel(plan.tunnel, world, self.app_host)
        self.secrets = {**self.carrier.secrets(), **(self.services.secrets() if serves(plan) else {})}
        if self.tunnel is not None:
            self.secrets.update(self.tunnel.secrets())
        for name, value in self.secrets.items():
            world.journal.keep_secret(name, value)
        self.subject = make_subject(
            agent=plan.agent is not None,
            openai_key=self.services.openai.key if serves(plan) else None,
            elevenlabs_key=self.services.elevenlabs.key if serves(plan) else None,
        )
        self.config = self._resolved({})
        self.people: Mapping[str, Person] = {}
        self.up = False
        self.rest_host = world.host(plan.carrier)
        self.exchange_host = world.host(f"{plan.carrier}-exchange")
        self.links = Links(
            world.network,
            self.app_host,
            webhooks=self.exchange_host,
            rest=self.rest_host,
            door=None if self.tunnel is None else self.tunnel.door,
        )
        self.gauges = Gauges(self.phone, world.clock, frozenset(person.name for person in plan.people))
        self.interferer = Interferer(world.journal, self._again, self.vocabulary)
        self.carrier.interference = self.interferer
        self.operations = Operations(0, 0)
        self.watch = Watch(world.journal, self._rules())
        self.harmless = Harmless(
            world=world,
            carrier=self.carrier,
            phone=self.phone,
            subject=self.subject,
            watch=self.watch,
            config=lambda: self.config,
            is_up=lambda: self.up,
            in_flight=lambda: len(self.interferer.in_flight),
            operations=lambda: self.operations,
        )
        world.journal.listen(self.gauges.feed)
        world.journal.listen(self.interferer.feed)
        self._runners: list[web.AppRunner] = []
        self._copies: list[asyncio.Task[int]] = []
        self._pointed = False

    def _rules(self) -> Sequence[Rule]:
        return (
            CallsEndOnce(),
            RecordsEndOnce(self.subject, self.phone),
            SilenceAfterTheEnd(),
            RefusedCallsAreHungUp(
                self.subject, self.phone, lambda rule, title: self.watch.report(rule, title), lambda: self.up
            ),
            HeardIsRecorded(self.subject, self.phone, blurred(self.plan), self.carrier.announcements),
            NoSecrets(tuple(self.secrets)),
            KnowsAnAnswer(),
            NothingUnhandled(),
        )

    # -- what the application's configuration says

    @property
    def public_url(self) -> str:
        """Where the application really is: what it says of itself, unless it names a host that is not its own."""
        real = urlsplit((self.tunnel and self.tunnel.url) or PUBLIC_URL)
        told = self.config.get("publicUrl") or f"https://{real.netloc}{self.path}"
        own = urlsplit(str(told))
        return urlunsplit(
            own if own.hostname == real.hostname else own._replace(scheme=real.scheme, netloc=real.netloc)
        )

    @property
    def number(self) -> str:
        """The application's number: whom people call who `call app`."""
        return str(self.config.get("fromNumber") or NUMBER)

    @property
    def port(self) -> int:
        """The port on the application's host behind the public address."""
        serve = self.config.get("serve")
        return int(serve.get("port", PORT)) if isinstance(serve, Mapping) else PORT

    @property
    def path(self) -> str:
        """The path of its webhook, as it listens."""
        serve = self.config.get("serve")
        return str(serve.get("path") or PATH) if isinstance(serve, Mapping) else PATH

    @property
    def status_url(self) -> str:
        """Where the carrier tells how inbound calls end."""
        return f"{self.public_url}{'&' if '?' in self.public_url else '?'}{STATUS}"

    def numbers(self) -> Sequence[str]:
        """The numbers of the carrier's account: the usual one, those of routes, those that somebody calls.

        So another `fromNumber`, which nobody calls, is a number that the account does not own.
        """
        routes = self.config.get("numbers")
        called = [step.verb.number or self.number for step in self.plan.steps if isinstance(step.verb, script.Calls)]
        return list(dict.fromkeys([NUMBER, *(routes if isinstance(routes, Mapping) else ()), *called]))

    # -- opening and closing

    async def open(self) -> None:
        """Everybody but the application takes their place. Raises `ValueError` for a number that two people have."""
        self.people = {person.name: cast.cast(character(person), self.phone) for person in self.plan.people}
        await self._mount(self.carrier.app(), self.rest_host, self.carrier.hosts)
        if serves(self.plan):
            for interface in self.services.interfaces():
                await self._mount(interface.app, self.world.host(interface.vendor), interface.hosts)
        await self.exchange_host.call(self.carrier.start())
        await self._expose()
        known = self.tunnel is None or self.tunnel.url is not None
        for number in self.numbers():
            self.carrier.own(
                number, webhook_url=self.public_url if known else None, status_url=self.status_url if known else None
            )
        self._pointed = known

    async def begin(self) -> None:
        """The application starts, unless a step is to start it. Raises what it raises."""
        if not self._starts_by_step():
            await self.start({})

    async def close(self) -> None:
        """The carrier and the services go home; an application that was not stopped dies."""
        if self.up:
            self.crash()
        for person in self.people.values():
            person.stop()
        for copy in self._copies:
            copy.cancel()
        await self.exchange_host.call(self.carrier.stop())
        if self.tunnel is not None:
            self.tunnel.close()
        for runner in self._runners:
            await runner.cleanup()

    def discard(self) -> None:
        """The world is over: let the application give back what it keeps on the real disk."""
        self.subject.discard()

    async def _mount(self, app: web.Application, host: Host, names: Sequence[str]) -> None:
        app.on_response_prepare.append(late_replies)
        runner = web.AppRunner(app, access_log=None)
        self._runners.append(runner)
        for name in names:
            self.world.network.name(name, host)
        await host.call(serve(runner, HTTPS))

    async def _expose(self) -> None:
        """Make it reachable from the internet: by its tunnel, or directly."""
        if self.tunnel is not None:
            await self.tunnel.open()
            if not self._opens_tunnel():
                self.tunnel.stand(self.port)
                self.config = self._resolved({})
            return
        address = urlsplit(self.public_url)
        default = HTTPS if address.scheme == "https" else 80
        for port in sorted({address.port or default, default}):
            self.world.network.expose(address.hostname or "", port, self.app_host, self.port)

    def _opens_tunnel(self) -> bool:
        """Whether the application opens the tunnel itself."""
        own = self.config.get("tunnel")
        return isinstance(own, Mapping) and own.get("provider", "none") != "none"

    def _starts_by_step(self) -> bool:
        lives = [step.verb.what for step in self.plan.steps if isinstance(step.verb, script.AppLife)]
        return lives[:1] == ["starts"]

    # -- the application's life

    async def start(self, changes: Mapping[str, Any]) -> None:
        """Start it, with something changed in its configuration."""
        self.config = self._resolved(changes)
        await self.subject.start(self.world, self.config)
        self.up = True
        if not self._pointed and self.tunnel is not None and self.tunnel.url is not None:
            # the operator reads the address of the tunnel, and enters it at the carrier
            self.carrier.route_inbound(self.public_url, self.status_url)
            self._pointed = True

    async def stop(self) -> None:
        """Stop it in an orderly way."""
        await self.subject.stop()
        self.up = False

    def crash(self) -> None:
        """It dies at this instant."""
        self.subject.crash()
        self.up = False

    async def restart(self, changes: Mapping[str, Any]) -> None:
        """Start it again; stop it first if it is up."""
        if self.up:
            await self.stop()
        await self.start(changes)

    def _resolved(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        written = over(self.plan.app, changes)
        reach = Reach() if self.tunnel is None else self.tunnel.reach
        return self.subject.resolve(written, self.plan.carrier, self.carrier.settings(), reach)

    def _again(self, hook: Outgoing, delay: Micros) -> None:
        self._copies.append(self.exchange_host.start(self.harmless.send(hook, "duplicate", delay)))


async def serve(runner: web.AppRunner, port: int) -> None:
    """Serve an application on the current host."""
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port).start()


def over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, blocks merged key by key."""
    merged = dict(below)
    for key, value in above.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = over(before, value) if both else value  # type: ignore[arg-type]
    return merged


def blurred(plan: Plan) -> frozenset[str]:
    """Who does not hear everything: people on lines that lose frames. Noise is on what they say."""
    return frozenset(person.name for person in plan.people if person.line.get("loss"))


def character(person: PersonPlan) -> Character:
    """Who a person of the plan is."""
    return Character(
        name=person.name,
        phone=person.phone,
        kind=person.kind,
        pickup=Pickup(person.pickup),
        answer_after=person.answer_after,
        rate=person.rate,
        line=person.line,
        habits=tuple(habit(one) for one in person.habits),
        options=person.options,
    )


def habit(written: script.Habit) -> Habit:
    """Something a person does by himself."""
    return Habit(hears=written.hears, does=tuple(map(action, written.does)), running=runs(written.hears))


def runs(matcher: Matcher) -> bool:
    """Whether a matcher is tried on the text as it grows."""
    return isinstance(matcher, Comparison) and hearing.running(matcher)


def action(verb: script.Says | script.Presses | script.HangsUp | script.StaysSilent) -> Action:
    """What a verb is to an actor."""
    match verb:
        case script.Says(words):
            return Say(words)
        case script.Presses(keys):
            return Press(keys)
        case script.StaysSilent(span):
            return Pause(span)
        case script.HangsUp():
            return HangUp()
