"""The words that scenarios use on every carrier: each is what the carrier has, and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest

from tests.tincan.sim.carrier import emulator as tincan
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.emulator import Emulator
from voicecall_sim.carriers.telnyx import rest_calls
from voicecall_sim.carriers.vocabulary import EVENTS, OPERATIONS, PARAMETERS, REASONS
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.world import World

EMULATORS: Mapping[str, Emulator] = {**CARRIERS, tincan.name: tincan}


@pytest.mark.parametrize("name", EMULATORS)
def test_neutral_words_are_of_the_language_and_mean_something(name: str) -> None:
    words = EMULATORS[name].vocabulary
    assert set(words.refusals) <= set(REASONS)
    assert set(words.neutral_operations) <= set(OPERATIONS)
    assert set(words.neutral_events) <= set(EVENTS)
    assert set(words.parameters) <= set(PARAMETERS)
    for meanings in words.neutral_operations.values():
        assert {meaning.operation for meaning in meanings} <= words.operations
    for owns in words.neutral_events.values():
        assert set(owns) <= words.events
    assert all(str(told.code) in words.codes for told in words.refusals.values())
    assert "state" in words.parameters or not words.states


def test_every_route_of_telnyx_has_its_word() -> None:
    world = World(seed=1)
    carrier = CARRIERS["telnyx"](world.surroundings, PhoneNetwork(world.surroundings))
    calls: rest_calls.Calls = carrier.calls  # type: ignore[attr-defined]
    routes = {route.operation for route in calls._all()}
    assert routes | {rest_calls.UNKNOWN.operation} == CARRIERS["telnyx"].vocabulary.operations


@pytest.mark.parametrize(
    ("carrier", "operation", "given", "names"),
    [
        ("twilio", "create call", {}, ["create call"]),
        ("twilio", "update call", {"Status": "completed"}, ["update call", "end call"]),
        ("twilio", "update call", {"Url": "https://a.example"}, ["update call", "instruct call"]),
        ("twilio", "update call", {"Twiml": "<Say>Hi"}, ["update call", "instruct call"]),
        ("twilio", "update call", {"Twiml": '<Play digits="1"/>'}, ["update call", "instruct call", "press keys"]),
        ("twilio", "update call", {"Twiml": "<Stream/>"}, ["update call", "instruct call", "start stream"]),
        ("twilio", "list calls", {}, ["list calls"]),
        ("telnyx", "hang up call", {}, ["hang up call", "end call"]),
        ("telnyx", "speak", {"payload": "Hi"}, ["speak", "instruct call"]),
        ("telnyx", "send dtmf", {"digits": "1"}, ["send dtmf", "instruct call", "press keys"]),
        ("telnyx", "start transcription", {}, ["start transcription"]),
        ("plivo", "update call", {"aleg_url": "https://a.example"}, ["update call", "instruct call"]),
        ("plivo", "cancel call", {}, ["cancel call", "end call"]),
    ],
)
def test_what_a_request_is_called(carrier: str, operation: str, given: dict[str, str], names: list[str]) -> None:
    assert list(CARRIERS[carrier].vocabulary.names_of_operation(operation, given)) == names


@pytest.mark.parametrize(
    ("carrier", "answered", "reasons"),
    [
        ("twilio", {"status": 201}, []),
        ("twilio", {"status": 400, "code": 21220}, ["not answered yet", "call is over"]),
        ("twilio", {"status": 400, "code": 21201}, []),
        ("telnyx", {"status": 500, "code": "10007"}, ["server error"]),
        ("telnyx", {"status": 503, "code": "10007"}, ["unavailable"]),
        ("plivo", {"status": 400, "code": 400, "error": "to parameter is invalid"}, ["invalid number"]),
        ("plivo", {"status": 400, "code": 400, "error": "answer_url parameter is missing"}, []),
        ("plivo", {"status": 404, "code": 404, "error": "not found"}, []),
        ("plivo", {"status": 429, "code": 429, "error": "too many requests"}, ["too many requests"]),
    ],
)
def test_why_a_request_was_refused(carrier: str, answered: dict[str, object], reasons: list[str]) -> None:
    assert list(CARRIERS[carrier].vocabulary.reasons(answered)) == reasons


@pytest.mark.parametrize(
    ("carrier", "event", "names"),
    [
        ("twilio", "completed", ("completed", "ended")),
        ("twilio", "answered", ("answered",)),
        ("telnyx", "call.hangup", ("call.hangup", "ended")),
        ("telnyx", "call.bridged", ("call.bridged",)),
        ("plivo", "GetInput", ("GetInput", "heard")),
    ],
)
def test_what_a_webhook_is_called(carrier: str, event: str, names: tuple[str, ...]) -> None:
    assert CARRIERS[carrier].vocabulary.names_of_event(event) == names


@pytest.mark.parametrize(
    ("carrier", "present", "own"),
    [
        ("twilio", {"CallStatus": "ringing"}, {"CallStatus": "completed", "To": "+1", "Digits": "7", "X": "y"}),
        (
            "telnyx",
            {"data.payload.digit": "3"},
            {"data.event_type": "call.hangup", "data.payload.to": "+1", "data.payload.digit": "7", "X": "y"},
        ),
        (
            "telnyx",
            {},
            {"data.event_type": "call.hangup", "data.payload.to": "+1", "data.payload.digits": "7", "X": "y"},
        ),
        ("plivo", {}, {"CallStatus": "completed", "To": "+1", "Digits": "7", "X": "y"}),
    ],
)
def test_what_is_changed_in_the_carriers_own_names(carrier: str, present: dict[str, str], own: dict[str, str]) -> None:
    change = {"state": "ended", "to": "+1", "digits": "7", "X": "y"}
    assert CARRIERS[carrier].vocabulary.own_names(change, present) == own


@pytest.mark.parametrize("name", CARRIERS)
def test_every_limit_can_be_set_and_nothing_else(name: str) -> None:
    world = World(seed=1)
    carrier = CARRIERS[name](world.surroundings, PhoneNetwork(world.surroundings))
    limits = CARRIERS[name].vocabulary.limits
    assert limits
    for limit in sorted(limits):
        with contextlib.suppress(ValueError):
            carrier.limit(limit, 3)
            continue
        carrier.limit(limit, True)  # what takes no number is a switch
        with pytest.raises(ValueError, match="true or false"):
            carrier.limit(limit, 0)
    with pytest.raises(ValueError, match="there is no limit `calls on sundays`"):
        carrier.limit("calls on sundays", 1)
