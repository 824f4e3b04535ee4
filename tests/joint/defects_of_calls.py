"""The predecessor's defects with calls and webhooks of any carrier, as plants: each breaks one thing in the SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.joint import test_planted_faults as planted
from voicecall_sdk.call.draft import Draft
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.carriers.carrier import Done, Outcome
from voicecall_sdk.carriers.plivo import webhooks as plivo_webhooks
from voicecall_sdk.carriers.telnyx import webhooks as telnyx_webhooks
from voicecall_sdk.commands import Command, Say
from voicecall_sdk.engine import telling
from voicecall_sdk.engine.client import CarrierClient
from voicecall_sdk.engine.live import LiveCall, turn_of
from voicecall_sdk.engine.reception import Reception
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import CarrierRefused
from voicecall_sdk.events import Delivery, NothingHeard, Ready
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server import webhooks as server
from voicecall_sdk.server.trust import prove_unsigned
from voicecall_sdk.values import State


def urls_are_what_requests_say(patch: pytest.MonkeyPatch) -> None:
    taken_in = server.WebhookServer._taken_in

    def rebuilt(self: server.WebhookServer, request: WebhookRequest, proof: Any) -> Any:
        assert self.reception is not None
        host = request.headers.get("x-forwarded-host") or request.headers["host"]
        self.reception._board.webhook_url = f"https://{host}{request.target.partition('?')[0]}"
        return taken_in(self, request, proof)

    patch.setattr(server.WebhookServer, "_taken_in", rebuilt)


def the_second_overtakes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Draft, "_must_wait", lambda self: False)


def names_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    admit = Switchboard.admit

    def nameless(self: Switchboard, record: CallRecord) -> LiveCall:
        return admit(self, replace(record, provider_call_id=None))

    patch.setattr(Switchboard, "admit", nameless)


def unsigned_is_believed(patch: pytest.MonkeyPatch) -> None:
    prove = server.WebhookServer._prove

    def lenient(self: server.WebhookServer, request: WebhookRequest) -> Any:
        unsigned = not any(way <= set(request.headers) for way in self._gate.carrier.required_headers)
        return prove_unsigned(self._gate.carrier.name, request) if unsigned else prove(self, request)

    patch.setattr(server, "_has", lambda request, way: True)
    patch.setattr(server.WebhookServer, "_prove", lenient)


def calls_have_the_carriers_name_alone(patch: pytest.MonkeyPatch) -> None:
    def named(self: Reception, delivery: Delivery) -> LiveCall | None:
        return self._board.find(delivery.provider_call_id) if delivery.provider_call_id else None

    patch.setattr(Reception, "_live", named)


def refusals_are_ignored(patch: pytest.MonkeyPatch) -> None:
    carry_out = CarrierClient.carry_out

    async def careless(self: CarrierClient, command: Command, *args: Any) -> Outcome:
        try:
            return await carry_out(self, command, *args)
        except CarrierRefused:
            return Done(said=True)

    patch.setattr(CarrierClient, "carry_out", careless)


def words_count_as_said(patch: pytest.MonkeyPatch) -> None:
    note = telling._note_fault

    def said(board: Switchboard, call: LiveCall, command: Command, fault: Any) -> None:
        board.hear(call, Ready(spoken=turn_of(command)))
        note(board, call, command, fault)

    patch.setattr(telling, "_note_fault", said)


def what_is_said_last_is_the_state(patch: pytest.MonkeyPatch) -> None:
    note = telling._note_outcome

    def late(board: Switchboard, call: LiveCall, command: Command, outcome: Outcome) -> None:
        note(board, call, command, outcome)
        if isinstance(command, Say):
            speaking = replace(call.record, state=State.SPEAKING, end_reason=None, ended_at=None)
            board.store.append(speaking, None, at=board.clock.wall())

    patch.setattr(telling, "_note_outcome", late)


def the_carriers_end_counts(patch: pytest.MonkeyPatch) -> None:
    planted.the_carriers_word_is_the_reason(patch)
    planted.the_last_word_counts(patch)


def keys_are_thrown_away(patch: pytest.MonkeyPatch) -> None:
    for webhooks in (telnyx_webhooks, plivo_webhooks):
        patch.setattr(webhooks, "KeysPressed", lambda digits, turn, whole=True: NothingHeard(turn))
