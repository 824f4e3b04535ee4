"""The application's life: what it starts, what it leaves behind, and what it says when it does not run."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sdk.gateway.stage import ANNA, Names, Wall, application, happens, running, settings
from voicecall_sdk import Call, Config, VoiceCall, VoiceCallError
from voicecall_sdk.errors import CallEnded, ConfigError, Misused, StoreFailed
from voicecall_sdk.values import Mode
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World


@in_world(host="app")
async def test_a_conversation(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as app:
        call = await app.call(ANNA, message="Hello.", mode="conversation")
        await happens(call.id, "answered")
        asking = asyncio.ensure_future(call.ask("Well?"))
        await world.settle()
        await happens(call.id, "speech", transcript="Yes.")
        assert await asking == "Yes."
        assert [each.id for each in app.calls()] == [call.id]
        await call.hang_up()
        assert app.calls() == []
        with pytest.raises(CallEnded):
            await call.say("Hello?")


def test_what_is_public() -> None:
    assert issubclass(VoiceCallError, Exception)
    assert Call.__module__ == "voicecall_sdk.engine.call"


USES: dict[str, Any] = {
    "call": lambda app: app.call(ANNA),
    "calls": lambda app: app.calls(),
    "live_records": lambda app: app.live_records(),
    "operations": lambda app: app.operations,
    "switchboard": lambda app: app.switchboard,
    "store": lambda app: app.store,
}


async def used(use: Callable[[VoiceCall], Any], app: VoiceCall) -> None:
    await use(app)


@pytest.mark.parametrize("use", USES)
@in_world(host="app")
async def test_what_does_not_run_says_so(world: World, tmp_path: Path, use: str) -> None:
    app = application(world, tmp_path)
    for _ in ("before", "after"):
        with pytest.raises(Misused, match="voicecall is not running"):
            await used(USES[use], app)
        await app.start()
        await app.stop()


@in_world(host="app")
async def test_it_starts_once_and_stops_as_often_as_wanted(world: World, tmp_path: Path) -> None:
    app = application(world, tmp_path)
    await app.stop()
    await app.start()
    with pytest.raises(Misused, match="already started"):
        await app.start()
    assert app.calls() == []  # the first start is as good as it was
    await app.stop()
    await app.stop()
    await app.start()
    await app.stop()


@pytest.mark.parametrize("mode", ["shout", "", "Notify", 5])
@in_world(host="app")
async def test_a_mode_is_one_of_two(world: World, tmp_path: Path, mode: Any) -> None:
    async with running(world, tmp_path) as app:
        with pytest.raises(Misused, match="mode must be notify or conversation, not"):
            await app.call(ANNA, mode=mode)
        assert (await app.call(ANNA, message="Hi.", mode=Mode.NOTIFY)).status().mode is Mode.NOTIFY


@in_world(host="app")
async def test_what_a_request_says_of_us_is_in_no_document(world: World, tmp_path: Path) -> None:
    """Callbacks go to the configured address, whoever believes whatever headers: it cannot be poisoned."""
    config = settings(
        tmp_path,
        provider="twilio",
        twilio={"accountSid": "AC1", "authToken": "t"},
        publicUrl="https://voice.example.com/voice/webhook",
        inboundPolicy="open",
        skipSignatureVerification=True,
        webhookSecurity={"trustForwardingHeaders": True},
    )
    form = {"CallSid": "CA1", "From": ANNA, "To": "+15550001234", "Direction": "inbound", "CallStatus": "ringing"}
    names = ("Host", "X-Forwarded-Host", "X-Original-Host", "Ngrok-Forwarded-Host", "Forwarded")
    headers = {**dict.fromkeys(names, "evil.example"), "X-Forwarded-Proto": "http", "X-Forwarded-Prefix": "/evil"}
    app = VoiceCall(config, clock=Wall(world), entropy=Names(), auto_response=False, env={})
    async with app, aiohttp.ClientSession() as session:
        url = "http://127.0.0.1:3334/voice/webhook?url=http://evil.example/"
        async with session.post(url, data=form, headers=headers) as reply:
            document = await reply.text()
    assert "https://voice.example.com/voice/webhook?callId=" in document
    assert "evil" not in document


# --- starts that fail -------------------------------------------------------------------------------------------


def files(directory: Path) -> Sequence[str]:
    return sorted(file.name for file in directory.iterdir())


@in_world(host="app")
async def test_a_port_that_is_taken_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    """The predecessor kept what it had opened, and its failure for ever."""
    taken = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 3334)
    app = application(world, tmp_path)
    for _ in range(2):
        with pytest.raises(OSError, match=r"port 3334 of 127\.0\.0\.1 is taken: "):
            await app.start()
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    taken.close()
    await app.start()
    assert await happens("c1", "ringing") == 200
    await app.stop()


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"provider": "twilio"}, "twilio.accountSid"),
        ({"provider": "twilio", "twilio": {"accountSid": "AC1", "authToken": "t"}}, "publicUrl"),
        ({"skipSignatureVerification": True, "serve": {"bind": "0.0.0.0"}}, "skipSignatureVerification"),
        ({"tunnel": {"provider": "tailscale-funnel"}, "tailscale": {"port": 80}}, "tailscale.port"),
        ({"maxDurationSeconds": -1}, "maxDurationSeconds"),
        ({"enabled": False}, "enabled"),
    ],
)
@in_world(host="app")
async def test_what_cannot_be_used_is_not_started(
    world: World, tmp_path: Path, more: dict[str, Any], path: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        await VoiceCall(settings(tmp_path, **more), env={}).start()
    assert path in [problem.path for problem in caught.value.problems]
    assert files(tmp_path) == []  # nothing was opened


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3334/x", "https://10.0.0.7/x", "https://localhost/x", "https://[fd00::1]/x"]
)
@in_world(host="app")
async def test_an_address_that_no_carrier_reaches_is_refused(world: World, tmp_path: Path, url: str) -> None:
    config = settings(tmp_path, provider="twilio", twilio={"accountSid": "AC1", "authToken": "t"}, publicUrl=url)
    with pytest.raises(ConfigError, match="publicUrl"):
        await VoiceCall(config, env={}).start()


@in_world(host="app")
async def test_a_store_that_cannot_be_opened_is_told_and_tried_again(world: World, tmp_path: Path) -> None:
    directory = tmp_path / "store"
    directory.write_text("in the way")
    app = application(world, directory)
    with pytest.raises(StoreFailed):
        await app.start()
    directory.unlink()
    await app.start()
    await app.stop()


# --- what it does while it starts and stops ---------------------------------------------------------------------


@in_world(host="app")
async def test_calls_are_restored_before_it_listens(world: World, tmp_path: Path) -> None:
    """An early webhook must find its call: the predecessor listened first."""
    async with running(world, tmp_path) as app:
        call = await app.call(ANNA, message="Hello.")
        await happens(call.id, "answered")
    again = application(world, tmp_path)
    starting = asyncio.ensure_future(again.start())
    with pytest.raises(OSError, match=r"refused|connect"):
        await happens(call.id, "speech", transcript="Too early.")
    await starting
    assert [each.id for each in again.calls()] == [call.id]
    assert await happens(call.id, "speech", transcript="Hello?") == 200
    assert again.live_records()[0].transcript[-1].text == "Hello?"
    await again.stop()


@in_world(host="app")
async def test_a_stop_leaves_no_port_no_task_and_no_file_open(world: World, tmp_path: Path) -> None:
    async with running(world, tmp_path) as app:
        call = await app.call(ANNA, message="Hello.")
        await happens(call.id, "answered")
    await asyncio.sleep(1)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    with pytest.raises(OSError, match=r"refused|connect"):
        await happens(call.id, "ended")
    assert [name for name in files(tmp_path) if name.endswith(("-wal", "-shm"))] == []  # the database was closed


@in_world(host="app")
async def test_what_deserves_a_word_gets_one(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(world, tmp_path, allowFrom=[ANNA]):
        pass
    said = [record.getMessage() for record in caplog.records if record.name == "voicecall_sdk.app"]
    assert said == [
        "configuration: allowFrom has no effect with inboundPolicy disabled.",
        "voicecall takes calls at http://127.0.0.1:3334/voice/webhook",
    ]


def test_a_configuration_may_be_a_file_a_mapping_or_none(tmp_path: Path) -> None:
    file = tmp_path / "voicecall.json5"
    file.write_text(json.dumps(settings(tmp_path)))
    for given in (file, str(file), settings(tmp_path), Config.load(settings(tmp_path), env={})):
        app = VoiceCall(given, env={}, auto_response=False)
        assert app.config.from_number == "+15550001234"
        assert app.default_to is None
    assert VoiceCall(None, env={}, auto_response=False).config.carrier == "mock"


def test_making_one_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    VoiceCall(settings(tmp_path), env={}, auto_response=False)
    assert files(tmp_path) == []


@in_world(host="app")
async def test_the_environment_given_is_the_one_that_counts(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "of another")
    config = settings(tmp_path, provider="twilio", publicUrl="https://voice.example.com/x")
    app = VoiceCall(config, env={"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "mine"}, auto_response=False)
    assert app.config.credentials["authToken"] == "mine"
    blank = VoiceCall(
        config, env={"TWILIO_ACCOUNT_SID": " ", "TWILIO_AUTH_TOKEN": ""}, clock=Wall(world), entropy=Names()
    )
    with pytest.raises(ConfigError, match=r"twilio\.accountSid.*twilio\.authToken"):
        await blank.start()
