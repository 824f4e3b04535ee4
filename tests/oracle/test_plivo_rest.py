"""Plivo's own synchronous client against the whole emulator on loopback: every endpoint, refusals included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import plivo
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from plivo import plivoxml
from plivo.exceptions import (
    AuthenticationError,
    ForbiddenError,
    GeoPermissionError,
    InvalidRequestError,
    PlivoRestError,
    PlivoServerError,
    ResourceNotFoundError,
    ValidationError,
)

from tests.tools.plivo_client import API, Office, called, on_loopback, refusal
from tests.tools.twilio_world import ANNA, OWN
from voicecall_sim.carriers.emulator import NoInterference, Treatment

pytestmark = pytest.mark.loopback


@asynccontextmanager
async def application(body: str) -> AsyncIterator[str]:
    """An application that answers everything with this document: its URL."""

    async def handle(request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="text/xml")

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/answer"))


def waiting() -> str:
    """A document that waits."""
    response = plivoxml.ResponseElement()
    response.add(plivoxml.WaitElement(length=600))
    return str(response.to_string())


async def talking(office: Office, url: str) -> str:
    """A call that has been answered."""
    created = await called(office.client.calls.create, from_=OWN, to_=ANNA, answer_url=url)
    assert created.message == "call fired"
    await office.answered.wait()
    return str(created.request_uuid)


async def test_a_call_is_created_followed_and_hung_up() -> None:
    async with application(waiting()) as url, on_loopback() as office:
        calls = office.client.calls
        uuid = await talking(office, url)
        live = await called(office.client.live_calls.get, uuid)
        assert (live.call_status, live.to, live.direction) == ("in-progress", ANNA[1:], "outbound")
        assert (await called(office.client.live_calls.list_ids)).calls == [uuid]
        assert await called(calls.delete, uuid) is None
        record = await called(calls.get, uuid)
        assert (record.hangup_cause_name, record.hangup_source) == ("Normal Hangup", "API Request")
        assert [one.call_uuid for one in await called(calls.list)] == [uuid]
        assert "call not found" in await refusal(ResourceNotFoundError, calls.delete, uuid)


async def test_many_destinations_and_a_cancelled_one() -> None:
    async with application(waiting()) as url, on_loopback() as office:
        calls = office.client.calls
        created = await called(calls.create, from_=OWN, to_=f"{ANNA}<15550000000<15550000001", answer_url=url)
        assert (created.message, len(created.request_uuid)) == ("calls fired", 3)
        last = created.request_uuid[2]
        assert last in (await called(office.client.queued_calls.list_ids)).calls
        assert (await called(office.client.queued_calls.get, last)).call_status == "queued"
        assert await called(calls.cancel, last) is None
        assert (await called(calls.get, last)).hangup_cause_code == 1000


async def test_a_live_call_is_acted_upon() -> None:
    async with application(waiting()) as url, on_loopback() as office:
        calls = office.client.calls
        uuid = await talking(office, url)
        done: list[tuple[Callable[[], Awaitable[object]], str]] = [
            (lambda: called(calls.speak, uuid, "Hello."), "speak started"),
            (lambda: called(calls.play, uuid, url), "play started"),
            (lambda: called(calls.send_digits, uuid, "12"), "digits sent"),
            (lambda: called(calls.record, uuid, time_limit=30), "call recording started"),
            (lambda: called(calls.update, uuid, legs="aleg", aleg_url=url), "call transferred"),
        ]
        for act, message in done:
            assert (await act()).message == message  # type: ignore[attr-defined]
        for stop in (calls.stop_speaking, calls.stop_playing):
            assert await called(stop, uuid) is None
        spawned = await called(calls.stop_recording, uuid, url, "POST")
        assert spawned.message == "async api spawned"
        await asyncio.sleep(0.5)
        assert office.anna.keys == "12"
        (recording,) = await called(office.client.recordings.list)
        assert recording.call_uuid == uuid
        assert (await called(office.client.recordings.get, recording.recording_id)).recording_format == "mp3"
        assert await called(office.client.recordings.delete, recording.recording_id) is None


async def test_streams() -> None:
    async with application(waiting()) as url, on_loopback() as office:
        calls = office.client.calls
        uuid = await talking(office, url)
        address = url.replace("http:", "ws:")
        started = await called(calls.start_stream, uuid, address)
        assert started.message == "audio streaming started"
        assert (await called(calls.get_details_of_specific_stream, uuid, started.stream_id)).service_url == address
        assert len((await called(calls.get_all_streams, uuid)).objects) == 1
        assert "already active" in await refusal(ValidationError, calls.start_stream, uuid, address)
        assert await called(calls.delete_all_streams, uuid) is None


async def test_refusals_are_the_clients_exceptions() -> None:
    async with on_loopback() as office:
        client, calls = office.client, office.client.calls
        foreign = await refusal(ValidationError, calls.create, from_="+15559999999", to_=ANNA, answer_url=API)
        assert "not associated with your account" in foreign
        assert "not found" in await refusal(ResourceNotFoundError, calls.get, "nobody")
        for status, kind in ((409, InvalidRequestError), (422, InvalidRequestError), (500, PlivoServerError)):
            office.carrier.interference = Refusing(status)
            await refusal(kind, calls.get, "nobody")
        for status, kind in ((400, ValidationError), (403, ForbiddenError), (405, InvalidRequestError)):
            office.carrier.interference = Refusing(status)
            await refusal(kind, calls.get, "nobody")
        office.carrier.interference = Refusing(403)
        await refusal(GeoPermissionError, calls.create, from_=OWN, to_=ANNA, answer_url=API)
        office.carrier.interference = Refusing(429)
        await refusal(PlivoRestError, calls.get, "nobody")
        office.carrier.interference = NoInterference()
        stranger = plivo.RestClient(office.carrier.account.auth_id, "wrong")
        stranger.session.mount(API, client.session.get_adapter(API))
        await refusal(AuthenticationError, stranger.calls.get, "nobody")
        stranger.session.close()
        stranger.multipart_session.close()


async def test_an_application_is_made_shown_changed_and_deleted() -> None:
    async with on_loopback() as office:
        applications = office.client.applications
        made = await called(applications.create, app_name="front", answer_url="https://a.example/")
        assert (await called(applications.get, made.app_id)).app_name == "front"
        changed = await called(applications.update, made.app_id, answer_url="https://b.example/")
        assert changed.message == "changed"
        found = {one.app_id: one.answer_url for one in await called(applications.list)}
        assert found[made.app_id] == "https://b.example/"
        assert await called(applications.delete, made.app_id) is None


class Refusing(NoInterference):
    """Has every request refused with this status."""

    def __init__(self, status: int) -> None:
        self._status = status

    def rest(self, operation: str, details: object) -> Treatment:
        return Treatment(refuse=self._status)
