"""Twilio's own validator judges the emulator's signatures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from voicecall_sim.carriers.twilio.signature import Algorithm, sign, signed_url, with_body_hash

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "twilio_signatures.json").read_text(encoding="utf-8"))
TOKEN = "0123456789abcdef0123456789abcdef"

HOSTS = st.sampled_from(["app.example", "a-b.example", "203.0.113.7", "xn--bcher-kva.example"])
PATHS = st.sampled_from(["/", "/voice", "/voice/", "/a%20b/c", "/x;y=1"])
QUERIES = st.sampled_from(["", "?a=1", "?b=1&a=2", "?a=%20&b=", "?q=x+y"])
PARAMS = st.lists(st.tuples(st.text(min_size=1, max_size=10), st.text(max_size=10)), max_size=8)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_vectors_are_the_validators_own(vector: dict[str, Any]) -> None:
    validator = RequestValidator(VECTORS["key"])
    params: Any = MultiDict(tuple(pair) for pair in vector["params"])
    assert (
        validator.compute_signature(vector["url"], params, vector.get("algorithm", "HMAC_SHA1")) == vector["signature"]
    )


@given(st.sampled_from(["https", "http"]), HOSTS, st.sampled_from(["", ":8443", ":80"]), PATHS, QUERIES, PARAMS)
def test_forms_are_accepted_at_the_public_address(
    scheme: str, host: str, port: str, path: str, query: str, params: list[tuple[str, str]]
) -> None:
    seen = f"{scheme}://{host}{port}{path}{query}"
    configured = f"{scheme}://user:word@{host}{port}{path}{query}#rc=2"
    signature = sign(TOKEN, signed_url(configured), params)
    assert RequestValidator(TOKEN).validate(seen, MultiDict(params), signature)


@given(PARAMS, st.data())
def test_what_was_tampered_with_is_rejected(params: list[tuple[str, str]], data: st.DataObject) -> None:
    url = "https://app.example/voice?a=1"
    signature = sign(TOKEN, signed_url(url), params)
    validator = RequestValidator(TOKEN)
    assert not RequestValidator(TOKEN[::-1]).validate(url, MultiDict(params), signature)
    assert not validator.validate(url + "2", MultiDict(params), signature)
    assert not validator.validate(url, MultiDict([*params, ("Forged" * 3, "1")]), signature)
    if params:
        at = data.draw(st.integers(0, len(params) - 1))
        name, value = params[at]
        changed = [*params[:at], (name, value + "!"), *params[at + 1 :]]
        assert set(changed) == set(params) or not validator.validate(url, MultiDict(changed), signature)


def test_a_get_is_accepted_with_its_query() -> None:
    url = "https://app.example/voice?CallSid=CA1&From=%2B15551234567"
    assert RequestValidator(TOKEN).validate(url, {}, sign(TOKEN, signed_url(url)))


def test_a_body_that_is_no_form_is_accepted_by_its_hash() -> None:
    url = with_body_hash("https://app.example/hook", b'{"a": 1}')
    signature = sign(TOKEN, signed_url(url))
    assert RequestValidator(TOKEN).validate(url, '{"a": 1}', signature)
    assert not RequestValidator(TOKEN).validate(url, '{"a": 2}', signature)


@pytest.mark.parametrize("url", ["wss://app.example/media", "wss://app.example/", "wss://app.example:8443/media"])
def test_a_websocket_handshake_is_accepted(url: str) -> None:
    assert RequestValidator(TOKEN).validate(url, {}, sign(TOKEN, signed_url(url)))


def test_shared_keys_sign_with_sha256() -> None:
    url, params = "https://app.example/voice", [("A", "1")]
    signature = sign(TOKEN, url, params, Algorithm.SHA256)
    assert RequestValidator(TOKEN).validate(url, dict(params), signature, algorithm="HMAC_SHA256")
    assert not RequestValidator(TOKEN).validate(url, dict(params), signature)
