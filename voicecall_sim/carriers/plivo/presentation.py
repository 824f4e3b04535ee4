"""Records as REST shows them, lists in pages, and the filters of the list of calls. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from voicecall_sim.carriers.plivo.account import Account, CallRecord
from voicecall_sim.carriers.plivo.parameters import NOT_APPLICABLE, bare, cost, session_time
from voicecall_sim.carriers.plivo.refusals import invalid
from voicecall_sim.carriers.plivo.validation import Form

T = TypeVar("T")
PAGE: Final = 20
MINUTE: Final = 60


def cdr(account: Account, record: CallRecord) -> dict[str, Any]:
    """A call that is over."""
    ending = record.ending
    assert ending is not None
    return {
        "answer_time": shown_time(account, record.answered),
        "bill_duration": record.duration,
        "billed_duration": record.billed,
        "call_direction": record.direction,
        "call_duration": record.duration,
        "call_uuid": record.uuid,
        "call_state": "ANSWER" if record.answered else ending.raw,
        "end_time": shown_time(account, record.ended),
        "from_number": record.from_,
        "initiation_time": shown_time(account, record.initiated),
        "parent_call_uuid": record.parent,
        "resource_uri": uri(account, "Call", record.uuid),
        "to_number": record.to,
        "total_amount": cost(account, record),
        "total_rate": f"{account.terms.rate:.5f}",
        "hangup_cause_code": ending.code,
        "hangup_cause_name": ending.name,
        "hangup_source": ending.source,
        "conference_uuid": record.conference,
        "cnam_lookup": None,
        "source_ip": None,
        "voice_network_group": "group1",
        "stir_verification": NOT_APPLICABLE,
        "stir_attestation": "",
    }


def live(record: CallRecord) -> dict[str, Any]:
    """A call that goes on."""
    return {
        **queued(record),
        "session_start": session_time(record.session or record.initiated),
        "stir_verification": NOT_APPLICABLE,
        "stir_attestation": "",
    }


def queued(record: CallRecord) -> dict[str, Any]:
    """A call that waits for its turn."""
    return {
        "direction": record.direction,
        "from": record.from_,
        "call_status": record.status,
        "to": bare(record.to),
        "caller_name": record.caller_name,
        "call_uuid": record.uuid,
        "request_uuid": record.request_uuid,
    }


def shown_time(account: Account, at: datetime | None) -> str | None:
    """In the account's zone, with its offset."""
    return None if at is None else account.local(at).replace(microsecond=0).isoformat(sep=" ")


def uri(account: Account, *path: str) -> str:
    """The path of a resource."""
    return f"/v1/Account/{account.auth_id}/{'/'.join(path)}/"


def page(path: str, given: Form, found: Sequence[T], show: Callable[[T], Any]) -> dict[str, Any]:
    """One page of a list, with `meta`. Raises `Refused` for a bad limit or offset."""
    limit = given.integer("limit", PAGE, 1, PAGE)
    offset = given.integer("offset", 0)
    following = offset + limit < len(found)
    meta = {
        "limit": limit,
        "next": f"{path}?limit={limit}&offset={offset + limit}" if following else None,
        "offset": offset,
        "previous": f"{path}?limit={limit}&offset={max(0, offset - limit)}" if offset else None,
        "total_count": len(found),
    }
    return {"meta": meta, "objects": [show(one) for one in found[offset : offset + limit]]}


COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "": operator.eq,
    "__gt": operator.gt,
    "__gte": operator.ge,
    "__lt": operator.lt,
    "__lte": operator.le,
}


def wanted(given: Form) -> Callable[[CallRecord], bool]:
    """Which calls a list is asked for. Raises `Refused`."""
    tests = [*_equalities(given), *_durations(given), *_times(given)]
    return lambda record: all(test(record) for test in tests)


def _equalities(given: Form) -> Sequence[Callable[[CallRecord], bool]]:
    tests: list[Callable[[CallRecord], bool]] = []
    for name, told in EQUAL.items():
        value = given[name]
        if value is not None:
            tests.append(lambda record, told=told, value=value: told(record) == value)  # type: ignore[misc]
    for name, told in PREFIXED.items():
        value = given[name]
        if value is not None:
            tests.append(lambda record, told=told, value=value: told(record).startswith(bare(value)))  # type: ignore[misc]
    return tests


def _durations(given: Form) -> Sequence[Callable[[CallRecord], bool]]:
    tests: list[Callable[[CallRecord], bool]] = []
    for suffix, compare in COMPARISONS.items():
        if given[f"bill_duration{suffix}"] is not None:
            seconds = given.integer(f"bill_duration{suffix}", 0)
            tests.append(lambda record, compare=compare, seconds=seconds: compare(record.duration, seconds))  # type: ignore[misc]
    return tests


def _times(given: Form) -> Sequence[Callable[[CallRecord], bool]]:
    tests: list[Callable[[CallRecord], bool]] = []
    for suffix, compare in COMPARISONS.items():
        text = given[f"end_time{suffix}"]
        if text is not None:
            at = read_time(f"end_time{suffix}", text)
            tests.append(lambda record, compare=compare, at=at: compare(record.ended, at))  # type: ignore[misc]
    return tests


def read_time(name: str, text: str) -> datetime:
    """`YYYY-MM-DD HH:MM[:ss[.uuuuuu]]`, UTC. Raises `Refused`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise invalid(name) from None


EQUAL: Final[Mapping[str, Callable[[CallRecord], str]]] = {
    "subaccount": lambda record: record.owner,
    "call_direction": lambda record: record.direction,
    "parent_call_uuid": lambda record: record.parent or "",
    "hangup_cause_code": lambda record: "" if record.ending is None else str(record.ending.code),
    "hangup_source": lambda record: "" if record.ending is None else record.ending.source,
}
PREFIXED: Final[Mapping[str, Callable[[CallRecord], str]]] = {
    "from_number": lambda record: bare(record.from_),
    "to_number": lambda record: record.to,
}

FIDELITY: Final = (
    ("a call's record and the live and the queued object", "SDK fixtures; docs voice/api/calls", "captured"),
    (
        "lists have 20 at most, newest first, with limit, offset, next and previous",
        "docs voice/api/calls",
        "documented",
    ),
    (
        "filters by direction, numbers (prefix), durations, end time, cause, source",
        "docs retrieve-all-calls",
        "documented",
    ),
    ("no filter of time lists all, not the last 7 days", "our choice: a run has no last week", "assumed"),
    ("call_state of an unanswered call is its raw cause", "no source", "assumed"),
    ("offsets, no cursors", "docs know both", "documented"),
)
