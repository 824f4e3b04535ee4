"""IncomingPhoneNumbers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.tools.paper_exchange import FROM
from tests.tools.twilio_api import Api, serving
from voicecall_sim.carriers.twilio.account import Callback, NumberResource, OpenMarket

pytestmark = pytest.mark.loopback

NEW = "+14158675309"
LIST = "/IncomingPhoneNumbers.json"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as api:
        yield api


def path(api: Api, phone_number: str = FROM) -> str:
    """Where a number is."""
    number = api.account.number(phone_number)
    assert number is not None
    return f"/IncomingPhoneNumbers/{number.sid}.json"


def owned(api: Api, phone_number: str = FROM) -> NumberResource:
    """The account's number."""
    number = api.account.number(phone_number)
    assert number is not None
    return number


async def test_buying_a_number_with_all_that_inbound_calls_need(api: Api) -> None:
    form = {
        "PhoneNumber": "(415) 867-5309",
        "FriendlyName": "Front desk",
        "VoiceUrl": "https://app.example/voice",
        "VoiceMethod": "GET",
        "VoiceFallbackUrl": "https://app.example/fallback",
        "StatusCallback": "https://app.example/status",
        "StatusCallbackMethod": "POST",
        "VoiceCallerIdLookup": "true",
        "SmsUrl": "https://app.example/sms",
    }
    reply = await api.ask("POST", LIST, form)
    assert reply.status == 201
    number = owned(api, NEW)
    assert reply.json["sid"] == number.sid
    assert (number.friendly_name, number.caller_id_lookup) == ("Front desk", True)
    assert number.voice == Callback(url="https://app.example/voice", method="GET")
    assert number.fallback == Callback(url="https://app.example/fallback")
    assert number.status_callback == Callback(url="https://app.example/status")
    assert (reply.json["voice_method"], reply.json["sms_url"]) == ("GET", "https://app.example/sms")


async def test_a_number_has_its_own_name_if_none_is_given(api: Api) -> None:
    assert (await api.ask("POST", LIST, {"PhoneNumber": NEW})).json["friendly_name"] == "(415) 867-5309"


async def test_buying_what_one_has_changes_it(api: Api) -> None:
    reply = await api.ask("POST", LIST, {"PhoneNumber": FROM, "VoiceUrl": "https://app.example/v"})
    assert (reply.status, reply.json["status"]) == (201, "in-use")
    assert len(api.account.numbers) == 1
    assert owned(api).voice == Callback(url="https://app.example/v")


async def test_buying_by_area_code(api: Api) -> None:
    reply = await api.ask("POST", LIST, {"AreaCode": "415"})
    assert reply.json["phone_number"].startswith("+1415555")


BAD: list[tuple[dict[str, str], int]] = [
    ({}, 21421),
    ({"PhoneNumber": "+1555"}, 21421),
    ({"AreaCode": "41"}, 21451),
    ({"AreaCode": "115"}, 21451),
    ({"PhoneNumber": NEW, "VoiceUrl": "http://localhost/api"}, 21402),
    ({"PhoneNumber": NEW, "VoiceFallbackUrl": "x"}, 21402),
    ({"PhoneNumber": NEW, "StatusCallback": "x"}, 21402),
    ({"PhoneNumber": NEW, "SmsUrl": "x"}, 21402),
    ({"PhoneNumber": NEW, "SmsFallbackUrl": "x"}, 21402),
    ({"PhoneNumber": NEW, "VoiceMethod": "PUT"}, 21403),
    ({"PhoneNumber": NEW, "StatusCallbackMethod": "x"}, 21403),
    ({"PhoneNumber": NEW, "SmsMethod": "x"}, 21403),
    ({"PhoneNumber": NEW, "VoiceFallbackUrl": "https://app.example/f"}, 21405),
    ({"PhoneNumber": NEW, "SmsFallbackUrl": "https://app.example/f"}, 21406),
    ({"PhoneNumber": NEW, "VoiceApplicationSid": "AP" + "0" * 32}, 21420),
    ({"PhoneNumber": NEW, "FriendlyName": "x" * 65}, 20002),
    ({"PhoneNumber": NEW, "VoiceCallerIdLookup": "x"}, 20001),
]


