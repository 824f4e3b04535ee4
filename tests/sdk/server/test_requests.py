"""Requests as they come over the wire: paths, methods, forms, signatures, repetitions, failures."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.sdk.server.door import FORM, PATH, PUBLIC, RINGING, SECRET, Door, lenient, request, sign
from voicecall_sdk.errors import StoreFailed, Unintelligible
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sdk.server.trust import Leniency
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

TARGETS = {
    PATH: 200,
    "/voice/webhook/": 200,
    "/voice/webhook#x": 200,
    "http://evil.example/voice/webhook": 200,  # a proxy's form; the host in it counts for nothing
    "/voice/webhookXYZ": 404,
    "/voice/webhook/x": 404,
    "/voice": 404,
    "/": 404,
    "//voice/webhook": 404,
    "/voice/../voice/webhook": 404,
    "/voice/./webhook": 404,
    "/voice/webhook;x": 404,
    "/VOICE/webhook": 404,
    "/voice/webhook%00": 404,
    "/voice/webhook%0d%0aX:y": 404,
    "/voice/hold-music": 404,
    "http://[bad/voice/webhook": 400,
    "*": 400,
}

METHODS = {
    "GET": 405,
    "PUT": 405,
    "OPTIONS": 405,
    "DELETE": 405,
    "PATCH": 405,
    "TRACE": 405,
    "CONNECT": 404,
    "BREW": 400,
}


@in_world()
async def test_one_path_and_one_method(world: World) -> None:
    async with Door(world) as door:
        assert {target: (await door.post(target=target)).status for target in TARGETS} == TARGETS
        assert len(door.desk.taken) == 1  # the others were the same delivery
        answers = {method: await door.post(method=method) for method in METHODS}
        assert {method: reply.status for method, reply in answers.items()} == METHODS
        assert answers["GET"].headers["allow"] == "POST"
        upgrade = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "x"),
            ("Sec-WebSocket-Version", "13"),
        ]
        assert (await door.post(method="GET", headers=upgrade)).status == 405
        assert len(door.desk.taken) == 1


@pytest.mark.parametrize("path", ["voice/webhook", "/voice/webhook/", "/voice/webhook"])
@in_world()
async def test_the_path_may_be_configured_with_and_without_slashes(world: World, path: str) -> None:
    async with Door(world, path=path) as door:
        assert (await door.post()).status == 200


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/v%201/webhook", "/v%201/webhook"),
        ("/v%2f1/webhook", "/v%2f1/webhook"),
        ("/v%2F1/webhook", "/v%2f1/webhook"),
        ("/h\u00f6rer", "/h%C3%B6rer"),
        ("/h%C3%B6rer", "/h%c3%b6rer"),
        ("/a%2Bb", "/a%2Bb"),
        ("/a+b", "/a+b"),
        ("/50%", "/50%"),
    ],
)
@in_world()
async def test_the_path_may_be_encoded_as_carriers_ask_for_it(world: World, path: str, target: str) -> None:
    url = f"https://voice.example.com{target}"
    async with Door(world, path=path, public_url=url) as door:
        assert (await door.post(target=target, url=url)).status == 200
        assert (await door.post(target=f"{target}%20", url=url)).status == 404


@in_world()
async def test_the_root_may_be_the_path(world: World) -> None:
    async with Door(world, path="/") as door:
        assert (await door.post(target="/")).status == 200
        assert (await door.post(target="/x")).status == 404


BODIES: dict[str, tuple[dict[str, Any], int]] = {
    "a form": ({}, 200),
    "with a charset": ({"content_type": f"{FORM}; charset=UTF-8"}, 200),
    "in other letters": ({"content_type": FORM.upper()}, 200),
    "without a type": ({"content_type": None}, 200),
    "no parameters": ({"params": {}}, 400),  # genuine, and about no call
    "a form that says it is JSON": ({"content_type": "application/json"}, 401),
    "a form that says it is text": ({"content_type": "text/plain"}, 401),
    "a form in parts": ({"content_type": "multipart/form-data; boundary=x"}, 401),
    "JSON that nobody covered": ({"params": {}, "body": b"{}", "content_type": "application/json"}, 401),
    "a parameter more": ({"body": b"CallSid=CA1&x=y", "params": {"CallSid": "CA1"}}, 401),
    "another value": ({"body": b"CallSid=CA2", "params": {"CallSid": "CA1"}}, 401),
    "a query that was not signed": ({"target": f"{PATH}?callId=c1"}, 401),
    "a query that was": ({"target": f"{PATH}?callId=c1", "url": f"{PUBLIC}?callId=c1"}, 200),
    "another host signed": ({"url": "https://evil.example/voice/webhook"}, 401),
    "another path signed": ({"url": "https://voice.example.com/voice/other"}, 401),
    "http signed": ({"url": "http://voice.example.com/voice/webhook"}, 401),
    "the default port signed": ({"url": "https://voice.example.com:443/voice/webhook"}, 200),
    "no signature": ({"signature": None}, 401),
    "an empty one": ({"signature": ""}, 401),
    "one of blanks": ({"signature": "   "}, 401),
    "nonsense": ({"signature": "AAAA"}, 401),
    "letters of nobody's": ({"signature": "é\u2603"}, 401),
    "another secret's": ({"signature": sign(RINGING, secret="0" * 32)}, 401),
    "the secret itself": ({"signature": SECRET}, 401),
    "compressed": ({"headers": [("Content-Encoding", "gzip")]}, 415),
    "compressed twice": ({"headers": [("Content-Encoding", "identity, br")]}, 415),
    "not compressed": ({"headers": [("Content-Encoding", "Identity")]}, 200),
}


@in_world()
async def test_what_is_believed_and_what_is_not(world: World) -> None:
    for name, (how, status) in BODIES.items():
        async with Door(world) as door:
            reply = await door.post(**how)
            assert (name, reply.status, len(door.desk.taken)) == (name, status, status == 200)
            assert SECRET not in reply.body


@in_world()
async def test_two_signatures_are_none(world: World) -> None:
    """Carriers sign once. What a proxy looks at and what we look at must not be two things."""
    genuine = sign(RINGING)
    async with Door(world) as door:
        for first, second in (("genuine", "AAAA"), ("AAAA", genuine), ("genuine", genuine), ("genuine", "")):
            assert (await door.post(signature=first, headers=[("x-twilio-signature", second)])).status == 401
        assert door.desk.taken == []
        assert (await door.post()).status == 200


@in_world()
async def test_a_refusal_tells_where_we_think_we_are_and_no_secret(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    public = "https://user:password@voice.example.com/voice/webhook"
    stranger = world.host("stranger").address
    async with Door(world, public_url=public) as door:
        reply = await door.post(target=f"{PATH}?token=hidden&callId=c1%0a", signature="AAAA")
        await door.post(signature=None)
    assert (reply.status, reply.body) == (401, "Unauthorized")
    refused = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert refused == [
        "webhook refused: Invalid signature for URL: https://voice.example.com/voice/webhook?token=…&callId=…; "
        f"it arrived at http://voice.example.com/voice/webhook?token=…&callId=… from {stranger}",
        f"webhook refused: no signature header; POST /voice/webhook from {stranger}",
    ]


# --- once -------------------------------------------------------------------------------------------------------


@in_world()
async def test_a_repeated_delivery_gets_the_first_answer_and_does_nothing(world: World) -> None:
    async with Door(world) as door:
        first = await door.post()
        again = [
            await door.post(),
            await door.post(host="another stranger"),
            await door.post(headers=[("X-Anything", "else")], host_header="evil.example:1"),
            await door.post(body=b"&".join(reversed(request().rpartition(b"\r\n\r\n")[2].split(b"&")))),
        ]
        assert [(reply.status, reply.body) for reply in again] == [(200, first.body)] * 4
        assert len(door.desk.taken) == 1
        assert (await door.post(params={**RINGING, "CallSid": "CA2"})).body != first.body


@in_world()
async def test_the_same_at_the_same_time_happens_once(world: World) -> None:
    async with Door(world) as door:
        replies = await asyncio.gather(*(door.post(host=f"s{number % 3}") for number in range(8)))
        assert {reply.body for reply in replies} == {replies[0].body}
        assert len(door.desk.taken) == 1


@pytest.mark.parametrize("failure", [StoreFailed("the disk is full"), KeyError("bug"), Unintelligible("what?")])
@in_world()
async def test_what_failed_may_come_again(world: World, failure: Exception) -> None:
    async with Door(world) as door:
        door.desk.fails = failure
        assert (await door.post()).status in (400, 500)
        door.desk.fails = None
        assert (await door.post()).status == 200
        assert len(door.desk.taken) == 1


# --- what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "status", "body"),
    [
        (StoreFailed(f"no space for {SECRET}"), 500, "Internal Server Error"),
        (Unintelligible(f"what is {SECRET}?"), 400, "Bad Request"),
        (RuntimeError(f"a bug about {SECRET}"), 500, "Internal Server Error"),
        (ValueError(SECRET), 500, "Internal Server Error"),
    ],
)
@in_world()
async def test_no_failure_tells_a_stranger_anything(world: World, failure: Exception, status: int, body: str) -> None:
    world.loop.set_debug(True)  # in which aiohttp would show tracebacks
    try:
        async with Door(world, carrier="mock") as door:
            door.desk.fails = failure
            reply = await door.post(
                body=b'{"event": {"type": "call.ringing", "callId": "c1"}}', headers=[("Accept", "text/html")]
            )
    finally:
        world.loop.set_debug(False)
    assert (reply.status, reply.body) == (status, body)


@in_world()
async def test_before_it_is_ready_carriers_are_asked_to_come_again(world: World) -> None:
    async with Door(world, open_=False) as door:
        assert (await door.post()).status == 503
        assert (await door.post(target="/other")).status == 404
        door.server.reception = door.desk  # type: ignore[assignment]
        assert (await door.post()).status == 200


# --- the switches -----------------------------------------------------------------------------------------------

FREE = "abc.ngrok-free.app"


@pytest.mark.parametrize(
    ("leniency", "public", "headers", "signature", "peer", "status"),
    [
        ({"ngrok_loopback": True}, f"https://{FREE}{PATH}", {}, "wrong", "app", 200),
        ({"ngrok_loopback": True}, f"https://{FREE}{PATH}", {}, "wrong", "stranger", 401),
        ({"ngrok_loopback": True}, f"https://{FREE}{PATH}", {}, None, "app", 401),  # a missing one never
        ({"ngrok_loopback": True}, f"https://{FREE}{PATH}", {}, "", "app", 401),
        ({"ngrok_loopback": True}, PUBLIC, {}, "wrong", "app", 401),
        ({"ngrok_loopback": True}, PUBLIC, {"X-Forwarded-Host": FREE}, "wrong", "app", 401),  # nobody talks us into it
        ({"ngrok_loopback": True}, PUBLIC, {"Ngrok-Forwarded-Host": FREE}, "wrong", "app", 401),
        ({}, f"https://{FREE}{PATH}", {}, "wrong", "app", 401),
        ({"skip": True}, PUBLIC, {}, "wrong", "stranger", 200),
        ({"skip": True}, PUBLIC, {}, None, "stranger", 200),
        ({"ngrok_loopback": True}, None, {}, "wrong", "app", 200),  # without a public URL the Host header tells
        ({"ngrok_loopback": True}, None, {}, "wrong", "stranger", 401),
    ],
)
@in_world()
async def test_who_is_believed_without_a_signature(
    world: World,
    leniency: dict[str, bool],
    public: str | None,
    headers: dict[str, str],
    signature: str | None,
    peer: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Door(world, public_url=public, leniency=lenient(**leniency)) as door:
        send = door.local if peer == "app" else door.post
        reply = await send(signature=signature, headers=list(headers.items()), host_header=FREE)
        assert reply.status == status
        assert len(door.desk.taken) == (status == 200)
    if "ngrok_loopback" in leniency and status == 200:
        assert "webhook accepted although Invalid signature" in caplog.text
        assert "ngrok free tier compatibility mode" in caplog.text


@in_world()
async def test_a_signature_that_is_right_needs_no_excuse(world: World, caplog: pytest.LogCaptureFixture) -> None:
    url = f"https://{FREE}{PATH}"
    async with Door(world, public_url=url, leniency=Leniency(ngrok_loopback=True)) as door:
        assert (await door.local(url=url)).status == 200
    assert "although" not in caplog.text


@in_world()
async def test_a_forwarded_address_is_read_by_those_settings_alone(world: World) -> None:
    told = [("X-Forwarded-Host", "voice.example.com"), ("X-Forwarded-Proto", "https")]
    inner = world.host("proxy", "10.0.0.8")
    for forwarding, host, status in (
        (Forwarding(trust=True, proxies=(inner.address,)), "proxy", 200),
        (Forwarding(trust=True, proxies=(inner.address,)), "stranger", 401),
        (Forwarding(hosts=("voice.example.com",), proxies=("10.0.0.0/29",)), "proxy", 401),
        (Forwarding(hosts=("voice.example.com",), proxies=("10.0.0.0/24",)), "proxy", 200),
        (Forwarding(hosts=("b.example",)), "proxy", 401),
        (Forwarding(), "proxy", 401),
    ):
        async with Door(world, public_url=None, forwarding=forwarding) as door:
            data = request(headers=told, host_header="inner:3334")
            assert (forwarding, (await door.send(data, host=host)).status) == (forwarding, status)
