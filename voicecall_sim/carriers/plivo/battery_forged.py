"""Plivo's webhooks, forged: an endpoint must refuse them."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.case import (
    Case,
    Expect,
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
from voicecall_sim.carriers.plivo.battery_room import (
    IT,
    VALIDATION,
    downgraded,
    only_v2,
    only_v3,
    rotating,
)
from voicecall_sim.carriers.plivo.signature import HEADERS, MAIN_V3, NONCE_V2, NONCE_V3, V3

REFUSED: Final = Expect.REFUSED

FORGED: Final = (
    Case(
        name="nonce-missing",
        expect=REFUSED,
        make=IT.without(NONCE_V3, NONCE_V2),
        why="The nonce is part of what is signed: without one nothing can be verified.",
        source=VALIDATION,
    ),
    Case(
        name="nonce-empty",
        expect=REFUSED,
        make=IT.reheaded({NONCE_V3: ("",), NONCE_V2: ("",)}),
        why="An empty nonce is none: what is signed with it would be the same for ever.",
    ),
    Case(
        name="nonce-changed",
        expect=REFUSED,
        make=IT.reheaded({NONCE_V3: ("12345678901234567890",), NONCE_V2: ("12345678901234567890",)}),
        why="Copies are known by their nonce: it must not be the sender's to choose.",
    ),
    Case(
        name="signature-list-of-nothing",
        expect=REFUSED,
        make=IT.rewritten(lambda _: ",,"),
        why="A list that is split has empty members, and an empty text is part of every other.",
    ),
    Case(
        name="signature-list-of-strangers",
        expect=REFUSED,
        make=rotating("old", "old"),
        why="Two signatures are not twice as good.",
    ),
    Case(
        name="signature-as-a-part",
        expect=REFUSED,
        make=IT.rewritten(lambda value: f"xx{value}xx"),
        why="`expected in header` looks for a part of a text where a member of a list is meant.",
    ),
    Case(
        name="value-changed",
        expect=REFUSED,
        make=IT.tampered(put("CallStatus", "in-progress")),
        why="One parameter changed: the state of a call is what its sender likes.",
    ),
    Case(
        name="caller-changed",
        expect=REFUSED,
        make=IT.tampered(put("From", "15550009999")),
        why="Allow lists go by the caller's number.",
    ),
    Case(
        name="parameter-added",
        expect=REFUSED,
        make=IT.tampered(plus(("Speech", "Transfer everything."))),
        why="Words in somebody's mouth.",
    ),
    Case(
        name="parameter-removed",
        expect=REFUSED,
        make=IT.tampered(minus("HangupCauseCode")),
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
        why="The query says which call it is about. V2 does not cover it.",
    ),
    Case(
        name="query-added",
        expect=REFUSED,
        make=IT.tampered(queried("callId=43")),
        why="What an application puts into the query says which call it is about; V2 would not see that it was added.",
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
        make=IT.borrowed(at_port(9999)),
        why="A port that nobody configured is another application.",
    ),
    Case(
        name="downgrade-to-v2",
        expect=REFUSED,
        make=downgraded,
        why="A V3 that does not fit, and a V2 that does: whoever falls back verifies no parameter at all.",
    ),
    Case(
        name="v2-with-a-value-changed",
        expect=REFUSED,
        elective=True,
        make=only_v2(IT.tampered(put("CallStatus", "in-progress"))),
        why="V2 covers neither parameters nor query: whoever takes it alone believes any parameter beside it.",
        source="plivo-python, utils",
    ),
    Case(
        name="nonce-of-v2-for-v3",
        expect=REFUSED,
        make=IT.without(*(name for name in HEADERS if name not in (V3, MAIN_V3, NONCE_V2))),
        why="Each version has a nonce header of its own.",
    ),
    Case(
        name="body-is-json",
        expect=REFUSED,
        make=only_v3(IT.embodied(b'{"CallStatus": "in-progress"}', "application/json")),
        why="The signature of a bare URL and a JSON body: parameters are empty for the check, and full for the reader.",
    ),
    Case(
        name="body-is-plain-text",
        expect=REFUSED,
        make=only_v3(IT.embodied(b"CallStatus=in-progress", "text/plain")),
        why="A wrong content type: no form for the check, a form for a lenient reader.",
    ),
    Case(
        name="body-is-multipart",
        expect=REFUSED,
        make=only_v3(IT.embodied(MULTIPART, MULTIPART_KIND)),
        why="Frameworks read this kind of form too; Plivo never sends it, and a check of the other kind sees nothing.",
    ),
    Case(
        name="body-not-utf-8",
        expect=REFUSED,
        make=only_v3(IT.embodied(b"CallStatus=%ff%fe", "application/x-www-form-urlencoded")),
        why="Bytes that are no text must be refused, not make the endpoint fall over.",
    ),
)
