"""Twilio's own client, unmodified, against the emulated REST API; every answer against Twilio's own description.

The synchronous client runs in a thread against a loopback port; the asynchronous one in the test's loop.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from tests.tools.openapi import FILE, Description
from tests.tools.paper_exchange import FROM, TO
from tests.tools.twilio_api import Api, serving
from tests.tools.twilio_client import called, pointed, refusal
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.world.clock import SECOND

pytestmark = pytest.mark.loopback

URL = "https://app.example/voice"
TALK = (CallStatus.RINGING, CallStatus.IN_PROGRESS)
OVER = (*TALK, CallStatus.COMPLETED)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


@pytest.fixture
def client(api: Api) -> Client:
    """The synchronous client, to be called in a thread."""
    return pointed(api, Client(api.account.sid, api.account.auth_token))


def judge(api: Api, at_least: int) -> None:
    """Judge every successful answer by Twilio's description, where it is at hand; there are at least so many."""
    if not FILE.is_file():
        return
    description = Description()
    count = 0
    for entry in api.written("request"):
        _, _, body = entry.evidence["response"].partition("\n\n")
        if entry.data["status"] < 300 and body.startswith("{"):
            path = entry.data["path"]
            count += description.judge(entry.data["method"], path, entry.data["status"], json.loads(body))
    assert count >= at_least


def test_twilios_description_is_at_hand() -> None:
    if not FILE.is_file():
        pytest.skip("answers are not judged: Twilio's OpenAPI file is not in ../shared/openapi beside the checkout")
    assert Description().schema("GET", "/2010-04-01/Accounts/AC1/Calls.json", 200)


def test_the_description_finds_fault() -> None:
    if not FILE.is_file():
        pytest.skip("answers are not judged: Twilio's OpenAPI file is not in ../shared/openapi beside the checkout")
    path = "/2010-04-01/Accounts/AC1/Calls/CA1.json"
    with pytest.raises(jsonschema.ValidationError, match="initiated"):
        Description().judge("GET", path, 200, {"status": "initiated"})


async def test_the_life_of_a_call(api: Api, client: Client) -> None:
    created = await called(
        client.calls.create,
        to=TO,
        from_=FROM,
        url=f"{URL}?a=1#rc=2",
        method="POST",
        status_callback="https://app.example/s",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        send_digits="ww1#",
        timeout=20,
        record=True,
        machine_detection="Enable",
        recording_status_callback="https://app.example/r",
        recording_status_callback_event=["in-progress", "completed"],
        async_amd="true",
        call_reason="x",
        time_limit=60,
    )
    assert (created.status, created.date_created, created.duration) == ("queued", None, None)
    order = api.exchange.commands[0][1]
    assert order.instructions == Callback(url=f"{URL}?a=1#rc=2")
    assert order.status_events == ("initiated", "ringing", "answered", "completed")
    assert order.recording.events == ("in-progress", "completed")
    api.exchange.move(created.sid, *TALK)
    fetched = await called(client.calls(created.sid).fetch)
    assert (fetched.status, fetched.to, fetched.from_formatted) == ("in-progress", TO, "(555) 000-1234")
    assert fetched.date_created == datetime(2026, 1, 5, 9, tzinfo=UTC)
    redirected = await called(client.calls(created.sid).update, twiml="<Response/>")
    assert redirected.sid == created.sid
    ended = await called(client.calls(created.sid).update, status="completed")
    assert (ended.status, ended.duration) == ("completed", "0")
    assert await called(client.calls(created.sid).delete) is True
    assert (await refusal(client.calls(created.sid).fetch)).code == 20404
    judge(api, 4)


async def test_a_call_is_cancelled_while_it_rings(api: Api, client: Client) -> None:
    call = await called(client.calls.create, to=TO, from_=FROM, twiml="<Response/>")
    api.exchange.move(call.sid, CallStatus.RINGING)
    assert (await called(call.update, status="canceled")).status == "canceled"
    judge(api, 2)


