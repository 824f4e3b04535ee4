"""The REST API at api.plivo.com: routes by path, whatever the host. The rind around the handlers.

What every request goes through, in this order: the faults of a scenario, credentials, the limit of requests, the
route, its handler, the journal.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from voicecall_sim.carriers.emulator import Fate, Interference, Treatment
from voicecall_sim.carriers.plivo import (
    rest_applications,
    rest_calls,
    rest_conferences,
    rest_live,
    rest_recordings,
    rest_streams,
)
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.asked import Answer, Asked, Office, Route
from voicecall_sim.carriers.plivo.refusals import (
    NOT_FOUND,
    TOO_MANY,
    UNAUTHENTICATED,
    WRONG_METHOD,
    Refused,
    asked_for,
)
from voicecall_sim.carriers.plivo.validation import Form, read_body, read_query
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.world.clock import SECOND, Micros, seconds

ROUTES: Final = (
    *rest_calls.ROUTES,
    *rest_live.ROUTES,
    *rest_streams.ROUTES,
    *rest_recordings.ROUTES,
    *rest_conferences.ROUTES,
    *rest_applications.ROUTES,
)
WINDOW: Final[Micros] = 5 * SECOND
HIDDEN: Final = "***"
SPAWNED: Final = "async api spawned"


def application(office: Office, interference: Callable[[], Interference], name: str) -> web.Application:
    """The REST API of one account, to be mounted at any host. `interference` is asked at each request."""
    reception = Reception(office, interference, name)
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", reception.handle)
    return app


def pattern(path: str) -> re.Pattern[str]:
    """A path after the account's, with or without the slash at its end."""
    inside = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return re.compile(rf"/v1/Account/(?P<account>[^/]+)/{inside}/?")


TABLE: Final = tuple((pattern(route.path), route) for route in ROUTES)


def refuse_path(office: Office, asked: Asked) -> Answer:
    """Nothing is there."""
    raise Refused(*NOT_FOUND)


def refuse_method(office: Office, asked: Asked) -> Answer:
    """There is something, but not by that method."""
    raise Refused(*WRONG_METHOD)


NO_SUCH_PATH: Final = Route(operation="unknown path", method="*", path="", handler=refuse_path)
NO_SUCH_METHOD: Final = Route(operation="wrong method", method="*", path="", handler=refuse_method)


