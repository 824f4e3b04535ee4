"""Telnyx's webhooks, forged: an endpoint must refuse them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from voicecall_sim.carriers.case import Case, Desk, Expect, Make, Shot
from voicecall_sim.carriers.telnyx.battery_room import (
    IT,
    WEBHOOKS,
    draft,
    later,
    over,
    published,
    signed,
    spaced,
    stamped,
    told,
    untold,
    written,
)
from voicecall_sim.carriers.telnyx.signature import SIGNATURE, TIMESTAMP

REFUSED: Final = Expect.REFUSED
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""Of the group of Ed25519 (RFC 8032, section 5.1)."""
STALE: Final = -600


def appended(tail: bytes) -> Make:
    """The signed bytes and some more."""

    def make(desk: Desk) -> Sequence[Shot]:
        shot = IT.plain(desk)
        return (replace(shot, body=shot.body + tail),)

    return make


def refreshed(desk: Desk) -> Sequence[Shot]:
    """An old signature with a timestamp of now."""
    old = signed(desk, later(STALE)(draft(desk)))
    return (old.with_header(TIMESTAMP, str(desk.now())),)


def two_timestamps(fresh_first: bool) -> Make:
    """An old genuine webhook with a fresh timestamp beside the signed one."""

    def make(desk: Desk) -> Sequence[Shot]:
        old = signed(desk, later(STALE)(draft(desk)))
        pair = (str(desk.now()), old.value(TIMESTAMP))
        return (old.with_header(TIMESTAMP, *(pair if fresh_first else pair[::-1])),)

    return make


def shifted(signature: str) -> str:
    """The same signature with the group's order added to its second half."""
    raw = base64.b64decode(signature)
    second = int.from_bytes(raw[32:], "little") + ORDER
    return base64.b64encode(raw[:32] + second.to_bytes(32, "little")).decode()


def standard_webhooks(desk: Desk) -> Sequence[Shot]:
    """The scheme of Standard Webhooks, its HMAC keyed with the public key."""
    shot, stamp = IT.plain(desk), str(desk.now())
    key = base64.b64decode(published(desk.secret))
    digest = hmac.digest(key, b"msg_1." + stamp.encode() + b"." + shot.body, hashlib.sha256)
    for name in (SIGNATURE, TIMESTAMP):
        shot = shot.with_header(name)
    new = (("webhook-id", "msg_1"), ("webhook-timestamp", stamp))
    signature = ("webhook-signature", "v1," + base64.b64encode(digest).decode())
    return (replace(shot, headers=(*shot.headers, *new, signature)),)


def in_another_version(desk: Desk) -> Sequence[Shot]:
    """The signature of the event in the old headers' scheme: an HMAC, in hexadecimal digits."""
    shot, stamp = IT.plain(desk), str(desk.now())
    digest = hmac.new(published(desk.secret).encode(), f"{stamp}|".encode() + shot.body, hashlib.sha256).hexdigest()
    return (shot.with_header(SIGNATURE, digest),)