async def test_lists_over_several_pages_and_filters(api: Api, client: Client) -> None:
    clock: Any = api.surroundings.clock
    calls = []
    for number in range(7):
        clock.micros = number * 86_400 * SECOND
        calls.append(await api.new_call(*(OVER if number % 2 else ())))
    newest_first = calls[::-1]
    assert [call.sid for call in await called(client.calls.list)] == newest_first
    assert [call.sid for call in await called(client.calls.list, page_size=2)] == newest_first
    assert [call.sid for call in await called(client.calls.list, limit=3)] == newest_first[:3]
    assert [call.sid for call in await called(client.calls.list, status="completed", page_size=1)] == calls[5::-2]
    after = await called(client.calls.list, start_time_after=datetime(2026, 1, 8, tzinfo=UTC), page_size=1)
    assert [call.sid for call in after] == [calls[5], calls[3]]
    before = await called(client.calls.list, start_time_before=datetime(2026, 1, 8, tzinfo=UTC), to=TO)
    assert [call.sid for call in before] == [calls[1]]
    assert await called(client.calls.list, from_="+15550009999") == []
    page = await called(client.calls.page, page_size=3)
    later = await called(page.next_page)
    earlier = await called(later.previous_page)
    assert [call.sid for call in later] == newest_first[3:6]
    assert [call.sid for call in earlier] == newest_first[:3]
    judge(api, 15)


async def test_emptying_a_list_while_it_is_read(api: Api, client: Client) -> None:
    for _ in range(5):
        await api.new_call(*OVER)

    def empty() -> None:
        for call in client.calls.stream(page_size=2):
            call.delete()

    await called(empty)
    assert len(api.account.calls) == 0


async def test_recordings(api: Api, client: Client) -> None:
    sid = await api.new_call(*TALK)
    call = client.calls(sid)
    recording = await called(call.recordings.create, recording_channels="dual")
    assert (recording.status, recording.channels) == ("in-progress", 2)
    paused = await called(call.recordings("Twilio.CURRENT").update, status="paused", pause_behavior="skip")
    assert (paused.sid, paused.status) == (recording.sid, "paused")
    api.account.recordings[recording.sid].status = "completed"
    api.account.recordings[recording.sid].duration = 1
    assert (await called(client.recordings(recording.sid).fetch)).duration == "1"
    assert [one.sid for one in await called(client.recordings.list, call_sid=sid)] == [recording.sid]
    assert [one.sid for one in await called(call.recordings.list)] == [recording.sid]
    assert (await called(call.recordings(recording.sid).fetch)).track == "both"
    assert await called(client.recordings(recording.sid).delete) is True
    assert (await called(client.recordings(recording.sid).fetch, include_soft_deleted=True)).status == "deleted"
    judge(api, 8)


async def test_numbers_and_the_account(api: Api, client: Client) -> None:
    number = await called(client.incoming_phone_numbers.create, phone_number="+14158675309", voice_url=URL)
    assert number.voice_url == URL
    changed = await called(number.update, voice_method="GET", status_callback="https://app.example/s")
    assert (changed.voice_url, changed.voice_method, changed.status_callback) == (URL, "GET", "https://app.example/s")
    found = await called(client.incoming_phone_numbers.list, phone_number="+14158675309")
    assert [one.sid for one in found] == [number.sid]
    assert (await called(client.incoming_phone_numbers(number.sid).fetch)).friendly_name == "(415) 867-5309"
    assert await called(number.delete) is True
    account = await called(client.api.v2010.account.fetch)
    assert (account.sid, account.status, account.auth_token) == (api.account.sid, "active", api.account.auth_token)
    judge(api, 4)


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated")
async def test_the_asynchronous_client(api: Api) -> None:
    async with AsyncTwilioHttpClient() as http:
        client = pointed(api, Client(api.account.sid, api.account.auth_token, http_client=http))
        calls = [await client.calls.create_async(to=TO, from_=FROM, url=URL) for _ in range(5)]
        sid = calls[0].sid
        assert (await client.calls(sid).fetch_async()).status == "queued"
        assert [call.sid for call in await client.calls.list_async(page_size=2)] == [call.sid for call in calls[::-1]]
        assert (await client.calls(sid).update_async(status="canceled")).status == "canceled"
        assert await client.calls(sid).delete_async() is True
        with pytest.raises(TwilioRestException) as caught:
            await client.calls(sid).fetch_async()
        assert caught.value.code == 20404
    judge(api, 10)


async def test_a_key_sees_calls_and_not_the_account(api: Api) -> None:
    key, secret = api.account.new_key()
    client = pointed(api, Client(key, secret, api.account.sid))
    assert await called(client.calls.list) == []
    assert (await refusal(client.api.v2010.account.fetch)).code == 20003
