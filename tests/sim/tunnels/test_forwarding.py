"""What each kind of tunnel makes of a request: a table of kinds, with and without a stranger's own headers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from yarl import URL

from voicecall_sim.tunnels.kinds import KINDS, tunnel
from voicecall_sim.tunnels.tunnel import Tunnel
from voicecall_sim.world.testing import run_in_world
from voicecall_sim.world.world import World

from .application import application, asked, fields, told

STRANGER = "10.7.0.7"
FORGED = {
    "X-Forwarded-For": "1.1.1.1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example.com",
    "X-Real-IP": "1.1.1.1",
    "Tailscale-User-Login": "root@example.com",
    "Tailscale-Funnel-Request": "?0",
    "Forwarded": "for=1.1.1.1;host=evil.example.com",
}
"""What a stranger says of himself."""

SEEN: Mapping[str, tuple[Mapping[str, str | None], Mapping[str, str | None]]] = {
    "ngrok": (
        {"x-forwarded-for": STRANGER, "x-forwarded-proto": "https", "x-forwarded-host": "voice-agent.ngrok.app"},
        {
            "x-forwarded-for": f"1.1.1.1, {STRANGER}",
            "x-forwarded-proto": "http, https",
            "x-forwarded-host": "evil.example.com",
        },
    ),
    "tailscale-funnel": (
        {"x-forwarded-for": STRANGER, "x-forwarded-proto": "https", "tailscale-funnel-request": "?1"},
        {
            "x-forwarded-for": STRANGER,
            "x-forwarded-proto": "https",
            "x-forwarded-host": "voice-agent.tail1234.ts.net",
            "tailscale-funnel-request": "?1",
            "tailscale-user-login": None,
            "forwarded": None,
        },
    ),
    "tls-proxy": (
        {"host": "voice.example.com", "x-forwarded-host": "voice.example.com", "x-real-ip": STRANGER},
        {
            "x-forwarded-for": f"1.1.1.1, {STRANGER}",
            "x-forwarded-proto": "https",
            "x-forwarded-host": "voice.example.com",
            "x-real-ip": STRANGER,
            "tailscale-user-login": "root@example.com",
        },
    ),
    "path-rewriting": ({"host": "application:3334", "x-forwarded-host": "voice.example.com"}, {}),
    "port-adding": ({"host": "voice.example.com:443", "x-forwarded-port": "443"}, {}),
}
SEEN = {**SEEN, "ngrok-free": ({"x-forwarded-proto": "https"}, SEEN["ngrok"][1])}
LOOPBACK = ("ngrok", "ngrok-free", "tailscale-serve", "tailscale-funnel")


def reached(kind: str, headers: Mapping[str, str] = {}, path: str = "/voice/webhook?a=1", **options: Any) -> Any:
    """What the application, and what the visitor gets to see."""

    async def body(world: World) -> tuple[int, str, dict[str, str]]:
        standing = await stood(world, kind)
        assert standing.url is not None
        return await world.host("stranger", STRANGER).call(
            asked(URL(standing.url + path, encoded=True), headers=headers, **options)
        )

    return run_in_world(body)


async def stood(world: World, kind: str) -> Tunnel:
    """A tunnel of that kind in front of the application."""
    app = world.host("app")
    await app.call(application(3334))
    made = tunnel(kind, world, app)
    assert made is not None
    await made.open()
    made.stand(3334)
    return made


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("kind", SEEN)
def test_the_fields_that_arrive(kind: str, forged: bool) -> None:
    _, body, _ = reached(kind, FORGED if forged else {})
    arrived = fields(told(body))
    wanted = SEEN[kind][forged]
    assert {name: arrived.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_the_rest_arrives_as_it_was(kind: str) -> None:
    signed = {"X-Twilio-Signature": "abc=", "Content-Type": "application/x-www-form-urlencoded"}
    status, body, back = reached(kind, signed, "/voice/webhook?b=1&a=%20%2F", method="POST", data=b"A=1&B=%2B")
    said, arrived = told(body), fields(told(body))
    assert (status, back["x-own"], said["method"], said["body"]) == (200, "kept", "POST", "A=1&B=%2B")
    assert said["target"] == "/voice/webhook?b=1&a=%20%2F"
    assert {name.lower(): arrived[name.lower()] for name in signed} == {name.lower(): v for name, v in signed.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_where_connections_come_from(kind: str) -> None:
    _, body, _ = reached(kind)
    assert told(body)["remote"] == ("127.0.0.1" if kind in LOOPBACK else "10.9.0.1")


def test_a_proxy_with_a_prefix_has_nothing_else() -> None:
    async def body(world: World) -> tuple[int, str, dict[str, str]]:
        await stood(world, "path-rewriting")
        return await asked("https://voice.example.com/voice/webhook")

    assert run_in_world(body)[0] == 404


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_behind(kind: str) -> None:
    async def body(world: World) -> tuple[int, str, dict[str, str]]:
        standing = await stood(world, kind)
        world.host("app").crash()
        return await world.host("stranger", STRANGER).call(asked(f"{standing.url}/voice/webhook", "POST", data=b"a=1"))

    status, text, back = run_in_world(body)
    assert status == 502
    assert back.get("ngrok-error-code") == ("ERR_NGROK_8012" if kind.startswith("ngrok") else None)
    assert bool(text) == (kind != "tailscale-funnel" and kind != "tailscale-serve")


def test_who_is_not_in_the_tailnet_gets_nothing_of_serve() -> None:
    async def body(world: World) -> str:
        await stood(world, "tailscale-serve")
        try:
            await world.host("stranger", STRANGER).call(asked("https://voice-agent.tail1234.ts.net/voice/webhook"))
        except aiohttp.ClientError as error:
            return type(error).__name__
        return "an answer"

    assert run_in_world(body) != "an answer"


def test_everything_ends_with_the_tunnel() -> None:
    async def body(world: World) -> list[str]:
        standing = await stood(world, "tls-proxy")
        await asked(f"{standing.url}/voice/webhook")
        standing.close()
        await asyncio.sleep(1)
        return [*standing.door.leftovers()]

    assert run_in_world(body) == []
