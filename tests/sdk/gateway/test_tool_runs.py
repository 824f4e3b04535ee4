"""The agent tool as a model uses it, and as a clumsy or a talked-into one does."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.gateway.stage import ANNA, Stub
from voicecall_sdk.engine.operations import PlaceOptions
from voicecall_sdk.errors import CarrierSilent, Misused
from voicecall_sdk.gateway.tool import ACTIONS, parameters, run
from voicecall_sdk.values import Mode

ARGUMENTS: dict[str, dict[str, str]] = {
    "initiate_call": {"message": "Hello.", "to": ANNA},
    "continue_call": {"callId": "c1", "message": "Well?"},
    "speak_to_user": {"callId": "c1", "message": "Well."},
    "send_dtmf": {"callId": "c1", "digits": "1"},
    "end_call": {"callId": "c1"},
    "get_status": {"callId": "c1"},
}

DONE: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "initiate_call": (("place", ANNA, PlaceOptions(message="Hello.")), {"callId": "c1", "initiated": True}),
    "continue_call": (("ask", "c1", "Well?"), {"success": True, "transcript": "Yes."}),
    "speak_to_user": (("speak", "c1", "Well."), {"success": True}),
    "send_dtmf": (("press", "c1", "1"), {"success": True}),
    "end_call": (("end", "c1"), {"success": True}),
}


async def details(stub: Stub, params: Any) -> dict[str, Any]:
    """What the tool answers; the text says the same."""
    answer = await run(stub.methods, params)
    assert set(answer) == {"content", "details"}
    (part,) = answer["content"]
    assert part["type"] == "text"
    assert json.loads(part["text"]) == answer["details"]
    found: dict[str, Any] = answer["details"]
    return found


def test_every_action_is_tried_here() -> None:
    assert set(ARGUMENTS) == set(ACTIONS)


@pytest.mark.parametrize("action", DONE)
async def test_an_action_is_done(action: str) -> None:
    stub = Stub()
    told, answer = DONE[action]
    assert await details(stub, {"action": action, **ARGUMENTS[action]}) == answer
    assert stub.told == [told]


async def test_a_status_tells_no_numbers_and_no_words() -> None:
    answer = await details(Stub(), {"action": "get_status", "callId": "c1"})
    assert answer["call"]["state"] == "hangup-bot"
    assert not {"from", "to", "transcript", "message", "metadata"} & set(answer["call"])
    assert await details(Stub(), {"action": "get_status", "callId": "c2"}) == {"found": False}


@pytest.mark.parametrize("action", ARGUMENTS)
async def test_what_is_missing_is_told(action: str) -> None:
    required = ACTIONS[action].required
    sentence = f"{' and '.join(required)} required"
    for name in required:
        for wrong in (None, "", "   "):
            stub = Stub()
            arguments = {"action": action, **ARGUMENTS[action], name: wrong}
            assert await details(stub, arguments) == {"error": sentence}
            assert stub.told == []
    assert await details(Stub(), {"action": action}) == {"error": sentence}


@pytest.mark.parametrize("action", ARGUMENTS)
async def test_what_is_unknown_is_told(action: str) -> None:
    for name in ("massage", "call_id", "agentId", "force", "sid", "allowTwimlFallback"):
        stub = Stub()
        answer = await details(stub, {"action": action, **ARGUMENTS[action], name: "x"})
        assert answer["error"].startswith(f"unknown parameter {name!r}; ")
        assert stub.told == []


STRANGE: list[Any] = [
    "initiate_cal",
    "INITIATE_CALL",
    "call",
    "",
    " initiate_call",
    None,
    0,
    True,
    ["initiate_call"],
    {},
]


async def test_a_strange_action_never_places_a_call() -> None:
    """The predecessor took it for the form without an action, and dialled."""
    forms: list[dict[str, str]] = [{}, {"to": ANNA, "message": "Hello."}, {"mode": "call", "to": ANNA}]
    for action, more in product(STRANGE, forms):
        stub = Stub(default_to=ANNA)
        answer = await details(stub, {"action": action, **more})
        assert answer["error"].startswith(f"unknown action {action!r}; expected one of initiate_call, ")
        assert stub.told == []


async def test_what_is_no_object_is_refused() -> None:
    stub = Stub()
    for params in (None, "initiate_call", 5, [], [("action", "end_call")], True):
        assert await details(stub, params) == {"error": "parameters must be an object"}
    assert stub.told == []


@pytest.mark.parametrize("failure", [Misused("Call not found"), CarrierSilent("no answer", sent=True)])
async def test_a_failure_is_an_answer(failure: Exception) -> None:
    for action, arguments in ARGUMENTS.items():
        assert await details(Stub(fails=failure), {"action": action, **arguments}) == {"error": str(failure)}


# --- the form without an action ---------------------------------------------------------------------------------

LEGACY: list[tuple[dict[str, Any], list[tuple[Any, ...]]]] = [
    ({"to": ANNA}, [("place", ANNA, PlaceOptions())]),
    ({"to": ANNA, "message": "Hello."}, [("place", ANNA, PlaceOptions(message="Hello."))]),
    ({"mode": "call", "to": ANNA, "sid": "x"}, [("place", ANNA, PlaceOptions())]),
    ({"mode": "status", "sid": "c1"}, [("record", "c1")]),
    ({"mode": "status", "sid": "c1", "to": ANNA}, [("record", "c1")]),
]

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "to required for call"),
    ({"mode": "call"}, "to required for call"),
    ({"to": "  "}, "to required for call"),
    ({"message": "Hello."}, "to required for call"),
    ({"sid": "c1"}, "to required for call"),
    ({"mode": "status"}, "sid required for status"),
    ({"mode": "status", "sid": " "}, "sid required for status"),
    ({"mode": "status", "sid": 5}, "sid must be a string"),
    ({"to": 15550001234}, "to must be a string"),
    ({"to": ANNA, "message": 5}, "message must be a string"),
    ({"mode": "dial", "to": ANNA}, "unknown mode 'dial'; expected call or status, or an action"),
    ({"mode": "notify", "to": ANNA}, "unknown mode 'notify'; expected call or status, or an action"),
    ({"mode": None, "to": ANNA}, "unknown mode None; expected call or status, or an action"),
    ({"mode": ["call"], "to": ANNA}, "unknown mode ['call']; expected call or status, or an action"),
    ({"acton": "get_status", "to": ANNA}, "unknown parameter 'acton' without action; expected message, mode, sid, to"),
    ({"Action": "end_call", "to": ANNA}, "unknown parameter 'Action' without action; expected message, mode, sid, to"),
    ({"callId": "c1", "to": ANNA}, "unknown parameter 'callId' without action; expected message, mode, sid, to"),
    ({"digits": "1", "to": ANNA}, "unknown parameter 'digits' without action; expected message, mode, sid, to"),
]


@pytest.mark.parametrize(("params", "told"), LEGACY)
async def test_the_old_form_is_understood(params: dict[str, Any], told: list[tuple[Any, ...]]) -> None:
    stub = Stub(default_to="+15550009999")
    assert "error" not in await details(stub, params)
    assert stub.told == told


async def test_the_old_form_is_as_strict() -> None:
    stub = Stub(default_to="+15550009999")
    for params, sentence in REFUSED:
        assert await details(stub, params) == {"error": sentence}
    assert stub.told == []


async def test_what_the_model_may_say_of_a_call_comes_through() -> None:
    stub = Stub(default_to=ANNA)
    arguments = {"action": "initiate_call", "message": "Hello.", "mode": "conversation", "dtmfSequence": "1w"}
    await details(stub, {**arguments, "sessionKey": "s", "requesterSessionKey": "agent:main:chat"})
    options = PlaceOptions(
        message="Hello.",
        mode=Mode.CONVERSATION,
        digits="1w",
        session_key="s",
        metadata={"requesterSessionKey": "agent:main:chat"},
    )
    assert stub.told == [("place", ANNA, options)]


VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from([ANNA, "c1", "notify", "call"])
)
NAMES = st.sampled_from(["action", "mode", "to", "sid", "message", "callId", "digits"]) | st.text(max_size=6)


@given(st.dictionaries(NAMES, VALUES | st.sampled_from(sorted(ACTIONS)), max_size=5))
async def test_what_is_done_was_admitted_by_the_schema(params: dict[str, Any]) -> None:
    """Whatever a model sends: it is an answer, never an error; and nothing is done that the schema refuses."""
    stub = Stub(default_to=ANNA)
    answer = await details(stub, params)
    if any(told[0] != "record" for told in stub.told):
        assert "error" not in answer
        jsonschema.validate(without_absent(params), dict(parameters()))


def without_absent(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters that say something: models send null for what they leave out."""
    return {name: value for name, value in params.items() if value is not None and str(value).strip()}
