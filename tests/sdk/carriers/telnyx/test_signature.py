"""Whether a request is believed: against the published vector, another library's signatures, and strangers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from tests.sdk.carriers.telnyx.requests import CREDENTIALS, NOW, PUBLIC_KEY, body, request, signed
from voicecall_sdk.carriers.carrier import Proof
from voicecall_sdk.carriers.telnyx.signature import SPKI, public_key_of, verify
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "telnyx_signatures_sdk.json").read_text(encoding="utf-8"))
RAW = base64.b64decode(PUBLIC_KEY)
URLSAFE = base64.urlsafe_b64encode(RAW).decode()
PEM = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(SPKI + RAW).decode()}\n-----END PUBLIC KEY-----\n"
BODY = body("call.initiated", {})


def believed(message: WebhookRequest, key: str | None = PUBLIC_KEY, now: float = NOW) -> Proof:
    credentials = {name: value for name, value in CREDENTIALS.items() if name != "publicKey"}
    return verify(message, credentials if key is None else {**credentials, "publicKey": key}, (), now)


@pytest.mark.parametrize("form", ["raw", "spki"])
@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_published_vectors(vector: dict[str, Any], form: str) -> None:
    headers = {"telnyx_signature_ed25519": vector["signature"], "telnyx_timestamp": vector["timestamp"]}
    message = request(vector["body"].encode(), **headers)
    believed(message, vector[form])
    with pytest.raises(Forged, match="Invalid signature"):
        believed(request(vector["body"].encode() + b" ", **headers), vector[form])


@pytest.mark.parametrize("key", [PUBLIC_KEY, f" {PUBLIC_KEY}\n", URLSAFE, RAW.hex(), RAW.hex().upper(), PEM])
def test_keys_as_people_have_them(key: str) -> None:
    assert public_key_of(key) == RAW
    believed(signed(BODY), key)


@pytest.mark.parametrize(
    "key", ["", "nonsense", "é", PUBLIC_KEY[:-4], base64.b64encode(RAW * 2).decode(), RAW.hex()[2:]]
)
def test_other_keys_are_none(key: str) -> None:
    with pytest.raises(ValueError, match="44 characters"):
        public_key_of(key)
    with pytest.raises(Forged, match=r"telnyx\.publicKey"):
        believed(signed(BODY), key)


def test_without_a_key_nothing_is_believed() -> None:
    with pytest.raises(Forged, match=r"Missing telnyx\.publicKey"):
        believed(signed(BODY), None)


@given(st.binary(max_size=200), st.integers(0, 255))
def test_any_body_is_covered_to_the_byte(content: bytes, more: int) -> None:
    message = signed(content)
    believed(message)
    headers = {name.replace("-", "_"): value for name, value in message.headers.items()}
    with pytest.raises(Forged):
        believed(request(content + bytes([more]), **headers))
    with pytest.raises(Forged):
        believed(request(content, **{**headers, "telnyx_timestamp": str(NOW + 1)}))


def test_another_account_s_key_signs_nothing_for_us() -> None:
    with pytest.raises(Forged, match="Invalid signature"):
        believed(signed(BODY, key=SigningKey(bytes(32))))


@pytest.mark.parametrize(("age", "fits"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_timestamp_is_of_now(age: int, fits: bool) -> None:
    if fits:
        believed(signed(BODY), now=NOW + age)
    else:
        with pytest.raises(Forged, match="Timestamp"):
            believed(signed(BODY), now=NOW + age)


@pytest.mark.parametrize(
    "timestamp", ["NaN", "1e9", f" {NOW}", f"{NOW}.0", f"+{NOW}", f"-{NOW}", "١٧٠٠٠٠٠٠٠٠", "1" * 13]
)
def test_a_timestamp_that_is_no_number_is_refused_however_well_signed(timestamp: str) -> None:
    with pytest.raises(Forged, match="Invalid timestamp header"):
        believed(signed(BODY, timestamp=timestamp))


@pytest.mark.parametrize("missing", ["telnyx-signature-ed25519", "telnyx-timestamp"])
def test_without_a_header(missing: str) -> None:
    headers = {name.replace("-", "_"): value for name, value in signed(BODY).headers.items() if name != missing}
    with pytest.raises(Forged, match="Missing signature or timestamp"):
        believed(request(BODY, **headers))


@pytest.mark.parametrize("wrong", ["x", "é", "\udcff", "A" * 88, "=" * 88, base64.b64encode(bytes(64)).decode()])
def test_a_wrong_signature_of_any_kind(wrong: str) -> None:
    with pytest.raises(Forged, match="Invalid signature"):
        believed(request(BODY, telnyx_signature_ed25519=wrong, telnyx_timestamp=str(NOW)))


# --- the identity of a delivery ---------------------------------------------------------------------------------


def test_every_attempt_to_deliver_an_event_is_the_same_delivery() -> None:
    first = signed(body("call.answered", {}, attempt=1))
    third = signed(body("call.answered", {}, attempt=3), timestamp=str(NOW + 5))
    assert first.headers != third.headers
    assert believed(first).key == believed(third).key


def test_other_events_have_other_keys() -> None:
    assert (
        believed(signed(body("call.answered", {}))).key
        != believed(signed(body("call.answered", {}, event_id="e2"))).key
    )


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b"[" * 100_000, body("x", {}, event_id=None), b'{"data":{"id":7}}']
)
def test_what_has_no_id_is_known_by_all_of_it(content: bytes) -> None:
    assert believed(signed(content)).key == believed(signed(content, timestamp=str(NOW + 1))).key
    assert believed(signed(content)).key != believed(signed(content + b" ")).key
