"""Resources as JSON: the names, nulls and forms of real answers (observed traffic; OpenAPI twilio_api_v2010)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from voicecall_sim.carriers.twilio import parameters
from voicecall_sim.carriers.twilio.account import Account, Callback, CallResource, NumberResource, RecordingResource
from voicecall_sim.carriers.twilio.numbering import formatted
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.stream_resource import StreamResource

API_VERSION: Final = "2010-04-01"

RATING_TIME: Final = timedelta(minutes=5)
"""How long after its end a call gets its price."""
RATES: Final = {"inbound": Decimal("0.00850"), "outbound-api": Decimal("0.01400"), "outbound-dial": Decimal("0.01400")}
"""US dollars for each minute begun."""

FIDELITY: Final = (
    ("dates are RFC 2822 with +0000", "observed traffic", "captured"),
    ("dates of a call are null in the answer to its creation", "observed traffic, two replies", "captured"),
    ("trunk_sid is null on create and empty later; annotation exists", "observed traffic", "captured"),
    ("duration is null on create and 0 while ringing", "observed traffic", "captured"),
    ("duration and queue_time are strings", "OpenAPI twilio_api_v2010", "documented"),
    ("the price appears minutes after the end, negative, five decimals", "observed traffic", "captured"),
    ("the rates and the five minutes", "nothing published", "assumed"),
    ("unset URLs of a number are empty strings", "nothing published", "assumed"),
    ("a call's subresource_uris", "observed traffic", "captured"),
)

_CALL_PARTS: Final = {
    "events": "Events",
    "notifications": "Notifications",
    "payments": "Payments",
    "recordings": "Recordings",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}
_RECORDING_PARTS: Final = {"add_on_results": "AddOnResults", "transcriptions": "Transcriptions"}


def rfc2822(instant: datetime | None) -> str | None:
    """An aware UTC instant as Twilio writes it: `Fri, 18 Oct 2019 17:00:00 +0000`."""
    return None if instant is None else parameters.rfc2822(instant)


def account_path(account_sid: str) -> str:
    """Where everything of an account is."""
    return f"/{API_VERSION}/Accounts/{account_sid}"


def _parts(base: str, parts: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: f"{base}/{path}.json" for name, path in parts}


def show_new_call(call: CallResource) -> dict[str, Any]:
    """The answer to a call's creation: nothing is known of it but what was asked for."""
    unknown = dict.fromkeys(
        ("date_created", "date_updated", "start_time", "end_time", "duration", "answered_by", "price", "trunk_sid")
    )
    return show_call(call, None) | unknown | {"status": CallStatus.QUEUED.value}


def show_call(call: CallResource, now: datetime | None) -> dict[str, Any]:
    """A call. `now` decides whether it has been rated."""
    base = f"{account_path(call.account_sid)}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "date_created": rfc2822(call.date_created),
        "date_updated": rfc2822(call.date_updated),
        "parent_call_sid": call.parent_call_sid,
        "account_sid": call.account_sid,
        "to": call.to,
        "to_formatted": formatted(call.to),
        "from": call.from_,
        "from_formatted": formatted(call.from_),
        "phone_number_sid": call.phone_number_sid,
        "status": call.status.value,
        "start_time": rfc2822(call.start_time),
        "end_time": rfc2822(call.end_time),
        "duration": _duration(call),
        "price": price(call, now),
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by,
        "annotation": None,
        "api_version": API_VERSION,
        "forwarded_from": call.forwarded_from,
        "group_sid": None,
        "caller_name": call.caller_name,
        "queue_time": str(call.queue_time),
        "trunk_sid": "",
        "uri": f"{base}.json",
        "subresource_uris": _parts(base, _CALL_PARTS.items()),
    }


def _duration(call: CallResource) -> str | None:
    if call.duration is None:
        return "0" if call.status is CallStatus.RINGING else None
    return str(call.duration)


