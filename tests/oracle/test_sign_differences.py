"""Where a vendor's validator does not believe what its carrier signs, or the other way round; each with its reason.

The SDK believes what is genuine in all of them, and refuses what is not: a client's defect is no reason to lose calls.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
import telnyx
from multidict import MultiDict
from plivo.exceptions import ValidationError
from plivo.utils import validate_v3_signature
from twilio.request_validator import RequestValidator

from tests.oracle.test_sign_agrees import (
    KEY,
    PLIVO,
    TELNYX,
    TOKEN,
    TWILIO,
    form_of,
    listed,
    plivo_believes,
    twilio_believes,
)
from voicecall_sim.carriers.case import Draft, Shot

NOW = 1_700_000_000
HOOK = "https://app.example.com/voice"
PARAMS = (("a", "1"), ("b", "x"))


# --- Twilio -----------------------------------------------------------------------------------------------------


def test_twilio_a_question_mark_with_nothing_behind_it() -> None:
    """`urlparse(url).geturl()` drops a bare `?`, which Twilio signs (twilio-python 9.13, remove_port)."""
    shot = TWILIO.sign(Draft(url=HOOK + "?", params=PARAMS))
    assert not twilio_believes(shot)
    assert TWILIO.sdk_believes(replace(shot, url=HOOK + "?"), HOOK + "?")


def test_twilio_a_password_in_the_url_that_is_handed_over() -> None:
    """`remove_port` cuts a URL with credentials and a port at the first colon: `https://user` is left."""
    shot = TWILIO.sign(Draft(url="https://user:word@app.example.com:8443/voice", params=PARAMS))
    seen = "https://user:word@app.example.com:8443/voice"
    validator = RequestValidator(TOKEN)
    assert not validator.validate(seen, MultiDict(form_of(shot)), shot.value("X-Twilio-Signature"))
    assert TWILIO.sdk_believes(shot, seen)


def test_twilio_an_address_in_brackets() -> None:
    """`remove_port` cuts an IPv6 address at its first colon, too."""
    shot = TWILIO.sign(Draft(url="https://[2001:db8::1]:8443/voice", params=PARAMS))
    assert not twilio_believes(shot)
    assert TWILIO.sdk_believes(shot, shot.url)


def test_twilio_no_signature_at_all() -> None:
    """The length of None is asked for: an error 500 for whoever sends no header, unless it is read with a default."""
    with pytest.raises(TypeError):
        RequestValidator(TOKEN).validate(HOOK, {}, None)
    bare = TWILIO.sign(Draft(url=HOOK, params=PARAMS)).with_header("X-Twilio-Signature")
    assert not TWILIO.sdk_believes(bare, HOOK)


def test_twilio_a_body_without_its_hash() -> None:
    """A form that the framework did not read is empty for the validator: the signature of a bare URL fits any body."""
    shot = replace(TWILIO.sign(Draft(url=HOOK)), body=b'{"CallStatus": "in-progress"}')
    shot = shot.with_header("Content-Type", "application/json")
    assert RequestValidator(TOKEN).validate(HOOK, {}, shot.value("X-Twilio-Signature"))
    assert not TWILIO.sdk_believes(shot, HOOK)


# --- Plivo ------------------------------------------------------------------------------------------------------


def test_plivo_a_query_that_is_not_ascii() -> None:
    """The query is decoded and encoded by ASCII (plivo-python 4.63, signature_v3)."""
    shot = PLIVO.sign(Draft(url=f"{HOOK}?name={quote('é')}", params=PARAMS, nonce="1"))
    with pytest.raises(UnicodeError):
        plivo_believes(shot)
    assert PLIVO.sdk_believes(shot, shot.url)


def test_plivo_a_blank_after_a_comma() -> None:
    """The list of signatures is split and not trimmed: a proxy that writes `a, b` hides the second."""
    shot = PLIVO.sign(Draft(url=HOOK, params=PARAMS, nonce="1"))
    shot = shot.with_header("X-Plivo-Signature-V3", "old, " + shot.value("X-Plivo-Signature-V3"))
    assert not plivo_believes(shot)
    assert PLIVO.sdk_believes(shot, HOOK)


def test_plivo_what_stands_after_a_semicolon_in_the_path() -> None:
    """`urlparse` takes it for parameters of the path, and the validator forgets those."""
    shot = PLIVO.sign(Draft(url=HOOK + ";v=2", params=PARAMS, nonce="1"))
    assert not plivo_believes(shot)
    assert PLIVO.sdk_believes(shot, shot.url)


def test_plivo_sockets() -> None:
    """The check of the URL's form knows http and https alone: signatures of upgrades cannot be verified with it."""
    with pytest.raises(ValidationError):
        validate_v3_signature("GET", "wss://app.example.com/ws", "1", TOKEN, "x", {})


def test_plivo_parameters_of_a_body_that_is_no_form() -> None:
    """What the framework did not read as a form is not covered: the signature of a bare URL fits any body."""
    shot = replace(PLIVO.sign(Draft(url=HOOK, nonce="1")), body=b'{"CallStatus": "in-progress"}')
    shot = shot.with_header("Content-Type", "application/json")
    signature = shot.value("X-Plivo-Signature-V3")
    assert validate_v3_signature("POST", HOOK, "1", TOKEN, signature, listed([]))
    assert not PLIVO.sdk_believes(shot, HOOK)


# --- Telnyx -----------------------------------------------------------------------------------------------------


def test_telnyx_callbacks_that_are_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client reads JSON as soon as it has verified: of TeXML's genuine forms there is nothing but an error."""
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    shot = TELNYX.sign(Draft(url=HOOK, params=PARAMS, timestamp=NOW))
    with pytest.raises(json.JSONDecodeError):
        telnyx.Telnyx(api_key="KEY0", public_key=KEY).webhooks.unwrap(shot.body.decode(), headers=dict(shot.headers))
    assert TELNYX.sdk_believes(shot, HOOK)


@pytest.mark.parametrize("believes", [plivo_believes, twilio_believes], ids=["plivo", "twilio"])
def test_a_header_that_is_not_ascii_is_refused_by_the_vendors_too(believes: Callable[[Shot], bool]) -> None:
    """They do not compare with hmac.compare_digest, which would raise."""
    account = PLIVO if believes is plivo_believes else TWILIO
    shot = account.sign(Draft(url=HOOK, params=PARAMS, nonce="1"))
    for name in ("X-Plivo-Signature-V3", "X-Twilio-Signature"):
        if shot.has(name):
            shot = shot.with_header(name, "sïgnature")
    assert not believes(shot)
