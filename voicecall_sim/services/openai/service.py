"""The service: its key, its routes, its refusals (OpenAI docs, api-reference: errors; chat/create)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from voicecall_sim.services.brain import Brain
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.surroundings import Surroundings

HOSTS: Final = ("api.openai.com",)


class OpenAIService:
    """One account of the vendor. `key` is drawn from chance; requests with another one are refused with 401."""

    def __init__(self, surroundings: Surroundings, brain: Brain) -> None:
        self.key = "sk-" + surroundings.chance.hex("openai.key", 40)
        self.brain = brain
        self._surroundings = surroundings

    def app(self) -> web.Application:
        """The HTTP interface, to be mounted at `HOSTS`, port 443."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_route("*", "/{tail:.*}", self._elsewhere)
        return app

    async def _chat(self, request: web.Request) -> web.Response:
        refusal = self._unauthorized(request)
        if refusal is not None:
            return refusal
        try:
            heard, model = _understood(await request.json())
        except ValueError as error:
            return self._answer(request, 400, _error(str(error), "invalid_request_error"))
        thought = self.brain.hear(heard)
        await asyncio.sleep(seconds(thought.delay))
        if thought.reply is None:
            return self._answer(
                request, 500, _error("The server had an error processing your request.", "server_error")
            )
        return self._answer(request, 200, self._completion(thought.reply, model))

    def _completion(self, reply: str, model: str) -> Mapping[str, Any]:
        """The reply in the form that a voice agent is asked for: a JSON object with what is to be spoken."""
        content = json.dumps({"spoken": reply})
        return {
            "id": "chatcmpl-" + self._surroundings.chance.hex("openai.ids", 24),
            "object": "chat.completion",
            "created": int(self._surroundings.clock.wall().timestamp()),
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content, "refusal": None},
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        }

    async def _elsewhere(self, request: web.Request) -> web.Response:
        text = f"Invalid URL ({request.method} {request.path})"
        return self._answer(request, 404, _error(text, "invalid_request_error"))

    def _unauthorized(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.key}":
            return None
        return self._answer(
            request, 401, _error("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
        )

    def _answer(self, request: web.Request, status: int, body: Mapping[str, Any]) -> web.Response:
        data = {"operation": "chat", "host": HOSTS[0], "method": request.method, "path": request.path, "status": status}
        self._surroundings.journal.write("openai", "request", data)
        return web.json_response(
            body, status=status, headers={"x-request-id": self._surroundings.chance.hex("openai.ids", 32)}
        )


def _understood(body: Any) -> tuple[str, str]:
    """The last thing the user said, and the model asked for."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise ValueError("you must provide a model parameter")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("Missing required parameter: 'messages'.")
    if body.get("stream"):
        raise ValueError("streaming is not emulated yet")
    said = [message for message in messages if isinstance(message, dict) and message.get("role") == "user"]
    if not said:
        raise ValueError("no message of the user")
    return str(said[-1].get("content", "")), body["model"]


def _error(message: str, kind: str, code: str | None = None) -> Mapping[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
