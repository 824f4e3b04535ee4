"""Resources as JSON: names, nulls and forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from voicecall_sim.carriers.twilio.account import Account, CallResource
from voicecall_sim.carriers.twilio.presentation import (
    RATING_TIME,
    price,
    rfc2822,
    show_account,
    show_call,
    show_new_call,
    show_number,
)
from voicecall_sim.carriers.twilio.states import CallStatus

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def call(status: CallStatus = CallStatus.QUEUED, **more: object) -> CallResource:
    """A call with that status."""
    fixed = {"sid": "CA" + "0" * 32, "account_sid": "AC" + "0" * 32, "to": "+15558675310", "from_": "+15017122661"}
    return CallResource(**(fixed | {"direction": "outbound-api", "status": status, "date_created": NOW} | more))  # type: ignore[arg-type]


def test_dates() -> None:
    assert rfc2822(datetime(2019, 10, 18, 17, tzinfo=UTC)) == "Fri, 18 Oct 2019 17:00:00 +0000"
    assert rfc2822(None) is None


def test_a_new_call_as_it_was_observed() -> None:
    body = show_new_call(call(date_updated=NOW, start_time=NOW))
    parts = body.pop("subresource_uris")
    assert body == {
        "sid": "CA" + "0" * 32,
        "date_created": None,
        "date_updated": None,
        "parent_call_sid": None,
        "account_sid": "AC" + "0" * 32,
        "to": "+15558675310",
        "to_formatted": "(555) 867-5310",
        "from": "+15017122661",
        "from_formatted": "(501) 712-2661",
        "phone_number_sid": None,
        "status": "queued",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "price": None,
        "price_unit": "USD",
        "direction": "outbound-api",
        "answered_by": None,
        "annotation": None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"/2010-04-01/Accounts/AC{'0' * 32}/Calls/CA{'0' * 32}.json",
    }
    assert parts["streams"] == f"/2010-04-01/Accounts/AC{'0' * 32}/Calls/CA{'0' * 32}/Streams.json"
    assert len(parts) == 9


def test_a_call_that_was_taken_on_long_ago_is_new_all_the_same() -> None:
    assert show_new_call(call(CallStatus.RINGING))["status"] == "queued"


@pytest.mark.parametrize(
    ("status", "duration", "shown"),
    [
        (CallStatus.QUEUED, None, None),
        (CallStatus.RINGING, None, "0"),
        (CallStatus.IN_PROGRESS, None, None),
        (CallStatus.COMPLETED, 21, "21"),
        (CallStatus.BUSY, 0, "0"),
        (CallStatus.FAILED, None, None),
    ],
)
def test_durations_are_text(status: CallStatus, duration: int | None, shown: str | None) -> None:
    assert show_call(call(status, duration=duration), NOW)["duration"] == shown


def test_later_answers_know_the_dates() -> None:
    body = show_call(call(date_updated=NOW), NOW)
    assert body["date_created"] == body["date_updated"] == "Mon, 05 Jan 2026 09:00:00 +0000"
    assert body["trunk_sid"] == ""


@pytest.mark.parametrize(
    ("direction", "seconds", "cost"),
    [
        ("inbound", 1, "-0.00850"),
        ("inbound", 60, "-0.00850"),
        ("inbound", 61, "-0.01700"),
        ("outbound-api", 21, "-0.01400"),
        ("outbound-api", 0, None),
    ],
)
def test_a_price_comes_minutes_later(direction: str, seconds: int, cost: str | None) -> None:
    over = call(CallStatus.COMPLETED, end_time=NOW, duration=seconds, direction=direction)
    assert price(over, NOW + RATING_TIME) == cost
    assert price(over, NOW + RATING_TIME - timedelta(seconds=1)) is None
    assert price(over, None) is None


def test_a_number_before_anything_was_set(account: Account) -> None:
    number = next(iter(account.numbers.values()))
    body = show_number(number, account.sid)
    assert (body["voice_url"], body["voice_method"], body["status_callback"]) == ("", "POST", "")
    assert body["phone_number"] == number.phone_number


def test_the_account_tells_its_state(account: Account) -> None:
    assert show_account(account)["status"] == "active"
    account.terms.suspended = account.terms.trial = True
    assert (show_account(account)["status"], show_account(account)["type"]) == ("suspended", "Trial")
