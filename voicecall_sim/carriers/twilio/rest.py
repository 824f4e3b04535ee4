"""The REST API at api.twilio.com: routes by path, whatever the host. The rind around the pure handlers.

What every request goes through, in this order: the count of concurrent requests, the faults of a scenario, credentials,
the route, its handler, the journal, the headers.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web

from voicecall_sim.carriers.emulator import Fate, Interference, Treatment
from voicecall_sim.carriers.twilio import ids, rest_calls, rest_numbers, rest_recordings, rest_streams
from voicecall_sim.carriers.twilio.account import Account, Exchange
from voicecall_sim.carriers.twilio.asked import Answer, Asked, Office, Route, refusal
from voicecall_sim.carriers.twilio.evidence import as_text, hide, show_answer, show_request
from voicecall_sim.carriers.twilio.parameters import rfc2822
from voicecall_sim.carriers.twilio.paths import Directory
from voicecall_sim.carriers.twilio.presentation import API_VERSION
from voicecall_sim.carriers.twilio.refusals import ABOUT, REASONS, Refused
from voicecall_sim.carriers.twilio.validation import Form, read_form
from voicecall_sim.world.clock import SECOND, Micros, seconds
from voicecall_sim.world.surroundings import Surroundings

NAME: Final = "twilio"

ROUTES: Final = (*rest_calls.ROUTES, *rest_recordings.ROUTES, *rest_streams.ROUTES, *rest_numbers.ROUTES)

FIXED_HEADERS: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
    "If-Unmodified-Since, Idempotency-Key",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
    "Strict-Transport-Security": "max-age=31536000",
    "X-API-Domain": "api.twilio.com",
    "X-Home-Region": "us1",
    "X-Powered-By": "AT-5000",
    "X-Shenanigans": "none",
}

FIDELITY: Final = (
    ("response headers, the count of concurrent requests among them", "observed traffic", "captured"),
    ("20429 when more requests are under way than the account may have", "error dictionary 20429", "documented"),
    ("no Retry-After with 429", "nothing published", "assumed"),
    ("wrong or missing credentials are 20003, Authenticate", "observed traffic", "captured"),
    ("credentials are judged before the path", "nothing published", "assumed"),
    ("another account's path, or one that is no account, is 20404", "twilio/twilio-salesforce#53", "captured"),
    ("an API key's identifier in place of the account's is 21470", "n8n-io/n8n#1782", "reported"),
    ("a suspended account is 20005", "error dictionary 20005", "documented"),
    ("an unknown path is 20404, a method that a path has not 20004", "error dictionary", "documented"),
    ("only .json is offered, not XML or CSV", "our choice: 20404", "assumed"),
)

_FORM: Final = "application/x-www-form-urlencoded"
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Twilio API"'}


def application(
    account: Account,
    exchange: Exchange,
    surroundings: Surroundings,
    interference_of: Callable[[], Interference],
    name: str = NAME,
) -> web.Application:
    """The REST API of one account, to be mounted at any host.

    `interference_of` is asked at each request for the faults of the moment; `name` is `who` in the journal.
    """
    reception = Reception(account, exchange, surroundings, interference_of, name)
    app = web.Application()
    app.on_response_prepare.append(_without_server)
    app.router.add_route("*", "/{anything:.*}", reception.handle)
    return app


async def _without_server(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)


def _refuse_method(office: Office, asked: Asked) -> Answer:
    raise Refused(20004)


def _refuse_path(office: Office, asked: Asked) -> Answer:
    raise asked.not_found()


WRONG_METHOD: Final = Route(operation="wrong method", method="*", path="", handler=_refuse_method)
DIRECTORY: Final = Directory(f"/{API_VERSION}/Accounts/{{account}}", ROUTES)
NO_SUCH_PATH: Final = Route(operation="unknown path", method="*", path="", handler=_refuse_path)


@dataclass(frozen=True, slots=True)
class _Received:
    """A request as it came in."""

    route: Route
    sids: Mapping[str, str]
    http: web.Request
    body: bytes
    form: Form
    query: Form
    crowded: bool
    """Whether too many requests were under way when it came."""
    malformed: Refused | None = None


class Reception:
    """Where requests are taken in and answered."""

    def __init__(
        self,
        account: Account,
        exchange: Exchange,
        surroundings: Surroundings,
        interference_of: Callable[[], Interference],
        name: str,
    ) -> None:
        self._account = account
        self._office = Office(account=account, exchange=exchange, wall=surroundings.clock.wall)
        self._surroundings = surroundings
        self._interference_of = interference_of
        self._name = name

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The handler for aiohttp, of every path and method."""
        began = self._surroundings.clock.now()
        self._account.requests_under_way += 1
        try:
            crowded = self._account.requests_under_way > self._account.terms.concurrent_requests
            return await self._serve(await _receive(request, crowded), began)
        finally:
            self._account.requests_under_way -= 1

    async def _serve(self, received: _Received, began: Micros) -> web.StreamResponse:
        treatment = self._interference_of().rest(received.route.operation, _details(received))
        if treatment.delay:
            await asyncio.sleep(seconds(treatment.delay))
        lost_before = treatment.fate is Fate.LOSE_REQUEST
        answer = None if lost_before else self._answer(received, treatment)
        text = "" if answer is None else as_text(answer.json)
        self._write(received, answer, text, treatment.fate)
        if answer is None or treatment.fate is Fate.LOSE_REPLY:
            return _reset(received.http)
        return web.Response(
            status=answer.status,
            body=text.encode() if answer.data is None else answer.data,
            headers=self._headers(answer, began),
        )

    def _answer(self, received: _Received, treatment: Treatment) -> Answer:
        try:
            if treatment.refuse is not None:
                raise _asked_for(treatment.refuse, received)
            asked = self._admit(received)
            return received.route.handler(self._office, asked)
        except Refused as refused:
            return refusal(refused)

    def _admit(self, received: _Received) -> Asked:
        if received.crowded:
            raise Refused(20429)
        asked = _asked(received, by_key=self._authenticate(received))
        if self._account.terms.suspended:
            raise Refused(20005)
        named = asked.sids.get("account", self._account.sid)
        if ids.is_sid(named, ids.API_KEY):
            raise Refused(21470)
        if named != self._account.sid:
            raise asked.not_found()
        if received.malformed is not None:
            raise received.malformed
        return asked

    def _authenticate(self, received: _Received) -> bool:
        """Judge the credentials; True if they are an API key's."""
        user, password = _credentials(received.http.headers.get("Authorization", ""))
        if self._account.knows(user, password):
            return user != self._account.sid
        if received.route.open and not self._account.terms.protected_media:
            return False
        raise Refused(20003)

    def _headers(self, answer: Answer, began: Micros) -> dict[str, str]:
        duration = (self._surroundings.clock.now() - began) / SECOND
        return {
            "Content-Type": answer.content_type,
            "Date": rfc2822(self._surroundings.clock.wall(), "GMT"),
            "Twilio-Concurrent-Requests": str(self._account.requests_under_way),
            "Twilio-Request-Id": ids.new_sid(self._surroundings.chance, ids.REQUEST),
            "Twilio-Request-Duration": f"{duration:.3f}",
            **FIXED_HEADERS,
            **(_CHALLENGE if answer.status == 401 else {}),
        }

    def _write(self, received: _Received, answer: Answer | None, text: str, fate: Fate) -> None:
        data = {
            "operation": received.route.operation,
            "method": received.http.method,
            "path": received.http.path,
            "form": hide(received.form).plain(),
            "status": answer.status if answer is not None and fate is Fate.PASS else 0,
        }
        if received.query.pairs:
            data["query"] = received.query.plain()
        if answer is not None and answer.code is not None:
            data["code"] = answer.code
        if fate is not Fate.PASS:
            data["lost"] = "request" if fate is Fate.LOSE_REQUEST else "reply"
        self._surroundings.journal.write(self._name, "request", data, _evidence(received, answer, text))
        self._warn(received, answer)

    def _warn(self, received: _Received, answer: Answer | None) -> None:
        """Tell the debugger what the request had that Twilio does not take."""
        if answer is None or answer.status >= 400:
            return
        given = received.form if received.http.method == "POST" else received.query
        unknown = [name for name in given.names() if name not in received.route.parameters]
        notices = [(20001, f"Unknown parameters: {', '.join(unknown)}")] if unknown else []
        for code, message in (*notices, *answer.warnings):
            sid = (answer.json or {}).get("sid", "")
            self._surroundings.journal.write(
                self._name, "debug", {"code": code, "level": "warning", "message": message}, {"resource": sid}
            )


