"""The interface that directs the second world: JSON over HTTP on a loopback port of its own.

| request | does |
|---|---|
| `GET /carriers` | where each carrier listens, and the credentials to use |
| `GET /services` | the same of AI services |
| `POST /agent` | the brain behind the AI services learns an answer: `{hears, replies, after?}` |
| `POST /numbers` | gives an account a number: `{carrier, number, webhookUrl?, statusUrl?}` |
| `POST /people` | somebody gets a telephone: `{name, phone, kind?, pickup?, answers?, rate?, when?, options?}` |
| `GET /people` | who there is |
| `POST /people/{name}/{verb}` | calls, answers, rejects, says, interrupts, presses, stays-silent, hangs-up |
| `POST /people/{name}/hears` | waits until something is heard: `{contains or text, within?}`; 408 when it is not |
| `POST /calls` | somebody calls the application: `{person, to, shown?}` |
| `GET /calls` | the calls, as the network knows them |
| `GET /journal?after=N&wait=5s` | entries from index N+1 on as JSON lines; waits for the first if there is none |
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.actors import options
from voicecall_sim.actors.character import CannotAct
from voicecall_sim.actors.hearing import START, Mark
from voicecall_sim.actors.person import Person
from voicecall_sim.serving import orders
from voicecall_sim.serving.second_world import SecondWorld
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.journal import Entry

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def strictly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a foreign web page could send; say in a sentence what is wrong with a request."""
    if request.url.host not in LOOPBACK:
        return refusal(403, f"this interface is for {', '.join(sorted(LOOPBACK))} only, not {request.url.host}")
    try:
        return await handler(request)
    except CannotAct as impossible:
        return refusal(409, str(impossible))
    except ValueError as wrong:
        return refusal(400, str(wrong))


def refusal(status: int, sentence: str) -> web.Response:
    """An error, as JSON."""
    return web.json_response({"error": sentence}, status=status)


