"""Keys on a stream, streams that fail, break and come back, and the ends of calls that are held over one."""

from __future__ import annotations

import asyncio

import pytest

from tests.joint.engine.parlour import QUIET, Parlour, Services
from voicecall_sdk.call.record import Stream
from voicecall_sdk.carriers.wire import Key, Stopped
from voicecall_sdk.errors import CallEnded
from voicecall_sdk.events import Ended, Ready
from voicecall_sdk.speech.vendor import Lost
from voicecall_sdk.values import EndReason
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

GREETING = "Hello! How can I help you today?"
WHOLE = len(GREETING) * 0.06


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
async def test_a_stream_by_which_nothing_comes_is_dead(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await parlour.frames(line, QUIET, 15)
    assert parlour.house.record(call).stream is Stream.OPEN
    await asyncio.sleep(16)
    assert line.closed == (1011, "No media")
    assert parlour.house.record(call).stream is not Stream.OPEN


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


# --- ends in mid-sentence ---------------------------------------------------------------------------------------

HALF = GREETING[: len(GREETING) // 2]


@in_world()
async def test_who_hangs_up_in_mid_sentence_falls_silent_at_once(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(WHOLE / 2)
    await call.hang_up()
    assert parlour.said(call) == [{"bot…": HALF}]
    assert len(line.clears) == 1
    assert parlour.house.client.kinds().count("HangUp") == 1


@in_world()
async def test_an_end_that_is_told_before_the_socket_closes_finds_what_was_heard(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(WHOLE / 2)
    parlour.house.deliver(Ended(EndReason.COMPLETED, "completed"))
    assert parlour.said(call) == [{"bot…": HALF}]
    await parlour.house.settle()
    assert line.closed == (1000, "Call ended")
    assert parlour.ear.closed


@in_world()
async def test_a_stream_that_breaks_in_mid_sentence_leaves_what_was_heard(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(WHOLE / 2)
    assert line.stream is not None
    await line.stream.closed()
    assert parlour.said(call) == [{"bot…": HALF}]
    parlour.house.deliver(Ready())
    await parlour.streams()
    await asyncio.sleep(WHOLE + 0.2)
    assert parlour.said(call) == [{"bot…": HALF}, {"bot": GREETING}]


@in_world()
async def test_a_stream_that_is_replaced_does_not_end_the_call(world: World) -> None:
    parlour = Parlour(world)
    call, line = await parlour.called()
    await asyncio.sleep(WHOLE / 2)
    parlour.house.deliver(Ready())
    later = await parlour.streams()
    assert line.closed == (1000, "Call ended")
    assert line.stream is not None
    await line.stream.closed()
    await asyncio.sleep(WHOLE + 0.2)
    assert parlour.house.record(call).stream is Stream.OPEN
    assert later.closed is None
    assert parlour.said(call) == [{"bot…": HALF}, {"bot": GREETING}]
