"""The official client's verification accepts every webhook of a rich life, as the event it is, and no tampered one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import telnyx

from tests.tools.telnyx_world import APP, BOB, Stage, Told, staged
from voicecall_sim.sound.sound import Wordless
from voicecall_sim.world.clock import SECOND

VOICE = "AWS.Polly.Joanna"


def unwrapped(stage: Stage, told: Told) -> Any:
    """The event as the client understands it. Raises `ValueError` if it is not genuine."""
    client = telnyx.Telnyx(api_key="KEYx", public_key=stage.account.signing_key.public)
    return client.webhooks.unwrap(told.raw.decode(), headers=dict(told.headers))


async def a_rich_life(stage: Stage) -> None:
    """Calls that cause nearly every kind of webhook."""
    stage.account.media["music"] = Wordless("music", SECOND)
    leg, anna = await stage.answered(record="record-from-answer", answering_machine_detection="detect")
    anna.says("Hello?")
    await stage.wait(4)
    await stage.act(leg, "transcription_start")
    await stage.act(leg, "speak", payload="¿Qué tal? 你好 & so = on.", voice=VOICE, client_state="YQ==")
    await stage.wait(4)
    anna.says("Fine.")
    await stage.act(leg, "playback_start", media_name="music")
    await stage.act(leg, "streaming_start", stream_url="wss://nowhere.example/x")
    await stage.wait(3)
    await stage.act(leg, "gather", maximum_digits=1)
    anna.presses("1")
    stage.phone(BOB, "bob")
    await stage.act(leg, "transfer", to=BOB)
    await stage.wait(8)
    anna.hangs_up()
    await stage.over()
    inbound, caller = await stage.called()
    await stage.act(inbound, "answer")
    caller.hangs_up()
    await stage.over()
    _, caller = await stage.called()
    caller.hangs_up()
    await stage.over()


KINDS = {
    "call.initiated",
    "call.answered",
    "call.bridged",
    "call.hangup",
    "call.speak.started",
    "call.speak.ended",
    "call.playback.started",
    "call.playback.ended",
    "call.dtmf.received",
    "call.gather.ended",
    "call.transcription",
    "call.recording.saved",
    "call.machine.detection.ended",
    "streaming.failed",
}


def name_of(event_type: str) -> str:
    """The client's model for an event."""
    return event_type.removeprefix("call.").replace(".", "").replace("_", "") + "webhookevent"


@staged
async def test_everything_sent_in_a_rich_life_is_accepted_as_what_it_is(stage: Stage) -> None:
    await a_rich_life(stage)
    assert {told.type for told in stage.app.told} == KINDS
    for told in stage.app.told:
        event = unwrapped(stage, told)
        assert event.data.event_type == told.type
        assert type(event).__name__.lower().removeprefix("call") == name_of(told.type), told.payload
        assert event.data.payload.call_control_id == told.payload["call_control_id"]


TAMPERINGS: dict[str, Callable[[Told], Told]] = {
    "the body": lambda told: replace(told, raw=told.raw.replace(b"call.", b"cell.", 1)),
    "white space": lambda told: replace(told, raw=told.raw + b" "),
    "the attempt": lambda told: replace(told, raw=told.raw.replace(b'"attempt":1', b'"attempt":2')),
    "the timestamp": lambda told: replace(
        told, headers={**told.headers, "telnyx-timestamp": str(int(told.headers["telnyx-timestamp"]) + 1)}
    ),
    "no signature": lambda told: replace(
        told, headers={name: value for name, value in told.headers.items() if "signature" not in name.lower()}
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
@staged
async def test_what_is_tampered_with_is_rejected(stage: Stage, what: str) -> None:
    await stage.called()
    (told,) = stage.app.told
    unwrapped(stage, told)
    with pytest.raises(ValueError, match=r"[Ss]ignature"):
        unwrapped(stage, TAMPERINGS[what](told))


@staged
async def test_a_webhook_that_is_too_old_is_rejected_and_signed_anew_accepted(stage: Stage) -> None:
    await stage.called()
    await stage.wait(301)
    (told,) = stage.app.told
    with pytest.raises(ValueError, match="too old"):
        unwrapped(stage, told)
    again = stage.carrier.sign(stage.carrier.sent[0])
    assert await stage.carrier_host.call(stage.carrier.send_again(again)) == 200
    unwrapped(stage, stage.app.told[-1])
    assert stage.app.told[-1].path == APP.removeprefix("https://app.example") + "/hook"
