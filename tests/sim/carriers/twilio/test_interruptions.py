"""Whatever a call is doing, any command at any moment, and two in one instant: one end, told once, and silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tools.twilio_world import APP, BOB, Answer, Phone, Stage, staged, twiml
from voicecall_sim.carriers.twilio.account import Callback, CallResource, Detection
from voicecall_sim.carriers.twilio.states import CallStatus

SITUATIONS = {
    # what the call does at 4 s: (document, what else is ordered, whether it is answered by then)
    "queued": ("<Say>x</Say>", {"late": True}, False),
    "dialling": ("<Say>x</Say>", {"late": True, "dialled": True}, False),
    "ringing": ("<Say>x</Say>", {"silent": True}, False),
    "fetching": (Answer(twiml("<Say>Slow</Say>"), after=8), {}, True),
    "saying": ("<Say>" + "long " * 40 + "</Say>", {}, True),
    "pausing": ('<Pause length="60"/>', {}, True),
    "pressing": ('<Play digits="' + "1w" * 20 + '"/>', {}, True),
    "prompting": ('<Gather timeout="60"><Say>' + "long " * 40 + "</Say></Gather>", {}, True),
    "gathering": ('<Gather input="dtmf speech" timeout="60"/>', {}, True),
    "recording": ('<Record timeout="60"/>', {}, True),
    "calling another": (f"<Dial>{BOB}</Dial>", {"bob": None}, True),
    "bridged": (f"<Dial>{BOB}</Dial>", {"bob": 0.2}, True),
    "detecting": ("<Say>x</Say>", {"detection": Detection(mode="Enable")}, True),
    "playing a file": ("<Play>/file.wav</Play>", {}, True),
    "fetching a file": ("<Play>/slow.wav</Play>", {}, True),
}

Command = Callable[[Stage, CallResource, Phone], None]


def redirect(stage: Stage, call: CallResource, anna: Phone) -> None:
    if call.status is CallStatus.IN_PROGRESS:
        stage.carrier.exchange.redirect(call.sid, Callback(url=f"{APP}/new"))


def redirect_inline(stage: Stage, call: CallResource, anna: Phone) -> None:
    if call.status is CallStatus.IN_PROGRESS:
        stage.carrier.exchange.redirect(call.sid, twiml("<Say>New document.</Say>").partition("?>")[2])


def complete(stage: Stage, call: CallResource, anna: Phone) -> None:
    if not call.status.over:
        stage.carrier.exchange.complete(call.sid)


def cancel(stage: Stage, call: CallResource, anna: Phone) -> None:
    if not call.status.over:
        stage.carrier.exchange.cancel(call.sid)


def hang_up(stage: Stage, call: CallResource, anna: Phone) -> None:
    if anna.offers:
        anna.hangs_up()


COMMANDS: dict[str, tuple[Command, ...]] = {
    "redirect": (redirect,),
    "redirect inline": (redirect_inline,),
    "complete": (complete,),
    "cancel": (cancel,),
    "hang up": (hang_up,),
    "redirect twice": (redirect, redirect_inline),
    "redirect, complete": (redirect, complete),
    "redirect, hang up": (redirect, hang_up),
    "hang up, redirect": (hang_up, redirect),
    "complete, hang up": (complete, hang_up),
    "hang up, complete": (hang_up, complete),
}


def prepare(stage: Stage, situation: str) -> tuple[CallResource, Phone]:
    document, wanted, _ = SITUATIONS[situation]
    wanted = dict(wanted)
    anna = stage.phone(answers_after=None if wanted.pop("silent", False) else 1.0)
    stage.app.answers |= {
        "/voice": document,
        "/new": "<Say>New document.</Say>",
        "/file.wav": Answer(b"x" * 160_000, type="audio/wav"),
        "/slow.wav": Answer(b"x" * 160_000, type="audio/wav", after=8),
    }
    if "bob" in wanted:
        stage.phone(BOB, "bob", wanted.pop("bob"))
    wanted.pop("late", None)
    wanted.pop("dialled", None)
    return stage.place(**wanted), anna


MOMENT = {"queued": 0.0, "dialling": 0.2}


@pytest.mark.parametrize("commands", COMMANDS)
@pytest.mark.parametrize("situation", SITUATIONS)
@staged
async def test_one_end_told_once_and_then_silence(stage: Stage, situation: str, commands: str) -> None:
    answered = SITUATIONS[situation][2]
    call, anna = prepare(stage, situation)
    await stage.wait(MOMENT.get(situation, 4.0))
    assert (call.status is CallStatus.IN_PROGRESS) is answered
    for command in COMMANDS[commands]:
        command(stage, call, anna)
    if answered:
        await what_comes_of_it(stage, call, anna, commands)
    elif not call.status.over and anna.offers:
        anna.answer()
    await stage.wait(120)
    anna.end is None or anna.hangs_up()
    await stage.over()
    assert call.status.over
    ends = [r.params["CallStatus"] for r in stage.app.at("/status") if "CallDuration" in r.params]
    assert ends == ([] if situation == "queued" and call.status is CallStatus.CANCELED else [call.status.value])
    (registered,) = [registered for registered in stage.network.calls if registered.carrier_id == call.sid]
    assert registered.state == "ended"
    assert not stage.network.live_legs()
    if anna.gone_at is not None:
        assert all(at <= anna.gone_at for at, _ in anna.sounds)
    told = [entry for entry in stage.written("call") if entry.data["state"] == "ended"]
    assert len(told) == 1


async def what_comes_of_it(stage: Stage, call: CallResource, anna: Phone, commands: str) -> None:
    """What a call that was answered does next: performs the new document, or is over by whoever came first."""
    survives = all(command in {redirect, redirect_inline, cancel} for command in COMMANDS[commands])
    assert call.status is (CallStatus.IN_PROGRESS if survives else CallStatus.COMPLETED)
    await stage.wait(10)
    if not survives:
        assert "New document." not in anna.words
        first = next(command for command in COMMANDS[commands] if command in {complete, hang_up})
        assert stage.network.calls[0].by == ("app" if first is complete else "anna")
    elif commands != "cancel":
        assert "New document." in anna.words
        assert stage.network.calls[0].by == "app"
        assert len(stage.app.at("/new")) == (1 if commands == "redirect" else 0)
