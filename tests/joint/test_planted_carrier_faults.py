"""The predecessor's defects with Telnyx and Plivo, planted in the SDK one at a time: a scenario goes red and tells why.

As in `test_planted_faults.py`. The numbers are those of `docs/defects.md`. Each is one short cell on the carrier that
it concerns; one that concerned every carrier is planted on both.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from tests.house.test_defects import rows
from tests.joint import test_planted_faults as planted
from tests.joint.bundled import ROOT, bundled, performed
from tests.joint.test_planted_media_faults import told
from voicecall_sdk.call.draft import Draft
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.carriers.carrier import CallView, Done, Outcome
from voicecall_sdk.carriers.plivo import markup as plivo_markup
from voicecall_sdk.carriers.plivo import rest as plivo_rest
from voicecall_sdk.carriers.plivo import webhooks as plivo_webhooks
from voicecall_sdk.carriers.telnyx import lexicon as telnyx_lexicon
from voicecall_sdk.carriers.telnyx import rest as telnyx_rest
from voicecall_sdk.carriers.telnyx import signature as telnyx_signature
from voicecall_sdk.carriers.telnyx import webhooks as telnyx_webhooks
from voicecall_sdk.carriers.telnyx.state import ClientState
from voicecall_sdk.commands import Answer, Command, Dial, Hold, Listen, Prompt, Reject, Say
from voicecall_sdk.engine import telling
from voicecall_sdk.engine.client import CarrierClient
from voicecall_sdk.engine.live import LiveCall, turn_of
from voicecall_sdk.engine.reception import Reception
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import CarrierRefused
from voicecall_sdk.events import Answered, Delivery, Event, Heard, NothingHeard, Ready
from voicecall_sdk.messages import RestRequest, WebhookRequest
from voicecall_sdk.server import webhooks as server
from voicecall_sdk.server.trust import prove_unsigned
from voicecall_sdk.values import CallId, EndReason, State
from voicecall_sim.scenario.plan import Plan

Plant = Callable[[pytest.MonkeyPatch], None]
Fields = Mapping[str, Any]
Requests = Sequence[RestRequest]


@dataclass(frozen=True)
class Fault:
    """A defect: its number, what is broken, by what, the one cell that notices, and what that tells (an expression)."""

    number: int
    name: str
    plant: Plant
    carrier: str
    where: str
    told: str
    cell: str = ""

    def plans(self) -> Sequence[Plan]:
        """The cell."""
        return bundled(f"{self.where}.scenario.yaml", words=f"[{self.carrier} and {self.cell}")


# --- Telnyx -----------------------------------------------------------------------------------------------------


def speech_is_read_elsewhere(patch: pytest.MonkeyPatch) -> None:
    def heard(payload: Fields, state: ClientState) -> Sequence[Event]:
        text = str(payload.get("transcription") or "")
        return (Heard(text, turn=state.turn),) if text else ()

    patch.setitem(telnyx_webhooks.MAKERS, "call.transcription", heard)


def keys_are_der(patch: pytest.MonkeyPatch) -> None:
    def loaded(text: str) -> Any:
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        return load_der_public_key(base64.b64decode(text))

    patch.setattr(telnyx_signature, "_loaded", loaded)


def dropped(patch: pytest.MonkeyPatch, *names: str) -> None:
    text = telnyx_webhooks._text
    patch.setattr(telnyx_webhooks, "_text", lambda fields, name: "" if name in names else text(fields, name))


def directions_are_dropped(patch: pytest.MonkeyPatch) -> None:
    dropped(patch, "direction")


def numbers_are_dropped(patch: pytest.MonkeyPatch) -> None:
    dropped(patch, "from", "to")


def nobody_answers(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(telnyx_rest.WRITERS, Answer, lambda command, view: ())


def unsigned_is_believed(patch: pytest.MonkeyPatch) -> None:
    prove = server.WebhookServer._prove

    def lenient(self: server.WebhookServer, request: WebhookRequest) -> Any:
        unsigned = not any(way <= set(request.headers) for way in self._gate.carrier.required_headers)
        return prove_unsigned(self._gate.carrier.name, request) if unsigned else prove(self, request)

    patch.setattr(server, "_has", lambda request, way: True)
    patch.setattr(server.WebhookServer, "_prove", lenient)


def no_number_is_of_now(patch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> float:
        return float(text) if text.isdigit() else math.nan

    patch.setattr(telnyx_signature, "SECONDS", re.compile(".*"))
    patch.setattr(telnyx_signature, "int", read, raising=False)


def it_rings_for_30_seconds(patch: pytest.MonkeyPatch) -> None:
    dial = telnyx_rest._dial

    def fixed(command: Dial, view: CallView) -> Requests:
        return dial(replace(command, ring_timeout=30), view)

    patch.setitem(telnyx_rest.WRITERS, Dial, fixed)


def causes_are_completed(patch: pytest.MonkeyPatch) -> None:
    for cause in ("timeout", "time_limit", "not_found", "unspecified"):
        patch.setitem(telnyx_lexicon.END_REASONS, cause, EndReason.COMPLETED)


def nobody_hung_up(patch: pytest.MonkeyPatch) -> None:
    ended = telnyx_lexicon.ended
    patch.setattr(telnyx_webhooks, "ended", lambda *told: replace(ended(*told), by_far_end=False))


def said_when_accepted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(telnyx_rest, "Done", lambda: Done(said=True))


def nobody_listens(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(telnyx_rest, "_transcription", lambda turn, view: telnyx_rest._action(view, "transcription_stop"))


def foreign_state_is_believed(patch: pytest.MonkeyPatch) -> None:
    def decoded(value: object) -> ClientState:
        return ClientState(CallId(base64.b64decode(str(value)).decode("latin-1")) if value else None)

    def trusting(self: Reception, delivery: Delivery) -> LiveCall | None:
        any_id = delivery.call_id or delivery.provider_call_id
        return self._board.find(any_id) if any_id else None

    patch.setattr(telnyx_webhooks, "read", decoded)
    patch.setattr(Reception, "_live", trusting)


def both_sides_are_heard(patch: pytest.MonkeyPatch) -> None:
    action = telnyx_rest._action

    def on_both(view: CallView, name: str, **content: object) -> RestRequest:
        tracks = {"transcription_tracks": "both"} if name == "transcription_start" else {}
        return action(view, name, **{**content, **tracks})

    patch.setattr(telnyx_rest, "_action", on_both)
    dropped(patch, "transcription_track")


def answered_to_refuse(patch: pytest.MonkeyPatch) -> None:
    def answered(command: Reject, view: CallView) -> Requests:
        return telnyx_rest._action(view, "answer"), telnyx_rest._action(view, "hangup")

    patch.setitem(telnyx_rest.WRITERS, Reject, answered)


# --- Plivo ------------------------------------------------------------------------------------------------------


def dialled_with(patch: pytest.MonkeyPatch, **limits: int) -> None:
    dial = plivo_rest._dial

    def limited(command: Dial, view: CallView) -> RestRequest:
        request = dial(command, view)
        content = {name: value for name, value in (request.json or {}).items() if name != "ring_timeout"}
        return replace(request, json={**content, **limits})

    patch.setattr(plivo_rest, "_dial", limited)


def ringing_limits_the_call(patch: pytest.MonkeyPatch) -> None:
    dialled_with(patch, hangup_on_ring=30)


def plivo_rings_for_30_seconds(patch: pytest.MonkeyPatch) -> None:
    dialled_with(patch, ring_timeout=30)


def a_second_ends_speech(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plivo_markup, "_end_of_speech", lambda seconds: "1")


def silence_is_waited_out(patch: pytest.MonkeyPatch) -> None:
    def waits(view: CallView, turn: Any, prompt: str) -> str:
        heard = listen(view, turn, prompt).partition("<Redirect")[0]
        return heard + '<Wait length="300"/>' + plivo_markup._redirect(view, "silence", turn)

    listen = plivo_markup._input
    patch.setattr(plivo_markup, "_input", waits)


def silence_is_an_answer(patch: pytest.MonkeyPatch) -> None:
    arrived = plivo_webhooks._arrived

    def answered(flow: str | None, turn: Any, params: Mapping[str, str]) -> tuple[Event, ...]:
        return (Answered(), Ready()) if flow == "silence" else arrived(flow, turn, params)

    def again(self: Draft) -> None:
        self.change(answered_at=None)
        first(self)

    first = Draft.answered
    patch.setattr(plivo_webhooks, "_arrived", answered)
    patch.setattr(Draft, "answered", again)


def urls_are_what_requests_say(patch: pytest.MonkeyPatch) -> None:
    taken_in = server.WebhookServer._taken_in

    def rebuilt(self: server.WebhookServer, request: WebhookRequest, proof: Any) -> Any:
        assert self.reception is not None
        host = request.headers.get("x-forwarded-host") or request.headers["host"]
        self.reception._board.webhook_url = f"https://{host}{request.target.partition('?')[0]}"
        return taken_in(self, request, proof)

    patch.setattr(server.WebhookServer, "_taken_in", rebuilt)


def names_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    admit = Switchboard.admit

    def nameless(self: Switchboard, record: CallRecord) -> LiveCall:
        return admit(self, replace(record, provider_call_id=None))

    patch.setattr(Switchboard, "admit", nameless)


def the_second_overtakes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Draft, "_must_wait", lambda self: False)


def nothing_is_listened_to(patch: pytest.MonkeyPatch) -> None:
    def says(command: Prompt, view: CallView) -> str:
        return plivo_markup._say(Say(command.text, command.turn), view)

    patch.setitem(plivo_markup.WRITERS, Prompt, says)
    patch.setitem(plivo_markup.WRITERS, Listen, lambda command, view: plivo_markup._hold(Hold(), view))


def callers_need_a_flow(patch: pytest.MonkeyPatch) -> None:
    arrived = plivo_webhooks._arrived

    def strict(flow: str | None, turn: Any, params: Mapping[str, str]) -> tuple[Event, ...]:
        return () if flow is None else arrived(flow, turn, params)

    patch.setattr(plivo_webhooks, "_arrived", strict)


def speaks_to_refuse(patch: pytest.MonkeyPatch) -> None:
    def spoken(command: Reject, view: CallView) -> str:
        return '<Speak>Goodbye.</Speak><Hangup reason="rejected"/>'

    patch.setitem(plivo_markup.WRITERS, Reject, spoken)


# --- any carrier ------------------------------------------------------------------------------------------------


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


UNHEARD: Final = "no word heard by anna"
"""Of a call on which nothing was said."""

STATUS_200: Final = "status: expected 401, was 200"
NOTHING_THERE: Final = "nothing at that path: the action webhook to .* answered with 404"
TOO_LATE: Final = "call ended did not come within 26s"
STILL_TAKEN: Final = "expected ended .any terminal state., was"
CUT: Final = 'was "This is your [^.]*▯'
UNANSWERED: Final = 'nine to five[.]", was "Hello! How can I help[?]"'
ENDED: Final = "call ended was never to be"
ANSWERED: Final = "cause: expected rejected, was"
HEARD_ITSELF: Final = 'was "Great. Anything else'
OVERTAKEN: Final = 'train is late.*was "It leaves at noon'

OF_TELNYX: Final = (
    Fault(1, "where speech is", speech_is_read_elsewhere, "telnyx", "inbound/allowlist", 'user: "Just testing'),
    Fault(2, "the portal's key", keys_are_der, "telnyx", "inbound/answered", "refused the voice webhook .* with 401"),
    Fault(3, "who calls whom", directions_are_dropped, "telnyx", "inbound/answered", "call answered did not come"),
    Fault(3, "numbers", numbers_are_dropped, "telnyx", "inbound/answered", "it ended with rejected, by app"),
    Fault(4, "answering", nobody_answers, "telnyx", "inbound/answered", "call answered did not come"),
    Fault(5, "signatures", unsigned_is_believed, "telnyx", "signatures/missing_or_wrong", STATUS_200, "=missing"),
    Fault(6, "a time that is none", no_number_is_of_now, "telnyx", "signatures/undated", STATUS_200),
    Fault(7, "the ring time", it_rings_for_30_seconds, "telnyx", "outcomes/no_answer", TOO_LATE, "=notify"),
    Fault(8, "causes", causes_are_completed, "telnyx", "outcomes/no_answer", 'was "completed"', "=notify"),
    Fault(8, "who hung up", nobody_hung_up, "telnyx", "hangup/while_the_bot_speaks", 'hangup-user, was "completed"'),
    Fault(9, "the end of speech", said_when_accepted, "telnyx", "notify/longer_than_the_delay", CUT, "dentist"),
    Fault(10, "listening", nobody_listens, "telnyx", "agent/talks", UNANSWERED),
    Fault(11, "foreign state", foreign_state_is_believed, "telnyx", "callbacks/foreign_state", UNHEARD),
    Fault(40, "refusing unanswered", answered_to_refuse, "telnyx", "inbound/refused", ANSWERED, "=+15559990000"),
    Fault(50, "signs of life", planted.the_reaper_goes_by_the_callback, "telnyx", "callbacks/lost_answered", ENDED),
    Fault(77, "hearing oneself", both_sides_are_heard, "telnyx", "conversation/two_turns", HEARD_ITSELF),
)

OF_PLIVO: Final = (
    Fault(5, "signatures", unsigned_is_believed, "plivo", "signatures/missing_or_wrong", STATUS_200, "=missing"),
    Fault(7, "the ring time", plivo_rings_for_30_seconds, "plivo", "outcomes/no_answer", TOO_LATE, "=notify"),
    Fault(10, "listening", nothing_is_listened_to, "plivo", "agent/talks", UNANSWERED),
    Fault(12, "the ring limit", ringing_limits_the_call, "plivo", "conversation/silent_caller", ENDED),
    Fault(
        13, "the end of speech", a_second_ends_speech, "plivo", "inbound/answered", "8011.*GetInput.*1 is out of range"
    ),
    Fault(14, "listening on", silence_is_waited_out, "plivo", "agent/speaks_late", UNANSWERED),
    Fault(14, "silence", silence_is_an_answer, "plivo", "limits/max_duration", "call ended by app did not come"),
    Fault(15, "our address", urls_are_what_requests_say, "plivo", "tunnels/callbacks_come_through", NOTHING_THERE),
    Fault(16, "the call's name", names_are_forgotten, "plivo", "restart/mid_call_at_once", "Call not connected"),
    Fault(17, "one after the other", the_second_overtakes, "plivo", "conversation/two_utterances", OVERTAKEN),
    Fault(40, "refusing unanswered", speaks_to_refuse, "plivo", "inbound/refused", ANSWERED, "=+15559990000"),
    Fault(78, "a bare URL", callers_need_a_flow, "plivo", "inbound/answered", "call answered did not come"),
)

OF_BOTH: Final = tuple(
    Fault(number, name, plant, carrier, where, told)
    for number, name, plant, where, told in (
        (41, "dead calls", planted.restored_calls_are_taken_for_live, "restart/mid_call_next_day", STILL_TAKEN),
        (42, "our reason", the_carriers_end_counts, "limits/max_duration", 'expected timeout, was "completed"'),
        (43, "a failed question", refusals_are_ignored, "failures/refused_to_say", "error .* did not come"),
        (44, "what was not said", words_count_as_said, "failures/refused_to_say", "transcript.*What is your name"),
        (46, "our name", calls_have_the_carriers_name_alone, "callbacks/before_the_create_reply", UNHEARD),
        (47, "the end", what_is_said_last_is_the_state, "hangup/while_a_request_is_under_way", 'was "speaking"'),
        (
            48,
            "one clock",
            planted.a_repeated_answer_starts_the_clock_again,
            "limits/max_duration",
            "call ended by app did not come",
        ),
        (51, "keys", keys_are_thrown_away, "dtmf/answer_by_keys", 'answer "4711" did not come'),
    )
    for carrier in ("telnyx", "plivo")
)

HERE: Final = "tests/joint/test_planted_carrier_faults.py::test_a_scenario_notices"

FAULTS: Final = OF_TELNYX + OF_PLIVO + OF_BOTH


def test_each_is_in_its_row() -> None:
    """The document names the scenario and this file, and nothing of Telnyx and Plivo is missing here."""
    table = {row.number: row for row in rows((ROOT / "docs" / "defects.md").read_text(encoding="utf-8"))}
    for fault in FAULTS:
        assert {f"{fault.where}.scenario.yaml", HERE} <= {*table[fault.number].shown_by}, fault.number
    assert {number for number, row in table.items() if HERE in row.shown_by} == {fault.number for fault in FAULTS}
    theirs = {number for number in range(1, 18) if not {"Telnyx", "Plivo"} & {*table[number].waits_for}}
    assert theirs <= {fault.number for fault in FAULTS}


def test_without_a_fault_they_are_green() -> None:
    cells = {plan.id: plan for fault in FAULTS for plan in fault.plans()}
    assert not told(performed(list(cells.values())))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number}-{fault.carrier}-{fault.name}")
def test_a_scenario_notices(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = fault.plans()
    assert [plan.skip for plan in plans] == [None], f"{fault.where} is to be one cell: {[plan.id for plan in plans]}"
    fault.plant(monkeypatch)
    story = told(performed(plans))
    assert re.search(fault.told, story), f"nothing tells of {fault.name}:\n{story or 'no scenario is red'}"
