"""Faults planted in the SDK, one at a time: for each of them scenarios go red.

A simulator that stays green whatever the application does is worth nothing. Each fault is one that real systems had;
`where` names the scenarios that are there to catch it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from tests.joint.bundled import bundled, performed, red
from voicecall_sdk.call import answers, draft, machine, policy
from voicecall_sdk.call.effects import Timer
from voicecall_sdk.carriers.twilio import markup, webhooks
from voicecall_sdk.commands import Hold, Listen, Prompt, Reject
from voicecall_sdk.engine import client, reception, recovery, switchboard
from voicecall_sdk.errors import CarrierSilent, StoreFailed
from voicecall_sdk.events import Ended
from voicecall_sdk.server import webhooks as server
from voicecall_sdk.server.trust import prove_unsigned
from voicecall_sdk.store.sqlite import SqliteStore
from voicecall_sdk.values import EndReason

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """What is broken, by what, and which scenarios notice."""

    name: str
    plant: Plant
    where: tuple[str, ...]


def signatures_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(server.WebhookServer, "_prove", lambda self, request: prove_unsigned("twilio", request))


def replays_are_new(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqliteStore, "reply_to", lambda self, key, *, now: None)


def refused_calls_are_answered(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(markup.WRITERS, Reject, lambda command, view: markup._hold(Hold(), view))  # type: ignore[arg-type]


def places_are_not_given_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(switchboard.Switchboard, "close", lambda self, call: call.close())


def acknowledged_before_stored(patch: pytest.MonkeyPatch) -> None:
    append = SqliteStore.append

    def lenient(self: SqliteStore, *args: Any, **options: Any) -> None:
        try:
            append(self, *args, **options)
        except StoreFailed:
            return

    patch.setattr(SqliteStore, "append", lenient)


def suffixes_are_on_the_list(patch: pytest.MonkeyPatch) -> None:
    def welcome(rules: Any, caller: str) -> bool:
        digits = policy.digits_of(caller)
        return any(policy.digits_of(allowed).endswith(digits) for allowed in rules.allow_from)

    patch.setattr(policy, "_welcome", welcome)


def a_lost_create_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    carry_out = client.CarrierClient.carry_out

    async def stubborn(self: client.CarrierClient, *args: Any) -> Any:
        try:
            return await carry_out(self, *args)
        except CarrierSilent:
            return await carry_out(self, *args)

    patch.setattr(client.CarrierClient, "carry_out", stubborn)


def prompts_are_cut_by_their_own_gather(patch: pytest.MonkeyPatch) -> None:
    def listen(command: Prompt, view: Any) -> str:
        return markup._listen(Listen(command.turn), view)

    patch.setitem(markup.WRITERS, Prompt, listen)  # type: ignore[arg-type]


def documents_just_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(markup, "_redirect", lambda view, flow, turn=None: "")


def notifications_end_by_a_fixed_timer(patch: pytest.MonkeyPatch) -> None:
    notification = markup.notification

    def short(text: str, pause: float, voice: str, language: str) -> str:
        return notification(text[:40], pause, voice, language)

    patch.setattr("voicecall_sdk.carriers.twilio.rest.notification", short)


def the_carriers_word_is_the_reason(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(machine, "_reason", lambda record, event: event.reason)


def the_last_word_counts(patch: pytest.MonkeyPatch) -> None:
    def close(self: draft.Draft, reason: EndReason, carrier_word: str | None = None, error: str | None = None) -> None:
        self.change(state=reason.state, end_reason=reason, ended_at=self.now, commanded_end=None, speaking=None)
        self.do(draft.Closed())

    patch.setattr(draft.Draft, "close", close)


def a_repeated_answer_starts_the_clock_again(patch: pytest.MonkeyPatch) -> None:
    answered = draft.Draft.answered

    def again(self: draft.Draft) -> None:
        self.change(answered_at=None)
        answered(self)

    patch.setattr(draft.Draft, "answered", again)
    patch.setattr(SqliteStore, "reply_to", lambda self, key, *, now: None)


def the_reaper_goes_by_the_callback(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(machine.EXPIRE, Timer.STALE, lambda draft: draft.hang_up(EndReason.NO_ANSWER))  # type: ignore[arg-type]
    arm = draft.Draft.do

    def keep(self: draft.Draft, effect: Any) -> None:
        if effect != draft.Disarm(Timer.STALE):
            arm(self, effect)

    patch.setattr(draft.Draft, "do", keep)


def restored_calls_are_taken_for_live(patch: pytest.MonkeyPatch) -> None:
    async def believe(board: Any, call: Any) -> None:
        return None

    patch.setattr(recovery, "_recover", believe)


def nothing_is_restored(patch: pytest.MonkeyPatch) -> None:
    async def forget(board: Any) -> None:
        return None

    patch.setattr(recovery, "recover", forget)


def answers_go_to_any_question(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers, "replied", lambda draft, text: False)


def keys_are_thrown_away(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(webhooks, "KeysPressed", lambda digits, turn: webhooks.NothingHeard(turn))


def callers_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reception, "admit", lambda rules, caller, live: policy.admit(rules, caller, 0))


def obsolete_replies_are_spoken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("voicecall_sdk.engine.live.LiveCall.drop_reply", lambda self: None)


def silence_when_the_agent_fails(patch: pytest.MonkeyPatch) -> None:
    from voicecall_sdk.engine import conversation

    patch.setattr(conversation, "APOLOGIES", {"en": ""})


def ports_are_signed_as_configured(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("voicecall_sdk.carriers.twilio.signature.port_forms", lambda urls: urls[:1])


def a_far_end_that_hangs_up_completed_the_call(patch: pytest.MonkeyPatch) -> None:
    ended = webhooks.ended

    def neither(status: str) -> Ended | None:
        event = ended(status)
        return None if event is None else replace(event, by_far_end=False)

    patch.setattr(webhooks, "ended", neither)


FAULTS: Final = (
    Fault("signature checking", signatures_are_not_checked, ("signatures",)),
    Fault(
        "replay protection",
        replays_are_new,
        ("signatures/replayed_answer.scenario.yaml",),
    ),
    Fault(
        "hang-up of refused calls",
        refused_calls_are_answered,
        ("inbound/refused.scenario.yaml", "inbound/disabled.scenario.yaml"),
    ),
    Fault("release of the place", places_are_not_given_back, ("limits", "restart", "outcomes")),
    Fault("stored before acknowledged", acknowledged_before_stored, ("failures",)),
    Fault("whole numbers on the allowlist", suffixes_are_on_the_list, ("inbound/refused.scenario.yaml",)),
    Fault("no second create", a_lost_create_is_sent_again, ("callbacks/lost_create_reply.scenario.yaml",)),
    Fault("prompt and listening are one", prompts_are_cut_by_their_own_gather, ("conversation",)),
    Fault("documents that come back", documents_just_end, ("conversation",)),
    Fault("a notification to its end", notifications_end_by_a_fixed_timer, ("notify",)),
    Fault("our reason stays", the_carriers_word_is_the_reason, ("hangup", "limits")),
    Fault("the first end counts", the_last_word_counts, ("hangup",)),
    Fault("one clock for one answer", a_repeated_answer_starts_the_clock_again, ("limits/max_duration.scenario.yaml",)),
    Fault("any sign of life", the_reaper_goes_by_the_callback, ("callbacks/lost_answered.scenario.yaml",)),
    Fault("restored calls are verified", restored_calls_are_taken_for_live, ("restart",)),
    Fault("calls are restored", nothing_is_restored, ("restart",)),
    Fault("answers reach their question", answers_go_to_any_question, ("conversation",)),
    Fault("keys are kept", keys_are_thrown_away, ("dtmf",)),
    Fault("callers count", callers_do_not_count, ("limits/concurrency.scenario.yaml",)),
    Fault("obsolete replies are dropped", obsolete_replies_are_spoken, ("agent/speech_while_thinking.scenario.yaml",)),
    Fault("an apology", silence_when_the_agent_fails, ("agent",)),
    Fault("every form of the port", ports_are_signed_as_configured, ("signatures/port_in_the_url.scenario.yaml",)),
    Fault("who hung up", a_far_end_that_hangs_up_completed_the_call, ("hangup",)),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_scenarios_go_red_without(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = bundled(*fault.where)
    fault.plant(monkeypatch)
    assert red(performed(plans, fail_fast=True)), f"nothing notices that this is missing: {fault.name}"
