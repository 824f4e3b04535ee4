"""Webhooks on their way: settings, faults, duplicates, forgeries, and one seed making one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.tools.plivo_world import APP, Stage, staged
from voicecall_sim.carriers.emulator import NoInterference, Outgoing
from voicecall_sim.carriers.ledger import entries
from voicecall_sim.carriers.plivo.overrides import DEFAULTS, Trouble, read_overrides
from voicecall_sim.carriers.plivo.signature import NONCE_V3, V3, authentic
from voicecall_sim.carriers.plivo.webhooks import merged
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros
from voicecall_sim.world.world import World


@pytest.mark.parametrize(
    ("fragment", "trouble", "retried"),
    [
        ("", Trouble.CONNECT, True),
        ("", Trouble.READ, True),
        ("", Trouble.SERVER_ERROR, False),
        ("", Trouble.OTHER, False),
        ("rp=4xx,5xx", Trouble.SERVER_ERROR, True),
        ("rp=4xx,5xx", Trouble.READ, False),
        ("rp=all", Trouble.OTHER, True),
        ("rp=nonsense", Trouble.CONNECT, True),
    ],
)
def test_policies(fragment: str, trouble: Trouble, retried: bool) -> None:
    assert read_overrides(fragment).retries_on(trouble) is retried


def test_durations_and_counts_keep_to_their_ranges() -> None:
    read = read_overrides("ct=500&rt=3000&tt=9000&rc=5")
    assert (read.connect, read.read, read.total, read.retries) == (500 * MILLISECOND, 3 * SECOND, 9 * SECOND, 5)
    assert read_overrides("ct=50&rt=40001&tt=x&rc=6&er=frankfurt") == DEFAULTS


def test_the_url_of_a_get_is_sorted_and_its_own_query_wins() -> None:
    made = merged("https://app.example/a?To=9&z=%20", (("From", "+1"), ("To", "2"), ("Digits", "")))
    assert made == "https://app.example/a?Digits=&From=%2B1&To=9&z=+"


class Meddling(NoInterference):
    """Loses the first webhook of an event, and sends the others twice."""

    def __init__(self, event: str) -> None:
        self._event = event

    def webhook(self, hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        if hook.event == self._event and hook.attempt == 1:
            return ()
        return ((0, hook), (2 * SECOND, hook))


@pytest.mark.parametrize(("fragment", "heard"), [("#rp=all", ["Hello."]), ("", [])])
@staged
async def test_a_lost_webhook_is_sent_again_if_the_url_says_so(stage: Stage, fragment: str, heard: list[str]) -> None:
    anna = stage.phone()
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    stage.carrier.interference = Meddling("StartApp")
    await stage.place(answer_url=f"{APP}/answer{fragment}")
    await stage.over()
    assert anna.words == heard
    lost = [e.data for e in stage.written("webhook") if e.data["status"] == 0]
    assert [(data["event"], data["error"], data["attempt"]) for data in lost] == [("StartApp", "connection lost", 1)]
    assert len(stage.app.at("/hangup")) == 2


@staged
async def test_a_forgery_is_signed_only_when_asked_for(stage: Stage) -> None:
    stage.phone()
    stage.app.answers["/answer"] = "<Speak>Hello.</Speak>"
    await stage.place()
    await stage.over()
    hook = next(one for one in stage.carrier.sent if one.event == "Hangup")
    forged = replace(hook, params=(("CallStatus", "busy"), ("CallUUID", hook.call_id)))
    signed = stage.carrier.sign(forged)
    token = stage.account.auth_token
    assert not authentic(token, "POST", hook.url, dict(forged.headers), forged.params)
    assert authentic(token, "POST", hook.url, dict(signed.headers), signed.params)
    assert dict(signed.headers)[NONCE_V3] != dict(hook.headers)[NONCE_V3]
    assert [name for name, _ in signed.headers].count(V3) == 1
    assert await stage.carrier_host.call(stage.carrier.send_again(signed)) == 204
    assert stage.app.at("/hangup")[-1].params["CallStatus"] == "busy"


def journal(seed: int) -> list[object]:
    """What a run of that seed writes."""
    world = World(seed=seed)

    async def play() -> None:
        stage = Stage(world)
        await stage.start()
        anna = stage.phone()
        stage.app.answers["/answer"] = (
            f'<GetInput action="{APP}/input" inputType="speech"><Speak>Yes?</Speak></GetInput>'
        )
        stage.app.answers["/input"] = "<Speak>Thanks.</Speak>"
        await stage.place()
        await stage.wait(6)
        anna.says("good morning")
        await stage.over()
        await stage.stop()

    world.run(play())
    return [entry.compared for entry in world.journal]


def test_one_seed_makes_one_run() -> None:
    assert journal(3) == journal(3)
    assert journal(3) != journal(4)


@staged
async def test_no_secret_is_seen(stage: Stage) -> None:
    stage.phone()
    await stage.place()
    await stage.over()
    secrets = stage.carrier.secrets()
    assert secrets == {"plivo.authToken": stage.account.auth_token}
    seen = "".join(f"{entry.data}{dict(entry.evidence)}" for entry in stage.world.journal)
    assert not [name for name, value in secrets.items() if value in seen]


def test_every_room_says_how_surely_it_is_so() -> None:
    standings = {"documented", "captured", "executed", "reported", "reimplemented", "assumed"}
    found = entries("plivo")
    assert len(found) > 100
    assert {entry.standing for entry in found} <= standings
    assert all(entry.behaviour and entry.source for entry in found)
