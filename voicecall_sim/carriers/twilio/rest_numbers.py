"""The IncomingPhoneNumbers resource, as far as inbound calls need it, and the account itself.

Twilio docs, phone-numbers/api/incomingphonenumber-resource and iam/api/account.
"""

from __future__ import annotations

import re
from typing import Final

from voicecall_sim.carriers.twilio import paging
from voicecall_sim.carriers.twilio.account import Account, Callback, NumberResource
from voicecall_sim.carriers.twilio.asked import NO_CONTENT, Answer, Asked, Office, Route
from voicecall_sim.carriers.twilio.numbering import e164, formatted
from voicecall_sim.carriers.twilio.presentation import show_account, show_number
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.urls import acceptable
from voicecall_sim.carriers.twilio.validation import Form, flag, method

FIDELITY: Final = (
    ("buying a number that one has changes it and answers 201", "danielberkompas/ex_twilio#116", "reported"),
    ("VoiceUrl that is not a URL: 21402", "nash-md/twilio-contact-center#17", "captured"),
    ("the other codes 20002, 21403 to 21406, 21420 to 21422, 21451, 21452", "error dictionary", "documented"),
    ("a trial account has one number", "stefanjudis/create-phone-number-forwarding#6", "captured"),
    ("an empty value clears a URL", "common knowledge", "assumed"),
    ("PhoneNumber in a filter may have * for any digit and may be a part", "OpenAPI twilio_api_v2010", "documented"),
    ("an API key cannot fetch the account: 20003", "twilio/twilio-python#259", "captured"),
    ("transfers between accounts are refused", "there is one account", "assumed"),
)

LONGEST_NAME: Final = 64

_SETTINGS: Final = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "SmsApplicationSid": "sms_application_sid",
    "VoiceReceiveMode": "voice_receive_mode",
    "TrunkSid": "trunk_sid",
    "AddressSid": "address_sid",
    "BundleSid": "bundle_sid",
    "IdentitySid": "identity_sid",
    "EmergencyStatus": "emergency_status",
    "EmergencyAddressSid": "emergency_address_sid",
}
"""What is only kept and shown."""

UPDATE_PARAMETERS: Final = frozenset(
    {"VoiceUrl", "VoiceMethod", "VoiceFallbackUrl", "VoiceFallbackMethod", "StatusCallback", "StatusCallbackMethod"}
    | {"VoiceApplicationSid", "VoiceCallerIdLookup", "FriendlyName", "ApiVersion", "AccountSid", *_SETTINGS}
)
CREATE_PARAMETERS: Final = (UPDATE_PARAMETERS - {"AccountSid"}) | {"PhoneNumber", "AreaCode"}
LIST_PARAMETERS: Final = frozenset({"PhoneNumber", "FriendlyName", "Beta", "Origin", *paging.PARAMETERS})

_AREA_CODE: Final = re.compile(r"[2-9][0-9]{2}")


def create(office: Office, asked: Asked) -> Answer:
    """Buy a number."""
    account, form = office.account, asked.form
    wanted = _wanted_number(account, form)
    change = _Change(account, form, account.number(wanted))
    number = account.acquire(wanted, formatted(wanted))
    change.apply(number, office)
    return Answer(status=201, json=show_number(number, account.sid))


def _wanted_number(account: Account, form: Form) -> str:
    wanted = _by_area(account, form) if form["PhoneNumber"] is None else e164(form["PhoneNumber"])
    if wanted is None:
        raise Refused(21421, value=form["PhoneNumber"] or "")
    if account.number(wanted) is not None:
        return wanted
    if account.terms.trial and account.numbers:
        raise Refused(21404)
    if not account.market.available(wanted):
        raise Refused(21422, value=wanted)
    return wanted


def _by_area(account: Account, form: Form) -> str | None:
    area = form["AreaCode"]
    if area is None:
        return None
    if not _AREA_CODE.fullmatch(area):
        raise Refused(21451, value=area)
    number = account.offer(area)
    if number is None:
        raise Refused(21452, value=area)
    return number


