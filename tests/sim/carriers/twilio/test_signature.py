"""Signatures: the published vectors, and which URL is signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.twilio.signature import (
    Algorithm,
    PortRule,
    requested_url,
    sign,
    signed_url,
    string_to_sign,
    with_body_hash,
)

FILE = Path(__file__).parents[3] / "vectors" / "twilio_signatures.json"
PUBLISHED = json.loads(FILE.read_text(encoding="utf-8"))
VECTORS = PUBLISHED["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_published_signatures(vector: dict[str, Any]) -> None:
    params = [(name, value) for name, value in vector["params"]]
    algorithm = Algorithm(vector.get("algorithm", "HMAC_SHA1"))
    assert sign(PUBLISHED["key"], vector["url"], params, algorithm) == vector["signature"]


HASHED = [vector for vector in VECTORS if "body" in vector]


@pytest.mark.parametrize("vector", HASHED, ids=[vector["name"] for vector in HASHED])
def test_a_body_that_is_no_form_is_hashed_into_the_url(vector: dict[str, Any]) -> None:
    assert with_body_hash(vector["unhashed_url"], vector["body"].encode()) == vector["url"]


@pytest.mark.parametrize(
    ("url", "begin"),
    [
        ("https://h/p", "https://h/p?bodySHA256="),
        ("https://h/p?a=1", "https://h/p?a=1&bodySHA256="),
        ("https://h/p#rc=2", "https://h/p?bodySHA256="),
    ],
)
def test_the_hash_goes_into_the_query(url: str, begin: str) -> None:
    hashed = with_body_hash(url, b"{}")
    assert hashed.startswith(begin)
    assert hashed.endswith("#rc=2") is url.endswith("#rc=2")


# configured URL, the one requested, the one signed by Twilio's rule, with the port always, with the port never
URLS = [
    ("https://h/p", "https://h/p", "https://h/p", "https://h/p", "https://h/p"),
    ("https://h:8443/p", "https://h:8443/p", "https://h/p", "https://h:8443/p", "https://h/p"),
    ("https://h:443/p", "https://h:443/p", "https://h/p", "https://h:443/p", "https://h/p"),
    ("http://h:8080/p", "http://h:8080/p", "http://h:8080/p", "http://h:8080/p", "http://h/p"),
    ("http://h:80/p", "http://h:80/p", "http://h:80/p", "http://h:80/p", "http://h/p"),
    ("wss://h:8443/p", "wss://h:8443/p", "wss://h:8443/p", "wss://h:8443/p", "wss://h/p"),
    ("https://u:w@h:1/p", "https://h:1/p", "https://h/p", "https://h:1/p", "https://h/p"),
    ("https://u@h/p", "https://h/p", "https://h/p", "https://h/p", "https://h/p"),
    ("http://u:w@h/p?q=u@v", "http://h/p?q=u@v", "http://h/p?q=u@v", "http://h/p?q=u@v", "http://h/p?q=u@v"),
    ("https://h/p#rc=2&rp=5xx", "https://h/p", "https://h/p", "https://h/p", "https://h/p"),
    ("https://h/p?b=1&a=2#x", "https://h/p?b=1&a=2", "https://h/p?b=1&a=2", "https://h/p?b=1&a=2", "https://h/p?b=1&a=2"),
    ("https://h", "https://h/", "https://h/", "https://h/", "https://h/"),
    ("https://h?a=1", "https://h/?a=1", "https://h/?a=1", "https://h/?a=1", "https://h/?a=1"),
    ("wss://h", "wss://h/", "wss://h/", "wss://h/", "wss://h/"),
    ("https://h/p?", "https://h/p?", "https://h/p?", "https://h/p?", "https://h/p?"),
    ("https://[::1]:8443/p", "https://[::1]:8443/p", "https://[::1]/p", "https://[::1]:8443/p", "https://[::1]/p"),
    ("HTTPS://H:1/P%20x", "HTTPS://H:1/P%20x", "HTTPS://H/P%20x", "HTTPS://H:1/P%20x", "HTTPS://H/P%20x"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "requested", "twilio", "always", "never"), URLS, ids=[row[0] for row in URLS])
def test_which_url_is_requested_and_which_is_signed(
    url: str, requested: str, twilio: str, always: str, never: str
) -> None:
    assert requested_url(url) == requested
    assert signed_url(url) == twilio
    assert signed_url(url, PortRule.ALWAYS) == always
    assert signed_url(url, PortRule.NEVER) == never


@pytest.mark.parametrize("url", ["/voice", "app.example/voice", "", "mailto:x"])
def test_only_absolute_urls_can_be_signed(url: str) -> None:
    with pytest.raises(ValueError, match="not an absolute URL"):
        signed_url(url)


def test_names_are_sorted_by_code_point_capitals_first() -> None:
    params = [("called", "3"), ("Called", "2"), ("CallSid", "1")]
    assert string_to_sign("https://h/p", params) == "https://h/pCallSid1Called2called3"


PARAMS = st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8)


@given(PARAMS, st.randoms())
def test_the_order_of_parameters_does_not_matter(params: list[tuple[str, str]], random: Any) -> None:
    shuffled = random.sample(params, len(params))
    assert sign("key", "https://h/p", params) == sign("key", "https://h/p", shuffled)


@given(PARAMS, st.text(min_size=1, max_size=8))
def test_a_further_parameter_changes_the_signature(params: list[tuple[str, str]], name: str) -> None:
    further = (name, "x" * 9)
    assert sign("key", "https://h/p", params) != sign("key", "https://h/p", [*params, further])