async def _receive(request: web.Request, crowded: bool) -> _Received:
    by_method, sids = DIRECTORY.find(request.path)
    route = NO_SUCH_PATH if by_method is None else by_method.get(request.method, WRONG_METHOD)
    body = await request.read()
    try:
        form = read_form(body) if request.content_type == _FORM else Form()
        query = read_form(request.rel_url.raw_query_string.encode())
    except Refused as malformed:
        return _Received(route, sids, request, body, Form(), Form(), crowded, malformed)
    return _Received(route, sids, request, body, form, query, crowded)


def _asked(received: _Received, *, by_key: bool) -> Asked:
    return Asked(
        method=received.http.method,
        path=received.http.path,
        sids=received.sids,
        form=received.form,
        query=received.query,
        by_key=by_key,
    )


def _details(received: _Received) -> dict[str, str]:
    """What the faults of a scenario may go by: the path and the parameters, the first value of each."""
    given = (*received.query.pairs, *received.form.pairs)
    return {"path": received.http.path, **dict(reversed(given))}


def _asked_for(wanted: int | str, received: _Received) -> Refused:
    """A refusal that a scenario wants, by reason or code, worded for this request."""
    code = REASONS.get(str(wanted)) or int(wanted)
    name = ABOUT.get(code, "")
    value = received.form[name] or ""
    return Refused(code, name=name, value=value, path=received.http.path, problem="is not valid")


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _reset(request: web.Request) -> web.StreamResponse:
    """Break the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _evidence(received: _Received, answer: Answer | None, text: str) -> Callable[[], dict[str, str]]:
    """Shows the exchange when asked; keeps none of the request's machinery until then."""
    line = f"{received.http.method} {received.http.path_qs} HTTP/1.1"
    request = partial(show_request, line, received.http.headers, received.body, received.form)
    if answer is None:
        return lambda: {"request": request()}
    return lambda: {"request": request(), "response": show_answer(answer, text)}
