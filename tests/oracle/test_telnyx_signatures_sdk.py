"""Telnyx's own client and our `verify` judge the same webhooks alike; where they do not, it is written down here."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
import telnyx
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from voicecall_sdk.carriers.telnyx.signature import SIGNATURE, SPKI, TIMESTAMP, verify
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "telnyx_signatures_sdk.json").read_text(encoding="utf-8"))
NOW = 1_700_000_000
KEY = SigningKey(bytes(range(32)))
RAW = base64.b64encode(bytes(KEY.verify_key)).decode()
CLIENT = telnyx.Telnyx(api_key="KEY0", public_key=RAW)

JSON = st.dictionaries(st.text(max_size=5), st.text(max_size=10) | st.integers() | st.none(), max_size=4)
BODIES = JSON.map(lambda payload: json.dumps({"data": {"id": "e1", "event_type": "x", "payload": payload}}))
OFFSETS = st.integers(-320, 320)


@pytest.fixture(autouse=True, scope="module")
def the_clock_stands_still() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: float(NOW))
        yield


def signature_of(body: str, timestamp: str) -> str:
    return base64.b64encode(KEY.sign(f"{timestamp}|{body}".encode()).signature).decode()


def theirs(body: str, headers: dict[str, str], key: str = RAW) -> bool:
    try:
        CLIENT.webhooks.unwrap(body, headers=headers, key=key)
    except ValueError:
        return False
    return True


def ours(body: str, headers: dict[str, str], key: str = RAW) -> bool:
    request = WebhookRequest(method="POST", target="/", headers=headers, body=body.encode("utf-8", "surrogatepass"))
    try:
        verify(request, {"publicKey": key}, (), float(NOW))
    except Forged:
        return False
    return True


def headers_of(signature: str, timestamp: str) -> dict[str, str]:
    return {SIGNATURE: signature, TIMESTAMP: timestamp}


@given(BODIES, OFFSETS)
def test_both_believe_what_is_signed_now(body: str, offset: int) -> None:
    timestamp = str(NOW + offset)
    headers = headers_of(signature_of(body, timestamp), timestamp)
    assert ours(body, headers) == theirs(body, headers) == (abs(offset) <= 300)


@given(BODIES, st.sampled_from(["body", "timestamp", "signature", "key"]), st.data())
def test_both_refuse_what_was_tampered_with(body: str, what: str, data: st.DataObject) -> None:
    timestamp, key = str(NOW), RAW
    signature = signature_of(body, timestamp)
    match what:
        case "body":
            body += " "
        case "timestamp":
            timestamp = str(NOW + data.draw(st.integers(1, 300)))
        case "signature":
            raw = bytearray(base64.b64decode(signature))
            raw[data.draw(st.integers(0, 63))] ^= data.draw(st.integers(1, 255))
            signature = base64.b64encode(raw).decode()
        case _:
            key = base64.b64encode(bytes(SigningKey(bytes(32)).verify_key)).decode()
    headers = headers_of(signature, timestamp)
    assert not theirs(body, headers, key)
    assert not ours(body, headers, key)


@given(st.text(max_size=100), st.text(max_size=14))
def test_both_judge_any_header_alike(signature: str, timestamp: str) -> None:
    headers = headers_of(signature, timestamp)
    assert ours("{}", headers) == theirs("{}", headers)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_vector_is_the_clients_own(vector: dict[str, Any]) -> None:
    headers = headers_of(vector["signature"], vector["timestamp"])
    assert theirs(vector["body"], headers, vector["raw"])
    assert ours(vector["body"], headers, vector["raw"])


# --- where they differ ------------------------------------------------------------------------------------------

DISAGREEMENTS = {
    "a key as generic libraries export it (SPKI) is refused by theirs: 44 bytes": (
        signature_of("{}", str(NOW)),
        str(NOW),
        base64.b64encode(SPKI + bytes(KEY.verify_key)).decode(),
        False,
        True,
    ),
    "a timestamp with blanks, signed so: theirs reads it by int(), ours takes digits alone": (
        signature_of("{}", f" {NOW}"),
        f" {NOW}",
        RAW,
        True,
        False,
    ),
    "a timestamp with underscores, signed so: int() again": (
        signature_of("{}", "1_700_000_000"),
        "1_700_000_000",
        RAW,
        True,
        False,
    ),
    "a signature in the other alphabet of base64: ours takes both": (
        signature_of("{}", str(NOW)).replace("+", "-").replace("/", "_"),
        str(NOW),
        RAW,
        False,
        True,
    ),
}


@pytest.mark.parametrize("what", DISAGREEMENTS)
def test_where_they_differ(what: str) -> None:
    signature, timestamp, key, by_theirs, by_ours = DISAGREEMENTS[what]
    headers = headers_of(signature, timestamp)
    assert (theirs("{}", headers, key), ours("{}", headers, key)) == (by_theirs, by_ours)


def test_theirs_cannot_take_the_bytes_that_came() -> None:
    body, timestamp = '{"data": {"id": "e1"}}', str(NOW)
    headers: Any = headers_of(signature_of(body, timestamp), timestamp)
    with pytest.raises(ValueError, match="does not match"):
        CLIENT.webhooks.unwrap(body.encode(), headers=headers)  # type: ignore[arg-type]
    assert ours(body, headers)
