"""The service behind its tunnel: what carriers are told, what is believed, what is left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.sdk.gateway.stage import ANNA, Names, Wall, settings
from tests.sdk.server.door import RINGING, sign
from tests.sdk.tunnels.stage import TOKEN, Agent, Commands, started
from tests.sdk.tunnels.test_tailscale import FINE
from voicecall_sdk import VoiceCall
from voicecall_sdk.config import Config
from voicecall_sdk.errors import TunnelFailed
from voicecall_sdk.tunnels.tunnel import Mount
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

SECRET = "sesame-7391-sesame-7391-sesame-7"
FIRST, SECOND = "https://abc.ngrok-free.app/voice/webhook", "https://def.ngrok-free.app/voice/webhook"
ENV = {"PATH": "/usr/bin", "OPENAI_API_KEY": "sk-7"}
BY_NGROK = {"tunnel": {"provider": "ngrok", "ngrokAuthToken": TOKEN}}


def service(world: World, directory: Path, **more: Any) -> VoiceCall:
    """A service that has no public address but a tunnel's."""
    account = {"accountSid": "AC1", "authToken": SECRET}
    config = settings(directory, **{"provider": "twilio", "twilio": account, "inboundPolicy": "open", **more})
    return VoiceCall(config, clock=Wall(world), entropy=Names(), auto_response=False, env=ENV)


def ngrok(world: World, *scripts: tuple[Any, int | None]) -> Agent:
    agent = Agent(scripts)
    world.programs.add("ngrok", agent)
    return agent


