"""Answers and what they are worth; where requests go; misuse of the function for tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sim.verify.endpoints import CAREFUL, SECRETS, TOKEN, application
from voicecall_sim.carriers.case import Case, Expect, Shot
from voicecall_sim.verify import Verdict, expectations, verify_signatures
from voicecall_sim.verify.judging import Expectations, judge
from voicecall_sim.verify.sending import Answer, Endpoint

CLOSED, LATE = Answer(status=0, trouble="closed"), Answer(status=0, trouble="no answer within 15 s")
FELL = "answered 500: it fell over"


def answered(*statuses: int) -> list[Answer]:
    return [Answer(status=status) for status in statuses]


def case(expect: Expect, **more: Any) -> Case:
    return Case(name="x", expect=expect, why="Because.", make=lambda desk: (), **more)


ROWS: list[tuple[Case, list[Answer], Verdict, str]] = [
    (case(Expect.OK), answered(200), Verdict.PASSED, ""),
    (case(Expect.OK), answered(204), Verdict.PASSED, ""),
    (case(Expect.OK), answered(308), Verdict.FAILED, "answered 308"),
    (case(Expect.OK), answered(403), Verdict.FAILED, "answered 403"),
    (case(Expect.OK), answered(500), Verdict.FAILED, FELL),
    (case(Expect.OK), [LATE], Verdict.FAILED, "no answer within 15 s"),
    (case(Expect.OK), answered(200, 403), Verdict.FAILED, "answered 403"),
    (case(Expect.OK, elective=True), answered(403), Verdict.NOTED, "answered 403"),
    (case(Expect.OK, form="GET"), answered(405), Verdict.SKIPPED, "the endpoint does not serve GET (it answers 405)"),
    (case(Expect.OK, form="GET"), answered(403), Verdict.FAILED, "answered 403"),
    (case(Expect.OK, form="GET"), answered(500), Verdict.FAILED, FELL),
    (case(Expect.REFUSED), answered(401), Verdict.PASSED, ""),
    (case(Expect.REFUSED), answered(413), Verdict.PASSED, ""),
    (case(Expect.REFUSED), answered(200), Verdict.FAILED, "answered 200"),
    (case(Expect.REFUSED), answered(302), Verdict.FAILED, "answered 302"),
    (case(Expect.REFUSED), answered(500), Verdict.FAILED, FELL),
    (case(Expect.REFUSED), answered(429), Verdict.FAILED, "answered 429: too many requests, so that nothing is known"),
    (case(Expect.REFUSED), [CLOSED], Verdict.FAILED, "the connection was closed without an answer"),
    (case(Expect.REFUSED, may_close=True), [CLOSED], Verdict.PASSED, ""),
    (case(Expect.REFUSED, may_close=True), [LATE], Verdict.FAILED, "no answer within 15 s"),
    (case(Expect.SAME_REPLY), answered(200, 200), Verdict.PASSED, ""),
    (case(Expect.SAME_REPLY), answered(200, 403), Verdict.FAILED, "answered 403"),
    (case(Expect.SAME_OR_REFUSED), answered(200, 403), Verdict.PASSED, ""),
    (case(Expect.SAME_OR_REFUSED), answered(403, 403), Verdict.FAILED, "answered 403"),
    (
        case(Expect.SAME_OR_REFUSED),
        [Answer(status=200, body=b"1"), Answer(status=200, body=b"2")],
        Verdict.FAILED,
        "another reply to the same request: answered 200, then answered 200",
    ),
]


@pytest.mark.parametrize(("row", "answers", "verdict", "came"), ROWS)
def test_verdicts(row: Case, answers: list[Answer], verdict: Verdict, came: str) -> None:
    assert judge(row, answers, Expectations(), 403) == (verdict, came)


def test_a_form_that_is_refused_as_forgeries_are_is_no_matter_of_taste() -> None:
    row = case(Expect.OK, form="a JSON body")
    assert judge(row, answered(400), Expectations(), 403)[0] is Verdict.SKIPPED
    assert judge(row, answered(400), Expectations(), 400)[0] is Verdict.FAILED


def test_statuses_are_read() -> None:
    assert expectations("") == Expectations()
    assert expectations("ok=200|204,refused=401-403") == Expectations(((200, 200), (204, 204)), ((401, 403),))
    assert expectations("refused=403").ok == ((200, 299),)


ENDPOINTS = [
    ("http://a.test:1/v", "http://a.test:1/v", "/v", ("a.test:1", None)),
    ("http://10.0.0.1:3334/v", "https://a.test/v", "/v", ("a.test", "https")),
    ("http://10.0.0.1:3334/v", "https://a.test/proxy/v", "/v", ("a.test", "https")),
    ("http://10.0.0.1:3334/", "https://a.test/hooks/", "/", ("a.test", "https")),
]


@pytest.mark.parametrize(("address", "public", "path", "names"), ENDPOINTS)
def test_requests_go_to_the_address_under_the_public_name(
    address: str, public: str, path: str, names: tuple[str, str | None]
) -> None:
    endpoint = Endpoint(address=address, public=public)
    url, pairs = endpoint.on_the_wire(Shot(url=f"{public}?a=%2f", headers=(("X", "1"),), body=b"xy"))
    headers = dict(pairs)
    assert url == address.rpartition("/")[0] + path + "?a=%2f"
    assert (headers["Host"], headers.get("X-Forwarded-Proto")) == names
    assert (headers["X"], headers["Content-Length"]) == ("1", "2")


def test_a_stranger_who_names_a_host_is_not_corrected() -> None:
    endpoint = Endpoint(address="http://10.0.0.1/v", public="https://a.test/v")
    _, pairs = endpoint.on_the_wire(Shot(url="https://a.test/v", headers=(("X-Forwarded-Host", "evil.test"),)))
    assert [value for name, value in pairs if name == "X-Forwarded-Host"] == ["evil.test"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"carrier": "acme", "auth_token": "1"}, "there is no carrier 'acme'"),
        ({"carrier": "twilio"}, "set TWILIO_AUTH_TOKEN, or give --auth-token"),
        ({"carrier": "telnyx", "private_key": "short"}, "expected the seed of an Ed25519 key pair"),
        ({"carrier": "twilio", "auth_token": "with blanks"}, "printable characters, no blanks"),
        ({"carrier": "twilio", "auth_token": "1", "expect": "ok"}, "not of the form"),
        ({"carrier": "twilio", "auth_token": "1", "public_url": "ftp://a.test/"}, "is not an HTTP address"),
    ],
)
def test_what_cannot_be_verified(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as wrong:
        verify_signatures(application(CAREFUL["twilio"]), **words)
    assert "blanks'" not in str(wrong.value)


def test_what_is_no_application() -> None:
    with pytest.raises(TypeError, match="expected a URL, an ASGI application"):
        verify_signatures(42, carrier="twilio", auth_token=TOKEN)


async def test_not_from_a_coroutine() -> None:
    with pytest.raises(RuntimeError, match="call it from a plain function"):
        verify_signatures(application(CAREFUL["twilio"]), carrier="twilio", **SECRETS["twilio"])  # type: ignore[arg-type]


async def broken(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application whose start fails."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


def test_an_application_that_does_not_start_is_told() -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        verify_signatures(broken, carrier="twilio", auth_token=TOKEN)
