"""What the application is made to do: its operations, its life, raw requests to its doors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp

from voicecall_sim.runner.performance import Performance
from voicecall_sim.runner.stage import Stage
from voicecall_sim.scenario.plan import (
    AppAsk,
    AppCall,
    AppEnd,
    AppLife,
    AppPress,
    AppRequest,
    AppSpeak,
    AppStatus,
    Step,
)
from voicecall_sim.subjects.subject import OperationFailed

STRANGER: Final = "internet"
"""The host from which raw requests come: anybody on the internet."""

MOST_BODY: Final = 2_000
"""How many characters of an answer's body the journal keeps."""


async def call(performance: Performance, step: Step, verb: AppCall) -> None:
    """Place a call to a person or to a number."""
    people = performance.stage.people
    number = people[verb.to].character.phone if verb.to in people else verb.to
    options = {"message": verb.message, "mode": verb.mode, **verb.extra}
    attempt = performance.book.want("outbound", number, verb.label)

    async def place() -> None:
        given = {key: value for key, value in options.items() if value is not None}
        attempt.app_id = await performance.stage.subject.call(number, given)

    attempt.under_way = operate(performance, step, place)


async def ask(performance: Performance, step: Step, verb: AppAsk) -> None:
    """Speak and listen; the answer is an event."""

    async def talk(call_id: str) -> None:
        text = await performance.stage.subject.ask(call_id, verb.words)
        meant = performance.book.numbered(call_id)
        performance.world.journal.write("app", "answer", {"text": text, "call": meant})

    on_call(performance, step, verb.call, talk)


async def speak(performance: Performance, step: Step, verb: AppSpeak) -> None:
    """Speak."""
    on_call(performance, step, verb.call, lambda call_id: performance.stage.subject.speak(call_id, verb.words))


async def press(performance: Performance, step: Step, verb: AppPress) -> None:
    """Press keys."""
    on_call(performance, step, verb.call, lambda call_id: performance.stage.subject.press(call_id, verb.digits))


async def end(performance: Performance, step: Step, verb: AppEnd) -> None:
    """Hang up."""
    on_call(performance, step, verb.call, lambda call_id: performance.stage.subject.end(call_id))


async def status(performance: Performance, step: Step, verb: AppStatus) -> None:
    """Ask for the status of a call; the answer goes to the journal."""

    async def look(call_id: str) -> None:
        answered = await performance.stage.subject.status(call_id)
        performance.world.journal.write("app", "rpc", {"door": "status", "result": answered})

    on_call(performance, step, verb.call, look)


# --- life -------------------------------------------------------------------------------------------------------


async def life(performance: Performance, step: Step, verb: AppLife) -> None:
    """Start, stop, crash or restart it; what follows waits for a start to be over."""
    stage = performance.stage
    if verb.what in AT_ONCE:
        AT_ONCE[verb.what](stage)
        return
    changes: Mapping[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "starts": lambda: stage.start(verb.config),
        "stops": stage.stop,
        "restarts": lambda: stage.restart(verb.config),
    }
    performance.living = performance.operate(step, changes[verb.what]())


AT_ONCE: Final[Mapping[str, Callable[[Stage], None]]] = {
    "crashes": Stage.crash,
    "disk full": lambda stage: stage.subject.disk(works=False),
    "disk works": lambda stage: stage.subject.disk(works=True),
}


# --- doors ------------------------------------------------------------------------------------------------------


async def request(performance: Performance, step: Step, verb: AppRequest) -> None:
    """A request through the Gateway's doors, or a raw one from the internet."""
    knock = DOORS.get(verb.door, gateway)
    operate(performance, step, lambda: knock(performance, verb))


async def gateway(performance: Performance, verb: AppRequest) -> None:
    """`rpc`, `tool` and `cli`: through the subject."""
    result = await performance.stage.subject.request(verb.door, verb.payload)
    data = {"door": verb.door, "request": verb.payload, "result": result}
    performance.world.journal.write("app", "rpc", data)


async def raw(performance: Performance, verb: AppRequest) -> None:
    """A request by a stranger to the public address, or around whatever stands before the application.

    The answer goes to the journal.
    """
    stage = performance.stage
    around = {
        "listener": (STRANGER, f"http://{stage.app_host.address}:{stage.port}"),
        "loopback": (stage.app_host.name, f"http://127.0.0.1:{stage.port}"),
    }
    host, base = around.get(verb.payload.get("through", ""), (STRANGER, stage.public_url))
    answer = await performance.world.host(host).call(sent(base, verb.payload))
    performance.world.journal.write(STRANGER, "rpc", {"door": "request", "request": verb.payload, **answer})


async def sent(base: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send the request; maps are sent as JSON."""
    body = payload.get("body")
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    headers = {name: str(value) for name, value in payload.get("headers", {}).items()}
    if text is not body:
        headers.setdefault("Content-Type", "application/json")
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.request(
            payload.get("method", "GET"),
            urljoin(base, payload["path"]),
            headers=headers,
            data=text.encode() if text is not None else None,
            allow_redirects=False,
        ) as response,
    ):
        return {"status": response.status, "body": (await response.text())[:MOST_BODY]}


DOORS: Final[Mapping[str, Callable[[Performance, AppRequest], Awaitable[None]]]] = {"request": raw}
"""Doors other than those of the Gateway."""


# --- operations -------------------------------------------------------------------------------------------------


def operate(performance: Performance, step: Step, operation: Callable[[], Awaitable[None]]) -> Any:
    """Do something with the application, once a start that is under way is over."""

    async def when_up() -> None:
        await performance.lives()
        if not performance.stage.up:
            raise OperationFailed("the application is not running")
        await operation()

    return performance.operate(step, when_up())


def on_call(
    performance: Performance, step: Step, label: str | None, operation: Callable[[str], Awaitable[None]]
) -> None:
    """Do something with the call that is meant, under the application's id of it."""

    async def with_id() -> None:
        await operation(await performance.book.app_id(label))

    operate(performance, step, with_id)
