"""The signatures against the vectors, which the vendor's own code made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from voicecall_sim.carriers.plivo.signature import (
    MAIN_V3,
    NONCE_V3,
    V2,
    V3,
    Pairs,
    sign_v2,
    sign_v3,
    stream_headers,
    v3_base,
    webhook_headers,
)

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "plivo_signatures.json").read_text(encoding="utf-8"))
TOKEN, NONCE = VECTORS["token"], VECTORS["nonce"]


def pairs(params: dict[str, Any]) -> Pairs:
    """Each value of each name."""
    return [(name, one) for name, value in params.items() for one in (value if isinstance(value, list) else [value])]


@pytest.mark.parametrize("vector", VECTORS["v3"], ids=lambda vector: str(vector["n"]))
def test_v3(vector: dict[str, Any]) -> None:
    assert v3_base(vector["method"], vector["url"], pairs(vector["params"])) == vector["base"]
    assert sign_v3(TOKEN, vector["method"], vector["url"], NONCE, pairs(vector["params"])) == vector["sig"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_official_vector(method: str) -> None:
    official = VECTORS["official"]
    made = sign_v3(official["token"], method, official["url"], official["nonce"], pairs(official["params"]))
    assert made == official[method]


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda vector: vector["url"])
def test_upgrades(vector: dict[str, str]) -> None:
    assert sign_v3(TOKEN, "GET", vector["url"], NONCE) == vector["signature"]


def test_an_upgrade_lists_every_form_and_strictly_one() -> None:
    by_url = {vector["url"]: vector["signature"] for vector in VECTORS["streams"]}
    url = "wss://app.example.com/ws"
    forms = (url, "https://app.example.com/ws", "http://app.example.com/ws", "http://app.example.com/ws/websocket")
    assert stream_headers([TOKEN], url, NONCE, strict=False)[V3] == ",".join(by_url[form] for form in forms)
    assert stream_headers([TOKEN], url, NONCE, strict=True)[V3] == by_url[url]


@pytest.mark.parametrize("vector", VECTORS["v2"], ids=lambda vector: vector["url"])
def test_v2(vector: dict[str, str]) -> None:
    assert sign_v2(vector["token"], vector["url"], vector["nonce"]) == vector["signature"]


def test_two_tokens_make_a_list_in_v3_and_none_in_v2() -> None:
    headers = webhook_headers([TOKEN, TOKEN[::-1]], "POST", "https://app.example.com/answer", NONCE, [("k", "v")])
    assert headers[V3].count(",") == 1
    assert headers[MAIN_V3] == headers[V3]
    assert headers[NONCE_V3] == NONCE
    assert "," not in headers[V2]
