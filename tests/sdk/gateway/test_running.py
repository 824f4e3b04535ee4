"""The methods on a running application: what comes of them, and how long a result is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.gateway.stage import ANNA, NUMBER, Stub, happens, running
from voicecall_sdk.errors import Misused
from voicecall_sdk.gateway.methods import KEPT_SECONDS, METHODS, Methods
from voicecall_sdk.gateway.protocol import MethodError
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World


async def run(methods: Methods, method: str, **params: Any) -> dict[str, Any]:
    return await METHODS[f"voicecall.{method}"][0](methods, params)


async def error(methods: Methods, method: str, **params: Any) -> str:
    with pytest.raises(MethodError) as caught:
        await run(methods, method, **params)
    return str(caught.value)


@in_world(host="app")
async def test_a_whole_call(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as app:
        methods = Methods(app)
        call = await run(methods, "start", to=ANNA, message="Hello.", requesterSessionKey="agent:main:chat")
        call_id = call["callId"]
        assert call == {"callId": call_id, "initiated": True}
        assert await happens(call_id, "answered") == 200
        await world.settle()
        status = await run(methods, "status", callId=call_id)
        assert (status["found"], status["call"]["state"]) == (True, "speaking")
        assert await run(methods, "status", sid=f"mock-{call_id}") == status
        assert await run(methods, "status") == {"found": True, "calls": [status["call"]]}
        assert await run(methods, "speak", callId=f"mock-{call_id}", message="One moment.") == {"success": True}
        assert await run(methods, "dtmf", callId=call_id, digits="1w2") == {"success": True}
        asking = asyncio.ensure_future(run(methods, "continue", callId=call_id, message="Well?"))
        await world.settle()
        assert await happens(call_id, "speech", transcript="Yes.") == 200
        assert await asking == {"success": True, "transcript": "Yes."}
        record = app.store.find(call_id)
        assert record is not None
        assert record.metadata["requesterSessionKey"] == "agent:main:chat"
        assert await run(methods, "end", callId=call_id) == {"success": True}
        assert await run(methods, "end", callId=call_id) == {"success": True}  # that it is over is what was wanted
        assert (await run(methods, "status", callId=call_id))["call"]["endReason"] == "hangup-bot"
        assert await run(methods, "status") == {"found": True, "calls": []}
        told = str(await run(methods, "status", callId=call_id))
        assert not [word for word in (ANNA, NUMBER, "Hello.", "Yes.") if word in told]


SENTENCES: list[tuple[str, dict[str, Any], str]] = [
    (
        "start",
        {"to": "5550001234"},
        "to is not a phone number in E.164 form: '5550001234' (expected e.g. +15550001234)",
    ),
    ("start", {"to": "+1"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "+0123456789"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "+1555000123456789"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "sip:anna@example.com"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "+15550001234;+19005550000"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "+1 555 000 1234"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "+1٥٥٥٠٠٠١٢٣٤"}, "to is not a phone number in E.164 form"),
    ("start", {"to": "+１５５５０００１２３４"}, "to is not a phone number in E.164 form"),
    ("start", {"to": ANNA, "dtmfSequence": "12x"}, "digits may only contain digits, *, #, comma, w, p"),
    ("start", {"to": ANNA, "dtmfSequence": "١"}, "digits may only contain digits, *, #, comma, w, p"),
    ("start", {"to": ANNA, "dtmfSequence": "1", "mode": "notify"}, "dtmfSequence requires conversation mode"),
    ("start", {"to": ANNA, "message": "x" * 100_000}, "At most"),
    ("continue", {"callId": "nobody", "message": "Well?"}, "Call not found"),
    ("speak", {"callId": "nobody", "message": "Well."}, "Call not found"),
    ("dtmf", {"callId": "nobody", "digits": "1"}, "Call not found"),
    ("dtmf", {"callId": "nobody", "digits": "1;2"}, "digits may only contain digits, *, #, comma, w, p"),
    ("end", {"callId": "nobody"}, "Call not found"),
    ("continue.result", {"operationId": "nobody"}, "operation not found"),
]


@in_world(host="app")
async def test_what_cannot_be_done_is_told_and_nothing_is_left(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as app:
        methods = Methods(app)
        for method, params, sentence in SENTENCES:
            assert (await error(methods, method, **params)).startswith(sentence), (method, params)
        assert app.calls() == []
        assert app.store.history(10) == []


@in_world(host="app")
async def test_what_cannot_be_done_with_a_call(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as app:
        methods = Methods(app)
        call_id = (await run(methods, "start", to=ANNA))["callId"]
        assert await error(methods, "start", to=ANNA) == "Maximum concurrent calls (1) reached"
        assert await error(methods, "dtmf", callId=call_id, digits="1") == "Call not answered yet"
        await happens(call_id, "answered")
        first = asyncio.ensure_future(run(methods, "continue", callId=call_id, message="Well?"))
        await world.settle()
        assert await error(methods, "continue", callId=call_id, message="Now?") == "Already waiting for transcript"
        await happens(call_id, "ended", reason="hangup-user")
        with pytest.raises(MethodError, match="Call ended: hangup-user"):
            await first
        for method, params in (("speak", {"message": "x"}), ("continue", {"message": "x"}), ("dtmf", {"digits": "1"})):
            assert await error(methods, method, callId=call_id, **params) == "Call has ended"
        assert await run(methods, "end", callId=call_id) == {"success": True}
        assert (await run(methods, "start", to=ANNA))["initiated"]


@in_world(host="app")
async def test_an_application_that_stops_says_so(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as app:
        methods = Methods(app)
        call_id = (await run(methods, "start", to=ANNA))["callId"]
        await happens(call_id, "answered")
        waiting = asyncio.ensure_future(run(methods, "continue", callId=call_id, message="Well?"))
        await world.settle()
    with pytest.raises(MethodError, match="stopped"):
        await waiting
    for method, params in (("start", {"to": ANNA}), ("speak", {"callId": call_id, "message": "x"}), ("status", {})):
        assert await error(methods, method, **params) == "voicecall is not running"


# --- questions that take their time -----------------------------------------------------------------------------


def asked(**result: Any) -> tuple[Stub, Callable[[], Any]]:
    """An application in which a question stays open until it gets `set`."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stub = Stub(answer=lambda: answer)
    return stub, lambda: answer


