"""What webhooks of a call tell of it: which parameters go with which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from voicecall_sim.carriers.plivo.account import Account, CallRecord

NOT_APPLICABLE: Final = "Not Applicable"
COUNTRIES: Final[Mapping[str, str]] = {"1": "US", "33": "FR", "39": "IT", "44": "GB", "49": "DE", "91": "IN"}


def bare(number: str) -> str:
    """A number without its plus."""
    return number.removeprefix("+")


def country(number: str) -> str:
    """The country of a number, if we know it."""
    return next((name for prefix, name in COUNTRIES.items() if bare(number).startswith(prefix)), "")


def session_time(at: datetime) -> str:
    """UTC with microseconds, without offset."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def local_time(account: Account, at: datetime | None) -> str:
    """In the account's zone, without offset and fraction; empty for what did not happen."""
    return "" if at is None else f"{account.local(at):%Y-%m-%d %H:%M:%S}"


def identity(account: Account, record: CallRecord, event: str) -> dict[str, str]:
    """What every webhook of a call has."""
    told = {
        "CallUUID": record.uuid,
        "From": bare(record.from_),
        "To": record.to,
        "CallStatus": record.status,
        "Direction": record.direction,
        "Event": event,
        "ParentAuthID": account.auth_id,
        "SessionStart": session_time(record.session or record.initiated),
    }
    if record.caller_name:
        told["CallerName"] = record.caller_name
    if record.direction == "outbound":
        told["RequestUUID"] = record.request_uuid
    return told | ({"Machine": "true"} if record.machine else {})


def ring(account: Account, record: CallRecord) -> dict[str, str]:
    """The other end rings: `From` keeps its plus, `CallerName` may be empty, the session has another beginning."""
    told = identity(account, record, "Ring")
    return {
        **told,
        "From": record.from_,
        "CallerName": record.caller_name,
        "SessionStart": session_time(record.initiated),
    }


def standard(account: Account, record: CallRecord, event: str, headers: Mapping[str, str]) -> dict[str, str]:
    """What goes with every request on a call that has been answered, or is inbound."""
    told = {**identity(account, record, event), **rated(account), **headers}
    if record.direction == "outbound":
        told |= {"ALegUUID": record.uuid, "ALegRequestUUID": record.request_uuid}
    return told


def rated(account: Account) -> dict[str, str]:
    """Price and attestation."""
    return {
        "BillRate": f"{account.terms.rate:g}",
        "STIRVerification": NOT_APPLICABLE,
        "STIRAttestation": NOT_APPLICABLE,
    }


def start(account: Account, record: CallRecord, headers: Mapping[str, str]) -> dict[str, str]:
    """The request of the answer URL."""
    outbound = record.direction == "outbound"
    return {
        **standard(account, record, "StartApp", headers),
        "CountryCode": country(record.to if outbound else record.from_),
        "RouteType": "Domestic_Anchored" if outbound else "",
    }


def hangup(account: Account, record: CallRecord, headers: Mapping[str, str]) -> dict[str, str]:
    """The last request of a call."""
    ending = record.ending
    assert ending is not None
    if record.answered is not None or record.direction == "inbound":
        told = standard(account, record, "Hangup", headers)
    else:
        told = {**identity(account, record, "Hangup"), **rated(account), "From": record.from_}
    return {
        **told,
        "AnswerTime": local_time(account, record.answered),
        "StartTime": local_time(account, record.initiated),
        "EndTime": local_time(account, record.ended),
        "Duration": str(record.duration),
        "BillDuration": str(record.billed),
        "TotalCost": cost(account, record),
        "HangupCause": ending.raw,
        "HangupCauseCode": str(ending.code),
        "HangupCauseName": ending.name,
        "HangupSource": ending.source,
    }


def cost(account: Account, record: CallRecord) -> str:
    """What the call costs, with five decimals."""
    return f"{account.terms.rate * record.billed / 60:.5f}"


FIDELITY: Final = (
    ("parameters of ring, answer and hang-up callbacks of outbound calls", "captured payloads, 2024", "captured"),
    ("From keeps its plus in ring and unanswered hang-up callbacks only, To has none", "captured payloads", "captured"),
    ("AnswerTime is there and empty when nobody answered", "captured payloads", "captured"),
    ("SessionStart is UTC with microseconds, the other times are the account's", "captured payloads", "captured"),
    ("SessionStart of the ring callback differs from the later ones", "captured payloads", "captured"),
    ("that SessionStart is when it began to ring", "captured times fit it", "assumed"),
    (
        "inbound: CallStatus ringing, no RequestUUID, no ALeg*, CallerName with a plus",
        "docs; a clone's docs",
        "documented",
    ),
    ("the hang-up callback of an inbound call, and its From without plus", "no capture", "assumed"),
    ("the actions' Event is Redirect", "plivoframework and a clone", "reimplemented"),
    ("BillDuration is the rounded figure; TotalCost has five decimals", "captured payloads", "captured"),
)
