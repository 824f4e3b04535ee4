"""Tin Can's REST interface: four requests, each with its faults, its answer and its line in the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Fate
from voicecall_sim.world.clock import seconds

if TYPE_CHECKING:
    from tests.tincan.sim.carrier import TincanCarrier

Fields = Mapping[str, Any]
Answer = tuple[int, dict[str, str]]

REFUSALS: Final[Mapping[str, Answer]] = {
    "wrong credentials": (401, {"error": "this is not your key"}),
    "invalid number": (400, {"error": "to and from are numbers: + and digits"}),
    "unowned caller id": (403, {"error": "from is not a number of yours"}),
    "unknown call": (404, {"error": "there is no such call"}),
    "too many requests": (429, {"error": "not so fast"}),
    "unavailable": (503, {"error": "the string is torn"}),
    "path": (404, {"error": "there is nothing here"}),
    "json": (400, {"error": "the body is not a JSON object"}),
}
"""The catalogue of what it says no to, by the words that scenarios use where they have one."""


class Refused(Exception):
    """An answer of the catalogue."""


def application(carrier: TincanCarrier) -> web.Application:
    """All paths lead to one handler: it knows what is asked, or says that there is nothing."""

    async def handle(request: web.Request) -> web.StreamResponse:
        fields = _fields(await request.read())
        operation, _, _ = asked = _asked(request)
        treatment = carrier.interference.rest(operation, {key: str(value) for key, value in (fields or {}).items()})
        await asyncio.sleep(seconds(treatment.delay))
        try:
            if treatment.refuse is not None:
                raise Refused(treatment.refuse)
            status, body = (0, {}) if treatment.fate is Fate.LOSE_REQUEST else _answer(carrier, request, asked, fields)
        except Refused as refused:
            status, body = REFUSALS[str(refused)]
        lost = treatment.fate is not Fate.PASS
        _write(carrier, request, operation, fields or {}, 0 if lost else status, body)
        if lost and request.transport is not None:
            request.transport.abort()
        return web.json_response(body, status=status or 200)

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", handle)
    return app


def _fields(body: bytes) -> Fields | None:
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


Asked = tuple[str, Callable[["TincanCarrier", str, Fields], Answer] | None, str]


def _asked(request: web.Request) -> Asked:
    """The operation, what does it, and the call that it is about."""
    parts = request.path.removeprefix("/v1").strip("/").split("/")
    shape = (request.method, len(parts), parts[0], parts[-1] if len(parts) == 3 else "")
    operation, doer = ROUTES.get(shape, ("unknown path", None))
    return operation, doer, parts[1] if len(parts) > 1 else ""


def _answer(carrier: TincanCarrier, request: web.Request, asked: Asked, fields: Fields | None) -> Answer:
    _, doer, call = asked
    if request.headers.get("Authorization") != f"Key {carrier.key}":
        raise Refused("wrong credentials")
    if doer is None:
        raise Refused("path")
    if fields is None:
        raise Refused("json")
    return doer(carrier, call, fields)


def _create(carrier: TincanCarrier, _: str, fields: Fields) -> Answer:
    to, from_, url = (str(fields.get(name, "")) for name in ("to", "from", "url"))
    if not all(number.startswith("+") and number[1:].isdecimal() for number in (to, from_)):
        raise Refused("invalid number")
    if from_ not in carrier.numbers:
        raise Refused("unowned caller id")
    ring, longest = (value if isinstance(value := fields.get(name), int) else 60 for name in ("ring", "longest"))
    return 201, {"call": carrier.dial(from_, to, url, ring=ring, longest=longest)}


def _fetch(carrier: TincanCarrier, call: str, fields: Fields) -> Answer:
    return 200, {"state": carrier.live[call].state if call in carrier.live else _known(carrier, call)}


def _known(carrier: TincanCarrier, call: str) -> str:
    if call not in carrier.known:
        raise Refused("unknown call")
    return "over"


def _end(carrier: TincanCarrier, call: str, fields: Fields) -> Answer:
    if call not in carrier.live:
        raise Refused("unknown call")
    carrier.live[call].hang_up()
    return 200, {}


def _script(carrier: TincanCarrier, call: str, fields: Fields) -> Answer:
    if call not in carrier.live:
        raise Refused("unknown call")
    carrier.live[call].control.redirect(fields)
    return 200, {}


ROUTES: Final[Mapping[tuple[str, int, str, str], tuple[str, Callable[[TincanCarrier, str, Fields], Answer]]]] = {
    ("POST", 1, "calls", ""): ("create call", _create),
    ("GET", 2, "calls", ""): ("fetch call", _fetch),
    ("DELETE", 2, "calls", ""): ("end call", _end),
    ("PUT", 3, "calls", "script"): ("instruct call", _script),
}
"""By method and shape of the path: the operation, and what does it."""


def _write(
    carrier: TincanCarrier, request: web.Request, operation: str, fields: Fields, status: int, body: Fields
) -> None:
    data = {
        "operation": operation,
        "method": request.method,
        "path": request.path,
        "json": dict(fields),
        "status": status,
    }
    if status >= 400:
        data["code"] = next(code for code, (_, said) in REFUSALS.items() if said == body)
    carrier.surroundings.journal.write(carrier.name, "request", data)
