"""A call that a speech-to-speech model holds: greeting, turns, interruptions, tools, silence and ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.joint.engine.house import SID, House
from tests.joint.engine.parlour import LOUD, QUIET, Line
from voicecall_sdk.agent.responder import CallContext, Reply, Utterance
from voicecall_sdk.call.record import Stream
from voicecall_sdk.carriers.twilio.media import wire
from voicecall_sdk.carriers.wire import Sound, Started
from voicecall_sdk.engine.call import Call
from voicecall_sdk.engine.media import MediaDesk
from voicecall_sdk.engine.speech_to_speech import CONSULT, END_CALL, SpeechToSpeech
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.events import Ready
from voicecall_sdk.speech.vendor import (
    Audio,
    AudioDone,
    BotSaid,
    CallerSaid,
    Lost,
    RealtimeEvent,
    RealtimeTool,
    ResponseDone,
    SpeechStarted,
    ToolCalled,
)
from voicecall_sdk.values import EndReason
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

LETTER = LOUD * 3


@dataclass
class Model:
    """Says what it is told to at once, 60 ms a letter, and what the test has it say."""

    told: Callable[[RealtimeEvent], None]
    tools: Sequence[RealtimeTool] = ()
    fails: str | None = None
    mute: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    heard: int = 0
    truncated: list[tuple[str, int]] = field(default_factory=list)
    cancelled: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    closed: bool = False
    items: int = 0

    async def open(self) -> None:
        if self.fails is not None:
            raise SpeechFailed(self.fails)

    def hear(self, ulaw: bytes) -> None:
        self.heard += len(ulaw)

    def say(self, text: str) -> None:
        self.asked.append(("say", text))
        self.speaks(text)

    def greet(self, text: str) -> None:
        self.asked.append(("greet", text))
        self.speaks(text)

    def speaks(self, text: str) -> None:
        """A whole response."""
        if not self.mute:
            self.items += 1
            item = f"item{self.items}"
            for _ in text:
                self.told(Audio(LETTER, item))
            self.told(BotSaid(text, final=True, item_id=item))
            self.told(AudioDone(item))
        self.told(ResponseDone("completed"))

    def truncate(self, item_id: str, played_ms: int) -> None:
        self.truncated.append((item_id, played_ms))

    def cancel(self) -> None:
        self.cancelled += 1

    def answer_tool(self, call_id: str, output: str) -> None:
        self.outputs[call_id] = output

    async def close(self) -> None:
        self.closed = True


class Stage:
    """A house whose calls are held by models."""

    def __init__(self, world: World, *, fails: str | None = None, tools: Sequence[RealtimeTool] = (), **house: Any):
        self.house = House(world, streams=True, realtime=True, **house)
        self.house.board.rules = self.house.board.rules.__class__(
            **{**_fields(self.house.board.rules), "auto_response": False}
        )
        self.models: list[Model] = []
        self._fails = fails
        self.desk = MediaDesk(self.house.board, wire, lambda stream: SpeechToSpeech(stream, self, tools))  # type: ignore[arg-type]

    def realtime(self, told: Callable[[RealtimeEvent], None], **options: Any) -> Model:
        self.models.append(Model(told, options.get("tools", ()), self._fails))
        return self.models[-1]

    @property
    def model(self) -> Model:
        return self.models[-1]

    async def called(self) -> tuple[Call, Line]:
        call = self.house.called()
        return call, await self.streams()

    async def streams(self) -> Line:
        live = self.house.board.find(SID)
        assert live is not None
        line = Line()
        started = Started(stream_id="MZ", provider_call_id=SID, token=live.record.stream_token, encoding="")
        line.stream = self.desk.admit(started, line)
        await line.stream.open()
        await self.house.settle()
        return line

    def said(self, call: Call) -> list[dict[str, str]]:
        lines = self.house.record(call).transcript
        return [{line.speaker.value + ("…" if line.interrupted else ""): line.text} for line in lines]


def _fields(rules: Any) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in rules.__slots__}


class Agent:
    """Answers consultations."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def reply(self, heard: Utterance, call: CallContext) -> Reply:
        self.asked.append(heard.text)
        return Reply("It rains.")


GREETING = "Hello! How can I help you today?"


