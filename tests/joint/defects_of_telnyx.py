"""The predecessor's defects with Telnyx, as plants: each breaks one thing in the SDK."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from voicecall_sdk.carriers.carrier import CallView, Done
from voicecall_sdk.carriers.telnyx import lexicon, rest, signature, webhooks
from voicecall_sdk.carriers.telnyx.state import ClientState
from voicecall_sdk.commands import Answer, Dial, Reject
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.reception import Reception
from voicecall_sdk.events import Delivery, Event, Heard
from voicecall_sdk.messages import RestRequest
from voicecall_sdk.values import CallId, EndReason

Fields = Mapping[str, Any]
Requests = Sequence[RestRequest]


def speech_is_read_elsewhere(patch: pytest.MonkeyPatch) -> None:
    def heard(payload: Fields, state: ClientState) -> Sequence[Event]:
        text = str(payload.get("transcription") or "")
        return (Heard(text, turn=state.turn),) if text else ()

    patch.setitem(webhooks.MAKERS, "call.transcription", heard)


def keys_are_der(patch: pytest.MonkeyPatch) -> None:
    def loaded(text: str) -> Any:
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        return load_der_public_key(base64.b64decode(text))

    patch.setattr(signature, "_loaded", loaded)


def dropped(patch: pytest.MonkeyPatch, *names: str) -> None:
    text = webhooks._text
    patch.setattr(webhooks, "_text", lambda fields, name: "" if name in names else text(fields, name))


def directions_are_dropped(patch: pytest.MonkeyPatch) -> None:
    dropped(patch, "direction")


def numbers_are_dropped(patch: pytest.MonkeyPatch) -> None:
    dropped(patch, "from", "to")


def nobody_answers(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(rest.WRITERS, Answer, lambda command, view: ())


def no_number_is_of_now(patch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> float:
        return float(text) if text.isdigit() else math.nan

    patch.setattr(signature, "SECONDS", re.compile(".*"))
    patch.setattr(signature, "int", read, raising=False)


def it_rings_for_30_seconds(patch: pytest.MonkeyPatch) -> None:
    dial = rest._dial

    def fixed(command: Dial, view: CallView) -> Requests:
        return dial(replace(command, ring_timeout=30), view)

    patch.setitem(rest.WRITERS, Dial, fixed)


def causes_are_completed(patch: pytest.MonkeyPatch) -> None:
    for cause in ("timeout", "time_limit", "not_found", "unspecified"):
        patch.setitem(lexicon.END_REASONS, cause, EndReason.COMPLETED)


def nobody_hung_up(patch: pytest.MonkeyPatch) -> None:
    ended = lexicon.ended
    patch.setattr(webhooks, "ended", lambda *told: replace(ended(*told), by_far_end=False))


def said_when_accepted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rest, "Done", lambda: Done(said=True))


def nobody_listens(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rest, "_transcription", lambda turn, view: rest._action(view, "transcription_stop"))


def foreign_state_is_believed(patch: pytest.MonkeyPatch) -> None:
    def decoded(value: object) -> ClientState:
        return ClientState(CallId(base64.b64decode(str(value)).decode("latin-1")) if value else None)

    def trusting(self: Reception, delivery: Delivery) -> LiveCall | None:
        any_id = delivery.call_id or delivery.provider_call_id
        return self._board.find(any_id) if any_id else None

    patch.setattr(webhooks, "read", decoded)
    patch.setattr(Reception, "_live", trusting)


def both_sides_are_heard(patch: pytest.MonkeyPatch) -> None:
    action = rest._action

    def on_both(view: CallView, name: str, **content: object) -> RestRequest:
        tracks = {"transcription_tracks": "both"} if name == "transcription_start" else {}
        return action(view, name, **{**content, **tracks})

    patch.setattr(rest, "_action", on_both)
    dropped(patch, "transcription_track")


def answered_to_refuse(patch: pytest.MonkeyPatch) -> None:
    def answered(command: Reject, view: CallView) -> Requests:
        return rest._action(view, "answer"), rest._action(view, "hangup")

    patch.setitem(rest.WRITERS, Reject, answered)
