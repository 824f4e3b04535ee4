"""Careless endpoints fail exactly the cases that are about their fault; careful ones fail none."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from aiohttp import web

from tests.sim.verify import endpoints
from tests.sim.verify.endpoints import CAREFUL, SECRETS, Check, Seen, application
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.verify import Result, SignaturesWrong, Verdict, verify_signatures
from voicecall_sim.verify.cases import battery

UNCOVERED = {"body-is-json-without-hash", "body-is-plain-text", "body-is-multipart", "json-of-another-hash"}
PLAIN = {"header-names-lower-case", "header-names-upper-case", "user-agent-of-tomorrow"}

FAULTS: list[tuple[str, Check, set[str]]] = [
    ("twilio", endpoints.signs_the_port, {"port-is-not-signed", *UNCOVERED}),
    ("twilio", endpoints.takes_any_json, UNCOVERED),
    ("twilio", endpoints.sorts_the_query, {"get", "query-unsorted", "query-duplicate-keys"}),
    ("twilio", endpoints.drops_empty_parameters, {"parameters-empty"}),
    ("twilio", endpoints.trims, {"parameters-plus-and-spaces"}),
    (
        "twilio",
        endpoints.compares_as_much_as_came,
        {"signature-truncated", "signature-of-one-character"},
    ),
    ("twilio", endpoints.compares_without_case, {"signature-in-the-other-case"}),
    ("twilio", endpoints.has_no_token, {"key-of-nothing"}),
    (
        "telnyx",
        endpoints.believes_old_ones,
        {
            "timestamp-stale",
            "timestamp-of-yesterday",
            "timestamp-ahead",
            "timestamp-in-milliseconds",
            "timestamp-no-number",
            "timestamp-nan",
            "timestamp-twice-fresh-last",
        },
    ),
    ("telnyx", endpoints.believes_the_future, {"timestamp-ahead", "timestamp-in-milliseconds"}),
    ("telnyx", endpoints.reads_floats, {"timestamp-nan"}),
    ("telnyx", endpoints.takes_a_dot, {"signature-with-a-dot"}),
    ("telnyx", endpoints.checks_one_timestamp_and_signs_the_other, {"timestamp-twice-fresh-first"}),
    ("plivo", endpoints.wants_one_signature, {"rotation-new-first", "rotation-new-last"}),
    ("plivo", endpoints.looks_for_a_part, {"signature-as-a-part", "signature-with-a-tail"}),
    (
        "plivo",
        endpoints.falls_back_to_v2,
        {
            "value-changed",
            "caller-changed",
            "parameter-added",
            "parameter-removed",
            "parameter-twice",
            "name-in-the-other-case",
            "query-changed",
            "query-added",
            "query-removed",
            "method-changed",
            "downgrade-to-v2",
        },
    ),
]


def results_of(app: object, carrier: str, **how: object) -> list[Result]:
    try:
        return list(verify_signatures(app, carrier=carrier, **SECRETS[carrier], **how))  # type: ignore[arg-type]
    except SignaturesWrong as wrong:
        return list(wrong.results)


def failed(results: Iterable[Result]) -> set[str]:
    return {result.case.name for result in results if result.verdict is Verdict.FAILED}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_careful_endpoint_fails_nothing(carrier: str) -> None:
    results = results_of(application(CAREFUL[carrier]), carrier)
    assert failed(results) == set()
    passed = [result for result in results if result.verdict is Verdict.PASSED]
    assert len(passed) > 60


@pytest.mark.parametrize(
    ("carrier", "check", "wanted"), FAULTS, ids=[f"{carrier}-{check.__name__}" for carrier, check, _ in FAULTS]
)
def test_a_fault_fails_the_cases_that_are_about_it(carrier: str, check: Check, wanted: set[str]) -> None:
    assert failed(results_of(application(check), carrier)) == wanted


@pytest.mark.parametrize("carrier", CARRIERS)
def test_who_believes_anybody_fails_all_forgeries_but_those_that_weigh(carrier: str) -> None:
    strict = {case.name for case in battery(carrier).cases if case.forged and not case.elective}
    assert failed(results_of(application(endpoints.believes_anybody), carrier)) == strict - {"giant-body", "slow-body"}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_who_looks_for_the_header_alone_refuses_what_has_none(carrier: str) -> None:
    strict = {case.name for case in battery(carrier).cases if case.forged and not case.elective}
    wanted = strict - {"giant-body", "slow-body", "signature-missing", "signature-in-the-query"}
    assert failed(results_of(application(endpoints.looks_for_the_header), carrier)) == wanted


def test_names_sorted_without_their_case_fail_every_form() -> None:
    found = failed(results_of(application(endpoints.sorts_without_case), "twilio"))
    assert {"form", "names-of-mixed-case", "retry", *PLAIN} <= found
    assert not found & {"get", "parameters-none", "json-by-its-hash", "wrong-key"}


def test_a_dot_where_there_is_none_fails_every_form_without_a_query() -> None:
    found = failed(results_of(application(endpoints.writes_a_dot_always), "plivo"))
    assert {"form", "v3-alone", "rotation-new-first", *PLAIN} <= found
    assert not found & {"query-and-body", "query-unsorted", "get", "wrong-key"}


@pytest.mark.filterwarnings("ignore")
def test_json_that_is_written_again() -> None:
    found = failed(results_of(application(endpoints.writes_json_again), "telnyx"))
    genuine = {case.name for case in battery("telnyx").cases if case.name.startswith("json-")} - {"json-unicode"}
    assert found == genuine | {"body-written-again", "body-with-a-tail", "body-empty"}


def test_who_falls_over_is_told_so() -> None:
    results = results_of(application(endpoints.falls_over_what_is_not_ascii), "twilio")
    assert {result.case.name: result.came for result in results if result.verdict is Verdict.FAILED} == {
        "signature-not-ascii": "answered 500: it fell over"
    }


def test_who_waits_for_ever_is_told_so() -> None:
    results = results_of(application(CAREFUL["plivo"], patience=None), "plivo", patience=20)
    assert {result.case.name: result.came for result in results if result.verdict is Verdict.FAILED} == {
        "slow-body": "no answer within 20 s"
    }


def counting(check: Check) -> web.Application:
    """Answers something else each time: a fresh token, a new call."""
    answered = 0

    async def handle(request: web.Request) -> web.Response:
        nonlocal answered
        seen = Seen(request.method, endpoints.PUBLIC, request.headers.copy(), await request.read())
        answered += 1
        return web.Response(text=f"call {answered}") if check(seen) else web.Response(status=401)

    app = web.Application(client_max_size=65536)
    app.router.add_post("/voice/webhook", handle)
    return app


def refusing_replays(check: Check) -> Check:
    """Knows what it has seen."""
    seen_before: set[bytes] = set()

    def judge(seen: Seen) -> bool:
        mark = repr(sorted(seen.headers.items())).encode() + seen.body
        new, fine = mark not in seen_before, check(seen)
        seen_before.add(mark)
        return new and fine

    return judge


@pytest.mark.parametrize(("carrier", "wanted"), [("twilio", {"retry"}), ("telnyx", {"replay"})])
def test_another_reply_to_the_same_is_another_event(carrier: str, wanted: set[str]) -> None:
    results = results_of(counting(CAREFUL[carrier]), carrier, only=["retry", "replay"])
    assert failed(results) == wanted
    assert "another reply to the same request" in next(r.came for r in results if r.case.name in wanted)


@pytest.mark.parametrize(("carrier", "wanted"), [("twilio", {"retry"}), ("telnyx", set()), ("plivo", set())])
def test_only_who_never_sends_the_same_twice_may_be_refused_the_second_time(carrier: str, wanted: set[str]) -> None:
    app = application(refusing_replays(CAREFUL[carrier]))
    assert failed(results_of(app, carrier, only=["retry", "replay"])) == wanted


@pytest.mark.parametrize("carrier", CARRIERS)
def test_an_endpoint_with_another_secret_is_told_that_nothing_is_proved(carrier: str) -> None:
    def nobody(seen: Seen) -> bool:
        return False

    with pytest.raises(SignaturesWrong, match="the plainest genuine webhook was not taken"):
        verify_signatures(application(nobody), carrier=carrier, **SECRETS[carrier])  # type: ignore[arg-type]
