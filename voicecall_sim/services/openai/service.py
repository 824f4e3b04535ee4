"""The vendor's interface at its real host: speech, chat, responses, Realtime."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from voicecall_sim.services.brain import Brain
from voicecall_sim.services.openai.account import HOSTS, Account
from voicecall_sim.services.openai.chat import Chat
from voicecall_sim.services.openai.realtime.door import Realtime
from voicecall_sim.services.openai.responses import Responses
from voicecall_sim.services.openai.shapes import Refusal
from voicecall_sim.services.openai.speech import Speech
from voicecall_sim.services.trouble import Trouble
from voicecall_sim.world.surroundings import Surroundings

__all__ = ["HOSTS", "OpenAIService"]

STRANGER: Final = "invalid_request_error"


class OpenAIService:
    """One account of the vendor. `key` is drawn from chance; requests with another one are refused with 401.

    `speech` and `realtime` have the knobs of their own services; what goes wrong is in `tts` (speech), `stt` (Realtime
    sockets of both kinds) and `text` (chat and responses).
    """

    def __init__(
        self, surroundings: Surroundings, brain: Brain, *, tts: Trouble | None = None, stt: Trouble | None = None
    ) -> None:
        journal = surroundings.journal
        self.account = Account(surroundings)
        self.key = self.account.key
        self.brain = brain
        self.tts = tts or Trouble("tts", journal)
        self.stt = stt or Trouble("stt", journal)
        self.text = Trouble("text", journal)
        self.speech = Speech(self.account)
        self.realtime = Realtime(self.account, brain, self.stt)
        self._chat, self._responses = Chat(self.account, brain), Responses(self.account, brain)

    def app(self) -> web.Application:
        """The interface, to be mounted at `HOSTS`, port 443."""
        handler, app = self.account.handler, web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", handler("chat", self.text, self._chat.create))
        app.router.add_post("/v1/responses", handler("responses", self.text, self._responses.create))
        app.router.add_post("/v1/audio/speech", handler("speech", self.tts, self.speech.create))
        app.router.add_get("/v1/realtime", self.realtime.open)
        app.router.add_route("*", "/{tail:.*}", self._elsewhere)
        return app

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        refusal = Refusal(f"Invalid URL ({request.method} {request.path})", status=404, kind=STRANGER)
        return self.account.refuse(request, "unknown", refusal)