@in_world()
async def test_the_greeting_is_the_models_first_word(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    assert stage.model.asked == [("greet", GREETING)]
    await asyncio.sleep(3)
    assert stage.said(call) == [{"bot": GREETING}]


@in_world()
async def test_what_is_to_be_said_later_is_said_as_it_stands(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    await asyncio.sleep(3)
    assert await call.say("One moment.") is True
    assert stage.model.asked[-1] == ("say", "One moment.")
    assert stage.said(call)[-1] == {"bot": "One moment."}


@in_world()
async def test_what_the_model_says_by_itself_is_a_line_once_it_was_heard(world: World) -> None:
    stage = Stage(world)
    call, line = await stage.called()
    await asyncio.sleep(3)
    stage.model.told(CallerSaid("Is it raining?", final=True))
    stage.model.speaks("It is.")
    await asyncio.sleep(0.2)
    assert stage.said(call)[1:] == [{"user": "Is it raining?"}]
    await asyncio.sleep(1)
    assert stage.said(call)[2:] == [{"bot": "It is."}]
    assert line.sound == (len(GREETING) + len("It is.")) * 480


@in_world()
async def test_two_responses_are_heard_one_after_the_other(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    stage.model.speaks("First.")
    stage.model.speaks("Second.")
    await asyncio.sleep(6)
    assert stage.said(call) == [{"bot": GREETING}, {"bot": "First."}, {"bot": "Second."}]


@in_world()
async def test_an_interruption_is_told_to_the_model_in_milliseconds(world: World) -> None:
    stage = Stage(world)
    call, line = await stage.called()
    await asyncio.sleep(0.6)
    stage.model.told(SpeechStarted())
    await stage.house.settle()
    assert line.clears == [pytest.approx(0.6)]
    assert stage.model.cancelled == 1
    assert stage.model.truncated == [("item1", pytest.approx(600, abs=20))]
    assert stage.said(call) == [{"bot…": GREETING[:10].strip()}]


@in_world()
async def test_an_interruption_of_what_the_model_said_by_itself(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    await asyncio.sleep(3)
    stage.model.speaks("This is a long story about a dog.")
    await asyncio.sleep(0.6)
    stage.model.told(SpeechStarted())
    await asyncio.sleep(1)
    assert stage.said(call)[1:] == [{"bot…": "This is a"}]


@in_world()
async def test_nobody_is_interrupted_who_is_silent(world: World) -> None:
    stage = Stage(world)
    _, line = await stage.called()
    await asyncio.sleep(3)
    stage.model.told(SpeechStarted())
    await asyncio.sleep(1)
    assert (line.clears, stage.model.cancelled, stage.model.truncated) == ([], 0, [])


@in_world()
async def test_the_model_ends_the_call_after_its_farewell(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    await asyncio.sleep(3)
    stage.model.speaks("Goodbye!")
    stage.model.told(ToolCalled("c1", END_CALL, {}))
    await asyncio.sleep(0.3)
    assert "HangUp" not in stage.house.client.kinds()
    await asyncio.sleep(1)
    assert stage.house.client.kinds()[-1] == "HangUp"
    assert stage.house.record(call).end_reason is EndReason.HANGUP_BOT
    assert stage.said(call)[-1] == {"bot": "Goodbye!"}
    assert stage.model.closed


@in_world()
async def test_a_model_without_a_farewell_ends_the_call_too(world: World) -> None:
    stage = Stage(world)
    await stage.called()
    await asyncio.sleep(3)
    stage.model.told(ToolCalled("c1", END_CALL, {}))
    await asyncio.sleep(0.1)
    assert stage.house.client.kinds()[-1] == "HangUp"


@in_world()
async def test_the_agent_is_consulted(world: World) -> None:
    agent = Agent()
    stage = Stage(world, responder=agent)
    await stage.called()
    assert [tool.name for tool in stage.model.tools] == [END_CALL, CONSULT]
    stage.model.told(ToolCalled("c1", CONSULT, {"question": "Does it rain?", "context": "A walk."}))
    await asyncio.sleep(0.1)
    assert agent.asked == ["Does it rain? A walk."]
    assert stage.model.outputs == {"c1": "It rains."}


@in_world()
async def test_without_an_agent_there_is_nobody_to_consult(world: World) -> None:
    stage = Stage(world)
    await stage.called()
    assert [tool.name for tool in stage.model.tools] == [END_CALL]
    stage.model.told(ToolCalled("c1", CONSULT, {"question": "Does it rain?"}))
    await asyncio.sleep(0.1)
    assert "not available" in json.loads(stage.model.outputs["c1"])["error"]


@in_world()
async def test_configured_tools_are_offered_and_ours_stay_ours(world: World) -> None:
    parameters = {"type": "object", "properties": {}}
    tools = [RealtimeTool(name=name, description="", parameters=parameters) for name in ("weather", END_CALL)]
    stage = Stage(world, tools=tools)
    await stage.called()
    assert [tool.name for tool in stage.model.tools] == [END_CALL, "weather"]
    stage.model.told(ToolCalled("c1", "weather", {}))
    await asyncio.sleep(0.1)
    assert json.loads(stage.model.outputs["c1"]) == {"error": 'Tool "weather" not available'}


@pytest.mark.parametrize(("clean", "reason"), [(True, EndReason.COMPLETED), (False, EndReason.ERROR)])
@in_world()
async def test_a_model_that_goes_ends_the_call(world: World, clean: bool, reason: EndReason) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    stage.model.told(Lost("gone", clean))
    await stage.house.settle()
    assert stage.house.record(call).end_reason is reason


@in_world()
async def test_a_model_that_cannot_be_had_leaves_the_call_to_the_carrier(world: World) -> None:
    stage = Stage(world, fails="no key")
    call, line = await stage.called()
    assert line.closed == (1011, "Speech service failed")
    assert stage.house.record(call).stream is Stream.FAILED
    assert "<Gather" in stage.house.deliver(Ready()).body


@in_world()
async def test_a_model_that_says_nothing_when_asked_to_is_not_waited_for(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    await asyncio.sleep(3)
    stage.model.mute = True
    assert await call.say("Are you there?") is False
    stage.model.mute = False
    assert await call.say("Now?") is True


@in_world()
async def test_the_models_ear_gets_every_frame(world: World) -> None:
    stage = Stage(world)
    _, line = await stage.called()
    assert line.stream is not None
    for _ in range(10):
        line.stream.take(Sound(QUIET))
    assert stage.model.heard == 1600


@in_world()
async def test_a_line_by_which_nothing_comes_is_given_up(world: World) -> None:
    stage = Stage(world)
    call, _ = await stage.called()
    await asyncio.sleep(60)
    assert stage.house.record(call).end_reason is not None
    assert stage.model.closed
