"""After a restart: what was live, in every state in which a process can die."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.joint.engine.house import SID, House, MemoryStore, begun
from voicecall_sdk.call.record import After, CallRecord, Speaking
from voicecall_sdk.carriers.carrier import Done, Outcome, Standing
from voicecall_sdk.commands import AskStatus, Command, HangUp
from voicecall_sdk.engine.call import Call
from voicecall_sdk.errors import CarrierSilent
from voicecall_sdk.events import Answered, Ended, Heard, Ready, Ringing
from voicecall_sdk.values import CallId, Direction, EndReason, Mode, State, Turn
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

RINGING = Standing(over=False, word="ringing")
TALKING = Standing(over=False, word="in-progress", news=Answered())
UNKNOWN = Standing(over=None, word="error")
COMPLETED = Standing(over=True, word="completed", news=Ended(EndReason.COMPLETED, "completed"))


def before(world: World, *, age: float = 10.0, answered: bool = True, **fields: Any) -> CallRecord:
    """A record that a process left behind."""
    now = world.clock.wall().timestamp()
    return replace(
        CallRecord(
            call_id=CallId("old"),
            provider="twilio",
            direction=Direction.OUTBOUND,
            state=State.LISTENING if answered else State.RINGING,
            from_="+15550001234",
            to="+15550005678",
            started_at=now - age,
            provider_call_id=SID,
            mode=Mode.CONVERSATION,
            answered_at=now - age if answered else None,
            ready=answered,
            listening=Turn("t0") if answered else None,
        ),
        **fields,
    )


def left(record: CallRecord) -> MemoryStore:
    store = MemoryStore()
    store.append(record, None, at=0.0)
    return store


async def restarted(world: World, record: CallRecord, standing: Outcome | Exception = TALKING, **rules: Any) -> House:
    """A house after a start, with what the carrier says of the call."""
    house = House(world, store=left(record), **rules)

    async def answer(command: Command) -> Outcome:
        if isinstance(standing, Exception):
            raise standing
        return standing

    house.client.answers[AskStatus] = answer
    await house.recovered()
    await house.settle()
    return house


def called(house: House) -> Call:
    return Call(house.board, house.operations, CallId("old"))


# --- what the carrier says --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "fields", "reason", "word"),
    [
        (COMPLETED, {}, EndReason.HANGUP_USER, "completed"),
        (COMPLETED, {"answered": False}, EndReason.COMPLETED, "completed"),
        (COMPLETED, {"commanded_end": EndReason.TIMEOUT}, EndReason.TIMEOUT, "completed"),
        (
            Standing(over=True, word="busy", news=Ended(EndReason.BUSY, "busy")),
            {"answered": False},
            EndReason.BUSY,
            "busy",
        ),
        (
            Standing(over=True, word="canceled", news=Ended(EndReason.HANGUP_BOT, "canceled")),
            {"answered": False},
            EndReason.HANGUP_BOT,
            "canceled",
        ),
        (
            Standing(over=True, word="not-found", news=Ended(EndReason.COMPLETED, "not-found", by_far_end=False)),
            {},
            EndReason.COMPLETED,
            "not-found",
        ),
    ],
)
@in_world()
async def test_a_call_that_ended_meanwhile(
    world: World, standing: Standing, fields: dict[str, Any], reason: EndReason, word: str
) -> None:
    house = await restarted(world, before(world, **fields), standing)
    record = house.store.records["old"]
    assert (record.end_reason, record.carrier_word) == (reason, word)
    assert house.board.occupied == 0
    assert house.client.told == [AskStatus()]


@in_world()
async def test_a_notification_that_ended_meanwhile_was_said(world: World) -> None:
    speaking = Speaking(turn=Turn("t0"), text="Hello.", after=After.HANG_UP, signalled=False)
    record = before(world, answered=False, mode=Mode.NOTIFY, speaking=speaking)
    house = await restarted(world, record, COMPLETED)
    ended = house.store.records["old"]
    assert (ended.end_reason, [line.text for line in ended.transcript]) == (EndReason.HANGUP_BOT, ["Hello."])


@pytest.mark.parametrize("standing", [UNKNOWN, CarrierSilent("no answer", sent=True), Done()])
@in_world()
async def test_a_carrier_that_cannot_be_asked_changes_nothing(world: World, standing: Any) -> None:
    house = await restarted(world, before(world), standing)
    assert house.store.records["old"].live
    assert house.timers(called(house)) == {"max duration", "quiet"}


@in_world()
async def test_an_answer_that_was_missed_is_made_up_for(world: World) -> None:
    house = await restarted(world, before(world, answered=False), TALKING, max_duration=60.0)
    assert house.store.records["old"].answered_at is not None
    await asyncio.sleep(61)
    assert house.store.records["old"].end_reason is EndReason.TIMEOUT


# --- clocks -----------------------------------------------------------------------------------------------------


@in_world()
async def test_the_longest_time_goes_on_where_it_stood(world: World) -> None:
    house = await restarted(world, before(world, age=100.0), max_duration=300.0)
    await asyncio.sleep(199)
    assert house.store.records["old"].live
    await asyncio.sleep(2)
    assert house.store.records["old"].end_reason is EndReason.TIMEOUT


@in_world()
async def test_a_call_that_lasted_too_long_is_ended_at_once(world: World) -> None:
    house = await restarted(world, before(world, age=301.0), max_duration=300.0)
    assert house.client.told == [AskStatus(), HangUp()]
    assert house.store.records["old"].end_reason is EndReason.TIMEOUT


@in_world()
async def test_a_call_that_still_rings_is_looked_after(world: World) -> None:
    house = await restarted(world, before(world, answered=False, age=100.0), RINGING, stale_after=120.0)
    assert house.timers(called(house)) == {"stale"}
    await asyncio.sleep(19)
    assert house.store.records["old"].live
    await asyncio.sleep(2)
    assert house.store.records["old"].end_reason is EndReason.NO_ANSWER


@in_world()
async def test_a_call_that_has_rung_for_too_long_is_ended_at_once(world: World) -> None:
    house = await restarted(world, before(world, answered=False, age=500.0), RINGING, stale_after=120.0)
    assert house.client.told == [AskStatus(), HangUp()]
    assert house.store.records["old"].end_reason is EndReason.NO_ANSWER


@in_world()
async def test_without_a_reaper_a_ringing_call_is_asked_after(world: World) -> None:
    house = await restarted(world, before(world, answered=False, age=500.0), RINGING, stale_after=0.0, max_duration=900)
    await asyncio.sleep(100)
    assert house.client.kinds() == ["AskStatus"] * 5
    await asyncio.sleep(400)
    assert house.store.records["old"].end_reason is EndReason.NO_ANSWER


@in_world()
async def test_a_notification_that_was_said_is_hung_up(world: World) -> None:
    record = before(world, mode=Mode.NOTIFY, state=State.SPEAKING, listening=None)
    house = await restarted(world, record, notify_hangup_delay=3.0)
    assert "notify hang-up" in house.timers(called(house))
    await asyncio.sleep(4)
    assert house.store.records["old"].end_reason is EndReason.HANGUP_BOT


# --- what was under way -----------------------------------------------------------------------------------------


@in_world()
async def test_an_end_that_was_commanded_is_commanded_again(world: World) -> None:
    house = await restarted(world, before(world, commanded_end=EndReason.TIMEOUT))
    assert house.client.told == [AskStatus(), HangUp()]
    assert house.store.records["old"].end_reason is EndReason.TIMEOUT


@in_world()
async def test_nobody_waits_for_an_answer_any_more(world: World) -> None:
    house = await restarted(world, before(world, asked=Turn("t0")))
    assert house.store.records["old"].asked is None
    call = called(house)
    async with begun(call.ask("Are you still there?")) as (asking,):
        await house.settle()
        speaking = house.store.records["old"].speaking
        assert speaking is not None
        house.deliver(Heard("Yes.", turn=speaking.turn), call=call)
        assert await asking == "Yes."


@in_world()
async def test_what_was_being_said_is_said_again_when_the_carrier_asks(world: World) -> None:
    speaking = Speaking(turn=Turn("t0"), text="As I said.", after=After.LISTEN, signalled=True)
    house = await restarted(world, before(world, speaking=speaking, listening=None))
    assert "As I said." in house.deliver(Ready(), call=called(house)).body


# --- unconfirmed ------------------------------------------------------------------------------------------------


@in_world()
async def test_a_dial_that_was_never_confirmed_waits_out_its_ring_time(world: World) -> None:
    record = before(world, answered=False, provider_call_id=None, age=20.0, state=State.INITIATED)
    house = await restarted(world, record, ring_timeout=30.0)
    assert house.client.told == []
    await asyncio.sleep(24)
    assert house.store.records["old"].live
    await asyncio.sleep(2)
    assert house.store.records["old"].end_reason is EndReason.FAILED


@in_world()
async def test_a_dial_that_was_never_confirmed_and_shows_up_goes_on(world: World) -> None:
    record = before(world, answered=False, provider_call_id=None, age=20.0, state=State.INITIATED)
    house = await restarted(world, record, ring_timeout=30.0)
    house.deliver(Ringing(), call=called(house), document=False)
    house.deliver(Answered(), Ready(), call=called(house))
    await asyncio.sleep(40)
    assert house.store.records["old"].live


@pytest.mark.parametrize(
    ("commanded", "reason"), [(None, EndReason.FAILED), (EndReason.HANGUP_BOT, EndReason.HANGUP_BOT)]
)
@in_world()
async def test_a_dial_of_yesterday_that_was_never_confirmed_is_over(
    world: World, commanded: EndReason | None, reason: EndReason
) -> None:
    record = before(world, answered=False, provider_call_id=None, age=86_400.0, commanded_end=commanded)
    house = await restarted(world, record)
    assert house.store.records["old"].end_reason is reason
    assert house.store.records["old"].error == "the process ended before the carrier confirmed the call"


# --- all at once ------------------------------------------------------------------------------------------------


@in_world()
async def test_recovered_twice_is_as_good_as_once(world: World) -> None:
    house = await restarted(world, before(world, age=100.0))
    await house.board.stop()
    again = House(world, store=house.store)
    await again.recovered()
    assert again.store.records["old"].live
    assert again.timers(called(again)) == {"max duration", "quiet"}


@in_world()
async def test_a_store_that_fails_does_not_keep_anybody_from_starting(world: World) -> None:
    house = House(world, store=left(before(world, asked=Turn("t0"), age=400.0)))
    house.store.broken = True
    await house.recovered()
    await house.settle()
    assert house.client.told == [AskStatus(), HangUp()]
    house.store.broken = False
    await asyncio.sleep(31)
    assert house.store.records["old"].end_reason is EndReason.TIMEOUT


@in_world()
async def test_calls_are_asked_after_all_at_once(world: World) -> None:
    house = House(world)
    for number in range(3):
        record = replace(before(world), call_id=CallId(f"c{number}"), provider_call_id=f"CA{number}")
        house.store.append(record, None, at=0.0)

    async def slow(command: Command) -> Outcome:
        await asyncio.sleep(10)
        return COMPLETED

    house.client.answers[AskStatus] = slow
    began = asyncio.get_running_loop().time()
    await house.recovered()
    assert asyncio.get_running_loop().time() - began == pytest.approx(10)
    assert house.board.occupied == 0
