"""Recordings: start, steer, fetch, list, delete, and their sound."""

from __future__ import annotations

import io
import itertools
import wave
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from tests.tools.twilio_api import Api, serving
from voicecall_sim.carriers.twilio.account import Callback, RecordingResource, RecordingWish
from voicecall_sim.carriers.twilio.states import RECORDING_STEPS, CallStatus
from voicecall_sim.world.clock import SECOND

pytestmark = pytest.mark.loopback

TALK = (CallStatus.RINGING, CallStatus.IN_PROGRESS)
STATUSES = ("in-progress", "paused", "stopped", "processing", "completed", "absent")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


async def recorded(api: Api, call: str | None = None, **wish: str) -> RecordingResource:
    """A recording that is over, 2 s long."""
    call = call or await api.new_call(*TALK)
    reply = await api.ask("POST", f"/Calls/{call}/Recordings.json", wish)
    assert reply.status == 201, reply.json
    recording = api.account.recordings[reply.json["sid"]]
    recording.status, recording.duration = "completed", 2
    return recording


async def test_starting(api: Api) -> None:
    call = await api.new_call(*TALK)
    form = {
        "RecordingStatusCallback": "https://app.example/r",
        "RecordingStatusCallbackEvent": "in-progress completed",
        "RecordingChannels": "dual",
    }
    reply = await api.ask("POST", f"/Calls/{call}/Recordings.json", form)
    assert reply.status == 201
    assert reply.json["status"] == "in-progress"
    assert (reply.json["channels"], reply.json["track"], reply.json["duration"]) == (2, "both", None)
    wish = RecordingWish(
        channels="dual",
        callback=Callback(url="https://app.example/r"),
        events=("in-progress", "completed"),
        source="StartCallRecordingAPI",
    )
    assert api.exchange.commands[-1] == ("record", call, wish)


@pytest.mark.parametrize("statuses", [(), TALK[:1], (*TALK, CallStatus.COMPLETED), (CallStatus.BUSY,)])
async def test_only_calls_in_progress_are_recorded(api: Api, statuses: tuple[CallStatus, ...]) -> None:
    call = await api.new_call(*statuses)
    reply = await api.ask("POST", f"/Calls/{call}/Recordings.json")
    assert (reply.code, reply.json["message"]) == (21220, "Requested resource is not eligible for recording")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"RecordingChannels": "3"}, 20001),
        ({"RecordingStatusCallback": "x"}, 21205),
        ({"RecordingStatusCallbackMethod": "x"}, 21209),
    ],
)
async def test_bad_wishes(api: Api, form: dict[str, str], code: int) -> None:
    call = await api.new_call(*TALK)
    assert (await api.ask("POST", f"/Calls/{call}/Recordings.json", form)).code == code


@pytest.mark.parametrize(
    ("before", "after"), list(itertools.product(STATUSES, ["in-progress", "paused", "stopped", "completed", ""]))
)
async def test_steering_over_the_whole_product(api: Api, before: str, after: str) -> None:
    recording = await recorded(api)
    recording.status = before
    api.exchange.commands.clear()
    path = f"/Calls/{recording.call_sid}/Recordings/{recording.sid}.json"
    reply = await api.ask("POST", path, {"Status": after})
    if after in {"completed", ""}:
        assert reply.code == 20001
    elif (before, after) in RECORDING_STEPS:
        assert (reply.status, reply.json["status"]) == (200, after)
        assert api.exchange.commands == [("steer", recording.sid, after, "silence")]
    else:
        assert reply.code == 21220


async def test_the_current_recording(api: Api) -> None:
    call = await api.new_call(*TALK)
    path = f"/Calls/{call}/Recordings/Twilio.CURRENT.json"
    assert (await api.ask("POST", path, {"Status": "paused"})).code == 20404
    one = await recorded(api, call)
    assert (await api.ask("POST", path, {"Status": "paused"})).code == 20404
    one.status = "in-progress"
    reply = await api.ask("POST", path, {"Status": "paused", "PauseBehavior": "skip"})
    assert reply.json["sid"] == one.sid
    assert api.exchange.commands[-1] == ("steer", one.sid, "paused", "skip")
    other = await recorded(api, call)
    other.status = "in-progress"
    assert (await api.ask("POST", path, {"Status": "stopped"})).code == 16108


async def test_fetching_from_both_places(api: Api) -> None:
    recording = await recorded(api)
    of_account = (await api.ask("GET", f"/Recordings/{recording.sid}.json")).json
    of_call = (await api.ask("GET", f"/Calls/{recording.call_sid}/Recordings/{recording.sid}.json")).json
    assert of_account["duration"] == of_call["duration"] == "2"
    base = f"/2010-04-01/Accounts/{api.account.sid}"
    assert of_account["media_url"] == f"https://api.twilio.com{base}/Recordings/{recording.sid}"
    assert of_call["uri"] == f"{base}/Calls/{recording.call_sid}/Recordings/{recording.sid}.json"
    other = await api.new_call()
    assert (await api.ask("GET", f"/Calls/{other}/Recordings/{recording.sid}.json")).code == 20404
    assert (await api.ask("GET", f"/Recordings/RE{'0' * 32}.json")).code == 20404


