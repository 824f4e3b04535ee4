"""Operations on calls, several at once, cancelled, failing, too early and too late."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.joint.engine.house import ANNA, SID, House, begun
from voicecall_sdk.carriers.carrier import Done, Placed
from voicecall_sdk.commands import Dial, HangUp, Say
from voicecall_sdk.engine.operations import PlaceOptions
from voicecall_sdk.errors import CallEnded, CarrierRefused, CarrierSilent, Misused, StoreFailed
from voicecall_sdk.events import Answered, Ended, Ready, Ringing
from voicecall_sdk.values import EndReason, Mode, State
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

COMPLETED = Ended(EndReason.COMPLETED, "completed", was_answered=True)
REFUSED = CarrierRefused("Twilio API error: 400 no", status=400, code=1)
SILENT = CarrierSilent("no answer within 15 s", sent=True)


# --- placing ----------------------------------------------------------------------------------------------------


@in_world()
async def test_a_call_is_stored_before_it_is_dialled(world: World) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        (record,) = house.store.rows
        assert (record.state, record.provider_call_id) == (State.INITIATED, None)
        gate.set_result(Placed(SID))
        call = await placing
    assert house.record(call).provider_call_id == SID


@in_world()
async def test_a_call_that_cannot_be_stored_is_not_dialled_and_takes_no_place(world: World) -> None:
    house = House(world)
    house.store.broken = True
    with pytest.raises(StoreFailed):
        await house.place()
    assert (house.client.told, house.board.occupied) == ([], 0)


@in_world()
async def test_a_call_that_was_placed_while_the_store_failed_is_known_all_the_same(world: World) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        house.store.broken = True
        gate.set_result(Placed(SID))
        call = await placing
        assert call.status().provider_call_id == SID
        house.store.broken = False
        house.deliver(Ringing(), call=call, document=False)
        assert house.record(call).provider_call_id == SID


@in_world()
async def test_a_refused_dial_is_over_and_its_place_free(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, REFUSED)
    with pytest.raises(CarrierRefused):
        await house.place()
    (record,) = house.store.records.values()
    assert (record.state, record.error) == (State.FAILED, "Twilio API error: 400 no")
    assert house.board.occupied == 0


@in_world()
async def test_a_dial_that_never_left_is_over(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, CarrierSilent("cannot connect", sent=False))
    with pytest.raises(CarrierSilent):
        await house.place()
    assert house.board.occupied == 0


@in_world()
async def test_a_refused_dial_that_cannot_be_stored_frees_its_place_when_the_disk_works_again(world: World) -> None:
    house = House(world, stale_after=120.0)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        house.store.broken = True
        gate.set_exception(REFUSED)
        with pytest.raises(CarrierRefused):
            await placing
    assert house.board.occupied == 1
    await asyncio.sleep(130)
    house.store.broken = False
    await asyncio.sleep(60)
    assert house.board.occupied == 0


@in_world()
async def test_a_lost_answer_to_the_dial_leaves_the_call_until_its_ring_time_is_over(world: World) -> None:
    house = House(world, ring_timeout=30.0)
    house.client.fails(Dial, SILENT)
    call = await house.place()
    with pytest.raises(Misused, match="Call not connected"):
        await call.ask("Hello?")
    await asyncio.sleep(44)
    assert call.status().live
    await asyncio.sleep(2)
    assert (call.status().state, call.status().error) == (State.FAILED, "the carrier never confirmed the call")


@in_world()
async def test_a_lost_answer_to_the_dial_of_a_call_that_shows_up_is_forgotten(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, SILENT)
    call = await house.place()
    house.deliver(Answered(), Ready(), call=call)
    await asyncio.sleep(60)
    assert call.status().provider_call_id == SID
    assert call.status().live


@in_world()
async def test_a_call_given_up_that_shows_up_after_all_is_hung_up(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, SILENT)
    call = await house.place()
    await asyncio.sleep(60)
    house.deliver(Ringing(), call=call, document=False)
    await house.settle()
    assert house.client.told[-1] == HangUp()
    assert house.client.views[-1].provider_call_id == SID
    house.deliver(COMPLETED, call=call, document=False)
    await house.settle()
    assert house.client.kinds() == ["Dial", "HangUp"]
    assert (house.record(call).state, house.record(call).carrier_word) == (State.FAILED, "completed")


@in_world()
async def test_the_end_that_comes_before_the_answer_to_the_dial_counts(world: World) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        (record,) = house.store.records.values()
        house.deliver(Ended(EndReason.BUSY, "busy"), call=_named(record.call_id), document=False)
        gate.set_result(Placed(SID))
        call = await placing
    assert call.status().state is State.BUSY


@pytest.mark.parametrize("late", [Placed(SID), REFUSED, SILENT])
@in_world()
async def test_whatever_comes_of_a_dial_that_is_over_changes_nothing(world: World, late: Any) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        (record,) = house.store.records.values()
        house.deliver(COMPLETED, call=_named(record.call_id), document=False)
        ended = house.store.records[record.call_id]
        if isinstance(late, Exception):
            gate.set_exception(late)
        else:
            gate.set_result(late)
        await asyncio.wait({placing})
        if late is REFUSED:
            assert isinstance(placing.exception(), CarrierRefused)
        else:
            placing.result()
    assert house.store.records[record.call_id] == ended


@in_world()
async def test_placing_that_is_cancelled_ends_the_call(world: World) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        placing.cancel()
        await house.settle()
        assert house.client.kinds() == ["Dial"]
        gate.set_result(Placed(SID))
        await house.settle()
    assert house.client.kinds() == ["Dial", "HangUp"]
    (record,) = house.store.records.values()
    assert record.state is State.HANGUP_BOT


@pytest.mark.parametrize(
    ("to", "options", "rules", "message"),
    [
        (ANNA, {"digits": "12x"}, {}, "digits may only contain digits, [*], #, comma, w, p"),
        (ANNA, {"digits": "12", "mode": Mode.NOTIFY}, {}, "dtmfSequence requires conversation mode"),
        (ANNA, {}, {"from_number": None}, "fromNumber not configured"),
        ("5550005678", {}, {}, "to is not a phone number in E.164 form: '5550005678'"),
        ("+1555", {}, {}, "to is not a phone number in E.164 form"),
        ("+999999999999", {}, {}, "to is not a phone number in E.164 form"),
        (ANNA, {"message": "x" * 10_001}, {}, "At most 10000 characters"),
        (ANNA, {}, {"max_concurrent_calls": 0}, "Maximum concurrent calls [(]0[)] reached"),
    ],
)
@in_world()
async def test_what_cannot_be_placed(
    world: World, to: str, options: dict[str, Any], rules: dict[str, Any], message: str
) -> None:
    house = House(world, **rules)
    with pytest.raises(Misused, match=message):
        await house.operations.place(to, PlaceOptions(**options))
    assert house.store.rows == []


@in_world()
async def test_two_calls_at_once_do_not_take_one_place(world: World) -> None:
    house = House(world, max_concurrent_calls=1)
    house.client.waits(Dial)
    async with begun(house.place(), house.place("+15550005679")) as (first, second):
        await house.settle()
        assert not first.done()
        assert isinstance(second.exception(), Misused)
        assert house.board.occupied == 1
        first.cancel()
        await house.settle()


# --- ending -----------------------------------------------------------------------------------------------------


@in_world()
async def test_an_end_while_dialling_is_carried_out_once_the_id_is_known(world: World) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        (record,) = house.store.records.values()
        await house.operations.end(record.call_id)
        with pytest.raises(Misused, match="Call not connected"):
            await house.operations.ask(record.call_id, "Hello?")
        gate.set_result(Placed(SID))
        call = await placing
        await house.settle()
    assert house.client.kinds() == ["Dial", "HangUp"]
    assert call.status().state is State.HANGUP_BOT


@in_world()
async def test_an_end_while_dialling_is_carried_out_when_a_callback_tells_the_id_first(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, SILENT)
    call = await house.place()
    await call.hang_up()
    house.deliver(Ringing(), call=call, document=False)
    await house.settle()
    assert house.client.kinds() == ["Dial", "HangUp"]
    assert call.status().state is State.HANGUP_BOT


@in_world()
async def test_an_end_while_dialling_is_written_into_the_first_document(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, SILENT)
    call = await house.place(message="Hello.")
    await call.hang_up()
    assert "<Hangup />" in house.deliver(Answered(), Ready(), call=call).body
    assert call.status().state is State.HANGUP_BOT


@in_world()
async def test_a_hang_up_does_not_wait_for_what_the_carrier_has_not_answered(world: World) -> None:
    house = House(world)
    call = await house.talking()
    gate = house.client.waits(Say)
    async with begun(call.say("A long story."), call.say("And another one."), call.ask("Well?")) as tasks:
        await house.settle()
        await call.hang_up()
        assert house.client.kinds() == ["Dial", "Say", "HangUp"]
        gate.set_result(Done())
        await house.settle()
        assert [task.result() for task in tasks[:2]] == [False, False]
        assert isinstance(tasks[2].exception(), CallEnded)
    assert house.client.kinds() == ["Dial", "Say", "HangUp"]
    assert [(line.text, line.interrupted) for line in call.status().transcript] == [("A long story.", True)]


@in_world()
async def test_ending_twice_and_ending_what_is_over_is_fine(world: World) -> None:
    house = House(world)
    call = await house.talking()
    gate = house.client.waits(HangUp)
    async with begun(call.hang_up(), call.hang_up()) as tasks:
        await house.settle()
        gate.set_result(Done())
        await asyncio.gather(*tasks)
    await call.hang_up()
    assert call.status().end_reason is EndReason.HANGUP_BOT
    with pytest.raises(Misused, match="Call not found"):
        await house.operations.end("nobody")


@in_world()
async def test_a_hang_up_that_the_carrier_refuses_is_tried_until_it_takes_it(world: World) -> None:
    house = House(world)
    call = await house.talking()
    house.client.fails(HangUp, REFUSED)
    with pytest.raises(CarrierRefused):
        await call.hang_up()
    with pytest.raises(CallEnded, match="Call is being ended"):
        await call.say("One more thing.")
    await asyncio.sleep(65)
    assert house.client.kinds().count("HangUp") == 3
    del house.client.answers[HangUp]
    await asyncio.sleep(30)
    assert call.status().state is State.HANGUP_BOT
    await asyncio.sleep(300)
    assert house.client.kinds().count("HangUp") == 4


@in_world()
async def test_a_call_is_hung_up_with_a_full_disk_too(world: World) -> None:
    house = House(world, max_duration=100.0)
    call, other = await house.talking(), house.called("CA2")
    house.store.broken = True
    await call.hang_up()
    assert house.client.told[-1] == HangUp()
    await asyncio.sleep(101)
    assert house.client.views[-1].provider_call_id == "CA2"
    assert house.board.occupied == 2  # an end is believed when it is stored
    house.store.broken = False
    await asyncio.sleep(31)
    assert house.board.occupied == 0
    assert house.record(call).end_reason is EndReason.HANGUP_BOT
    assert house.record(other).end_reason is EndReason.TIMEOUT


def _named(call_id: str) -> Any:
    class Named:
        id = call_id

    return Named()
