"""The agent tool's form: what its schema admits and refuses."""

import jsonschema
import pytest

from voicecall_sdk.gateway import params as take
from voicecall_sdk.gateway.protocol import MethodError
from voicecall_sdk.gateway.tool import ACTIONS, parameters
from voicecall_sdk.values import Mode

VALID = [
    {"action": "initiate_call", "message": "Hello"},
    {"action": "initiate_call", "message": "Hello", "to": "+15550001234", "mode": "notify"},
    {"action": "continue_call", "callId": "c1", "message": "And?"},
    {"action": "speak_to_user", "callId": "c1", "message": "Well."},
    {"action": "send_dtmf", "callId": "c1", "digits": "1ww2"},
    {"action": "end_call", "callId": "c1"},
    {"action": "get_status", "callId": "c1"},
    {"mode": "status", "sid": "CA1"},
    {"to": "+15550001234", "message": "Hello"},
]
INVALID = [
    {"action": "initiate_cal", "message": "Hello"},
    {"action": "initiate_call"},
    {"action": "initiate_call", "message": "Hello", "mode": "conversatoin"},
    {"action": "end_call", "callId": "c1", "reason": "bored"},
    {"action": "send_dtmf", "callId": "c1"},
    {"mode": "dial", "to": "+15550001234"},
]


@pytest.mark.parametrize("params", VALID)
def test_what_the_schema_admits(params: dict[str, str]) -> None:
    jsonschema.validate(params, dict(parameters()))


@pytest.mark.parametrize("params", INVALID)
def test_what_the_schema_refuses(params: dict[str, str]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(params, dict(parameters()))


def test_every_action_has_its_form() -> None:
    named = [form["properties"].get("action", {}).get("const") for form in parameters()["anyOf"]]
    assert named == [*ACTIONS, None]


def test_params_are_trimmed_and_blank_is_absent() -> None:
    assert take.text({"to": "  +1 "}, "to") == "+1"
    assert take.text({"to": "   "}, "to") is None
    assert take.required({"a": " x ", "b": "y"}, "a", "b") == ["x", "y"]
    assert take.mode({"mode": "notify"}) is Mode.NOTIFY
    assert take.mode({}) is None
    assert take.flag({}, "f") is False


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: take.required({"callId": "c"}, "callId", "message"), "callId and message required"),
        (lambda: take.text({"to": 5}, "to"), "to must be a string"),
        (lambda: take.mode({"mode": "shout"}), "mode must be notify or conversation, not 'shout'"),
        (lambda: take.flag({"f": "yes"}, "f"), "f must be true or false"),
        (lambda: take.known({"massage": "x"}, ("message", "to")), "unknown parameter 'massage'; did you mean message?"),
        (lambda: take.known({"x": "x"}, ("to",)), "unknown parameter 'x'; expected to"),
        (lambda: take.known({"x": "x"}, ()), "unknown parameter 'x'; expected none"),
    ],
)
def test_wrong_params_are_said(call: object, message: str) -> None:
    with pytest.raises(MethodError) as caught:
        call()  # type: ignore[operator]
    assert str(caught.value) == message
