"""Plivo's own validator and our `verify` judge the same webhooks alike; where they do not, it is written down here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plivo.exceptions import ValidationError
from plivo.utils import validate_signature, validate_v3_signature

from voicecall_sdk.carriers.plivo.signature import V2, V2_NONCE, V3, V3_NONCE, sign, sign_v2, verify
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "plivo_signatures.json").read_text(encoding="utf-8"))
TOKEN = "AbCdEf0123456789AbCdEf0123456789AbCdEf01"

HOSTS = st.sampled_from(
    ["app.example.com", "app.example.com:443", "app.example.com:8443", "localhost:3334", "203.0.113.7"]
)
PATHS = st.sampled_from(["", "/", "/voice/webhook", "/voice/webhook/", "/a%20b"])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
PARAMS = st.lists(st.tuples(TEXTS.filter(bool), TEXTS), max_size=6)
QUERIES = st.lists(st.tuples(ASCII.filter(bool), ASCII), max_size=4).map(
    lambda pairs: urlencode(pairs, quote_via=quote)
)
NONCES = st.from_regex(r"[0-9]{20}", fullmatch=True)

Pairs = Sequence[tuple[str, str]]


def as_dict(pairs: Pairs) -> dict[str, Any]:
    """Parameters as frameworks hand them to the validator: a list where a name comes more than once."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def theirs(method: str, url: str, nonce: str, signature: str, params: Pairs = ()) -> bool:
    return bool(validate_v3_signature(method, url, nonce, TOKEN, signature, as_dict(params)))


def ours(method: str, url: str, headers: dict[str, str], params: Pairs = ()) -> bool:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = WebhookRequest(method=method, target=target, headers=headers, body=urlencode(params).encode())
    try:
        verify(request, {"authToken": TOKEN}, (url,), 0.0)
    except Forged:
        return False
    return True


def by_v3(signature: str, nonce: str) -> dict[str, str]:
    return {V3: signature, V3_NONCE: nonce}


def url_of(scheme: str, host: str, path: str, query: str) -> str:
    return f"{scheme}://{host}{path}{'?' + query if query else ''}"


@given(st.sampled_from(["https", "http"]), HOSTS, PATHS, QUERIES, PARAMS, NONCES)
def test_both_believe_what_is_signed(scheme: str, host: str, path: str, query: str, params: Pairs, nonce: str) -> None:
    url = url_of(scheme, host, path, query)
    signature = sign("POST", url, nonce, TOKEN, params)
    assert theirs("POST", url, nonce, signature, params)
    assert ours("POST", url, by_v3(signature, nonce), params)


@given(HOSTS, PATHS, QUERIES, NONCES)
def test_both_believe_a_get(host: str, path: str, query: str, nonce: str) -> None:
    url = url_of("https", host, path, query)
    signature = sign("GET", url, nonce, TOKEN)
    assert theirs("GET", url, nonce, signature)
    assert ours("GET", url, by_v3(signature, nonce))


@given(QUERIES, PARAMS, NONCES, st.sampled_from(["url", "params", "nonce", "signature"]))
def test_both_refuse_what_was_tampered_with(query: str, params: Pairs, nonce: str, what: str) -> None:
    url = url_of("https", "app.example.com", "/voice", query)
    signature = sign("POST", url, nonce, TOKEN, params)
    match what:
        case "url":
            url += f"{'&' if query else '?'}forged=1"
        case "params":
            params = [*params, ("Forged", "1")]
        case "nonce":
            nonce += "1"
        case _:
            signature = signature[::-1]
    assert not theirs("POST", url, nonce, signature, params)
    assert not ours("POST", url, by_v3(signature, nonce), params)


@given(HOSTS, PATHS, QUERIES, NONCES, st.booleans())
def test_both_judge_the_old_signature_alike(host: str, path: str, query: str, nonce: str, tampered: bool) -> None:
    url = url_of("https", host, path, query)
    signature = sign_v2(url, nonce, TOKEN)
    signature = signature[::-1] if tampered else signature
    assert ours("POST", url, {V2: signature, V2_NONCE: nonce}) is (not tampered)
    assert bool(validate_signature(url, nonce, signature, TOKEN)) is (not tampered)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_vectors_are_the_validators_own(vector: dict[str, Any]) -> None:
    url, nonce, token, signature = (vector[name] for name in ("url", "nonce", "token", "signature"))
    if vector["version"] == 2:
        assert validate_signature(url, nonce, signature, token)
        return
    params = as_dict([(name, value) for name, value in vector["params"]])
    if url.startswith("wss:"):
        with pytest.raises(ValidationError):
            validate_v3_signature(vector["method"], url, nonce, token, signature, params)
        return
    assert validate_v3_signature(vector["method"], url, nonce, token, signature, params)


# --- where they differ ------------------------------------------------------------------------------------------

HOOK = "https://app.example.com/voice"
GOOD = sign("POST", HOOK, "1", TOKEN, [("a", "1")])


def test_a_blank_after_a_comma_hides_a_signature_from_theirs() -> None:
    assert not theirs("POST", HOOK, "1", f"old, {GOOD}", [("a", "1")])
    assert theirs("POST", HOOK, "1", f"old,{GOOD}", [("a", "1")])
    assert ours("POST", HOOK, by_v3(f"old, {GOOD}", "1"), [("a", "1")])


def test_what_stands_after_a_semicolon_in_a_path_is_lost_to_theirs() -> None:
    """`urlparse` takes it for parameters, and the validator forgets those: what it covers is another path."""
    url = f"{HOOK};a=1"
    short = sign("POST", HOOK, "1", TOKEN)
    assert theirs("POST", url, "1", short)
    assert not ours("POST", url, by_v3(short, "1"))
    assert ours("POST", url, by_v3(sign("POST", url, "1", TOKEN), "1"))


def test_theirs_stumbles_over_a_query_that_is_not_ascii() -> None:
    url = f"{HOOK}?name=%C3%A9"
    signature = sign("POST", url, "1", TOKEN)
    with pytest.raises(UnicodeError):
        theirs("POST", url, "1", signature)
    assert ours("POST", url, by_v3(signature, "1"))


def test_another_port_is_another_url_to_theirs_and_may_be_a_proxys_to_ours() -> None:
    seen = "https://app.example.com:443/voice"
    assert not theirs("POST", seen, "1", GOOD, [("a", "1")])
    assert ours("POST", seen, by_v3(GOOD, "1"), [("a", "1")])


def test_the_old_validator_takes_no_list_of_signatures_and_ours_takes_one_header_only_too() -> None:
    good = sign_v2(HOOK, "1", TOKEN)
    assert not validate_signature(HOOK, "1", f"old,{good}", TOKEN)
    assert not ours("POST", HOOK, {V2: f"old,{good}", V2_NONCE: "1"})
