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
OF_V3 = [vector for vector in VECTORS["vectors"] if vector["version"] == 3]
OF_V2 = [vector for vector in VECTORS["vectors"] if vector["version"] == 2]
TOKEN, NONCE = "AbCdEf0123456789AbCdEf0123456789AbCdEf01", "12345678901234567890"


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", OF_V3, ids=named)
def test_v3(vector: dict[str, Any]) -> None:
    params: Pairs = [(name, value) for name, value in vector["params"]]
    base = v3_base(vector["method"], vector["url"], params)
    assert base == vector.get("base", base)
    made = sign_v3(vector["token"], vector["method"], vector["url"], vector["nonce"], params)
    assert made == vector["signature"]


def test_an_upgrade_lists_every_form_and_strictly_one() -> None:
    by_url = {vector["url"]: vector["signature"] for vector in OF_V3 if vector["token"] == TOKEN}
    url = "wss://app.example.com/ws"
    forms = (url, "https://app.example.com/ws", "http://app.example.com/ws", "http://app.example.com/ws/websocket")
    assert stream_headers([TOKEN], url, NONCE, strict=False)[V3] == ",".join(by_url[form] for form in forms)
    assert stream_headers([TOKEN], url, NONCE, strict=True)[V3] == by_url[url]


@pytest.mark.parametrize("vector", OF_V2, ids=named)
def test_v2(vector: dict[str, Any]) -> None:
    assert sign_v2(vector["token"], vector["url"], vector["nonce"]) == vector["signature"]


def test_two_tokens_make_a_list_in_v3_and_none_in_v2() -> None:
    headers = webhook_headers([TOKEN, TOKEN[::-1]], "POST", "https://app.example.com/answer", NONCE, [("k", "v")])
    assert headers[V3].count(",") == 1
    assert headers[MAIN_V3] == headers[V3]
    assert headers[NONCE_V3] == NONCE
    assert "," not in headers[V2]
