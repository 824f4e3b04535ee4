"""The methods' forms: every parameter of every method, right and wrong, and every sentence of refusal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.gateway.stage import ANNA, Stub, refused
from voicecall_sdk.engine.operations import PlaceOptions
from voicecall_sdk.errors import CallEnded, CarrierRefused, CarrierSilent, Misused, NotHeard, StoreFailed
from voicecall_sdk.gateway.methods import METHODS
from voicecall_sdk.gateway.protocol import MethodError, Scope
from voicecall_sdk.values import Mode

PLACING = ("to", "message", "mode", "dtmfSequence", "sessionKey", "requesterSessionKey")

FORMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "voicecall.initiate": (("message",), ("to", *PLACING[2:]), "message required"),
    "voicecall.start": (("to",), (*PLACING[1:], "agentId"), "to required"),
    "voicecall.continue": (("callId", "message"), (), "callId and message required"),
    "voicecall.continue.start": (("callId", "message"), (), "callId and message required"),
    "voicecall.continue.result": (("operationId",), (), "operationId required"),
    "voicecall.speak": (("callId", "message"), (), "callId and message required"),
    "voicecall.dtmf": (("callId", "digits"), (), "callId and digits required"),
    "voicecall.end": (("callId",), (), "callId required"),
    "voicecall.status": ((), ("callId", "sid"), ""),
}
"""Method to its required and its optional texts, and what it says when a required one is missing."""

BLANK: tuple[Any, ...] = ("", " ", "\t\n ", None)
NOT_TEXT: tuple[Any, ...] = (0, 1, True, False, 1.5, ["+15550005678"], {"a": "b"}, [], {})


def whole(method: str) -> dict[str, Any]:
    """Parameters with all that is required, and somebody to call."""
    somebody = {"to": ANNA} if "to" in (*FORMS[method][0], *FORMS[method][1]) else {}
    return {name: f"some {name}" for name in FORMS[method][0]} | somebody


def test_there_are_these_and_no_others() -> None:
    assert set(METHODS) == set(FORMS)


def test_what_only_looks_needs_less() -> None:
    reading = {name for name, (_, scope) in METHODS.items() if scope is Scope.READ}
    assert reading == {"voicecall.status", "voicecall.continue.result"}


@pytest.mark.parametrize("method", FORMS)
async def test_what_is_required_is_required(method: str) -> None:
    required, _, sentence = FORMS[method]
    for name in required:
        for blank in BLANK:
            stub = Stub()
            assert await refused(stub, method, {**whole(method), name: blank}) == (sentence, "INVALID_REQUEST")
            assert stub.told == []
        left_out = {other: text for other, text in whole(method).items() if other != name}
        assert await refused(Stub(), method, left_out) == (sentence, "INVALID_REQUEST")
    if required:
        assert await refused(Stub(), method, {}) == (sentence, "INVALID_REQUEST")


@pytest.mark.parametrize("method", FORMS)
async def test_texts_are_texts(method: str) -> None:
    required, optional, _ = FORMS[method]
    for name in (*required, *optional):
        for value in NOT_TEXT:
            stub = Stub()
            sentence = (f"{name} must be a string", "INVALID_REQUEST")
            assert await refused(stub, method, {**whole(method), name: value}) == sentence
            assert stub.told == []


@pytest.mark.parametrize("method", FORMS)
async def test_what_a_method_does_not_know_is_refused(method: str) -> None:
    """A parameter that is not understood may be the one that mattered."""
    required, optional, _ = FORMS[method]
    for unknown in ("massage", "too", "callID", "call_id", "Message", "", "force", "__class__", "from"):
        stub = Stub()
        sentence, code = await refused(stub, method, {**whole(method), unknown: "x"})
        assert sentence.startswith(f"unknown parameter {unknown!r}; ")
        assert code == "INVALID_REQUEST"
        assert stub.told == []
    if "message" in required:
        assert (await refused(Stub(), method, {"massage": "x"}))[0].endswith("did you mean message?")
    if "callId" in (*required, *optional):
        assert (await refused(Stub(), method, {"callID": "x"}))[0].endswith("did you mean callId?")


@pytest.mark.parametrize("method", ["voicecall.initiate", "voicecall.start"])
async def test_a_mode_is_one_of_two(method: str) -> None:
    for mode in ("Notify", "notify!", "conversatoin", "call", "both", "NOTIFY"):
        stub = Stub()
        sentence = f"mode must be notify or conversation, not {mode!r}"
        assert await refused(stub, method, {**whole(method), "mode": mode}) == (sentence, "INVALID_REQUEST")
        assert stub.told == []


async def test_a_flag_is_a_truth_value() -> None:
    stub, params = Stub(), whole("voicecall.speak")
    for value in ("true", "", 1, 0, None, []):
        sentence, _ = await refused(stub, "voicecall.speak", {**params, "allowTwimlFallback": value})
        assert sentence == "allowTwimlFallback must be true or false"
    assert stub.told == []
    for truth in (True, False):
        assert await stub.run("voicecall.speak", {**params, "allowTwimlFallback": truth}) == {"success": True}


# --- what comes through -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["voicecall.initiate", "voicecall.start"])
async def test_a_call_is_placed_as_it_was_asked_for(method: str) -> None:
    stub = Stub()
    params = {
        "to": f" {ANNA} ",
        "message": " Hello. ",
        "mode": " notify ",
        "dtmfSequence": " 1w2 ",
        "sessionKey": " s ",
        "requesterSessionKey": " r ",
    }
    assert await stub.run(method, params) == {"callId": "c1", "initiated": True}
    options = PlaceOptions(
        message="Hello.", mode=Mode.NOTIFY, digits="1w2", session_key="s", metadata={"requesterSessionKey": "r"}
    )
    assert stub.told == [("place", ANNA, options)]


async def test_only_start_takes_an_agent() -> None:
    stub = Stub()
    await stub.run("voicecall.start", {"to": ANNA, "agentId": "clerk"})
    assert stub.told == [("place", ANNA, PlaceOptions(agent_id="clerk"))]


@pytest.mark.parametrize(("given_", "default", "called"), [(None, ANNA, ANNA), (" ", ANNA, ANNA), (ANNA, "+1", ANNA)])
async def test_initiate_knows_whom_to_call(given_: str | None, default: str, called: str) -> None:
    stub = Stub(default_to=default)
    await stub.run("voicecall.initiate", {"message": "Hello.", "to": given_})
    assert stub.told[0][1] == called


async def test_nobody_is_called_by_default_where_none_is() -> None:
    assert await refused(Stub(), "voicecall.initiate", {"message": "Hello."}) == ("to required", "INVALID_REQUEST")
    assert await refused(Stub(default_to=ANNA), "voicecall.start", {}) == ("to required", "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("method", "params", "told", "answer"),
    [
        (
            "voicecall.continue",
            {"callId": " c1 ", "message": " Well? "},
            ("ask", "c1", "Well?"),
            {"success": True, "transcript": "Yes."},
        ),
        ("voicecall.speak", {"callId": " c1 ", "message": " Well. "}, ("speak", "c1", "Well."), {"success": True}),
        ("voicecall.dtmf", {"callId": " c1 ", "digits": " 1w2 "}, ("press", "c1", "1w2"), {"success": True}),
        ("voicecall.end", {"callId": " c1 "}, ("end", "c1"), {"success": True}),
        ("voicecall.status", {"callId": "nobody"}, ("record", "nobody"), {"found": False}),
        ("voicecall.status", {"sid": " nobody "}, ("record", "nobody"), {"found": False}),
    ],
)
async def test_what_is_asked_for_is_done(
    method: str, params: dict[str, str], told: tuple[str, ...], answer: object
) -> None:
    stub = Stub()
    assert await stub.run(method, params) == answer
    assert stub.told == [told]


SUMMARY = {
    "callId": "c1",
    "provider": "mock",
    "direction": "outbound",
    "state": "hangup-bot",
    "startedAt": 1000,
    "endedAt": 3500,
    "endReason": "hangup-bot",
}


@pytest.mark.parametrize(
    "params", [{"callId": "c1"}, {"sid": "c1"}, {"callId": "", "sid": "c1"}, {"callId": "c1", "sid": "x"}]
)
async def test_a_status_tells_no_numbers_and_no_words(params: dict[str, str]) -> None:
    assert await Stub().run("voicecall.status", params) == {"found": True, "call": SUMMARY}


@pytest.mark.parametrize("params", [{}, {"callId": None}, {"callId": " ", "sid": ""}])
async def test_without_an_id_a_status_tells_of_all(params: dict[str, str]) -> None:
    assert await Stub().run("voicecall.status", params) == {"found": True, "calls": [SUMMARY]}


FAILURES = (
    Misused("Call not found"),
    CallEnded("Call ended: hangup-user", "hangup-user"),
    NotHeard("Timed out waiting for transcript after 20000ms"),
    CarrierRefused("no", status=400, code=21211),
    CarrierSilent("no answer", sent=True),
    StoreFailed("the disk is full"),
)


async def test_every_failure_is_told_as_what_it_is() -> None:
    at_once = [method for method in FORMS if not method.startswith("voicecall.continue.")]
    for method, failure in product(at_once, FAILURES):
        assert await refused(Stub(fails=failure), method, whole(method)) == (str(failure), "UNAVAILABLE")


async def test_a_bug_is_not_told_as_somebodys_failure() -> None:
    with pytest.raises(KeyError):
        await Stub(fails=KeyError("bug")).run("voicecall.end", {"callId": "c1"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(
    [*PLACING, "agentId", "callId", "sid", "digits", "operationId", "allowTwimlFallback"]
) | st.text(max_size=8)


@given(st.sampled_from(sorted(FORMS)), st.dictionaries(NAMES, JSON, max_size=5))
async def test_whatever_is_sent_is_answered_or_refused(method: str, params: dict[str, Any]) -> None:
    stub = Stub(default_to=ANNA)
    try:
        assert isinstance(await stub.run(method, params), dict)
    except MethodError:
        assert stub.told == []
    finally:
        stub.methods.close()
