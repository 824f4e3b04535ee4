"""Whether a request is believed: against published vectors, against Twilio's own validator, and against strangers."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from tests.sdk.carriers.twilio.requests import BASE, CREDENTIALS, HOOK, TOKEN, request, signature
from voicecall_sdk.carriers.carrier import Proof
from voicecall_sdk.carriers.forms import MAX_PARAMETERS, form_of
from voicecall_sdk.carriers.twilio.signature import sign, verify
from voicecall_sdk.carriers.urls import port_forms, redacted
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "twilio_signatures.json").read_text(encoding="utf-8"))
SHA1 = [vector for vector in VECTORS["vectors"] if vector.get("algorithm", "HMAC_SHA1") == "HMAC_SHA1"]
PARAMS = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=8)


def believed(message: WebhookRequest, *urls: str) -> Proof:
    return verify(message, CREDENTIALS, urls or (HOOK,), 0.0)


@pytest.mark.parametrize("vector", SHA1, ids=lambda vector: vector["name"])
def test_published_vectors(vector: dict[str, Any]) -> None:
    params = [tuple(pair) for pair in vector["params"]]
    assert sign(vector["url"], params, VECTORS["key"]) == vector["signature"]


@given(st.sampled_from([HOOK, f"{HOOK}?callId=c1&flow=heard", "http://h.example:8080/x?a=%20b"]), PARAMS)
def test_it_is_the_signature_of_twilios_client(url: str, params: list[tuple[str, str]]) -> None:
    assert sign(url, params, TOKEN) == signature(url, params)


@given(PARAMS)
def test_what_twilio_signs_is_believed_and_what_was_changed_is_not(params: list[tuple[str, str]]) -> None:
    url = f"{HOOK}?callId=c1"
    given_ = signature(url, params)
    believed(request("callId=c1", params, x_twilio_signature=given_), url)
    with pytest.raises(Forged):
        believed(request("callId=c1", [*params, ("Digits", "1" * 9)], x_twilio_signature=given_), url)
    with pytest.raises(Forged):
        believed(request("callId=c2", params, x_twilio_signature=given_), f"{HOOK}?callId=c2")


# --- the port ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("configured", ["", ":443", ":80", ":8443"])
@pytest.mark.parametrize("signed", ["", ":443", ":80", ":8443"])
def test_a_port_may_be_signed_or_not(scheme: str, configured: str, signed: str) -> None:
    url, told = f"{scheme}://h.example{signed}/hook", f"{scheme}://h.example{configured}/hook"
    message = request(params=BASE, x_twilio_signature=signature(url, BASE))
    default = ":443" if scheme == "https" else ":80"
    if signed in ("", configured, default):
        believed(message, told)
    else:
        with pytest.raises(Forged):
            believed(message, told)


@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_whatever_the_official_validator_accepts_is_accepted(port: str) -> None:
    told = f"https://h.example{port}/hook?a=1"
    for signed in ("https://h.example/hook?a=1", "https://h.example:443/hook?a=1", told):
        given_ = signature(signed, BASE)
        if RequestValidator(TOKEN).validate(told, MultiDict(BASE), given_):
            believed(request("a=1", BASE, x_twilio_signature=given_), told)


@pytest.mark.parametrize(
    ("url", "forms"),
    [
        ("https://H.example/x?q=1", ["https://H.example/x?q=1", "https://H.example:443/x?q=1"]),
        ("https://h:8443/x", ["https://h:8443/x", "https://h/x", "https://h:443/x"]),
        ("http://u:p@h:81/x", ["http://u:p@h:81/x", "http://h:81/x", "http://h/x", "http://h:80/x"]),
        ("https://[::1]:8443/x", ["https://[::1]:8443/x", "https://[::1]/x", "https://[::1]:443/x"]),
        ("wss://h/x", ["wss://h/x", "wss://h:443/x"]),
    ],
)
def test_the_forms_of_a_url(url: str, forms: list[str]) -> None:
    assert list(port_forms([url, url])) == forms


def test_a_second_url_is_tried() -> None:
    message = request(params=BASE, x_twilio_signature=signature("https://second.example/x", BASE))
    believed(message, "https://first.example/x", "https://second.example/x")


# --- what is signed ---------------------------------------------------------------------------------------------


def test_a_body_that_is_no_form_is_covered_by_its_hash() -> None:
    body = b'{"a": 1}'
    query = f"bodySHA256={sha256(body).hexdigest().upper()}"
    url = f"{HOOK}?{query}"
    kinds = {"x_twilio_signature": signature(url), "content_type": "application/json"}
    believed(request(query, body=body, **kinds), url)
    with pytest.raises(Forged):
        believed(request(query, body=b'{"a": 2}', **kinds), url)
    with pytest.raises(Forged):
        believed(request(body=body, x_twilio_signature=signature(HOOK), content_type="application/json"), HOOK)
    believed(request(body=b"", x_twilio_signature=signature(HOOK), content_type="application/json"), HOOK)


def test_of_a_get_the_url_is_signed() -> None:
    url = f"{HOOK}?CallSid=CA1&From=%2B15551234567"
    message = request("CallSid=CA1&From=%2B15551234567", method="GET", body=b"a=b", x_twilio_signature=signature(url))
    assert form_of(message) == ()
    believed(message, url)


def test_a_form_says_so_or_says_nothing() -> None:
    pairs = list(BASE.items())
    assert form_of(request(params=BASE)) == pairs
    assert form_of(request(params=BASE, content_type="Application/X-WWW-Form-Urlencoded; charset=UTF-8")) == pairs
    assert form_of(request(params=BASE, content_type="text/plain")) == ()


def test_a_name_given_twice_counts_with_each_value_once() -> None:
    params = [("Sid", "CA123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    believed(request(params=params, x_twilio_signature=signature(HOOK, params)), HOOK)


# --- strangers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [{}, {"x_twilio_signature": ""}])
def test_without_a_signature(header: dict[str, str]) -> None:
    with pytest.raises(Forged, match="Missing X-Twilio-Signature header"):
        believed(request(params=BASE, **header))


@pytest.mark.parametrize("wrong", ["x", "é", "\udcff\udcfe", "=" * 28, "A" * 100_000])
def test_a_wrong_signature_of_any_kind(wrong: str) -> None:
    with pytest.raises(Forged, match="Invalid signature for URL"):
        believed(request(params=BASE, x_twilio_signature=wrong))


def test_bytes_that_are_no_text_are_refused_not_stumbled_over() -> None:
    message = WebhookRequest(
        method="POST", target="/voice/webhook?a=\udcff", headers={"x-twilio-signature": "x"}, body=b"\xff\xfe=\xff"
    )
    with pytest.raises(Forged):
        believed(message, f"{HOOK}?a=\udcff")


def test_too_many_parameters_are_not_even_sorted() -> None:
    params = [(f"p{number}", "") for number in range(MAX_PARAMETERS + 1)]
    with pytest.raises(Forged, match="More than 1000 parameters"):
        believed(request(params=params, x_twilio_signature=signature(HOOK, params)))
    believed(request(params=params[:-1], x_twilio_signature=signature(HOOK, params[:-1])))


def test_without_any_url_nothing_is_believed() -> None:
    with pytest.raises(Forged, match="no public URL"):
        verify(request(params=BASE, x_twilio_signature=signature(HOOK, BASE)), CREDENTIALS, (), 0.0)


# --- what is told -----------------------------------------------------------------------------------------------


def test_what_is_told_has_no_secrets_and_no_second_line() -> None:
    url = "https://user:pass@h.example/x?turn=secret&a%0aINFO%20forged=1&b=%FF"
    assert redacted(url) == "https://h.example/x?turn=…&a%0AINFO%20forged=…&b=…"
    with pytest.raises(Forged) as caught:
        believed(request(x_twilio_signature="x"), url)
    assert "secret" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)


# --- the identity of a delivery ---------------------------------------------------------------------------------


def key(query: str, params: Any, signed: str | None = None, *urls: str) -> str:
    url = f"{HOOK}?{query}" if query else HOOK
    given_ = signature(url, params) if signed is None else signed
    return believed(request(query, params, x_twilio_signature=given_), *(urls or (url,))).key


def test_the_same_delivery_has_the_same_key_whichever_form_of_the_url_matched() -> None:
    given_ = signature("https://voice.example.com/voice/webhook", BASE)
    one = key("", BASE, given_, "https://voice.example.com:8443/voice/webhook")
    two = key("", BASE, given_, "https://voice.example.com/voice/webhook")
    assert one == two


def test_other_deliveries_have_other_keys() -> None:
    keys = {key("", BASE), key("step=a", BASE), key("step=b", BASE), key("", {**BASE, "CallStatus": "completed"})}
    assert len(keys) == 4


def test_a_copy_that_still_bears_its_signature_has_the_key_of_its_original() -> None:
    params = [("CallSid", "CA1"), ("CallStatus", "in-progress")]
    original, given_ = key("", params), signature(HOOK, params)
    assert key("", [*params, params[0]], given_) == original  # a parameter given twice
    assert key("", [("CallSidCA1CallStatu", "sin-progress")], given_) == original  # cut elsewhere
    moved = request(
        "x=1CallSidCA1", [("CallStatus", "in-progress")], x_twilio_signature=signature(f"{HOOK}?x=1", params)
    )
    same = key("x=1", params)
    assert believed(moved, f"{HOOK}?x=1CallSidCA1").key == same  # moved into the query
