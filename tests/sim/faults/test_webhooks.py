"""Faults of webhooks: what is sent instead."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.faults.fault import ImpossibleFault, Span
from voicecall_sim.faults.forgery import SIGNATURES, alter, signature_headers
from voicecall_sim.faults.webhooks import Delayed, Dropped, Duplicated, Forged, Scattered

URL = "https://voice.example.com/voice?own=1"


def sign_url(hook: Outgoing) -> Outgoing:
    """As carriers do that sign the URL and the parameters."""
    text = hook.signed_url + "".join(f"{key}{value}" for key, value in sorted(hook.params))
    return hook.with_header("X-Signature", hashlib.sha256(text.encode()).hexdigest())


def sign_body(hook: Outgoing) -> Outgoing:
    """As carriers do that sign the body alone, with a constant timestamp beside it."""
    digest = hashlib.sha256(b"17|" + hook.body).hexdigest()
    return hook.with_header("Ed-Timestamp", "17").with_header("Ed-Signature", digest)


def outgoing(**given: object) -> Outgoing:
    known: dict[str, object] = {
        "number": 1, "attempt": 1, "kind": "status", "event": "ringing", "call_id": "CA1", "method": "POST", "url": URL,
        "signed_url": URL, "headers": (("Content-Type", "application/x-www-form-urlencoded"),),
        "body": b"CallStatus=ringing&To=%2B1", "params": (("CallStatus", "ringing"), ("To", "+1")),
    }  # fmt: skip
    return Outgoing(**(known | given))  # type: ignore[arg-type]


FORM = sign_url(outgoing())
DOCUMENT = sign_body(
    outgoing(
        headers=(("Content-Type", "application/json"),),
        body=b'{"data":{"event_type":"call.hangup","payload":{"state":null}}}',
        params=(),
    )
)
ASKED = URL + "&CallStatus=ringing"
QUERY = sign_url(outgoing(method="GET", url=ASKED, signed_url=ASKED, body=b"", params=(("CallStatus", "ringing"),)))


def test_what_is_dropped_is_not_sent() -> None:
    assert Dropped().apply(FORM, Random(0)) == ()


def test_what_is_delayed_comes_later_and_what_is_scattered_at_its_own_time() -> None:
    assert Delayed(Span(at_least=5, at_most=5)).apply(FORM, Random(0)) == ((5, FORM),)
    draws = {Scattered(Span(at_least=0, at_most=9)).apply(FORM, Random(seed))[0][0] for seed in range(100)}
    assert draws == set(range(10))


def test_what_is_duplicated_comes_now_and_again() -> None:
    sends = Duplicated(Span(at_least=3, at_most=3), copies=2).apply(FORM, Random(0))
    assert sends == ((0, FORM), (3, FORM), (3, FORM))


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers())
def test_a_span_draws_within_its_ends(one: int, other: int, seed: int) -> None:
    span = Span(at_least=min(one, other), at_most=max(one, other))
    assert span.at_least <= span.draw(Random(seed)) <= span.at_most


def test_a_span_without_width_draws_nothing() -> None:
    draw = Random(0)
    before = draw.getstate()
    assert Span(at_least=4, at_most=4).draw(draw) == 4
    assert draw.getstate() == before


# --- forgery ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hook", "sign", "names"),
    [(FORM, sign_url, ["X-Signature"]), (QUERY, sign_url, ["X-Signature"]), (DOCUMENT, sign_body, ["Ed-Signature"])],
)
def test_the_signature_is_found_without_knowing_the_carrier(hook: Outgoing, sign: object, names: list[str]) -> None:
    assert signature_headers(hook, sign) == names  # type: ignore[arg-type]


def forge(hook: Outgoing, sign: object, **how: object) -> Outgoing:
    ((delay, forged),) = Forged(sign=sign, **how).apply(hook, Random(0))  # type: ignore[arg-type]
    assert delay == 0
    return forged


def signature(hook: Outgoing) -> str | None:
    return next((value for name, value in hook.headers if name.endswith("Signature")), None)


@pytest.mark.parametrize(("hook", "sign"), [(FORM, sign_url), (QUERY, sign_url), (DOCUMENT, sign_body)])
@pytest.mark.parametrize("how", [how for how in SIGNATURES if how != "undated"])
def test_only_what_is_genuine_verifies(hook: Outgoing, sign: object, how: str) -> None:
    change = {"data.payload.state": "x"} if hook is DOCUMENT else {"CallStatus": "busy"}
    for changes in (change, {}):
        forged = forge(hook, sign, signature=how, change=changes)
        genuine = signature(sign(forged))  # type: ignore[operator]
        assert (signature(forged) == genuine) is (how == "genuine")
        assert (signature(forged) is None) is (how == "missing")


def test_a_stale_signature_is_that_of_the_unaltered_webhook() -> None:
    forged = forge(FORM, sign_url, signature="stale")
    assert signature(forged) == signature(FORM)
    assert forged.body != FORM.body


def test_a_wrong_signature_is_well_formed() -> None:
    forged = forge(FORM, sign_url, signature="wrong")
    assert len(signature(forged) or "") == len(signature(FORM) or "")
    assert forged.body == FORM.body


def test_a_time_that_is_no_number_is_signed_where_a_time_is() -> None:
    def sign_time(hook: Outgoing) -> Outgoing:
        time = dict(hook.headers).get("Ed-Timestamp", "17")
        dated = hook.with_header("Ed-Timestamp", time)
        return dated.with_header("Ed-Signature", f"{time} {hook.body.decode()}")

    forged = forge(DOCUMENT, sign_time, signature="undated")
    time = dict(forged.headers)["Ed-Timestamp"]
    assert not time.isdigit()
    assert signature(forged) == f"{time} {forged.body.decode()}"
    with pytest.raises(ImpossibleFault, match="signs no time"):
        forge(FORM, sign_url, signature="undated")


def test_an_unknown_kind_of_signature_is_refused() -> None:
    with pytest.raises(ImpossibleFault, match="signature: old is none of missing, wrong, stale, genuine"):
        forge(FORM, sign_url, signature="old")


# --- alterations ------------------------------------------------------------------------------------------------


def test_parameters_of_a_form_are_changed_added_and_removed() -> None:
    altered = alter(FORM, {"CallStatus": "completed", "To": None, "New": 1}, None)
    assert altered.params == (("CallStatus", "completed"), ("New", "1"))
    assert altered.body == b"CallStatus=completed&New=1"
    assert altered.url == FORM.url


def test_parameters_of_a_query_are_changed_where_they_are_and_others_stay() -> None:
    altered = alter(QUERY, {"CallStatus": "completed", "New": "a b"}, None)
    query = parse_qsl(urlsplit(altered.url).query)
    assert query == [("own", "1"), ("CallStatus", "completed"), ("New", "a b")]
    assert altered.signed_url == altered.url
    assert altered.params == (("CallStatus", "completed"), ("New", "a b"))


def test_json_is_changed_at_its_path() -> None:
    altered = alter(DOCUMENT, {"data.payload.state": "ended", "data.event_type": None, "meta.attempt": 2}, None)
    assert json.loads(altered.body) == {"data": {"payload": {"state": "ended"}}, "meta": {"attempt": 2}}


def test_the_length_is_left_to_the_client() -> None:
    hook = replace(FORM, headers=(*FORM.headers, ("Content-Length", "26")))
    assert all(name != "Content-Length" for name, _ in alter(hook, {"A": "1"}, None).headers)


def test_it_can_be_sent_elsewhere_on_the_same_host() -> None:
    altered = alter(FORM, {}, "/other?x=1")
    assert (altered.url, altered.signed_url) == ("https://voice.example.com/other?x=1",) * 2
