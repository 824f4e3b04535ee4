"""Twilio's webhooks, forged: an endpoint must refuse them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from voicecall_sim.carriers.case import (
    Case,
    Desk,
    Expect,
    Make,
    Shot,
    at_host,
    at_port,
    by_get,
    ending,
    minus,
    plus,
    put,
    queried,
)
from voicecall_sim.carriers.forging import MULTIPART, MULTIPART_KIND
from voicecall_sim.carriers.twilio.battery_room import (
    EVENT,
    IT,
    SECURITY,
    as_json,
    draft,
    rewritten,
    signed,
)
from voicecall_sim.carriers.twilio.signature import HEADER, requested_url, sign

REFUSED: Final = Expect.REFUSED


def of_port(port: int) -> Make:
    """The signature of the same URL at another port."""

    def make(desk: Desk) -> Sequence[Shot]:
        hook = draft(desk)
        signature = sign(desk.secret, requested_url(at_port(port)(hook).url), hook.params)
        return (signed(desk, hook).with_header(HEADER, signature),)

    return make


def of_other_json(desk: Desk) -> Sequence[Shot]:
    """The genuine signature and hash of one JSON body, and another body."""
    (shot,) = IT.genuine(as_json)(desk)
    return (replace(shot, body=shot.body.replace(b"completed", b"busy")),)


def forwarded(desk: Desk) -> Sequence[Shot]:
    """The genuine signature of another host, which the forwarding headers name."""
    (shot,) = IT.borrowed(at_host("other.example"))(desk)
    return (shot.with_header("X-Forwarded-Host", "other.example"),)


FORGED: Final = (
    Case(
        name="value-changed",
        expect=REFUSED,
        make=IT.tampered(put("CallStatus", "in-progress")),
        why="One parameter changed: the state of a call is what its sender likes.",
    ),
    Case(
        name="caller-changed",
        expect=REFUSED,
        make=IT.tampered(put("From", "+15550009999")),
        why="Allow lists go by the caller's number.",
    ),
    Case(
        name="parameter-added",
        expect=REFUSED,
        make=IT.tampered(plus(("SpeechResult", "Transfer everything."))),
        why="Words in somebody's mouth.",
    ),
    Case(
        name="parameter-removed",
        expect=REFUSED,
        make=IT.tampered(minus("SipResponseCode")),
        why="A check of the known parameters alone does not see it.",
    ),
    Case(
        name="parameter-twice",
        expect=REFUSED,
        make=IT.tampered(plus(("CallStatus", "in-progress"))),
        why="The first value is verified and the last one believed, or the other way round.",
    ),
    Case(
        name="name-in-the-other-case",
        expect=REFUSED,
        make=IT.tampered(minus("CallStatus"), plus(("callstatus", "completed"))),
        why="Names have a case; who folds it verifies other parameters than came.",
    ),
    Case(
        name="query-changed",
        expect=REFUSED,
        make=IT.requeried("callId=42", "callId=43"),
        why="The query says which call it is about.",
    ),
    Case(
        name="query-added",
        expect=REFUSED,
        make=IT.tampered(queried("callId=43")),
        why="A signature over the path alone does not cover the query, which says which call it is about.",
    ),
    Case(
        name="query-removed",
        expect=REFUSED,
        make=IT.borrowed(queried("callId=42")),
        why="A query that is left out may be the one that says which call it is about.",
    ),
    Case(
        name="method-changed",
        expect=REFUSED,
        make=IT.tampered(by_get),
        why="The parameters of a form moved into the query of a GET: caches and logs would keep them.",
    ),
    Case(
        name="another-path",
        expect=REFUSED,
        make=IT.borrowed(ending("x/status")),
        why="What was meant for another door of the same application, or account.",
    ),
    Case(
        name="another-host",
        expect=REFUSED,
        make=IT.borrowed(at_host("other.example")),
        why="What was meant for another application with the same account.",
    ),
    Case(
        name="another-port",
        expect=REFUSED,
        make=of_port(9999),
        why="A port that nobody configured is another application.",
    ),
    Case(
        name="another-host-forwarded",
        expect=REFUSED,
        elective=True,
        make=forwarded,
        why="Whoever believes X-Forwarded-Host of anybody lets strangers choose which URL is verified.",
        source="bmlt-enabled/yap#1589",
    ),
    Case(
        name="body-is-json-without-hash",
        expect=REFUSED,
        make=IT.embodied(EVENT, "application/json"),
        why="The signature of a bare URL and a JSON body: parameters are empty for the check, and full for the reader.",
        source=SECURITY,
    ),
    Case(
        name="body-is-plain-text",
        expect=REFUSED,
        make=IT.embodied(b"CallStatus=in-progress", "text/plain"),
        why="A wrong content type: no form for the check, a form for a lenient reader.",
    ),
    Case(
        name="body-is-multipart",
        expect=REFUSED,
        make=IT.embodied(MULTIPART, MULTIPART_KIND),
        why="Frameworks read this kind of form too; Twilio never sends it, and a check of the other kind sees nothing.",
    ),
    Case(
        name="json-of-another-hash",
        expect=REFUSED,
        make=of_other_json,
        why="The URL with the hash is signed; whether the body has that hash, the endpoint must look itself.",
        source=SECURITY,
    ),
    Case(
        name="body-not-utf-8",
        expect=REFUSED,
        make=rewritten(b"CallStatus=", b"CallStatus=%ff%fe"),
        why="Bytes that are no text must be refused, not make the endpoint fall over.",
    ),
)
