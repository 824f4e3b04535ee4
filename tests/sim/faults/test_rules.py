"""Rules: whom they strike, how often, and what several of them make of one webhook."""

from __future__ import annotations

from contextvars import copy_context
from itertools import product
from random import Random

import pytest

from voicecall_sim.carriers.emulator import Fate, Outgoing, Treatment
from voicecall_sim.faults.fault import Span
from voicecall_sim.faults.rest import Refused, ReplyLate, ReplyLost, RequestLate, RequestLost
from voicecall_sim.faults.rules import Interferer, Odds, RestAim, RestRule, WebhookAim, WebhookRule
from voicecall_sim.faults.webhooks import Delayed, Dropped, Duplicated
from voicecall_sim.world.clock import EPOCH
from voicecall_sim.world.journal import Journal

from .test_webhooks import outgoing


class Still:
    def now(self) -> int:
        return 0

    def wall(self) -> object:
        return EPOCH


@pytest.fixture
def interferer() -> Interferer:
    return Interferer(Journal(Still()))  # type: ignore[arg-type]


def always() -> Odds:
    return Odds(draw=Random(0))


def exactly(micros: int) -> Span:
    return Span(at_least=micros, at_most=micros)


@pytest.mark.parametrize(
    ("aim", "kind", "event", "hits"),
    [
        *((WebhookAim(), kind, event, True) for kind, event in product(("voice", "status"), ("ringing", "answered"))),
        *((WebhookAim(kind="status"), kind, "x", kind == "status") for kind in ("voice", "status", "action")),
        *((WebhookAim(event="Answered"), kind, "answered", kind != "voice") for kind in ("voice", "status")),
        (WebhookAim(kind="voice", event="answered"), "voice", "answered", True),
        (WebhookAim(event="ringing"), "status", "answered", False),
        (WebhookAim(attempt=2), "status", "answered", False),
        (WebhookAim(attempt=1), "status", "answered", True),
    ],
)
def test_aims(aim: WebhookAim, kind: str, event: str, hits: bool) -> None:
    assert aim.hits(outgoing(kind=kind, event=event)) is hits


def test_everything_passes_without_rules(interferer: Interferer) -> None:
    hook = outgoing()
    assert list(interferer.webhook(hook)) == [(0, hook)]
    assert interferer.rest("create call", {}) == Treatment()
    assert len(interferer.journal) == 0


def test_a_rule_strikes_as_often_as_it_may(interferer: Interferer) -> None:
    interferer.add(WebhookRule(WebhookAim(event="ringing"), Dropped(), Odds(draw=Random(0), left=2)))
    events = ["ringing", "answered", "ringing", "ringing"]
    assert [bool(interferer.webhook(outgoing(event=event))) for event in events] == [False, True, False, True]
    assert [entry.data["fault"] for entry in interferer.journal] == ["drop", "drop"]


def test_chance_decides_for_each_and_only_for_what_is_aimed_at(interferer: Interferer) -> None:
    aimed = WebhookRule(WebhookAim(event="ringing"), Dropped(), Odds(draw=Random(1), chance=0.3))
    interferer.add(aimed)
    for _ in range(1_000):
        interferer.webhook(outgoing(event="answered"))
    assert aimed.odds.draw.random() == Random(1).random()
    lost = sum(not interferer.webhook(outgoing(event="ringing")) for _ in range(1_000))
    assert 230 < lost < 370


def test_rules_act_one_after_the_other(interferer: Interferer) -> None:
    hook = outgoing()
    interferer.add(WebhookRule(WebhookAim(), Delayed(exactly(5)), always()))
    interferer.add(WebhookRule(WebhookAim(), Duplicated(exactly(100)), always()))
    interferer.add(WebhookRule(WebhookAim(), Delayed(exactly(1)), always()))
    assert list(interferer.webhook(hook)) == [(6, hook), (106, hook)]


def test_copies_are_handed_over_to_whoever_watches_them(interferer: Interferer) -> None:
    copies: list[tuple[Outgoing, int]] = []
    interferer.again = lambda hook, delay: copies.append((hook, delay))
    interferer.add(WebhookRule(WebhookAim(), Duplicated(exactly(7), copies=2), always()))
    hook = outgoing()
    assert list(interferer.webhook(hook)) == [(0, hook)]
    assert copies == [(hook, 7), (hook, 7)]


def test_it_knows_what_is_in_flight(interferer: Interferer) -> None:
    interferer.webhook(outgoing(number=3, attempt=2))
    assert len(interferer.in_flight) == 1
    interferer.feed(interferer.journal.write("carrier", "webhook", {"number": 3, "attempt": 1}))
    assert len(interferer.in_flight) == 1
    interferer.feed(interferer.journal.write("carrier", "webhook", {"number": 3, "attempt": 2}))
    assert not interferer.in_flight


REST_FAULTS = [
    (RequestLost(), Treatment(fate=Fate.LOSE_REQUEST)),
    (ReplyLost(), Treatment(fate=Fate.LOSE_REPLY)),
    (RequestLate(exactly(9)), Treatment(delay=9)),
    (Refused(20429), Treatment(refuse=20429)),
    (ReplyLate(exactly(9)), Treatment()),  # `late_replies` does the waiting
]


@pytest.mark.parametrize(("fault", "treatment"), REST_FAULTS)
def test_rest_faults(interferer: Interferer, fault: object, treatment: Treatment) -> None:
    interferer.add(RestRule(RestAim(operation="create call"), fault, Odds(draw=Random(0), left=1)))  # type: ignore[arg-type]
    assert interferer.rest("update call", {}) == Treatment()
    # a late reply leaves its mark in the context, as of the request that it belongs to
    assert copy_context().run(interferer.rest, "create call", {}) == treatment
    assert interferer.rest("create call", {}) == Treatment()
    assert [entry.data["rest"] for entry in interferer.journal] == ["create call"]


def test_delays_of_requests_add_up(interferer: Interferer) -> None:
    for _ in range(2):
        interferer.add(RestRule(RestAim(), RequestLate(exactly(9)), always()))
    assert interferer.rest("create call", {}).delay == 18


def test_everything_can_be_taken_back(interferer: Interferer) -> None:
    interferer.add(WebhookRule(WebhookAim(), Dropped(), always()))
    interferer.add(RestRule(RestAim(), RequestLost(), always()))
    interferer.clear()
    assert len(interferer.webhook(outgoing())) == 1
    assert interferer.rest("create call", {}) == Treatment()
