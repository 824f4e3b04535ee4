"""The REST API at api.telnyx.com/v2: routes by path, whatever the host. The rind around the handlers.

What every request goes through, in this order: the faults of a scenario, the key, the rate limit, the route, its
handler, the journal.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from voicecall_sim.carriers.emulator import Fate, Interference, Treatment
from voicecall_sim.carriers.telnyx.asked import Asked, Reply, Route
from voicecall_sim.carriers.telnyx.events import flat
from voicecall_sim.carriers.telnyx.parameters import HIDDEN, hidden
from voicecall_sim.carriers.telnyx.refusals import Refused, asked_for
from voicecall_sim.carriers.telnyx.rest_calls import Calls
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.surroundings import Surroundings


def application(
    calls: Calls, surroundings: Surroundings, interference_of: Callable[[], Interference], name: str
) -> web.Application:
    """The REST API of one account, to be mounted at any host."""
    reception = Reception(calls, surroundings, interference_of, name)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{anything:.*}", reception.handle)
    return app


class Reception:
    """Where requests are taken in and answered."""

    def __init__(
        self, calls: Calls, surroundings: Surroundings, interference_of: Callable[[], Interference], name: str
    ) -> None:
        self._calls = calls
        self._account = calls.account
        self._surroundings = surroundings
        self._interference_of = interference_of
        self._name = name
        self._window = 0
        self._count = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler for aiohttp, of every path and method."""
        body = await request.read()
        route, ids = self._calls.find(request.method, unquote(request.rel_url.raw_path))
        given, malformed = read(body)
        treatment = self._interference_of().rest(route.operation, details(request, given))
        if treatment.delay:
            await asyncio.sleep(seconds(treatment.delay))
        asked = Asked(ids=ids, given=given, query=dict(request.query), path=request.path)
        reply = None
        if treatment.fate is not Fate.LOSE_REQUEST:
            reply = self._answer(route, asked, request, malformed, treatment)
        self._write(route, request, given, reply, treatment.fate)
        if reply is None or treatment.fate is Fate.LOSE_REPLY:
            return reset(request)
        content = json.dumps(reply.json).encode() if reply.data is None else reply.data
        return web.Response(status=reply.status, body=content, headers={"Content-Type": reply.type, **self._limits()})

    def _answer(self, route: Route, asked: Asked, request: web.Request, malformed: bool, treatment: Treatment) -> Reply:
        try:
            if treatment.refuse is not None:
                raise asked_for(treatment.refuse)
            if not route.open:
                self._admit(request)
            if malformed:
                raise Refused("10023")
            return route.handler(asked)
        except Refused as refused:
            return Reply(status=refused.status, json=refused.body(), code=refused.code)

    def _admit(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key.strip() != self._account.api_key:
            raise Refused("10009")
        window = self._surroundings.clock.now() // self._account.terms.window
        if window != self._window:
            self._window, self._count = window, 0
        self._count += 1
        if self._count > self._account.terms.requests:
            raise Refused("10011")

    def _limits(self) -> dict[str, str]:
        terms = self._account.terms
        left = terms.window - self._surroundings.clock.now() % terms.window
        return {
            "x-ratelimit-limit": str(terms.requests),
            "x-ratelimit-remaining": str(max(0, terms.requests - self._count)),
            "x-ratelimit-reset": str(-(-left // 1_000_000)),
        }

    def _write(
        self, route: Route, request: web.Request, given: Mapping[str, Any], reply: Reply | None, fate: Fate
    ) -> None:
        data: dict[str, object] = {
            "operation": route.operation,
            "method": request.method,
            "path": request.path,
            "json": hidden(given),
            "status": reply.status if reply is not None and fate is Fate.PASS else 0,
        }
        if reply is not None and reply.code is not None:
            data["code"] = reply.code
        if fate is not Fate.PASS:
            data["lost"] = "request" if fate is Fate.LOSE_REQUEST else "reply"
        line = f"{request.method} {request.path_qs}"
        self._surroundings.journal.write(
            self._name, "request", data, partial(evidence, line, dict(request.headers), hidden(given), reply)
        )


def read(body: bytes) -> tuple[Mapping[str, Any], bool]:
    """The JSON object of a body (nothing is one too), and whether it is malformed."""
    if not body.strip():
        return {}, False
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return {}, True
    return (given, False) if isinstance(given, dict) else ({}, True)


def details(request: web.Request, given: Mapping[str, Any]) -> dict[str, str]:
    """What the faults of a scenario may go by."""
    return {"path": request.path, **dict(request.query), **dict(flat(given))}


def evidence(line: str, headers: Mapping[str, str], given: Mapping[str, Any], reply: Reply | None) -> dict[str, str]:
    """The exchange as text."""
    heads = [f"{name}: {HIDDEN if name.lower() == 'authorization' else value}" for name, value in headers.items()]
    shown = {"request": "\n".join([line, *heads, "", json.dumps(given)])}
    if reply is not None:
        content = json.dumps(reply.json) if reply.data is None else f"({len(reply.data)} bytes of {reply.type})"
        shown["response"] = f"HTTP/1.1 {reply.status}\n\n{content}"
    return shown


def reset(request: web.Request) -> web.StreamResponse:
    """Break the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


FIDELITY: Final = (
    ("a missing or wrong bearer key is a 401 with 10009", "API error codes", "documented"),
    ("an unknown path is a 404 with 10005", "API error codes", "documented"),
    ("rate limit headers on every answer, 429 with 10011", "rate limiting", "documented"),
    ("an empty body is an empty object", "observed clients", "captured"),
    ("malformed JSON is a 400", "API error codes", "documented"),
    ("the key is judged before the path", "no source", "assumed"),
)
