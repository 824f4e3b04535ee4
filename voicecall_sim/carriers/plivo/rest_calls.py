"""Calls over REST: placed, listed, shown, transferred, hung up, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.carriers.plivo import presentation
from voicecall_sim.carriers.plivo.account import Account, CallRecord, Detection, Order
from voicecall_sim.carriers.plivo.asked import GONE, Answer, Asked, Office, Route, done
from voicecall_sim.carriers.plivo.numbering import address, e164, is_sip
from voicecall_sim.carriers.plivo.refusals import NO_CALL, NOT_FOUND, Refused, foreign_caller, invalid, missing
from voicecall_sim.carriers.plivo.validation import Form

MOST_DESTINATIONS: Final = 1000
LONGEST_NAME: Final = 50
RESERVED: Final = ("PH-", "Plivo", "FS-", "SipAuth", "ZT-", "Twilio")
RESERVED_NAME: Final = "ClientRegion"


def create(office: Office, asked: Asked) -> Answer:
    """Place one call, or as many as there are destinations."""
    owner = asked.names["account"]
    orders = read_orders(office, asked.given, "" if owner == office.account.auth_id else owner)
    calls, waits = office.exchange.place(orders)
    uuids = [call.uuid for call in calls]
    if len(uuids) > 1:
        return done(asked, 201, "calls fired", request_uuid=uuids)
    return done(asked, 201, "call queued" if waits else "call fired", request_uuid=uuids[0])


def read_orders(office: Office, given: Form, owner: str = "") -> list[Order]:
    """What is to be dialled, for a sub-account if that is named. Raises `Refused`."""
    from_, to = given.required("from"), given.required("to")
    answer = given.callback("answer")
    if answer is None:
        raise missing("answer_url")
    judge_caller(office.account, from_)
    name = given["caller_name"] or ""
    if len(name) > LONGEST_NAME:
        raise invalid("caller_name")
    parent = read_parent(office.account, given)
    return [
        Order(
            from_=from_,
            to=destination,
            answer=answer,
            ring=given.callback("ring"),
            hangup=given.callback("hangup"),
            fallback=given.callback("fallback"),
            caller_name=name,
            send_digits=read_digits(given),
            time_limit=given.integer("time_limit", 14_400, 1, 86_400),
            hangup_on_ring=None if given["hangup_on_ring"] is None else given.integer("hangup_on_ring", 0),
            ring_timeout=given.integer("ring_timeout", 120, 1),
            detection=read_detection(given),
            headers=read_headers(given["sip_headers"] or ""),
            parent=parent,
            owner=owner,
        )
        for destination in read_destinations(to)
    ]


def read_destinations(to: str) -> list[str]:
    """Joined with `<`. Raises `Refused`."""
    destinations = to.split("<")
    if len(destinations) > MOST_DESTINATIONS or any(address(one) is None for one in destinations):
        raise invalid("to")
    return [one if is_sip(one) else e164(one) or one for one in destinations]


def judge_caller(account: Account, written: str) -> None:
    """Whether calls may come from this number. Raises `Refused`."""
    number = e164(written)
    if number is None:
        if is_sip(written) or account.terms.any_caller:
            return
        raise invalid("from")
    if number not in account.numbers and not account.terms.any_caller:
        raise foreign_caller(written)


def read_parent(account: Account, given: Form) -> str | None:
    """The call that this one belongs to. Raises `Refused` for one that does not exist, if that is asked for."""
    parent = given["parent_call_uuid"]
    strict = given.boolean("error_if_parent_not_found")
    if parent is not None and strict and parent not in account.calls:
        raise Refused(404, "parent call not found")
    return parent


def read_digits(given: Form) -> str:
    """`send_digits`. Raises `Refused`."""
    digits = given["send_digits"] or ""
    if set(digits.partition("@")[0]) - set("0123456789*#wW"):
        raise invalid("send_digits")
    return digits


def read_detection(given: Form) -> Detection | None:
    """Machine detection, if it is asked for. Raises `Refused`."""
    mode = given["machine_detection"]
    if mode is None or mode == "false":
        return None
    return Detection(
        mode=given.word("machine_detection", "true", "true", "hangup"),
        callback=given.callback("machine_detection"),
        time=given.integer("machine_detection_time", 5000, 2000, 10_000),
        longest_speech=given.integer("machine_detection_maximum_speech_length", 5000, 1000, 6000),
        initial_silence=given.integer("machine_detection_initial_silence", 4500, 2000, 10_000),
    )


def read_headers(written: str) -> Mapping[str, str]:
    """`key=value,key2=value2` as they arrive; reserved names are dropped without a word."""
    pairs = (part.partition("=") for part in written.split(",") if "=" in part)
    return {
        f"X-PH-{name.strip()}": value.strip()
        for name, _, value in pairs
        if not name.strip().startswith(RESERVED) and name.strip() != RESERVED_NAME
    }


def listing(office: Office, asked: Asked) -> Answer:
    """Calls that are over, or with `status` the identifiers of those that are live or queued."""
    status = asked.given["status"]
    if status in {"live", "queued"}:
        found = [uuid for uuid, call in office.plant.live.items() if is_now(call.record, status)]
        return Answer(200, {"api_id": asked.api_id, "calls": found})
    fits = presentation.wanted(asked.given)
    over = [record for record in office.account.calls.values() if record.ended is not None and fits(record)]
    newest = sorted(over, key=lambda record: record.initiated, reverse=True)
    shown = presentation.page(asked.path, asked.given, newest, lambda one: presentation.cdr(office.account, one))
    return Answer(200, {"api_id": asked.api_id, **shown})


def is_now(record: CallRecord, status: str) -> bool:
    """Whether a call that is not over is shown under that word."""
    return (record.status == "queued") == (status == "queued")


def show(office: Office, asked: Asked) -> Answer:
    """One call that is over, or with `status` one that is not."""
    record = office.account.calls.get(asked.names["uuid"])
    status = asked.given["status"]
    if record is None:
        raise Refused(*(NOT_FOUND if status is None else NO_CALL))
    if status is None:
        if record.ended is None:
            raise Refused(*NOT_FOUND)
        return Answer(200, {"api_id": asked.api_id, **presentation.cdr(office.account, record)})
    if record.ended is not None or not is_now(record, status):
        raise Refused(*NO_CALL)
    told = presentation.queued(record) if status == "queued" else presentation.live(record)
    return Answer(200, {"api_id": asked.api_id, **told})


def transfer(office: Office, asked: Asked) -> Answer:
    """Go on with other documents, on either leg or both."""
    given = asked.given
    call = office.conversing(asked)
    legs = given.word("legs", "aleg", "aleg", "bleg", "both")
    aleg, bleg = given.callback("aleg"), given.callback("bleg")
    if legs in {"aleg", "both"} and aleg is None:
        raise missing("aleg_url")
    if legs in {"bleg", "both"} and bleg is None:
        raise missing("bleg_url")
    other = None if call.union is None else call.union.called
    if legs != "aleg" and other is None:
        raise Refused(*NO_CALL)
    if legs != "aleg" and other is not None and bleg is not None:
        office.exchange.transfer(other, bleg)
    if legs != "bleg" and aleg is not None:
        office.exchange.transfer(call, aleg)
    return done(asked, 202, "call transferred")


def hang_up(office: Office, asked: Asked) -> Answer:
    """Hang up one call."""
    office.exchange.hang_up(office.live(asked))
    return GONE


def hang_up_all(office: Office, asked: Asked) -> Answer:
    """Hang up all calls."""
    office.exchange.hang_up_each()
    return GONE


def cancel(office: Office, asked: Asked) -> Answer:
    """Hang up a call that is queued or rings."""
    call = office.live(asked)
    if call.answered:
        raise Refused(*NO_CALL)
    office.exchange.hang_up(call)
    return GONE


ROUTES: Final = (
    Route(operation="create call", method="POST", path="Call", handler=create, counted=False),
    Route(operation="list calls", method="GET", path="Call", handler=listing),
    Route(operation="hang up all calls", method="DELETE", path="Call", handler=hang_up_all),
    Route(operation="fetch call", method="GET", path="Call/{uuid}", handler=show),
    Route(operation="update call", method="POST", path="Call/{uuid}", handler=transfer),
    Route(operation="hang up call", method="DELETE", path="Call/{uuid}", handler=hang_up),
    Route(operation="cancel call", method="DELETE", path="Request/{uuid}", handler=cancel),
)

FIDELITY: Final = (
    (
        "201 call fired with request_uuid; an array for several destinations",
        "docs make-a-call; SDK fixtures",
        "captured",
    ),
    ("call queued over the limit a second, 201 too", "docs make-a-call", "documented"),
    ("202 call transferred", "docs voice/api/calls; fixtures spell it transfered", "documented"),
    ("a live call has no record yet: 404 not found", "docs voice/api/call", "documented"),
    ("an answered call cannot be cancelled by its request: 404", "no source", "assumed"),
    ("sip_headers arrive as X-PH-*; reserved names are dropped", "docs make-a-call", "documented"),
    ("error_if_parent_not_found is 404", "the status is not published", "assumed"),
    ("legs bleg and both without a bridge are 404", "no source", "assumed"),
)