def price(call: CallResource, now: datetime | None) -> str | None:
    """What a call cost, once it has been rated; `now` None: not yet."""
    if now is None or call.end_time is None or now < call.end_time + RATING_TIME:
        return None
    minutes = -(-(call.duration or 0) // 60)
    return f"{-minutes * RATES.get(call.direction, Decimal(0)):.5f}" if minutes else None


def show_recording(recording: RecordingResource, api_base: str) -> dict[str, Any]:
    """A recording, as the account's list has it."""
    base = f"{account_path(recording.account_sid)}/Recordings/{recording.sid}"
    return _recording(recording, base) | {
        "subresource_uris": _parts(base, _RECORDING_PARTS.items()),
        "media_url": f"{api_base}{base}",
    }


def show_call_recording(recording: RecordingResource) -> dict[str, Any]:
    """A recording, as a part of its call."""
    base = f"{account_path(recording.account_sid)}/Calls/{recording.call_sid}/Recordings/{recording.sid}"
    return _recording(recording, base) | {"track": recording.track}


def _recording(recording: RecordingResource, base: str) -> dict[str, Any]:
    return {
        "sid": recording.sid,
        "account_sid": recording.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "channels": recording.channels,
        "date_created": rfc2822(recording.date_created),
        "date_updated": rfc2822(recording.date_updated),
        "start_time": rfc2822(recording.start_time),
        "duration": None if recording.duration is None else str(recording.duration),
        "price": None,
        "price_unit": "USD",
        "status": "deleted" if recording.deleted else recording.status,
        "source": recording.source,
        "error_code": recording.error_code,
        "encryption_details": None,
        "uri": f"{base}.json",
    }


def show_number(number: NumberResource, account_sid: str) -> dict[str, Any]:
    """A number of the account."""
    return {
        "sid": number.sid,
        "account_sid": account_sid,
        "friendly_name": number.friendly_name,
        "phone_number": number.phone_number,
        "date_created": rfc2822(number.date_created),
        "date_updated": rfc2822(number.date_updated),
        "voice_caller_id_lookup": number.caller_id_lookup,
        "voice_application_sid": number.application_sid,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "api_version": API_VERSION,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "type": "local",
        "uri": f"{account_path(account_sid)}/IncomingPhoneNumbers/{number.sid}.json",
        **_address("voice_url", "voice_method", number.voice),
        **_address("voice_fallback_url", "voice_fallback_method", number.fallback),
        **_address("status_callback", "status_callback_method", number.status_callback),
        **NUMBER_SETTINGS,
        **number.settings,
    }


NUMBER_SETTINGS: Final[dict[str, str | None]] = {
    "sms_url": "",
    "sms_method": "POST",
    "sms_fallback_url": "",
    "sms_fallback_method": "POST",
    "sms_application_sid": None,
    "voice_receive_mode": "voice",
    "trunk_sid": None,
    "address_sid": None,
    "address_requirements": "none",
    "bundle_sid": None,
    "identity_sid": None,
    "emergency_status": "Inactive",
    "emergency_address_sid": None,
    "emergency_address_status": "unregistered",
}
"""What has no effect on calls, with its values until it is set."""


def _address(url_name: str, method_name: str, callback: Callback | None) -> dict[str, str]:
    shown = callback or Callback(url="")
    return {url_name: shown.url, method_name: shown.method}


def show_stream(stream: StreamResource) -> dict[str, Any]:
    """A media stream of a call."""
    base = f"{account_path(stream.account_sid)}/Calls/{stream.call_sid}/Streams"
    return {
        "sid": stream.sid,
        "account_sid": stream.account_sid,
        "call_sid": stream.call_sid,
        "name": stream.name,
        "status": stream.status,
        "date_updated": rfc2822(stream.date_updated),
        "uri": f"{base}/{stream.sid}.json",
    }


def show_account(account: Account) -> dict[str, Any]:
    """The account itself. Its auth token is shown to who has it already."""
    base = account_path(account.sid)
    return {
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "friendly_name": account.friendly_name,
        "status": "suspended" if account.terms.suspended else "active",
        "type": "Trial" if account.terms.trial else "Full",
        "auth_token": account.auth_token,
        "date_created": rfc2822(account.date_created),
        "date_updated": rfc2822(account.date_created),
        "uri": f"{base}.json",
        "subresource_uris": _parts(base, _ACCOUNT_PARTS),
    }


_ACCOUNT_PARTS: Final = (
    ("calls", "Calls"),
    ("incoming_phone_numbers", "IncomingPhoneNumbers"),
    ("recordings", "Recordings"),
)