class _Change:
    """What a form changes in a number. Everything is judged on construction, so that nothing is half done."""

    def __init__(self, account: Account, form: Form, number: NumberResource | None) -> None:
        self._local = account.terms.local_urls
        self._form = form
        self._name = _friendly_name(form)
        held = (number.voice, number.fallback, number.status_callback) if number else (None, None, None)
        self._voice = self._address("VoiceUrl", "VoiceMethod", held[0])
        self._fallback = self._address("VoiceFallbackUrl", "VoiceFallbackMethod", held[1])
        self._status = self._address("StatusCallback", "StatusCallbackMethod", held[2])
        self._application = _application(account, form)
        self._settings = self._read_settings()
        self._lookup = flag(form, "VoiceCallerIdLookup")
        if form["VoiceFallbackUrl"] and self._voice is None:
            raise Refused(21405)
        if form["AccountSid"] not in {None, account.sid}:
            raise Refused(21470)

    def apply(self, number: NumberResource, office: Office) -> None:
        """Make the change."""
        number.voice, number.fallback, number.status_callback = self._voice, self._fallback, self._status
        number.friendly_name = self._name or number.friendly_name
        number.settings |= self._settings
        if "VoiceApplicationSid" in self._form:
            number.application_sid = self._application
        if "VoiceCallerIdLookup" in self._form:
            number.caller_id_lookup = self._lookup
        number.date_updated = office.wall()

    def _address(self, url_name: str, method_name: str, present: Callback | None) -> Callback | None:
        present = present or Callback(url="")
        verb = method(self._form, method_name, 21403) if self._form[method_name] else present.method
        url = (self._form[url_name] or "") if url_name in self._form else present.url
        if url:
            self._judge(url_name, url)
        return Callback(url=url, method=verb) if url else None

    def _judge(self, name: str, url: str) -> None:
        if not acceptable(url, local=self._local):
            raise Refused(21402, name=name, value=url)

    def _read_settings(self) -> dict[str, str]:
        for name in ("SmsUrl", "SmsFallbackUrl"):
            if (url := self._form[name]) is not None:
                self._judge(name, url)
        for name in ("SmsMethod", "SmsFallbackMethod"):
            method(self._form, name, 21403)
        if self._form["SmsFallbackUrl"] and not self._form["SmsUrl"]:
            raise Refused(21406)
        return {shown: self._form[name] or "" for name, shown in _SETTINGS.items() if name in self._form}


def _friendly_name(form: Form) -> str | None:
    name = form["FriendlyName"]
    if name is not None and len(name) > LONGEST_NAME:
        raise Refused(20002)
    return name


def _application(account: Account, form: Form) -> str | None:
    sid = form["VoiceApplicationSid"]
    if sid is not None and sid not in account.applications:
        raise Refused(21420)
    return sid


def _named(office: Office, asked: Asked) -> NumberResource:
    number = office.account.numbers.get(asked.sids["number"])
    if number is None:
        raise asked.not_found()
    return number


def fetch(office: Office, asked: Asked) -> Answer:
    """One number."""
    return Answer(json=show_number(_named(office, asked), office.account.sid))


def update(office: Office, asked: Asked) -> Answer:
    """Change where a number's calls go, and what else is kept of it."""
    number = _named(office, asked)
    _Change(office.account, asked.form, number).apply(number, office)
    return Answer(json=show_number(number, office.account.sid))


def delete(office: Office, asked: Asked) -> Answer:
    """Give a number back."""
    office.account.release(_named(office, asked).sid)
    return NO_CONTENT


def list_(office: Office, asked: Asked) -> Answer:
    """The numbers that match."""
    page = paging.read_page(asked.path, asked.query)
    pattern = _pattern(asked.query["PhoneNumber"])
    name, origin = asked.query["FriendlyName"], asked.query["Origin"]

    def matches(number: NumberResource) -> bool:
        return (
            pattern.search(number.phone_number) is not None
            and name in {None, number.friendly_name}
            and origin in {None, "twilio"}
        )

    shown = page.body(
        "incoming_phone_numbers", office.account.numbers, matches, lambda one: show_number(one, office.account.sid)
    )
    return Answer(json=shown)


def _pattern(text: str | None) -> re.Pattern[str]:
    """A number in full, or a part of one with `*` for any digit."""
    if text is None:
        return re.compile("")
    if (number := e164(text)) is not None:
        return re.compile(re.escape(number) + "$")
    return re.compile(re.escape(text).replace(r"\*", "[0-9]"))


def fetch_account(office: Office, asked: Asked) -> Answer:
    """The account itself, which an API key may not see."""
    if asked.by_key:
        raise Refused(20003)
    return Answer(json=show_account(office.account))


_LIST: Final = "/IncomingPhoneNumbers.json"
_ONE: Final = "/IncomingPhoneNumbers/{number}.json"

ROUTES: Final = (
    Route(operation="create number", method="POST", path=_LIST, handler=create, parameters=CREATE_PARAMETERS),
    Route(operation="list numbers", method="GET", path=_LIST, handler=list_, parameters=LIST_PARAMETERS),
    Route(operation="fetch number", method="GET", path=_ONE, handler=fetch),
    Route(operation="update number", method="POST", path=_ONE, handler=update, parameters=UPDATE_PARAMETERS),
    Route(operation="delete number", method="DELETE", path=_ONE, handler=delete),
    Route(operation="fetch account", method="GET", path=".json", handler=fetch_account),
)
