"""Every carrier keeps the contract, and each of its rules finds the carrier that does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.sdk.carriers import samples as ours
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.carriers.carrier import Ability, Carrier, Done, Placed, Proof
from voicecall_sdk.carriers.contract import RULES, ContractBroken, Samples, breaches, check_carrier
from voicecall_sdk.commands import Connect, Dial, Say
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import RestRequest, WebhookReply
from voicecall_sdk.values import ProviderCallId

SAMPLES: Mapping[str, Samples] = {
    "twilio": ours.of_twilio(),
    "telnyx": ours.of_telnyx(),
    "plivo": ours.of_plivo(),
    "mock": ours.of_mock(),
}


def test_there_are_samples_of_every_carrier() -> None:
    assert set(SAMPLES) == set(CARRIERS)


@pytest.mark.parametrize("name", CARRIERS)
def test_a_carrier_keeps_the_contract(name: str) -> None:
    check_carrier(CARRIERS[name], SAMPLES[name])


WELL = CARRIERS["twilio"]


def without(*commands: type) -> Callable[..., Sequence[RestRequest]]:
    return lambda command, view: () if isinstance(command, commands) else WELL.express(command, view)


def lenient(request: Any, credentials: Any, urls: Any, now: float) -> Proof:
    try:
        return WELL.verify(request, credentials, urls, now)
    except Forged:
        if "x-twilio-signature" in request.headers:
            return Proof(key=f"twilio:{request.body!r}")
        raise


def careless(request: Any, credentials: Any, urls: Any, now: float) -> Proof:
    return WELL.verify(request, credentials, [urls[0]], now)


def forgetful(request: Any, credentials: Any, urls: Any, now: float) -> Proof:
    WELL.verify(request, credentials, urls, now)
    return Proof(key=f"twilio:{request.target}:{id(object())}:{len(FORGOTTEN)}:{FORGOTTEN.append(1)}")


FORGOTTEN: list[int] = []


def raises(*given: Any) -> Any:
    raise KeyError("data")


BROKEN: Mapping[str, Mapping[str, Carrier]] = {
    "it has a name, a block of settings and a base URL": {
        "capitals": replace(WELL, name="Twilio"),
        "plain http": replace(WELL, base_url=lambda credentials: "http://api.twilio.com"),
        "a slash": replace(WELL, base_url=lambda credentials: "https://api.twilio.com/"),
    },
    "secrets stay where they belong": {
        "in the path": replace(
            WELL, authorize=lambda request, its: replace(request, path=f"{request.path}?token={its['authToken']}")
        ),
    },
    "every command is carried out in one way or another": {
        "an error": replace(WELL, express=raises),
        "nothing is dialled": replace(WELL, express=without(Dial)),
    },
    "what is said, dialled and connected is really sent": {
        "words lost": replace(WELL, express=without(Say), document=lambda commands, view: WebhookReply()),
        "a stream lost": replace(WELL, express=without(Connect), document=lambda commands, view: WebhookReply()),
    },
    "requests can be sent, and are the same each time": {
        "another host": replace(
            WELL, express=lambda command, view: (RestRequest(method="POST", path="https://elsewhere"),)
        ),
        "no method": replace(WELL, express=lambda command, view: (RestRequest(method="SPEAK", path="/Calls"),)),
        "two bodies": replace(
            WELL, express=lambda command, view: (RestRequest(method="POST", path="/Calls", form=(), json={}),)
        ),
        "elsewhere": replace(WELL, authorize=lambda request, its: replace(request, path="/elsewhere")),
    },
    "an answer is understood, or is a fault of the carrier": {
        "an error": replace(WELL, interpret=raises),
        "placed by nothing": replace(WELL, interpret=lambda command, reply: Placed(ProviderCallId("CA1"))),
        "never refused": replace(WELL, interpret=lambda command, reply: Done()),
    },
    "a genuine webhook is believed, and known again": {
        "never the same": replace(WELL, verify=forgetful),
        "always the same": replace(WELL, verify=lambda *given: replace(WELL.verify(*given), key="twilio")),
        "unread": replace(WELL, required_headers=(frozenset({"x-signature"}),)),
    },
    "a webhook that was changed is not believed": {"a signature, whichever": replace(WELL, verify=lenient)},
    "hostile requests are forgeries, nothing worse": {"no URL": replace(WELL, verify=careless)},
    "a genuine webhook is understood": {
        "about no call": replace(
            WELL, understand=lambda request: replace(WELL.understand(request), call_id=None, provider_call_id=None)
        ),
    },
    "what makes no sense is called unintelligible": {"an error": replace(WELL, understand=raises)},
    "a reply is the same each time, and well formed": {
        "no XML": replace(WELL, document=lambda *given: replace(WELL.document(*given), body="<Response>")),
        "a bad status": replace(WELL, document=lambda *given: replace(WELL.document(*given), status=500)),
    },
    "media streams are offered if they can be spoken": {
        "no wire": replace(WELL, wire=None),
        "no ability": replace(WELL, abilities=WELL.abilities - {Ability.STREAM}),
    },
    "a media stream is read and written": {
        "nothing is read": replace(WELL, wire=replace(WELL.wire, read=lambda text: None)),  # type: ignore[type-var]
        "an error": replace(WELL, wire=replace(WELL.wire, read=raises)),  # type: ignore[type-var]
        "always the same": replace(WELL, wire=replace(WELL.wire, sound=lambda name: lambda ulaw: "{}")),  # type: ignore[type-var]
    },
}
"""Carriers that break the contract, by the rule that must say so."""


def test_every_rule_is_tried() -> None:
    assert set(BROKEN) == set(RULES)


@pytest.mark.parametrize(("rule", "what"), [(rule, what) for rule, cases in BROKEN.items() for what in cases])
def test_a_rule_finds_the_carrier_that_breaks_it(rule: str, what: str) -> None:
    assert breaches(rule, BROKEN[rule][what], SAMPLES["twilio"])


def test_all_breaches_are_told_together() -> None:
    broken = replace(WELL, name="Twilio", document=lambda *given: replace(WELL.document(*given), status=500))
    with pytest.raises(ContractBroken) as caught:
        check_carrier(broken, SAMPLES["twilio"])
    assert list(caught.value.breaches) == [rule for rule in RULES if breaches(rule, broken, SAMPLES["twilio"])]
    assert len(caught.value.breaches) > 1
    assert "'Twilio'" in str(caught.value)
    assert "the reply to Reject has status 500" in str(caught.value)
    assert "more" in str(caught.value)
