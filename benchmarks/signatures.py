"""What verifying one webhook's signature costs: the SDK, the vendors' validators, and the bare hash, in one run.

Parameters are parsed before the clock runs, for all alike. `bare` is the shortest code that can be right: it writes
what is signed, computes the signature and compares. The webhooks are those of the simulator's battery: a call's end.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import hmac
import pstats
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import telnyx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from multidict import MultiDict
from plivo.utils import validate_v3_signature
from twilio.request_validator import RequestValidator

from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest
from voicecall_sim.carriers.case import Desk, Shot
from voicecall_sim.verify.cases import battery
from voicecall_sim.world.chance import Chance

URL = "https://voice.example.com/voice/webhook?callId=00000000-0000-4000-8000-000000000000&turn=3"
NOW = int(time.time())
ROUNDS, COUNT = 200, 50

Verify = Callable[[], object]


@dataclass(frozen=True)
class Contest:
    """One genuine webhook, and everybody who can verify it."""

    bare: Verify
    vendor: Verify
    sdk: Verify
    sdk_refusing: Verify


def webhook(carrier: str, credentials: Mapping[str, str]) -> tuple[Shot, WebhookRequest, Verify, Verify]:
    """A genuine webhook, as the SDK sees it; the SDK's verdict on it, and on a forged copy."""
    room = battery(carrier)
    desk = Desk(url=URL, secret=room.made_of("benchmark"), now=lambda: NOW, chance=Chance(0))
    shot = room.signed(desk, room.draft(desk))
    other = room.signed(replace(desk, secret=room.made_of("another")), room.draft(desk))
    forged = shot.with_headers_of(other, room.headers)
    request, refused = understood(shot), understood(forged)
    verify, told = CARRIERS[carrier].verify, dict(credentials)

    def refuse() -> None:
        try:
            verify(refused, told, (URL,), NOW)
        except Forged:
            return
        raise AssertionError("the forged webhook was believed")

    return shot, request, lambda: verify(request, told, (URL,), NOW), refuse


def understood(shot: Shot) -> WebhookRequest:
    """A request whose form has been read."""
    target = shot.url.partition("voice.example.com")[2]
    headers = {name.lower(): value for name, value in shot.headers}
    request = WebhookRequest(method=shot.method, target=target, headers=headers, body=shot.body)
    assert len(request.form) > 0
    return request


def by_twilio() -> Contest:
    """URL and sorted parameters, HMAC-SHA1."""
    token = battery("twilio").made_of("benchmark")
    shot, request, sdk, refusing = webhook("twilio", {"authToken": token})
    params, signature, key = list(request.form), shot.value("X-Twilio-Signature"), token.encode()
    validator, form = RequestValidator(token), MultiDict(params)

    def bare() -> bool:
        text = URL + "".join([name + value for name, value in sorted(set(params))])
        return hmac.compare_digest(base64.b64encode(hmac.digest(key, text.encode(), "sha1")), signature.encode())

    return Contest(bare, lambda: validator.validate(URL, form, signature), sdk, refusing)


def by_plivo() -> Contest:
    """V3: URL, sorted query, sorted parameters, nonce; HMAC-SHA256."""
    token = battery("plivo").made_of("benchmark")
    shot, request, sdk, refusing = webhook("plivo", {"authToken": token})
    params, key = list(request.form), token.encode()
    signature, nonce = shot.value("X-Plivo-Signature-V3"), shot.value("X-Plivo-Signature-V3-Nonce")
    form: dict[str, Any] = dict(params)

    def bare() -> bool:
        address, _, query = URL.partition("?")
        written = "&".join([f"{name}={value}" for name, value in sorted(parse_qsl(query))])
        text = f"{address}?{written}.{''.join([name + value for name, value in sorted(params)])}.{nonce}"
        return hmac.compare_digest(base64.b64encode(hmac.digest(key, text.encode(), "sha256")), signature.encode())

    vendor = lambda: validate_v3_signature("POST", URL, nonce, token, signature, form)  # noqa: E731
    return Contest(bare, vendor, sdk, refusing)


def by_telnyx() -> Contest:
    """Ed25519 over timestamp and body; `bare` has the key loaded."""
    room = battery("telnyx")
    public = room.published(room.made_of("benchmark"))
    shot, _, sdk, refusing = webhook("telnyx", {"publicKey": public})
    signature, stamp = shot.value("telnyx-signature-ed25519"), shot.value("telnyx-timestamp")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    client, headers, text = telnyx.Telnyx(api_key="KEY0", public_key=public), dict(shot.headers), shot.body.decode()

    def bare() -> bool:
        key.verify(base64.b64decode(signature, validate=True), stamp.encode() + b"|" + shot.body)
        return True

    return Contest(bare, lambda: client.webhooks.unwrap(text, headers=headers), sdk, refusing)


CONTESTS = {"twilio": by_twilio, "telnyx": by_telnyx, "plivo": by_plivo}


def once(verify: Verify, count: int) -> float:
    """Microseconds of one verification, over many."""
    began = time.perf_counter()
    for _ in range(count):
        verify()
    return (time.perf_counter() - began) / count * 1e6


def measured(contest: Contest, count: int) -> dict[str, float]:
    """The best round of each, interleaved: what a busy machine adds is nobody's cost."""
    assert contest.bare()
    assert contest.vendor()
    verifiers = {
        "bare hash": contest.bare,
        "vendor": contest.vendor,
        "SDK": contest.sdk,
        "SDK, refusing": contest.sdk_refusing,
    }
    taken: dict[str, list[float]] = {name: [] for name in verifiers}
    for _ in range(ROUNDS):
        for name, verify in verifiers.items():
            taken[name].append(once(verify, count))
    return {name: min(times) for name, times in taken.items()}


def profiled(contest: Contest, count: int) -> None:
    """Where the SDK's time goes."""
    profile = cProfile.Profile()
    profile.runcall(once, contest.sdk, count)
    pstats.Stats(profile).sort_stats("tottime").print_stats(15)


def main() -> None:
    """Print a table for each carrier."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--profile", choices=CONTESTS)
    asked = parser.parse_args()
    if asked.profile:
        profiled(CONTESTS[asked.profile](), asked.count)
        return
    for carrier, contest in CONTESTS.items():
        taken = measured(contest(), asked.count)
        print(f"{carrier:20}{'us':>8}{'a second':>12}{'of bare':>10}{'of vendor':>12}")
        for name, each in taken.items():
            bare, vendor = each / taken["bare hash"], each / taken["vendor"]
            print(f"{name:20}{each:8.1f}{1e6 / each:12,.0f}{bare:10.2f}{vendor:12.2f}")
        print()


if __name__ == "__main__":
    main()
