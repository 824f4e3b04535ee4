"""`POST /v1/responses`, whole or streamed, from the scripted brain (OpenAI docs, api-reference/responses)."""

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
        "response, its items and the events of its stream, numbered",
        "types/responses of the openai package",
        "documented",
    ),
    ("an unknown parameter is refused by name", "api-reference/responses", "assumed"),
    ("previous_response_id and conversation are taken; nothing is remembered of them", "no source", "assumed"),
)

PARAMETERS: Final = (
    "background", "conversation", "include", "input", "instructions", "max_output_tokens", "max_tool_calls",
    "metadata", "model", "moderation", "parallel_tool_calls", "previous_response_id", "prompt",
    "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier",
    "service_tier", "store", "stream", "stream_options", "temperature", "text", "tool_choice", "tools",
    "top_logprobs", "top_p", "truncation", "user",
)  # fmt: skip
CHECKED: Final[Mapping[str, shapes.Shape]] = {
    "model": shapes.text,
    "instructions": shapes.nullable(shapes.text),
    "stream": shapes.nullable(shapes.flag),
    "temperature": shapes.nullable(shapes.number(0, 2)),
    "top_p": shapes.nullable(shapes.number(0, 1)),
    "max_output_tokens": shapes.nullable(shapes.whole(16, 1_000_000)),
    "tools": shapes.nullable(shapes.listed(shapes.anything)),
    "input": shapes.either(str, shapes.text, shapes.listed(shapes.anything)),
}
REQUEST: Final = shapes.fields({name: CHECKED.get(name, shapes.anything) for name in PARAMETERS})


class Responses:
    """The endpoint."""

    def __init__(self, account: Account, brain: Brain) -> None:
        self.account, self.brain = account, brain

    async def create(self, request: web.Request, body: dict[str, Any], mishap: Mishap) -> web.StreamResponse:
        """Answer one request."""
        REQUEST("", body)
        for needed in ("model", "input"):
            if needed not in body:
                raise missing(needed)
        model, items = know(body["model"]), items_of(body["input"])
        told = [text_of(item.get("content")) for item in items if item.get("role") in ("system", "developer")]
        said = await think(
            self.brain,
            asked(items),
            instructions="\n".join(filter(None, [body.get("instructions"), *told])),
            tools=[str(tool.get("name", "")) for tool in body.get("tools") or ()],
            call_id=self.account.new_id("call_"),
        )
        whole = self._response(body, model, said, counted(str(items)))
        if not body.get("stream"):
            return self.account.answer(request, "responses", whole, model=model)
        response = self.account.stream(request, "responses", "text/event-stream; charset=utf-8", model=model)
        await response.prepare(request)
        events = [{**event, "sequence_number": number} for number, event in enumerate(streamed(whole))]
        async for event in paced(events, TOKEN_PAUSE + mishap.chunk_delay, named=True):
            await response.write(event)
        await response.write_eof()
        return response

    def _response(self, body: Mapping[str, Any], model: str, said: Said, prompt: int) -> dict[str, Any]:
        output = self._output(said)
        written = counted(said.text) + (counted(said.arguments) if said.calls else 0)
        return {
            "id": self.account.new_id("resp_", 48),
            "object": "response",
            "created_at": self.account.created(),
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": model,
            "output": output,
            "parallel_tool_calls": body.get("parallel_tool_calls", True),
            "previous_response_id": body.get("previous_response_id"),
            "temperature": body.get("temperature", 1.0),
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p", 1.0),
            "truncation": body.get("truncation", "disabled"),
            "usage": {
                "input_tokens": prompt,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": written,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": prompt + written,
            },
            "metadata": body.get("metadata") or {},
        }

    def _output(self, said: Said) -> list[dict[str, Any]]:
        output: list[dict[str, Any]] = []
        if said.text or said.calls is None:
            part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
            head = {"id": self.account.new_id("msg_", 48), "type": "message", "status": "completed"}
            output.append({**head, "role": "assistant", "content": [part]})
        if said.calls is not None:
            call = {"id": self.account.new_id("fc_", 48), "type": "function_call", "status": "completed"}
            output.append({**call, "call_id": said.call_id, "name": said.calls.name, "arguments": said.arguments})
        return output


def items_of(given: str | Sequence[Any]) -> Sequence[Mapping[str, Any]]:
    """The input as items; a plain text is a message of the user."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    for index, item in enumerate(given):
        if not isinstance(item, dict):
            raise shapes.ill_typed(f"input[{index}]", "an object", item)
    return list(given)


def asked(items: Sequence[Mapping[str, Any]]) -> str | tuple[str, str]:
    """What is to be answered: the last words of the user, or the output of a function, if it is what comes last."""
    if items and items[-1].get("type") == "function_call_output":
        return str(items[-1].get("call_id", "")), str(items[-1].get("output", ""))
    users = [item for item in items if item.get("role") == "user"]
    if not users:
        raise Refusal("no message of the user: the scripted brain has nothing to answer", param="input")
    return text_of(users[-1].get("content"))


def streamed(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a stream, without their numbers."""
    beginning = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": beginning}
    yield {"type": "response.in_progress", "response": beginning}
    for index, item in enumerate(whole["output"]):
        yield from (message if item["type"] == "message" else function_call)(index, item)
    yield {"type": "response.completed", "response": whole}


def message(index: int, item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A message as it is written."""
    (part,) = item["content"]
    at = {"item_id": item["id"], "output_index": index, "content_index": 0}
    started = {**item, "status": "in_progress", "content": []}
    yield {"type": "response.output_item.added", "output_index": index, "item": started}
    yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
    for token in tokens(part["text"]):
        yield {"type": "response.output_text.delta", **at, "delta": token, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": part}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def function_call(index: int, item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A function call as it is written."""
    at = {"item_id": item["id"], "output_index": index}
    started = {**item, "status": "in_progress", "arguments": ""}
    yield {"type": "response.output_item.added", "output_index": index, "item": started}
    yield {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]}
    yield {"type": "response.function_call_arguments.done", **at, "arguments": item["arguments"], "name": item["name"]}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}
