"""Telnyx's webhooks for the signature battery: the end of a call that the endpoint never heard of, signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from voicecall_sim.carriers.case import Change, Desk, Draft, Make, Room, Shot
from voicecall_sim.carriers.forging import Forger
from voicecall_sim.carriers.telnyx import ids
from voicecall_sim.carriers.telnyx.events import iso
from voicecall_sim.carriers.telnyx.signature import SIGNATURE, TIMESTAMP, SigningKey
from voicecall_sim.carriers.telnyx.webhooks import USER_AGENT, as_json

SEED: Final = 32
"""Bytes of the secret that a key pair is made of."""
WEBHOOKS: Final = "developers.telnyx.com, webhook fundamentals"
FORM: Final = "application/x-www-form-urlencoded"


def draft(desk: Desk) -> Draft:
    """The end of an outbound call of half a minute: `call.hangup`."""
    now = datetime.fromtimestamp(desk.now(), UTC)
    told = {
        "data": {
            "event_type": "call.hangup",
            "id": ids.new_uuid(desk.chance, "event"),
            "occurred_at": iso(now),
            "payload": _payload(desk, now),
            "record_type": "event",
        },
        "meta": {"attempt": 1, "delivered_to": desk.url},
    }
    return Draft(url=desk.url, body=as_json(told), timestamp=desk.now())


def _payload(desk: Desk, now: datetime) -> Mapping[str, Any]:
    return {
        "call_control_id": ids.call_control_id(desk.chance),
        "call_session_id": ids.time_uuid(desk.chance, now),
        "call_leg_id": ids.time_uuid(desk.chance, now),
        "connection_id": ids.snowflake(desk.chance, "application"),
        "calling_party_type": "pstn",
        "client_state": None,
        "from": "+15550001234",
        "to": "+15550005678",
        "start_time": iso(now - timedelta(seconds=31)),
        "end_time": iso(now),
        "hangup_cause": "normal_clearing",
        "hangup_source": "callee",
        "sip_hangup_cause": "200",
    }


def signed(desk: Desk, draft: Draft) -> Shot:
    """The request that Telnyx makes of a draft. Raises `ValueError` for a GET."""
    if draft.method != "POST":
        raise ValueError("what is signed of a GET is not documented; it is POST")
    body = urlencode(draft.params).encode() if draft.body is None else draft.body
    timestamp = str(draft.timestamp)
    headers = (
        ("content-type", FORM if draft.body is None else "application/json"),
        ("user-agent", USER_AGENT),
        (SIGNATURE, SigningKey(base64.b64decode(desk.secret)).sign(timestamp, body)),
        (TIMESTAMP, timestamp),
    )
    return Shot(url=draft.url.partition("#")[0], method=draft.method, headers=headers, body=body)


def check(secret: str) -> None:
    """Raises `ValueError` for what is no seed."""
    try:
        good = len(base64.b64decode(secret, validate=True)) == SEED
    except binascii.Error:
        good = False
    if not good:
        raise ValueError("expected the seed of an Ed25519 key pair: 32 bytes in base64, as `voicecall-sim keys` prints")


def made_of(text: str) -> str:
    """A seed made of any text."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def published(secret: str) -> str:
    """The public key, as the portal shows it."""
    return SigningKey(base64.b64decode(secret)).public


ROOM: Final = Room(
    secret="private-key",
    headers=(SIGNATURE, TIMESTAMP),
    draft=draft,
    signed=signed,
    check=check,
    made_of=made_of,
    published=published,
    settings=lambda secret: {"apiKey": "KEY0", "connectionId": "1", "publicKey": published(secret)},
)
IT: Final = Forger(ROOM)


# --- how drafts are changed -------------------------------------------------------------------------------------


def told(path: str, value: Any) -> Change:
    """With another value at this place (`data.payload.from`) of the body."""

    def change(draft: Draft) -> Draft:
        whole = json.loads(draft.body or b"{}")
        *parents, last = path.split(".")
        place = whole
        for parent in parents:
            place = place[parent]
        place[last] = value
        return replace(draft, body=as_json(whole))

    return change


def untold(path: str) -> Change:
    """Without what stands at this place of the payload."""

    def change(draft: Draft) -> Draft:
        whole = json.loads(draft.body or b"{}")
        del whole["data"]["payload"][path]
        return replace(draft, body=as_json(whole))

    return change


def written(write: Callable[[Any], str]) -> Change:
    """With the same content written otherwise."""
    return lambda draft: replace(draft, body=write(json.loads(draft.body or b"{}")).encode())


def spaced(whole: Any) -> str:
    """As `json.dumps` does it, with blanks."""
    return json.dumps(whole)


def later(seconds: int) -> Change:
    """Signed at another time."""
    return lambda draft: replace(draft, timestamp=draft.timestamp + seconds)


def as_form(draft: Draft) -> Draft:
    """A TeXML callback: a form."""
    params = (("CallSid", "v3:nobody"), ("CallStatus", "completed"), ("From", "+15550001234"))
    return replace(draft, body=None, params=params)


def stamped(write: Callable[[int], str]) -> Make:
    """Genuinely signed, with a timestamp that is written otherwise."""

    def make(desk: Desk) -> Sequence[Shot]:
        hook = draft(desk)
        stamp = write(hook.timestamp)
        signature = SigningKey(base64.b64decode(desk.secret)).sign(stamp, hook.body or b"")
        return (signed(desk, hook).with_header(SIGNATURE, signature).with_header(TIMESTAMP, stamp),)

    return make


def over(message: Callable[[str, bytes], bytes]) -> Make:
    """Signed by the right key, over something else than timestamp|body."""

    def make(desk: Desk) -> Sequence[Shot]:
        hook = draft(desk)
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(desk.secret))
        raw = key.sign(message(str(hook.timestamp), hook.body or b""))
        return (signed(desk, hook).with_header(SIGNATURE, base64.b64encode(raw).decode()),)

    return make
