"""What is said and asked on calls: in order, answered, interrupted, refused, given up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.joint.engine.house import House, begun
from voicecall_sdk.carriers.carrier import Done
from voicecall_sdk.commands import Press, Prompt, Say
from voicecall_sdk.errors import CallEnded, CarrierRefused, CarrierSilent, Misused, NotHeard, StoreFailed
from voicecall_sdk.events import Answered, Ended, Heard, KeysPressed, NothingHeard, Ready
from voicecall_sdk.values import EndReason, Mode, Turn
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

COMPLETED = Ended(EndReason.COMPLETED, "completed", was_answered=True)
REFUSED = CarrierRefused("Twilio API error: 400 no", status=400, code=1)
SILENT = CarrierSilent("no answer within 15 s", sent=True)


# --- saying and asking ------------------------------------------------------------------------------------------


@in_world()
async def test_say_returns_when_it_was_said(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.say("Well.")) as (saying,):
        await house.settle()
        assert not saying.done()
        turn = _speaking(house, call)
        house.deliver(Ready(spoken=turn), call=call)
        assert await saying is True


@in_world()
async def test_say_that_is_interrupted_returns_so(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.say("Well, it is like this.")) as (saying,):
        await house.settle()
        await call.press("1")
        assert await saying is False


@in_world()
async def test_what_is_said_and_asked_before_the_answer_is_heard_after_it(world: World) -> None:
    house = House(world)
    call = await house.place(message="Hello.")
    async with begun(call.ask("Is three o'clock still fine?")) as (asking,):
        await house.settle()
        assert house.client.kinds() == ["Dial"]
        first = house.deliver(Answered(), Ready(), call=call).body
        assert "<Say" in first
        assert "Gather" not in first
        second = house.deliver(Ready(spoken=_speaking(house, call)), call=call).body
        assert "three o&apos;clock" in second or "three o'clock" in second
        house.deliver(Heard("Yes.", turn=_speaking(house, call)), call=call)
        assert await asking == "Yes."
    assert house.client.kinds() == ["Dial"]


@in_world()
async def test_a_question_that_nobody_waits_for_any_more_is_not_open(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.ask("Hello?")) as (asking,):
        await house.settle()
        asking.cancel()
        await house.settle()
    assert house.record(call).asked is None
    async with begun(call.ask("Hello again?")) as (asking,):
        await house.settle()
        house.deliver(Heard("Yes?", turn=_speaking(house, call)), call=call)
        assert await asking == "Yes?"


@in_world()
async def test_what_waits_to_be_said_is_not_said_when_nobody_wants_it_any_more(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.say("One."), call.say("Two.")) as (_, second):
        await house.settle()
        second.cancel()
        await house.settle()
        assert house.record(call).queued == ()


@in_world()
async def test_one_question_at_a_time(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.ask("One?")) as (asking,):
        await house.settle()
        with pytest.raises(Misused, match="Already waiting for transcript"):
            await call.ask("Two?")
        house.deliver(KeysPressed("4711", turn=_speaking(house, call)), call=call)
        assert await asking == "4711"
    assert call.status().keys == "4711"


@in_world()
async def test_an_answer_may_come_before_the_carrier_has_answered_our_request(world: World) -> None:
    house = House(world)
    call = await house.talking()
    gate = house.client.waits(Prompt)
    async with begun(call.ask("Hello?")) as (asking,):
        await house.settle()
        house.deliver(Heard("Yes?", turn=_speaking(house, call)), call=call)
        gate.set_result(Done())
        assert await asking == "Yes?"


@in_world()
async def test_nobody_answers(world: World) -> None:
    house = House(world, transcript_timeout=20.0)
    call = await house.talking()
    with pytest.raises(NotHeard, match="Timed out waiting for transcript after 20000ms"):
        await call.ask("Hello?")
    assert house.record(call).asked is None


@pytest.mark.parametrize("fault", [REFUSED, SILENT])
@in_world()
async def test_a_question_that_the_carrier_does_not_take_is_not_open(world: World, fault: Exception) -> None:
    house = House(world)
    call = await house.talking()
    house.client.fails(Prompt, fault)
    with pytest.raises(type(fault)):
        await call.ask("Hello?")
    assert (house.record(call).asked, house.record(call).speaking) == (None, None)
    assert "transcript" not in house.timers(call)


@in_world()
async def test_what_waits_behind_what_failed_is_told(world: World) -> None:
    house = House(world)
    call = await house.talking()
    house.client.fails(Say, REFUSED)
    gate = house.client.waits(Say)
    async with begun(call.say("One."), call.say("Two."), call.ask("Three?")) as tasks:
        await house.settle()
        gate.set_exception(REFUSED)
        await house.settle()
        assert isinstance(tasks[0].exception(), CarrierRefused)
        assert tasks[1].result() is False
        assert isinstance(tasks[2].exception(), NotHeard)


@pytest.mark.parametrize("fault", [REFUSED, SILENT, None])
@in_world()
async def test_the_end_that_comes_while_our_request_is_under_way(world: World, fault: Exception | None) -> None:
    house = House(world)
    call = await house.talking()
    gate = house.client.waits(Prompt)
    async with begun(call.ask("Hello?")) as (asking,):
        await house.settle()
        house.deliver(COMPLETED, call=call, document=False)
        ended = house.record(call)
        if fault is None:
            gate.set_result(Done())
        else:
            gate.set_exception(fault)
        with pytest.raises(CallEnded, match="Call ended: hangup-user") as caught:
            await asking
        assert caught.value.reason == "hangup-user"
    assert house.record(call) == ended
    assert (house.board.occupied, house.timers(call)) == (0, set())


@in_world()
async def test_on_a_call_that_is_over_nothing_can_be_done(world: World) -> None:
    house = House(world)
    call = await house.talking()
    house.deliver(COMPLETED, call=call, document=False)
    for operation in (call.say("x"), call.ask("x?"), call.press("1")):
        with pytest.raises(CallEnded, match="Call has ended"):
            await operation
    assert house.client.kinds() == ["Dial"]
    with pytest.raises(Misused, match="Call not found"):
        await house.operations.speak("nobody", "Hello.")


@in_world()
async def test_a_question_that_cannot_be_stored_is_not_asked(world: World) -> None:
    house = House(world)
    call = await house.talking()
    house.store.broken = True
    with pytest.raises(StoreFailed):
        await call.ask("Hello?")
    with pytest.raises(StoreFailed):
        await call.say("Hello.")
    house.store.broken = False
    assert call.status().asked is None
    assert house.client.kinds() == ["Dial"]


@in_world()
async def test_the_figures_of_a_turn_are_stored_with_its_answer(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.ask("Hello?")) as (asking,):
        await house.settle()
        house.deliver(Heard("Yes?", turn=_speaking(house, call)), call=call)
        house.store.broken = True
        assert await asking == "Yes?"
    house.store.broken = False
    assert house.record(call).metadata["turnCount"] == 1
    assert [row.asked is None for row in house.store.rows if "turnCount" in row.metadata] == [True]
    house.deliver(NothingHeard(), Ready(), call=call)
    async with begun(call.ask("And now?")) as (asking,):
        await house.settle()
        await asyncio.sleep(2)
        house.deliver(Heard("Yes!", turn=_speaking(house, call)), call=call)
        await asking
    facts = house.record(call).metadata
    assert (facts["turnCount"], facts["lastTurnLatencyMs"], facts["lastTurnListenWaitMs"]) == (2, 2000, 2000)


@in_world()
async def test_a_question_without_an_answer_is_no_turn(world: World) -> None:
    house = House(world)
    call = await house.talking()
    async with begun(call.ask("Hello?")) as (asking,):
        await house.settle()
        house.deliver(COMPLETED, call=call)
        with pytest.raises(CallEnded):
            await asking
    assert "turnCount" not in house.record(call).metadata
    assert not any("turnCount" in row.metadata for row in house.store.rows)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001])
@in_world()
async def test_texts_that_cannot_be_said(world: World, text: str) -> None:
    house = House(world)
    call = await house.talking()
    for operation in (call.say(text), call.ask(text)):
        with pytest.raises(Misused):
            await operation


# --- keys -------------------------------------------------------------------------------------------------------


@in_world()
async def test_keys(world: World) -> None:
    house = House(world)
    call = await house.place()
    with pytest.raises(Misused, match="digits may only contain"):
        await call.press("1x")
    with pytest.raises(Misused, match="Call not answered yet"):
        await call.press("1")
    house.deliver(Answered(), Ready(), call=call)
    await call.press("1ww2")
    assert house.client.told[-1] == Press("1ww2")


@in_world()
async def test_a_notification_that_rings_takes_no_other_words(world: World) -> None:
    house = House(world)
    call = await house.place(mode=Mode.NOTIFY, message="Hello.")
    with pytest.raises(Misused, match="Call not answered yet"):
        await call.say("And more.")


# --- no command twice -------------------------------------------------------------------------------------------


@in_world()
async def test_what_a_document_has_said_is_not_sent_again(world: World) -> None:
    house = House(world)
    call = await house.talking()
    gate = house.client.waits(Press)
    async with begun(call.press("1"), call.ask("Well?")) as (_, asking):
        await house.settle()
        assert house.client.kinds() == ["Dial", "Press"]
        assert "Well?" in house.deliver(Ready(), call=call).body
        gate.set_result(Done())
        await house.settle()
        house.deliver(Heard("Yes.", turn=_speaking(house, call)), call=call)
        assert await asking == "Yes."
    assert house.client.kinds() == ["Dial", "Press"]


@in_world()
async def test_what_is_being_sent_is_not_written_into_a_document(world: World) -> None:
    house = House(world)
    call = await house.talking()
    gate = house.client.waits(Prompt)
    async with begun(call.ask("Well?")) as (asking,):
        await house.settle()
        turn = _speaking(house, call)
        assert "Well?" not in house.deliver(NothingHeard(Turn("an older one")), Ready(), call=call).body
        # unless it is what the carrier was told to fetch
        assert "Well?" in house.deliver(Ready(due=turn), call=call).body
        gate.set_result(Done())
        await house.settle()
        assert "Well?" in house.deliver(Ready(), call=call).body  # the carrier lost the thread
        house.deliver(Heard("Yes.", turn=turn), call=call)
        assert await asking == "Yes."


def _speaking(house: House, call: Any) -> Any:
    speaking = house.record(call).speaking
    assert speaking is not None
    return speaking.turn
