"""Public bugs of signatures, planted in the SDK: the scenario that is there for each goes red."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.joint.bundled import bundled, performed
from tests.joint.test_planted_media_faults import told
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.messages import WebhookRequest, form_of_pairs

TO_THE_BYTE = "signatures/to_the_byte.scenario.yaml"


def json_written_anew(body: bytes) -> bytes:
    return json.dumps(json.loads(body)).encode()


def forms_trimmed(body: bytes) -> bytes:
    pairs = WebhookRequest(method="POST", target="/", headers={}, body=body).form
    return form_of_pairs([(name, value.encode("ascii", "ignore").decode()) for name, value in pairs])


@pytest.mark.parametrize(
    ("carrier", "written"), [("telnyx", json_written_anew), ("twilio", forms_trimmed), ("plivo", forms_trimmed)]
)
def test_a_check_of_other_bytes_than_came(
    carrier: str, written: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = CARRIERS[carrier]

    def verify(request: WebhookRequest, *rest: Any) -> Any:
        return genuine.verify(replace(request, body=written(request.body)), *rest)

    plans = bundled(TO_THE_BYTE, words=f"[{carrier} and tunnel=none")
    assert [plan.skip for plan in plans] == [None]
    monkeypatch.setitem(CARRIERS, carrier, replace(genuine, verify=verify))
    assert "401" in told(performed(plans))
