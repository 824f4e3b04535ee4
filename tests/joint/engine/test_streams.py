"""A call over its stream, between the machine, the playback and the services of speech."""

from __future__ import annotations

import asyncio

import pytest

from tests.joint.engine.house import SID
from tests.joint.engine.parlour import ECHO, LOUD, QUIET, Line, Parlour, Services, Voice
from voicecall_sdk.agent.responder import CallContext, Reply, Utterance
from voicecall_sdk.call.record import Stream
from voicecall_sdk.carriers.wire import Started
from voicecall_sdk.engine.media import StreamRefused
from voicecall_sdk.errors import SpeechFailed
from voicecall_sdk.speech.vendor import Final, Partial, SpeechStarted, SpeechStopped
from voicecall_sdk.values import ProviderCallId
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

GREETING = "Hello! How can I help you today?"
WHOLE = len(GREETING) * 0.06


class Echoing:
    """Replies with what was said, after a while."""

    def __init__(self, delay: float = 0.0, *, end_call: bool = False) -> None:
        self.heard: list[str] = []
        self._delay = delay
        self._end = end_call

    async def reply(self, heard: Utterance, call: CallContext) -> Reply:
        self.heard.append(heard.text)
        await asyncio.sleep(self._delay)
        return Reply(f"You said: {heard.text}", end_call=self._end)


# --- admission --------------------------------------------------------------------------------------------------


