"""Every method of the vendor's client that is about calls is driven, or said not to be, with a reason."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from plivo.exceptions import InvalidRequestError, ResourceNotFoundError

from tests.tools.plivo_client import Office, called, on_loopback, refusal
from tests.tools.twilio_world import OWN
from voicecall_sim.telephony.line import End

pytestmark = pytest.mark.loopback

CROWD = "+15557770000"
RESOURCES = ("calls", "live_calls", "queued_calls", "conferences", "recordings", "applications", "numbers")
NOT_EMULATED: Mapping[str, str] = {
    "numbers.buy": "numbers are the scenario's, not bought",
    "numbers.create": "numbers are the scenario's, not bought",
    "numbers.search": "numbers are the scenario's, not bought",
    "numbers.delete": "numbers are the scenario's, not given up",
    "numbers.get": "only a number's application matters to calls",
    "numbers.list": "only a number's application matters to calls",
}
"""What the client has and the emulator refuses, by method; the whole of `multi_party_calls`, too."""


def methods_of(resource: object, name: str) -> set[str]:
    """The public methods of a resource."""
    return {f"{name}.{one}" for one, _ in inspect.getmembers(resource, inspect.ismethod) if not one.startswith("_")}


@dataclass
class Watched:
    """The client, called from a test's loop; `driven` has the methods that were called."""

    client: Any
    driven: set[str] = field(default_factory=set)

    async def __call__(self, method: str, *args: Any, **kwargs: Any) -> Any:
        resource, _, name = method.partition(".")
        self.driven.add(method)
        return await called(getattr(getattr(self.client, resource), name), *args, **kwargs)


@asynccontextmanager
async def application() -> AsyncIterator[str]:
    """An application that waits, or at `/room` has each call in a conference named by its identifier: its URL."""

    async def handle(request: web.Request) -> web.Response:
        uuid = str((await request.post()).get("CallUUID", ""))
        inner = f"<Conference>{uuid}</Conference>" if request.path == "/room" else '<Wait length="600"/>'
        return web.Response(text=f"<Response>{inner}</Response>", content_type="text/xml")

    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


async def placed(do: Watched, office: Office, count: int, url: str) -> list[str]:
    """So many calls at once."""
    office.carrier.account.terms.cps = 100
    created = await do("calls.create", from_=OWN, to_="<".join([CROWD] * count), answer_url=url)
    return list(created.request_uuid) if count > 1 else [created.request_uuid]


class Crowd:
    """A number at which everybody who calls is answered at once."""

    def offered(self, end: End) -> None:
        end.answer()


async def until(done: Callable[[], bool]) -> None:
    """Look for ten seconds whether something is so."""
    for _ in range(500):
        if done():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def drive_calls(do: Watched, call: str, other: str, url: str) -> None:
    """All methods about calls."""
    assert (await do("live_calls.get", call)).call_uuid == call
    assert (await do("calls.live_call_get", call)).call_uuid == call
    assert call in (await do("live_calls.list_ids")).calls
    assert call in (await do("calls.live_call_list_ids")).calls
    for method, given, stop in (
        ("speak", ("Hello.",), "speak_stop"),
        ("start_speaking", ("Hello.",), "stop_speaking"),
        ("play", (url,), "play_stop"),
        ("start_playing", (url,), "stop_playing"),
    ):
        assert (await do(f"calls.{method}", call, *given)).message.endswith("started")
        assert await do(f"calls.{stop}", call) is None
    for method, stop, more in (("record", "record_stop", ()), ("start_recording", "stop_recording", (url, "POST"))):
        assert (await do(f"calls.{method}", call)).message == "call recording started"
        assert (await do(f"calls.{stop}", call, *more) is None) == (not more)
    assert (await do("calls.send_digits", call, "1")).message == "digits sent"
    for method in ("update", "transfer"):
        assert (await do(f"calls.{method}", call, legs="aleg", aleg_url=url)).message == "call transferred"
    socket = url.replace("http:", "ws:")
    first = await do("calls.start_stream", call, socket)
    assert (await do("calls.get_details_of_specific_stream", call, first.stream_id)).stream_id == first.stream_id
    assert len((await do("calls.get_all_streams", call)).objects) == 1
    assert await do("calls.delete_specific_stream", call, first.stream_id) is None
    await do("calls.start_stream", call, socket)
    assert await do("calls.delete_all_streams", call) is None
    assert await do("calls.delete", call) is None
    assert await do("calls.hangup", other) is None
    assert (await do("calls.get", call)).hangup_source == "API Request"
    assert {one.call_uuid for one in await do("calls.list")} >= {call, other}


