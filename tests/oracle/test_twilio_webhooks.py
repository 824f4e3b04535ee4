"""Twilio's own validator, in the place of an application, judges what the emulator really sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from tests.tools.twilio_world import APP, BOB, Answer, Phone, Received, Stage, staged
from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.twilio.account import Callback, Detection, RecordingWish


def accepted(stage: Stage, url: str, request: Received) -> bool:
    """Whether an application at that public address would take the request for genuine."""
    body = dict(parse_qsl(request.raw.decode(), keep_blank_values=True))
    validator = RequestValidator(stage.carrier.account.auth_token)
    return bool(validator.validate(url, body, request.headers["X-Twilio-Signature"]))


def public(request: Received) -> str:
    """The address as the application sees it: scheme, host, port and path with query."""
    return request.url.replace("http://app.example/", "https://app.example/").replace(
        "http://app.example:8443/", "https://app.example:8443/"
    )


async def a_rich_life(stage: Stage) -> None:
    """Calls that cause every kind of webhook."""
    gather = '<Gather input="speech" action="/next" partialResultCallback="/partial"><Play>/a.ulaw</Play></Gather>'
    record = '<Record action="/recorded" timeout="1" recordingStatusCallback="/rec"/>'
    stage.app.answers |= {
        "/voice": f"{gather}<Redirect method='GET'>/second?q=a%20b</Redirect>",
        "/next": f'{record}<Dial action="/d">{BOB}</Dial>',
        "/second": "<Redirect>/moved</Redirect>",
        "/moved": Answer("", status=307, headers={"Location": "/there"}),
        "/there": Answer("", status=500),
        "/d": "<Hangup/>",
        "/a.ulaw": Answer(b"x" * 800, type="audio/ulaw"),
    }
    anna = stage.phone()
    stage.phone(BOB, "bob", None, rings=True)
    wish = RecordingWish(callback=Callback(url=f"{APP}/rec"))
    amd = Detection(mode="Enable", asynchronous=True, callback=Callback(url=f"{APP}/amd"))
    stage.place(recording=wish, detection=amd, fallback=Callback(url=f"{APP}/fallback"))
    await stage.wait(4)
    anna.says("¿Qué tal? 你好 & so = on, for more than a second")
    await stage.over()
    stage.place(Callback(url="https://app.example:8443/voice?x=1&y=#rc=1", method="GET"))
    await stage.over()
    stage.call_in(Phone(stage.now, None))
    await stage.over()


@staged
async def test_everything_sent_in_a_rich_life_is_accepted(stage: Stage) -> None:
    await a_rich_life(stage)
    kinds = {hook.kind for hook in stage.carrier.sent}
    assert kinds == {"voice", "status", "action", "recording", "amd", "partial", "media"}
    refused = [request.path for request in stage.app.received if not accepted(stage, public(request), request)]
    assert refused == []
    assert len(stage.app.received) == len(stage.carrier.sent) > 25


TAMPERINGS: dict[str, Callable[[Outgoing], Outgoing]] = {
    "a parameter more": lambda hook: replace(hook, body=hook.body + b"&Extra=1"),
    "a parameter changed": lambda hook: replace(hook, body=hook.body.replace(b"CallStatus=", b"CallStatus=x")),
    "a parameter dropped": lambda hook: replace(hook, body=hook.body.partition(b"&")[2]),
    "another path": lambda hook: replace(hook, url=hook.url + "/x"),
    "a query": lambda hook: replace(hook, url=hook.url + "?x=1"),
    "another signature": lambda hook: hook.with_header("X-Twilio-Signature", "A" * 27 + "="),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
@staged
async def test_what_was_tampered_with_is_rejected(stage: Stage, tampering: str) -> None:
    stage.phone()
    stage.app.answers["/voice"] = "<Hangup/>"
    stage.place()
    await stage.over()
    genuine = [hook for hook in stage.carrier.sent if hook.method == "POST"]
    count = len(stage.app.received)
    for hook in genuine:
        await stage.carrier.send_again(TAMPERINGS[tampering](hook))
    tampered = stage.app.received[count:]
    assert len(tampered) == len(genuine) == 5
    assert not any(accepted(stage, public(request), request) for request in tampered)


@staged
async def test_a_forgery_signed_by_the_carrier_is_accepted(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/voice"] = "<Hangup/>"
    stage.place()
    await stage.over()
    hook = stage.carrier.sent[0]
    await stage.carrier.send_again(stage.carrier.sign(replace(hook, url=f"{APP}/elsewhere", params=(("A", "ä b"),))))
    assert accepted(stage, f"{APP}/elsewhere", stage.app.received[-1])
    assert stage.app.received[-1].params == {"A": "ä b"}
