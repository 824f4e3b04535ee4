"""Clocks, silence of the carrier, responders, and a stop in the middle of everything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.joint.engine.house import SID, House, begun
from voicecall_sdk.agent.responder import CallContext, Reply, Utterance
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.carrier import Done, Outcome, Placed, Standing
from voicecall_sdk.commands import AskStatus, Command, Dial, HangUp, Listen, Prompt, Say
from voicecall_sdk.errors import AgentFailed, CarrierRefused, CarrierSilent, Misused, NotHeard
from voicecall_sdk.events import Answered, Ended, Heard, Ready, Ringing
from voicecall_sdk.values import EndReason, Mode, State
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

COMPLETED = Ended(EndReason.COMPLETED, "completed", was_answered=True)
OVER = Standing(over=True, word="completed", news=Ended(EndReason.COMPLETED, "completed"))
REFUSED = CarrierRefused("no", status=500)


def says(house: House, standing: Outcome) -> None:
    """What the carrier says from now on when it is asked."""

    async def answer(command: Command) -> Outcome:
        return standing

    house.client.answers[AskStatus] = answer


# --- clocks -----------------------------------------------------------------------------------------------------


@in_world()
async def test_a_call_lasts_no_longer_than_it_may(world: World) -> None:
    house = House(world, max_duration=50.0)
    call = await house.talking()
    await asyncio.sleep(49)
    assert call.status().live
    await asyncio.sleep(2)
    assert (call.status().end_reason, house.client.told[-1]) == (EndReason.TIMEOUT, HangUp())
    house.deliver(COMPLETED, call=call, document=False)
    assert (house.record(call).end_reason, house.record(call).carrier_word) == (EndReason.TIMEOUT, "completed")


@in_world()
async def test_a_caller_whose_end_nobody_tells_does_not_keep_the_place(world: World) -> None:
    house = House(world, max_duration=3600.0)
    call = house.called()
    says(house, OVER)
    await asyncio.sleep(74)
    assert house.client.told == []
    await asyncio.sleep(2)
    assert (call.status().end_reason, house.board.occupied) == (EndReason.HANGUP_USER, 0)


@in_world()
async def test_a_carrier_that_is_heard_of_is_not_asked(world: World) -> None:
    house = House(world, max_duration=3600.0)
    call = await house.talking()
    for _ in range(10):
        await asyncio.sleep(60)
        house.deliver(Ready(), call=call)
    assert house.client.kinds() == ["Dial"]
    await asyncio.sleep(76)
    assert house.client.kinds() == ["Dial", "AskStatus"]
    await asyncio.sleep(75)
    assert house.client.kinds() == ["Dial", "AskStatus", "AskStatus"]
    assert call.status().live


@pytest.mark.parametrize("standing", [OVER, Standing(over=True, word="busy", news=Ended(EndReason.BUSY, "busy"))])
@in_world()
async def test_a_ringing_call_whose_end_nobody_told(world: World, standing: Standing) -> None:
    house = House(world, stale_after=60.0)
    call = await house.place()
    house.deliver(Ringing(), call=call, document=False)
    says(house, standing)
    await asyncio.sleep(61)
    assert not call.status().live
    assert call.status().carrier_word == standing.word
    assert house.client.kinds() == ["Dial", "AskStatus"]


@in_world()
async def test_a_notification_whose_answer_nobody_told_is_not_cut(world: World) -> None:
    house = House(world, stale_after=60.0)
    call = await house.place(mode=Mode.NOTIFY, message="A long story.")
    await asyncio.sleep(200)
    assert house.client.kinds()[:2] == ["Dial", "AskStatus"]
    assert HangUp() not in house.client.told
    assert call.status().answered_at is not None


@in_world()
async def test_a_call_nobody_answers_is_ended_by_the_reaper(world: World) -> None:
    house = House(world, stale_after=60.0)
    call = await house.place()
    says(house, Standing(over=False, word="ringing"))
    await asyncio.sleep(61)
    assert call.status().end_reason is EndReason.NO_ANSWER


@in_world()
async def test_a_notification_by_commands_is_hung_up_and_again_if_need_be(world: World) -> None:
    house = House(world, carrier=CARRIERS["mock"], notify_hangup_delay=3.0)
    house.client.fails(HangUp, REFUSED)

    async def said(command: Command) -> Outcome:
        return Done(said=True)

    house.client.answers[Say] = said
    call = await house.place(mode=Mode.NOTIFY, message="Hello.")
    house.deliver(Answered(), Ready(), call=call, document=False)
    await asyncio.sleep(4)
    assert house.client.kinds() == ["Dial", "Say", "Hold", "HangUp"]
    assert [line.text for line in call.status().transcript] == ["Hello."]
    del house.client.answers[HangUp]
    await asyncio.sleep(31)
    assert call.status().end_reason is EndReason.HANGUP_BOT


@in_world()
async def test_a_carrier_that_says_at_once_goes_on_to_listen(world: World) -> None:
    house = House(world, carrier=CARRIERS["mock"])

    async def said(command: Command) -> Outcome:
        return Done(said=True)

    house.client.answers[Say] = said
    call = await house.place()
    house.deliver(Answered(), Ready(), call=call, document=False)
    await house.settle()
    assert await call.say("Well.") is True
    await house.settle()
    assert isinstance(house.client.told[-1], Listen)


# --- who answers ------------------------------------------------------------------------------------------------


class Parrot:
    """Answers with a script, after a while."""

    def __init__(self, *replies: str | Reply | Exception, after: float = 0.0) -> None:
        self.replies = list(replies)
        self.heard: list[str] = []
        self.contexts: list[CallContext] = []
        self._after = after

    async def reply(self, heard: Utterance, call: CallContext) -> str | Reply:
        self.heard.append(heard.text)
        self.contexts.append(call)
        await asyncio.sleep(self._after)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


async def answered(world: World, parrot: Parrot, **rules: Any) -> tuple[House, Any]:
    """A call on which something was just said, at the instant when nothing more is to be done."""
    house = House(world, responder=parrot, **rules)
    call = house.called()
    house.deliver(Heard("Hello?"), call=call)
    await house.settle()
    return house, call


@in_world()
async def test_what_is_said_is_answered(world: World) -> None:
    parrot = Parrot("Good day.")
    house, call = await answered(world, parrot)
    (prompt,) = house.client.told
    assert isinstance(prompt, Prompt)
    assert prompt.text == "Good day."
    (context,) = parrot.contexts
    assert (context.far_end, context.route, context.session_key) == (
        "+15550005678",
        "+15550001234",
        "agent:main:voice:15550005678",
    )
    assert call.status().live


@in_world()
async def test_a_farewell_hangs_up_after_it_was_said(world: World) -> None:
    house, call = await answered(world, Parrot(Reply("Goodbye.", end_call=True)))
    (say,) = house.client.told
    assert isinstance(say, Say)
    assert "<Hangup />" in house.deliver(Ready(spoken=say.turn), call=call).body


@in_world()
async def test_a_farewell_without_words_hangs_up(world: World) -> None:
    house, call = await answered(world, Parrot(Reply(" ", end_call=True)))
    assert house.client.told == [HangUp()]
    assert call.status().end_reason is EndReason.HANGUP_BOT


@in_world()
async def test_nothing_to_say_says_nothing(world: World) -> None:
    house, _ = await answered(world, Parrot(""))
    assert house.client.told == []


@pytest.mark.parametrize("failure", [AgentFailed("no model"), ValueError("a bug"), TimeoutError()])
@in_world()
async def test_when_no_reply_can_be_had_the_caller_hears_so(world: World, failure: Exception) -> None:
    house, _ = await answered(world, Parrot(failure), language="it-IT")
    (prompt,) = house.client.told
    assert isinstance(prompt, Prompt)
    assert prompt.text.startswith("Mi scusi")


@in_world()
async def test_a_reply_that_takes_too_long_is_given_up(world: World) -> None:
    house, _ = await answered(world, Parrot("Late.", after=60.0), response_timeout=10.0, language="xx")
    await asyncio.sleep(11)
    (prompt,) = house.client.told
    assert isinstance(prompt, Prompt)
    assert prompt.text.startswith("Sorry")


@in_world()
async def test_only_the_last_thing_said_is_answered(world: World) -> None:
    parrot = Parrot("One.", "Two.", after=5.0)
    house, call = await answered(world, parrot)
    house.deliver(Heard("And another thing"), call=call)
    await asyncio.sleep(6)
    assert [command.text for command in house.client.told if isinstance(command, Prompt)] == ["One."]
    assert parrot.heard == ["Hello?", "And another thing"]


@in_world()
async def test_a_reply_for_a_call_that_is_over_is_dropped(world: World) -> None:
    house, call = await answered(world, Parrot("Late.", after=5.0))
    house.deliver(COMPLETED, call=call, document=False)
    await asyncio.sleep(6)
    assert house.client.told == []


@in_world()
async def test_a_reply_that_comes_at_the_very_end_is_dropped(world: World) -> None:
    class Rude:
        async def reply(self, heard: Utterance, call: CallContext) -> str:
            house.deliver(COMPLETED, call=mine, document=False)
            return "Too late."

    house = House(world, responder=Rude())
    mine = house.called()
    house.deliver(Heard("Hello?"), call=mine)
    await house.settle()
    assert house.client.told == []


@in_world()
async def test_a_reply_that_cannot_be_stored_or_said_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    house, call = await answered(world, Parrot("One.", "Two.", after=1.0))
    house.store.broken = True
    await asyncio.sleep(2)
    assert "the reply could not be said: the disk is full" in caplog.text
    house.store.broken = False
    house.client.fails(Prompt, REFUSED)
    house.deliver(Heard("Hello again?"), call=call)
    await asyncio.sleep(2)
    assert "the reply could not be said: no" in caplog.text
    assert call.status().live


@in_world()
async def test_without_a_responder_nobody_is_asked(world: World) -> None:
    house = House(world, auto_response=True)
    call = house.called()
    house.deliver(Heard("Hello?"), call=call)
    await house.settle()
    assert house.client.told == []


# --- a stop in the middle of everything -------------------------------------------------------------------------


@in_world()
async def test_a_stop_tells_everybody_who_waits_and_leaves_the_calls(world: World) -> None:
    house = House(world, responder=Parrot("Late.", after=60.0))
    call, other, third = await house.talking(), house.called("CA2"), house.called("CA3")
    house.deliver(Heard("Hello?"), call=other, sid="CA2")
    house.client.waits(Prompt)
    async with begun(call.ask("Well?"), other.say("One moment."), third.ended()) as (asking, saying, ending):
        await house.settle()
        await house.board.stop()
        assert isinstance(asking.exception(), Misused | NotHeard)
        assert saying.result() is False
        assert ending.result().live
    assert all(record.live for record in house.store.records.values())
    for operation in (call.say("x"), call.ask("x"), call.press("1"), call.hang_up(), house.place()):
        with pytest.raises(Misused, match="Voice Call manager is stopping"):
            await operation
    assert house.timers(call) == set()


@in_world()
async def test_a_stop_while_dialling(world: World) -> None:
    house = House(world)
    gate = house.client.waits(Dial)
    async with begun(house.place()) as (placing,):
        await house.settle()
        await house.board.stop()
        with pytest.raises(Misused, match="Voice Call runtime stopped"):
            await placing
        gate.set_result(Placed(SID))
    (record,) = house.store.records.values()
    assert (record.state, record.provider_call_id) == (State.INITIATED, None)
    live = house.board.find(record.call_id)
    assert live is not None
    with pytest.raises(Misused, match="Voice Call manager is stopping"):
        await house.board.tell(live, HangUp())
    house.board.send(live, [HangUp()])
    await house.settle()
    assert house.client.kinds() == ["Dial"]


@in_world()
async def test_somebody_who_goes_while_it_stops_is_not_noted(world: World) -> None:
    house = House(world)
    call = await house.talking()
    house.client.waits(Prompt)
    async with begun(call.ask("Well?")) as (asking,):
        await house.settle()
        house.board.stopping = True
        asking.cancel()
        await house.settle()
    assert house.record(call).asked is not None
    await house.board.stop()


@in_world()
async def test_a_background_command_that_fails_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    house = House(world, max_duration=10.0)
    call = await house.talking()
    house.client.fails(HangUp, CarrierSilent("no answer within 15 s", sent=True))
    await asyncio.sleep(11)
    assert f"call {call.id}: HangUp failed: no answer within 15 s" in caplog.text
    await house.board.stop()


@in_world()
async def test_a_command_that_comes_too_late_is_no_failure_of_ours(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(world, max_duration=10.0)
    await house.talking()
    (code,) = house.board.carrier.over_codes
    house.client.fails(HangUp, CarrierRefused("the call is over", status=400, code=code))
    with caplog.at_level("DEBUG"):
        await asyncio.sleep(11)
    told = [record for record in caplog.records if "HangUp failed: the call is over" in record.message]
    assert [record.levelname for record in told] == ["DEBUG"]
    await house.board.stop()


@in_world(allow_unhandled=True)
async def test_a_bug_in_the_background_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    house = House(world)

    async def broken() -> None:
        raise ZeroDivisionError("a bug")

    _ = house.board.spawn(broken(), "something")
    await house.settle()
    assert "something failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
