"""An account of the vendor: its key and identifiers, how it answers and refuses over HTTP (error-codes)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from random import Random
from typing import Any, Final, TypeAlias

import orjson
from aiohttp import web

from voicecall_sim.services.openai.shapes import Refusal
from voicecall_sim.services.speaking import garbage, lose
from voicecall_sim.services.trouble import Mishap, Trouble
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.surroundings import Surroundings

HOSTS: Final = ("api.openai.com",)
BEARER: Final = "Bearer "
LARGEST: Final = 32 * 1024 * 1024

FIDELITY: Final = (
    (
        "a wrong key is a 401 invalid_api_key; of the key nothing is shown, where the real one shows its ends",
        "guides/error-codes",
        "documented",
    ),
    ("no key is a 401 without a code", "no source", "assumed"),
    ("an unknown path is a 404", "no source", "assumed"),
    (
        "429 is rate_limit_exceeded with retry-after, 500 server_error, 503 an overload",
        "guides/error-codes",
        "documented",
    ),
    ("a model that does not exist is a 404 model_not_found", "no source", "assumed"),
    ("every answer has an x-request-id", "api-reference/debugging-requests", "documented"),
)

NO_KEY: Final = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys."
)
FAILURES: Final[Mapping[int, tuple[str, str, str | None]]] = {
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    403: (
        "Your organization does not have access to this.",
        "invalid_request_error",
        "unsupported_country_region_territory",
    ),
    404: ("The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached for requests. Please try again later.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request. Sorry about that!", "server_error", None),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
}
"""What the vendor says with a status: message, type and code."""


def failure(status: int) -> Refusal:
    """The refusal with this status."""
    message, kind, code = FAILURES.get(status, FAILURES[500])
    return Refusal(message, code, status=status, kind=kind)


def model_not_found(model: str) -> Refusal:
    """A model that the account does not have."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return Refusal(message, "model_not_found", status=404)


Handler: TypeAlias = Callable[[web.Request, dict[str, Any], Mishap], Awaitable[web.StreamResponse]]
"""Answers a request whose JSON body is understood."""


class Account:
    """The key and the identifiers of one account, and the way its HTTP requests are answered."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.key = "sk-proj-" + surroundings.chance.hex("openai.key", 40)
        self.surroundings = surroundings

    def new_id(self, prefix: str, digits: int = 24) -> str:
        """An identifier such as `chatcmpl-...`."""
        return prefix + self.surroundings.chance.hex("openai.ids", digits)

    def created(self) -> int:
        """The present instant in seconds since 1970."""
        return int(self.surroundings.clock.wall().timestamp())

    def authorize(self, request: web.Request) -> None:
        """Raises `Refusal` unless the request has the account's key."""
        given = request.headers.get("Authorization", "")
        if not given.startswith(BEARER) or not given[len(BEARER) :].strip():
            raise Refusal(NO_KEY, status=401)
        if given != BEARER + self.key:
            raise failure(401)

    def handler(
        self, operation: str, trouble: Trouble, handle: Handler
    ) -> Callable[..., Awaitable[web.StreamResponse]]:
        """What a route calls: the request authorized, its trouble and its JSON body given to `handle`."""

        async def answered(request: web.Request) -> web.StreamResponse:
            mishap = trouble.next()
            await trouble.passing()
            done = trouble.watch(partial(lose, request))
            try:
                self.authorize(request)
                if mishap.delay:
                    await asyncio.sleep(seconds(mishap.delay))
                if mishap.refuse is not None:
                    raise failure(mishap.refuse)
                answer = await handle(request, body_of(await request.read()), mishap)
            except Refusal as refusal:
                return self.refuse(request, operation, refusal)
            finally:
                done()
            if isinstance(answer, web.Response):
                spoil(request, answer, mishap, self.surroundings.chance("openai.garbage"))
            return answer

        return answered

    def refuse(self, request: web.Request, operation: str, refusal: Refusal) -> web.Response:
        """The refusal as a response."""
        more = {} if refusal.code is None else {"code": refusal.code}
        self.note(request, operation, refusal.status, more)
        headers = self.headers()
        if refusal.status == 429:
            headers["retry-after"] = "1"
        return web.json_response({"error": refusal.body()}, status=refusal.status, headers=headers)

    def answer(self, request: web.Request, operation: str, body: Mapping[str, Any], **more: Any) -> web.Response:
        """A JSON body as a response."""
        self.note(request, operation, 200, more)
        return web.Response(body=orjson.dumps(body), content_type="application/json", headers=self.headers())

    def stream(self, request: web.Request, operation: str, content_type: str, **more: Any) -> web.StreamResponse:
        """A response whose body comes piece by piece."""
        self.note(request, operation, 200, more)
        return web.StreamResponse(headers={**self.headers(), "Content-Type": content_type})

    def headers(self) -> dict[str, str]:
        """What every response has."""
        return {"x-request-id": self.surroundings.chance.hex("openai.ids", 32)}

    def note(self, request: web.Request, operation: str, status: int, more: Mapping[str, Any]) -> None:
        """Journal the request."""
        what = {"operation": operation, "host": HOSTS[0], "method": request.method, "path": request.path}
        self.surroundings.journal.write("openai", "request", {**what, "status": status, **more})


def spoil(request: web.Request, answer: web.Response, mishap: Mishap, draw: Random) -> None:
    """Let what goes wrong happen to an answer that is sent whole."""
    if mishap.garbled and isinstance(answer.body, bytes):
        answer.body = garbage(len(answer.body), draw)
    if mishap.breaks_at is not None:
        lose(request)


def body_of(data: bytes) -> dict[str, Any]:
    """The JSON object of a request. Raises `Refusal`."""
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        message = (
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
        )
        raise Refusal(message + "library correctly. The OpenAI API expects a JSON payload.)") from None
    if not isinstance(body, dict):
        raise Refusal("Invalid type for request body: expected an object.", "invalid_type")
    return body
