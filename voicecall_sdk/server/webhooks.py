"""The webhook server: a carrier's request is proved, understood, stored and answered, in this order.

Status codes: 404 path, 405 method, 401 not proved, 415 compressed, 429 too many at once, 413 too large, 408 too slow,
400 not understood, 500 not stored (the carrier may try again) or a bug of ours, 503 not ready.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web
from yarl import URL

from voicecall_sdk.carriers.carrier import Carrier, Credentials, Proof
from voicecall_sdk.engine.reception import Reception
from voicecall_sdk.errors import Forged, StoreFailed, Unintelligible
from voicecall_sdk.messages import WebhookReply, WebhookRequest
from voicecall_sdk.ports import Clock
from voicecall_sdk.server.admission import BODY_TIMEOUT, MAX_BODY, InFlight
from voicecall_sdk.server.forwarded import senders
from voicecall_sdk.server.peers import counted_as
from voicecall_sdk.server.public_url import Forwarding, candidates
from voicecall_sdk.server.refusals import arrival, seen
from voicecall_sdk.server.trust import Leniency, prove_unsigned, tolerates
from voicecall_sdk.store.store import Store

if TYPE_CHECKING:
    from voicecall_sdk.server.media import MediaServer

log = logging.getLogger(__name__)

ADDRESSES: Final = 4
"""Public URLs of one after the other whose callbacks are believed: calls keep those that they were given."""

EVERYDAY: Final = frozenset({404, 405})
"""Statuses that those get who look for anything: they are told in the log at level DEBUG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What decides whether a request is believed."""

    carrier: Carrier
    credentials: Credentials
    forwarding: Forwarding
    leniency: Leniency


class WebhookServer:
    """Answers carriers at one path. Until `reception` is set it says 503, so that carriers come again."""

    def __init__(
        self,
        *,
        path: str,
        gate: Gate,
        store: Store,
        clock: Clock,
        public_url: str | None,
        own_url: str | None = None,
    ) -> None:
        self.reception: Reception | None = None
        self._path = _decoded("/" + path.strip("/")).rstrip("/")
        self._gate = gate
        self._proofs = tuple(sorted(set().union(*gate.carrier.required_headers)))
        self._store = store
        self._clock = clock
        self._addresses: tuple[str, ...] = () if public_url is None else (public_url,)
        self._own_url = own_url
        self._in_flight = InFlight()

    def reached_at(self, url: str) -> None:
        """Carriers are told this URL from now on; what was signed for the few before it is believed, too."""
        self._addresses = (url, *(each for each in self._addresses if each != url))[:ADDRESSES]

    def application(self, media: MediaServer | None = None) -> web.Application:
        """The aiohttp application; every path and method ends here, but for the path of media streams."""
        app = web.Application(client_max_size=MAX_BODY)
        if media is not None:
            for path in (media.path, media.path + "/{token}"):
                app.router.add_get(path, media.handle)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.Response:
        """One request, from the door to the answer."""
        refusal = self._refuse_unread(request)
        if refusal is not None:
            return refusal
        with self._in_flight.slot(self.peer(request)) as free:
            if not free:
                return _refused(request, 429, "Too Many Requests")
            try:
                body = await _body(request)
            except TimeoutError:
                return _refused(request, 408, "Request body timeout")
            except web.HTTPRequestEntityTooLarge:
                return _refused(request, 413, "Payload Too Large")
            except web.RequestPayloadError:
                return _refused(request, 400, "Bad Request")
            except ConnectionError:
                return _refused(request, 400, "Bad Request", "whoever sent it hung up in the middle of it")
            return self._answer(_plain_request(request, body))

    # --- inside -------------------------------------------------------------------------------------------------

    def peer(self, request: web.Request) -> str:
        """The name under which whoever sent this request is counted."""
        headers = request.headers
        told = headers.getall("X-Forwarded-For", ()) or senders(headers.getall("Forwarded", ()))
        return counted_as(request.remote, told, self._gate.forwarding)

    def _refuse_unread(self, request: web.Request) -> web.Response | None:
        if request.path.rstrip("/") != self._path:
            return _refused(request, 404, "Not Found")
        if request.method != "POST":
            return _refused(request, 405, "Method Not Allowed", Allow="POST")
        if self.reception is None:
            return _refused(request, 503, "Not ready")
        ways = self._gate.carrier.required_headers
        if ways and not self._gate.leniency.skip and not any(_has(request, way) for way in ways):
            return _refused(request, 401, "Unauthorized", "no signature header")
        if any(len(request.headers.getall(name, ())) > 1 for name in self._proofs):
            return _refused(request, 401, "Unauthorized", "two headers of one signature")  # whoever reads which
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return _refused(request, 415, "Unsupported Media Type")  # no carrier compresses, and nobody makes us unpack
        if (request.content_length or 0) > MAX_BODY:
            return _refused(request, 413, "Payload Too Large")
        return None

    def _answer(self, request: WebhookRequest) -> web.Response:
        try:
            proof = self._prove(request)
            if proof.warning is not None:
                log.warning("webhook accepted although %s", proof.warning)
            return _response(self._taken_in(request, proof))
        except Forged as forgery:
            log.warning("webhook refused: %s; %s", forgery, arrival(request, self._gate.forwarding))
            return _plain(401, "Unauthorized")
        except Unintelligible as error:
            log.warning("webhook not understood: %s", error)
            return _plain(400, "Bad Request")
        except StoreFailed as error:
            log.error("webhook not stored, so not acknowledged: %s", error)
            return _plain(500, "Internal Server Error")
        except Exception:
            log.exception("webhook failed")  # the traceback is for us, not for whoever asked
            return _plain(500, "Internal Server Error")

    def _prove(self, request: WebhookRequest) -> Proof:
        gate = self._gate
        if gate.leniency.skip:
            return prove_unsigned(gate.carrier.name, request)
        urls = self._signed_for(request)
        try:
            return gate.carrier.verify(request, gate.credentials, urls, self._clock.wall())
        except Forged as forgery:
            excuse = tolerates(gate.leniency, forgery, request, urls)
            if excuse is None:
                raise
            warning = f"{forgery}: {excuse}; {arrival(request, gate.forwarding)}"
            return Proof(prove_unsigned(gate.carrier.name, request).key, warning=warning)

    def _signed_for(self, request: WebhookRequest) -> Sequence[str]:
        """The URLs that the carrier may have signed: those it was told, or else what the request says of itself."""
        forwarding = self._gate.forwarding
        if len(self._addresses) == 1:
            return candidates(request, self._addresses[0], forwarding)
        if self._addresses:
            return [url for address in self._addresses for url in candidates(request, address, forwarding)]
        own = () if self._own_url is None else candidates(request, self._own_url, forwarding)
        return [*candidates(request, None, forwarding), *own]

    def _taken_in(self, request: WebhookRequest, proof: Proof) -> WebhookReply:
        """A delivery that was answered before gets the same answer, and nothing else happens."""
        assert self.reception is not None
        before = self._store.reply_to(proof.key, now=self._clock.wall())
        if before is not None:
            log.info("webhook repeated: answered as before")
            return before
        return self.reception.receive(self._gate.carrier.understand(request), proof.key)


def _decoded(path: str) -> str:
    """A configured path as aiohttp has those that are asked for."""
    return URL.build(path=path, encoded=True).path


async def _body(request: web.Request) -> bytes:
    """The body, if it comes in time."""
    if request.content.is_eof():
        return await request.read()  # it came with the head
    async with asyncio.timeout(BODY_TIMEOUT):
        return await request.read()


def _has(request: web.Request, names: frozenset[str]) -> bool:
    return all(request.headers.get(name) for name in names)


def _plain_request(request: web.Request, body: bytes) -> WebhookRequest:
    return WebhookRequest(
        method=request.method,
        target=request.raw_path,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        remote=request.remote,
    )


def _response(reply: WebhookReply) -> web.Response:
    return web.Response(status=reply.status, text=reply.body, content_type=reply.content_type)


def _refused(request: web.Request, status: int, text: str, why: str = "", **headers: str) -> web.Response:
    """A refusal before anything is read: what strangers try everywhere is no matter for a warning."""
    level = logging.DEBUG if status in EVERYDAY else logging.WARNING
    if log.isEnabledFor(level):
        log.log(
            level,
            "webhook refused: %s; %s %s from %s",
            why or text,
            request.method,
            seen(request.raw_path),
            request.remote,
        )
    return _plain(status, text, **headers)


def _plain(status: int, text: str, **headers: str) -> web.Response:
    return web.Response(status=status, text=text, headers=headers)
