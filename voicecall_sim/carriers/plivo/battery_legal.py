"""Plivo's webhooks in every legal form: an endpoint must take them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from voicecall_sim.carriers.case import (
    Case,
    Draft,
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
from voicecall_sim.carriers.plivo.battery_room import (
    IT,
    VALIDATION,
    only_v2,
    rotating,
    rotating_with_blanks,
)
from voicecall_sim.carriers.plivo.signature import MAIN_V2, MAIN_V3, NONCE_V2, V2, V3

OK: Final = Expect.OK


def another_nonce(draft: Draft) -> Draft:
    """The next attempt: the same, with a nonce of its own."""
    return replace(draft, nonce=draft.nonce[::-1])


def of_letters(draft: Draft) -> Draft:
    """A nonce that is no number."""
    return replace(draft, nonce="kT3vJx-9")


GENUINE: Final = (
    Case(
        name="form",
        expect=OK,
        make=IT.genuine(),
        why="The plainest webhook: if this is refused, URL or secret are not those that the endpoint has.",
        source=VALIDATION,
    ),
    Case(
        name="v3-alone",
        expect=OK,
        make=IT.without(V2, MAIN_V2, NONCE_V2, MAIN_V3),
        why="The signature that counts; no other header may be needed.",
        source=VALIDATION,
    ),
    Case(
        name="v3-of-the-main-account-alone",
        expect=OK,
        elective=True,
        make=IT.without(V2, MAIN_V2, NONCE_V2, V3),
        why="Of a sub-account's call the main account's token signs the Ma header: whoever has that one needs it.",
        source=VALIDATION,
    ),
    Case(
        name="v2-alone",
        expect=OK,
        elective=True,
        make=only_v2(IT.genuine()),
        why="The old signature is still sent. It covers no parameter: an endpoint may well insist on V3.",
        source="plivo-python, utils",
    ),
    Case(
        name="get",
        expect=OK,
        form="GET",
        make=IT.genuine(by_get),
        why="With GET the parameters are merged into the query, sorted and decoded for the signature.",
        source="plivo-python, signature_v3.py",
    ),
    Case(
        name="get-with-a-query",
        expect=OK,
        form="GET",
        make=IT.genuine(queried("zone=7&Apple=1"), by_get),
        why="The URL's own query is sorted among the parameters.",
        source="plivo-python, signature_v3.py",
    ),
    Case(
        name="query-and-body",
        expect=OK,
        make=IT.genuine(queried("tenant=42")),
        why="The query stands before the parameters, parted by a dot; without a query there is a bare ? and no dot.",
        source="plivo-go, official vector",
    ),
    Case(
        name="query-unsorted",
        expect=OK,
        make=IT.genuine(queried("b=1&a=2&B=3")),
        why="The query is sorted by its bytes before it is signed.",
        source="plivo-python, signature_v3.py",
    ),
    Case(
        name="query-sorted-on-the-way",
        expect=OK,
        make=IT.requeried("b=1&a=2", "a=2&b=1"),
        why="So it does not matter in which order it comes.",
    ),
    Case(
        name="query-encoded",
        expect=OK,
        make=IT.genuine(queried("name=a+b&plus=%2B1%20x&quote=%27")),
        why="The query is signed decoded: plus and %20 are both a blank.",
    ),
    Case(
        name="query-encoded-otherwise",
        expect=OK,
        make=IT.requeried("next=%2Fhome%20page", "next=%2fhome+page"),
        why="So it does not matter how it is encoded.",
    ),
    Case(
        name="query-duplicate-keys",
        expect=OK,
        make=IT.genuine(queried("tag=b&tag=a")),
        why="All values of a name are signed, sorted.",
    ),
    Case(
        name="query-empty-value",
        expect=OK,
        make=IT.genuine(queried("a=&b=1")),
        why="parse_qs drops empty values unless told otherwise.",
    ),
    Case(
        name="query-unicode",
        expect=OK,
        elective=True,
        make=IT.genuine(queried("name=%C3%A9t%C3%A9")),
        why="Legal; but the vendor's Python library falls over it.",
        source="plivo-python 4.63, signature_v3.py: UnicodeEncodeError",
    ),
    Case(
        name="parameters-duplicate",
        expect=OK,
        make=IT.genuine(plus(("Tag", "b"), ("Tag", "a"))),
        why="Values of one name are sorted, the name written before each.",
    ),
    Case(
        name="parameters-empty",
        expect=OK,
        make=IT.genuine(plus(("CallerName", ""), ("RouteType", ""))),
        why="Empty parameters are sent and signed.",
    ),
    Case(
        name="parameters-unicode",
        expect=OK,
        make=IT.genuine(plus(("Speech", "¿Qué tal? 你好 👋"))),
        why="Everything is signed as UTF-8.",
    ),
    Case(
        name="parameters-plus-and-spaces",
        expect=OK,
        make=IT.genuine(plus(("Speech", " one + one "), ("CallerName", "+15550001234"))),
        why="A blank at an end counts: frameworks that trim input break the signature.",
    ),
    Case(
        name="parameters-with-delimiters",
        expect=OK,
        make=IT.genuine(
            plus(
                ("SIP-H-To", "<sip:a@b;transport=udp>;tag=1&x=%20?y.z"),
            )
        ),
        why="What delimits parameters may stand inside of one, encoded; it is decoded once.",
        source="plivo-go, official vector",
    ),
    Case(
        name="names-of-mixed-case",
        expect=OK,
        make=IT.genuine(plus(("zeta", "1"), ("Zeta", "2"), ("X-PH-Note", "3"))),
        why="Names are sorted by their bytes: capitals before small letters.",
        source="plivo-python, signature_v3.py",
    ),
    Case(
        name="names-with-brackets",
        expect=OK,
        make=IT.genuine(plus(("X-PH-Items[0].id", "7"))),
        why="PHP and Rails make arrays of brackets and underscores of dots.",
    ),
    Case(
        name="parameters-none",
        expect=OK,
        elective=True,
        form="a POST without parameters",
        make=IT.genuine(nothing),
        why="Without query and parameters there is no question mark in what is signed.",
    ),
    Case(
        name="parameters-in-another-order",
        expect=OK,
        make=IT.genuine(backwards),
        why="Parameters come in any order; the signature is over the sorted ones.",
    ),
    Case(
        name="parameters-of-tomorrow",
        expect=OK,
        make=IT.genuine(plus(("NobodyKnowsThisYet", "1"))),
        why="Parameters are added without notice: all that came are signed, not those that are known.",
    ),
    Case(
        name="rotation-new-first",
        expect=OK,
        make=rotating("new", "old"),
        why="While the token is replaced the header lists two signatures: who compares all of it refuses every call.",
        source=VALIDATION,
    ),
    Case(
        name="rotation-new-last",
        expect=OK,
        make=rotating("old", "new"),
        why="The other order: who looks at the first of the list alone refuses every call of that day.",
        source=VALIDATION,
    ),
    Case(
        name="rotation-with-blanks",
        expect=OK,
        elective=True,
        make=rotating_with_blanks,
        why="Proxies may put a blank after the comma of a list; the vendor's Python library does not trim it.",
        source="RFC 9110, section 5.6.1; plivo-python 4.63",
    ),
    Case(
        name="nonce-of-letters",
        expect=OK,
        make=IT.genuine(of_letters),
        why="The nonce is a text, and signed as it stands.",
    ),
    Case(
        name="content-type-with-charset",
        expect=OK,
        make=IT.reheaded({"Content-Type": ("application/x-www-form-urlencoded; charset=UTF-8",)}),
        why="A comparison of the whole header fails for one of them.",
    ),
    Case(
        name="port-is-signed",
        expect=OK,
        elective=True,
        make=IT.genuine(at_port(8443)),
        why="A port in the configured URL is signed: who builds the URL without it computes another one.",
        source="plivo/plivo-node#83",
    ),
    Case(
        name="password-is-signed",
        expect=OK,
        elective=True,
        make=IT.genuine(as_user("user:word")),
        why="User and password of the configured URL are signed, and not sent: only who knows them can verify.",
        source="plivo-python, signature_v3.py",
    ),
    Case(
        name="overrides-are-not-signed",
        expect=OK,
        make=IT.genuine(fragment("ct=2000&rt=3000&rc=2")),
        why="Connection settings stand in the fragment, which is neither sent nor signed.",
        source="docs voice/concepts/callback-configurations",
    ),
    Case(
        name="trailing-slash",
        expect=OK,
        elective=True,
        form="the path with a slash more",
        make=IT.genuine(ending("/")),
        why="A URL that is configured with a slash at its end is signed with it, whatever the router makes of it.",
        source="plivo/plivo-node#338",
    ),
    Case(
        name="retry",
        expect=Expect.SAME_REPLY,
        make=IT.again(another_nonce),
        why="An answer that was lost: the same comes with another nonce, and needs the same markup.",
        source="docs voice/concepts/callback-configurations",
    ),
    Case(
        name="replay",
        expect=Expect.SAME_OR_REFUSED,
        make=IT.twice(),
        why="Each attempt has a nonce of its own: the same one again is somebody's copy, and must not do anything.",
    ),
)
