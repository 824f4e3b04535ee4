"""The plugin in a Gateway: what it registers, and when the application behind it starts, fails, stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.gateway.stage import ANNA, NUMBER, Gateway, Names, Wall, application, settings
from voicecall_sdk.app import VoiceCall
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.gateway.methods import METHODS
from voicecall_sdk.gateway.plugin import Plugin, register
from voicecall_sdk.gateway.protocol import MethodError, Scope
from voicecall_sdk.gateway.tool import parameters
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World


def test_what_is_registered() -> None:
    """Registering starts nothing, not even with a configuration that cannot be used."""
    gateway = Gateway()
    plugin = register(gateway, {"provider": "nobody", "nonsense": True})
    assert gateway.scopes == {name: scope for name, (_, scope) in METHODS.items()}
    assert set(gateway.services) == {"voicecall"}
    (tool,) = gateway.tools.values()
    assert (tool.name, tool.label, tool.parameters) == ("voice_call", "Voice Call", parameters())
    assert plugin.app is None


def test_scopes_are_those_of_the_gateway() -> None:
    assert {scope.value for scope in Scope} == {"operator.read", "operator.write"}


class Made:
    """What a plugin makes: applications that may fail to start or to stop, once each."""

    def __init__(self, world: World, directory: Path) -> None:
        self.apps: list[VoiceCall] = []
        self.fail_to_start: list[Exception] = []
        self.fail_to_stop: list[Exception] = []
        self._make: Callable[[], VoiceCall] = lambda: application(world, directory)

    def __call__(self) -> VoiceCall:
        app = self._make()
        self.apps.append(app)
        start, stop = app.start, app.stop

        async def starts() -> None:
            await asyncio.sleep(1)
            if self.fail_to_start:
                raise self.fail_to_start.pop()
            await start()

        async def stops() -> None:
            await stop()
            if self.fail_to_stop:
                raise self.fail_to_stop.pop()

        app.start, app.stop = starts, stops  # type: ignore[method-assign]
        return app


def plugged(world: World, directory: Path) -> tuple[Gateway, Plugin, Made]:
    made = Made(world, directory)
    plugin, gateway = Plugin(made), Gateway()
    plugin.register(gateway)
    return gateway, plugin, made


@in_world(host="app")
async def test_the_service_starts_and_stops_it(world: World, tmp_path: Path) -> None:
    gateway, plugin, made = plugged(world, tmp_path)
    service = gateway.services["voicecall"]
    await service.start()
    assert plugin.app is made.apps[0]
    assert await gateway.methods["voicecall.status"]({}) == {"found": True, "calls": []}
    await service.stop()
    assert plugin.app is None
    await service.stop()
    with pytest.raises(MethodError, match="Voice Call is stopped"):
        await gateway.methods["voicecall.status"]({})
    await service.start()
    assert await gateway.methods["voicecall.status"]({}) == {"found": True, "calls": []}
    assert len(made.apps) == 2
    await service.stop()


@in_world(host="app")
async def test_however_many_ask_it_starts_once(world: World, tmp_path: Path) -> None:
    gateway, plugin, made = plugged(world, tmp_path)
    status, tool = gateway.methods["voicecall.status"], gateway.tools["voice_call"]
    asked = [
        *(status({}) for _ in range(5)),
        tool.run({"mode": "status", "sid": "c1"}),
        gateway.services["voicecall"].start(),
    ]
    answers = await asyncio.gather(*asked)
    assert answers[:5] == [{"found": True, "calls": []}] * 5
    assert len(made.apps) == 1
    await plugin.stop()


@pytest.mark.parametrize("failure", [StoreFailed("the disk is full"), OSError(98, "address already in use")])
@in_world(host="app")
async def test_a_start_that_failed_is_told_and_tried_again(world: World, tmp_path: Path, failure: Exception) -> None:
    """The predecessor kept the failure until the Gateway was restarted."""
    gateway, plugin, made = plugged(world, tmp_path)
    made.fail_to_start = [failure] * 3
    with pytest.raises(MethodError, match=r"full|in use") as caught:
        await gateway.methods["voicecall.status"]({})
    assert caught.value.code.value == "UNAVAILABLE"
    answer = await gateway.tools["voice_call"].run({"action": "initiate_call", "message": "Hello.", "to": ANNA})
    assert answer["details"] == {"error": str(failure)}
    with pytest.raises(MethodError):
        await gateway.services["voicecall"].start()
    assert await gateway.methods["voicecall.status"]({}) == {"found": True, "calls": []}
    assert len(made.apps) == 4
    await plugin.stop()


@in_world(host="app")
async def test_who_gave_up_waiting_does_not_spoil_it_for_others(world: World, tmp_path: Path) -> None:
    gateway, plugin, made = plugged(world, tmp_path)
    impatient = asyncio.ensure_future(gateway.methods["voicecall.status"]({}))
    patient = asyncio.ensure_future(gateway.methods["voicecall.status"]({}))
    await asyncio.sleep(0.5)
    impatient.cancel()
    assert await patient == {"found": True, "calls": []}
    assert len(made.apps) == 2
    await plugin.stop()


@in_world(host="app")
async def test_a_stop_waits_for_a_start(world: World, tmp_path: Path) -> None:
    gateway, plugin, made = plugged(world, tmp_path)
    starting = asyncio.ensure_future(gateway.methods["voicecall.status"]({}))
    await asyncio.sleep(0.5)
    await plugin.stop()
    assert await starting == {"found": True, "calls": []}
    assert plugin.app is None
    async with application(world, tmp_path):  # port and store are free again
        pass
    assert len(made.apps) == 1


@in_world(host="app")
async def test_a_stop_that_fails_leaves_nothing_behind(world: World, tmp_path: Path) -> None:
    gateway, plugin, made = plugged(world, tmp_path)
    methods = await plugin.methods()
    call = await gateway.methods["voicecall.start"]({"to": ANNA})
    await gateway.methods["voicecall.continue.start"]({"callId": call["callId"], "message": "Well?"})
    made.fail_to_stop = [RuntimeError("no")]
    with pytest.raises(RuntimeError):
        await plugin.stop()
    assert plugin.app is None
    assert not methods._pending
    await plugin.stop()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"enabled": False}, "Voice call disabled. Enable the plugin entry in config."),
    ({"provider": "nobody"}, "provider"),
    ({"fromNumber": "5550001234"}, "fromNumber"),
    ({"nonsense": True}, "nonsense"),
    ({"maxConcurrentCalls": 0}, "maxConcurrentCalls"),
    ({"tunnel": {"provider": "tailscale-funnel"}, "tailscale": {"port": 80}}, "tailscale.port"),
]


@pytest.mark.parametrize(("more", "named"), WRONG)
@in_world(host="app")
async def test_what_is_wrong_with_the_configuration_is_told_to_whoever_asks(
    world: World, tmp_path: Path, more: dict[str, Any], named: str
) -> None:
    gateway = Gateway()
    config = settings(tmp_path, **more)
    register(gateway, config, clock=Wall(world), entropy=Names(), auto_response=False, env={})
    with pytest.raises(MethodError, match=r"Voice call disabled|Invalid voice-call config: ") as caught:
        await gateway.methods["voicecall.initiate"]({"message": "Hello.", "to": ANNA})
    assert named in str(caught.value)
    answer = await gateway.tools["voice_call"].run({"to": ANNA})
    assert answer["details"] == {"error": str(caught.value)}


@in_world(host="app")
async def test_a_configuration_with_its_secret_in_the_wrong_place_does_not_tell_it(
    world: World, tmp_path: Path
) -> None:
    secret = "sesame-7391-sesame-7391"
    gateway = Gateway()
    config = {
        "provider": "twilio",
        "twilio": {"accountSid": 5, "authToken": secret, "authTokn": secret},
        "store": str(tmp_path),
    }
    register(gateway, {**config, "fromNumber": NUMBER, "publicUrl": "http://127.0.0.1/"}, env={})
    with pytest.raises(MethodError) as caught:
        await gateway.methods["voicecall.status"]({})
    assert "twilio" in str(caught.value)
    assert secret not in str(caught.value)