class Admin:
    """The handlers. `carriers` is what `GET /carriers` answers, `services` what `GET /services` does."""

    def __init__(
        self, world: SecondWorld, carriers: Sequence[Mapping[str, Any]], services: Sequence[Mapping[str, Any]]
    ) -> None:
        self._world = world
        self._carriers = carriers
        self._services = services
        self._marks: dict[str, Mark] = {}

    def app(self) -> web.Application:
        """The application to be mounted."""
        app = web.Application(middlewares=[strictly])
        app.add_routes(
            [
                web.get("/carriers", self.carriers),
                web.get("/services", self.services),
                web.post("/agent", self.learn),
                web.post("/numbers", self.number),
                web.get("/people", self.people),
                web.post("/people", self.join),
                web.post("/people/{name}/hears", self.hears),
                web.post("/people/{name}/{verb}", self.perform),
                web.get("/calls", self.calls),
                web.post("/calls", self.call),
                web.get("/journal", self.journal),
            ]
        )
        return app

    async def carriers(self, request: web.Request) -> web.Response:
        """Addresses and credentials."""
        return web.json_response(self._carriers)

    async def services(self, request: web.Request) -> web.Response:
        """Addresses and keys."""
        return web.json_response(self._services)

    async def learn(self, request: web.Request) -> web.Response:
        """The brain gets another answer; the first that fits is given."""
        pair = orders.reply(await body_of(request))
        self._world.services.brain.pairs.append(pair)
        return web.json_response({"hears": pair.written, "replies": pair.replies}, status=201)

    async def number(self, request: web.Request) -> web.Response:
        """Give an account a number."""
        read = options.read(await body_of(request), orders.NUMBER)
        orders.required(read, "carrier", "number")
        name = read["carrier"]
        if name not in self._world.carriers:
            raise options.BadOption("carrier", f"{name!r} is not here; known: {', '.join(self._world.carriers)}")
        self._world.carriers[name].own(
            read["number"], webhook_url=read.get("webhookUrl"), status_url=read.get("statusUrl")
        )
        return web.json_response({"carrier": name, "number": read["number"]}, status=201)

    async def people(self, request: web.Request) -> web.Response:
        """Who there is."""
        return web.json_response([shown(person) for person in self._world.people.values()])

    async def join(self, request: web.Request) -> web.Response:
        """Somebody gets a telephone."""
        person = self._world.join(orders.character(await body_of(request)))
        return web.json_response(shown(person), status=201)

    async def perform(self, request: web.Request) -> web.Response:
        """Somebody does something now."""
        verb = request.match_info["verb"]
        if verb not in orders.VERBS:
            return refusal(404, f"nobody can do {verb!r}; known: {', '.join(orders.VERBS)}, hears")
        orders.perform(self._somebody(request.match_info["name"]), verb, await body_of(request))
        return web.json_response({"at": self._world.surroundings.clock.now()})

    async def hears(self, request: web.Request) -> web.Response:
        """Wait for words, from where the last wait of this person ended."""
        person = self._somebody(request.match_info["name"])
        matcher, whole, within = orders.listening(await body_of(request))
        try:
            async with asyncio.timeout(seconds(within)):
                since = self._marks.get(person.name, START)
                heard = await person.heard(matcher.matches, whole=whole, since=since)
        except TimeoutError:
            last = [utterance.text for utterance in person.hearing.utterances][-3:]
            return refusal(408, f"{person.name} did not hear {matcher}; the last things heard: {last}")
        self._marks[person.name] = heard.mark
        return web.json_response({"at": heard.at, "text": heard.text})

    async def calls(self, request: web.Request) -> web.Response:
        """The calls so far."""
        return web.json_response(
            [
                {
                    "call": call.number,
                    "carrier": call.carrier,
                    "id": call.carrier_id,
                    "direction": call.direction,
                    "from": call.from_,
                    "to": call.to,
                    "state": call.state,
                    "cause": call.cause,
                    "by": call.by,
                }
                for call in self._world.network.calls
            ]
        )

    async def call(self, request: web.Request) -> web.Response:
        """Somebody calls the application."""
        read = options.read(await body_of(request), orders.INBOUND)
        orders.required(read, "person", "to")
        self._somebody(read["person"]).calls(read["to"], read.get("shown"))
        return web.json_response({"at": self._world.surroundings.clock.now()}, status=201)

    async def journal(self, request: web.Request) -> web.Response:
        """What happened after an entry."""
        after = index_of(request.query.get("after", "-1"))
        journal = self._world.journal
        if "wait" in request.query:
            try:
                async with asyncio.timeout(seconds(options.duration(request.query["wait"], "wait"))):
                    await journal.more(after + 1)
            except TimeoutError:
                return web.Response(text="", content_type="application/x-ndjson")
        lines = "".join(json.dumps(line(entry), ensure_ascii=False) + "\n" for entry in journal.since(after + 1))
        return web.Response(text=lines, content_type="application/x-ndjson")

    def _somebody(self, name: str) -> Person:
        if name not in self._world.people:
            known = ", ".join(self._world.people) or "nobody yet"
            raise options.BadOption("name", f"there is no {name!r}; there is {known}")
        return self._world.people[name]


async def body_of(request: web.Request) -> Mapping[str, Any]:
    """The JSON object in a request's body; nothing is an empty one. Raises `BadOption`."""
    text = await request.text()
    if not text.strip():
        return {}
    if request.content_type != "application/json":
        raise options.BadOption("Content-Type", "send application/json")
    try:
        return orders.body(json.loads(text))
    except json.JSONDecodeError as error:
        raise options.BadOption("body", f"is not JSON: {error}") from error


def index_of(value: str) -> int:
    """The index of a journal entry; -1 stands before the first."""
    if not value.removeprefix("-").isdecimal() or int(value) < -1:
        raise options.BadOption("after", f"{value!r} is not the index of an entry")
    return int(value)


def shown(person: Person) -> Mapping[str, Any]:
    """Somebody, as the interface shows them."""
    character = person.character
    return {"name": character.name, "phone": character.phone, "kind": character.kind, "calls": len(person.handsets)}


def line(entry: Entry) -> Mapping[str, Any]:
    """An entry, without its evidence."""
    return {"index": entry.index, "at": entry.at, "who": entry.who, "kind": entry.kind, "data": entry.data}