@pytest.mark.parametrize(("form", "code"), BAD)
async def test_bad_purchases_buy_nothing(api: Api, form: dict[str, str], code: int) -> None:
    assert (await api.ask("POST", LIST, form)).code == code
    assert len(api.account.numbers) == 1


async def test_numbers_that_are_not_for_sale(api: Api) -> None:
    class Shut(OpenMarket):
        def available(self, phone_number: str) -> bool:
            return False

    api.account.market = Shut()
    assert (await api.ask("POST", LIST, {"PhoneNumber": NEW})).code == 21422
    assert (await api.ask("POST", LIST, {"AreaCode": "415"})).code == 21452


async def test_a_trial_has_one_number(api: Api) -> None:
    api.account.terms.trial = True
    assert (await api.ask("POST", LIST, {"PhoneNumber": NEW})).code == 21404
    assert (await api.ask("POST", LIST, {"PhoneNumber": FROM})).status == 201


async def test_updates_keep_what_they_do_not_name(api: Api) -> None:
    await api.ask("POST", path(api), {"VoiceUrl": "https://app.example/v", "StatusCallback": "https://app.example/s"})
    await api.ask("POST", path(api), {"VoiceMethod": "GET"})
    assert owned(api).voice == Callback(url="https://app.example/v", method="GET")
    reply = await api.ask("POST", path(api), {"StatusCallback": "", "FriendlyName": "New"})
    assert reply.json["status_callback"] == ""
    assert owned(api).status_callback is None
    assert owned(api).voice == Callback(url="https://app.example/v", method="GET")
    assert owned(api).friendly_name == "New"


async def test_an_application_can_be_set_and_taken_away(api: Api) -> None:
    application = api.account.new_application(Callback(url="https://app.example/v"))
    await api.ask("POST", path(api), {"VoiceApplicationSid": application.sid})
    assert owned(api).application_sid == application.sid
    await api.ask("POST", path(api), {"FriendlyName": "x"})
    assert owned(api).application_sid == application.sid
    await api.ask("POST", path(api), {"VoiceApplicationSid": ""})
    assert owned(api).application_sid is None


async def test_bad_updates_change_nothing(api: Api) -> None:
    form = {"FriendlyName": "New", "VoiceUrl": "x"}
    assert (await api.ask("POST", path(api), form)).json["message"] == "VoiceUrl is not a valid URL: x"
    assert owned(api).friendly_name != "New"
    assert (await api.ask("POST", path(api), {"AccountSid": "AC" + "0" * 32})).code == 21470
    assert (await api.ask("POST", path(api), {"AccountSid": api.account.sid})).status == 200


async def test_giving_a_number_back(api: Api) -> None:
    where = path(api)
    assert (await api.ask("DELETE", where)).status == 204
    for method in ("GET", "POST", "DELETE"):
        assert (await api.ask(method, where)).code == 20404
    assert not api.account.may_call_from(FROM)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [NEW, FROM]),
        ("?PhoneNumber=%2B14158675309", [NEW]),
        ("?PhoneNumber=(415)%20867-5309", [NEW]),
        ("?PhoneNumber=867", [NEW]),
        ("?PhoneNumber=000*234", [FROM]),
        ("?PhoneNumber=%2B4915112345678", []),
        ("?FriendlyName=Front", [NEW]),
        ("?Origin=hosted", []),
        ("?PageSize=1", [NEW]),
    ],
)
async def test_lists_and_filters(api: Api, query: str, found: list[str]) -> None:
    api.account.acquire(NEW, "Front")
    reply = await api.ask("GET", LIST + query)
    assert [number["phone_number"] for number in reply.json["incoming_phone_numbers"]] == found