async def sids(api: Api, path: str) -> list[str]:
    """The identifiers in a list."""
    return [one["sid"] for one in (await api.ask("GET", path)).json["recordings"]]


async def test_lists_and_filters(api: Api) -> None:
    clock: Any = api.surroundings.clock
    first = await recorded(api)
    clock.micros = 86_400 * SECOND
    second = await recorded(api)
    assert await sids(api, "/Recordings.json") == [second.sid, first.sid]
    assert await sids(api, f"/Recordings.json?CallSid={first.call_sid}") == [first.sid]
    assert await sids(api, "/Recordings.json?DateCreated=2026-01-05") == [first.sid]
    assert await sids(api, "/Recordings.json?DateCreated%3E=2026-01-06") == [second.sid]
    assert await sids(api, f"/Recordings.json?ConferenceSid=CF{'0' * 32}") == []
    assert await sids(api, f"/Calls/{first.call_sid}/Recordings.json") == [first.sid]
    assert (await api.ask("GET", "/Recordings.json?DateCreated=x")).code == 20001
    assert (await api.ask("GET", "/Recordings.json?IncludeSoftDeleted=1")).code == 20001


@pytest.mark.parametrize("of_call", [False, True])
async def test_deleted_recordings_are_kept_for_forty_days(api: Api, of_call: bool) -> None:
    clock: Any = api.surroundings.clock
    recording = await recorded(api)
    path = f"/Recordings/{recording.sid}.json"
    place = f"/Calls/{recording.call_sid}{path}" if of_call else path
    assert (await api.ask("DELETE", place)).status == 204
    assert (await api.ask("DELETE", place)).code == 20404
    assert (await api.ask("GET", path)).code == 20404
    assert await sids(api, "/Recordings.json") == []
    assert (await api.ask("GET", f"{path}?IncludeSoftDeleted=true")).json["status"] == "deleted"
    assert await sids(api, "/Recordings.json?IncludeSoftDeleted=true") == [recording.sid]
    clock.micros = 40 * 86_400 * SECOND
    assert (await api.ask("GET", f"{path}?IncludeSoftDeleted=true")).code == 20404


async def test_a_recording_that_runs_cannot_be_deleted(api: Api) -> None:
    recording = await recorded(api)
    recording.status = "in-progress"
    assert (await api.ask("DELETE", f"/Recordings/{recording.sid}.json")).code == 20009


def sound(body: bytes) -> tuple[int, list[int]]:
    """Channels and samples of a WAV file."""
    with wave.open(io.BytesIO(body)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        return file.getnchannels(), np.frombuffer(file.readframes(file.getnframes()), "<i2").tolist()


@pytest.mark.parametrize("ending", ["", ".wav"])
async def test_the_sound_is_a_wav_file(api: Api, ending: str) -> None:
    recording = await recorded(api)
    reply = await api.ask("GET", f"/Recordings/{recording.sid}{ending}")
    assert reply.headers["Content-Type"] == "audio/x-wav"
    assert sound(reply.body) == (1, [0] * 16_000)


async def test_two_channels_on_demand(api: Api) -> None:
    recording = await recorded(api, RecordingChannels="dual")
    recording.audio = np.array([100, 300, -100, 100], "<i2").tobytes()
    path = f"/Recordings/{recording.sid}.wav"
    assert sound((await api.ask("GET", path)).body) == (1, [200, 0])
    assert sound((await api.ask("GET", f"{path}?RequestedChannels=2")).body) == (2, [100, 300, -100, 100])
    assert (await api.ask("GET", f"{path}?RequestedChannels=3")).code == 20001
    recording.channels = 1
    assert sound((await api.ask("GET", f"{path}?RequestedChannels=2")).body)[0] == 1


@pytest.mark.parametrize("status", ["in-progress", "processing", "absent"])
async def test_sound_that_is_not_there(api: Api, status: str) -> None:
    recording = await recorded(api)
    recording.status = status
    assert (await api.ask("GET", f"/Recordings/{recording.sid}")).code == 20404


async def test_who_may_hear(api: Api) -> None:
    recording = await recorded(api)
    assert (await api.ask("GET", f"/Recordings/{recording.sid}.wav", user="")).code == 20003
    api.account.terms.protected_media = False
    assert (await api.ask("GET", f"/Recordings/{recording.sid}.wav", user="")).status == 200
    assert (await api.ask("GET", f"/Recordings/{recording.sid}.json", user="")).code == 20003
