"""A call over its stream, between the machine, the playback and the services of speech."""

from __future__ import annotations

import asyncio

import pytest

from tests.joint.engine.house import SID
from tests.joint.engine.parlour import ECHO, LOUD, QUIET, Line, Parlour, Services, Voice
from voicecall_sdk.agent.responder import CallContext, Reply, Utterance
from voicecall_sdk.call.record import Stream
from voicecall_sdk.carriers.wire import Key, Started, Stopped
from voicecall_sdk.engine.media import StreamRefused
from voicecall_sdk.errors import CallEnded, SpeechFailed
from voicecall_sdk.events import Ended, Ready
from voicecall_sdk.speech.vendor import Final, Lost, Partial, SpeechStarted, SpeechStopped
from voicecall_sdk.values import EndReason, ProviderCallId
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
    call, _ = await parlour.called()
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


# --- keys -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pressed", "answered_at"), [("4711#", 0.4), ("42", 3.1)])
@in_world()
async def test_keys_answer_a_question(world: World, pressed: str, answered_at: float) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(3)
    asking = asyncio.get_running_loop().create_task(call.ask("Your number?"))
    await asyncio.sleep(1)
    began = asyncio.get_running_loop().time()
    for key in pressed:
        assert line.stream is not None
        line.stream.take(Key(key))
        await asyncio.sleep(0.1)
    assert await asking == pressed.removesuffix("#")
    assert asyncio.get_running_loop().time() - began == pytest.approx(answered_at, abs=0.11)


# --- ends -------------------------------------------------------------------------------------------------------


@in_world()
async def test_a_recognizer_that_does_not_open_leaves_the_call_to_the_carriers_ears(world: World) -> None:
    parlour = Parlour(world, services=Services(fails="no key"))
    call, line = await parlour.called()
    assert line.closed == (1011, "Speech service failed")
    assert parlour.house.record(call).stream is Stream.FAILED
    assert parlour.services.voice.spoken == []
    assert "<Gather" in parlour.house.deliver(Ready()).body


@in_world()
async def test_a_recognizer_that_is_slow_keeps_nobody_waiting(world: World) -> None:
    parlour = Parlour(world, services=Services(opens=6.0))
    call, line = await parlour.called()
    await asyncio.sleep(WHOLE + 0.2)
    assert parlour.said(call) == [{"bot": GREETING}]
    assert line.closed is None


@in_world()
async def test_a_recognizer_that_fails_late_is_found_out(world: World) -> None:
    parlour = Parlour(world, services=Services(opens=6.0, fails="no key"))
    call, line = await parlour.called()
    await asyncio.sleep(10)
    assert line.closed == (1011, "Speech service failed")
    assert parlour.house.record(call).stream is Stream.FAILED


@in_world()
async def test_a_recognizer_that_is_lost_is_found_out(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    parlour.ear.told(Lost("reconnects exhausted"))
    await parlour.house.settle()
    assert line.closed == (1011, "Speech service failed")
    assert parlour.house.record(call).stream is Stream.FAILED


@in_world()
async def test_a_stream_that_breaks_is_opened_again_when_the_carrier_asks(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    assert line.stream is not None
    await line.stream.closed()
    assert parlour.ear.closed
    assert parlour.house.record(call).stream is Stream.LOST
    assert "<Stream" in parlour.house.deliver(Ready()).body
    await parlour.streams()
    await asyncio.sleep(WHOLE + 0.2)
    assert parlour.said(call) == [{"bot": GREETING}]
    assert parlour.services.voice.spoken == [GREETING, GREETING]


@in_world()
async def test_a_stream_that_does_not_come_back_ends_the_call(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(3)
    assert line.stream is not None
    await line.stream.closed()
    await asyncio.sleep(2.1)
    assert parlour.house.client.kinds()[-2:] == ["AskStatus", "HangUp"]
    assert parlour.house.record(call).end_reason is EndReason.HANGUP_BOT


@in_world()
async def test_the_end_of_the_call_closes_its_stream(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    speaking = asyncio.get_running_loop().create_task(call.say("This is going to be a long story."))
    await asyncio.sleep(1)
    parlour.house.deliver(Ended(EndReason.COMPLETED, "completed"), document=False)
    await parlour.house.settle()
    assert line.closed == (1000, "Call ended")
    assert parlour.ear.closed
    assert await speaking is False
    sent = line.sound
    await asyncio.sleep(3)
    assert line.sound == sent
    with pytest.raises(CallEnded):
        await call.say("Hello?")


@in_world()
async def test_stop_and_a_second_start_close_the_socket(world: World) -> None:
    parlour = Parlour(world)
    _, line = await parlour.called()
    assert line.stream is not None
    line.stream.take(Stopped())
    assert line.closed == (1000, "")
    parlour.house.called("CA2")
    other = await parlour.streams("CA2")
    assert other.stream is not None
    other.stream.take(parlour.started("CA2", "x"))
    assert other.closed == (1008, "Duplicate start")


@in_world()
async def test_stopping_lets_everything_go(world: World) -> None:
    parlour = Parlour(world)
    await parlour.called()
    await asyncio.sleep(0.5)
    await parlour.house.board.stop()
    assert parlour.ear.closed
    left = {task.get_name() for task in asyncio.all_tasks()} - {asyncio.current_task().get_name()}  # type: ignore[union-attr]
    assert not [name for name in left if "speech" in name or "pacer" in name]


@in_world()
async def test_pressing_keys_ends_the_stream_and_the_call_gets_another(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(3)
    await call.press("1ww2")
    assert parlour.house.client.kinds()[-1] == "Press"
    assert line.stream is not None
    await line.stream.closed()
    await asyncio.sleep(4)
    assert parlour.house.record(call).end_reason is None
    assert "<Stream" in parlour.house.deliver(Ready()).body
