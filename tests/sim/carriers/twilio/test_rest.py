"""The rind of the REST API: credentials, routes, headers, faults, journal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.tools.paper_exchange import FROM, TO
from tests.tools.twilio_api import GOOD, Api, serving
from voicecall_sim.carriers.emulator import Fate, Treatment
from voicecall_sim.carriers.twilio import rest
from voicecall_sim.carriers.twilio.refusals import CATALOGUE
from voicecall_sim.world.clock import MILLISECOND

pytestmark = pytest.mark.loopback


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


async def test_the_headers_of_every_answer(api: Api) -> None:
    for reply in (await api.ask("GET", "/Calls.json"), await api.ask("GET", "/Nothing.json")):
        assert reply.headers["Content-Type"] == "application/json"
        assert re.fullmatch(r"RQ[0-9a-f]{32}", reply.headers["Twilio-Request-Id"])
        assert reply.headers["Twilio-Request-Duration"] == "0.000"
        assert reply.headers["Twilio-Concurrent-Requests"] == "1"
        assert reply.headers["Date"] == "Mon, 05 Jan 2026 09:00:00 GMT"
        assert "Server" not in reply.headers
        assert {name: reply.headers[name] for name in rest.FIXED_HEADERS} == rest.FIXED_HEADERS


async def test_both_kinds_of_credentials(api: Api) -> None:
    key, secret = api.account.new_key()
    assert (await api.ask("GET", "/Calls.json")).status == 200
    assert (await api.ask("GET", "/Calls.json", user=key, password=secret)).status == 200
    assert (await api.ask("GET", ".json")).json["sid"] == api.account.sid
    assert (await api.ask("GET", ".json", user=key, password=secret)).code == 20003


@pytest.mark.parametrize("path", ["/Calls.json", "/Nothing.json", ".json", "//somewhere"])
@pytest.mark.parametrize(
    "credentials",
    [{"user": ""}, {"password": "wrong"}, {"user": "AC" + "0" * 32}, {"user": "SK" + "0" * 32, "password": "x"}],
)
async def test_wrong_credentials(api: Api, path: str, credentials: dict[str, str]) -> None:
    reply = await api.ask("GET", path, **credentials)
    assert reply.status == 401
    assert reply.json == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic !!!", "Basic /w==", "basic QTpC"])
async def test_credentials_that_are_none(api: Api, header: str) -> None:
    assert (await api.ask("GET", "/Calls.json", user="", headers={"Authorization": header})).code == 20003


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("//2010-04-01/Accounts/AC" + "0" * 32 + "/Calls.json", 20404),
        ("//2010-04-01/Accounts/null/Calls.json", 20404),
        ("//2010-04-01/Accounts/SK" + "0" * 32 + "/Calls.json", 21470),
    ],
)
async def test_other_accounts(api: Api, path: str, code: int) -> None:
    assert (await api.ask("GET", path)).code == code


@pytest.mark.parametrize(
    "path",
    ["/Calls", "/Calls.xml", "/Calls.csv", "/Calls/CA1.json", "/Messages.json", "/Recordings/RE1.mp3", "//", "//x?y=1"],
)
async def test_paths_that_lead_nowhere(api: Api, path: str) -> None:
    reply = await api.ask("GET", path)
    where = path[1:].partition("?")[0] if path.startswith("//") else f"/2010-04-01/Accounts/{api.account.sid}{path}"
    assert (reply.status, reply.code) == (404, 20404)
    assert reply.json["message"] == f"The requested resource {where} was not found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/Calls.json"),
        ("DELETE", "/Calls.json"),
        ("DELETE", ".json"),
        ("POST", ".json"),
        ("POST", "/Recordings.json"),
        ("PATCH", "/IncomingPhoneNumbers.json"),
    ],
)
async def test_methods_that_a_path_has_not(api: Api, method: str, path: str) -> None:
    reply = await api.ask(method, path)
    assert (reply.status, reply.code) == (405, 20004)


async def test_a_suspended_account(api: Api) -> None:
    api.account.terms.suspended = True
    reply = await api.ask("POST", "/Calls.json", GOOD)
    assert (reply.status, reply.code) == (403, 20005)


async def test_too_many_requests_at_once(api: Api) -> None:
    api.account.terms.concurrent_requests = 2
    api.faults.plan["list calls"] = [Treatment(delay=20 * MILLISECOND)] * 3
    replies = await asyncio.gather(*(api.ask("GET", "/Calls.json") for _ in range(3)))
    assert sorted(reply.status for reply in replies) == [200, 200, 429]
    refused = next(reply for reply in replies if reply.status == 429)
    assert refused.json["message"] == "Too Many Requests"
    assert "Retry-After" not in refused.headers
    assert (await api.ask("GET", "/Calls.json")).status == 200
    assert api.account.requests_under_way == 0


async def test_every_refusal_can_be_asked_for_and_nothing_is_done(api: Api) -> None:
    found = {}
    for code in CATALOGUE:
        api.faults.plan["create call"] = [Treatment(refuse=code)]
        reply = await api.ask("POST", "/Calls.json", GOOD)
        found[reply.code] = reply.status
        assert "{" not in reply.json["message"], code
        assert api.exchange.commands == [], code
    assert found == {code: refusal.status for code, refusal in CATALOGUE.items()}


async def test_a_refusal_that_is_asked_for_names_what_it_complains_of(api: Api) -> None:
    api.faults.plan["create call"] = [Treatment(refuse="21211")]
    reply = await api.ask("POST", "/Calls.json", GOOD)
    assert reply.json["message"] == f"The phone number you are attempting to call, {TO}, is not valid."


async def test_faults_are_told_what_is_asked(api: Api) -> None:
    await api.ask("POST", "/Calls.json", [*GOOD.items(), ("To", "second")])
    await api.ask("GET", "/Calls.json?Status=queued")
    path = f"/2010-04-01/Accounts/{api.account.sid}/Calls.json"
    assert api.faults.asked == [
        ("create call", {"path": path, **GOOD}),
        ("list calls", {"path": path, "Status": "queued"}),
    ]


async def test_a_request_that_is_lost_is_not_acted_upon(api: Api) -> None:
    api.faults.lose("create call", Fate.LOSE_REQUEST)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.ask("POST", "/Calls.json", GOOD)
    assert api.exchange.commands == []
    (entry,) = api.written("request")
    assert (entry.data["status"], entry.data["lost"]) == (0, "request")


async def test_a_reply_that_is_lost_was_acted_upon(api: Api) -> None:
    api.faults.lose("create call", Fate.LOSE_REPLY)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.ask("POST", "/Calls.json", GOOD)
    assert len(api.account.calls) == 1
    (entry,) = api.written("request")
    assert (entry.data["status"], entry.data["lost"]) == (0, "reply")
    assert "201" in entry.evidence["response"]


async def test_requests_are_written_down(api: Api) -> None:
    await api.ask(
        "POST", "/Calls.json", [*GOOD.items(), ("StatusCallbackEvent", "ringing"), ("StatusCallbackEvent", "x")]
    )
    await api.ask("GET", "/Calls.json?PageSize=1001")
    created, listed = api.written("request")
    path = f"/2010-04-01/Accounts/{api.account.sid}/Calls.json"
    assert created.who == "twilio"
    assert created.data == {
        "operation": "create call",
        "method": "POST",
        "path": path,
        "form": GOOD | {"StatusCallbackEvent": ["ringing", "x"]},
        "status": 201,
    }
    assert listed.data == {
        "operation": "list calls",
        "method": "GET",
        "path": path,
        "form": {},
        "query": {"PageSize": "1001"},
        "status": 400,
        "code": 20007,
    }


async def test_no_secret_is_written_down(api: Api) -> None:
    key, secret = api.account.new_key()
    await api.ask(
        "POST", "/Calls.json", GOOD | {"Url": "https://u:hunter2@app.example/x", "SipAuthPassword": "hunter2"}
    )
    await api.ask("GET", ".json")
    await api.ask("GET", "/Calls.json", user=key, password=secret)
    await api.ask("GET", "/Calls.json", password="hunter2")
    text = "".join(f"{entry.data} {entry.evidence}" for entry in api.surroundings.journal)
    assert api.surroundings.journal.leaks(text) == []
    assert "hunter2" not in text
    assert aiohttp.encode_basic_auth(api.account.sid, "hunter2") not in text
    assert "<twilio.authToken>" in text


@pytest.mark.parametrize(
    ("kwargs", "code"),
    [
        ({"json": GOOD}, 21201),
        ({"form": b"To=%FF", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 20422),
        ({"form": b"\xff\xfe", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 20422),
        ({"form": b"To=%2B15550005678", "headers": {"Content-Type": "text/plain"}}, 21201),
    ],
)
async def test_only_forms_are_read(api: Api, kwargs: dict[str, object], code: int) -> None:
    assert (await api.ask("POST", "/Calls.json", **kwargs)).code == code  # type: ignore[arg-type]


async def test_a_form_may_name_its_charset(api: Api) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert (await api.ask("POST", "/Calls.json", GOOD, headers=headers)).status == 201


async def test_the_debugger_tells_what_was_not_understood(api: Api) -> None:
    odd = {"statuscallback": "https://app.example/s", "StatusCallbackEvent": "initiated ringing answered completed"}
    assert (await api.ask("POST", "/Calls.json", GOOD | odd)).status == 201
    assert [entry.data for entry in api.written("debug")] == [
        {"code": 20001, "level": "warning", "message": "Unknown parameters: statuscallback"},
        {"code": 21626, "level": "warning", "message": "Invalid 'StatusCallbackEvent'"},
    ]


async def test_refused_requests_leave_no_warnings(api: Api) -> None:
    await api.ask("POST", "/Calls.json", {"bogus": "1"})
    assert api.written("debug") == []


async def test_every_route_knows_its_parameters(api: Api) -> None:
    for route in rest.ROUTES:
        assert all(name[0].isupper() for name in route.parameters)
    assert len({(route.method, route.path) for route in rest.ROUTES}) == len(rest.ROUTES)


async def test_any_host_will_do(api: Api) -> None:
    for host in ("api.twilio.com", "api.sydney.au1.twilio.com", "127.0.0.1:1"):
        assert (await api.ask("GET", "/Calls.json", headers={"Host": host})).status == 200


async def test_the_number_called_from_is_named(api: Api) -> None:
    reply = await api.ask("POST", "/Calls.json", GOOD)
    number = api.account.number(FROM)
    assert number is not None
    assert reply.json["phone_number_sid"] == number.sid