@in_world()
async def test_a_question_is_begun_and_fetched(world: World) -> None:
    stub, answer = asked()
    begun = await stub.run("voicecall.continue.start", {"callId": "c1", "message": "Well?"})
    operation = begun["operationId"]
    assert begun == {"operationId": operation, "status": "pending", "pollTimeoutMs": 180_000 + 8_000 + 30_000}
    fetch = {"operationId": operation}
    pending = {"operationId": operation, "status": "pending"}
    assert [await stub.run("voicecall.continue.result", fetch) for _ in range(3)] == [pending] * 3
    answer().set_result("Yes.")
    await world.settle()
    result = {"success": True, "transcript": "Yes."}
    assert await stub.run("voicecall.continue.result", fetch) == {**fetch, "status": "completed", "result": result}
    with pytest.raises(MethodError, match="operation not found"):  # it is read once
        await stub.run("voicecall.continue.result", fetch)


@in_world()
async def test_a_question_that_failed_tells_why(world: World) -> None:
    stub, answer = asked()
    fetch = {
        "operationId": (await stub.run("voicecall.continue.start", {"callId": "c1", "message": "?"}))["operationId"]
    }
    answer().set_exception(Misused("Call not found"))
    await world.settle()
    failed = {**fetch, "status": "failed", "error": "Call not found"}
    assert await stub.run("voicecall.continue.result", fetch) == failed


@pytest.mark.parametrize("fails", [False, True])
@in_world()
async def test_a_result_that_nobody_fetches_is_kept_for_a_while(world: World, fails: bool) -> None:
    stub, answer = asked()
    fetch = {
        "operationId": (await stub.run("voicecall.continue.start", {"callId": "c1", "message": "?"}))["operationId"]
    }
    await asyncio.sleep(3 * KEPT_SECONDS)  # an open question is kept however long it takes
    assert (await stub.run("voicecall.continue.result", fetch))["status"] == "pending"
    if fails:
        answer().set_exception(Misused("Call not found"))
    else:
        answer().set_result("Yes.")
    await asyncio.sleep(KEPT_SECONDS + 1)
    with pytest.raises(MethodError, match="operation not found"):
        await stub.run("voicecall.continue.result", fetch)


@in_world()
async def test_a_question_of_another_is_not_guessed(world: World) -> None:
    stub, _ = asked()
    await stub.run("voicecall.continue.start", {"callId": "c1", "message": "?"})
    for guess in ("1", "c1", "operation", "*"):
        with pytest.raises(MethodError, match="operation not found"):
            await stub.run("voicecall.continue.result", {"operationId": guess})
    stub.methods.close()


@in_world()
async def test_whoever_closes_leaves_nothing(world: World) -> None:
    stub, answer = asked()
    for _ in range(3):
        await stub.run("voicecall.continue.start", {"callId": "c1", "message": "?"})
    await world.settle()
    stub.methods.close()
    await world.settle()
    assert answer().cancelled()
    assert not stub.methods._pending
    stub.methods.close()
