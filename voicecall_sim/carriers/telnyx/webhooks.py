"""Webhooks on their way: composed for each attempt anew, signed, sent, retried, sent to the failover URL, journaled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from voicecall_sim.carriers.emulator import Interference, Outgoing
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.telnyx import courier, ids
from voicecall_sim.carriers.telnyx.account import Account, Delivery
from voicecall_sim.carriers.telnyx.courier import Answer
from voicecall_sim.carriers.telnyx.events import flat, iso
from voicecall_sim.carriers.telnyx.signature import SIGNATURE, TIMESTAMP
from voicecall_sim.carriers.waiting import pass_time
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros
from voicecall_sim.world.surroundings import Surroundings

USER_AGENT: Final = "telnyx-webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an event goes: URLs in turn, each with the delays before its attempts."""

    urls: tuple[str, ...]
    method: str = "POST"
    failover: str | None = None
    delays: tuple[Micros, ...] | None = None
    """Before the attempts after the first, if they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to be told. `kind` as in `Outgoing`."""

    type: str
    kind: str
    call_id: str
    id: str
    occurred_at: str
    payload: Mapping[str, Any]

    def told(self, attempt: int, url: str) -> dict[str, Any]:
        """What one attempt tells; `meta` is inside of what is signed."""
        data = {
            "event_type": self.type,
            "id": self.id,
            "occurred_at": self.occurred_at,
            "payload": self.payload,
            "record_type": "event",
        }
        return {"data": data, "meta": {"attempt": attempt, "delivered_to": url}}


