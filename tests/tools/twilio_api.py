"""An HTTP client for the emulated REST API, over a loopback socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from tests.tools.paper_exchange import FROM, TO, Faults, PaperExchange, hand_surroundings
from voicecall_sim.carriers.twilio import rest
from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.world.journal import Entry
from voicecall_sim.world.surroundings import Surroundings

GOOD = {"To": TO, "From": FROM, "Url": "https://app.example/voice"}


@dataclass(slots=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any

    @property
    def code(self) -> int | None:
        """The carrier's code of a refusal."""
        return self.json.get("code") if isinstance(self.json, dict) else None


@dataclass(slots=True)
class Api:
    """The API with its account, exchange and faults."""

    account: Account
    exchange: PaperExchange
    surroundings: Surroundings
    faults: Faults
    base: str
    session: aiohttp.ClientSession

    async def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, Any] | Sequence[tuple[str, str]] | None = None,
        *,
        user: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Reply:
        """Ask below the account's path; with a path from the root if it begins with `//`."""
        url = self.base + (path[1:] if path.startswith("//") else f"/2010-04-01/Accounts/{self.account.sid}{path}")
        credentials = aiohttp.encode_basic_auth(user or self.account.sid, password or self.account.auth_token)
        headers = {"Authorization": credentials} if user != "" else {}
        async with self.session.request(
            method, url, data=form, headers=headers | more.pop("headers", {}), **more
        ) as got:
            body = await got.read()
            is_json = got.content_type == "application/json" and body
            return Reply(got.status, got.headers, body, await got.json() if is_json else None)

    async def new_call(self, *statuses: CallStatus, **form: Any) -> str:
        """Place a call, move it through these states, and return its identifier."""
        reply = await self.ask("POST", "/Calls.json", GOOD | form)
        assert reply.status == 201, reply.json
        sid: str = reply.json["sid"]
        self.exchange.move(sid, *statuses)
        return sid

    def written(self, kind: str) -> list[Entry]:
        """The journal's entries of a kind."""
        return [entry for entry in self.surroundings.journal if entry.kind == kind]


@asynccontextmanager
async def serving(surroundings: Surroundings | None = None) -> AsyncIterator[Api]:
    """The API of a fresh account that owns `FROM`, on a loopback port."""
    surroundings = surroundings or hand_surroundings()
    account, faults = Account(surroundings), Faults()
    account.acquire(FROM)
    exchange = PaperExchange(account, surroundings)
    app = rest.application(account, exchange, surroundings, lambda: faults)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Api(account, exchange, surroundings, faults, str(server.make_url("")).rstrip("/"), session)
