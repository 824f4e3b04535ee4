"""The agent tool `voice_call`: one tool, an action a call, results and errors in one envelope; it never raises."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sdk.gateway import params as take
from voicecall_sdk.gateway.methods import METHODS, Methods
from voicecall_sdk.gateway.protocol import MethodError, Params, Result


@dataclass(frozen=True, slots=True)
class Action:
    """One action: the method it calls, its required and optional fields, and a word on it."""

    method: str
    required: Sequence[str]
    optional: Sequence[str] = ()


ACTIONS: Final[Mapping[str, Action]] = {
    "initiate_call": Action(
        "voicecall.initiate", ("message",), ("to", "mode", "sessionKey", "requesterSessionKey", "dtmfSequence")
    ),
    "continue_call": Action("voicecall.continue", ("callId", "message")),
    "speak_to_user": Action("voicecall.speak", ("callId", "message")),
    "send_dtmf": Action("voicecall.dtmf", ("callId", "digits")),
    "end_call": Action("voicecall.end", ("callId",)),
    "get_status": Action("voicecall.status", ("callId",)),
}

LEGACY: Final = frozenset({"mode", "to", "sid", "message"})

FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "message": {"type": "string", "description": "What is said"},
    "to": {"type": "string", "description": "Number to call in E.164 form; the configured one if left out"},
    "mode": {"type": "string", "enum": ["notify", "conversation"]},
    "callId": {"type": "string"},
    "digits": {"type": "string", "description": "0-9 * #, w and W or comma for pauses"},
    "dtmfSequence": {"type": "string", "description": "Keys to press when the call is answered"},
    "sessionKey": {"type": "string"},
    "requesterSessionKey": {"type": "string"},
}


async def run(methods: Methods, params: Params) -> Result:
    """Do what the parameters ask for, and answer in the envelope; errors are answers too."""
    try:
        return envelope(await _act(methods, params))
    except MethodError as error:
        return envelope({"error": str(error)})


def envelope(payload: Mapping[str, Any]) -> Result:
    """The payload as the agent reads it, and as it is."""
    return {"content": [{"type": "text", "text": json.dumps(payload, indent=2)}], "details": dict(payload)}


def parameters() -> Mapping[str, Any]:
    """The JSON Schema of the tool's parameters: one form for each action, and the one without."""
    forms = [_form(name, action) for name, action in ACTIONS.items()]
    legacy = {
        "type": "object",
        "properties": {
            "mode": {"type": "string", "enum": ["call", "status"]},
            **{name: {"type": "string"} for name in ("to", "sid", "message")},
        },
        "additionalProperties": False,
    }
    return {"anyOf": [*forms, legacy]}


def _form(name: str, action: Action) -> Mapping[str, Any]:
    fields = {field: FIELDS[field] for field in (*action.required, *action.optional)}
    return {
        "type": "object",
        "properties": {"action": {"const": name}, **fields},
        "required": ["action", *action.required],
        "additionalProperties": False,
    }


async def _act(methods: Methods, params: Params) -> Result:
    if not isinstance(params, Mapping):
        raise MethodError("parameters must be an object")
    if "action" not in params:
        return await _legacy(methods, params)
    action = ACTIONS.get(str(params["action"]))
    if action is None:
        raise MethodError(f"unknown action {params['action']!r}; expected one of {', '.join(ACTIONS)}")
    fields = {name: value for name, value in params.items() if name != "action"}
    take.known(fields, (*action.required, *action.optional))
    take.required(fields, *action.required)
    return await _call(methods, action.method, fields)


async def _legacy(methods: Methods, params: Params) -> Result:
    """The form without `action`: `mode` call or status. Anything else is an error: a typo must not place a call."""
    mode = params.get("mode", "call")
    if mode not in ("call", "status"):
        raise MethodError(f"unknown mode {mode!r}; expected call or status, or an action")
    unknown = sorted(set(params) - LEGACY)
    if unknown:
        raise MethodError(f"unknown parameter {unknown[0]!r} without action; expected {', '.join(sorted(LEGACY))}")
    if mode == "status":
        if take.text(params, "sid") is None:
            raise MethodError("sid required for status")
        return await _call(methods, "voicecall.status", {"sid": params["sid"]})
    if take.text(params, "to") is None:
        raise MethodError("to required for call")
    fields = {name: params[name] for name in ("to", "message") if name in params}
    return await _call(methods, "voicecall.start", fields)


async def _call(methods: Methods, name: str, params: Params) -> Result:
    handler, _ = METHODS[name]
    return await handler(methods, params)
