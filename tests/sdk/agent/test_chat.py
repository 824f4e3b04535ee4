"""The responder that asks an OpenAI model: what it sends, what it makes of the answer, how it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import respx

from voicecall_sdk.agent import chat
from voicecall_sdk.agent.chat import ChatSettings, OpenAIResponder, model_name
from voicecall_sdk.agent.responder import CallContext, Reply, Responder, Utterance
from voicecall_sdk.call.record import Line
from voicecall_sdk.call.rules import Route, Rules
from voicecall_sdk.config import Config
from voicecall_sdk.errors import AgentFailed
from voicecall_sdk.values import CallId, Direction, Speaker

KEY = "sk-sesame-7391"
URL = "https://api.openai.com/v1/chat/completions"
HEARD = Utterance("What time?")


def answer(content: str | None = '{"spoken": "At nine."}', **message: Any) -> httpx.Response:
    """A completion."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content, **message}}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return httpx.Response(200, json=body)


def context(*lines: tuple[str, str], call: str = "c", **fields: Any) -> CallContext:
    """A call in which this was said."""
    given: dict[str, Any] = {"from_": "+15550005678", "to": "+15550001234", "session_key": "agent:main:voice:1"}
    return CallContext(
        call_id=CallId(call),
        direction=Direction.INBOUND,
        transcript=tuple(Line(at=0.0, speaker=Speaker(who), text=text) for who, text in lines),
        **{**given, **fields},
    )


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """OpenAI's interface; whatever is not expected fails."""
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def responder() -> AsyncIterator[OpenAIResponder]:
    """A responder with a key."""
    async with OpenAIResponder(ChatSettings(api_key=KEY, model="openai/gpt-5-mini")) as made:
        yield made


@pytest.fixture(scope="module")
def certificates() -> ssl.SSLContext:
    """Who is trusted; reading it takes longer than all else that a test does."""
    return httpx.create_ssl_context()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, certificates: ssl.SSLContext) -> None:
    monkeypatch.setattr(chat, "RETRY_AFTER", 0.0)
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: certificates)


def sent(route: respx.Route, number: int = -1) -> Any:
    """What was sent."""
    return json.loads(route.calls[number].request.content)


