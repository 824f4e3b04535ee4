"""`POST /v1/chat/completions`, whole or streamed, from the scripted brain (OpenAI docs, api-reference/chat)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from voicecall_sim.services.brain import Brain
from voicecall_sim.services.openai import shapes
from voicecall_sim.services.openai.account import Account
from voicecall_sim.services.openai.shapes import Refusal, missing
from voicecall_sim.services.openai.thinking import TOKEN_PAUSE, Said, counted, know, paced, text_of, think, tokens
from voicecall_sim.services.trouble import Mishap

FIDELITY: Final = (
    (
        "chat.completion and its chunks as the vendor's client reads them",
        "types/chat of the openai package",
        "documented",
    ),
    (
        "a stream begins with the role, ends with finish_reason, the usage if asked for, and [DONE]",
        "api-reference/chat/streaming",
        "documented",
    ),
    ("an unknown parameter is refused as an unrecognized request argument", "no source", "assumed"),
    ("the last message of the user is answered, or the output of a function that comes last", "no source", "assumed"),
)

PARAMETERS: Final = frozenset((
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs",
    "max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model", "moderation", "n",
    "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier", "seed",
    "service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools",
    "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
))  # fmt: skip
ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
CHECKED: Final[Mapping[str, shapes.Shape]] = {
    "stream": shapes.nullable(shapes.flag),
    "temperature": shapes.nullable(shapes.number(0, 2)),
    "top_p": shapes.nullable(shapes.number(0, 1)),
    "max_tokens": shapes.nullable(shapes.whole(1, 1_000_000)),
    "max_completion_tokens": shapes.nullable(shapes.whole(1, 1_000_000)),
    "n": shapes.nullable(shapes.whole(1, 1)),
    "tools": shapes.nullable(shapes.listed(shapes.by_type({"function": shapes.anything, "custom": shapes.anything}))),
    "model": shapes.text,
    "messages": shapes.listed(shapes.anything),
}


class Chat:
    """The endpoint."""

    def __init__(self, account: Account, brain: Brain) -> None:
        self.account, self.brain = account, brain

    async def create(self, request: web.Request, body: dict[str, Any], mishap: Mishap) -> web.StreamResponse:
        """Answer one request."""
        check(body)
        model, messages = know(body["model"]), body["messages"]
        said = await think(
            self.brain,
            asked(messages),
            instructions="\n".join(text_of(one.get("content")) for one in messages if one["role"] in ROLES[:2]),
            tools=[tool.get("function", {}).get("name", "") for tool in body.get("tools") or ()],
            call_id=self.account.new_id("call_"),
        )
        head = {"id": self.account.new_id("chatcmpl-"), "created": self.account.created(), "model": model}
        usage = used(messages, said)
        if not body.get("stream"):
            return self.account.answer(request, "chat", {**completion(head, said), "usage": usage}, model=model)
        wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        response = self.account.stream(request, "chat", "text/event-stream; charset=utf-8", model=model)
        await response.prepare(request)
        chunks = list(streamed(head, said, usage if wants_usage else None))
        async for event in paced(chunks, TOKEN_PAUSE + mishap.chunk_delay, named=False):
            await response.write(event)
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


def check(body: Mapping[str, Any]) -> None:
    """Raises `Refusal` for a request that is none."""
    if "model" not in body:
        raise Refusal("you must provide a model parameter")
    if "messages" not in body:
        raise missing("messages")
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Refusal(f"Unrecognized request argument supplied: {name}")
        CHECKED.get(name, shapes.anything)(name, value)
    if not body["messages"]:
        raise shapes.empty("messages", "array")
    for index, each in enumerate(body["messages"]):
        known = dict.fromkeys(each, shapes.anything) if isinstance(each, dict) else {}
        shapes.fields({**known, "role": shapes.one_of(ROLES)}, ("role",))(f"messages[{index}]", each)


def asked(messages: Sequence[Mapping[str, Any]]) -> str | tuple[str, str]:
    """What is to be answered: the last words of the user, or the output of a function, if it is what comes last."""
    last = messages[-1]
    if last["role"] == "tool":
        return str(last.get("tool_call_id", "")), text_of(last.get("content"))
    users = [message for message in messages if message["role"] == "user"]
    if not users:
        raise Refusal("no message of the user: the scripted brain has nothing to answer", param="messages")
    return text_of(users[-1].get("content"))


def tool_calls(said: Said) -> list[dict[str, Any]]:
    """The call of a function, if there is one."""
    if said.calls is None:
        return []
    return [
        {"id": said.call_id, "type": "function", "function": {"name": said.calls.name, "arguments": said.arguments}}
    ]


def finish(said: Said) -> str:
    """Why the model stopped."""
    return "tool_calls" if said.calls else "stop"


def completion(head: Mapping[str, Any], said: Said) -> dict[str, Any]:
    """The whole answer."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": said.text or None if said.calls else said.text,
        "refusal": None,
    }
    if said.calls:
        message["tool_calls"] = tool_calls(said)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish(said)}
    return {**head, "object": "chat.completion", "choices": [choice]}


def streamed(head: Mapping[str, Any], said: Said, usage: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """The answer in chunks."""
    whole = {**head, "object": "chat.completion.chunk", **({} if usage is None else {"usage": None})}

    def chunk(delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        return {**whole, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]}

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for token in tokens(said.text):
        yield chunk({"content": token})
    for call in tool_calls(said):
        name = {"name": call["function"]["name"], "arguments": ""}
        yield chunk({"tool_calls": [{"index": 0, **call, "function": name}]})
        yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": said.arguments}}]})
    yield chunk({}, finish(said))
    if usage is not None:
        yield {**whole, "choices": [], "usage": usage}


def used(messages: Sequence[Mapping[str, Any]], said: Said) -> dict[str, int]:
    """The tokens of a request and its answer."""
    prompt = sum(counted(text_of(message.get("content"))) for message in messages)
    completion_tokens = counted(said.text) + (counted(said.arguments) if said.calls else 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt + completion_tokens,
    }
