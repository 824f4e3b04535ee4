"""Twilio's own client against the whole emulator: its REST API, its exchange, a telephone.

The asynchronous client lives in the virtual world, where api.twilio.com is a host; the synchronous one on loopback.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from tests.tools.openapi import FILE, Description
from tests.tools.twilio_client import called
from tests.tools.twilio_world import ANNA, APP, OWN, Phone, Stage, staged
from voicecall_sim.carriers.twilio import TwilioCarrier
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings

# The vendor's client uses what its HTTP library has deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:BasicAuth is deprecated", "ignore:The 'auth' parameter is deprecated", "ignore:The object should be created"
)


@asynccontextmanager
async def calling(stage: Stage) -> AsyncIterator[Client]:
    """The asynchronous client, unmodified, with its usual address."""
    account = stage.carrier.account
    async with AsyncTwilioHttpClient() as http:
        yield Client(account.sid, account.auth_token, http_client=http)


def judge(journal: Journal) -> None:
    """Judge every successful answer by Twilio's description, where it is at hand."""
    if not FILE.is_file():
        return
    description = Description()
    for entry in journal:
        if entry.kind == "request" and entry.data["status"] in {200, 201}:
            _, _, body = entry.evidence["response"].partition("\n\n")
            if body.startswith("{"):
                description.judge(entry.data["method"], entry.data["path"], entry.data["status"], json.loads(body))


def pausing(seconds: int) -> str:
    """A document that keeps silent for so long."""
    response = VoiceResponse()
    response.pause(length=seconds)
    return str(response)


@staged
async def test_a_call_is_created_followed_redirected_and_ended(stage: Stage) -> None:
    anna = stage.phone()
    stage.app.answers["/voice"] = '<Pause length="600"/>'
    stage.app.answers["/next"] = '<Say>Goodbye.</Say><Pause length="600"/>'
    async with calling(stage) as client:
        events = ["initiated", "ringing", "answered", "completed"]
        created = await client.calls.create_async(
            to=ANNA, from_=OWN, url=f"{APP}/voice", status_callback=f"{APP}/status", status_callback_event=events
        )
        assert (created.status, created.date_created) == ("queued", None)
        call = client.calls(created.sid)
        fetched = await call.fetch_async()
        assert fetched.date_created is not None
        await stage.wait(1)
        assert (await call.fetch_async()).status == "ringing"
        await stage.wait(5)
        assert (await call.fetch_async()).status == "in-progress"
        await call.update_async(url=f"{APP}/next", method="POST")
        await stage.wait(10)
        assert anna.words == ["Goodbye."]
        assert (await call.update_async(status="completed")).sid == created.sid
        await stage.over()
        done = await call.fetch_async()
        assert (done.status, done.price, done.direction) == ("completed", None, "outbound-api")
        assert int(done.duration) > 10
        await stage.wait(600)
        assert (await call.fetch_async()).price == "-0.01400"
        assert await call.delete_async() is True
        with pytest.raises(TwilioRestException) as caught:
            await call.fetch_async()
        assert caught.value.code == 20404
    assert [status for status, _ in stage.statuses()] == ["initiated", "ringing", "in-progress", "completed"]
    judge(stage.world.journal)


@pytest.mark.parametrize(("wait", "told"), [(0.0, False), (2.0, True)])
@staged
async def test_a_call_is_cancelled_before_it_is_answered(stage: Stage, wait: float, told: bool) -> None:
    anna = stage.phone(answers_after=None)
    async with calling(stage) as client:
        created = await client.calls.create_async(
            to=ANNA, from_=OWN, twiml=pausing(1), status_callback=f"{APP}/status", status_callback_event=["completed"]
        )
        if wait:
            await stage.wait(wait)
        assert (await client.calls(created.sid).update_async(status="canceled")).status == "canceled"
        await stage.over()
        with pytest.raises(TwilioRestException) as caught:
            await client.calls(created.sid).update_async(status="completed")
        assert caught.value.code == 21220
    assert (anna.offers > 0) is told
    assert bool(stage.app.at("/status")) is told
    judge(stage.world.journal)


@staged
async def test_redirecting_too_early_is_refused(stage: Stage) -> None:
    stage.phone(answers_after=None)
    async with calling(stage) as client:
        created = await client.calls.create_async(to=ANNA, from_=OWN, twiml=pausing(1))
        await stage.wait(2)
        with pytest.raises(TwilioRestException) as caught:
            await client.calls(created.sid).update_async(twiml=pausing(1))
        assert caught.value.code == 21220
        await client.calls(created.sid).update_async(status="completed")


