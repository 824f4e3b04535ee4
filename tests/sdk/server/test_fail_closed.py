"""Where something is missing that verification takes, nothing is believed: not the genuine either."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.sdk.server.door import PUBLIC, Desk, Memory, Midnight
from tests.sdk.server.signing import CREDENTIALS, KEY, NONCE, NOW, SECRET, SENDERS, SIGNATURES, sent
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.telnyx import signature as telnyx_signature
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sdk.server.trust import Leniency
from voicecall_sdk.server.webhooks import Gate, WebhookServer

Headers = Mapping[str, str]
Change = Callable[[dict[str, str], bytes], Headers]

LENIENT: Final = Leniency(ngrok_loopback=True)


def status(
    carrier: str,
    change: Change = lambda headers, body: headers,
    *,
    credentials: Mapping[str, str] | None = None,
    public: str | None = PUBLIC,
) -> tuple[int, int]:
    """What a request gets that is genuine but for `change`, and how much it did. The bypass is on."""
    desk, message = Desk(Memory()), sent(carrier, PUBLIC)
    gate = Gate(
        carrier=CARRIERS[carrier],
        credentials=CREDENTIALS[carrier] if credentials is None else credentials,
        forwarding=Forwarding(),
        leniency=LENIENT,
    )
    store: Any = desk.memory
    server = WebhookServer(path="/voice/webhook", gate=gate, store=store, clock=Midnight(), public_url=public)
    server.reception = desk  # type: ignore[assignment]
    headers = {"host": "voice.example.com", **change(dict(message.headers), message.body)}
    request = WebhookRequest(
        method="POST", target="/voice/webhook", headers=headers, body=message.body, remote="127.0.0.1"
    )
    return server._answer(request).status, len(desk.taken)


@pytest.mark.parametrize("carrier", SENDERS)
def test_the_genuine_as_it_is(carrier: str) -> None:
    assert status(carrier) == (200, 1)


KEYS: Final[Mapping[str, tuple[str, list[str | None]]]] = {
    "twilio": ("authToken", [None, "", "another"]),
    "plivo": ("authToken", [None, "", "another"]),
    "telnyx": (
        "publicKey",
        [
            None,
            "",
            "another",
            "AAAA",
            "%%%",
            CREDENTIALS["telnyx"]["publicKey"][:-4],
            base64.b64encode(bytes(32)).decode(),  # a point of small order, by which a signature of zeros would fit
            base64.b64encode(b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x71\x03\x21\x00" + bytes(32)).decode(),  # of Ed448
        ],
    ),
}
"""The key that verifies, and what it may be instead."""


@pytest.mark.parametrize("carrier", KEYS)
def test_without_the_right_key_nothing_is_believed(carrier: str) -> None:
    name, others = KEYS[carrier]
    for other in others:
        credentials = {key: value for key, value in CREDENTIALS[carrier].items() if key != name}
        if other is not None:
            credentials[name] = other
        assert (other, status(carrier, credentials=credentials)) == (other, (401, 0))


@pytest.mark.parametrize("carrier", ["twilio", "plivo"])
def test_an_empty_key_is_not_a_key_that_everybody_has(carrier: str) -> None:
    """A hash by an empty key can be made by anybody; it must not be what an unset token is compared by."""
    body = sent(carrier, PUBLIC).body
    credentials = {**CREDENTIALS[carrier], "authToken": ""}

    def by_nothing(headers: dict[str, str], _: bytes) -> Headers:
        pairs = sorted(pair.split("=", 1) for pair in body.decode().replace("%2B", "+").split("&"))
        written = "".join(name + value for name, value in pairs)
        text, digest = {
            "twilio": (PUBLIC + written, hashlib.sha1),
            "plivo": (f"{PUBLIC}?{written}.{NONCE}", hashlib.sha256),
        }[carrier]
        return {**headers, SIGNATURES[carrier]: base64.b64encode(hmac.digest(b"", text.encode(), digest)).decode()}

    assert status(carrier, by_nothing, credentials=credentials) == (401, 0)
    assert status(carrier, by_nothing, credentials={}) == (401, 0)


MODULES = ("cryptography", "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.exceptions")


def test_without_the_library_nothing_is_believed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    telnyx_signature._loaded.cache_clear()
    with monkeypatch.context() as missing:
        for module in MODULES:
            missing.setitem(sys.modules, module, None)
        assert status("telnyx") == (401, 0)
    assert "the package cryptography is not installed" in caplog.text
    assert status("telnyx") == (200, 1)


def _signature(carrier: str, change: Callable[[str], str]) -> Change:
    name = SIGNATURES[carrier]
    return lambda headers, body: {**headers, name: change(headers[name])}


def _is(text: str) -> Callable[[str], str]:
    return lambda given: text


SPOILT: Final[Mapping[str, Callable[[str], str]]] = {
    "empty": _is(""),
    "blank": _is(" \t "),
    "no base64": _is("!" * 28),
    "no letters of base64 in between": lambda given: given[:9] + "*" + given[9:],
    "no padding": lambda given: given.rstrip("="),
    "too short": lambda given: given[:-8] + "=",
    "too long": lambda given: given + given,
    "hexadecimal": lambda given: base64.b64decode(given).hex(),
    "a scheme before it": lambda given: f"Bearer {given}",
    "an algorithm before it": lambda given: f"sha512={given}",
    "all zeros": lambda given: base64.b64encode(bytes(len(base64.b64decode(given)))).decode(),
    "of nobody's letters": _is("é☃\udcff"),
    "the word none": _is("none"),
    "null": _is("null"),
}


@pytest.mark.parametrize("carrier", SENDERS)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_signature_that_is_none(carrier: str, spoilt: str) -> None:
    """What is present and wrong is what the bypass is about: it is on here, and the host is none of ngrok's."""
    assert status(carrier, _signature(carrier, SPOILT[spoilt])) == (401, 0)


