"""Rules about commands: what becomes of each, and how answers are read."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from voicecall_sdk.carriers.carrier import CallView, Carrier, Done, Placed, Standing
from voicecall_sdk.carriers.contract.samples import (
    CONNECT,
    DIAL,
    DIALLED,
    GARBAGE,
    PROMPT,
    SAY,
    TEXT,
    TOKEN,
    WEBHOOK_URL,
    Samples,
    commands_for,
    credentials_of,
    view_of,
    views_of,
)
from voicecall_sdk.commands import AskStatus, Command, Dial, HangUp
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.messages import RestReply, RestRequest

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
STATUSES: Final = (200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)


def expressed(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """In every state of a call each command has its requests, or is assumed, and raises nothing."""
    for view in views_of(carrier):
        for command in commands_for(carrier):
            problem = _problem(carrier, command, view)
            if problem:
                yield f"{command} on a call that is {view.state}, {view.direction}: {problem}"


def _problem(carrier: Carrier, command: Command, view: CallView) -> str | None:
    try:
        requests = carrier.express(command, view)
        outcome = None if requests else carrier.assume(command, view)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
        return f"raises {error!r}"
    if isinstance(command, Dial) and not requests and not isinstance(outcome, Placed):
        return "nothing is requested, and nothing is placed"
    if isinstance(command, AskStatus) and not requests and not isinstance(outcome, Standing):
        return "nothing is requested, and nothing is known"
    return None


def complete(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Words, numbers, tokens and the way back to us are in the requests, or in the reply that the carrier performs."""
    view = view_of(carrier)
    if not carrier.settings.remote:
        return
    order = _written(carrier, DIAL, view)
    if DIALLED.removeprefix("+") not in order:
        yield f"an order to dial {DIALLED} does not say so"
    if WEBHOOK_URL not in order:
        yield f"an order to dial does not lead back to {WEBHOOK_URL}"
    wanted = {SAY: TEXT, PROMPT: TEXT, CONNECT: TOKEN}
    for command in (command for command in commands_for(carrier) if command in wanted):
        if wanted[command] not in _written(carrier, command, view):
            yield f"{command} loses {wanted[command]!r}: it is neither in a request nor in the reply"


def _written(carrier: Carrier, command: Command, view: CallView) -> str:
    """All that is sent for a command, by request and by reply, in the clear."""
    requests = "".join(map(_content, carrier.express(command, view)))
    try:
        reply = carrier.document((command,), view).body
    except NotImplementedError:
        reply = ""
    whole = requests + reply
    return "\n".join((whole, html.unescape(whole), unquote(whole), unquote(html.unescape(whole))))


def _content(request: RestRequest) -> str:
    form = "".join(f"\n{name}={value}" for name, value in request.form or ())
    return f"\n{request.path}{form}\n{_leaves(request.json)}"


def _leaves(value: object) -> str:
    """The texts within a JSON value, as they are."""
    if isinstance(value, Mapping):
        return "\n".join(map(_leaves, value.values()))
    if isinstance(value, list | tuple):
        return "\n".join(map(_leaves, value))
    return str(value)


def sendable(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Requests have a path below the base URL, one body at most that can be written, and do not change."""
    credentials = credentials_of(carrier, samples.block)
    for command in commands_for(carrier):
        view = view_of(carrier)
        requests = tuple(carrier.express(command, view))
        if requests != tuple(carrier.express(command, replace(view))):
            yield f"{command} is expressed differently the second time"
        for request in requests:
            authorized = carrier.authorize(request, credentials)
            yield from (f"{command}: {problem}" for problem in _unsendable(request, authorized))


def _unsendable(request: RestRequest, authorized: RestRequest) -> Iterator[str]:
    if request.method not in METHODS:
        yield f"{request.method!r} is no method"
    if not request.path.startswith("/") or "#" in request.path or " " in request.path:
        yield f"{request.path!r} is no path below the base URL"
    if request.form is not None and request.json is not None:
        yield "it has two bodies"
    if (request.method, request.path) != (authorized.method, authorized.path):
        yield "`authorize` changes where it goes"
    try:
        json.dumps(authorized.json)
    except (TypeError, ValueError) as error:
        yield f"its JSON cannot be written: {error}"


def answered(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Whatever is answered, `interpret` gives an outcome or raises `CarrierRefused` or `CarrierSilent`."""
    for command in commands_for(carrier):
        if not carrier.express(command, view_of(carrier)):
            continue
        for status in STATUSES:
            for body in GARBAGE:
                problem = _misread(carrier, command, RestReply(status=status, body=body))
                if problem:
                    yield f"{command} answered {status} {body[:40]!r}: {problem}"
    yield from _expected(carrier, samples)


def _misread(carrier: Carrier, command: Command, reply: RestReply) -> str | None:
    try:
        outcome = carrier.interpret(command, reply)
    except (CarrierRefused, CarrierSilent):
        return None
    except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
        return f"raises {error!r}"
    if isinstance(command, Dial):
        return f"nothing was placed by that, and yet: {outcome}"
    return None


def _expected(carrier: Carrier, samples: Samples) -> Iterator[str]:
    if samples.placed is not None:
        outcome = carrier.interpret(DIAL, samples.placed)
        if not isinstance(outcome, Placed) or not outcome.provider_call_id:
            yield f"samples.placed is read as {outcome}"
    if samples.gone is not None and not isinstance(carrier.interpret(HangUp(), samples.gone), Done):
        yield "a hang-up of a call that is over (samples.gone) has its wish, and is done"
    if samples.refused is not None:
        yield from _refusal(carrier, samples.refused)


def _refusal(carrier: Carrier, reply: RestReply) -> Iterator[str]:
    try:
        yield f"samples.refused is read as {carrier.interpret(DIAL, reply)}"
    except CarrierRefused as refused:
        if refused.status != reply.status:
            yield f"samples.refused has status {reply.status}, and the error says {refused.status}"
