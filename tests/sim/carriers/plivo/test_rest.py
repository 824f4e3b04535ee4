"""REST: what it does to live calls, what it shows, what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.tools.plivo_world import ANNA, APP, BOB, OWN, Answer, Phone, Stage, staged
from voicecall_sim.carriers.emulator import Fate, NoInterference, Treatment

CALL: dict[str, Any] = {"from": OWN, "to": ANNA, "answer_url": f"{APP}/answer"}


async def talking(stage: Stage, document: str = '<Wait length="600"/>') -> tuple[Phone, str]:
    """Anna on the line, and the call."""
    anna = stage.phone()
    stage.app.answers["/answer"] = document
    record = await stage.place()
    await stage.wait(5)
    return anna, record.uuid


@staged
async def test_a_live_call_is_shown_and_becomes_a_record(stage: Stage) -> None:
    _, uuid = await talking(stage)
    status, live = await stage.rest("GET", f"Call/{uuid}/?status=live")
    assert (status, live["call_status"], live["from"], live["to"]) == (200, "in-progress", OWN, ANNA[1:])
    assert (await stage.rest("GET", "Call/?status=live"))[1]["calls"] == [uuid]
    assert (await stage.rest("GET", f"Call/{uuid}/"))[0] == 404
    assert await stage.rest("DELETE", f"Call/{uuid}/") == (204, None)
    await stage.over()
    assert stage.ended() == ("completed", 4000, "Normal Hangup", "API Request")
    status, record = await stage.rest("GET", f"Call/{uuid}")
    assert (status, record["hangup_cause_code"], record["from_number"], record["billed_duration"]) == (
        200,
        4000,
        OWN,
        60,
    )
    assert record["answer_time"].endswith("+00:00")
    assert (await stage.rest("GET", f"Call/{uuid}/?status=live"))[1]["error"] == "call not found"
    assert (await stage.rest("DELETE", f"Call/{uuid}/"))[0] == 404


@staged
async def test_a_call_that_rings_is_cancelled_by_its_request(stage: Stage) -> None:
    anna = stage.phone(answers_after=None)
    record = await stage.place()
    await stage.wait(3)
    assert (await stage.rest("DELETE", f"Request/{record.uuid}/"))[0] == 204
    await stage.over()
    assert anna.gone is not None
    assert stage.ended() == ("cancel", 1000, "Cancelled", "API Request")
    assert stage.app.at("/answer") == []


@staged
async def test_all_calls_are_hung_up_as_unknown(stage: Stage) -> None:
    await talking(stage)
    assert (await stage.rest("DELETE", "Call/"))[0] == 204
    await stage.over()
    assert stage.ended()[1:] == (0, "Unknown", "Unknown")


@staged
async def test_a_transfer_drops_the_rest(stage: Stage) -> None:
    anna, uuid = await talking(stage, '<Wait length="600"/><Speak>Never.</Speak>')
    stage.app.answers["/other"] = "<Speak>Elsewhere.</Speak>"
    status, told = await stage.rest("POST", f"Call/{uuid}/", legs="aleg", aleg_url=f"{APP}/other")
    assert (status, told["message"]) == (202, "call transferred")
    await stage.over()
    assert anna.words == ["Elsewhere."]
    assert stage.app.at("/other")[0].params["CallUUID"] == uuid


@pytest.mark.parametrize(("answer", "code"), [(Answer(status=404), 7013), (Answer("?"), 8013)])
@staged
async def test_a_transfer_that_fails_ends_the_call(stage: Stage, answer: Answer, code: int) -> None:
    _, uuid = await talking(stage)
    stage.app.answers["/other"] = answer
    await stage.rest("POST", f"Call/{uuid}/", aleg_url=f"{APP}/other")
    await stage.over()
    assert stage.ended()[1] == code


@staged
async def test_both_legs_of_a_dial_are_transferred_apart(stage: Stage) -> None:
    bob = stage.phone(BOB, "bob", answers_after=0.5)
    anna, uuid = await talking(stage, f"<Dial><Number>{BOB}</Number></Dial>")
    stage.app.answers["/a"] = "<Speak>Only Anna.</Speak>"
    stage.app.answers["/b"] = "<Speak>Only Bob.</Speak>"
    status, _ = await stage.rest("POST", f"Call/{uuid}/", legs="both", aleg_url=f"{APP}/a", bleg_url=f"{APP}/b")
    assert status == 202
    await stage.over()
    assert (anna.words, bob.words) == (["Only Anna."], ["Only Bob."])


@staged
async def test_speak_play_and_keys_by_rest(stage: Stage) -> None:
    anna, uuid = await talking(stage)
    stage.app.answers["/music.mp3"] = Answer(b"\xff" * 160_000, type="audio/mpeg")
    status, told = await stage.rest("POST", f"Call/{uuid}/Speak/", text="Still there?")
    assert (status, told["message"]) == (202, "speak started")
    await stage.wait(5)
    status, told = await stage.rest("POST", f"Call/{uuid}/Play/", urls=f"{APP}/music.mp3", loop=True)
    assert (status, told["message"]) == (202, "play started")
    await stage.wait(15)
    assert (await stage.rest("DELETE", f"Call/{uuid}/Play/"))[0] == 204
    await stage.wait(5)
    assert anna.end.peer.playing is None
    status, told = await stage.rest("POST", f"Call/{uuid}/DTMF/", digits="1w2")
    assert (status, told["message"]) == (202, "digits sent")
    await stage.wait(2)
    assert anna.words == ["Still there?"]
    assert anna.keys == "12"
    assert [name for _, name in anna.sounds][1:3] == ["music.mp3", "music.mp3"]
    assert (await stage.rest("POST", f"Call/{uuid}/Speak/", text="x", legs="bleg"))[0] == 404
    await stage.rest("DELETE", f"Call/{uuid}/")


@staged
async def test_a_recording_by_rest(stage: Stage) -> None:
    _, uuid = await talking(stage)
    status, told = await stage.rest("POST", f"Call/{uuid}/Record/", callback_url=f"{APP}/ready", file_format="wav")
    assert (status, told["message"]) == (202, "call recording started")
    await stage.wait(10)
    assert (await stage.rest("DELETE", f"Call/{uuid}/Record/"))[0] == 204
    await stage.wait(5)
    (ready,) = stage.app.at("/ready")
    assert (ready.params["RecordingID"], ready.params["RecordUrl"]) == (told["recording_id"], told["url"])
    assert ready.params["RecordingDuration"] == "10"
    status, shown = await stage.rest("GET", f"Recording/{told['recording_id']}/")
    assert (status, shown["recording_format"], shown["call_uuid"]) == (200, "wav", uuid)
    await stage.rest("DELETE", f"Call/{uuid}/")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"from": None}, "from parameter is missing"),
        ({"to": None}, "to parameter is missing"),
        ({"answer_url": None}, "answer_url parameter is missing"),
        ({"answer_url": "ftp://x"}, "answer_url parameter is invalid"),
        ({"to": "['+15551', '+15552']"}, "to parameter is invalid"),
        ({"time_limit": 90_000}, "time_limit parameter is invalid"),
        ({"from": BOB}, "from parameter is invalid. +16175550199 is not associated with your account."),
    ],
)
@staged
async def test_what_create_refuses(stage: Stage, change: Mapping[str, Any], error: str) -> None:
    status, told = await stage.rest("POST", "Call/", **{name: one for name, one in (CALL | change).items() if one})
    assert status == 400
    assert told["error"].startswith(error)
    assert told["api_id"]
    assert not stage.account.calls


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "Nowhere/", 404), ("PUT", "Call/", 405), ("GET", "Call/unknown/", 404)]
)
@staged
async def test_what_is_not_there(stage: Stage, method: str, path: str, status: int) -> None:
    assert (await stage.rest(method, path))[0] == status


@staged
async def test_credentials_and_the_limit_of_requests(stage: Stage) -> None:
    status, told = await stage.rest("GET", "Call/", auth="MA:wrong")
    assert (status, told) == (401, {"error": "authentication credentials were not provided"})
    stage.account.terms.requests = 3
    found = [(await stage.rest("GET", "Call/"))[0] for _ in range(4)]
    assert found == [200, 200, 200, 429]
    await stage.wait(6)
    assert (await stage.rest("GET", "Call/"))[0] == 200


class Refusing(NoInterference):
    """Has every request refused, or lost."""

    def __init__(self, treatment: Treatment) -> None:
        self._treatment = treatment

    def rest(self, operation: str, details: Mapping[str, str]) -> Treatment:
        return self._treatment


@staged
async def test_a_scenario_has_a_request_refused_or_its_reply_lost(stage: Stage) -> None:
    stage.phone(answers_after=None)
    stage.carrier.interference = Refusing(Treatment(refuse=503))
    assert (await stage.rest("POST", "Call/", **CALL))[0] == 503
    stage.carrier.interference = Refusing(Treatment(fate=Fate.LOSE_REPLY))
    with pytest.raises(aiohttp.ClientError):
        await stage.rest("POST", "Call/", **CALL)
    assert len(stage.account.calls) == 1
    assert [entry.data["status"] for entry in stage.written("request")] == [503, 0]


@staged
async def test_a_callback_url_makes_a_request_asynchronous(stage: Stage) -> None:
    stage.phone(answers_after=None)
    status, told = await stage.rest("POST", "Call/", callback_url=f"{APP}/result", **CALL)
    assert (status, told["message"]) == (202, "async api spawned")
    await stage.wait(2)
    (result,) = stage.app.at("/result")
    assert result.params["message"] == "call fired"
    assert result.params["request_uuid"] in stage.account.calls
    assert result.params["api_id"] == told["api_id"]


@staged
async def test_the_list_has_pages_and_filters(stage: Stage) -> None:
    stage.phone(answers_after=0.1)
    stage.app.answers["/answer"] = "<Hangup/>"
    stage.account.terms.cps = 1
    for _ in range(5):
        await stage.place()
    await stage.over()
    status, told = await stage.rest("GET", "Call/?limit=2&offset=2")
    assert status == 200
    assert told["meta"]["total_count"] == 5
    assert told["meta"]["next"].endswith("?limit=2&offset=4")
    assert told["meta"]["previous"].endswith("?limit=2&offset=0")
    uuids = [one["call_uuid"] for one in told["objects"]]
    assert uuids == list(stage.account.calls)[::-1][2:4]
    assert (await stage.rest("GET", "Call/?call_direction=inbound"))[1]["objects"] == []
    assert len((await stage.rest("GET", "Call/?bill_duration__lt=60&hangup_cause_code=4000"))[1]["objects"]) == 5
    assert (await stage.rest("GET", "Call/?limit=50"))[0] == 400


@staged
async def test_an_application_is_made_and_given_a_number(stage: Stage) -> None:
    wish = {"app_name": "front", "answer_url": f"{APP}/front"}
    status, told = await stage.rest("POST", "Application/", **wish)
    assert (status, told["message"]) == (201, "created")
    assert (await stage.rest("POST", f"Number/{OWN[1:]}/", app_id=told["app_id"]))[0] == 202
    stage.app.answers["/front"] = "<Speak>Front desk.</Speak>"
    anna = Phone(stage.now, None)
    stage.call_in(anna)
    await stage.over()
    assert anna.words == ["Front desk."]
    assert (await stage.rest("GET", f"Application/{told['app_id']}/"))[1]["answer_url"] == f"{APP}/front"


@staged
async def test_a_form_without_a_slash_is_taken_too(stage: Stage) -> None:
    stage.phone(answers_after=None)
    auth = aiohttp.encode_basic_auth(stage.account.auth_id, stage.account.auth_token)
    url = f"https://api.plivo.com/v1/Account/{stage.account.auth_id}/Call"
    form = {**CALL, "ring_timeout": "30", "machine_detection": "true", "sip_headers": "plan=x,PH-own=1"}
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=form, headers={"Authorization": auth}) as response:
            assert response.status == 201
            assert (await response.json())["message"] == "call fired"
        async with session.post(
            url, data="{", headers={"Authorization": auth, "Content-Type": "application/json"}
        ) as bad:
            assert bad.status == 400


@staged
async def test_a_transfer_is_heard_at_once_after_what_rest_had_said(stage: Stage) -> None:
    anna, uuid = await talking(stage)
    stage.app.answers["/other"] = "<Speak>Elsewhere.</Speak>"
    await stage.rest("POST", f"Call/{uuid}/Speak/", text="One moment.")
    await stage.wait(5)
    await stage.rest("POST", f"Call/{uuid}/Speak/", text="This is cut off when the call is sent elsewhere.")
    await stage.wait(1)
    await stage.rest("POST", f"Call/{uuid}/", aleg_url=f"{APP}/other")
    await stage.wait(5)
    assert anna.words[0] == "One moment."
    assert anna.words[-1] == "Elsewhere."
    assert len(anna.words) == 3
    assert anna.gone is not None
