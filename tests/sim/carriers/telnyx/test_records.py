"""Applications made by REST, pages of lists, and the logs of commands, webhooks and deliveries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.telnyx_world import ANNA, APP, BOB, OWN, Stage, staged

APPLICATIONS = "/call_control_applications"


async def made(stage: Stage, **given: Any) -> dict[str, Any]:
    """An application made by REST."""
    wish = {"application_name": "second", "webhook_event_url": f"{APP}/second", **given}
    status, got = await stage.ask("POST", APPLICATIONS, **wish)
    assert status == 201, got
    return dict(got["data"])


@staged
async def test_an_application_is_made_used_changed_and_deleted(stage: Stage) -> None:
    stage.phone()
    second = await made(stage, webhook_api_version="2", webhook_timeout_secs=3)
    assert (second["record_type"], second["webhook_timeout_secs"]) == ("call_control_application", 3)
    assert [one["id"] for one in (await stage.ask("GET", APPLICATIONS))[1]["data"]][1] == second["id"]
    leg = await stage.dial(connection_id=second["id"])
    await stage.wait(3)
    active = (await stage.ask("GET", f"/connections/{second['id']}/active_calls"))[1]
    assert [one["call_control_id"] for one in active["data"]] == [leg.id]
    assert active["data"][0]["client_state"] == ""
    assert (await stage.ask("GET", f"/connections/{stage.account.application.id}/active_calls"))[1]["data"] == []
    await stage.act(leg, "hangup")
    await stage.over()
    assert {told.path for told in stage.app.told} == {"/second"}
    assert {told.payload["connection_id"] for told in stage.app.told} == {second["id"]}
    status, got = await stage.ask("PATCH", f"{APPLICATIONS}/{second['id']}", active=False)
    assert (status, got["data"]["active"]) == (200, False)
    wish = {"connection_id": second["id"], "from": OWN, "to": ANNA}
    assert (await stage.ask("POST", "/calls", **wish))[1]["errors"][0]["code"] == "10015"
    assert (await stage.ask("DELETE", f"{APPLICATIONS}/{second['id']}"))[0] == 200
    assert (await stage.ask("GET", f"{APPLICATIONS}/{second['id']}"))[0] == 404
    assert (await stage.ask("DELETE", f"{APPLICATIONS}/{stage.account.application.id}"))[0] == 422


@staged
async def test_an_application_of_rest_has_the_old_webhooks_unless_it_says_otherwise(stage: Stage) -> None:
    stage.phone()
    second = await made(stage)
    assert second["webhook_api_version"] == "1"
    leg = await stage.dial(connection_id=second["id"])
    await stage.wait(3)
    await stage.act(leg, "hangup")
    await stage.over()
    assert stage.app.told == []
    assert any("webhook_api_version is 1" in str(entry.data["message"]) for entry in stage.written("debug"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"application_name": ""}, "10004"),
        ({"webhook_event_url": None}, "10004"),
        ({"webhook_event_url": "front door"}, "10015"),
        ({"webhook_timeout_secs": 31}, "10033"),
        ({"webhook_api_version": "texml"}, "10032"),
        ({"active": "yes"}, "10026"),
    ],
)
@staged
async def test_what_an_application_cannot_be(stage: Stage, given: dict[str, Any], code: str) -> None:
    wish = {"application_name": "second", "webhook_event_url": f"{APP}/second", **given}
    status, got = await stage.ask("POST", APPLICATIONS, **wish)
    assert (status, got["errors"][0]["code"]) == (422, code)
    assert "connection" not in got["errors"][0]["title"]


@staged
async def test_lists_come_in_pages(stage: Stage) -> None:
    leg, _ = await stage.answered()
    for _ in range(3):
        await stage.act(leg, "record_start", format="wav", channels="single")
    await stage.act(leg, "hangup")
    await stage.over()
    status, got = await stage.ask("GET", "/recordings?page[number]=2&page[size]=2")
    assert (status, len(got["data"])) == (200, 1)
    assert got["meta"] == {"page_number": 2, "page_size": 2, "total_pages": 2, "total_results": 3}
    assert len((await stage.ask("GET", f"/recordings?filter[call_leg_id]={leg.leg_id}"))[1]["data"]) == 3
    assert (await stage.ask("GET", "/recordings?filter[from]=nobody"))[1]["data"] == []
    status, got = await stage.ask("GET", "/recordings?page[size]=0")
    assert (status, got["errors"][0]["code"], got["errors"][0]["source"]) == (422, "10033", {"parameter": "page[size]"})


@staged
async def test_active_calls_are_turned_over_by_cursors(stage: Stage) -> None:
    stage.phone(BOB, "bob", answers_after=None)
    legs = [(await stage.dial(to=BOB)).id for _ in range(3)]
    path = f"/connections/{stage.account.application.id}/active_calls?page[limit]=2"
    first = (await stage.ask("GET", path))[1]
    assert [one["call_control_id"] for one in first["data"]] == legs[:2]
    assert first["meta"]["total_items"] == 3
    after = first["meta"]["cursors"]["after"]
    second = (await stage.ask("GET", f"{path}&page[after]={after}"))[1]
    assert [one["call_control_id"] for one in second["data"]] == legs[2:]
    assert second["meta"]["cursors"]["after"] is None
    back = (await stage.ask("GET", f"{path}&page[before]={second['meta']['cursors']['before']}"))[1]
    assert [one["call_control_id"] for one in back["data"]] == legs[:2]
    numbered = (await stage.ask("GET", path.replace("page[limit]", "page[number]=2&page[size]")))[1]
    assert numbered["data"] == second["data"]
    assert (numbered["meta"]["page_number"], numbered["meta"]["total_pages"]) == (2, 2)


@staged
async def test_commands_and_webhooks_are_logged(stage: Stage) -> None:
    leg, _ = await stage.answered()
    await stage.act(leg, "streaming_start", stream_url="wss://app.example/ws", stream_auth_token="very-secret")
    await stage.act(leg, "hangup")
    await stage.over()
    events = (await stage.ask("GET", f"/call_events?filter[leg_id]={leg.leg_id}&filter[type]=command"))[1]["data"]
    assert [one["name"] for one in events] == ["hangup", "streaming_start", "dial"]
    assert events[1]["metadata"]["stream_auth_token"] == "***"
    told = (await stage.ask("GET", "/call_events?filter[name]=call.hangup"))[1]["data"]
    assert told[0]["metadata"]["hangup_cause"] == "normal_clearing"


@staged
async def test_deliveries_are_shown_with_their_attempts(stage: Stage) -> None:
    stage.app.statuses["/hook"] = [500, 200]
    leg, _ = await stage.answered()
    await stage.act(leg, "hangup")
    await stage.over()
    got = (await stage.ask("GET", "/webhook_deliveries?filter[event_type]=call.initiated"))[1]["data"]
    (shown,) = got
    assert (shown["status"], [one["status"] for one in shown["attempts"]]) == ("delivered", ["failed", "delivered"])
    assert shown["attempts"][0]["http"]["response"]["status"] == 500
    assert shown["webhook"]["event_type"] == "call.initiated"
    assert (await stage.ask("GET", f"/webhook_deliveries/{shown['id']}"))[1]["data"] == shown
    assert (await stage.ask("GET", "/webhook_deliveries/none"))[0] == 404
    assert (await stage.ask("GET", "/webhook_deliveries?filter[status][eq]=failed"))[1]["data"] == []