async def drive_queued(do: Watched, office: Office, url: str) -> None:
    """Calls over the limit a second."""
    office.carrier.account.terms.cps = 1
    uuids = (await do("calls.create", from_=OWN, to_="<".join([CROWD] * 3), answer_url=url)).request_uuid
    assert (await do("queued_calls.get", uuids[2])).call_status == "queued"
    assert (await do("calls.queued_call_get", uuids[2])).call_status == "queued"
    assert uuids[2] in (await do("queued_calls.list_ids")).calls
    assert uuids[2] in (await do("calls.queued_call_list_ids")).calls
    assert await do("calls.cancel", uuids[2]) is None


async def drive_conferences(do: Watched, rooms: list[str], url: str) -> None:
    """All methods about conferences: each room has one member, number 1."""
    first = rooms[0]
    assert set((await do("conferences.list")).conferences) == set(rooms)
    assert (await do("conferences.get", first)).conference_member_count == "1"
    for method, stop, given in (
        ("mute", "mute_stop", ()),
        ("deaf", "deaf_stop", ()),
        ("speak", "speak_stop", ("Hello.",)),
        ("play", "play_stop", (url,)),
    ):
        assert (await do(f"conferences.member_{method}", first, "1", *given)).member_id == ["1"]
        assert (await do(f"conferences.member_{stop}", first, "1")).member_id == ["1"]
    assert (await do("conferences.record", first)).message == "conference recording started"
    assert await do("conferences.record_stop", first) is None
    assert (await do("conferences.member_kick", rooms[0], "1")).message == "kicked"
    assert (await do("conferences.member_hangup", rooms[1], "1")).message == "hangup"
    assert (await do("conferences.delete", rooms[2])).message == "conference hung up"
    assert (await do("conferences.hangup", rooms[3])).message == "conference hung up"
    assert (await do("conferences.delete_all")).message == "all conferences hung up"
    assert (await do("conferences.hangup_all")).message == "all conferences hung up"


async def drive_others(do: Watched, url: str) -> None:
    """Recordings, applications, a number."""
    found = [one.recording_id for one in await do("recordings.list")]
    assert len(found) == 3
    assert (await do("recordings.get", found[0])).recording_id == found[0]
    assert await do("recordings.delete", found[0]) is None
    made = await do("applications.create", app_name="front", answer_url=url)
    assert (await do("applications.get", made.app_id)).app_name == "front"
    assert (await do("applications.update", made.app_id, answer_url=url)).message == "changed"
    assert (await do("numbers.update", OWN[1:], app_id=made.app_id)).message == "changed"
    assert made.app_id in {one.app_id for one in await do("applications.list")}
    assert await do("applications.delete", made.app_id) is None


async def test_every_method_about_calls_is_driven_or_said_not_to_be() -> None:
    async with application() as url, on_loopback() as office:
        office.carrier.plant.network.connect(CROWD, "crowd", Crowd())
        do = Watched(office.client)
        rooms = await placed(do, office, 5, f"{url}/room")
        talking = await placed(do, office, 2, f"{url}/answer")
        calls, members = office.carrier.account.calls, office.carrier.plant.rooms
        await until(lambda: len(members) == len(rooms) and all(calls[one].answered for one in talking))
        await drive_calls(do, talking[0], talking[1], url)
        await drive_conferences(do, rooms, url)
        await drive_others(do, url)
        await drive_queued(do, office, url)
        every = set[str]().union(*(methods_of(getattr(office.client, name), name) for name in RESOURCES))
        assert do.driven | set(NOT_EMULATED) == every
        assert not do.driven & set(NOT_EMULATED)
        assert "not allowed" in await refusal(InvalidRequestError, office.client.numbers.get, OWN[1:])
        parties = office.client.multi_party_calls
        assert "not found" in await refusal(ResourceNotFoundError, parties.get, friendly_name="standup")