async def rings(sid: str, signed_for: str) -> tuple[int, str]:
    """A call comes in; the request was signed for that URL, and arrives from the tunnel's end on this machine."""
    form = {**RINGING, "CallSid": sid}
    headers = {
        "X-Twilio-Signature": sign(form, signed_for, SECRET),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    url = "http://127.0.0.1:3334/voice/webhook"
    async with aiohttp.ClientSession() as session, session.post(url, data=urlencode(form), headers=headers) as reply:
        return reply.status, await reply.text()


@in_world(host="app")
async def test_the_tunnels_address_is_where_we_are(world: World, tmp_path: Path) -> None:
    agent = ngrok(world, ((3.0, started(FIRST.removesuffix("/voice/webhook"))), None))
    app = service(world, tmp_path, **BY_NGROK)
    starting = asyncio.ensure_future(app.start())
    await asyncio.sleep(1)
    assert (await rings("CA0", FIRST))[0] == 503  # it listens, and takes nothing before all is ready
    await starting
    assert app.webhook_url == FIRST
    status, document = await rings("CA1", FIRST)
    assert (status, f"{FIRST}?callId=" in document) == (200, True)
    assert (await rings("CA2", SECOND))[0] == 401
    await app.stop()
    assert agent.signals == ["SIGTERM"]
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


@in_world(host="app")
async def test_new_calls_are_told_a_new_address_and_old_ones_keep_theirs(world: World, tmp_path: Path) -> None:
    first, second = (url.removesuffix("/voice/webhook") for url in (FIRST, SECOND))
    ngrok(world, ((started(first), 5.0), 1), ((started(second),), None))
    async with service(world, tmp_path, maxConcurrentCalls=9, **BY_NGROK) as app:
        assert FIRST in (await rings("CA1", FIRST))[1]
        await asyncio.sleep(10)
        assert app.webhook_url == SECOND
        status, document = await rings("CA2", SECOND)
        assert (status, SECOND in document, FIRST in document) == (200, True, False)
        assert (await rings("CA3", FIRST))[0] == 200
        assert (await rings("CA4", "https://ghi.ngrok-free.app/voice/webhook"))[0] == 401


@in_world(host="app")
async def test_a_few_addresses_are_remembered_not_all(world: World, tmp_path: Path) -> None:
    hosts = [f"https://a{number}.ngrok-free.app" for number in range(6)]
    ngrok(world, (tuple(step for host in hosts for step in (started(host), 1.0)), None))
    async with service(world, tmp_path, maxConcurrentCalls=9, **BY_NGROK):
        await asyncio.sleep(10)
        answers = [(await rings(f"CA{host}", f"{host}/voice/webhook"))[0] for host in hosts]
    assert answers == [401, 401, 200, 200, 200, 200]


PUBLIC = "https://voice.example.com/voice/webhook"


@pytest.mark.parametrize(("public", "drifts"), [(FIRST, False), (PUBLIC, True)])
@in_world(host="app")
async def test_a_public_url_wins_and_a_drift_is_said(
    world: World, tmp_path: Path, public: str, drifts: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ngrok(world, ((started(FIRST.removesuffix("/voice/webhook")),), None))
    async with service(world, tmp_path, publicUrl=public, **BY_NGROK) as app:
        assert app.webhook_url == public
        assert (f"publicUrl {public} is not the tunnel's address {FIRST}" in caplog.text) is drifts
        status, document = await rings("CA1", public)
        assert (status, public in document) == (200, True)
        if drifts:
            assert (await rings("CA2", FIRST))[0] == 401


# --- starts that fail -------------------------------------------------------------------------------------------


@in_world(host="app")
async def test_without_a_tunnel_there_is_no_start(world: World, tmp_path: Path) -> None:
    agent = ngrok(world, ((), 1), ((started("https://abc.ngrok-free.app"),), None))
    app = service(world, tmp_path, **BY_NGROK)
    with pytest.raises(TunnelFailed, match="ngrok ended with code 1"):
        await app.start()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    await app.start()  # the port is free, the next try is as good as the first
    assert len(agent.lives) == 2
    await app.stop()


@in_world(host="app")
async def test_with_a_public_url_there_is(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with service(world, tmp_path, publicUrl=PUBLIC, **BY_NGROK) as app:
        assert app.webhook_url == PUBLIC
        assert f"the tunnel is not open; carriers are told {PUBLIC} all the same: ngrok is not installed" in caplog.text
        assert (await rings("CA1", PUBLIC))[0] == 200


@in_world(host="app")
async def test_the_port_of_another_program_is_not_made_public(world: World, tmp_path: Path) -> None:
    agent = ngrok(world, ((started("https://abc.ngrok-free.app"),), None))
    taken = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 3334)
    with pytest.raises(OSError, match="is taken"):
        await service(world, tmp_path, **BY_NGROK).start()
    assert agent.lives == []
    taken.close()


# --- Tailscale --------------------------------------------------------------------------------------------------

SHAPES: dict[str, tuple[Mapping[str, Any], str, list[tuple[str, str]]]] = {
    "the newer way": (
        {"tunnel": {"provider": "tailscale-funnel"}, "tailscale": {"path": "/ignored", "port": 8443}},
        "https://agent.tail1234.ts.net:8443/voice/webhook",
        [("/voice/webhook", "http://127.0.0.1:3334/voice/webhook")],
    ),
    "the older way": (
        {"tailscale": {"mode": "serve", "path": "/out/voice/webhook"}, "streaming": {"enabled": True}},
        "https://agent.tail1234.ts.net/out/voice/webhook",
        [
            ("/out/voice/webhook", "http://127.0.0.1:3334/voice/webhook"),
            ("/out/voice/stream", "http://127.0.0.1:3334/voice/stream"),
        ],
    ),
    "speech-to-speech": (
        {"tunnel": {"provider": "tailscale-funnel"}, "realtime": {"enabled": True}},
        "https://agent.tail1234.ts.net/voice/webhook",
        [
            ("/voice/webhook", "http://127.0.0.1:3334/voice/webhook"),
            ("/voice/stream/realtime", "http://127.0.0.1:3334/voice/stream/realtime"),
        ],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@in_world(host="app")
async def test_every_way_to_ask_for_tailscale(world: World, tmp_path: Path, shape: str) -> None:
    more, url, mounts = SHAPES[shape]
    program = Commands(FINE)
    world.programs.add("tailscale", program)
    app = service(world, tmp_path, **more)
    async with app:
        assert app.webhook_url == url
        assert [words[-2:] for words in program.asked if "--bg" in words] == mounts
        stream = app.switchboard.stream_url
        if len(mounts) == 2:
            assert stream == f"wss://{url.partition('//')[2].partition('/')[0]}{mounts[1][0]}"
    assert [words[-2] for words in program.asked if words[-1] == "off"] == [public for public, _ in reversed(mounts)]


@pytest.mark.parametrize(
    ("tunnel", "tailscale", "expected"),
    [
        ("none", "off", None),
        ("ngrok", "off", "Ngrok"),
        ("ngrok", "funnel", "Ngrok"),
        ("tailscale-serve", "funnel", "serve"),
        ("tailscale-funnel", "off", "funnel"),
        ("none", "serve", "serve"),
        ("none", "funnel", "funnel"),
    ],
)
def test_which_tunnel_is_opened(tunnel: str, tailscale: str, expected: str | None) -> None:
    config = Config.load({"provider": "mock", "tunnel": {"provider": tunnel}, "tailscale": {"mode": tailscale}}, env={})
    found: Any = config.tunnel({})
    assert (None if found is None else getattr(found, "_mode", type(found).__name__)) == expected


PATHS = {
    ("/voice/webhook", "/voice/webhook", "/voice/stream"): "/voice/stream",
    ("/out/voice/webhook", "/voice/webhook", "/voice/stream"): "/out/voice/stream",
    ("/out/voice/webhook/", "/voice/webhook", "voice/stream/"): "/out/voice/stream",
    ("/hook", "/voice/webhook", "/voice/stream"): "/voice/stream",
    ("/", "/", "/voice/stream"): "/voice/stream",
}


@pytest.mark.parametrize(("public", "webhook", "stream"), PATHS)
def test_the_stream_stands_beside_the_webhook(public: str, webhook: str, stream: str) -> None:
    shape = (
        {"mode": "serve", "path": public},
        {"path": webhook},
        {"enabled": True, "streamPath": f"/{stream.strip('/')}"},
    )
    config = Config.load(
        {"provider": "mock", **dict(zip(("tailscale", "serve", "streaming"), shape, strict=True))}, env={}
    )
    found: Any = config.tunnel({})
    wanted = PATHS[public, webhook, stream]
    assert found._exposure.stream == Mount(wanted, "/voice/stream")
    assert config.stream_url_beside(f"https://a.example{public}") == f"wss://a.example{wanted}"


@in_world(host="app")
async def test_no_log_and_no_command_line_has_the_token(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    agent = ngrok(world, ((started("https://abc.ngrok-free.app"), {"msg": "x", "err": f"token {TOKEN}"}, 5.0), 1))
    async with service(world, tmp_path, **BY_NGROK) as app:
        await asyncio.sleep(20)
        assert TOKEN not in repr(app.config) + str(app.config.resolved())
    assert len(agent.lives) > 1
    assert TOKEN not in caplog.text
    assert all(TOKEN not in word for life in agent.lives for word in life.argv)
    assert ANNA not in caplog.text
