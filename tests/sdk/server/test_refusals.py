"""What is said of refused requests: enough to mend a configuration, and nothing that is worth stealing."""

from __future__ import annotations

import logging
import re

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.server.door import PATH, Door, request
from voicecall_sdk.carriers.twilio.media import wire
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.media import Caps, MediaServer
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sdk.server.refusals import arrival, line, seen
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

TARGETS = {
    "/voice/webhook": "/voice/webhook",
    "/voice/webhook?callId=c1&token=t0ps3cret": "/voice/webhook?callId=…&token=…",
    "/voice/stream/realtime/8b1c2d3e4f5a6b7c8d9e": "/voice/stream/realtime/…",
    "/%0d%0aEvil:%20y": "/%0d%0aEvil:%20y",
    "/a\r\nb\x1b[31m": "/ab%1B%5B31m",
    "/?a%0ab=c": "/?a%0Ab=…",
    "http://[bad": "(no path)",
    "*": "*",
    "": "",
    "/" + "/".join(["segment"] * 40): ("/" + "/".join(["segment"] * 40))[:199] + "…",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_as_it_is_shown(target: str) -> None:
    assert seen(target) == TARGETS[target]


ARRIVALS: dict[str, tuple[dict[str, str], Forwarding, str]] = {
    "plain": (
        {"host": "Inner:3334"},
        Forwarding(),
        "it arrived at http://inner:3334/voice/webhook?callId=… from 10.0.0.9",
    ),
    "no host": ({}, Forwarding(), "it arrived at http://(no host)/voice/webhook?callId=… from 10.0.0.9"),
    "an odd host": ({"host": "a b\n"}, Forwarding(), "http://(no host)/"),
    "forwarded": (
        {"host": "inner", "x-forwarded-host": "voice.example.com", "x-forwarded-proto": "http"},
        Forwarding(),
        "forwarded for http://voice.example.com, which is not believed (webhookSecurity)",
    ),
    "forwarded, and believed": (
        {"host": "inner", "forwarded": "host=voice.example.com;proto=https"},
        Forwarding(trust=True),
        "forwarded for https://voice.example.com, which is believed",
    ),
    "a scheme alone": (
        {"host": "inner", "x-forwarded-proto": "https"},
        Forwarding(trust=True, proxies=("192.0.2.1",)),
        "forwarded for https://inner, which is not believed (webhookSecurity)",
    ),
    "an odd one": ({"host": "inner", "x-forwarded-host": "a@b\x1b"}, Forwarding(), "forwarded for https://(no host), "),
}


@pytest.mark.parametrize("case", ARRIVALS)
def test_where_it_arrived_and_what_was_said_of_that(case: str) -> None:
    headers, forwarding, words = ARRIVALS[case]
    message = WebhookRequest(
        method="POST", target="/voice/webhook?callId=c1", headers=headers, body=b"", remote="10.0.0.9"
    )
    assert words in arrival(message, forwarding)


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_whatever_comes_it_is_a_line_without_values(target: str, host: str, told: str) -> None:
    secret = "t0ps3cret"
    message = WebhookRequest(
        method="POST",
        target=f"/{target.replace('#', '')}?token={secret}",
        headers={"host": host, "x-forwarded-host": told, "x-twilio-signature": secret},
        body=secret.encode(),
    )
    text = arrival(message, Forwarding())
    assert secret not in text
    assert re.search(r"[\x00-\x1f\x7f]", text) is None
    assert len(text) < 1000


@given(st.text(max_size=500))
def test_a_line_is_a_line(text: str) -> None:
    assert line(text).isprintable()
    assert len(line(text)) <= 200
    assert not text.isprintable() or line(text)[:199] == text[:199]


@in_world()
async def test_what_strangers_try_everywhere_is_no_matter_for_a_warning(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="voicecall_sdk")
    async with Door(world) as door:
        await door.post(target="/.env?key=t0ps3cret")
        await door.post(method="GET")
        await door.post(headers=[("Content-Encoding", "br")])
        await door.send(request(body=b"", headers=[("Content-Length", "999999")]))
    told = [(record.levelname, record.getMessage().rpartition(" from ")[0]) for record in caplog.records]
    assert [line for line in told if line[1].startswith("webhook")] == [
        ("DEBUG", "webhook refused: Not Found; POST /.env?key=…"),
        ("DEBUG", f"webhook refused: Method Not Allowed; GET {PATH}"),
        ("WARNING", f"webhook refused: Unsupported Media Type; POST {PATH}"),
        ("WARNING", f"webhook refused: Payload Too Large; POST {PATH}"),
    ]


@in_world()
async def test_a_refused_stream_is_told_without_its_token(world: World, caplog: pytest.LogCaptureFixture) -> None:
    server = MediaServer(path="/voice/stream", wire=wire, caps=Caps(), peer=lambda asked: asked.remote or "")
    door = Door(world)
    application = door.server.application(server)
    door.server.application = lambda media=None: application  # type: ignore[method-assign]
    async with door:
        url = f"http://{door.app.address}:3334/voice/stream/8b1c2d3e4f5a6b7c8d9e?token=t0ps3cret"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await world.host("stranger").call(_knock(url))
    assert "media stream refused: Not ready (503); /voice/stream/…?token=… from" in caplog.text


async def _knock(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url):
        pass
