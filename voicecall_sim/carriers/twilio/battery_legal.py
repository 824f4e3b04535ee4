"""Twilio's webhooks in every legal form: an endpoint must take them."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.case import (
    Case,
    Expect,
    as_user,
    at_port,
    backwards,
    by_get,
    ending,
    fragment,
    nothing,
    plus,
    queried,
)
from voicecall_sim.carriers.twilio.battery_room import IT, SECURITY, as_json, rewritten

OK: Final = Expect.OK

GENUINE: Final = (
    Case(
        name="form",
        expect=OK,
        make=IT.genuine(),
        why="The plainest webhook: if this is refused, URL or secret are not those that the endpoint has.",
        source=SECURITY,
    ),
    Case(
        name="get",
        expect=OK,
        form="GET",
        make=IT.genuine(by_get),
        why="With GET the signature covers the URL alone, and all parameters are in it.",
        source=SECURITY,
    ),
    Case(
        name="query-and-body",
        expect=OK,
        make=IT.genuine(queried("callId=42")),
        why="The query is part of the URL, and counts once: it must not be taken for form parameters too.",
    ),
    Case(
        name="query-unsorted",
        expect=OK,
        make=IT.genuine(queried("b=1&a=2")),
        why="The query is signed as it stands. Who sorts it computes another signature.",
        source="twilio/twilio-php#790",
    ),
    Case(
        name="query-sorted",
        expect=OK,
        make=IT.genuine(queried("a=2&b=1")),
        why="The same in order, to tell the two apart.",
    ),
    Case(
        name="query-sorted-on-the-way",
        expect=OK,
        elective=True,
        make=IT.requeried("b=1&a=2", "a=2&b=1"),
        why="Twilio has been seen to request the query sorted and to sign it unsorted.",
        source="twilio/twilio-php#790",
    ),
    Case(
        name="query-encoded",
        expect=OK,
        make=IT.genuine(queried("name=a+b&plus=%2B1%20x&quote=%27")),
        why="Percent-encoding is signed as it stands: a framework that decodes and encodes again makes %20 of a plus.",
    ),
    Case(
        name="query-encoded-in-lower-case",
        expect=OK,
        make=IT.genuine(queried("next=%2fhome%3fa%3d1")),
        why="%2f and %2F are one character and two texts.",
    ),
    Case(
        name="query-duplicate-keys",
        expect=OK,
        make=IT.genuine(queried("tag=b&tag=a")),
        why="A query read into a dictionary loses one of them.",
    ),
    Case(
        name="query-empty-value",
        expect=OK,
        make=IT.genuine(queried("a=&b=1")),
        why="parse_qs drops empty values unless told otherwise.",
    ),
    Case(
        name="query-bare-key",
        expect=OK,
        make=IT.genuine(queried("flag")),
        why="A name without `=` must not get one.",
    ),
    Case(
        name="parameters-duplicate",
        expect=OK,
        make=IT.genuine(plus(("Tag", "b"), ("Tag", "a"), ("Tag", "b"))),
        why="Values of one name are signed sorted, each once.",
        source="twilio-python 9.13, request_validator",
    ),
    Case(
        name="parameters-empty",
        expect=OK,
        make=IT.genuine(plus(("Digits", ""), ("CallerName", ""))),
        why="Empty parameters are sent and signed: an empty FromCity must not be dropped.",
        source=SECURITY,
    ),
    Case(
        name="parameters-unicode",
        expect=OK,
        make=IT.genuine(plus(("SpeechResult", "¿Qué tal? 你好"), ("CallerName", "Zoë"))),
        why="Everything is signed as UTF-8.",
    ),
    Case(
        name="parameters-beyond-the-basic-plane",
        expect=OK,
        make=IT.genuine(
            plus(
                ("SpeechResult", "👋 hello 🇨🇭"),
            )
        ),
        why="Emoji take four bytes, or two surrogates: a wrong codec shows here.",
    ),
    Case(
        name="parameters-plus-and-spaces",
        expect=OK,
        make=IT.genuine(plus(("SpeechResult", " one + one "), ("Note", "a  b"))),
        why="A blank at an end counts: frameworks that trim input break the signature.",
        source=SECURITY,
    ),
    Case(
        name="parameters-with-delimiters",
        expect=OK,
        make=IT.genuine(
            plus(
                ("SpeechResult", "a=b&c;d?e#f%20"),
            )
        ),
        why="What delimits parameters may stand inside of one, encoded; it is decoded once.",
    ),
    Case(
        name="parameters-with-line-breaks",
        expect=OK,
        make=IT.genuine(
            plus(
                ("Note", "one\r\ntwo\n"),
            )
        ),
        why="Some frameworks make \\n of \\r\\n.",
    ),
    Case(
        name="names-of-mixed-case",
        expect=OK,
        make=IT.genuine(plus(("zeta", "1"), ("Zeta", "2"), ("_x", "3"), ("A1", "4"))),
        why="Names are sorted by their bytes: capitals before small letters.",
        source="openclaw/openclaw#1213",
    ),
    Case(
        name="names-with-brackets",
        expect=OK,
        make=IT.genuine(plus(("SipHeader_X-Items[0].id", "7"), ("a.b", "8"))),
        why="PHP and Rails make arrays of brackets and underscores of dots.",
    ),
    Case(
        name="parameters-none",
        expect=OK,
        elective=True,
        make=IT.genuine(nothing),
        form="a POST without parameters",
        why="Without parameters the URL alone is signed.",
    ),
    Case(
        name="parameters-in-another-order",
        expect=OK,
        make=IT.genuine(backwards),
        why="Parameters come in any order; the signature is over the sorted ones.",
        source="observed traffic",
    ),
    Case(
        name="parameters-of-tomorrow",
        expect=OK,
        make=IT.genuine(plus(("NobodyKnowsThisYet", "1"))),
        why="Twilio adds parameters without notice: all that came are signed, not those that are known.",
        source=SECURITY,
    ),
    Case(
        name="parameter-of-four-kilobytes",
        expect=OK,
        make=IT.genuine(plus(("StirPassportToken", "eyJhbGciOiJFUzI1NiJ9." + "Ab1_" * 1024))),
        why="Attestations are long; a limit per field must not be below.",
    ),
    Case(
        name="form-encoded-otherwise",
        expect=OK,
        make=rewritten(b"%2B", b"%2b"),
        why="What is signed is decoded: how the body was encoded does not matter.",
    ),
    Case(
        name="content-type-without-charset",
        expect=OK,
        make=IT.reheaded({"Content-Type": ("application/x-www-form-urlencoded",)}),
        why="Twilio has sent both; a comparison of the whole header fails for one of them.",
        source="observed traffic",
    ),
    Case(
        name="port-is-not-signed",
        expect=OK,
        https=True,
        make=IT.genuine(at_port(8443)),
        why="Of an https URL with a port Twilio signs everything but the port.",
        source="openclaw/openclaw#6334; " + SECURITY,
    ),
    Case(
        name="password-is-not-signed",
        expect=OK,
        make=IT.genuine(as_user("user:word")),
        why="User and password of the URL are taken out before it is signed.",
        source=SECURITY,
    ),
    Case(
        name="overrides-are-not-signed",
        expect=OK,
        make=IT.genuine(fragment("rc=2&rp=5xx,ct&ct=2000")),
        why="Connection settings stand in the fragment, which is neither sent nor signed.",
        source="docs usage/webhooks/webhooks-connection-overrides",
    ),
    Case(
        name="trailing-slash",
        expect=OK,
        elective=True,
        form="the path with a slash more",
        make=IT.genuine(ending("/")),
        why="A URL that is configured with a slash at its end is signed with it, whatever the router makes of it.",
    ),
    Case(
        name="json-by-its-hash",
        expect=OK,
        elective=True,
        form="a JSON body",
        make=IT.genuine(as_json),
        why="A body that is no form is covered by bodySHA256 in the query. Webhooks of calls are forms.",
        source=SECURITY,
    ),
    Case(
        name="retry",
        expect=Expect.SAME_REPLY,
        make=IT.twice(),
        why="An answer that was lost: Twilio sends the same again, and needs the same markup: no error, no new token.",
        source="docs usage/webhooks/webhooks-connection-overrides; openclaw/openclaw#87498",
    ),
)
