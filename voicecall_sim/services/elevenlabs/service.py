"""The service: its key, its voices and models, text to speech whole and streamed (api-reference/text-to-speech)."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from voicecall_sim.services import speaking
from voicecall_sim.services.audio import spoken
from voicecall_sim.services.elevenlabs.refusals import Refused, failure, ill_formed, refused
from voicecall_sim.services.elevenlabs.request import EMULATED, MIME, Wanted, wanted
from voicecall_sim.services.speaking import Tempo
from voicecall_sim.services.trouble import Mishap, Trouble
from voicecall_sim.world.clock import SECOND, seconds
from voicecall_sim.world.surroundings import Surroundings

HOSTS: Final = ("api.elevenlabs.io",)

FIDELITY: Final = (
    (
        "pcm_* is 16 bits little-endian without a header, ulaw_8000 and alaw_8000 are raw",
        "api-reference/text-to-speech",
        "documented",
    ),
    ("mp3_* (the default) and opus_* exist; they are not emulated: 400 not_emulated", "no source", "assumed"),
    ("any voice id of 20 letters and digits is a voice", "no source", "assumed"),
    (
        "/stream answers in pieces as they are made, the other one when all is made",
        "api-reference/text-to-speech/stream",
        "documented",
    ),
    ("first byte after 200 ms, then eight times as fast as it is heard", "no source", "assumed"),
)

VOICE: Final = re.compile("[A-Za-z0-9]{20}")


class ElevenLabsService:
    """One account of the vendor. What goes wrong is in `tts`, how fast it answers in `tempo`."""

    def __init__(self, surroundings: Surroundings, *, tts: Trouble | None = None) -> None:
        self.key = "sk_" + surroundings.chance.hex("elevenlabs.key", 48)
        self.tts = tts or Trouble("tts", surroundings.journal)
        self.tempo = Tempo()
        self._surroundings = surroundings

    def app(self) -> web.Application:
        """The interface, to be mounted at `HOSTS`, port 443."""
        app = web.Application()
        app.router.add_post("/v1/text-to-speech/{voice_id}", self._whole)
        app.router.add_post("/v1/text-to-speech/{voice_id}/stream", self._streamed)
        app.router.add_route("*", "/{tail:.*}", self._elsewhere)
        return app

    async def _whole(self, request: web.Request) -> web.StreamResponse:
        return await self._answered(request, streamed=False)

    async def _streamed(self, request: web.Request) -> web.StreamResponse:
        return await self._answered(request, streamed=True)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        return self._refuse(request, "unknown", Refused(404, {"status": "not_found", "message": "Not Found"}))

    async def _answered(self, request: web.Request, *, streamed: bool) -> web.StreamResponse:
        mishap = self.tts.next()
        await self.tts.passing()
        done = self.tts.watch(partial(speaking.lose, request))
        try:
            return await self._speak(request, mishap, streamed=streamed)
        except Refused as refusal:
            return self._refuse(request, "speech", refusal)
        finally:
            done()

    async def _speak(self, request: web.Request, mishap: Mishap, *, streamed: bool) -> web.StreamResponse:
        self._authorize(request)
        if mishap.delay:
            await asyncio.sleep(seconds(mishap.delay))
        if mishap.refuse is not None:
            raise failure(mishap.refuse)
        voice = request.match_info["voice_id"]
        if not VOICE.fullmatch(voice):
            raise refused(404, "voice_not_found", f"A voice with the voice_id {voice} was not found.")
        body = body_of(await request.read())
        asked = wanted(body, request.query)
        form = EMULATED[asked.output_format]
        audio = spoken(asked.text, form, asked.speed)
        if mishap.garbled:
            audio = speaking.garbage(len(audio), self._surroundings.chance("elevenlabs.garbage"))
        made = 0 if streamed else round(form.duration(len(audio)) / self.tempo.speed)
        await asyncio.sleep(seconds(self.tempo.latency + made))
        self._note(request, "speech", 200, json=body, voice=voice, output_format=asked.output_format)
        return await self._send(request, audio, asked, mishap, streamed=streamed)

    async def _send(
        self, request: web.Request, audio: bytes, asked: Wanted, mishap: Mishap, *, streamed: bool
    ) -> web.StreamResponse:
        form = EMULATED[asked.output_format]
        tempo = self.tempo if streamed else Tempo(speed=1e6, chunk=10 * SECOND)
        headers = {**self._headers(), "Content-Type": MIME[form.coding]}
        response = web.StreamResponse(headers=headers)
        return await speaking.stream(request, response, audio, rate=form.byte_rate, tempo=tempo, mishap=mishap)

    def _authorize(self, request: web.Request) -> None:
        given = request.headers.get("xi-api-key")
        if given is None:
            message = "Neither authorization header nor xi-api-key received, please provide one."
            raise refused(401, "needs_authorization", message)
        if given != self.key:
            raise failure(401)

    def _refuse(self, request: web.Request, operation: str, refusal: Refused) -> web.Response:
        self._note(request, operation, refusal.status, code=refusal.code)
        body = orjson.dumps({"detail": refusal.detail})
        return web.Response(body=body, status=refusal.status, content_type="application/json", headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"request-id": self._surroundings.chance.hex("elevenlabs.ids", 20)}

    def _note(self, request: web.Request, operation: str, status: int, **more: Any) -> None:
        what = {"operation": operation, "host": HOSTS[0], "method": request.method, "path": request.path}
        self._surroundings.journal.write("elevenlabs", "request", {**what, "status": status, **more})


def body_of(data: bytes) -> dict[str, Any]:
    """The JSON object of a request. Raises `Refused`."""
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ill_formed(["body"], f"JSON decode error: {error}", "json_invalid") from None
    if not isinstance(body, dict):
        raise ill_formed(["body"], "Input should be a valid dictionary", "dict_type", body)
    return body