@staged
async def test_events_in_one_value_leave_the_application_in_the_dark(stage: Stage) -> None:
    stage.phone()
    async with calling(stage) as client:
        created = await client.calls.create_async(
            to=ANNA,
            from_=OWN,
            twiml=pausing(1),
            status_callback=f"{APP}/status",
            status_callback_event=["initiated ringing answered completed"],
        )
        await stage.over()
        assert (await client.calls(created.sid).fetch_async()).status == "completed"
    assert stage.app.at("/status") == []
    assert 21626 in stage.codes


async def fetch(stage: Stage, url: str) -> bytes:
    """The first bytes of a file of the account."""
    account = stage.carrier.account
    headers = {"Authorization": aiohttp.encode_basic_auth(account.sid, account.auth_token)}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as got:
        assert (got.status, got.content_type) == (200, "audio/x-wav")
        return (await got.read())[:4]


@staged
async def test_a_recording_is_started_steered_and_fetched(stage: Stage) -> None:
    stage.phone()
    async with calling(stage) as client:
        created = await client.calls.create_async(to=ANNA, from_=OWN, twiml=pausing(600))
        await stage.wait(5)
        call = client.calls(created.sid)
        started = await call.recordings.create_async(recording_status_callback=f"{APP}/recording")
        assert (started.status, started.source) == ("in-progress", "StartCallRecordingAPI")
        await stage.wait(10)
        assert (await call.recordings("Twilio.CURRENT").update_async(status="paused")).status == "paused"
        assert (await call.recordings(started.sid).update_async(status="in-progress")).status == "in-progress"
        await call.update_async(status="completed")
        await stage.over()
        await stage.wait(60)
        fetched = await client.recordings(started.sid).fetch_async()
        assert fetched.status == "completed"
        assert int(fetched.duration) >= 10
        assert [one.sid for one in await call.recordings.list_async()] == [started.sid]
        assert await fetch(stage, fetched.media_url) == b"RIFF"
        assert await client.recordings(started.sid).delete_async() is True
    assert stage.app.at("/recording")
    judge(stage.world.journal)


@staged
async def test_a_number_is_bought_and_rings_the_application(stage: Stage) -> None:
    new = "+14158675309"
    stage.app.answers["/front"] = "<Say>Front desk.</Say>"
    async with calling(stage) as client:
        number = await client.incoming_phone_numbers.create_async(phone_number=new, voice_url=f"{APP}/front")
        assert number.phone_number == new
        caller = Phone(stage.now, None)
        caller.take(stage.network.dial(ANNA, new, holder="anna").calling)
        await stage.wait(0.5)
        await stage.over()
        assert caller.words == ["Front desk."]
        (inbound,) = await client.calls.list_async(to=new)
        assert (inbound.direction, inbound.phone_number_sid) == ("inbound", number.sid)
        assert await number.delete_async() is True
    assert not stage.network.assigned(new)
    judge(stage.world.journal)


@staged
async def test_many_calls_are_listed_over_several_pages(stage: Stage) -> None:
    stage.phone(answers_after=0.1)
    async with calling(stage) as client:
        sids = [(await client.calls.create_async(to=ANNA, from_=OWN, twiml=pausing(1))).sid for _ in range(7)]
        await stage.over()
        assert [call.sid for call in await client.calls.list_async(page_size=3)] == sids[::-1]
        assert [call.sid for call in await client.calls.list_async(status="completed", page_size=2)] == sids[::-1]
    judge(stage.world.journal)


@pytest.mark.loopback
async def test_the_synchronous_client_on_loopback() -> None:
    clock = real_clock()
    surroundings = Surroundings(clock=clock, chance=Chance(1), journal=Journal(clock))
    answered = asyncio.Event()
    surroundings.journal.listen(lambda entry: answered.set() if entry.data.get("state") == "answered" else None)
    network = PhoneNetwork(surroundings)
    carrier = TwilioCarrier(surroundings, network)
    await carrier.start()
    carrier.own(OWN)
    network.connect(ANNA, "anna", Phone(lambda: 0.0, 0.0))
    async with TestServer(carrier.app()) as server:
        client = Client(carrier.account.sid, carrier.account.auth_token)
        client.api.base_url = str(server.make_url("")).rstrip("/")
        created = await called(client.calls.create, to=ANNA, from_=OWN, twiml=pausing(600))
        call = client.calls(created.sid)
        await answered.wait()
        assert (await called(call.fetch)).status == "in-progress"
        recording = await called(call.recordings.create)
        stopped = await called(call.recordings(recording.sid).update, status="stopped")
        assert stopped.status in {"stopped", "processing", "completed"}
        assert (await called(call.update, twiml=pausing(300))).status == "in-progress"
        assert (await called(call.update, status="completed")).status == "completed"
        assert [one.sid for one in await called(client.calls.list, status="completed")] == [created.sid]
        assert await called(call.delete) is True
        await carrier.stop()
    judge(surroundings.journal)