@in_world()
async def test_the_stream_of_a_call_is_known_by_its_token(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    assert parlour.house.record(call).stream is Stream.OPEN
    assert line.closed is None


@pytest.mark.parametrize("token", ["", "wrong", None])
@in_world()
async def test_no_other_token_opens_it(world: World, token: str | None) -> None:
    parlour = Parlour(world)
    parlour.house.called()
    started = Started(stream_id="MZ", provider_call_id=SID, token=token, encoding="")
    with pytest.raises(StreamRefused, match="Unknown call") as refused:
        parlour.desk.admit(started, Line())
    assert refused.value.code == 1008
    assert parlour.live().record.stream is Stream.AWAITED


@in_world()
async def test_a_token_is_good_once(world: World) -> None:
    parlour = Parlour(world)
    parlour.house.called()
    started = parlour.started()
    await parlour.streams()
    with pytest.raises(StreamRefused, match="Unknown call"):
        parlour.desk.admit(started, Line())
    assert parlour.live().record.stream is Stream.OPEN


@in_world()
async def test_a_token_is_good_for_its_own_call(world: World) -> None:
    parlour = Parlour(world)
    parlour.house.called("CA1")
    parlour.house.called("CA2")
    token = parlour.live("CA1").record.stream_token
    with pytest.raises(StreamRefused, match="Unknown call"):
        parlour.desk.admit(parlour.started("CA2", token), Line())


@in_world()
async def test_a_stream_names_its_call(world: World) -> None:
    with pytest.raises(StreamRefused, match="Missing callSid"):
        Parlour(world).desk.admit(Started(stream_id="MZ", provider_call_id=None, token="t", encoding=""), Line())
    with pytest.raises(StreamRefused, match="Unknown call"):
        Parlour(world).desk.admit(
            Started(stream_id="MZ", provider_call_id=ProviderCallId("CA9"), token="t", encoding=""), Line()
        )


@in_world()
async def test_a_token_in_the_url_will_do(world: World) -> None:
    parlour = Parlour(world)
    parlour.house.called()
    token = parlour.live().record.stream_token
    started = Started(stream_id="MZ", provider_call_id=SID, token=None, encoding="")
    assert parlour.desk.admit(started, Line(), token).id == "MZ"


# --- speaking ---------------------------------------------------------------------------------------------------


@in_world()
async def test_the_greeting_is_heard_to_its_end_and_known_to_be(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(WHOLE - 0.1)
    assert parlour.said(call) == []
    await asyncio.sleep(0.2)
    assert parlour.said(call) == [{"bot": GREETING}]
    assert line.sound == len(GREETING) * 480


@in_world()
async def test_say_returns_when_it_was_heard(world: World) -> None:
    parlour = Parlour(world)
    call, _ = await parlour.called()
    began = asyncio.get_running_loop().time()
    assert await call.say("One moment.") is True
    assert asyncio.get_running_loop().time() - began == pytest.approx(WHOLE + 11 * 0.06, abs=0.05)


@in_world()
async def test_a_farewell_is_heard_before_the_call_ends(world: World) -> None:
    parlour = Parlour(world, responder=Echoing(end_call=True))
    call, _ = await parlour.called()
    await asyncio.sleep(WHOLE + 0.1)
    parlour.ear.hears("bye")
    await parlour.house.settle()
    assert "HangUp" not in parlour.house.client.kinds()
    parlour.ear.hears("oh wait")
    await asyncio.sleep(len("You said: bye") * 0.06 - 0.1)
    assert "HangUp" not in parlour.house.client.kinds()
    await asyncio.sleep(0.2)
    assert parlour.house.client.kinds()[-1] == "HangUp"
    assert {"bot": "You said: bye"} in parlour.said(call)


@in_world()
async def test_a_voice_that_fails_is_told_to_whoever_wants_it(world: World) -> None:
    parlour = Parlour(world)
    call, _ = await parlour.called()
    await asyncio.sleep(3)
    parlour.services.voice.fails = "no voice today"
    with pytest.raises(SpeechFailed, match="no voice today"):
        await call.say("Can you hear me?")
    assert parlour.said(call) == [{"bot": GREETING}]
    parlour.services.voice.fails = None
    assert await call.say("Now?") is True


@in_world()
async def test_a_voice_that_breaks_off_leaves_what_was_heard(world: World) -> None:
    parlour = Parlour(world, services=Services(voice=Voice(fails="connection lost", after=10)))
    call, _ = await parlour.called()
    await asyncio.sleep(3)
    (line,) = parlour.said(call)
    assert GREETING.startswith(line["bot…"])
    assert 7 <= len(line["bot…"]) <= 10


@in_world()
async def test_a_voice_that_has_spoken_before_is_known_by_its_pace(world: World) -> None:
    parlour = Parlour(world)
    call, _ = await parlour.called()
    await asyncio.sleep(3)
    text = "We are open Monday to Friday from nine to five, and on Saturday from ten to two, but not in August."
    parlour.services.voice.fails, parlour.services.voice.after = "connection lost", 70
    assert await call.say(text) is False
    assert parlour.said(call)[-1] == {"bot…": text[:70].strip()}


# --- being interrupted ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0.3, 0.9, 1.5])
@in_world()
async def test_the_caller_interrupts_and_the_record_has_what_was_heard(world: World, after: float) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await parlour.frames(line, QUIET, after - 0.1)
    await parlour.frames(line, LOUD, 0.1)
    parlour.ear.told(SpeechStarted())
    await parlour.house.settle()
    assert line.clears == [pytest.approx(after)]
    assert parlour.said(call) == [{"bot…": GREETING[: round(after / 0.06)].strip()}]


@in_world()
async def test_our_echo_interrupts_nobody_and_says_nothing(world: World) -> None:
    responder = Echoing()
    parlour = Parlour(world, responder=responder)
    call, line = await parlour.called()
    await parlour.frames(line, ECHO, 0.5)
    parlour.ear.told(SpeechStarted())
    await parlour.frames(line, ECHO, 0.5)
    parlour.ear.told(SpeechStopped())
    parlour.ear.told(Partial("Hello"))
    parlour.ear.told(Final("Hello how can"))
    await asyncio.sleep(2)
    assert line.clears == []
    assert parlour.said(call) == [{"bot": GREETING}]
    assert responder.heard == []


@in_world()
async def test_a_caller_who_speaks_into_the_echo_is_noticed(world: World) -> None:
    parlour = Parlour(world)
    _, line = await parlour.called()
    await parlour.frames(line, ECHO, 0.3)
    parlour.ear.told(SpeechStarted())
    await parlour.frames(line, ECHO, 0.3)
    assert line.clears == []
    await parlour.frames(line, LOUD, 0.1)
    assert len(line.clears) == 1


@in_world()
async def test_an_outbound_message_is_said_to_its_end_whoever_speaks(world: World) -> None:
    responder = Echoing()
    parlour = Parlour(world, responder=responder)
    call = await parlour.house.talking(message="Good morning, this is the bakery.")
    line = await parlour.streams()
    await parlour.frames(line, LOUD, 0.3)
    parlour.ear.hears("Hello?")
    await asyncio.sleep(3)
    assert line.clears == []
    assert responder.heard == []
    assert parlour.said(call) == [{"user": "Hello?"}, {"bot": "Good morning, this is the bakery."}]


@in_world()
async def test_a_reply_waits_while_the_caller_speaks_and_is_dropped_for_a_newer_one(world: World) -> None:
    responder = Echoing(delay=0.5)
    parlour = Parlour(world, responder=responder)
    await parlour.called()
    await asyncio.sleep(3)
    parlour.ear.hears("one")
    await asyncio.sleep(0.2)
    parlour.ear.told(SpeechStarted())
    await asyncio.sleep(2)
    assert parlour.services.voice.spoken == [GREETING]
    parlour.ear.told(SpeechStopped())
    parlour.ear.told(Final("two"))
    await asyncio.sleep(3)
    assert parlour.services.voice.spoken == [GREETING, "You said: two"]
    assert responder.heard == ["one", "two"]


@in_world()
async def test_a_reply_that_waited_for_a_cough_is_said_after_it(world: World) -> None:
    parlour = Parlour(world, responder=Echoing(delay=0.5))
    await parlour.called()
    await asyncio.sleep(3)
    parlour.ear.hears("one")
    await asyncio.sleep(0.2)
    parlour.ear.hears("")
    await asyncio.sleep(4)
    assert parlour.services.voice.spoken == [GREETING, "You said: one"]


@in_world()
async def test_an_interruption_before_the_first_sound_stops_the_voice(world: World) -> None:
    parlour = Parlour(world, services=Services(voice=Voice(delay=1.0)))
    call, line = await parlour.called()
    parlour.ear.told(SpeechStarted())
    await asyncio.sleep(2)
    assert line.sound == 0
    assert parlour.said(call) == []