def as_json(told: Mapping[str, Any]) -> bytes:
    """The body: keys in alphabetical order."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


class PostOffice:
    """Delivers webhooks. `sent` holds every attempt that left, in order."""

    def __init__(
        self,
        name: str,
        surroundings: Surroundings,
        account: Account,
        tasks: Tasks,
        interference: Callable[[], Interference],
    ) -> None:
        self.sent: list[Outgoing] = []
        self.numbers: dict[str, int] = {}
        """The number of the network's call that a `call_control_id` belongs to."""
        self._name = name
        self._surroundings = surroundings
        self._account = account
        self._tasks = tasks
        self._interference = interference
        self._count = 0
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the HTTP client."""
        self._session = courier.new_session()

    async def close(self) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()

    def tell(self, event_type: str, kind: str, call_id: str, payload: Mapping[str, Any], to: Destination) -> None:
        """Deliver an event that happens at this instant; nobody waits for it."""
        event = Event(
            type=event_type,
            kind=kind,
            call_id=call_id,
            id=ids.new_uuid(self._surroundings.chance, "event"),
            occurred_at=iso(self._surroundings.clock.wall()),
            payload=payload,
        )
        self._count += 1
        self._tasks.start(self._deliver(event, to, self._count))

    async def fetch(self, url: str) -> Answer:
        """Get a file."""
        request = Outgoing(
            number=0, attempt=1, kind="media", event="fetch", call_id="", method="GET", url=url, signed_url=url,
            headers=(("User-Agent", USER_AGENT),), body=b"", params=(),
        )  # fmt: skip
        return await courier.carry(self._client(), request, 10 * SECOND)

    async def send_again(self, hook: Outgoing, delay: Micros = 0) -> int:
        """Send bytes that are no event of their own: a duplicate, a replay, a forgery. The status, 0 for none."""
        await pass_time(delay)
        return (await self._transmit(hook)).status

    def signed(self, hook: Outgoing) -> Outgoing:
        """The webhook signed anew: its present body, at this instant (or at the time that it has, if that is none)."""
        given = dict(hook.headers).get(TIMESTAMP, "")
        timestamp = given if given and not given.isdigit() else str(int(self._surroundings.clock.wall().timestamp()))
        signature = self._account.signing_key.sign(timestamp, hook.body)
        bare = hook.with_header(SIGNATURE, None).with_header(TIMESTAMP, None)
        return replace(bare, headers=(*bare.headers, (SIGNATURE, signature), (TIMESTAMP, timestamp)))

    async def _deliver(self, event: Event, to: Destination, number: int) -> None:
        await pass_time(self._surroundings.chance("telnyx.departure").randint(*self._account.terms.departure))
        told = event.told(1, to.urls[0])["data"]
        delivery = Delivery(
            id=event.id, event_type=event.type, webhook=told, started_at=self._surroundings.clock.wall()
        )
        self._account.deliveries[event.id] = delivery
        try:
            await self._attempt(event, to, number, delivery)
        finally:
            delivery.finished_at = self._surroundings.clock.wall()

    async def _attempt(self, event: Event, to: Destination, number: int, delivery: Delivery) -> None:
        attempt = 0
        for url in (*to.urls, *((to.failover,) if to.failover else ())):
            for delay in self._delays(to):
                await pass_time(delay)
                attempt += 1
                began, hook = self._surroundings.clock.wall(), self._compose(event, url, to.method, number, attempt)
                answer = await self._leave(hook)
                delivery.attempts.append(shown(hook, answer, began, self._surroundings.clock.wall()))
                if answer.good:
                    delivery.status = "delivered"
                    return
                if not self._worth_another(answer):
                    break

    def _delays(self, to: Destination) -> Iterator[Micros]:
        yield 0
        if to.delays is not None:
            yield from to.delays
            return
        terms = self._account.terms
        yield from (terms.retry_after * 2**before for before in range(terms.attempts - 1))

    def _worth_another(self, answer: Answer) -> bool:
        refused = 400 <= answer.status < 500 and answer.status not in {408, 429}
        return not refused or self._account.terms.retries_client_errors

    def _compose(self, event: Event, url: str, method: str, number: int, attempt: int) -> Outgoing:
        told = event.told(attempt, url)
        params = flat(told)
        asked = url if method == "POST" else url + ("&" if "?" in url else "?") + urlencode(params)
        kind = (("content-type", "application/json"),) if method == "POST" else ()
        return self.signed(
            Outgoing(
                number=number,
                attempt=attempt,
                kind=event.kind,
                event=event.type,
                call_id=event.call_id,
                method=method,
                url=asked,
                signed_url=asked,
                headers=(*kind, ("user-agent", USER_AGENT)),
                body=as_json(told) if method == "POST" else b"",
                params=params,
            )
        )

    async def _leave(self, hook: Outgoing) -> Answer:
        versions = self._interference().webhook(hook)
        if not versions:
            self._journal(hook, courier.LOST)
            return courier.LOST
        for delay, duplicate in versions[1:]:
            self._tasks.start(self.send_again(duplicate, delay))
        delay, hook = versions[0]
        await pass_time(delay)
        return await self._transmit(hook)

    async def _transmit(self, hook: Outgoing) -> Answer:
        self.sent.append(hook)
        own = self._account.application.webhook_timeout_secs
        timeout = self._account.terms.webhook_timeout if not own else own * SECOND
        answer = await courier.carry(self._client(), hook, timeout)
        self._journal(hook, answer)
        return answer

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        return self._session

    def _journal(self, hook: Outgoing, answer: Answer) -> None:
        data: dict[str, object] = {
            "number": hook.number,
            "attempt": hook.attempt,
            "kind": hook.kind,
            "event": hook.event,
            "call": self.numbers.get(hook.call_id, 0),
            "url": hook.url,
            "params": dict(sorted(hook.params)),
            "status": answer.status,
        }
        if answer.error:
            data["error"] = answer.error
        self._surroundings.journal.write(self._name, "webhook", data, partial(_evidence, hook, answer))


def _evidence(hook: Outgoing, answer: Answer) -> dict[str, str]:
    heads = [f"{hook.method} {hook.url}", *(f"{name}: {value}" for name, value in hook.headers), ""]
    reply = answer.error or f"HTTP/1.1 {answer.status}\n\n{answer.body[:4096].decode('latin-1')}"
    return {"request": "\n".join(heads) + "\n" + hook.body.decode(), "response": reply}


def shown(hook: Outgoing, answer: Answer, began: datetime, ended: datetime) -> dict[str, Any]:
    """An attempt as REST shows it."""
    response = {"status": answer.status, "headers": [list(pair) for pair in (answer.headers or {}).items()]}
    return {
        "status": "delivered" if answer.good else "failed",
        "started_at": iso(began),
        "finished_at": iso(ended),
        "errors": [],
        "http": {
            "request": {"url": hook.url, "headers": [list(pair) for pair in hook.headers]},
            "response": {**response, "body": answer.body[:4096].decode("latin-1")} if answer.status else None,
        },
    }


def policy(delays: list[int]) -> tuple[Micros, ...]:
    """Explicit delays in milliseconds."""
    return tuple(delay * MILLISECOND for delay in delays)


FIDELITY: Final = (
    ("keys in alphabetical order, compact", "observed traffic; white space assumed", "captured"),
    ("meta.attempt and meta.delivered_to are in the signed body; id stays", "observed traffic", "captured"),
    ("content-type, user-agent telnyx-webhooks and two signature headers", "observed traffic", "captured"),
    ("success is any 2xx, other 4xx than 408 and 429 are not tried again", "voice API webhooks", "documented"),
    ("the failover URL gets what the first one did not take", "webhook fundamentals", "documented"),
    ("meta.attempt counts on over the failover URL", "no source", "assumed"),
    ("retry policies are the delays of further attempts, for each URL", "OpenAPI", "documented"),
    ("GET webhooks: all fields in the query by dotted names, an empty body signed", "no source", "assumed"),
)
