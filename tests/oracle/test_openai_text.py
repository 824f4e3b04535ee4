"""OpenAI's own client against chat completions and responses of the scripted brain, whole and streamed."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from tests.tools.ai_services import Vendors, pair, with_vendors
from voicecall_sim.services.brain import ToolCall
from voicecall_sim.services.trouble import Mishap, times
from voicecall_sim.world.clock import SECOND

PAIRS = (
    pair("weather", "It rains, I fear."),
    pair("bye", "Goodbye.", calls=ToolCall("end_call", {"why": "done"}), then="Gone."),
    pair("book", calls=ToolCall("book", {"at": 3}), then="Booked for three."),
    pair("slow", "At last.", after=4 * SECOND),
)
PLAIN = {"role": "system", "content": "Be brief."}
CONTRACT = {"role": "system", "content": 'Answer as {"spoken": "..."}; add "end_call": true at the end.'}
TOOL: Any = {"type": "function", "function": {"name": "book", "parameters": {"type": "object", "properties": {}}}}


def said(words: str) -> Any:
    """The user says this."""
    return {"role": "user", "content": words}


@with_vendors(*PAIRS)
async def test_a_completion(vendors: Vendors) -> None:
    async with vendors.client() as client:
        asked: Any = [PLAIN, said("Hello"), {"role": "assistant", "content": "Hi."}, said("The weather?")]
        answer = await client.chat.completions.create(model="gpt-5-mini", messages=asked)
    assert answer.choices[0].message.content == "It rains, I fear."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert [entry.data["heard"] for entry in vendors.entries("thought")] == ["The weather?"]


@with_vendors(*PAIRS)
async def test_a_streamed_completion(vendors: Vendors) -> None:
    async with vendors.client() as client:
        stream = await client.chat.completions.create(
            model="gpt-5-mini",
            messages=[PLAIN, said("The weather?")],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert [delta.content for delta in deltas[1:-1]] == ["It", " rains,", " I", " fear."]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


@pytest.mark.parametrize(
    ("words", "content"),
    [("The weather?", {"spoken": "It rains, I fear."}), ("Bye", {"spoken": "Goodbye.", "end_call": True})],
)
def test_where_a_json_object_is_asked_for_it_is_one(words: str, content: Any) -> None:
    @with_vendors(*PAIRS)
    async def ask(vendors: Vendors) -> None:
        async with vendors.client() as client:
            answer = await client.chat.completions.create(model="gpt-4o-mini", messages=[CONTRACT, said(words)])
        assert json.loads(answer.choices[0].message.content or "") == content

    ask()


@with_vendors(*PAIRS)
async def test_a_function_is_called_and_its_output_answered(vendors: Vendors) -> None:
    async with vendors.client() as client:
        create = client.chat.completions.create
        asked: list[Any] = [PLAIN, said("Book it")]
        message = (await create(model="gpt-5", messages=asked, tools=[TOOL])).choices[0].message
        assert message.tool_calls is not None
        (call,) = message.tool_calls
        assert call.type == "function"
        assert (call.function.name, json.loads(call.function.arguments)) == ("book", {"at": 3})
        assert message.content is None
        output = {"role": "tool", "tool_call_id": call.id, "content": "ok"}
        asked += [message.model_dump(exclude_none=True), output]
        assert (await create(model="gpt-5", messages=asked, tools=[TOOL])).choices[0].message.content == (
            "Booked for three."
        )


@with_vendors(*PAIRS)
async def test_a_function_is_called_in_a_stream(vendors: Vendors) -> None:
    async with (
        vendors.client() as client,
        client.chat.completions.stream(model="gpt-5", messages=[said("Book it")], tools=[TOOL]) as stream,
    ):
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].function.arguments == '{"at": 3}'
    assert final.choices[0].finish_reason == "tool_calls"


@with_vendors(*PAIRS)
async def test_a_function_that_nobody_offers_is_told(vendors: Vendors) -> None:
    async with vendors.client() as client:
        answer = await client.chat.completions.create(model="gpt-5", messages=[PLAIN, said("Book it")])
    assert answer.choices[0].message.content == ""
    assert vendors.entries("thought")[-1].data["unoffered"] is True


@with_vendors(*PAIRS)
async def test_a_response(vendors: Vendors) -> None:
    async with vendors.client() as client:
        answer = await client.responses.create(model="gpt-5-mini", instructions="Be brief.", input="The weather?")
    assert answer.output_text == "It rains, I fear."
    assert answer.status == "completed"


@with_vendors(*PAIRS)
async def test_a_streamed_response(vendors: Vendors) -> None:
    tool: Any = {"type": "function", "name": "book", "parameters": None, "strict": False}
    async with vendors.client() as client:
        async with client.responses.stream(
            model="gpt-5", instructions="Be brief.", input=[said("The weather?")]
        ) as stream:
            events = [event async for event in stream]
            final = await stream.get_final_response()
        assert final.output_text == "It rains, I fear."
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert [event.type for event in events][:4] == [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
        ]
        async with client.responses.stream(model="gpt-5", input="Book it", tools=[tool]) as stream:
            call = (await stream.get_final_response()).output[0]
        assert call.type == "function_call"
        output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "ok"}
        again: Any = [said("Book it"), call.model_dump(exclude_none=True), output]
        answer = await client.responses.create(model="gpt-5", instructions="Be brief.", input=again, tools=[tool])
        assert answer.output_text == "Booked for three."


@with_vendors(*PAIRS)
async def test_the_brain_is_as_slow_as_it_is_told_and_fails_so_often(vendors: Vendors) -> None:
    async with vendors.client() as client:
        before = vendors.world.clock.now()
        await client.responses.create(model="gpt-5", input="slow")
        assert vendors.world.clock.now() - before > 4 * SECOND
        vendors.brain.failures = 1
        with pytest.raises(openai.InternalServerError):
            await client.responses.create(model="gpt-5", input="weather")
        vendors.brain.failures = 1
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="gpt-5", messages=[said("weather")])
        vendors.openai.text.add(Mishap(refuse=429), times(1))
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model="gpt-5", messages=[said("weather")])
        assert caught.value.response.headers["retry-after"] == "1"
        vendors.openai.text.add(Mishap(breaks_at=0.5), times(2))
        with pytest.raises(openai.APIConnectionError):
            await client.chat.completions.create(model="gpt-5", messages=[said("weather")])
        vendors.openai.text.clear()
        assert await client.chat.completions.create(model="gpt-5", messages=[said("weather")])


CHAT: list[tuple[dict[str, Any], type[openai.APIStatusError], str | None, str | None]] = [
    ({"model": "llama-4"}, openai.NotFoundError, "model_not_found", None),
    ({"messages": []}, openai.BadRequestError, "empty_array", "messages"),
    ({"messages": [{"role": "caller", "content": "x"}]}, openai.BadRequestError, "invalid_value", "messages[0].role"),
    ({"messages": [{"content": "x"}]}, openai.BadRequestError, "missing_required_parameter", "messages[0].role"),
    ({"messages": [PLAIN]}, openai.BadRequestError, None, "messages"),
    ({"temperature": 3}, openai.BadRequestError, "decimal_above_max_value", "temperature"),
    ({"extra_body": {"hurry": True}}, openai.BadRequestError, None, None),
    ({"extra_body": {"messages": "hello"}}, openai.BadRequestError, "invalid_type", "messages"),
]


@pytest.mark.parametrize(("changes", "kind", "code", "param"), CHAT)
def test_what_is_wrong_in_a_chat_is_refused(
    changes: dict[str, Any], kind: type[openai.APIStatusError], code: str | None, param: str | None
) -> None:
    @with_vendors(*PAIRS)
    async def ask(vendors: Vendors) -> None:
        asked: Any = {"model": "gpt-5", "messages": [said("weather")], **changes}
        async with vendors.client() as client:
            with pytest.raises(openai.APIStatusError) as caught:
                await client.chat.completions.create(**asked)
        assert (type(caught.value), caught.value.code, caught.value.param) == (kind, code, param)

    ask()


RESPONSES: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"model": "llama-4"}, "model_not_found", None),
    ({"input": [PLAIN]}, None, "input"),
    ({"input": ["hello"]}, "invalid_type", "input[0]"),
    ({"extra_body": {"hurry": True}}, "unknown_parameter", "hurry"),
    ({"top_p": 2}, "decimal_above_max_value", "top_p"),
]


@pytest.mark.parametrize(("changes", "code", "param"), RESPONSES)
def test_what_is_wrong_in_a_response_is_refused(changes: dict[str, Any], code: str | None, param: str | None) -> None:
    @with_vendors(*PAIRS)
    async def ask(vendors: Vendors) -> None:
        async with vendors.client() as client:
            with pytest.raises(openai.APIStatusError) as caught:
                await client.responses.create(**{"model": "gpt-5", "input": "weather", **changes})
        assert (caught.value.code, caught.value.param) == (code, param)

    ask()


@with_vendors()
async def test_other_paths_and_no_key(vendors: Vendors) -> None:
    async with vendors.client() as client:
        with pytest.raises(openai.NotFoundError, match="Invalid URL"):
            await client.models.list()
        keyless = client.with_options(default_headers={"Authorization": "Basic eDp5"})
        with pytest.raises(openai.AuthenticationError, match="You didn't provide an API key"):
            await keyless.responses.create(model="gpt-5", input="x")
