"""REST: keys, limits, refusals, commands that come twice, statuses."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.tools.telnyx_world import ANNA, API, OWN, Stage, staged


@staged
async def test_dial_answers_before_anything_happens(stage: Stage) -> None:
    status, got = await stage.ask(
        "POST", "/calls", connection_id=stage.account.application.id, to=ANNA, **{"from": OWN}
    )
    assert status == 200
    assert got["data"]["record_type"] == "call"
    assert got["data"]["is_alive"] is False
    assert stage.app.told == []


@pytest.mark.parametrize("key", [None, "Bearer KEYwrong", "Basic KEYwrong"])
@staged
async def test_without_the_key_nothing_is_had(stage: Stage, key: str | None) -> None:
    headers = {} if key is None else {"Authorization": key}
    async with aiohttp.ClientSession(headers=headers) as client, client.get(f"{API}/recordings") as got:
        body = await got.json()
    assert (got.status, body["errors"][0]["code"]) == (401, "10009")
    assert body["errors"][0]["meta"]["url"].endswith("/10009")


@staged
async def test_unknown_paths_and_malformed_bodies(stage: Stage) -> None:
    assert (await stage.ask("GET", "/nothing"))[0] == 404
    async with stage.client.post(f"{API}/calls", data=b"{", headers={"Content-Type": "application/json"}) as got:
        assert (got.status, (await got.json())["errors"][0]["code"]) == (400, "10023")


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"to": ""}, "10004", "/to"),
    ({"to": "12125550123"}, "10016", "/to"),
    ({"to": [ANNA, "anna"]}, "10016", "/to"),
    ({"from": "me"}, "10016", "/from"),
    ({"connection_id": "1"}, "10015", "/connection_id"),
    ({"timeout_secs": 4}, "90028", "/timeout_secs"),
    ({"time_limit_secs": 20}, "90029", "/time_limit_secs"),
    ({"client_state": "no base64!"}, "90017", "/client_state"),
    ({"answering_machine_detection": "yes"}, "10032", "/answering_machine_detection"),
    ({"webhook_urls": {"call.ringing": "https://a.example"}}, "90057", "/webhook_urls/call.ringing"),
    ({"webhook_retries_policies": {"call.hangup": {"retries_ms": [50_000, 20_000]}}}, "10033",
     "/webhook_retries_policies/call.hangup/retries_ms"),
    ({"bridge_on_answer": True}, "10004", "/link_to"),
    ({"link_to": "v3:nothing"}, "90015", "/link_to"),
    ({"media_encryption": "SRTP"}, "10011", "/media_encryption"),
    ({"stream_bidirectional_codec": "pcmu"}, "10032", "/stream_bidirectional_codec"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code", "pointer"), WRONG)
@staged
async def test_what_dial_refuses(stage: Stage, given: dict[str, Any], code: str, pointer: str) -> None:
    whole = {"connection_id": stage.account.application.id, "to": ANNA, "from": OWN, **given}
    status, got = await stage.ask("POST", "/calls", **whole)
    assert (status, got["errors"][0]["code"], got["errors"][0]["source"]["pointer"]) == (422, code, pointer)
    assert stage.account.legs == {}


@staged
async def test_an_application_without_webhook_url_cannot_dial(stage: Stage) -> None:
    stage.account.application.webhook_event_url = None
    whole = {"connection_id": stage.account.application.id, "to": ANNA, "from": OWN}
    assert (await stage.ask("POST", "/calls", **whole))[1]["errors"][0]["code"] == "10015"


@staged
async def test_commands_by_the_state_of_the_leg(stage: Stage) -> None:
    assert await stage.refused("v3:nothing", "hangup") == (422, "90015")
    stage.phone(answers_after=20)
    leg = await stage.dial()
    await stage.wait(2)
    assert await stage.refused(leg, "speak", payload="Hi", voice="female") == (422, "90034")
    assert await stage.refused(leg, "answer") == (422, "90102")
    await stage.act(leg, "hangup")
    assert await stage.refused(leg, "hangup") == (422, "90018")
    assert await stage.refused(leg, "speak") == (422, "90018")


@staged
async def test_a_command_that_comes_twice_counts_once(stage: Stage) -> None:
    stage.phone()
    first = await stage.dial(command_id="one")
    assert await stage.dial(command_id="one") is first
    await stage.wait(5)
    assert len(stage.account.legs) == 1
    await stage.wait(60)
    assert await stage.dial(command_id="one") is not first


@staged
async def test_an_action_that_comes_twice_counts_once_for_each_leg(stage: Stage) -> None:
    leg, anna = await stage.answered()
    for _ in range(2):
        await stage.act(leg, "send_dtmf", digits="5", command_id="x")
    await stage.wait(2)
    assert anna.keys == "5"


@staged
async def test_the_status_of_a_call(stage: Stage) -> None:
    leg, _ = await stage.answered(client_state="aGk=")
    await stage.wait(10)
    data = (await stage.ask("GET", f"/calls/{leg.id}"))[1]["data"]
    assert (data["is_alive"], data["client_state"], data["call_duration"]) == (True, "aGk=", 10)
    active = (await stage.ask("GET", f"/connections/{stage.account.application.id}/active_calls"))[1]
    assert [one["call_control_id"] for one in active["data"]] == [leg.id]
    await stage.act(leg, "hangup")
    await stage.wait(599)
    assert (await stage.ask("GET", f"/calls/{leg.id}"))[1]["data"]["is_alive"] is False
    await stage.wait(2)
    assert (await stage.ask("GET", f"/calls/{leg.id}"))[1]["errors"][0]["code"] == "90015"


@staged
async def test_client_state_is_put_and_told_from_then_on(stage: Stage) -> None:
    leg, _ = await stage.answered()
    assert (await stage.ask("POST", f"/calls/{leg.id}/actions/client_state_update", client_state="YQ=="))[0] == 404
    assert (await stage.ask("PUT", f"/calls/{leg.id}/actions/client_state_update", client_state="YQ=="))[0] == 200
    await stage.act(leg, "hangup")
    await stage.over()
    assert [stage.of(f"call.{word}")[0]["client_state"] for word in ("answered", "hangup")] == [None, "YQ=="]


@staged
async def test_too_many_requests_are_refused_until_the_window_is_over(stage: Stage) -> None:
    stage.account.terms.requests = 3
    statuses = [(await stage.ask("GET", "/recordings"))[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    await stage.wait(1)
    async with stage.client.get(f"{API}/recordings") as got:
        assert (got.status, got.headers["x-ratelimit-limit"], got.headers["x-ratelimit-remaining"]) == (200, "3", "2")


@staged
async def test_an_empty_body_is_taken_and_the_key_is_nowhere_seen(stage: Stage) -> None:
    leg, _ = await stage.answered()
    async with stage.client.post(f"{API}/calls/{leg.id}/actions/hangup") as got:
        assert got.status == 200
    shown = json.dumps([[entry.data, dict(entry.evidence)] for entry in stage.written("request")], default=str)
    assert stage.account.api_key not in shown
    assert stage.written("request")[-1].data["operation"] == "hang up call"
