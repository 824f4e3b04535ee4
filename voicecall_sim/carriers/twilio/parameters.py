"""The parameters that Twilio's webhooks carry: the base set of a call, and what each kind adds to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from voicecall_sim.carriers.twilio.account import CallResource
from voicecall_sim.carriers.twilio.geography import place_of
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.world.chance import Chance

Params = Mapping[str, str]

API_VERSION: Final = "2010-04-01"
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
INITIATED: Final = "initiated"
"""A status that only callbacks know."""


def identity(call: CallResource) -> dict[str, str]:
    """What never changes in a call's base set: who calls whom, where they are, and the identifiers."""
    return {
        "AccountSid": call.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "Direction": call.direction,
        **party("From", "Caller", call.from_),
        **party("To", "Called", call.to),
        **dict(optional(call)),
    }


def party(name: str, mirror: str, number: str) -> dict[str, str]:
    """One party under both of its names, with its place (the mirrors are undocumented; observed traffic)."""
    place = place_of(number)
    told: dict[str, str] = {}
    for role in (name, mirror):
        told |= {
            role: number,
            f"{role}City": place.city,
            f"{role}State": place.state,
            f"{role}Zip": place.zip,
            f"{role}Country": place.country,
        }
    return told


def optional(call: CallResource) -> Iterator[tuple[str, str]]:
    """The base parameters that only some calls have."""
    if call.parent_call_sid is not None:
        yield "ParentCallSid", call.parent_call_sid
    if call.caller_name:
        yield "CallerName", call.caller_name
    if call.forwarded_from:
        yield "ForwardedFrom", call.forwarded_from


def attestation(call: CallResource, chance: Chance) -> dict[str, str]:
    """What an inbound call carries besides: the token to call on with its caller id, and SHAKEN's verdict."""
    token = json.dumps({"parentCallInfoToken": chance.hex("twilio.call token", 64), "identityHeaderTokens": []})
    verdict = {"StirVerstat": "TN-Validation-Passed-A"} if place_of(call.from_).country == "US" else {}
    return {"CallToken": token, **verdict}


def signed_by_us(call: CallResource) -> dict[str, str]:
    """How Twilio vouches for the caller id of an outbound call, as its callbacks tell once it rings (SHAKEN)."""
    outbound = call.direction != "inbound" and place_of(call.from_).country == "US"
    return {"StirStatus": "A"} if outbound else {}


def with_status(base: Params, status: CallStatus | str) -> dict[str, str]:
    """The base set at this moment."""
    return {**base, "CallStatus": str(status)}


def progress(status: CallStatus | str, sequence: int, at: datetime) -> dict[str, str]:
    """What a status callback adds to the base set."""
    return {
        "CallStatus": str(status),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": rfc2822(at),
    }


def ending(duration: int, sip: int, answered_by: str | None) -> dict[str, str]:
    """What the last status callback adds: seconds, billed minutes, the network's word."""
    told = {"CallDuration": str(duration), "Duration": str(-(-duration // 60)), "SipResponseCode": str(sip)}
    return told if answered_by is None else told | {"AnsweredBy": answered_by}


def rfc2822(at: datetime, zone: str = "+0000") -> str:
    """A UTC instant as in `Tue, 29 Sep 2026 10:00:00 +0000`, whatever the language of this machine."""
    day = f"{DAYS[at.weekday()]}, {at.day:02} {MONTHS[at.month - 1]} {at.year}"
    return f"{day} {at.hour:02}:{at.minute:02}:{at.second:02} {zone}"


FIDELITY: Final = (
    ("base set with Called* and Caller* mirrors", "observed traffic", "captured"),
    (
        "CallToken and StirVerstat on inbound calls",
        "observed traffic; voice/trusted-calling-with-shakenstir",
        "captured",
    ),
    ("StirVerstat only for US callers, always passed with A", "no source", "assumed"),
    (
        "StirStatus=A in callbacks of outbound calls from US numbers",
        "voice/trusted-calling-with-shakenstir",
        "documented",
    ),
    ("StirStatus comes from the ringing on", "no source", "assumed"),
    ("status callbacks: CallbackSource, SequenceNumber, RFC 2822 Timestamp", "observed traffic", "captured"),
    ("CallDuration and Duration present for unanswered calls, 0", "observed traffic (busy)", "captured"),
    ("Duration in minutes, rounded up", "voice/api/call-resource", "documented"),
    ("SipResponseCode 200, 486, 603, 487, 480, 404, 503", "voice/api/call-resource; observed 486", "captured"),
)