SCHEMES: Final[Mapping[str, Change]] = {
    "another's alone": lambda headers, body: {
        "content-type": headers["content-type"],
        "x-hub-signature-256": "sha256=00",
    },
    "an algorithm that is not known": lambda headers, body: {
        "content-type": headers["content-type"],
        "x-twilio-signature": base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha512)).decode(),
        "x-twilio-webhooks-signature-settings": "algorithm=HMAC_SHA512",
    },
    "an algorithm that is none": lambda headers, body: {
        "content-type": headers["content-type"],
        "x-twilio-signature": base64.b64encode(hashlib.sha1(body).digest()).decode(),
        "x-twilio-webhooks-signature-settings": "algorithm=none",
        "x-plivo-signature-v3": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        "x-plivo-signature-v3-nonce": NONCE,
    },
    "a version that there is not": lambda headers, body: {
        name.replace("v3", "v4"): value for name, value in headers.items() if name not in SIGNATURES.values()
    },
    "the old one over nothing": lambda headers, body: {
        "content-type": headers["content-type"],
        "x-plivo-signature-v2": base64.b64encode(hmac.digest(SECRET.encode(), NONCE.encode(), hashlib.sha256)).decode(),
        "x-plivo-signature-v2-nonce": NONCE,
    },
    "a timestamp of another form": lambda headers, body: {
        **{name: value for name, value in headers.items() if name != SIGNATURES["twilio"]},
        "x-plivo-signature-v3-nonce": "",
        "telnyx-timestamp": "NaN",
        "telnyx-signature-ed25519": base64.b64encode(KEY.sign(b"NaN|" + body)).decode(),
    },
    "a time long past": lambda headers, body: {
        **{name: value for name, value in headers.items() if name != SIGNATURES["twilio"]},
        "x-plivo-signature-v3-nonce": "",
        "telnyx-timestamp": str(NOW - 301),
        "telnyx-signature-ed25519": base64.b64encode(KEY.sign(f"{NOW - 301}|".encode() + body)).decode(),
    },
}


@pytest.mark.parametrize("carrier", SENDERS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_another_scheme_is_none(carrier: str, scheme: str) -> None:
    assert status(carrier, SCHEMES[scheme]) == (401, 0)


@pytest.mark.parametrize("carrier", SENDERS)
@pytest.mark.parametrize("other", SENDERS)
def test_another_carriers_signature_is_none(carrier: str, other: str) -> None:
    foreign = sent(other, PUBLIC)
    desk, message = Desk(Memory()), sent(carrier, PUBLIC)
    gate = Gate(
        carrier=CARRIERS[carrier], credentials=CREDENTIALS[carrier], forwarding=Forwarding(), leniency=Leniency()
    )
    store: Any = desk.memory
    server = WebhookServer(path="/voice/webhook", gate=gate, store=store, clock=Midnight(), public_url=PUBLIC)
    server.reception = desk  # type: ignore[assignment]
    headers = {"host": "voice.example.com", **foreign.headers}
    request = WebhookRequest(method="POST", target="/voice/webhook", headers=headers, body=message.body)
    assert server._answer(request).status == (200 if carrier == other else 401)
    assert server._answer(replace(request, body=foreign.body)).status == (200 if carrier == other else 401)
    assert len(desk.taken) == (carrier == other)
