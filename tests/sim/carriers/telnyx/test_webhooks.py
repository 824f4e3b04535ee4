"""Webhooks: signed for each attempt, tried again, sent to the failover URL, journaled."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.tools.telnyx_world import APP, Stage, Told, staged
from voicecall_sim.carriers.emulator import NoInterference, Outgoing
from voicecall_sim.carriers.telnyx.signature import SigningKey
from voicecall_sim.faults.forgery import alter, resign
from voicecall_sim.world.clock import SECOND, Micros


def test_the_vector_of_the_reference() -> None:
    key = SigningKey(bytes(range(32)))
    assert key.public == "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    assert key.sign("1700000000", b'{"data":{"event_type":"call.initiated"}}') == (
        "aBuTQ1AtxQGraK6PrtJP6VW9Mu+R2aG6TbxS7lim9/ia8dN94a42JYoTifASA18z3xe+GLlYfveWOuyyKq7OCw=="
    )


def verify(stage: Stage, told: Told) -> None:
    """Raises unless it is the account's."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(stage.account.signing_key.public))
    signature = base64.b64decode(told.headers["telnyx-signature-ed25519"])
    key.verify(signature, told.headers["telnyx-timestamp"].encode() + b"|" + told.raw)


@staged
async def test_what_is_sent_is_compact_sorted_and_signed(stage: Stage) -> None:
    leg, _ = await stage.called()
    (told,) = stage.app.told
    verify(stage, told)
    assert told.raw == json.dumps(told.whole, sort_keys=True, separators=(",", ":")).encode()
    assert told.whole["meta"] == {"attempt": 1, "delivered_to": f"{APP}/hook"}
    assert told.whole["data"]["record_type"] == "event"
    assert told.headers["user-agent"] == "telnyx-webhooks"
    assert told.headers["content-type"] == "application/json"
    assert b'"client_state":null' in told.raw
    with pytest.raises(InvalidSignature):
        verify(stage, replace(told, raw=told.raw.replace(b"parked", b"packed")))
    assert leg.id in told.raw.decode()


@staged
async def test_attempts_are_signed_anew_and_then_the_failover_url_has_its_turn(stage: Stage) -> None:
    stage.account.application.webhook_event_failover_url = f"{APP}/failover"
    stage.app.statuses |= {"/hook": [500], "/failover": [503, 204]}
    await stage.called()
    await stage.wait(20)
    assert [(told.path, told.whole["meta"]["attempt"]) for told in stage.app.told] == [
        ("/hook", 1),
        ("/hook", 2),
        ("/hook", 3),
        ("/failover", 4),
        ("/failover", 5),
    ]
    for told in stage.app.told:
        verify(stage, told)
        assert told.whole["meta"]["delivered_to"] == APP + told.path
    assert len({told.whole["data"]["id"] for told in stage.app.told}) == 1
    assert len({told.headers["telnyx-signature-ed25519"] for told in stage.app.told}) == 5
    entries = stage.written("webhook")
    assert [entry.data["status"] for entry in entries] == [500, 500, 500, 503, 204]
    assert {entry.data["number"] for entry in entries} == {1}
    assert {entry.data["call"] for entry in entries} == {1}


@pytest.mark.parametrize(("status", "attempts"), [(204, 1), (302, 3), (404, 1), (408, 3), (429, 3), (500, 3)])
@staged
async def test_which_answers_are_worth_another_attempt(stage: Stage, status: int, attempts: int) -> None:
    stage.app.statuses["/hook"] = [status]
    await stage.called()
    await stage.wait(20)
    assert len(stage.app.told) == attempts


@staged
async def test_retry_policies_are_kept_to(stage: Stage) -> None:
    stage.app.statuses["/hook"] = [500]
    stage.phone(answers_after=None)
    await stage.dial(webhook_retries_policies={"call.initiated": {"retries_ms": [3000]}})
    await stage.wait(10)
    first, second = stage.app.told
    assert 3.0 < second.at - first.at < 3.1


@staged
async def test_an_application_that_is_not_there_is_tried_in_vain(stage: Stage) -> None:
    stage.account.application.webhook_event_url = "https://nowhere.example/hook"
    await stage.called()
    await stage.wait(20)
    entries = stage.written("webhook")
    assert [entry.data["status"] for entry in entries] == [0, 0, 0]
    assert entries[0].data["error"] == "no such host"


@staged
async def test_a_get_webhook_has_its_fields_in_the_query(stage: Stage) -> None:
    stage.phone(answers_after=None)
    leg = await stage.dial(webhook_url=f"{APP}/get?a=1", webhook_url_method="GET")
    await stage.wait(1)
    (told,) = stage.app.told
    assert (told.query["a"], told.query["data.event_type"]) == ("1", "call.initiated")
    assert told.query["data.payload.call_control_id"] == leg.id
    verify(stage, told)


class Twice(NoInterference):
    """Sends every webhook twice."""

    def webhook(self, hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        return (0, hook), (SECOND, hook)


@staged
async def test_duplicates_replays_and_genuine_signatures(stage: Stage) -> None:
    stage.carrier.interference = Twice()
    await stage.called()
    await stage.wait(2)
    first, second = stage.app.told
    assert first.raw == second.raw
    stage.carrier.interference = NoInterference()
    assert await stage.carrier.send_again(stage.carrier.sent[0]) == 200
    changed = stage.carrier.sign(replace(stage.carrier.sent[0], body=b"{}"))
    assert await stage.carrier.send_again(changed) == 200
    verify(stage, stage.app.told[-1])


@pytest.mark.parametrize(
    ("signature", "genuine"), [("missing", False), ("wrong", False), ("stale", False), ("genuine", True)]
)
@staged
async def test_forgeries_are_what_they_are_meant_to_be(stage: Stage, signature: str, genuine: bool) -> None:
    await stage.called()
    (hook,) = stage.carrier.sent
    altered = alter(hook, {"data.payload.state": "bridging", "data.payload.to": None}, None)
    assert await stage.carrier.send_again(resign(altered, hook, signature, stage.carrier.sign)) == 200
    told = stage.app.told[-1]
    assert told.payload["state"] == "bridging"
    assert "to" not in told.payload
    if genuine:
        verify(stage, told)
    else:
        with pytest.raises((InvalidSignature, KeyError)):
            verify(stage, told)


@staged
async def test_the_journal_tells_every_field_by_its_path(stage: Stage) -> None:
    leg, _ = await stage.called()
    params = stage.written("webhook")[0].data["params"]
    assert (params["data.event_type"], params["data.payload.call_control_id"]) == ("call.initiated", leg.id)
    assert (params["data.payload.client_state"], params["meta.attempt"]) == ("", "1")


@staged
async def test_events_close_together_may_overtake_each_other(stage: Stage) -> None:
    stage.account.terms.departure = (0, 10 * SECOND)
    leg, _ = await stage.answered()
    await stage.act(leg, "hangup")
    await stage.over()
    arrived = [told.type for told in stage.app.told]
    assert sorted(arrived) == sorted(stage.app.types)
    assert stage.app.types == ["call.initiated", "call.answered", "call.hangup"]
    assert arrived != stage.app.types
