from __future__ import annotations

import asyncio

import pytest

from voicecall_sim.telephony.line import End, Leg
from voicecall_sim.telephony.network import Call, CallState, PhoneNetwork
from voicecall_sim.telephony.signals import Cause, Gone, LegState
from voicecall_sim.world.surroundings import Surroundings

BOB, ANN = "+15550001111", "+15550002222"


class Phone:
    """A subscriber that keeps what it was offered."""

    def __init__(self) -> None:
        self.ends: list[End] = []

    def offered(self, end: End) -> None:
        self.ends.append(end)


def written(network: PhoneNetwork) -> list[tuple[int, str]]:
    return [(e.data["call"], e.data["state"]) for e in network.surroundings.journal if e.kind == "call"]


async def test_a_number_rings_its_holder(network: PhoneNetwork) -> None:
    phone = Phone()
    network.connect(ANN, "ann", phone)
    leg = network.dial(BOB, ANN, holder="bob")
    assert phone.ends == []  # so that the dialler can listen first
    await asyncio.sleep(0)
    assert phone.ends == [leg.called]
    assert (leg.calling.number, leg.calling.holder, leg.called.number, leg.called.holder) == (BOB, "bob", ANN, "ann")
    assert (leg.number, leg.call, network.live_legs()) == (1, None, [leg])


@pytest.mark.parametrize(("shown", "presented"), [(None, BOB), ("anonymous", "anonymous"), ("", "")])
async def test_the_caller_id_can_be_another(network: PhoneNetwork, shown: str | None, presented: str) -> None:
    assert network.dial(BOB, ANN, holder="bob", shown=shown).calling.number == presented


async def test_a_number_that_nobody_has(network: PhoneNetwork) -> None:
    leg = network.dial(BOB, ANN, holder="bob")
    assert leg.gone is None
    await asyncio.sleep(0)
    assert leg.gone == Gone(Cause.UNASSIGNED, "network")
    assert network.live_legs() == []


async def test_a_caller_who_gives_up_at_once_rings_nobody(network: PhoneNetwork) -> None:
    phone = Phone()
    network.connect(ANN, "ann", phone)
    network.dial(BOB, ANN, holder="bob").calling.hang_up()
    await asyncio.sleep(0)
    assert phone.ends == []


async def test_a_number_has_one_holder(network: PhoneNetwork) -> None:
    network.connect(ANN, "ann", Phone())
    with pytest.raises(ValueError, match=r"\+15550002222 belongs to ann already"):
        network.connect(ANN, "eve", Phone())
    assert network.assigned(ANN)
    network.disconnect(ANN)
    assert not network.assigned(ANN)
    with pytest.raises(ValueError, match="nobody has the number"):
        network.disconnect(ANN)


async def test_calls_are_numbered_as_they_are_accepted(network: PhoneNetwork) -> None:
    calls = [network.accept("acme", "outbound", BOB, ANN) for _ in range(2)]
    assert [call.number for call in calls] == [1, 2]
    assert network.calls == calls
    (entry, _) = network.surroundings.journal
    assert (entry.who, entry.kind) == ("acme", "call")
    assert entry.data == {"call": 1, "state": "accepted", "direction": "outbound", "from": BOB, "to": ANN}


async def test_a_call_follows_the_leg_it_is_dialled_with(network: PhoneNetwork) -> None:
    network.connect(ANN, "ann", Phone())
    call = network.accept("acme", "outbound", BOB, ANN)
    leg = network.dial(BOB, ANN, holder="app", call=call)
    assert leg.call is call
    leg.called.ring()
    leg.called.answer()
    leg.called.hang_up()
    assert written(network) == [(1, "accepted"), (1, "ringing"), (1, "answered"), (1, "ended")]
    assert (call.cause, call.by) == (Cause.NORMAL, "ann")
    assert network.surroundings.journal[-1].data["by"] == "ann"


@pytest.mark.parametrize("reached", [LegState.OFFERED, LegState.RINGING, LegState.ANSWERED, LegState.ENDED])
async def test_a_call_follows_a_leg_that_has_lived_already(network: PhoneNetwork, reached: LegState) -> None:
    leg = Leg(network.surroundings, 1, (BOB, "bob"), (ANN, "app"))
    if reached in (LegState.RINGING, LegState.ANSWERED):
        leg.called.ring()
    if reached is LegState.ANSWERED:
        leg.called.answer()
    if reached is LegState.ENDED:
        leg.calling.hang_up()
    call = network.accept("acme", "inbound", BOB, ANN)
    call.follow(leg)
    further = [] if reached is LegState.OFFERED else [reached.value]
    assert [state for _, state in written(network)] == ["accepted", *further]


async def test_a_call_that_is_over_stays_over(network: PhoneNetwork) -> None:
    call = network.accept("acme", "outbound", BOB, ANN)
    call.end(Cause.FAILED, "carrier")
    leg = network.dial(BOB, ANN, holder="app", call=call)
    leg.called.answer()
    leg.called.hang_up()
    assert written(network) == [(1, "accepted"), (1, "ended")]
    assert (call.state, call.cause, call.by) == (CallState.ENDED, Cause.FAILED, "carrier")


async def test_a_second_leg_does_not_take_a_call_back(network: PhoneNetwork) -> None:
    call = network.accept("acme", "outbound", BOB, ANN)
    network.dial(BOB, ANN, holder="app", call=call).called.answer()
    network.dial(BOB, ANN, holder="app", call=call).called.ring()
    assert call.state == "answered"


async def test_whoever_followed_a_leg_before_still_hears_of_it(surroundings: Surroundings, leg: Leg) -> None:
    seen: list[LegState] = []
    leg.on_move = lambda leg: seen.append(leg.state)
    Call(surroundings, 1, "acme", "outbound", BOB, ANN).follow(leg)
    leg.called.ring()
    assert seen == [LegState.RINGING]
