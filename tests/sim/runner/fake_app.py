"""A small application that answers calls: aiohttp, no SDK, a dictionary for a disk. It can be told to misbehave.

Below `app:` it takes `mode` (conversation or notify), `greeting`, `refuses` (who is not answered) and `bugs`:

- `believes anything`, `counts replays`: signatures are not checked, webhooks seen before count again;
- `forgets to hang up`: a refused caller is kept on the line;
- `leaks slots`, `leaves a task`, `drops exceptions`, `writes secrets`: as they say;
- `revises ends`: a record that has ended ends once more, differently;
- `does not start`, `hangs`: as they say.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web

from voicecall_sim.subjects.subject import UNTUNNELLED, ConfigProblem, OperationFailed
from voicecall_sim.tunnels.tunnel import Reach
from voicecall_sim.world.world import World

LOG = logging.getLogger("fake")
PUBLIC_URL = "https://voice.example.com/voice"
PORT = 3334


class FakeApp:
    """As `subjects.subject.Subject`."""

    name = "fake"

    def __init__(self, *, agent: bool = False, openai_key: str | None = None, **_: object) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.discarded = False
        self._seen: dict[bytes, str] = {}
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._sounds: dict[str, str] = {}
        self._full = False

    # -- configuration

    def config_schema(self) -> Mapping[str, Any]:
        return {"type": "object"}

    def check(self, config: Mapping[str, Any], carrier: str) -> Sequence[ConfigProblem]:
        return [ConfigProblem("wrong", "there is no such key")] if "wrong" in config else []

    def resolve(
        self, config: Mapping[str, Any], carrier: str, settings: Mapping[str, Any], reach: Reach = UNTUNNELLED
    ) -> Mapping[str, Any]:
        url = PUBLIC_URL if reach.url is None else f"{reach.url}/voice"
        defaults = {"fromNumber": "+15550001234", "publicUrl": url, "mode": "conversation", "bugs": []}
        return {**defaults, **settings, **config}

    def _bug(self, name: str) -> bool:
        return name in self._config["bugs"]

    # -- life

    async def start(self, world: World, config: Mapping[str, Any]) -> None:
        self._world, self._config = world, config
        if self._bug("does not start"):
            raise RuntimeError("port 3334 is taken")
        self.host = world.host("app")
        self.runner, self.session = await self.host.call(self._serve())

    async def _serve(self) -> tuple[web.AppRunner, aiohttp.ClientSession]:
        app = web.Application()
        app.router.add_post("/voice", self._webhook)
        app.router.add_get("/health", self._health)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", PORT).start()
        login = f"{self._config['accountSid']}:{self._config['authToken']}"
        basic = base64.b64encode(login.encode()).decode()
        connector = aiohttp.TCPConnector(force_close=True)  # a crash leaves no pool behind
        return runner, aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Basic {basic}"})

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def stop(self) -> None:
        if self._bug("leaves a task"):
            self.task = self.host.start(asyncio.sleep(1e6), name="forgotten")
        await self.host.call(self.session.close())
        await self.host.call(self.runner.cleanup())

    def crash(self) -> None:
        self.host.crash()
        self.session.detach()

    def disk(self, works: bool) -> None:
        self._full = not works

    def discard(self) -> None:
        self.discarded = True

    # -- operations

    async def call(self, to: str, options: Mapping[str, Any]) -> str:
        return await self.host.call(self._place(to, options))

    async def _place(self, to: str, options: Mapping[str, Any]) -> str:
        if self._full:
            raise OperationFailed("disk full")
        own = f"own-{len(self.stored) + 1}"
        self.stored[own] = record(own, "outbound", self._config["fromNumber"], to)
        twiml = self._speaks(own, options.get("message", ""), hang_up=self._config["mode"] == "notify")
        url = f"{self._config['publicUrl']}?own={own}&type=status"
        events = [("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")]
        form = [("To", to), ("From", self._config["fromNumber"]), ("Twiml", twiml), ("StatusCallback", url), *events]
        try:
            self.stored[own]["providerCallId"] = (await self._post("Calls.json", form))["sid"]
        except OperationFailed:
            self._end(own, "failed")
            raise
        return own

    async def ask(self, call_id: str, words: str) -> str:
        self._answers[call_id] = asyncio.get_running_loop().create_future()
        await self.speak(call_id, words)
        return await self._answers[call_id]

    async def speak(self, call_id: str, words: str) -> None:
        await self._update(call_id, Twiml=self._speaks(call_id, words))

    async def press(self, call_id: str, digits: str) -> None:
        await self._update(call_id, Twiml=f'<Response><Play digits="{digits}"/>{self._listens(call_id)}</Response>')

    async def end(self, call_id: str) -> None:
        self._end(call_id, "hangup-bot")
        await self._update(call_id, Status="completed")

    async def status(self, call_id: str | None) -> Mapping[str, Any]:
        return {"calls": len(self.stored)}

    async def request(self, door: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if payload.get("method") == "explode":
            raise OSError("exploded")
        return {"door": door, **payload}

    async def _update(self, call_id: str, **form: str) -> None:
        sid = self.stored[call_id]["providerCallId"]
        await self.host.call(self._post(f"Calls/{sid}.json", list(form.items())))

    async def _post(self, path: str, form: list[tuple[str, str]]) -> Mapping[str, Any]:
        url = f"https://api.twilio.com/2010-04-01/Accounts/{self._config['accountSid']}/{path}"
        try:
            async with self.session.post(url, data=form) as response:
                answer: Mapping[str, Any] = await response.json()
        except aiohttp.ClientError as error:
            raise OperationFailed(f"no answer: {error}") from error
        if response.status >= 400:
            raise OperationFailed(f"{answer['code']}: {answer['message']}")
        return answer

    # -- webhooks

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if not self._bug("believes anything") and not self._genuine(request, form):
            LOG.warning("refused %s", request.path)
            return web.Response(status=403)
        if self._full:
            return web.Response(status=500)
        if body in self._seen and not self._bug("counts replays"):
            return xml(self._seen[body])
        reply = self._seen[body] = self._understood(request, form)
        return xml(reply)

    def _genuine(self, request: web.Request, form: Mapping[str, str]) -> bool:
        base = self._config["publicUrl"].removesuffix("/voice")
        text = f"{base}{request.path_qs}" + "".join(key + form[key] for key in sorted(form))
        digest = hmac.new(self._config["authToken"].encode(), text.encode(), hashlib.sha1).digest()
        return hmac.compare_digest(base64.b64encode(digest).decode(), request.headers.get("X-Twilio-Signature", ""))

    def _understood(self, request: web.Request, form: Mapping[str, str]) -> str:
        own = request.query.get("own") or form["CallSid"]
        known = self.stored.get(own)
        if request.query.get("type") == "status":
            if known is not None:
                known["events"] = [*known["events"], form["CallStatus"]]
                if form["CallStatus"] in ENDS:
                    self._end(own, ENDS[form["CallStatus"]])
            return "<Response/>"
        if "SpeechResult" in form or "Digits" in form:
            return self._heard(own, form.get("SpeechResult") or form["Digits"])
        return self._came_in(own, form) if known is None else f"<Response>{self._listens(own)}</Response>"

    def _came_in(self, own: str, form: Mapping[str, str]) -> str:
        if self._bug("writes secrets"):
            LOG.info("verified with %s", self._config["authToken"])
        if self._bug("drops exceptions"):
            asyncio.get_running_loop().call_later(0.1, lambda: {}["nothing"])
        if form["From"] in self._config.get("refuses", ()):
            kept = '<Response><Pause length="60"/></Response>'
            return kept if self._bug("forgets to hang up") else "<Response><Reject/></Response>"
        self.stored[own] = record(own, "inbound", form["From"], form["To"]) | {"providerCallId": form["CallSid"]}
        return self._speaks(own, self._config.get("greeting", "Hello!"))

    def _heard(self, own: str, text: str) -> str:
        self.stored[own]["transcript"].append({"user": text})
        answer = self._answers.pop(own, None)
        if answer is not None and not answer.done():
            answer.set_result(text)
        return f"<Response>{self._listens(own)}</Response>"

    def _speaks(self, own: str, words: str, *, hang_up: bool = False) -> str:
        self.stored[own]["transcript"].append({"bot": words})
        then = "<Hangup/>" if hang_up else self._listens(own)
        return f"<Response><Say>{escape(words)}</Say>{then}</Response>"

    def _listens(self, own: str) -> str:
        url = escape(f"{self._config['publicUrl']}?own={own}&turn={len(self.stored[own]['transcript'])}")
        gather = f'<Gather input="dtmf speech" action="{url}" numDigits="1" timeout="30" speechTimeout="1"/>'
        return f"{gather}<Redirect>{url}</Redirect>"

    # -- looking in

    def _end(self, own: str, reason: str) -> None:
        kept = self.stored[own]
        if "endReason" not in kept or self._bug("revises ends"):
            kept.update(state=reason, endReason=reason)
        answer = self._answers.pop(own, None)
        if answer is not None and not answer.done():
            answer.set_exception(OperationFailed(f"the call ended: {reason}"))

    def record_of(self, any_id: str) -> Mapping[str, Any] | None:
        return next((kept for kept in self.stored.values() if any_id in (kept["callId"], kept["providerCallId"])), None)

    def records(self) -> Sequence[Mapping[str, Any]]:
        return list(self.stored.values())

    def live(self) -> int:
        return sum("endReason" not in kept or self._bug("leaks slots") for kept in self.stored.values())


ENDS = {"completed": "completed", "busy": "busy", "no-answer": "no-answer", "failed": "failed", "canceled": "canceled"}


def record(own: str, direction: str, from_: str, to: str) -> dict[str, Any]:
    return {
        "callId": own, "providerCallId": "", "state": "active", "direction": direction, "from": from_, "to": to,
        "transcript": [], "events": [],
    }  # fmt: skip


def xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml")
