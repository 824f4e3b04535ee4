"""The official client, asynchronous and unmodified, drives the emulator in the world; its models judge the answers."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import telnyx

from tests.tools.telnyx_world import ANNA, APP, BOB, OWN, Stage, staged
from voicecall_sim.carriers.telnyx.commands import COMMANDS
from voicecall_sim.sound.sound import Wordless
from voicecall_sim.world.clock import SECOND


@pytest.fixture(autouse=True)
def _no_keys_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("TELNYX_")]:
        monkeypatch.delenv(name)
    return iter(())


@asynccontextmanager
async def calling(stage: Stage, **more: Any) -> AsyncIterator[Any]:
    """The client with its usual address."""
    client = telnyx.AsyncTelnyx(api_key=stage.account.api_key, max_retries=0, _strict_response_validation=True, **more)
    async with client:
        yield client


async def dialled(stage: Stage, client: Any, **more: Any) -> str:
    """The id of a call placed through the client."""
    got = await client.calls.dial(connection_id=stage.account.application.id, from_=OWN, to=ANNA, **more)
    assert got.data.is_alive is False
    assert got.data.record_type == "call"
    return str(got.data.call_control_id)


VOICE = "AWS.Polly.Joanna"
URL = f"{APP}/a.mp3"
ON_A_CALL: dict[str, dict[str, Any]] = {
    "speak": {"payload": "Hello.", "voice": VOICE},
    "start_playback": {"media_name": "music"},
    "stop_playback": {},
    "gather": {"maximum_digits": 3},
    "stop_gather": {},
    "gather_using_speak": {"payload": "Number?", "voice": VOICE, "invalid_payload": "No."},
    "gather_using_audio": {"audio_url": URL},
    "start_transcription": {"transcription_engine": "Google"},
    "stop_transcription": {},
    "start_recording": {"format": "wav", "channels": "dual"},
    "pause_recording": {},
    "resume_recording": {},
    "stop_recording": {},
    "start_streaming": {"stream_url": "wss://app.example/ws", "stream_bidirectional_mode": "rtp"},
    "send_dtmf": {"digits": "12#"},
    "update_client_state": {"client_state": base64.b64encode(b"hi").decode()},
    "enqueue": {"queue_name": "support"},
    "leave_queue": {},
    "transfer": {"to": BOB},
    "hangup": {},
}


@staged
async def test_every_command_is_taken(stage: Stage) -> None:
    stage.phone()
    stage.phone(BOB, "bob")
    stage.account.media["music"] = Wordless("music", SECOND)
    async with calling(stage) as client:
        call = await dialled(stage, client, client_state="aGk=", command_id="1")
        await stage.wait(5)
        status = await client.calls.retrieve_status(call)
        assert (status.data.is_alive, status.data.client_state) == (True, "aGk=")
        for method, given in ON_A_CALL.items():
            got = await getattr(client.calls.actions, method)(call, **given)
            assert got.data.result == "ok", method
            await stage.wait(0.5)
        await stage.over()
        assert (await client.calls.retrieve_status(call)).data.is_alive is False
        recordings = await client.recordings.list()
        assert recordings.data[0].download_urls.wav
        assert (await client.recordings.retrieve(recordings.data[0].id)).data.duration_millis > 0


@staged
async def test_inbound_answer_bridge_refer_and_reject(stage: Stage) -> None:
    stage.phone(BOB, "bob")
    async with calling(stage) as client:
        leg, _ = await stage.called()
        answered = await client.calls.actions.answer(leg.id, record="record-from-answer")
        assert answered.data.recording_id
        other = await client.calls.dial(connection_id=stage.account.application.id, from_=OWN, to=BOB, link_to=leg.id)
        await stage.wait(4)
        got = await client.calls.actions.bridge(leg.id, call_control_id_to_bridge_with=other.data.call_control_id)
        assert got.data.result == "ok"
        assert leg.peer is not None
        await client.calls.actions.refer(leg.id, sip_address="sip:nobody@sip.example")
        await client.calls.actions.hangup(leg.id)
        await stage.over()
        third, _ = await stage.called()
        assert (await client.calls.actions.reject(third.id, cause="USER_BUSY")).data.result == "ok"
        app = await client.call_control_applications.retrieve(stage.account.application.id)
        assert [one.id for one in (await client.call_control_applications.list()).data] == [app.data.id]
        assert app.data.id == stage.account.application.id


Act = Callable[[Any, str], Any]
REFUSALS: list[tuple[str, Act, type[Exception], int, str]] = [
    ("ended", lambda c, call: c.calls.actions.hangup(call), telnyx.UnprocessableEntityError, 422, "90018"),
    ("unknown", lambda c, call: c.calls.actions.hangup("v3:none"), telnyx.UnprocessableEntityError, 422, "90015"),
    (
        "number",
        lambda c, call: c.calls.dial(connection_id="1", from_=OWN, to="0"),
        telnyx.UnprocessableEntityError,
        422,
        "10016",
    ),
    ("recording", lambda c, call: c.recordings.retrieve("none"), telnyx.NotFoundError, 404, "10005"),
]


@pytest.mark.parametrize(("why", "ask", "error", "status", "code"), REFUSALS, ids=[row[0] for row in REFUSALS])
@staged
async def test_refusals_are_the_client_s_errors(
    stage: Stage, why: str, ask: Act, error: type[Exception], status: int, code: str
) -> None:
    async with calling(stage) as client:
        call = await dialled(stage, client)
        await stage.over()
        with pytest.raises(error) as caught:
            await ask(client, call)
    assert caught.value.status_code == status  # type: ignore[attr-defined]
    assert caught.value.body["errors"][0]["code"] == code  # type: ignore[attr-defined]


@staged
async def test_a_wrong_key_and_too_many_requests(stage: Stage) -> None:
    async with telnyx.AsyncTelnyx(api_key="KEYwrong", max_retries=0) as client:
        with pytest.raises(telnyx.AuthenticationError):
            await client.recordings.list()
    stage.account.terms.requests = 0
    async with calling(stage) as client:
        with pytest.raises(telnyx.RateLimitError) as caught:
            await client.recordings.list()
    assert caught.value.body["errors"][0]["code"] == "10011"  # type: ignore[index]


@staged
async def test_the_base_url_may_be_another_one(stage: Stage) -> None:
    async with calling(stage, base_url="http://app.example/v2") as client:
        with pytest.raises(telnyx.APIError):
            await client.recordings.list()
    assert COMMANDS
