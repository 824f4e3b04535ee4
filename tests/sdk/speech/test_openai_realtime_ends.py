"""The speech-to-speech model: its tools, and its ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from openai.types.realtime import (
    RealtimeConversationItemFunctionCallOutputParam,
)

from tests.sdk.speech.model import SETTINGS, Model, response, talking, valid
from tests.sdk.speech.stage import KEY, Session, playing, until, virtual
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.openai_realtime import OpenAIRealtime
from voicecall_sdk.speech.vendor import (
    Lost,
    Ready,
    RealtimeEvent,
    ResponseDone,
    SpeechStarted,
    ToolCalled,
)

# --- tools --------------------------------------------------------------------------------------------------------


async def calls(session: Session, call_id: str, arguments: str, name: str = "book") -> None:
    """The model's call of a tool."""
    kind = "response.function_call_arguments.done"
    await session.say(kind, item_id=f"i-{call_id}", call_id=call_id, name=name, arguments=arguments)


@virtual
async def test_a_tool_is_called_and_answered() -> None:
    async with talking() as (model, session, _):
        await session.say("response.created", response={"id": "r"})
        await calls(session, "c1", '{"day": "Monday"}')
        await response(session)
        await model.tells(ToolCalled("c1", "book", {"day": "Monday"}), ResponseDone("completed"))
        model.answer_tool("c1", '{"ok": true}')
        await until(lambda: session.sent("response.create"))
        (item,) = session.sent("conversation.item.create")
        assert item["item"] == {"type": "function_call_output", "call_id": "c1", "output": '{"ok": true}'}
        assert valid(RealtimeConversationItemFunctionCallOutputParam, item["item"])
        kinds = [event["type"] for event in session.events]
        assert kinds.index("conversation.item.create") < kinds.index("response.create")
        assert "response" not in session.sent("response.create")[0]


@virtual
async def test_the_model_goes_on_when_all_tools_have_answered() -> None:
    async with talking() as (model, session, _):
        await calls(session, "c1", '{"day": "Monday"}')
        output = [{"type": "function_call", "call_id": "c2", "name": "book", "arguments": '{"day": "Friday"}'}]
        await response(session, output=[*output, {"type": "message"}, None])
        await model.tells(
            ToolCalled("c1", "book", {"day": "Monday"}),
            ToolCalled("c2", "book", {"day": "Friday"}),
            ResponseDone("completed"),
        )
        model.answer_tool("c2", "fine")
        await asyncio.sleep(1)
        assert session.sent("response.create") == []
        model.answer_tool("c1", "fine too")
        model.answer_tool("c1", "twice")
        await until(lambda: session.sent("response.create"))
        assert len(session.sent("conversation.item.create")) == 2


@pytest.mark.parametrize("status", ["cancelled", "failed", "incomplete"])
@virtual
async def test_a_call_that_was_cut_off_is_not_made(status: str) -> None:
    async with talking() as (model, session, _):
        await calls(session, "c1", '{"day": "Mon')
        await response(session, status)
        await response(session)
        await model.tells(ResponseDone(status), ResponseDone("completed"))


@pytest.mark.parametrize("arguments", ["", "no JSON", "[1]", "null"])
@virtual
async def test_arguments_that_are_no_object(arguments: str) -> None:
    async with talking() as (model, session, _):
        await calls(session, "c1", arguments)
        await response(session)
        await model.tells(ToolCalled("c1", "book", {}), ResponseDone("completed"))


# --- ends ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "clean", "reason"),
    [
        (1000, True, "Realtime voice: the service closed the connection with 1000 (bye)"),
        (1011, False, "Realtime voice: the service closed the connection with 1011 (bye)"),
        (None, False, "Realtime voice: the connection broke"),
    ],
)
@virtual
async def test_a_connection_that_ends_is_told(code: int | None, clean: bool, reason: str) -> None:
    async with talking() as (model, session, openai):
        if code is None:
            session.socket.transport.abort()
        else:
            await session.socket.close(code, "bye")
        await model.tells(Lost(reason, clean))
        model.hear(b"\1" * 160)
        model.say("Anybody?")
        model.cancel()
        await asyncio.sleep(30)
        assert len(openai.sessions) == 1


@pytest.mark.parametrize("code", ["session_expired", "insufficient_quota"])
@virtual
async def test_errors_that_end_it(code: str) -> None:
    async with talking() as (model, session, _):
        await session.error(code, f"because of {KEY}")
        await model.tells(Lost("Realtime voice: because of <apiKey>"))


@virtual
async def test_a_response_that_fails_for_good_ends_it() -> None:
    async with talking() as (model, session, _):
        details = {"type": "failed", "error": {"code": "insufficient_quota", "message": "You have no money."}}
        await response(session, "failed", status_details=details)
        await model.tells(ResponseDone("failed"), Lost("Realtime voice: You have no money."))


@virtual
async def test_other_errors_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with talking() as (model, session, _):
        with caplog.at_level(logging.WARNING):
            await session.error("odd", f"something about {KEY}")
            await session.say("error", error="what")
            await session.say("response.output_audio.delta", item_id="a", delta="!")
            await session.say("response.done")
            await model.tells(ResponseDone("completed"))
        assert [record.getMessage() for record in caplog.records] == [
            "Realtime voice: something about <apiKey>",
            "Realtime voice: an error without a message",
            "Realtime voice: sound that is no base64 is dropped",
        ]


@virtual
async def test_nothing_is_told_after_closing() -> None:
    async with playing() as openai:
        model = Model()
        await model.open()
        await model.close()
        await model.close()
        assert model.told == [Ready()]
        await until(lambda: openai.session.socket.close_code == 1000)


@virtual
async def test_refusals() -> None:
    async with playing() as openai:
        openai.refuse = [401]
        model = Model()
        with pytest.raises(SpeechFailed, match="API key is refused"):
            await model.open()
        with pytest.raises(SpeechFailed, match="twice"):
            await model.open()
        await model.close()
        assert model.told == []


@virtual
async def test_closed_while_it_opens() -> None:
    async with playing() as openai:
        openai.handshake_takes = 5
        model = Model()
        opening = asyncio.ensure_future(model.open())
        await asyncio.sleep(1)
        await model.close()
        with pytest.raises(SpeechFailed, match="closed while"):
            await opening


@virtual
async def test_a_fault_of_the_listener_is_seen() -> None:
    seen: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context["exception"]))

    def told(event: RealtimeEvent) -> None:
        lost.append(event)
        if isinstance(event, SpeechStarted):
            raise ZeroDivisionError

    lost: list[RealtimeEvent] = []
    async with playing() as openai:
        model = OpenAIRealtime(SETTINGS, told)
        await model.open()
        await openai.session.say("input_audio_buffer.speech_started")
        await until(lambda: len(lost) == 3)
        await model.close()
    assert lost[-1] == Lost("Realtime voice: an internal error (ZeroDivisionError)")
    assert [type(error) for error in seen] == [ZeroDivisionError]
