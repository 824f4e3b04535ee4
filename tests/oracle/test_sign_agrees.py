"""What `voicecall-sim sign` makes is believed by the vendors' validators and by the SDK; what is altered, by neither.

Where a vendor's validator errs, the generated inputs keep away from it, and `test_sign_differences.py` has the defect.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
import telnyx
from hypothesis import assume, given
from hypothesis import strategies as st
from multidict import MultiDict
from plivo.utils import validate_signature, validate_v3_signature
from twilio.request_validator import RequestValidator

from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest
from voicecall_sim.carriers.case import Desk, Draft, Pairs, Shot
from voicecall_sim.verify.cases import battery
from voicecall_sim.world.chance import Chance

NOW = 1_700_000_000
TOKEN = "AbCdEf0123456789AbCdEf0123456789AbCdEf01"
SEED = base64.b64encode(bytes(range(32))).decode()
KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="

HOSTS = st.sampled_from(["app.example.com", "localhost", "203.0.113.7", "a-b.example", "xn--bcher-kva.example"])
PORTS = st.sampled_from(["", ":3334", ":8443"])
PATHS = st.sampled_from(["/", "/voice/webhook", "/voice/webhook/", "/a%20b/c"])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
PARAMS = st.lists(st.tuples(TEXTS.filter(bool), TEXTS), min_size=1, max_size=6).map(tuple)
# ASCII, because of plivo's client; never a bare ?, because of urlparse
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=6)
QUERIES = st.lists(st.tuples(ASCII, ASCII), max_size=4).map(lambda pairs: urlencode(pairs, quote_via=quote))
METHODS = st.sampled_from(["POST", "GET"])
JSON = st.dictionaries(st.text(max_size=5), st.text(max_size=10) | st.integers() | st.none(), max_size=4)
BODIES = JSON.map(lambda payload: json.dumps({"data": {"id": "e1", "event_type": "x", "payload": payload}}))


@dataclass(frozen=True)
class Account:
    """A carrier's account, and what the SDK is configured with."""

    carrier: str
    secret: str
    credentials: dict[str, str]

    def desk(self, url: str) -> Desk:
        return Desk(url=url, secret=self.secret, now=lambda: NOW, chance=Chance(0))

    def sign(self, draft: Draft) -> Shot:
        return battery(self.carrier).signed(self.desk(draft.url), draft)

    def sdk_believes(self, shot: Shot, url: str) -> bool:
        """The SDK, whose public URL is that of the request."""
        parts = urlsplit(url)
        request = WebhookRequest(
            method=shot.method,
            target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            headers={name.lower(): value for name, value in shot.headers},
            body=shot.body,
        )
        try:
            CARRIERS[self.carrier].verify(request, self.credentials, (url,), float(NOW))
        except Forged:
            return False
        return True


TWILIO = Account("twilio", TOKEN, {"accountSid": "AC1", "authToken": TOKEN})
PLIVO = Account("plivo", TOKEN, {"authId": "MA1", "authToken": TOKEN})
TELNYX = Account("telnyx", SEED, {"publicKey": KEY})


@pytest.fixture(autouse=True, scope="module")
def the_clock_stands_still() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: float(NOW))
        yield


def form_of(shot: Shot) -> list[tuple[str, str]]:
    return parse_qsl(shot.body.decode(), keep_blank_values=True)


