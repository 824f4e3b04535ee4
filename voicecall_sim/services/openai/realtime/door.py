"""Where Realtime sockets are opened: who may, for which kind of session; and what ends them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiohttp import WSMsgType, web

from voicecall_sim.services.brain import Brain
from voicecall_sim.services.openai.account import HOSTS, Account, failure
from voicecall_sim.services.openai.realtime import beta, catalogue
from voicecall_sim.services.openai.realtime.knobs import Knobs
from voicecall_sim.services.openai.realtime.session import Session
from voicecall_sim.services.openai.realtime.wire import Wire
from voicecall_sim.services.openai.shapes import Refusal
from voicecall_sim.services.trouble import Mishap, Trouble
from voicecall_sim.world.clock import seconds

FIDELITY: Final = (
    ("no key is a 401 at the upgrade", "no source", "assumed"),
    (
        "a wrong key: invalid_api_key, then closed with 3000",
        "observed traffic (speech-assistant-openai-realtime-api-python#4)",
        "captured",
    ),
    (
        "the beta header: beta_api_shape_disabled, then closed with 4000",
        "observed traffic (pickle-com/glass#220)",
        "captured",
    ),
    ("neither model nor intent: missing_model, closed with 4000", "no source", "assumed"),
    ("a transcription session takes no model in the URL", "observed traffic (openai-python#2253)", "captured"),
    ("a model that does not exist: model_not_found, closed with 4000", "no source", "assumed"),
    ("after 60 minutes: session_expired, then closed with 1001", "observed traffic (reachy_mini#134)", "captured"),
    ("session.created comes first", "types/realtime/session_created_event", "documented"),
    ("client secrets, WebRTC and SIP are not emulated", "no source", "assumed"),
)

CLOSED: Final = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)
"""After these nothing comes."""
BETA: Final = "realtime=v1"
GOING_AWAY: Final = 1001
BAD_KEY: Final = 3000
EXPIRED: Final = "Your session hit the maximum duration of {minutes} minutes."
BETA_IS_OVER: Final = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
LARGEST: Final = 24 * 1024 * 1024


class Realtime:
    """The endpoint. `knobs` set how it behaves."""

    def __init__(self, account: Account, brain: Brain, trouble: Trouble) -> None:
        self.account, self.brain, self.trouble = account, brain, trouble
        self.knobs = Knobs(draw=account.surroundings.chance("openai.realtime.jitter"))
        self._sessions = 0

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Upgrade, and hold the session until it ends."""
        mishap = self.trouble.next(turn=False)
        await self.trouble.passing()
        try:
            if "Authorization" not in request.headers:
                self.account.authorize(request)
            if mishap.refuse is not None:
                raise failure(mishap.refuse)
        except Refusal as refusal:
            return self.account.refuse(request, "realtime", refusal)
        socket = web.WebSocketResponse(compress=False, max_msg_size=LARGEST, protocols=("realtime",))
        await socket.prepare(request)
        wire = Wire(socket, request, self.account, self.trouble)
        done = self.trouble.watch(wire.lose)
        try:
            await self._hold(request, wire, mishap)
        finally:
            done()
            wire.stop()
        return socket

    async def _hold(self, request: web.Request, wire: Wire, mishap: Mishap) -> None:
        self._sessions += 1
        note = self._noting(request, self._sessions)
        note("opened")
        refusal = self._refusal(request)
        if mishap.lost:
            wire.lose()
        elif refusal is not None:
            note("error", code=refusal.code)
            wire.fail(refusal, BAD_KEY if refusal.code == "invalid_api_key" else 4000)
            await self._drain(wire)
        else:
            await self._live(request, wire, mishap, note)
        if wire.closing:
            await wire.flushed()
        note("closed", code=wire.socket.close_code)

    async def _live(self, request: web.Request, wire: Wire, mishap: Mishap, note: Callable[..., None]) -> None:
        kind = kind_of(request)
        expires = self.account.created() + self.knobs.session_limit // 1_000_000
        config = catalogue.fresh(kind, self.account.new_id("sess_"), expires, request.query.get("model", ""))
        session = Session(wire, config, knobs=self.knobs, brain=self.brain, new_id=self.account.new_id, note=note)
        take = session.take
        if BETA in request.headers.get("OpenAI-Beta", ""):
            wire.translate, take = beta.outgoing, lambda data: session.take(beta.incoming(data))
        wire.mute = mishap.mute
        limit = asyncio.get_running_loop().call_later(seconds(self.knobs.session_limit), self._expire, wire, note)
        if mishap.garbled:
            wire.put("\x00garbage{" + self.account.new_id(""))
        wire.tell("session.created", session=config)
        try:
            while (message := await wire.socket.receive()).type not in CLOSED:
                if self.trouble.cut_off:
                    await self.trouble.passing()
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    take(message.data)
        finally:
            limit.cancel()
            session.stop()

    def _expire(self, wire: Wire, note: Callable[..., None]) -> None:
        text = EXPIRED.format(minutes=self.knobs.session_limit // 60_000_000)
        note("error", code="session_expired")
        wire.fail(Refusal(text, "session_expired"), GOING_AWAY, text)

    def _refusal(self, request: web.Request) -> Refusal | None:
        """What is wrong with a request whose socket is open already."""
        try:
            self.account.authorize(request)
        except Refusal as refusal:
            return refusal
        model, beta_asked = request.query.get("model"), BETA in request.headers.get("OpenAI-Beta", "")
        if beta_asked and not (self.knobs.accepts_beta and kind_of(request) == "transcription"):
            return Refusal(BETA_IS_OVER, "beta_api_shape_disabled")
        if kind_of(request) == "transcription":
            message = "You must not provide a model parameter for transcription sessions."
            return Refusal(message, "invalid_parameter", "model") if model else None
        if not model:
            return Refusal("You must provide a model parameter.", "missing_model", "model")
        if not model.startswith(catalogue.MODELS):
            return Refusal(f"The model `{model}` does not exist or you do not have access to it.", "model_not_found")
        return None

    async def _drain(self, wire: Wire) -> None:
        """Read until the socket is closed."""
        async for _ in wire.socket:
            pass

    def _noting(self, request: web.Request, number: int) -> Callable[..., None]:
        journal = self.account.surroundings.journal
        service = "stt" if kind_of(request) == "transcription" else "realtime"

        def note(event: str, **data: Any) -> None:
            head = {"service": service, "event": event, "host": HOSTS[0], "session": number}
            journal.write("openai", "service", {**head, **data})

        return note


def kind_of(request: web.Request) -> str:
    """The kind of session that is asked for."""
    return "transcription" if request.query.get("intent") == "transcription" else "realtime"
