"""Calls: create, fetch, list, update, delete."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.tools.paper_exchange import FROM, TO
from tests.tools.twilio_api import GOOD, Api, serving
from voicecall_sim.carriers.twilio.account import Callback, Order
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.world.clock import SECOND

pytestmark = pytest.mark.loopback

PATHS: dict[CallStatus, tuple[CallStatus, ...]] = {
    CallStatus.QUEUED: (),
    CallStatus.RINGING: (CallStatus.RINGING,),
    CallStatus.IN_PROGRESS: (CallStatus.RINGING, CallStatus.IN_PROGRESS),
    CallStatus.COMPLETED: (CallStatus.RINGING, CallStatus.IN_PROGRESS, CallStatus.COMPLETED),
    CallStatus.BUSY: (CallStatus.BUSY,),
    CallStatus.FAILED: (CallStatus.FAILED,),
    CallStatus.NO_ANSWER: (CallStatus.RINGING, CallStatus.NO_ANSWER),
    CallStatus.CANCELED: (CallStatus.CANCELED,),
}
"""How a call comes into each state."""


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


async def test_create_places_the_order_and_answers_with_a_queued_call(api: Api) -> None:
    reply = await api.ask("POST", "/Calls.json", GOOD)
    assert (reply.status, reply.json["status"], reply.json["date_created"]) == (201, "queued", None)
    assert api.exchange.commands == [("place", Order(to=TO, from_=FROM, instructions=Callback(url=GOOD["Url"])))]


async def test_fetch_shows_the_dates(api: Api) -> None:
    sid = await api.new_call(CallStatus.RINGING)
    reply = await api.ask("GET", f"/Calls/{sid}.json")
    assert reply.json["status"] == "ringing"
    assert reply.json["duration"] == "0"
    assert reply.json["date_created"] == reply.json["start_time"] == "Mon, 05 Jan 2026 09:00:00 +0000"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_call_that_is_not_there(api: Api, method: str) -> None:
    assert (await api.ask(method, f"/Calls/CA{'0' * 32}.json")).code == 20404


ENDINGS: dict[tuple[str, CallStatus], str] = {
    ("canceled", CallStatus.QUEUED): "cancel",
    ("canceled", CallStatus.RINGING): "cancel",
    ("canceled", CallStatus.IN_PROGRESS): "",
    ("completed", CallStatus.QUEUED): "complete",
    ("completed", CallStatus.RINGING): "complete",
    ("completed", CallStatus.IN_PROGRESS): "complete",
}


@pytest.mark.parametrize(("wish", "status"), list(itertools.product(["canceled", "completed"], CallStatus)))
async def test_ending_a_call_in_every_state(api: Api, wish: str, status: CallStatus) -> None:
    sid = await api.new_call(*PATHS[status])
    api.exchange.commands.clear()
    reply = await api.ask("POST", f"/Calls/{sid}.json", {"Status": wish})
    if status.over:
        assert reply.code == 21220
        assert reply.json["message"] == "Call is not in-progress. Cannot redirect."
        assert api.exchange.commands == []
    else:
        command = ENDINGS[wish, status]
        assert reply.status == 200
        assert api.exchange.commands == ([(command, sid)] if command else [])
        assert reply.json["status"] == api.account.calls[sid].status.value


@pytest.mark.parametrize("status", CallStatus)
@pytest.mark.parametrize(
    ("form", "instructions"),
    [
        ({"Url": "https://app.example/next", "Method": "GET"}, Callback(url="https://app.example/next", method="GET")),
        ({"Twiml": "<Response/>"}, "<Response/>"),
    ],
)
async def test_redirecting_a_call_in_every_state(
    api: Api, status: CallStatus, form: dict[str, str], instructions: Any
) -> None:
    sid = await api.new_call(*PATHS[status])
    api.exchange.commands.clear()
    reply = await api.ask("POST", f"/Calls/{sid}.json", form)
    if status is CallStatus.IN_PROGRESS:
        assert reply.status == 200
        assert api.exchange.commands == [("redirect", sid, instructions)]
    else:
        assert reply.code == 21220
        assert api.exchange.commands == []


@pytest.mark.parametrize(
    ("form", "code", "message"),
    [
        ({"Status": "paused"}, 20001, "Status is not a valid choice"),
        ({"Status": "in-progress"}, 20001, "Status is not a valid choice"),
        ({"Url": "/next"}, 21205, "Url is not a valid URL: /next"),
        ({"Url": ""}, 21205, "Url is not a valid URL: "),
        ({"Url": "https://app.example/x", "Method": "PUT"}, 21209, "Method is not a valid HTTP method: PUT"),
        ({"Url": "https://app.example/x", "FallbackUrl": "x"}, 21205, "FallbackUrl is not a valid URL: x"),
        ({"Twiml": "<R/>", "StatusCallback": "x"}, 21609, "The StatusCallback URL x is not a valid URL."),
        ({"Url": "https://app.example/x", "Twiml": "<R/>"}, 20001, "Url and Twiml are mutually exclusive"),
        ({"Twiml": "x" * 4001}, 20001, "Twiml must not be longer than 4000 characters"),
        ({"TimeLimit": "0"}, 20001, "TimeLimit must be an integer between 1 and 14400"),
        ({"Twiml": "<R/>", "TimeLimit": "x"}, 20001, "TimeLimit must be an integer between 1 and 14400"),
    ],
)
async def test_bad_updates_do_nothing(api: Api, form: dict[str, str], code: int, message: str) -> None:
    sid = await api.new_call(*PATHS[CallStatus.IN_PROGRESS])
    api.exchange.commands.clear()
    reply = await api.ask("POST", f"/Calls/{sid}.json", form)
    assert (reply.code, reply.json["message"]) == (code, message)
    assert api.exchange.commands == []


async def test_callbacks_change_only_with_new_instructions(api: Api) -> None:
    sid = await api.new_call(*PATHS[CallStatus.IN_PROGRESS])
    api.exchange.commands.clear()
    callbacks = {"StatusCallback": "https://app.example/s", "FallbackUrl": "https://app.example/f"}
    assert (await api.ask("POST", f"/Calls/{sid}.json", callbacks)).status == 200
    assert api.exchange.commands == []
    await api.ask("POST", f"/Calls/{sid}.json", callbacks | {"Twiml": "<Response/>", "TimeLimit": "9"})
    fallback, status = Callback(url="https://app.example/f"), Callback(url="https://app.example/s")
    assert api.exchange.commands == [
        ("change", sid, fallback, status, None),
        ("redirect", sid, "<Response/>"),
        ("change", sid, None, None, 9),
    ]


@pytest.mark.parametrize("status", CallStatus)
async def test_the_longest_duration_of_a_call_that_lives(api: Api, status: CallStatus) -> None:
    sid = await api.new_call(*PATHS[status])
    api.exchange.commands.clear()
    reply = await api.ask("POST", f"/Calls/{sid}.json", {"TimeLimit": "60"})
    assert reply.code == (21220 if status.over else None)
    assert api.exchange.commands == ([] if status.over else [("change", sid, None, None, 60)])


async def test_an_empty_update_changes_nothing(api: Api) -> None:
    sid = await api.new_call()
    assert (await api.ask("POST", f"/Calls/{sid}.json", {})).json["sid"] == sid


async def test_an_end_with_a_time_limit_is_an_end(api: Api) -> None:
    sid = await api.new_call(*PATHS[CallStatus.IN_PROGRESS])
    reply = await api.ask("POST", f"/Calls/{sid}.json", {"Status": "completed", "TimeLimit": "60"})
    assert reply.json["status"] == "completed"
    assert api.exchange.commands[-1] == ("complete", sid)


@pytest.mark.parametrize("status", CallStatus)
async def test_deleting_a_call_in_every_state(api: Api, status: CallStatus) -> None:
    sid = await api.new_call(*PATHS[status])
    reply = await api.ask("DELETE", f"/Calls/{sid}.json")
    if status.over:
        assert (reply.status, reply.body) == (204, b"")
        assert (await api.ask("GET", f"/Calls/{sid}.json")).code == 20404
    else:
        assert (reply.status, reply.code) == (409, 20009)
        assert (await api.ask("GET", f"/Calls/{sid}.json")).status == 200


async def listed(api: Api, query: str = "") -> list[str]:
    """The identifiers in a list."""
    reply = await api.ask("GET", f"/Calls.json{query}")
    assert reply.status == 200, reply.json
    return [call["sid"] for call in reply.json["calls"]]


async def test_the_newest_call_is_listed_first(api: Api) -> None:
    calls = [await api.new_call() for _ in range(3)]
    assert await listed(api) == calls[::-1]


async def test_filters_of_calls(api: Api) -> None:
    api.account.acquire("+15550009999")
    clock: Any = api.surroundings.clock
    first = await api.new_call(*PATHS[CallStatus.COMPLETED])
    clock.micros = 86_400 * SECOND
    second = await api.new_call(CallStatus.RINGING, To="+442071838750")
    third = await api.new_call(From="+15550009999")
    api.account.calls[third].parent_call_sid = first
    assert await listed(api, "?To=%2B442071838750") == [second]
    assert await listed(api, "?To=555%20000%205678") == [third, first]
    assert await listed(api, "?To=bogus") == []
    assert await listed(api, "?From=%2B15550009999") == [third]
    assert await listed(api, f"?ParentCallSid={first}") == [third]
    assert await listed(api, "?Status=completed") == [first]
    assert await listed(api, "?Status=busy") == []
    assert await listed(api, "?StartTime=2026-01-05") == [first]
    assert await listed(api, "?StartTime%3E=2026-01-06") == [second]
    assert await listed(api, "?StartTime%3C=2026-01-06") == [first]
    assert await listed(api, "?EndTime%3E=2026-01-05T09:00:00Z") == [first]
    assert await listed(api, "?EndTime=2026-01-06") == []


@pytest.mark.parametrize("query", ["?Status=initiated", "?StartTime=soon", "?EndTime%3C=x", "?PageSize=x"])
async def test_filters_that_are_refused(api: Api, query: str) -> None:
    assert (await api.ask("GET", f"/Calls.json{query}")).code == 20001


async def test_pages_lead_on(api: Api) -> None:
    calls = [await api.new_call() for _ in range(5)]
    seen, path = [], f"//2010-04-01/Accounts/{api.account.sid}/Calls.json?PageSize=2"
    while path:
        page = (await api.ask("GET", path)).json
        seen += [call["sid"] for call in page["calls"]]
        path = page["next_page_uri"] and f"/{page['next_page_uri']}"
    assert seen == calls[::-1]
