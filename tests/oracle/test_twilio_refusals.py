"""Every refusal of the emulated REST API, as Twilio's own client sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.tools.paper_exchange import FROM, TO
from tests.tools.twilio_api import Api, serving
from tests.tools.twilio_client import called, pointed, refusal
from voicecall_sim.carriers.emulator import Treatment
from voicecall_sim.carriers.twilio.account import OpenMarket
from voicecall_sim.carriers.twilio.refusals import CATALOGUE
from voicecall_sim.carriers.twilio.states import CallStatus

pytestmark = pytest.mark.loopback

URL = "https://app.example/voice"
TALK = (CallStatus.RINGING, CallStatus.IN_PROGRESS)
OVER = (*TALK, CallStatus.COMPLETED)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


@pytest.fixture
def client(api: Api) -> Client:
    """The synchronous client, to be called in a thread."""
    return pointed(api, Client(api.account.sid, api.account.auth_token))


CREATE: dict[int, dict[str, Any]] = {
    20001: {"record": "maybe"},
    21201: {"to": ""},
    21205: {"url": "localhost:1337/voice"},
    21206: {"send_digits": "x"},
    21208: {"timeout": 601},
    21209: {"method": "PUT"},
    21210: {"from_": "+861057684080"},
    21211: {"to": "+1555"},
    21212: {"from_": "+0800918468"},
    21213: {"from_": ""},
    21214: {"to": "+15005550002"},
    21215: {"to": "+15005550003"},
    21216: {"to": "+15005550004"},
    21217: {"to": "+15005550001"},
    21218: {"application_sid": "AP" + "0" * 32},
    21221: {"to": "sip:a@b.example", "sip_auth_username": "u" * 256, "sip_auth_password": "p"},
    21222: {"to": "sip:a@b.example", "sip_auth_username": "ü", "sip_auth_password": "p"},
    21223: {"to": "sip:a@b.example", "sip_auth_username": "u", "sip_auth_password": "p" * 256},
    21224: {"to": "sip:a@b.example", "sip_auth_username": "u", "sip_auth_password": "ü"},
    21225: {"to": "sip:a@b.example", "sip_auth_username": "u"},
    21227: {"to": "sip:a@b.example?X-A=" + "a" * 1024},
    21228: {"to": "sip:a@b.example?X A=a"},
    21229: {"to": "sip:a@b.example?X-A=ü"},
    21234: {"machine_detection": "true"},
    21609: {"status_callback": "http://localhost:8000/s"},
}
"""What makes a create request be refused with each code."""

NUMBER: dict[int, dict[str, Any]] = {
    20002: {"friendly_name": "x" * 65},
    21402: {"voice_url": "http://localhost/api"},
    21403: {"voice_method": "PUT"},
    21405: {"voice_fallback_url": "https://app.example/f"},
    21406: {"sms_fallback_url": "https://app.example/f"},
    21420: {"voice_application_sid": "AP" + "0" * 32},
    21421: {"phone_number": "+1555"},
    21451: {"phone_number": "", "area_code": "1"},
}
"""What makes the purchase of a number be refused with each code."""


@pytest.mark.parametrize("code", CREATE)
async def test_refused_creations(api: Api, client: Client, code: int) -> None:
    error = await refusal(client.calls.create, **({"to": TO, "from_": FROM, "url": URL} | CREATE[code]))
    assert (error.code, error.status) == (code, CATALOGUE[code].status)
    assert error.msg.startswith("Unable to create record: ")


@pytest.mark.parametrize("code", NUMBER)
async def test_refused_purchases(api: Api, client: Client, code: int) -> None:
    create = client.incoming_phone_numbers.create
    error = await refusal(create, **({"phone_number": "+14158675309"} | NUMBER[code]))
    assert (error.code, error.status) == (code, CATALOGUE[code].status)


async def provoke_16108(api: Api, client: Client) -> TwilioRestException:
    call = client.calls(await api.new_call(*TALK))
    for _ in range(2):
        await called(call.recordings.create)
    return await refusal(call.recordings("Twilio.CURRENT").update, status="paused")


async def provoke_20003(api: Api, client: Client) -> TwilioRestException:
    return await refusal(pointed(api, Client(api.account.sid, "wrong")).calls.create, to=TO, from_=FROM, url=URL)


async def provoke_20005(api: Api, client: Client) -> TwilioRestException:
    api.account.terms.suspended = True
    return await refusal(client.calls.create, to=TO, from_=FROM, url=URL)


async def provoke_20009(api: Api, client: Client) -> TwilioRestException:
    return await refusal(client.calls(await api.new_call()).delete)


async def provoke_20404(api: Api, client: Client) -> TwilioRestException:
    return await refusal(client.calls("CA" + "0" * 32).fetch)


async def provoke_20429(api: Api, client: Client) -> TwilioRestException:
    api.account.terms.concurrent_requests = 0
    return await refusal(client.calls.create, to=TO, from_=FROM, url=URL)


async def provoke_21219(api: Api, client: Client) -> TwilioRestException:
    api.account.terms.trial = True
    return await refusal(client.calls.create, to=TO, from_=FROM, url=URL)


async def provoke_21220(api: Api, client: Client) -> TwilioRestException:
    return await refusal(client.calls(await api.new_call(*OVER)).update, status="completed")


async def provoke_21226(api: Api, client: Client) -> TwilioRestException:
    api.account.terms.sip = False
    return await refusal(client.calls.create, to="sip:a@b.example", from_="a", url=URL)


async def provoke_21404(api: Api, client: Client) -> TwilioRestException:
    api.account.terms.trial = True
    return await refusal(client.incoming_phone_numbers.create, phone_number="+14158675309")


class Shut(OpenMarket):
    """A market that has nothing."""

    def available(self, phone_number: str) -> bool:
        return False


async def provoke_21422(api: Api, client: Client) -> TwilioRestException:
    api.account.market = Shut()
    return await refusal(client.incoming_phone_numbers.create, phone_number="+14158675309")


async def provoke_21452(api: Api, client: Client) -> TwilioRestException:
    api.account.market = Shut()
    return await refusal(client.incoming_phone_numbers.create, area_code="415")


async def provoke_21470(api: Api, client: Client) -> TwilioRestException:
    key, secret = api.account.new_key()
    return await refusal(pointed(api, Client(key, secret)).calls.create, to=TO, from_=FROM, url=URL)


PROVOKERS = {int(name[-5:]): function for name, function in dict(globals()).items() if name.startswith("provoke_")}


@pytest.mark.parametrize("code", PROVOKERS)
async def test_refusals_by_circumstance(api: Api, client: Client, code: int) -> None:
    error = await PROVOKERS[code](api, client)
    assert (error.code, error.status) == (code, CATALOGUE[code].status)


@pytest.mark.parametrize(
    ("code", "query"), [(20007, "PageSize=1001"), (21481, "PageToken=PACA1"), (20001, "Status=initiated")]
)
async def test_refused_lists_have_an_exception_without_code(api: Api, client: Client, code: int, query: str) -> None:
    uri = f"{api.base}/2010-04-01/Accounts/{api.account.sid}/Calls.json?{query}"
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        await called(client.calls.get_page, uri)
    assert api.written("request")[-1].data["code"] == code


RAW = {
    20004: ("PUT", {}),
    20422: ("POST", {"data": b"To=%FF", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
}
"""What the client itself never sends."""


@pytest.mark.parametrize("code", RAW)
async def test_requests_that_only_a_bare_client_sends(api: Api, client: Client, code: int) -> None:
    method, more = RAW[code]
    uri = f"{api.base}/2010-04-01/Accounts/{api.account.sid}/Calls.json"
    reply = await called(client.request, method, uri, **more)
    assert (reply.status_code, json.loads(reply.text)["code"]) == (CATALOGUE[code].status, code)


BY_FAULT_ONLY = {
    10001: "older clients saw it in place of 20005",
    20006: "there are no users without privileges",
    20008: "there are no test credentials",
    20409: "nothing conflicts",
    20410: "nothing was withdrawn",
    20500: "the emulator does not fail",
    20503: "the emulator is always there",
    21202: "no number is premium",
    21203: "21215 took its place",
    22005: "the queue is the exchange's",
}
"""The rest of the catalogue: why no request provokes it. A scenario can ask for it."""


@pytest.mark.parametrize("code", BY_FAULT_ONLY)
async def test_refusals_that_a_scenario_asks_for(api: Api, client: Client, code: int) -> None:
    api.faults.plan["create call"] = [Treatment(refuse=code)]
    error = await refusal(client.calls.create, to=TO, from_=FROM, url=URL)
    assert (error.code, error.status) == (code, CATALOGUE[code].status)


def test_every_refusal_of_the_catalogue_is_seen() -> None:
    seen = [*CREATE, *NUMBER, *PROVOKERS, *RAW, *BY_FAULT_ONLY, 20007, 21481]
    assert sorted(seen) == sorted(CATALOGUE)
