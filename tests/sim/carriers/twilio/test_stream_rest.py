"""The Streams resource over HTTP: what is accepted, what is refused, what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.tools.twilio_api import Api, serving
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.stream_resource import StreamWish

pytestmark = pytest.mark.loopback

TALK = (CallStatus.RINGING, CallStatus.IN_PROGRESS)
URL = "wss://app.example/media"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


async def test_a_stream_with_everything(api: Api) -> None:
    call = await api.new_call(*TALK)
    form = {
        "Url": f"{URL}?x=1",
        "Name": "my stream",
        "Track": "both_tracks",
        "StatusCallback": "https://app.example/s",
        "StatusCallbackMethod": "GET",
        "Parameter1.Name": "a",
        "Parameter1.Value": "1",
        "Parameter99.Name": "z",
        "Parameter50.Value": "nameless",
    }
    reply = await api.ask("POST", f"/Calls/{call}/Streams.json", form)
    assert reply.status == 200
    sid = reply.json["sid"]
    assert reply.json == {
        "sid": sid,
        "account_sid": api.account.sid,
        "call_sid": call,
        "name": "my stream",
        "status": "in-progress",
        "date_updated": "Mon, 05 Jan 2026 09:00:00 +0000",
        "uri": f"/2010-04-01/Accounts/{api.account.sid}/Calls/{call}/Streams/{sid}.json",
    }
    assert api.exchange.commands[-1] == (
        "stream",
        call,
        StreamWish(
            url=f"{URL}?x=1",
            name="my stream",
            track="both_tracks",
            callback=Callback(url="https://app.example/s", method="GET"),
            parameters={"a": "1", "z": ""},
        ),
    )
    stopped = await api.ask("POST", f"/Calls/{call}/Streams/my%20stream.json", {"Status": "stopped"})
    assert (stopped.status, stopped.json["sid"], stopped.json["status"]) == (200, sid, "stopped")
    again = await api.ask("POST", f"/Calls/{call}/Streams/{sid}.json", {"Status": "stopped"})
    assert again.code == 20404
    assert [entry.data["operation"] for entry in api.written("request")][-3:] == [
        "start stream",
        "stop stream",
        "stop stream",
    ]
    assert api.written("debug") == []


async def test_the_least(api: Api) -> None:
    call = await api.new_call(*TALK)
    reply = await api.ask("POST", f"/Calls/{call}/Streams.json", {"Url": URL})
    assert (reply.status, reply.json["name"]) == (200, None)
    assert api.exchange.commands[-1] == ("stream", call, StreamWish(url=URL))
    stopped = await api.ask("POST", f"/Calls/{call}/Streams/{reply.json['sid']}.json", {"Status": "stopped"})
    assert stopped.json["status"] == "stopped"


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ({}, 20001, "Url is required"),
        ({"Url": ""}, 20001, "Url is required"),
        ({"Url": "media"}, 21205, "Url is not a valid URL: media"),
        ({"Url": "https://app.example/media"}, 21205, "Url"),
        ({"Url": "ws://app.example/media"}, 21205, "Url"),
        ({"Url": "wss://app example/"}, 21205, "Url"),
        ({"Url": URL, "Track": "inbound"}, 20001, "Track"),
        ({"Url": URL, "StatusCallback": "x"}, 21609, "StatusCallback"),
        ({"Url": URL, "StatusCallbackMethod": "PUT"}, 21209, "StatusCallbackMethod"),
        ({"Url": URL, "Parameter7.Name": "abcd", "Parameter7.Value": "x" * 497}, 20001, "Parameter7.Name"),
    ],
)
async def test_bad_wishes(api: Api, form: dict[str, str], code: int, words: str) -> None:
    call = await api.new_call(*TALK)
    reply = await api.ask("POST", f"/Calls/{call}/Streams.json", form)
    assert (reply.status, reply.code) == (400, code)
    assert words in reply.json["message"]
    assert not api.account.streams


@pytest.mark.parametrize("statuses", [(), TALK[:1], (*TALK, CallStatus.COMPLETED), (CallStatus.BUSY,)])
async def test_only_calls_in_progress_are_streamed(api: Api, statuses: tuple[CallStatus, ...]) -> None:
    call = await api.new_call(*statuses)
    assert (await api.ask("POST", f"/Calls/{call}/Streams.json", {"Url": URL})).code == 21220


async def test_names_and_tracks_are_limited_to_a_call(api: Api) -> None:
    call, other = await api.new_call(*TALK), await api.new_call(*TALK)

    async def start(of: str, **more: str) -> int | None:
        return (await api.ask("POST", f"/Calls/{of}/Streams.json", {"Url": URL, **more})).code

    assert await start(call, Name="a", Track="both_tracks") is None
    assert await start(call, Name="a") == 20001
    assert await start(other, Name="a") is None
    assert await start(call, Track="outbound_track") is None
    assert await start(call, Track="both_tracks") == 20001
    assert await start(call) is None
    assert await start(call) == 20001
    assert (await api.ask("POST", f"/Calls/{call}/Streams/a.json", {"Status": "stopped"})).status == 200
    assert await start(call, Name="a") is None


@pytest.mark.parametrize(("form", "code"), [({}, 20001), ({"Status": ""}, 20001), ({"Status": "in-progress"}, 20001)])
async def test_stopping_is_all_that_can_be_done(api: Api, form: dict[str, str], code: int) -> None:
    call = await api.new_call(*TALK)
    sid = (await api.ask("POST", f"/Calls/{call}/Streams.json", {"Url": URL})).json["sid"]
    assert (await api.ask("POST", f"/Calls/{call}/Streams/{sid}.json", form)).code == code
    assert api.account.streams[sid].status == "in-progress"


async def test_what_cannot_be_found(api: Api) -> None:
    call, other = await api.new_call(*TALK), await api.new_call(*TALK)
    sid = (await api.ask("POST", f"/Calls/{call}/Streams.json", {"Url": URL})).json["sid"]
    stop = {"Status": "stopped"}
    assert (await api.ask("POST", f"/Calls/{other}/Streams/{sid}.json", stop)).code == 20404
    assert (await api.ask("POST", f"/Calls/{call}/Streams/nobody.json", stop)).code == 20404
    assert (await api.ask("POST", f"/Calls/CA{'0' * 32}/Streams.json", {"Url": URL})).code == 20404
    assert (await api.ask("GET", f"/Calls/{call}/Streams.json")).code == 20004
    assert (await api.ask("GET", f"/Calls/{call}/Streams/{sid}.json")).code == 20004
    api.account.streams[sid].two_way = True
    assert (await api.ask("POST", f"/Calls/{call}/Streams/{sid}.json", stop)).code == 20404


async def test_unknown_parameters_are_warned_of(api: Api) -> None:
    call = await api.new_call(*TALK)
    await api.ask("POST", f"/Calls/{call}/Streams.json", {"Url": URL, "Parameter100.Name": "x", "Parameter1.name": "y"})
    (entry,) = api.written("debug")
    assert "Parameter100.Name, Parameter1.name" in entry.data["message"]
