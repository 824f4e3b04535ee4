"""Commands to the carrier over HTTP: the one client for all REST."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

import aiohttp
import orjson

from voicecall_sdk.carriers.carrier import CallView, Carrier, Credentials, Done, Outcome, Standing
from voicecall_sdk.commands import AskStatus, Command, Dial, HangUp, Reject
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.messages import RestReply, RestRequest, form_of_pairs

TIMEOUT: Final = 15.0
"""Seconds for one request, connecting included."""

RETRY_AFTER: Final = (0.25, 0.75)
"""Seconds before a live update is tried again that came a moment too early (Twilio 21220 right after the answer)."""

BUSY: Final = frozenset({429, 503})
"""Statuses of a carrier that has no time for us now."""

HANG_UP_AFTER: Final = (*RETRY_AFTER, 2.0, 4.0, 8.0, 16.0)
"""The same for the end of a call."""

DELAYS: Final[Mapping[type[Command], Sequence[float]]] = {
    Dial: (),
    AskStatus: (),
    HangUp: HANG_UP_AFTER,
    Reject: HANG_UP_AFTER,
}

FORM: Final = "application/x-www-form-urlencoded"

log = logging.getLogger(__name__)


class CarrierClient:
    """Carries commands out. `base_url` replaces the carrier's own (an emulator on loopback)."""

    def __init__(self, carrier: Carrier, credentials: Credentials, base_url: str | None = None) -> None:
        self._carrier = carrier
        self._credentials = credentials
        self._base = (base_url or carrier.base_url(credentials)).rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # a cache of names would wake who waits for one name in the order of a set: no two runs alike
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(use_dns_cache=False),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def carry_out(self, command: Command, view: CallView, wanted: Callable[[], bool] = lambda: True) -> Outcome:
        """Do it. Raises `CarrierRefused`, or `CarrierSilent` when no answer came.

        A refusal that means "too early", or that the carrier has no time for us, is tried again twice, as long as it is
        `wanted`, a hang-up for half a minute: a call that goes on is paid for. A dial is never sent twice.
        """
        requests = self._carrier.express(command, view)
        if not requests:
            return self._carrier.assume(command, view)
        for delay in DELAYS.get(type(command), RETRY_AFTER):
            try:
                return await self._attempt(command, requests)
            except CarrierRefused as refusal:
                if refusal.code not in self._carrier.retry_codes and refusal.status not in BUSY:
                    raise
                log.info("%s refused %s for now, again in %s s", self._carrier.name, type(command).__name__, delay)
                await asyncio.sleep(delay)
                if not wanted():
                    raise
        return await self._attempt(command, requests)

    async def _attempt(self, command: Command, requests: Sequence[RestRequest]) -> Outcome:
        outcome: Outcome = Done()
        for request in requests:
            outcome = self._carrier.interpret(command, await self._exchange(request))
            if isinstance(outcome, Standing) and not outcome.over:
                break  # a carrier may have several places where a call can be: it is not over before it is in none
        return outcome

    async def _exchange(self, request: RestRequest) -> RestReply:
        assert self._session is not None, "the client is not open"
        signed = self._carrier.authorize(request, self._credentials)
        headers = dict(signed.headers)
        data: bytes | aiohttp.BytesPayload | None = None
        if signed.form is not None:
            data = aiohttp.BytesPayload(form_of_pairs(signed.form), content_type=FORM)
        elif signed.json is not None:
            data, headers["Content-Type"] = orjson.dumps(signed.json), "application/json"
        name = f"{self._carrier.name} {signed.method} {signed.path}"
        try:
            async with self._session.request(
                signed.method, self._base + signed.path, data=data, headers=headers, allow_redirects=False
            ) as response:
                return RestReply(status=response.status, body=await response.read(), headers=dict(response.headers))
        except aiohttp.ClientConnectorError as error:
            raise CarrierSilent(f"{name}: cannot connect ({error.os_error})", sent=False) from error
        except TimeoutError as error:
            raise CarrierSilent(f"{name}: no answer within {TIMEOUT:g} s", sent=True) from error
        except aiohttp.ClientError as error:
            raise CarrierSilent(f"{name}: no answer ({type(error).__name__})", sent=True) from error
