"""The predecessor's defects with Plivo, as plants: each breaks one thing in the SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from voicecall_sdk.call.draft import Draft
from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.plivo import markup, rest, webhooks
from voicecall_sdk.commands import Dial, Hold, Listen, Prompt, Reject, Say
from voicecall_sdk.events import Answered, Event, Ready
from voicecall_sdk.messages import RestRequest


def dialled_with(patch: pytest.MonkeyPatch, **limits: int) -> None:
    dial = rest._dial

    def limited(command: Dial, view: CallView) -> RestRequest:
        request = dial(command, view)
        content = {name: value for name, value in (request.json or {}).items() if name != "ring_timeout"}
        return replace(request, json={**content, **limits})

    patch.setattr(rest, "_dial", limited)


def ringing_limits_the_call(patch: pytest.MonkeyPatch) -> None:
    dialled_with(patch, hangup_on_ring=30)


def it_rings_for_30_seconds(patch: pytest.MonkeyPatch) -> None:
    dialled_with(patch, ring_timeout=30)


def a_second_ends_speech(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(markup, "_end_of_speech", lambda seconds: "1")


def silence_is_waited_out(patch: pytest.MonkeyPatch) -> None:
    def waits(view: CallView, turn: Any, prompt: str) -> str:
        heard = listen(view, turn, prompt).partition("<Redirect")[0]
        return heard + '<Wait length="300"/>' + markup._redirect(view, "silence", turn)

    listen = markup._input
    patch.setattr(markup, "_input", waits)


def silence_is_an_answer(patch: pytest.MonkeyPatch) -> None:
    arrived = webhooks._arrived

    def answered(flow: str | None, turn: Any, params: Mapping[str, str]) -> tuple[Event, ...]:
        return (Answered(), Ready()) if flow == "silence" else arrived(flow, turn, params)

    def again(self: Draft) -> None:
        self.change(answered_at=None)
        first(self)

    first = Draft.answered
    patch.setattr(webhooks, "_arrived", answered)
    patch.setattr(Draft, "answered", again)


def nothing_is_listened_to(patch: pytest.MonkeyPatch) -> None:
    def says(command: Prompt, view: CallView) -> str:
        return markup._say(Say(command.text, command.turn), view)

    patch.setitem(markup.WRITERS, Prompt, says)
    patch.setitem(markup.WRITERS, Listen, lambda command, view: markup._hold(Hold(), view))


def callers_need_a_flow(patch: pytest.MonkeyPatch) -> None:
    arrived = webhooks._arrived

    def strict(flow: str | None, turn: Any, params: Mapping[str, str]) -> tuple[Event, ...]:
        return () if flow is None else arrived(flow, turn, params)

    patch.setattr(webhooks, "_arrived", strict)


def speaks_to_refuse(patch: pytest.MonkeyPatch) -> None:
    def spoken(command: Reject, view: CallView) -> str:
        return '<Speak>Goodbye.</Speak><Hangup reason="rejected"/>'

    patch.setitem(markup.WRITERS, Reject, spoken)