async def test_one_turn(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(return_value=answer())
    assert isinstance(responder, Responder)
    assert await responder.reply(HEARD, context(("bot", "Hello!"), ("user", "What time?"))) == Reply("At nine.")
    assert route.calls.last.request.headers["authorization"] == f"Bearer {KEY}"
    body = sent(route)
    assert body["model"] == "gpt-5-mini"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert "<opening>\nHello!\n</opening>" in body["messages"][0]["content"]
    assert body["messages"][1]["content"] == "What time?"
    assert set(body) == {"model", "messages"}


async def test_the_call_may_be_over(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    api.post(URL).mock(return_value=answer('{"spoken": "Bye.", "end_call": true}'))
    assert await responder.reply(HEARD, context()) == Reply("Bye.", end_call=True)


async def test_silence_is_an_answer(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    api.post(URL).mock(return_value=answer('{"spoken": ""}'))
    assert await responder.reply(HEARD, context()) == Reply("")


async def test_the_conversation_so_far_is_sent_once(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(return_value=answer())
    lines = (("bot", "Hello!"), ("user", "Hi."), ("bot", "How can I help?"), ("user", "What time?"))
    await responder.reply(HEARD, context(*lines))
    roles = [(message["role"], message["content"]) for message in sent(route)["messages"][1:]]
    assert roles == [("user", "Hi."), ("assistant", "How can I help?"), ("user", "What time?")]


async def test_an_earlier_call_of_the_session_is_remembered(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(return_value=answer())
    await responder.reply(Utterance("I am Anna."), context(("bot", "Hello!"), ("user", "I am Anna."), call="1"))
    await responder.reply(HEARD, context(("bot", "Hello again!"), ("user", "What time?"), call="2"))
    texts = [message["content"] for message in sent(route)["messages"][1:]]
    assert texts == ["I am Anna.", "At nine.", "What time?"]
    await responder.reply(HEARD, context(("user", "What time?"), call="3", session_key="agent:main:voice:2"))
    assert len(sent(route)["messages"]) == 2


async def test_calls_without_a_session_share_nothing(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(return_value=answer())
    for call in ("1", "2"):
        await responder.reply(HEARD, context(("user", "What time?"), call=call, session_key=""))
    assert len(sent(route)["messages"]) == 2


async def test_a_route_has_its_own_model_and_prompt(api: respx.MockRouter) -> None:
    route = api.post(URL).mock(return_value=answer())
    rules = Rules(
        routes={"+15550001234": Route(model="gpt-9", system_prompt="You sell hats."), "+15550009999": Route()}
    )
    settings = ChatSettings(api_key=KEY, model="openai/gpt-5-mini", system_prompt="You sell shoes.")
    async with OpenAIResponder(settings, rules) as responder:
        for number, model, words in (
            ("+15550001234", "gpt-9", "You sell hats."),
            ("15550001234", "gpt-9", "You sell hats."),
            ("+15550009999", "gpt-5-mini", "You sell shoes."),
            (None, "gpt-5-mini", "You sell shoes."),
        ):
            await responder.reply(HEARD, context(route=number))
            assert sent(route)["model"] == model
            assert sent(route)["messages"][0]["content"].startswith(words)


@pytest.mark.parametrize(
    ("configured", "model"),
    [
        (None, "gpt-4o-mini"),
        ("", "gpt-4o-mini"),
        ("  ", "gpt-4o-mini"),
        ("gpt-4o", "gpt-4o"),
        ("openai/gpt-4o", "gpt-4o"),
        ("openai/meta/llama-3", "meta/llama-3"),
    ],
)
def test_the_models_name(configured: str | None, model: str) -> None:
    assert model_name(configured) == model


@pytest.mark.parametrize("configured", ["anthropic/claude", "openai/", "/gpt-4o"])
async def test_a_model_of_another_vendor_is_refused_by_name(configured: str, api: respx.MockRouter) -> None:
    async with OpenAIResponder(ChatSettings(api_key=KEY, model=configured)) as responder:
        with pytest.raises(
            AgentFailed, match=f"responseModel '{configured}' cannot be used; supported: openai/<model>"
        ):
            await responder.reply(HEARD, context())
    assert not api.calls


@pytest.mark.parametrize("base", ["http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/"])
async def test_another_service_may_be_asked(base: str, api: respx.MockRouter) -> None:
    route = api.post("http://127.0.0.1:9/v1/chat/completions").mock(return_value=answer())
    async with OpenAIResponder(ChatSettings(api_key=KEY, base_url=base)) as responder:
        assert await responder.reply(HEARD, context()) == Reply("At nine.")
    assert route.called


async def test_the_configuration_describes_it(api: respx.MockRouter) -> None:
    config = Config.load(
        {
            "provider": "mock",
            "responseModel": "openai/gpt-9",
            "responseSystemPrompt": "Be kind.",
            "responseTimeoutMs": 900,
        },
        env={"OPENAI_API_KEY": f" {KEY} ", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
    )
    route = api.post("http://127.0.0.1:9/v1/chat/completions").mock(return_value=answer())
    async with config.responder() as responder:
        await responder.reply(HEARD, context())
    assert route.calls.last.request.headers["authorization"] == f"Bearer {KEY}"
    assert sent(route)["model"] == "gpt-9"
    assert sent(route)["messages"][0]["content"].startswith("Be kind.")
    assert route.calls.last.request.extensions["timeout"]["read"] == 0.9


# --- failures ---------------------------------------------------------------------------------------------------


async def test_without_a_key_nobody_is_asked(api: respx.MockRouter, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        responder = OpenAIResponder(ChatSettings())
    assert "OPENAI_API_KEY is not set" in caplog.text
    with pytest.raises(AgentFailed, match="OPENAI_API_KEY is not set"):
        await responder.reply(HEARD, context())
    await responder.aclose()
    assert not api.calls


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (httpx.Response(400, json={"error": {"message": "Unknown model."}}), "answered 400: .*Unknown model"),
        (httpx.Response(401, json={"error": {"message": f"Incorrect key {KEY}"}}), "answered 401$"),
        (httpx.Response(404, text="nothing here"), "answered 404"),
        (httpx.Response(200, text="<html>"), "holds no text"),
        (httpx.Response(200, json={"id": "x", "choices": []}), "holds no text"),
        (httpx.Response(200, json={"choices": None}), "holds no text"),
        (httpx.Response(200, json={"choices": [{"message": None}]}), "holds no text"),
        (httpx.Response(200, json={"choices": [{"message": {"content": ["x"]}}]}), "holds no text"),
        (httpx.Response(200, json=["x"]), "holds no text"),
        (httpx.Response(200, text="{cut", headers={"content-type": "application/json"}), "not understood"),
        (answer(None), "holds no text"),
        (answer(None, refusal="I cannot talk about that."), "refuses to answer: I cannot talk about that"),
    ],
)
async def test_an_answer_that_is_none(
    reply: httpx.Response, message: str, api: respx.MockRouter, responder: OpenAIResponder
) -> None:
    route = api.post(URL).mock(return_value=reply)
    with pytest.raises(AgentFailed, match=message):
        await responder.reply(HEARD, context())
    assert route.call_count == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_once_more(status: int, api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(side_effect=[httpx.Response(status), answer()])
    assert await responder.reply(HEARD, context()) == Reply("At nine.")
    route.mock(return_value=httpx.Response(status, json={"error": {"message": f"busy {KEY}"}}))
    with pytest.raises(AgentFailed, match=f"answered {status}") as caught:
        await responder.reply(HEARD, context())
    assert KEY not in str(caught.value)
    assert "<OPENAI_API_KEY>" in str(caught.value)
    assert route.call_count == 4


async def test_a_connection_that_breaks_is_tried_once_more(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(side_effect=[httpx.ConnectError("refused"), answer()])
    assert await responder.reply(HEARD, context()) == Reply("At nine.")
    route.mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(AgentFailed, match="the model cannot be reached"):
        await responder.reply(HEARD, context())


async def test_a_model_that_takes_too_long_is_not_waited_for_again(
    api: respx.MockRouter, responder: OpenAIResponder
) -> None:
    route = api.post(URL).mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(AgentFailed, match="did not answer within 30 s"):
        await responder.reply(HEARD, context())
    assert route.call_count == 1


async def test_a_failed_turn_is_not_remembered(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    route = api.post(URL).mock(side_effect=[httpx.Response(400), answer()])
    with pytest.raises(AgentFailed):
        await responder.reply(HEARD, context(("user", "What time?"), call="1"))
    await responder.reply(HEARD, context(("user", "What time?"), call="2"))
    assert len(sent(route)["messages"]) == 2


async def test_a_caller_who_goes_on_talking_cancels_it(api: respx.MockRouter, responder: OpenAIResponder) -> None:
    asked = asyncio.Event()

    async def never(request: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody waits for this")

    api.post(URL).mock(side_effect=never)
    reply = asyncio.create_task(responder.reply(HEARD, context()))
    await asked.wait()
    reply.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reply


def test_settings_do_not_show_the_key() -> None:
    assert KEY not in repr(ChatSettings(api_key=KEY))


async def test_connections_of_ones_own_are_used(api: respx.MockRouter) -> None:
    api.post(URL).mock(return_value=answer())
    mine = httpx.AsyncClient(headers={"x-mine": "yes"})
    async with OpenAIResponder(ChatSettings(api_key=KEY), http_client=mine) as responder:
        assert await responder.reply(HEARD, context()) == Reply("At nine.")
    assert mine.is_closed