def find(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """What is asked for, and the names in its path."""
    found = [(route, match.groupdict()) for route, match in matches(path)]
    for route, names in found:
        if route.method == method:
            return route, {name: unquote(value) for name, value in names.items()}
    return (NO_SUCH_METHOD, found[0][1]) if found else (NO_SUCH_PATH, {})


def matches(path: str) -> Iterator[tuple[Route, re.Match[str]]]:
    """The routes that have this path."""
    for shape, route in TABLE:
        match = shape.fullmatch(path)
        if match is not None:
            yield route, match


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in."""

    route: Route
    names: Mapping[str, str]
    http: web.Request
    body: bytes
    form: Form
    query: Form
    malformed: Refused | None = None


async def receive(request: web.Request) -> Received:
    """Take a request in."""
    route, names = find(request.method, request.rel_url.raw_path)
    body = await request.read()
    query = read_query(request.rel_url.raw_query_string)
    try:
        return Received(route, names, request, body, read_body(body, request.content_type), query)
    except Refused as malformed:
        return Received(route, names, request, body, Form(), query, malformed)


class Reception:
    """Where requests are taken in and answered."""

    def __init__(self, office: Office, interference: Callable[[], Interference], name: str) -> None:
        self._office = office
        self._interference = interference
        self._name = name
        self._counted: deque[Micros] = deque()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler for aiohttp, of every path and method."""
        received = await receive(request)
        details = {"path": request.path, **received.query.values, **received.form.values}
        treatment = self._interference().rest(received.route.operation, details)
        if treatment.delay:
            await asyncio.sleep(seconds(treatment.delay))
        answer = None if treatment.fate is Fate.LOSE_REQUEST else self._answer(received, treatment)
        self._write(received, answer, treatment.fate)
        if answer is None or treatment.fate is Fate.LOSE_REPLY:
            return reset(request)
        body = b"" if answer.json is None else json.dumps(answer.json).encode()
        return web.Response(status=answer.status, body=body, content_type="application/json")

    def _answer(self, received: Received, treatment: Treatment) -> Answer:
        api_id = self._office.new_api_id()
        try:
            if treatment.refuse is not None:
                raise asked_for(treatment.refuse, received.form["from"] or "")
            asked = self._admit(received, api_id)
            return self._perform(received.route, asked)
        except Refused as refused:
            named = {} if refused.status == 401 else {"api_id": api_id}
            return Answer(refused.status, {**named, "error": refused.error})

    def _admit(self, received: Received, api_id: str) -> Asked:
        user, password = credentials(received.http.headers.get("Authorization", ""))
        if not self._office.account.knows(user, password):
            raise Refused(*UNAUTHENTICATED)
        if received.names.get("account", user) != user:
            raise Refused(*UNAUTHENTICATED)
        if received.route.counted:
            self._count()
        if received.malformed is not None:
            raise received.malformed
        given = Form({**received.query.values, **received.form.values})
        return Asked(api_id=api_id, path=received.http.path, names=received.names, given=given)

    def _count(self) -> None:
        now = self._office.plant.now()
        while self._counted and self._counted[0] + WINDOW <= now:
            self._counted.popleft()
        if len(self._counted) >= self._office.account.terms.requests:
            raise Refused(*TOO_MANY)
        self._counted.append(now)

    def _perform(self, route: Route, asked: Asked) -> Answer:
        callback = asked.given.callback("callback") if route.spawns else None
        if callback is None:
            return route.handler(self._office, asked)
        try:
            answer = route.handler(self._office, asked)
        except Refused as refused:
            answer = Answer(refused.status, {"api_id": asked.api_id, "error": refused.error})
        self._office.plant.tell(result(callback, asked, answer))
        return Answer(202, {"api_id": asked.api_id, "message": SPAWNED})

    def _write(self, received: Received, answer: Answer | None, fate: Fate) -> None:
        request = received.http
        data: dict[str, Any] = {
            "operation": received.route.operation,
            "method": request.method,
            "path": request.path,
            "json": dict(received.form.values),
            "status": answer.status if answer is not None and fate is Fate.PASS else 0,
        }
        if received.query.values:
            data["query"] = dict(received.query.values)
        if answer is not None and answer.status >= 400:
            data["code"] = answer.status
            data["error"] = (answer.json or {}).get("error", "")
        if fate is not Fate.PASS:
            data["lost"] = "request" if fate is Fate.LOSE_REQUEST else "reply"
        line = f"{request.method} {request.path_qs} HTTP/1.1"
        shown = partial(evidence, line, dict(request.headers), received.body, answer)
        self._office.plant.surroundings.journal.write(self._name, "request", data, shown)


def result(callback: Callback, asked: Asked, answer: Answer) -> Errand:
    """What a request that was answered at once came to, for its `callback_url`."""
    told = {} if answer.json is None else {name: plain(value) for name, value in answer.json.items()}
    params = {"api_id": asked.api_id, **told}
    return Errand(kind="status", event="async api", call_uuid="", callback=callback, params=params)


def plain(value: Any) -> str:
    """A JSON value as a parameter."""
    return value if isinstance(value, str) else json.dumps(value)


def credentials(header: str) -> tuple[str, str]:
    """User and password of Basic authentication; empty for none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def reset(request: web.Request) -> web.StreamResponse:
    """Break the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def evidence(line: str, headers: Mapping[str, str], body: bytes, answer: Answer | None) -> dict[str, str]:
    """Request and answer as they looked on the wire, without the credentials."""
    heads = [f"{name}: {HIDDEN if name.lower() == 'authorization' else value}" for name, value in headers.items()]
    shown = {"request": "\n".join((line, *heads, "", body.decode(errors="replace")))}
    if answer is not None:
        text = "" if answer.json is None else json.dumps(answer.json)
        shown["response"] = f"HTTP/1.1 {answer.status}\n\n{text}"
    return shown


FIDELITY: Final = (
    ("Basic authentication with auth id and token; 401 without", "docs voice/api/overview", "documented"),
    ("another account's path is 401, too", "nothing published", "assumed"),
    ("the slash at the end of a path is optional", "plivo-node leaves it out", "executed"),
    ("every answer has an api_id of its own, but a 401", "SDK fixtures", "captured"),
    ("callback_url makes a request asynchronous: async api spawned", "docs make-a-call", "documented"),
    ("that answer is a 202, its result is posted as a form", "nothing published", "assumed"),
)
