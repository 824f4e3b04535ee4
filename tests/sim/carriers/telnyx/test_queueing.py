"""Legs that wait in queues."""

from __future__ import annotations

from tests.tools.telnyx_world import Stage, staged


@staged
async def test_a_leg_waits_and_leaves(stage: Stage) -> None:
    leg, _ = await stage.answered()
    assert await stage.refused(leg, "leave_queue") == (422, "90035")
    await stage.act(leg, "enqueue", queue_name="support", max_size=1)
    assert await stage.refused(leg, "enqueue", queue_name="other") == (422, "90038")
    other, caller = await stage.called()
    await stage.act(other, "answer")
    assert await stage.refused(other, "enqueue", queue_name="support") == (422, "90036")
    assert await stage.refused(other, "enqueue", queue_name="support", max_size=5) == (422, "90037")
    await stage.wait(5)
    await stage.act(leg, "leave_queue")
    await stage.act(other, "enqueue", queue_name="support", max_wait_time_secs=60)
    await stage.wait(2)
    caller.hangs_up()
    await stage.wait(1)
    assert [told["queue"] for told in stage.of("call.enqueued")] == ["support", "support"]
    told = [(one["reason"], one["queue_position"], one["wait_time_secs"]) for one in stage.of("call.dequeued")]
    assert told == [("leave", 1, 5), ("hangup", 1, 2)]


@staged
async def test_waiting_has_an_end(stage: Stage) -> None:
    leg, _ = await stage.answered()
    await stage.act(leg, "enqueue", queue_name="support", max_wait_time_secs=10)
    await stage.wait(11)
    assert stage.of("call.dequeued")[0]["reason"] == "timeout"
    assert leg.answered
