"""A carrier that does not exist, one folder a side, keeps both contracts and holds whole scenarios."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from tests.joint.bundled import ROOT, red
from tests.tincan import joined, sdk
from voicecall_sdk.carriers.contract import Genuine, Samples, check_carrier
from voicecall_sdk.carriers.contract.samples import WEBHOOK_URL
from voicecall_sdk.messages import RestReply, WebhookRequest
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.runner.tour import Options, perform
from voicecall_sim.scenario.load import plans, understand
from voicecall_sim.subjects import factory

BUNDLED = (
    "notify/heard_to_its_end",
    "conversation/three_turns",
    "conversation/silent_caller",
    "inbound/refused",
    "inbound/greeted_once",
    "limits/concurrency",
    "restart/mid_call_at_once",
    "signatures/missing_or_wrong",
    "signatures/replayed",
    "outcomes/busy",
    "outcomes/no_answer",
)


@pytest.fixture(autouse=True)
def four() -> Iterator[None]:
    joined.join()
    yield
    joined.leave()


def genuine(said: dict[str, str], query: str = "") -> Genuine:
    """A webhook as Tin Can signs it."""
    url, body = f"{WEBHOOK_URL}{query}", json.dumps(said).encode()
    signature = hmac.new(b"sesame", url.encode() + b"\n" + body, hashlib.sha256).hexdigest()
    target = url.removeprefix("https://voice.example.com")
    headers = {"x-tincan-signature": signature}
    return Genuine(request=WebhookRequest(method="POST", target=target, headers=headers, body=body), urls=(url,))


SAMPLES = Samples(
    block={"apiKey": "key-of-ours", "secret": "sesame"},
    another={"apiKey": "key-of-theirs", "secret": "barley"},
    genuine=(
        genuine({"id": "1", "call": "tc-1", "event": "incoming", "way": "in", "from": "+15550005678"}),
        genuine({"id": "2", "call": "tc-1", "event": "heard", "text": "Yes."}, "?callId=c1&turn=t1"),
        genuine({"id": "3", "call": "tc-1", "event": "over", "why": "hung up", "by": "them"}, "?callId=c1"),
    ),
    placed=RestReply(status=201, body=b'{"call": "tc-1"}'),
    refused=RestReply(status=400, body=b'{"error": "to and from are numbers: + and digits"}'),
    gone=RestReply(status=404, body=b'{"error": "there is no such call"}'),
)


def test_it_keeps_the_contract_of_a_carrier() -> None:
    check_carrier(sdk.carrier, SAMPLES)


@pytest.mark.parametrize("name", BUNDLED)
def test_it_holds_scenarios_that_were_written_for_others(name: str) -> None:
    path = ROOT / f"scenarios/{name}.scenario.yaml"
    lines = ["carriers: [tincan]" if line.startswith("carriers:") else line for line in path.read_text().splitlines()]
    found = plans(understand("\n".join(lines), path), CARRIERS)[:2]
    assert [plan.carrier for plan in found] == ["tincan"] * len(found)
    assert red([perform(plan, factory("sdk"), Options(check_determinism=True)) for plan in found]) == []
