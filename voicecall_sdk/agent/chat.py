"""Callers answered by a chat model: OpenAI's, or any service that speaks its protocol (`OPENAI_BASE_URL`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, cast

import httpx

from voicecall_sdk.agent.prompt import split, system_prompt
from voicecall_sdk.agent.responder import CallContext, Reply, Utterance
from voicecall_sdk.agent.spoken import Payload, spoken
from voicecall_sdk.agent.turns import Memory, Turn, turns_of
from voicecall_sdk.call.policy import route_of
from voicecall_sdk.call.rules import Route, Rules
from voicecall_sdk.errors import AgentFailed
from voicecall_sdk.values import Speaker

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

log = logging.getLogger(__name__)

VENDOR: Final = "openai"
DEFAULT_MODEL: Final = "gpt-4o-mini"
DEFAULT_BASE_URL: Final = "https://api.openai.com/v1"

RETRY_AFTER: Final = 0.5
"""Seconds before the one repetition of a request that was not answered for a reason that may pass."""

PASSING: Final = frozenset({408, 409, 429, 500, 502, 503, 504})
"""Statuses after which a request is repeated once (OpenAI docs, guides/error-codes)."""

ROLES: Final = {Speaker.USER: "user", Speaker.BOT: "assistant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """`model` as configured: `vendor/model`, or the model alone. `timeout` in seconds bounds each request."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    model: str | None = None
    system_prompt: str | None = None
    timeout: float = 30.0


def model_name(configured: str | None) -> str:
    """The model of a configured `responseModel`, split at the first slash. Raises `AgentFailed` for other vendors."""
    vendor, slash, model = (configured or "").strip().partition("/")
    if not slash:
        return vendor or DEFAULT_MODEL
    if vendor != VENDOR or not model:
        raise AgentFailed(f"responseModel {configured!r} cannot be used; supported: {VENDOR}/<model>")
    return model


class OpenAIResponder:
    """Answers callers by chat completions. An async context manager that closes its connections.

    Sessions are remembered in memory, within bounds. `http_client` is for those who bring their own connections.
    """

    def __init__(
        self, settings: ChatSettings, rules: Rules | None = None, *, http_client: httpx.AsyncClient | None = None
    ) -> None:
        self._settings = settings
        self._rules = rules or Rules()
        self._memory = Memory()
        self._http = http_client or httpx.AsyncClient(timeout=settings.timeout, follow_redirects=True)
        self._client = _client(settings, self._http)
        if self._client is None:
            log.warning("OPENAI_API_KEY is not set: callers get no answers")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def reply(self, heard: Utterance, call: CallContext) -> Reply:
        """Ask the model. Raises `AgentFailed` with the reason, which never holds the key."""
        if self._client is None:
            raise AgentFailed("no model can be asked: OPENAI_API_KEY is not set")
        route = route_of(self._rules, call.route)[1] if call.route else Route()
        session = call.session_key or call.call_id
        model = model_name(route.model or self._settings.model)
        _, conversation = split(call.before(heard))
        said = turns_of(conversation)
        history = self._memory.history(session, call.call_id, said)
        custom = route.system_prompt or self._settings.system_prompt
        messages = _messages(system_prompt(call, heard, custom=custom), history, heard)
        answer = spoken(_payloads(await self._complete(self._client, model, messages)))
        said += [Turn(Speaker.USER, heard.text), Turn(Speaker.BOT, answer.text)]
        self._memory.keep(session, call.call_id, [turn for turn in said if turn.text])
        return Reply(answer.text, end_call=answer.end_call)

    async def _complete(self, client: AsyncOpenAI, model: str, messages: Any) -> ChatCompletion:
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError
        from openai.types.chat import ChatCompletion

        body = {"model": model, "messages": messages}
        for last in (False, True):
            try:
                # `chat.completions.create` takes milliseconds to look for what may have to be renamed in these
                return await client.post("/chat/completions", cast_to=ChatCompletion, body=body)
            except APIStatusError as error:
                if last or error.status_code not in PASSING:
                    raise AgentFailed(self._refusal(error.status_code, str(error.message))) from None
            except APITimeoutError:
                raise AgentFailed(f"the model did not answer within {self._settings.timeout:g} s") from None
            except APIConnectionError as error:
                if last:
                    raise AgentFailed(f"the model cannot be reached: {self._clean(str(error))}") from None
            except (APIError, ValueError) as error:  # a body that is no JSON comes out of the client as ValueError
                raise AgentFailed(f"the model's answer is not understood: {self._clean(str(error))}") from None
            await asyncio.sleep(RETRY_AFTER)
        raise AssertionError("the second attempt returns or raises")

    def _refusal(self, status: int, message: str) -> str:
        """What the service said. Of a refused key nothing is repeated: services quote it."""
        said = "" if status == httpx.codes.UNAUTHORIZED else f": {self._clean(message)}"
        return f"the model's service answered {status}{said}"

    def _clean(self, text: str) -> str:
        key = self._settings.api_key
        return (text.replace(key, "<OPENAI_API_KEY>") if key else text)[:300]


def _client(settings: ChatSettings, http: httpx.AsyncClient) -> AsyncOpenAI | None:
    if settings.api_key is None:
        return None
    from openai import AsyncOpenAI  # half a second of imports: paid when a responder is made, not with the package

    return AsyncOpenAI(
        api_key=settings.api_key,
        base_url=settings.base_url or DEFAULT_BASE_URL,
        timeout=settings.timeout,
        max_retries=0,
        http_client=cast(Any, http),  # its own type since 3.0 is httpx2's, which has the same form
    )


def _messages(system: str, history: Sequence[Turn], heard: Utterance) -> list[dict[str, str]]:
    said = [{"role": ROLES[turn.speaker], "content": turn.text} for turn in history]
    return [{"role": "system", "content": system}, *said, {"role": "user", "content": heard.text}]


def _payloads(completion: object) -> list[Payload]:
    """The texts of an answer, which may be anything: the client does not check it. A refusal is no answer."""
    choices = getattr(completion, "choices", None)
    message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
    refusal, content = getattr(message, "refusal", None), getattr(message, "content", None)
    if isinstance(refusal, str) and refusal:
        raise AgentFailed(f"the model refuses to answer: {refusal[:300]}")
    if not isinstance(content, str):
        raise AgentFailed("the model's answer holds no text")
    return [Payload(content)]