def listed(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Parameters as frameworks hand them on: a list where a name comes more than once."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def url_of(scheme: str, host: str, port: str, path: str, query: str) -> str:
    return f"{scheme}://{host}{port}{path}{'?' + query if query else ''}"


URLS = st.builds(url_of, st.sampled_from(["https", "http"]), HOSTS, PORTS, PATHS, QUERIES)


# --- the vendors ------------------------------------------------------------------------------------------------


def twilio_believes(shot: Shot) -> bool:
    signature = shot.value("X-Twilio-Signature")
    if "json" in shot.value("Content-Type"):
        return bool(RequestValidator(TOKEN).validate(shot.url, shot.body.decode(), signature))
    return bool(RequestValidator(TOKEN).validate(shot.url, MultiDict(form_of(shot)), signature))


def plivo_believes(shot: Shot) -> bool:
    nonce, signature = shot.value("X-Plivo-Signature-V3-Nonce"), shot.value("X-Plivo-Signature-V3")
    return bool(validate_v3_signature(shot.method, shot.url, nonce, TOKEN, signature, listed(form_of(shot))))


def telnyx_believes(shot: Shot) -> bool:
    client = telnyx.Telnyx(api_key="KEY0", public_key=KEY)
    try:
        client.webhooks.unwrap(shot.body.decode(), headers=dict(shot.headers))
    except ValueError:
        return False
    return True


# --- what is signed ---------------------------------------------------------------------------------------------


@given(URLS, METHODS, PARAMS)
def test_twilio(url: str, method: str, params: Pairs) -> None:
    shot = TWILIO.sign(Draft(url=url, method=method, params=params))
    assert twilio_believes(shot)
    assert TWILIO.sdk_believes(shot, shot.url)


@given(URLS, BODIES)
def test_twilio_with_a_body_that_is_no_form(url: str, body: str) -> None:
    shot = TWILIO.sign(Draft(url=url, body=body.encode()))
    assert twilio_believes(shot)
    assert TWILIO.sdk_believes(shot, shot.url)


@given(URLS, PARAMS, st.text("0123456789", min_size=1, max_size=20))
def test_plivo(url: str, params: Pairs, nonce: str) -> None:
    shot = PLIVO.sign(Draft(url=url, params=params, nonce=nonce))
    assert plivo_believes(shot)
    assert PLIVO.sdk_believes(shot, shot.url)
    v2, v2_nonce = shot.value("X-Plivo-Signature-V2"), shot.value("X-Plivo-Signature-V2-Nonce")
    assert validate_signature(shot.url, v2_nonce, v2, TOKEN)


@given(URLS, st.lists(st.tuples(ASCII, ASCII), max_size=4).map(tuple))
def test_plivo_with_get(url: str, params: Pairs) -> None:
    shot = PLIVO.sign(Draft(url=url, method="GET", params=params, nonce="1"))
    assert plivo_believes(shot)
    assert PLIVO.sdk_believes(shot, shot.url)


@given(URLS, BODIES, st.integers(-320, 320))
def test_telnyx(url: str, body: str, offset: int) -> None:
    shot = TELNYX.sign(Draft(url=url, body=body.encode(), timestamp=NOW + offset))
    assert telnyx_believes(shot) == TELNYX.sdk_believes(shot, url) == (abs(offset) <= 300)


# --- what is altered --------------------------------------------------------------------------------------------


@given(URLS, PARAMS, st.data())
def test_nobody_believes_what_was_altered(url: str, params: Pairs, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(params) - 1))
    altered = (*params[:at], (params[at][0], params[at][1] + "!"), *params[at + 1 :])
    assume(set(altered) != set(params))
    for account, believes in ((TWILIO, twilio_believes), (PLIVO, plivo_believes)):
        draft = Draft(url=url, params=params, nonce="1")
        sent = account.sign(replace(draft, params=altered))
        forged = sent.with_headers_of(account.sign(draft), battery(account.carrier).headers)
        assert not believes(forged)
        # V2 covers no parameter, and counts where there is no V3: so it must not count here
        assert not account.sdk_believes(forged, forged.url)


@given(BODIES, st.integers(0, 400), st.integers(1, 255))
def test_nobody_believes_a_body_with_another_byte(body: str, at: int, mask: int) -> None:
    shot = TELNYX.sign(Draft(url="https://app.example.com/", body=body.encode(), timestamp=NOW))
    raw = bytearray(shot.body)
    raw[at % len(raw)] ^= mask
    forged = replace(shot, body=bytes(raw))
    assert not TELNYX.sdk_believes(forged, forged.url)
    if bytes(raw).isascii():
        assert not telnyx_believes(forged)


@given(st.sampled_from([TWILIO, PLIVO, TELNYX]), st.text(st.characters(codec="latin-1", exclude_categories=["C"])))
def test_nobody_believes_a_signature_that_is_any_text(account: Account, text: str) -> None:
    room = battery(account.carrier)
    draft = room.draft(account.desk("https://app.example.com/voice"))
    shot = account.sign(draft)
    for name in room.headers:
        if not name.lower().endswith(("nonce", "timestamp")):
            shot = shot.with_header(name, text)
    assert not account.sdk_believes(shot, shot.url)
