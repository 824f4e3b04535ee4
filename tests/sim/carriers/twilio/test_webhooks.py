"""Webhooks on their way: headers, overrides, retries, redirects, authentication, cookies, faults."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.tools.twilio_world import APP, Answer, Received, Stage, staged, twiml
from voicecall_sim.carriers.emulator import NoInterference, Outgoing
from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.signature import sign
from voicecall_sim.world.clock import SECOND, Micros


async def fetched(stage: Stage, url: str, method: str = "POST") -> None:
    """Place a call whose document is at this URL, and let it run."""
    stage.phone(answers_after=1.0)
    stage.place(Callback(url=url, method=method), status_callback=None)
    await stage.over()


@staged
async def test_the_headers_are_those_of_the_carrier_s_proxy(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, f"{APP}/voice")
    headers = stage.app.at("/voice")[0].headers
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["Accept"] == "*/*"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert headers["Host"] == "app.example"
    assert len(headers["X-Twilio-Signature"]) == 28
    assert len(headers["I-Twilio-Idempotency-Token"]) == 36
    assert "Accept-Encoding" not in headers
    assert "Authorization" not in headers


@staged
async def test_get_appends_the_parameters_and_signs_the_whole_url(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, f"{APP}/voice?a=1", "GET")
    (asked,) = stage.app.at("/voice")
    assert (asked.method, asked.raw) == ("GET", b"")
    assert asked.params["a"] == "1"
    assert asked.params["CallStatus"] == "in-progress"
    (hook,) = stage.carrier.sent
    assert hook.signed_url == hook.url
    assert "Content-Type" not in asked.headers
    assert asked.headers["X-Twilio-Signature"] == sign(stage.carrier.account.auth_token, hook.url)


@staged
async def test_the_order_of_parameters_differs_from_hook_to_hook(stage: Stage) -> None:
    stage.app.answers["/voice"] = ["<Redirect/>", "<Hangup/>"]
    await fetched(stage, f"{APP}/voice")
    first, second = stage.carrier.sent
    assert sorted(first.params) == sorted(second.params)
    assert first.params != second.params


PORTS = [
    ("https://app.example:8443/voice", "https://app.example/voice"),
    ("http://app.example:8080/voice", "http://app.example:8080/voice"),
    ("https://anna:secret@app.example/voice#rc=2", "https://app.example/voice"),
]


@pytest.mark.parametrize(("url", "signed"), PORTS)
@staged
async def test_what_is_signed_of_the_url(stage: Stage, url: str, signed: str) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, url)
    assert stage.carrier.sent[0].signed_url == signed
    assert len(stage.app.at("/voice")) == 1


@staged
async def test_connection_failures_are_tried_twice(stage: Stage) -> None:
    await fetched(stage, "https://app.example:9/voice")
    attempts = [entry.data for entry in stage.written("webhook")]
    assert [(a["number"], a["attempt"], a["status"], a["error"]) for a in attempts] == [
        (1, 1, 0, "connection failed"),
        (1, 2, 0, "connection failed"),
    ]
    tokens = {dict(hook.headers)["I-Twilio-Idempotency-Token"] for hook in stage.carrier.sent}
    assert len(tokens) == 1
    assert stage.codes == [11205]


POLICIES = [
    ("", [500], 1),
    ("#rc=2&rp=5xx", [500], 3),
    ("#rc=2&rp=5xx", [404], 1),
    ("#rc=2&rp=4xx", [404], 3),
    ("#rc=1&rp=4xx,5xx", [500, 404], 2),
    ("#rc=5&rp=all", [500], 6),
    ("#rc=0&rp=all", [500], 1),
    ("#rc=3&rp=5xx", [500, 200], 2),
    ("#rc=9&rp=5xx", [500], 2),
    ("#section-2", [500], 1),
]


@pytest.mark.parametrize(("fragment", "statuses", "asked"), POLICIES)
@staged
async def test_the_fragment_says_what_is_tried_again(
    stage: Stage, fragment: str, statuses: list[int], asked: int
) -> None:
    stage.app.answers["/voice"] = [Answer(twiml("<Hangup/>"), status=status) for status in statuses]
    await fetched(stage, f"{APP}/voice{fragment}")
    requests = stage.app.at("/voice")
    assert len(requests) == asked
    assert len({r.headers["I-Twilio-Idempotency-Token"] for r in requests}) == 1
    assert len({r.headers["X-Twilio-Signature"] for r in requests}) == 1


TIMEOUTS = [
    ("", 15.0, 1, "timeout"),
    ("#rt=2000", 2.0, 1, "read timeout"),
    ("#rt=2000&rc=2&rp=rt", 6.0, 3, "read timeout"),
    ("#tt=3000", 3.0, 1, "total timeout"),
    ("#tt=5000&rt=2000&rc=5&rp=rt", 5.0, 3, "read timeout"),
]


@pytest.mark.parametrize(("fragment", "lasted", "asked", "error"), TIMEOUTS)
@staged
async def test_how_long_an_answer_is_waited_for(
    stage: Stage, fragment: str, lasted: float, asked: int, error: str
) -> None:
    stage.app.answers["/voice"] = Answer(twiml("<Hangup/>"), after=60)
    await fetched(stage, f"{APP}/voice{fragment}")
    assert len(stage.app.at("/voice")) == asked
    entries = stage.written("webhook")
    assert entries[0].data["error"] in {error, "timeout"}
    began = stage.app.at("/voice")[0].at
    assert entries[-1].at / SECOND - began == pytest.approx(lasted, abs=0.05)


@staged
async def test_an_unreachable_host_is_given_up_after_twice_five_seconds(stage: Stage) -> None:
    stage.world.network.partition(stage.carrier_host, stage.app_host)
    await fetched(stage, f"{APP}/voice")
    entries = stage.written("webhook")
    assert [entry.data["error"] for entry in entries] == ["connect timeout"] * 2
    assert (entries[1].at - entries[0].at) / SECOND == pytest.approx(5)
    assert stage.codes == [11205]
    stage.world.network.heal(stage.carrier_host, stage.app_host)


@staged
async def test_a_policy_that_is_none_is_a_notice(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, f"{APP}/voice#rp=sometimes&ct=1")
    assert stage.codes == [11243, 11243]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@staged
async def test_redirects_are_followed(stage: Stage, status: int) -> None:
    stage.app.answers |= {
        "/voice": Answer("", status=status, headers={"Location": "/b/other?x=1"}),
        "/b/other": "<Redirect>next</Redirect>",
        "/b/next": "<Hangup/>",
    }
    await fetched(stage, f"{APP}/voice")
    (asked,) = stage.app.at("/b/other")
    keeps = status in {307, 308}
    assert asked.method == ("POST" if keeps else "GET")
    assert ("CallSid" in asked.params) is keeps
    assert stage.carrier.sent[1].signed_url == f"{APP}/b/other?x=1"
    assert len(stage.app.at("/b/next")) == 1


@staged
async def test_ten_redirects_are_enough(stage: Stage) -> None:
    stage.app.answers["/voice"] = Answer("", status=307, headers={"Location": "/voice"})
    await fetched(stage, f"{APP}/voice")
    assert len(stage.app.at("/voice")) == 11
    assert stage.codes == [11215]


@pytest.mark.parametrize(
    "challenge",
    ['Basic realm="x"', 'Digest realm="x", nonce="abc", qop="auth", opaque="o"', 'Digest realm="x", nonce="n"'],
)
@staged
async def test_credentials_are_sent_only_after_a_challenge(stage: Stage, challenge: str) -> None:
    def door(request: Received) -> Answer:
        if "Authorization" in request.headers:
            return Answer(twiml("<Hangup/>"))
        return Answer("", status=401, headers={"WWW-Authenticate": challenge})

    stage.app.answers["/voice"] = door
    await fetched(stage, "https://anna:p%40ss@app.example/voice")
    first, second = stage.app.at("/voice")
    assert "Authorization" not in first.headers
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
    scheme, _, rest = second.headers["Authorization"].partition(" ")
    if scheme == "Basic":
        assert base64.b64decode(rest) == b"anna:p@ss"
    else:
        assert 'username="anna"' in rest
        assert 'uri="/voice"' in rest
    assert stage.codes == []
    assert all("p@ss" not in str(entry.evidence) for entry in stage.written("webhook"))


@staged
async def test_a_challenge_without_credentials_is_a_plain_401(stage: Stage) -> None:
    stage.app.answers["/voice"] = Answer("", status=401, headers={"WWW-Authenticate": "Basic"})
    await fetched(stage, f"{APP}/voice")
    assert len(stage.app.at("/voice")) == 1
    assert stage.codes == [11200]


@staged
async def test_cookies_come_back_during_the_call(stage: Stage) -> None:
    stage.app.answers |= {
        "/voice": Answer(twiml("<Redirect>/b</Redirect>"), headers={"Set-Cookie": "session=42; Path=/"}),
        "/b": "<Hangup/>",
    }
    await fetched(stage, f"{APP}/voice")
    assert stage.app.at("/b")[0].headers["Cookie"] == "session=42"
    stage.place()
    await stage.over()
    assert "Cookie" not in stage.app.at("/voice")[1].headers


class Scripted(NoInterference):
    """Does to the voice webhook what it was made for, passes the others."""

    def __init__(self, what: Any) -> None:
        self.what = what

    def webhook(self, hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        return self.what(hook) if hook.kind == "voice" else super().webhook(hook)


@staged
async def test_a_lost_webhook_is_a_broken_connection(stage: Stage) -> None:
    stage.carrier.interference = Scripted(lambda hook: ())
    await fetched(stage, f"{APP}/voice")
    assert stage.app.received == []
    (entry,) = stage.written("webhook")
    assert (entry.data["status"], entry.data["error"]) == (0, "connection lost")
    assert stage.codes == [11200]


@staged
async def test_a_duplicate_is_sent_and_its_answer_ignored(stage: Stage) -> None:
    stage.carrier.interference = Scripted(lambda hook: ((0, hook), (SECOND, hook)))
    stage.app.answers["/voice"] = [Answer(twiml("<Pause length='5'/>")), Answer(twiml("<Say>Twice</Say>"))]
    await fetched(stage, f"{APP}/voice")
    first, second = stage.app.at("/voice")
    assert first.raw == second.raw
    assert second.at - first.at == pytest.approx(1)
    assert [entry.data["number"] for entry in stage.written("webhook")] == [1, 1]


@staged
async def test_a_delayed_webhook_has_all_its_time_before_it(stage: Stage) -> None:
    stage.carrier.interference = Scripted(lambda hook: ((20 * SECOND, hook),))
    stage.app.answers["/voice"] = Answer(twiml("<Hangup/>"), after=10)
    await fetched(stage, f"{APP}/voice")
    assert stage.codes == []
    assert stage.app.at("/voice")[0].at > 20


@staged
async def test_tampered_bytes_leave_as_they_are(stage: Stage) -> None:
    def tamper(hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        return ((0, replace(hook.with_header("X-Twilio-Signature", "forged"), body=hook.body + b"&Evil=1")),)

    stage.carrier.interference = Scripted(tamper)
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, f"{APP}/voice")
    (asked,) = stage.app.at("/voice")
    assert asked.params["Evil"] == "1"
    assert asked.headers["X-Twilio-Signature"] == "forged"


@staged
async def test_what_was_sent_can_be_sent_again_and_signed_anew(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, f"{APP}/voice")
    (hook,) = stage.carrier.sent
    assert await stage.carrier.send_again(hook) == 200
    changed = stage.carrier.sign(replace(hook, params=(*hook.params, ("Extra", "1"))))
    assert await stage.carrier.send_again(changed) == 200
    assert await stage.carrier.send_again(replace(hook, url="https://app.example:9/x")) == 0
    first, second, third = stage.app.at("/voice")
    assert first.raw == second.raw
    assert third.params["Extra"] == "1"
    assert third.headers["X-Twilio-Signature"] != first.headers["X-Twilio-Signature"]
    assert [entry.data["status"] for entry in stage.written("webhook")] == [200, 200, 200, 0]


@staged
async def test_every_attempt_is_journaled_with_its_parameters_and_bytes(stage: Stage) -> None:
    stage.app.answers["/voice"] = "<Hangup/>"
    await fetched(stage, f"{APP}/voice")
    (entry,) = stage.written("webhook")
    assert entry.data["kind"] == "voice"
    assert entry.data["url"] == f"{APP}/voice"
    assert list(entry.data["params"]) == sorted(entry.data["params"])
    assert entry.evidence["request"].startswith("POST /voice HTTP/1.1\nHost: app.example\n")
    assert entry.evidence["response"].startswith("HTTP/1.1 200 OK\n")
    assert entry.evidence["signed url"] == f"{APP}/voice"


MONDAY = "Mon, 05 Jan 2026 09:00:00 GMT"

CACHING = [
    ({"Cache-Control": "max-age=60"}, [200], None),
    ({"Cache-Control": "max-age=1"}, [200, 200], None),
    ({"ETag": '"v1"'}, [200, 304], ("If-None-Match", '"v1"')),
    ({"Last-Modified": MONDAY}, [200, 304], ("If-Modified-Since", MONDAY)),
    ({"ETag": '"v1"', "Cache-Control": "max-age=60, no-cache"}, [200, 304], ("If-None-Match", '"v1"')),
    ({"ETag": '"v1"', "Cache-Control": "no-store"}, [200, 200], None),
    ({}, [200, 200], None),
]


@pytest.mark.parametrize(("headers", "statuses", "condition"), CACHING)
@staged
async def test_files_are_kept_as_a_proxy_keeps_them(
    stage: Stage, headers: dict[str, str], statuses: list[int], condition: tuple[str, str] | None
) -> None:
    def file(request: Received) -> Answer:
        unchanged = "If-None-Match" in request.headers or "If-Modified-Since" in request.headers
        return Answer("" if unchanged else "x" * 8000, 304 if unchanged else 200, "audio/ulaw", headers)

    stage.app.answers |= {
        "/voice": '<Play>/a.ulaw</Play><Pause length="5"/><Play>/a.ulaw</Play><Hangup/>',
        "/a.ulaw": file,
    }
    anna = stage.phone(answers_after=1.0)
    stage.place()
    await stage.over()
    asked = [entry.data["status"] for entry in stage.written("webhook") if entry.data["kind"] == "media"]
    assert asked == statuses
    assert [name for _, name in anna.sounds] == ["a.ulaw", "a.ulaw"]
    if condition is not None:
        assert stage.app.at("/a.ulaw")[1].headers[condition[0]] == condition[1]


@staged
async def test_answers_to_post_are_never_kept(stage: Stage) -> None:
    stage.app.answers["/voice"] = Answer(twiml("<Hangup/>"), headers={"Cache-Control": "max-age=600", "ETag": "x"})
    await fetched(stage, f"{APP}/voice")
    stage.place()
    await stage.over()
    assert len(stage.app.at("/voice")) == 2
    assert all("If-None-Match" not in request.headers for request in stage.app.at("/voice"))
