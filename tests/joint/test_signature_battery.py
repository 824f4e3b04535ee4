"""The battery against the SDK's own server: every case as expected, on every carrier, and nothing changed by it."""

from __future__ import annotations

import logging

import pytest

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.verify import Result, SdkApp, Verdict, verify_signatures
from voicecall_sim.verify.cases import battery

NOTED = {
    "twilio": {"query-sorted-on-the-way", "trailing-slash"},
    "telnyx": set(),
    "plivo": {"password-is-signed", "trailing-slash", "v2-with-a-value-changed"},
}
"""Where good endpoints differ: the SDK goes by the public URL as it is configured, and takes Plivo's V2 (with a
warning)."""

NOT_SERVED = {
    "twilio": {"get", "parameters-none", "json-by-its-hash"},
    "telnyx": {"form-of-texml"},
    "plivo": {"get", "get-with-a-query", "parameters-none"},
}
"""It asks for POST, and webhooks of calls."""

FORWARDING = [
    {},
    {"webhookSecurity": {"trustForwardingHeaders": True}},
    {"webhookSecurity": {"allowedHosts": ["voice.example.com"]}},
]


def named(results: list[Result], verdict: Verdict) -> set[str]:
    return {result.case.name for result in results if result.verdict is verdict}


def verified(carrier: str, app: SdkApp, **how: str) -> list[Result]:
    room = battery(carrier)
    secret = {room.secret.replace("-", "_"): room.made_of("of this test")}
    return list(verify_signatures(app, carrier=carrier, **secret, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_case_is_as_expected_and_changes_nothing(carrier: str, caplog: pytest.LogCaptureFixture) -> None:
    app = SdkApp({"inboundPolicy": "open"})
    with caplog.at_level(logging.DEBUG):
        results = verified(carrier, app)
    assert named(results, Verdict.NOTED) == NOTED[carrier]
    assert named(results, Verdict.SKIPPED) == NOT_SERVED[carrier]
    assert (list(app.records), app.live) == ([], 0)
    assert battery(carrier).made_of("of this test") not in caplog.text


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("config", FORWARDING, ids=["trusting nobody", "trusting headers", "knowing its hosts"])
def test_forwarding_settings_open_no_door(carrier: str, config: dict[str, object]) -> None:
    assert named(verified(carrier, SdkApp(dict(config))), Verdict.FAILED) == set()


@pytest.mark.parametrize("carrier", CARRIERS)
def test_behind_a_proxy_that_takes_a_prefix_off_the_path(carrier: str) -> None:
    app = SdkApp({"serve": {"bind": "0.0.0.0", "port": 3334, "path": "/voice/webhook"}})
    results = verified(carrier, app, path_prefix="/proxy")
    assert named(results, Verdict.NOTED) == NOTED[carrier]
