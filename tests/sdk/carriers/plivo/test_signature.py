"""Whether a request is believed: against published vectors, and against strangers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.carriers.plivo.requests import ANSWER_OUT, CREDENTIALS, HOOK, TOKEN, hmac_of, request
from voicecall_sdk.carriers.carrier import Proof
from voicecall_sdk.carriers.forms import MAX_PARAMETERS
from voicecall_sdk.carriers.plivo.signature import WAYS, WEAK, base_of, sign, sign_v2, verify
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "plivo_signatures.json").read_text(encoding="utf-8"))
V3 = [vector for vector in VECTORS["vectors"] if vector["version"] == 3]
V2 = [vector for vector in VECTORS["vectors"] if vector["version"] == 2]
PARAMS = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=8)), max_size=6)
NONCE = "31627761595286130198"


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def believed(message: WebhookRequest, *urls: str, token: str = TOKEN) -> Proof:
    return verify(message, {**CREDENTIALS, "authToken": token}, urls or (HOOK,), 0.0)


def signed(query: str = "", params: Any = (), *, url: str | None = None, nonce: str = NONCE) -> WebhookRequest:
    url = url or (f"{HOOK}?{query}" if query else HOOK)
    pairs = list(params.items()) if isinstance(params, dict) else list(params)
    signature = sign("POST", url, nonce, TOKEN, pairs)
    return request(query, pairs, x_plivo_signature_v3=signature, x_plivo_signature_v3_nonce=nonce)


# --- vectors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", V3, ids=named)
def test_v3_vectors(vector: dict[str, Any]) -> None:
    params = [tuple(pair) for pair in vector["params"]]
    assert base_of(vector["method"], vector["url"], params) == vector.get(
        "base", base_of(vector["method"], vector["url"], params)
    )
    assert sign(vector["method"], vector["url"], vector["nonce"], vector["token"], params) == vector["signature"]


@pytest.mark.parametrize("vector", V2, ids=named)
def test_v2_vectors(vector: dict[str, Any]) -> None:
    assert sign_v2(vector["url"], vector["nonce"], vector["token"]) == vector["signature"]


@pytest.mark.parametrize("vector", [each for each in V3 if each["method"] == "POST"], ids=named)
def test_v3_vectors_are_believed(vector: dict[str, Any]) -> None:
    params = [tuple(pair) for pair in vector["params"]]
    headers = {"x_plivo_signature_v3": vector["signature"], "x_plivo_signature_v3_nonce": vector["nonce"]}
    message = request(urlsplit(vector["url"]).query, params, **headers)
    believed(message, vector["url"], token=vector["token"])
    with pytest.raises(Forged, match="Invalid Plivo V3"):
        believed(message, vector["url"], token=vector["token"][::-1])


# --- what is believed -------------------------------------------------------------------------------------------


@given(st.sampled_from(["", "callId=c1&flow=heard", "b=1&a=2&a=1&c="]), PARAMS)
def test_what_plivo_signs_is_believed_and_what_was_changed_is_not(query: str, params: list[tuple[str, str]]) -> None:
    url = f"{HOOK}?{query}" if query else HOOK
    message = signed(query, params)
    believed(message, url)
    headers = {name.replace("-", "_"): value for name, value in message.headers.items()}
    with pytest.raises(Forged):
        believed(request(query, [*params, ("Digits", "1" * 9)], **headers), url)
    with pytest.raises(Forged):
        believed(request(f"{query}&x=2", params, **headers), f"{url}{'&' if query else '?'}x=2")
    with pytest.raises(Forged):
        believed(request(query, params, **{**headers, "x_plivo_signature_v3_nonce": "1"}), url)


@pytest.mark.parametrize("configured", ["", ":443", ":8443"])
@pytest.mark.parametrize("written", ["", ":443", ":8443"])
def test_the_port_is_signed_as_it_was_configured(configured: str, written: str) -> None:
    message = signed(params=ANSWER_OUT, url=f"https://h.example{written}/hook")
    told = f"https://h.example{configured}/hook"
    if written in ("", ":443", configured):
        believed(message, told)
    else:
        with pytest.raises(Forged):
            believed(message, told)


def test_who_is_named_in_the_url_is_signed_or_not() -> None:
    url = "https://user:word@h.example/hook"
    believed(signed(params=ANSWER_OUT, url=url), url)
    believed(signed(params=ANSWER_OUT, url="https://h.example/hook"), url)


@pytest.mark.parametrize("header", ["{good}", "bad,{good}", "bad, {good}", "{good},bad"])
@pytest.mark.parametrize("name", ["x_plivo_signature_v3", "x_plivo_signature_ma_v3"])
def test_one_of_several_signatures_suffices_whichever_accounts(header: str, name: str) -> None:
    good = sign("POST", HOOK, NONCE, TOKEN, ANSWER_OUT.items())
    headers = {name: header.format(good=good), "x_plivo_signature_v3_nonce": NONCE}
    believed(request(params=ANSWER_OUT, **headers))
    assert any(way <= {each.replace("_", "-") for each in headers} for way in WAYS)


def test_the_old_signature_is_believed_where_there_is_no_other_with_a_warning() -> None:
    old = {"x_plivo_signature_v2": sign_v2(HOOK, NONCE, TOKEN), "x_plivo_signature_v2_nonce": NONCE}
    assert believed(request("callId=c1", ANSWER_OUT, **old), f"{HOOK}?callId=c1").warning == WEAK
    both = {**old, "x_plivo_signature_v3": "wrong", "x_plivo_signature_v3_nonce": NONCE}
    with pytest.raises(Forged, match="Invalid Plivo V3"):
        believed(request(params=ANSWER_OUT, **both))
    with pytest.raises(Forged, match="Invalid Plivo V2"):
        believed(request(params=ANSWER_OUT, **{**old, "x_plivo_signature_v2_nonce": "2"}))


# --- strangers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_plivo_signature_v3": "x"},
        {"x_plivo_signature_v3_nonce": "1"},
        {"x_plivo_signature_v3": " , ", "x_plivo_signature_v3_nonce": "1"},
        {"x_plivo_signature_v2": "x"},
        {"x_plivo_signature_v2_nonce": "1"},
        {"x_plivo_signature_v3": "x", "x_plivo_signature_v2_nonce": "1"},
    ],
    ids=str,
)
def test_without_a_signature(headers: dict[str, str]) -> None:
    with pytest.raises(Forged, match="Missing Plivo signature headers"):
        believed(request(params=ANSWER_OUT, **headers))


@pytest.mark.parametrize("wrong", ["x", "é", "\udcff\udcfe", "=" * 44, "A" * 100_000, "," * 1000 + "x"])
def test_a_wrong_signature_of_any_kind(wrong: str) -> None:
    with pytest.raises(Forged, match="Invalid Plivo V3"):
        believed(request(params=ANSWER_OUT, x_plivo_signature_v3=wrong, x_plivo_signature_v3_nonce="1"))


def test_a_body_that_is_no_form_is_not_covered() -> None:
    good = sign("POST", HOOK, NONCE, TOKEN)
    headers = {"x_plivo_signature_v3": good, "x_plivo_signature_v3_nonce": NONCE, "content_type": "application/json"}
    believed(request(body=b"", **headers))
    with pytest.raises(Forged, match="no form"):
        believed(request(body=b'{"CallUUID": "1"}', **headers))


def test_other_methods_are_refused() -> None:
    message = request(method="PUT", x_plivo_signature_v3=hmac_of("x"), x_plivo_signature_v3_nonce="1")
    with pytest.raises(Forged, match="PUT"):
        believed(message)


def test_too_many_parameters_are_not_even_sorted() -> None:
    with pytest.raises(Forged, match="More than 1000"):
        believed(signed(params=[(f"p{number}", "") for number in range(MAX_PARAMETERS + 1)]))


def test_nothing_is_told_of_the_secret_and_nothing_believed_without_a_url() -> None:
    with pytest.raises(Forged) as caught:
        believed(request(x_plivo_signature_v3="x", x_plivo_signature_v3_nonce="1"), f"{HOOK}?turn=hidden")
    assert "hidden" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    with pytest.raises(Forged, match="no public URL"):
        verify(signed(params=ANSWER_OUT), CREDENTIALS, (), 0.0)


# --- the identity of a delivery ---------------------------------------------------------------------------------


def test_a_delivery_tried_again_under_a_new_nonce_is_the_same() -> None:
    first, again = (believed(signed(params=ANSWER_OUT, nonce=nonce)).key for nonce in ("1" * 20, "2" * 20))
    assert first == again


def test_other_deliveries_have_other_keys() -> None:
    ringing = {**ANSWER_OUT, "CallStatus": "ringing"}
    told = [("", ANSWER_OUT), ("step=a", ANSWER_OUT), ("step=b", ANSWER_OUT), ("", ringing)]
    keys = {believed(signed(query, params), f"{HOOK}?{query}" if query else HOOK).key for query, params in told}
    assert len(keys) == 4


def test_a_copy_cut_into_other_parameters_is_the_same_delivery() -> None:
    original = signed(params=[("CallStatus", "in-progress"), ("CallUUID", "1")])
    headers = {name.replace("-", "_"): value for name, value in original.headers.items()}
    copy = request(params=[("CallStatusin", "-progressCallUUID1")], **headers)
    assert believed(copy).key == believed(original).key


def test_of_the_old_signature_the_nonce_is_the_identity() -> None:
    def key(nonce: str, **params: str) -> str:
        old = {"x_plivo_signature_v2": sign_v2(HOOK, nonce, TOKEN), "x_plivo_signature_v2_nonce": nonce}
        return believed(request(params=params, **old)).key

    assert key("1", CallStatus="ringing") == key("1", CallStatus="completed") != key("2", CallStatus="ringing")
