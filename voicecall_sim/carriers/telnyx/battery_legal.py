"""Telnyx's webhooks in every legal form: an endpoint must take them."""

from __future__ import annotations

import json
from typing import Any, Final

from voicecall_sim.carriers.case import Case, Change, Draft, Expect, at_port, fragment, queried
from voicecall_sim.carriers.telnyx.battery_room import IT, WEBHOOKS, as_form, later, spaced, told, untold, written

OK: Final = Expect.OK
EXACT: Final = "team-telnyx/telnyx-node#81, telnyx-php#96"


def pretty(whole: Any) -> str:
    """On many lines, with a last line break."""
    return json.dumps(whole, indent=2) + "\n"


def unsorted(whole: Any) -> str:
    """Keys in another order."""
    return json.dumps(dict(reversed(whole.items())), separators=(",", ":"))


def slashed(whole: Any) -> str:
    """As PHP writes it: slashes escaped."""
    return json.dumps(whole, separators=(",", ":")).replace("/", "\\/")


def escaped(whole: Any) -> str:
    """Nothing but ASCII."""
    whole["data"]["payload"]["caller_id_name"] = "Zoë 你好 👋"
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=True)


def numeric(whole: Any) -> str:
    """Numbers that another writer would write otherwise."""
    whole["data"]["payload"]["confidence"] = "@"
    return json.dumps(whole, separators=(",", ":")).replace('"@"', "1.50e-1")


def attempt(number: int, seconds: int) -> Change:
    """A later attempt: the same event, another body, another timestamp."""

    def change(draft: Draft) -> Draft:
        return later(seconds)(told("meta.attempt", number)(draft))

    return change


GENUINE: Final = (
    Case(
        name="event",
        expect=OK,
        make=IT.genuine(),
        why="The plainest webhook: if this is refused, the public key is not the one that the endpoint has.",
        source=WEBHOOKS,
    ),
    Case(
        name="json-with-blanks",
        expect=OK,
        make=IT.genuine(written(spaced)),
        why="The raw bytes are signed: who parses and writes again verifies other bytes.",
        source=EXACT,
    ),
    Case(
        name="json-on-many-lines",
        expect=OK,
        make=IT.genuine(written(pretty)),
        why="White space counts, a line break at the end too: a body must not be trimmed before it is verified.",
        source=EXACT,
    ),
    Case(
        name="json-keys-in-another-order",
        expect=OK,
        make=IT.genuine(written(unsorted)),
        why="An order of keys is nothing that anybody promised, and it is signed as it came.",
        source=EXACT,
    ),
    Case(
        name="json-slashes-escaped",
        expect=OK,
        make=IT.genuine(written(slashed)),
        why="A slash may be escaped; PHP does so when it writes, others do not.",
        source=EXACT,
    ),
    Case(
        name="json-numbers",
        expect=OK,
        make=IT.genuine(written(numeric)),
        why="1.50e-1 becomes 0.15 in every library that reads and writes it.",
        source=EXACT,
    ),
    Case(
        name="json-unicode",
        expect=OK,
        make=IT.genuine(told("data.payload.caller_id_name", "Zoë 你好 👋")),
        why="UTF-8 as it stands: a body read as Latin-1 has other bytes.",
    ),
    Case(
        name="json-unicode-escaped",
        expect=OK,
        make=IT.genuine(written(escaped)),
        why="The same in escapes: two texts with one meaning, and two signatures.",
    ),
    Case(
        name="payload-of-tomorrow",
        expect=OK,
        make=IT.genuine(told("data.payload.nobody_knows_this_yet", {"deep": [1, None, True]})),
        why="Fields are added without notice: verification must not depend on a model of the event.",
    ),
    Case(
        name="payload-without-a-field",
        expect=OK,
        make=IT.genuine(untold("client_state")),
        why="What is null in one event is left out in another.",
        source="observed traffic",
    ),
    Case(
        name="event-of-tomorrow",
        expect=OK,
        make=IT.genuine(told("data.event_type", "call.something.new")),
        why="An event that nobody knows must be acknowledged, else it is sent again and again.",
    ),
    Case(
        name="event-of-twenty-kilobytes",
        expect=OK,
        make=IT.genuine(told("data.payload.transcript", "word " * 4000)),
        why="Transcripts are long; a limit of the body must not be below.",
    ),
    Case(
        name="empty-text",
        expect=OK,
        make=IT.genuine(told("data.payload.client_state", "")),
        why="An empty text is none of null and absent.",
    ),
    Case(
        name="query-is-not-signed",
        expect=OK,
        make=IT.genuine(queried("b=1&a=2&tag=x+y&tag=")),
        why="URL and method are not covered: a query of the endpoint's own must not enter the check.",
        source=WEBHOOKS,
    ),
    Case(
        name="port-is-not-signed",
        expect=OK,
        https=True,
        make=IT.genuine(at_port(8443)),
        why="Neither is the port, nor the host.",
        source=WEBHOOKS,
    ),
    Case(
        name="fragment-is-not-sent",
        expect=OK,
        make=IT.genuine(fragment("anything")),
        why="A fragment of the configured URL is not sent, and changes nothing.",
        source="RFC 9110, section 4.2.5",
    ),
    Case(
        name="clock-a-little-behind",
        expect=OK,
        make=IT.genuine(later(-240)),
        why="Within the tolerance of five minutes: queues and clocks are late.",
        source="telnyx-python, webhooks",
    ),
    Case(
        name="clock-a-little-ahead",
        expect=OK,
        make=IT.genuine(later(30)),
        why="Within the tolerance in the other direction: the endpoint's own clock may be late.",
        source="telnyx-python, webhooks",
    ),
    Case(
        name="form-of-texml",
        expect=OK,
        elective=True,
        form="a TeXML callback (a form)",
        make=IT.genuine(as_form),
        why="TeXML callbacks are forms with the same two headers. An endpoint of Call Control events gets none.",
        source="team-telnyx/telnyx-php#96",
    ),
    Case(
        name="content-type-with-charset",
        expect=OK,
        make=IT.reheaded({"content-type": ("application/json; charset=utf-8",)}),
        why="A comparison of the whole header fails for one of them.",
    ),
    Case(
        name="retry",
        expect=OK,
        make=IT.again(attempt(2, 4)),
        why="An answer that was lost: the same event comes with another body, timestamp and signature, and must be "
        "acknowledged.",
        source="docs, webhook retries: data.id stays, meta.attempt counts",
    ),
    Case(
        name="replay",
        expect=Expect.SAME_OR_REFUSED,
        make=IT.twice(),
        why="The same bytes inside of the tolerance are somebody's copy: they must not do anything again.",
        source="openclaw/openclaw#25832",
    ),
)