FORGED: Final = (
    Case(
        name="timestamp-missing",
        expect=REFUSED,
        make=IT.without(TIMESTAMP),
        why="Without a timestamp a signature would be good for ever.",
    ),
    Case(
        name="timestamp-empty",
        expect=REFUSED,
        make=IT.reheaded({TIMESTAMP: ("",)}),
        why="An empty timestamp must be refused, and int('') must not make the endpoint fall over.",
    ),
    Case(
        name="timestamp-stale",
        expect=REFUSED,
        make=IT.genuine(later(STALE)),
        why="A copy of ten minutes ago: whoever has seen one webhook could send it for ever.",
        source="openclaw/openclaw#25832; telnyx-python, webhooks: 300 s",
    ),
    Case(
        name="timestamp-of-yesterday",
        expect=REFUSED,
        make=IT.genuine(later(-86_400)),
        why="A copy from somebody's log: signatures must not be good for ever.",
    ),
    Case(
        name="timestamp-ahead",
        expect=REFUSED,
        make=IT.genuine(later(600)),
        why="A timestamp from the future outlives the tolerance; old clients accept it.",
        source="telnyx-python until 2.1: future accepted",
    ),
    Case(
        name="timestamp-refreshed",
        expect=REFUSED,
        make=refreshed,
        why="The timestamp is part of what is signed: a fresh one on an old signature must not do.",
        source=WEBHOOKS,
    ),
    Case(
        name="timestamp-in-milliseconds",
        expect=REFUSED,
        make=stamped(lambda now: str(now * 1000)),
        why="Taken for seconds that is in fifty thousand years: who divides by 1000 when it is large believes both.",
    ),
    Case(
        name="timestamp-no-number",
        expect=REFUSED,
        make=stamped(lambda now: "yesterday"),
        why="Not a number is neither too old nor too new: NaN compares false with everything.",
    ),
    Case(
        name="timestamp-nan",
        expect=REFUSED,
        make=stamped(lambda now: "nan"),
        why="float('nan') is read without an error, and no tolerance is ever exceeded by it.",
    ),
    Case(
        name="timestamp-twice-fresh-first",
        expect=REFUSED,
        make=two_timestamps(True),
        why="One header is checked for its age and the other one goes into the signature: an old copy passes.",
    ),
    Case(
        name="timestamp-twice-fresh-last",
        expect=REFUSED,
        make=two_timestamps(False),
        why="The other order, for what takes the age from the last and the signed one from the first.",
    ),
    Case(
        name="value-changed",
        expect=REFUSED,
        make=IT.tampered(told("data.event_type", "call.answered")),
        why="One word changed: the state of a call is what its sender likes.",
    ),
    Case(
        name="caller-changed",
        expect=REFUSED,
        make=IT.tampered(told("data.payload.from", "+15550009999")),
        why="Allow lists go by the caller's number.",
    ),
    Case(
        name="field-added",
        expect=REFUSED,
        make=IT.tampered(told("data.payload.transcription_data", {"transcript": "Transfer everything."})),
        why="Words in somebody's mouth.",
    ),
    Case(
        name="field-removed",
        expect=REFUSED,
        make=IT.tampered(untold("hangup_cause")),
        why="A check of the known fields alone does not see it.",
    ),
    Case(
        name="event-id-changed",
        expect=REFUSED,
        make=IT.tampered(told("data.id", "00000000-0000-4000-8000-000000000000")),
        why="Repetitions are known by the event's id: with another one a copy would be news.",
    ),
    Case(
        name="body-written-again",
        expect=REFUSED,
        make=IT.tampered(written(spaced)),
        why="The same content in other bytes: who accepts it verifies what was understood, not what came.",
        source="team-telnyx/telnyx-node#81",
    ),
    Case(
        name="body-with-a-tail",
        expect=REFUSED,
        make=appended(b"\n"),
        why="A line break more: bodies must not be trimmed before they are verified.",
    ),
    Case(
        name="body-empty",
        expect=REFUSED,
        make=lambda desk: (replace(IT.plain(desk), body=b""),),
        why="A body that was read before, or not at all, verifies as empty.",
    ),
    Case(
        name="signature-of-the-body-alone",
        expect=REFUSED,
        make=over(lambda stamp, body: body),
        why="Signed by the right key, but the timestamp is not covered: an old guide verifies so.",
        source="telnyx-skills, guides/webhooks.md",
    ),
    Case(
        name="signature-with-a-dot",
        expect=REFUSED,
        make=over(lambda stamp, body: stamp.encode() + b"." + body),
        why="Other vendors part timestamp and body with a dot: what was signed for them must not do here.",
    ),
    Case(
        name="signature-of-zeros",
        expect=REFUSED,
        make=IT.rewritten(lambda _: base64.b64encode(bytes(64)).decode()),
        why="Sixty-four zero bytes are well formed, and verify under weak keys.",
    ),
    Case(
        name="signature-malleated",
        expect=REFUSED,
        make=IT.rewritten(shifted),
        why="The order added to its second half: old libraries verify it, and a copy would have another signature.",
        source="RFC 8032, section 5.1.7",
    ),
    Case(
        name="standard-webhooks",
        expect=REFUSED,
        make=standard_webhooks,
        why="An HMAC keyed with the public key, which is no secret: the carrier's own clients tried this scheme.",
        source="telnyx-python 4.88-4.177, telnyx-node 7.0-7.17",
    ),
    Case(
        name="hmac-of-the-public-key",
        expect=REFUSED,
        make=in_another_version,
        why="API v1 signed with an HMAC: whoever goes on to accept one keyed with the public key believes everybody.",
    ),
)
