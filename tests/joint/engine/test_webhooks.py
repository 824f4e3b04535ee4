"""Deliveries: which call they are about, what is refused, what is stored with them, and what a late one does."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.joint.engine.house import ANNA, NUMBER, SID, House
from voicecall_sdk.call.rules import InboundPolicy, Route
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.commands import Dial, HangUp, Reject
from voicecall_sdk.errors import CarrierSilent, StoreFailed
from voicecall_sdk.events import Answered, Ended, Faulted, Heard, Initiated, MachineDetected, Ready, Ringing
from voicecall_sdk.values import Direction, EndReason, State
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

COMPLETED = Ended(EndReason.COMPLETED, "completed", was_answered=True)
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'


# --- callers ----------------------------------------------------------------------------------------------------


@in_world()
async def test_a_caller_is_greeted_in_the_reply_and_recorded(world: World) -> None:
    house = House(world, greeting="Good day.")
    reply = house.deliver(Initiated(), Ready(), inbound=True)
    assert "Good day." in reply.body
    (record,) = house.store.records.values()
    assert (record.direction, record.from_, record.to, record.provider_call_id) == (
        Direction.INBOUND,
        ANNA,
        NUMBER,
        SID,
    )
    assert record.session_key == "agent:main:voice:15550005678"
    await house.settle()
    assert house.client.told == []  # the document answers: there is nothing to send


@pytest.mark.parametrize(
    ("rules", "reason", "rejection"),
    [
        ({"inbound_policy": InboundPolicy.DISABLED}, "rejected", "inbound-policy"),
        ({"max_concurrent_calls": 0}, "busy", "max-concurrent-calls"),
    ],
)
@in_world()
async def test_a_caller_who_is_not_let_in_is_refused_and_recorded_once(
    world: World, rules: dict[str, object], reason: str, rejection: str
) -> None:
    house = House(world, **rules)
    reply = house.deliver(Initiated(), Ready(), inbound=True)
    assert f'<Reject reason="{reason}" />' in reply.body
    (record,) = house.store.rows
    assert (record.state, record.metadata) == (State.HANGUP_BOT, {"rejectionReason": rejection})
    again = house.deliver(Initiated(), Ready(), inbound=True)
    assert "<Hangup />" in again.body
    house.deliver(Ended(EndReason.NO_ANSWER, "no-answer"), inbound=True, document=False)
    assert [row.carrier_word for row in house.store.rows] == [None, "no-answer"]
    assert house.board.occupied == 0


@in_world()
async def test_where_no_document_is_wanted_a_refusal_is_sent(world: World) -> None:
    house = House(world, inbound_policy=InboundPolicy.DISABLED)
    house.deliver(Initiated(), inbound=True, document=False)
    await house.settle()
    assert house.client.told == [Reject()]


@in_world()
async def test_a_caller_on_the_last_place_leaves_none(world: World) -> None:
    house = House(world, max_concurrent_calls=1)
    first = house.called()
    assert 'reason="busy"' in house.deliver(Initiated(), Ready(), sid="CA2", inbound=True).body
    house.deliver(COMPLETED, call=first, document=False)
    assert "Gather" in house.deliver(Initiated(), Ready(), sid="CA3", inbound=True).body


@in_world()
async def test_a_route_changes_what_its_callers_hear(world: World) -> None:
    route = Route(greeting="Buongiorno.", language="it-IT", voice="Polly.Bianca", response_timeout=5.0)
    house = House(world, routes={"+1 555 000 1234": route})
    reply = house.deliver(Initiated(), Ready(), inbound=True)
    assert '<Say language="it-IT" voice="Polly.Bianca">Buongiorno.</Say>' in reply.body
    (record,) = house.store.records.values()
    assert record.metadata == {"numberRouteKey": "+1 555 000 1234"}
    assert house.board.rules_for(record).response_timeout == 5.0
    without = House(world, store=house.store)
    assert without.board.rules_for(record) is without.board.rules


@in_world()
async def test_a_caller_may_go_before_we_answer(world: World) -> None:
    house = House(world)
    house.deliver(Initiated(), COMPLETED, inbound=True, document=False)
    (record,) = house.store.records.values()
    assert not record.live
    assert house.board.occupied == 0


# --- which call -------------------------------------------------------------------------------------------------


@in_world()
async def test_a_call_nobody_knows_gets_the_empty_document_and_leaves_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(world)
    assert house.deliver(Answered(), Ready()).body == EMPTY
    assert house.deliver(Heard("Hello?"), inbound=True).body == EMPTY
    assert house.deliver(COMPLETED, sid=None, document=False).body == EMPTY
    assert (house.store.rows, house.store.replies) == ([], {})
    assert "a webhook for an unknown call" in caplog.text.replace("twilio ", "")


@in_world()
async def test_a_stored_call_of_another_carrier_is_left_alone(world: World) -> None:
    house = House(world)
    call = house.called()
    other = House(world, store=house.store, carrier=CARRIERS["mock"])
    await other.recovered()
    assert other.board.occupied == 0
    before = dict(house.store.records)
    other.deliver(Initiated(), Ready(), inbound=True)
    assert house.store.records == before
    with pytest.raises(Exception, match="Call not connected: it was made with twilio"):
        await other.operations.speak(call.id, "Hello.")
    await other.operations.end(call.id)


@in_world()
async def test_our_id_in_the_url_comes_before_the_carriers(world: World) -> None:
    house = House(world)
    first, second = house.called("CA1"), house.called("CA2")
    house.deliver(MachineDetected("human"), call=first, sid="CA2", document=False)
    assert first.status().metadata == {"answeredBy": "human"}
    assert second.status().metadata == {}


# --- what is stored ---------------------------------------------------------------------------------------------


@in_world()
async def test_a_webhook_that_cannot_be_stored_changes_nothing(world: World) -> None:
    house = House(world)
    call = await house.talking()
    before = call.status()
    house.store.broken = True
    for events in ([Heard("Hello?")], [COMPLETED], [Ready()]):
        with pytest.raises(StoreFailed):
            house.deliver(*events, call=call)
    with pytest.raises(StoreFailed):
        house.deliver(Initiated(), Ready(), sid="CA2", inbound=True)
    assert call.status() is before
    assert house.board.occupied == 1
    house.store.broken = False
    house.deliver(COMPLETED, call=call, document=False)
    house.store.broken = True
    with pytest.raises(StoreFailed):
        house.deliver(COMPLETED, call=call, document=False)


@in_world()
async def test_a_webhook_that_changes_nothing_writes_its_reply_and_no_record(world: World) -> None:
    house = House(world)
    call = await house.talking()
    rows, replies = len(house.store.rows), len(house.store.replies)
    house.deliver(Answered(), call=call, document=False)
    assert (len(house.store.rows), len(house.store.replies)) == (rows, replies + 1)


@in_world()
async def test_every_document_has_a_step_of_its_own(world: World) -> None:
    house = House(world)
    call = await house.talking()
    bodies = [house.deliver(Ready(), call=call).body for _ in range(5)]
    assert len(set(bodies)) == 5


# --- late, early, odd -------------------------------------------------------------------------------------------


@in_world()
async def test_after_the_end_a_document_hangs_up_and_the_last_word_is_kept(world: World) -> None:
    house = House(world)
    call = await house.talking()
    await call.hang_up()
    assert "<Hangup />" in house.deliver(Ready(), call=call).body
    house.deliver(Ringing(), call=call, document=False)
    house.deliver(COMPLETED, call=call, document=False)
    house.deliver(Ended(EndReason.BUSY, "busy"), call=call, document=False)
    record = house.record(call)
    assert (record.state, record.end_reason, record.carrier_word) == (
        State.HANGUP_BOT,
        EndReason.HANGUP_BOT,
        "completed",
    )
    await house.settle()
    assert house.client.kinds() == ["Dial", "HangUp"]


@in_world()
async def test_a_lost_dial_that_comes_back_as_ended_is_not_hung_up(world: World) -> None:
    house = House(world)
    house.client.fails(Dial, CarrierSilent("lost", sent=True))
    call = await house.place()
    await asyncio.sleep(50)
    house.deliver(Ended(EndReason.BUSY, "busy"), call=call, document=False)
    await house.settle()
    assert house.client.kinds() == ["Dial"]
    assert (house.record(call).carrier_word, house.record(call).provider_call_id) == ("busy", SID)


@in_world()
async def test_a_faulted_call_is_over(world: World) -> None:
    house = House(world)
    call = await house.talking()
    house.deliver(Faulted("line noise", retryable=True), call=call, document=False)
    assert call.status().live
    assert "<Hangup />" in house.deliver(Faulted("gone", retryable=False), call=call).body
    assert (call.status().state, call.status().error) == (State.ERROR, "gone")


@in_world()
async def test_a_hang_up_in_a_document_is_the_end(world: World) -> None:
    house = House(world)
    call = await house.talking()
    live = house.board.find(call.id)
    assert live is not None
    from voicecall_sdk.call.record import After
    from voicecall_sdk.call.wishes import Speak

    house.board.wish(live, Speak("Goodbye.", after=After.HANG_UP))
    speaking = live.record.speaking
    assert speaking is not None
    assert "<Hangup />" in house.deliver(Ready(spoken=speaking.turn), call=call).body
    assert (house.board.occupied, house.record(call).state) == (0, State.HANGUP_BOT)
    await house.settle()
    assert HangUp() not in house.client.told


# --- following a call -------------------------------------------------------------------------------------------


@in_world()
async def test_everybody_who_follows_a_call_gets_everything(world: World) -> None:
    house = House(world)
    call = await house.talking()
    slow, quick = call.events(), call.events()
    ended = asyncio.ensure_future(call.ended())
    await house.settle()
    house.deliver(Heard("One."), call=call)
    house.deliver(Heard("Two."), call=call)
    assert [await anext(quick), await anext(quick)] == [Heard("One."), Heard("Two.")]
    house.deliver(COMPLETED, call=call, document=False)
    assert [event async for event in slow] == [Heard("One."), Heard("Two."), COMPLETED]
    assert [event async for event in quick] == [COMPLETED]
    assert (await ended).state is State.HANGUP_USER
    assert [event async for event in call.events()] == []


@in_world()
async def test_whoever_stops_following_is_forgotten(world: World) -> None:
    house = House(world)
    call = await house.talking()
    live = house.board.find(call.id)
    assert live is not None
    events = call.events()
    house.deliver(Heard("One."), call=call)
    async for _ in events:
        break
    await events.aclose()  # type: ignore[attr-defined]
    assert live.listeners == []
    assert repr(call) == "<Call call-1>"


@in_world()
async def test_a_call_that_the_store_has_forgotten(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    house = House(world)
    call = await house.talking()
    house.deliver(COMPLETED, call=call, document=False)
    house.store.forget(call.id)
    with pytest.raises(Exception, match="Call not found"):
        call.status()
