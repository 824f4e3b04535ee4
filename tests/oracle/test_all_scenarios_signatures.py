"""Every request that the emulator signs in a run of all scenarios, in a few cells of their matrices, is genuine to
Twilio's own validator, and none that was tampered with is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from urllib.parse import urlsplit

import pytest
from twilio.request_validator import RequestValidator

from tests.joint.bundled import bundled
from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.runner.run import Run
from voicecall_sim.scenario.plan import NetStep, Plan
from voicecall_sim.subjects import factory

ALTERED = {"forge", "tamper"}
CELLS = 6
STREAMED = 1
"""Cells of a scenario whose calls are held over streams: those differ in their sound, not in what is signed."""


def genuine(plan: Plan) -> bool:
    """Whether nothing in the scenario sends what the carrier did not sign."""
    return not any(isinstance(step.verb, NetStep) and step.verb.what in ALTERED for step in plan.steps)


def plans() -> Iterator[Plan]:
    """Those in which the carrier signed everything, some of each file."""
    right = (plan for plan in bundled() if plan.carrier == "twilio" and plan.skip is None and genuine(plan))
    for _, cells in groupby(right, key=lambda plan: plan.place.file):
        first, *others = cells
        streamed = "streaming" in first.app or "realtime" in first.app
        yield from islice((first, *others), STREAMED if streamed else CELLS)


def run(plan: Plan) -> Run:
    """The plan, performed."""
    done = Run(plan, factory("sdk"), plan.seed)
    done.perform()
    assert done.stage is not None
    return done


def signature(hook: Outgoing) -> str:
    """What the request was signed with."""
    return dict(hook.headers).get("X-Twilio-Signature", "")


def urls(hook: Outgoing) -> list[str]:
    """The URL as the application may see it: with and without its port."""
    return list(dict.fromkeys([hook.url, hook.signed_url]))


@pytest.fixture(scope="module")
def signed() -> list[tuple[RequestValidator, Outgoing]]:
    """Everything that was signed in one run of all scenarios, with the validator of its account."""
    found = []
    for plan in plans():
        stage = run(plan).stage
        assert stage is not None
        validator = RequestValidator(stage.carrier.settings()["authToken"])
        found += [(validator, hook) for hook in stage.carrier.sent]
    return found


def test_there_is_something_to_judge(signed: list[tuple[RequestValidator, Outgoing]]) -> None:
    assert len(signed) > 300
    assert {hook.kind for _, hook in signed} >= {"voice", "status", "action"}


def test_the_validator_believes_each(signed: list[tuple[RequestValidator, Outgoing]]) -> None:
    refused = [
        hook.url
        for validator, hook in signed
        if not any(validator.validate(url, dict(hook.params), signature(hook)) for url in urls(hook))
    ]
    assert refused == []


def test_the_validator_refuses_each_that_was_changed(signed: list[tuple[RequestValidator, Outgoing]]) -> None:
    believed = []
    for validator, hook in signed:
        params = dict(hook.params)
        changed = {**params, "CallStatus": params.get("CallStatus", "") + "x"}
        elsewhere = urlsplit(hook.url)._replace(path="/elsewhere").geturl()
        forged = signature(hook)[::-1]
        if (
            validator.validate(hook.url, changed, signature(hook))
            or validator.validate(elsewhere, params, signature(hook))
            or validator.validate(hook.url, params, forged)
        ):
            believed.append(hook.url)
    assert believed == []
