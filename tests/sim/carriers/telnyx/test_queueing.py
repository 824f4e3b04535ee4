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


@staged
async def test_queues_by_rest(stage: Stage) -> None:
    leg, _ = await stage.answered()
    status, got = await stage.ask("POST", "/queues", queue_name="support", max_size=2)
    assert (status, got["data"]["max_size"], got["data"]["current_size"]) == (200, 2, 0)
    assert (await stage.ask("POST", "/queues", queue_name="support"))[0] == 422
    assert (await stage.ask("POST", "/queues"))[1]["errors"][0]["code"] == "10004"
    await stage.act(leg, "enqueue", queue_name="support")
    await stage.wait(4)
    assert (await stage.ask("DELETE", "/queues/support"))[1]["errors"][0]["code"] == "90050"
    (shown,) = (await stage.ask("GET", "/queues"))[1]["data"]
    assert (shown["current_size"], shown["average_wait_time_secs"]) == (1, 4)
    (call,) = (await stage.ask("GET", "/queues/support/calls"))[1]["data"]
    assert (call["call_control_id"], call["queue_position"], call["wait_time_secs"]) == (leg.id, 1, 4)
    assert (await stage.ask("GET", "/queues/support/calls/nobody"))[0] == 404
    assert await stage.removed(f"/queues/support/calls/{leg.id}") == 204
    await stage.wait(1)
    assert [told["reason"] for told in stage.of("call.dequeued")] == ["leave"]
    assert await stage.removed("/queues/support") == 204
    assert (await stage.ask("GET", "/queues/support"))[0] == 404
