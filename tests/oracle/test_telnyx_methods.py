"""Every method of the official client that is about calls is driven, its answers judged by its models, or said not to
be, with a reason."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import telnyx

from tests.tools.telnyx_streams import MEDIA, media_server
from tests.tools.telnyx_world import ANNA, APP, BOB, OWN, Stage, staged
from voicecall_sim.carriers.telnyx.parameters import ABSENT, DIAL, taken
from voicecall_sim.carriers.telnyx.parameters import ACTIONS as TAKES
from voicecall_sim.sound.sound import Wordless
from voicecall_sim.world.clock import SECOND

RESOURCES = (
    *("calls", "calls.actions", "connections", "call_events", "call_control_applications", "webhook_deliveries"),
    *("recordings", "recordings.actions", "queues", "queues.calls", "conferences", "conferences.actions"),
)
ACTIONS = {
    "calls.actions.add_ai_assistant_messages": "ai_assistant_add_messages",
    "calls.actions.gather_using_ai": "gather_using_ai",
    "calls.actions.join_ai_assistant": "ai_assistant_join",
    "calls.actions.pay": "pay",
    "calls.actions.start_ai_assistant": "ai_assistant_start",
    "calls.actions.start_conversation_relay": "conversation_relay_start",
    "calls.actions.stop_ai_assistant": "ai_assistant_stop",
    "calls.actions.stop_conversation_relay": "conversation_relay_stop",
    "calls.actions.switch_supervisor_role": "switch_supervisor_role",
}
"""Actions that the emulator refuses by name, with their reason in its table."""
REQUIRED: Mapping[str, dict[str, Any]] = {
    "gather_using_ai": {"parameters": {}},
    "switch_supervisor_role": {"role": "barge"},
    "ai_assistant_join": {"conversation_id": "1", "participant": {"id": "1", "role": "user"}},
}
NOT_EMULATED: Mapping[str, str] = {
    **{method: ABSENT[action] for method, action in ACTIONS.items()},
    "connections.list": "of all kinds of connections there are call control applications alone",
    "connections.retrieve": "of all kinds of connections there are call control applications alone",
    "connections.retrieve_count": "of all kinds of connections there are call control applications alone",
    "queues.update": "a queue's size is fixed when it is made",
    "queues.calls.update": "nobody waits on after hanging up",
    "recordings.actions.delete": "recordings are deleted one by one",
}
CONFERENCES = "bridges join two legs, there are no rooms for more"


def methods_of(client: Any, name: str) -> set[str]:
    """The public methods of a resource."""
    resource = client
    for part in name.split("."):
        resource = getattr(resource, part)
    return {f"{name}.{one}" for one, _ in inspect.getmembers(resource, inspect.ismethod) if not one.startswith("_")}


AI = frozenset({"assistant", "conversation_relay_config", "deepfake_detection", "sound_modifications"})
FLOW = frozenset({"dialogflow_config", "enable_dialogflow"})
SUPERVISION = frozenset({"supervise_call_control_id", "supervisor_role"})
LEFT: Mapping[str, frozenset[str]] = {
    "dial": AI | FLOW | SUPERVISION | {"billing_group_id", "conference_config", "diversion", "route_to_mobile"},
    "answer": AI | {"billing_group_id"},
    "bridge": frozenset({"call_control_id_to_bridge", "call_control_id_to_bridge_with", "ringtone"})
    | {"video_room_context"},
    "enqueue": frozenset({"keep_after_hangup"}),
    "suppression_start": frozenset({"noise_suppression_engine", "noise_suppression_engine_config"}),
    "record_start": frozenset({"transcription_max_speaker_count", "transcription_min_speaker_count"})
    | {"transcription_profanity_filter", "transcription_speaker_diarization"},
    "streaming_start": FLOW,
    "transfer": frozenset({"diversion", "mute_dtmf", "route_to_mobile", "sound_modifications"}),
}
"""Parameters of the client's that the emulator takes and does not look at, by action. Those of bridge with a name of
the client's own go over the wire under another."""
WIRE = frozenset({"call_control_id", "command_id"})
VERBS = {"start": "start", "stop": "stop", "pause": "pause", "resume": "resume", "update": "update"}
NOUNS = {"recording": "record", "forking": "fork", "noise_suppression": "suppression"}


def action_of(method: str) -> str:
    """The action in the path for a method of the client: `start_recording` is `record_start`."""
    verb, _, noun = method.partition("_")
    return f"{NOUNS.get(noun, noun)}_{VERBS[verb]}" if verb in VERBS else method


def parameters_of(method: Any) -> set[str]:
    """What a method of the client takes."""
    plain = {name for name in inspect.signature(method).parameters if not name.startswith("extra")}
    return {name.rstrip("_") for name in plain - {"timeout", "call_control_id"}}


def test_parameters_are_those_of_the_client_or_said_to_be_left() -> None:
    calls = telnyx.Telnyx(api_key="k").calls
    names = methods_of(calls, "actions")
    methods = {ACTIONS.get(f"calls.{name}") or action_of(name.rpartition(".")[2]): name for name in names}
    assert set(ACTIONS.values()) == set(ABSENT)
    assert set(methods) == set(TAKES) | set(ABSENT)
    owns = {"dial": (set(DIAL), parameters_of(calls.dial))} | {
        action: (set(taken(action)), parameters_of(getattr(calls.actions, methods[action].rpartition(".")[2])))
        for action in TAKES
    }
    assert {action: theirs - ours for action, (ours, theirs) in owns.items() if theirs - ours} == dict(LEFT)
    assert {action: ours - theirs - WIRE for action, (ours, theirs) in owns.items() if ours - theirs - WIRE} == {}


@dataclass
class Watched:
    """The client; `driven` has the methods that were called."""

    client: Any
    driven: set[str] = field(default_factory=set)

    async def __call__(self, method: str, *args: Any, **given: Any) -> Any:
        self.driven.add(method)
        found = self.client
        for part in method.split("."):
            found = getattr(found, part)
        return await found(*args, **given)

    async def act(self, action: str, call: str, **given: Any) -> Any:
        """An action that is taken."""
        got = await self(f"calls.actions.{action}", call, **given)
        assert got.data.result == "ok", action
        return got.data


@pytest.fixture(autouse=True)
def _no_keys_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("TELNYX_")]:
        monkeypatch.delenv(name)
    return iter(())


VOICE = "AWS.Polly.Joanna"
UDP = "udp:192.0.2.1:9000"
ON_A_CALL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("speak", {"payload": "Hello.", "voice": VOICE}),
    ("start_playback", {"media_name": "music"}),
    ("stop_playback", {}),
    ("gather", {"maximum_digits": 3}),
    ("stop_gather", {}),
    ("gather_using_speak", {"payload": "Number?", "voice": VOICE}),
    ("gather_using_audio", {"media_name": "music"}),
    ("start_transcription", {"transcription_engine": "Telnyx"}),
    ("stop_transcription", {}),
    ("start_noise_suppression", {"direction": "inbound"}),
    ("stop_noise_suppression", {}),
    ("start_recording", {"format": "wav", "channels": "dual", "transcription": True}),
    ("pause_recording", {}),
    ("resume_recording", {}),
    ("stop_recording", {}),
    ("start_forking", {"rx": UDP, "tx": UDP}),
    ("stop_forking", {}),
    ("start_siprec", {"connector_name": "recorder"}),
    ("stop_siprec", {}),
    ("send_sip_info", {"content_type": "text/plain", "body": "hello"}),
    ("send_dtmf", {"digits": "12#"}),
    ("update_client_state", {"client_state": "aGk="}),
    ("enqueue", {"queue_name": "support"}),
)


async def drive_calls(do: Watched, stage: Stage) -> str:
    """Dial, ask, and every action on one call; its identifier."""
    dialled = await do("calls.dial", connection_id=stage.account.application.id, from_=OWN, to=ANNA)
    call = str(dialled.data.call_control_id)
    await stage.wait(5)
    assert (await do("calls.retrieve_status", call)).data.is_alive
    active = await do("connections.list_active_calls", stage.account.application.id)
    assert [one.call_control_id for one in active.data] == [call]
    for action, given in ON_A_CALL:
        await do.act(action, call, **given)
        await stage.wait(0.3)
    return call


async def drive_queues(do: Watched, call: str) -> None:
    """A queue with the call in it, and another one."""
    assert (await do("queues.retrieve", "support")).data.current_size == 1
    assert (await do("queues.calls.retrieve", call, queue_name="support")).data.queue_position == 1
    assert [one.call_control_id for one in (await do("queues.calls.list", "support")).data] == [call]
    await do("queues.calls.remove", call, queue_name="support")
    assert (await do("queues.create", queue_name="sales", max_size=5)).data.max_size == 5
    assert [one.name for one in (await do("queues.list")).data] == ["support", "sales"]
    await do("queues.delete", "sales")
    await do.act("enqueue", call, queue_name="support")
    await do.act("leave_queue", call)


async def drive_an_inbound_call(do: Watched, stage: Stage, other: str) -> None:
    """Answer, bridge, refer, transfer, hang up; reject another."""
    leg, _ = await stage.called()
    await do.act("answer", leg.id)
    await do.act("bridge", leg.id, call_control_id_to_bridge_with=other)
    await do.act("refer", leg.id, sip_address="sip:nobody@sip.example")
    await do.act("transfer", leg.id, to=BOB)
    await stage.wait(4)
    await do.act("hangup", leg.id)
    await stage.over()
    turned_away, _ = await stage.called()
    await do.act("reject", turned_away.id, cause="USER_BUSY")
    await stage.over()


async def drive_the_rest(do: Watched, stage: Stage) -> None:
    """Recordings, applications, logs."""
    (recording,) = (await do("recordings.list")).data
    assert (await do("recordings.retrieve", recording.id)).data.duration_millis > 0
    await do("recordings.delete", recording.id)
    applications = "call_control_applications"
    made = (await do(f"{applications}.create", application_name="second", webhook_event_url=f"{APP}/second")).data
    assert (await do(f"{applications}.retrieve", made.id)).data.webhook_api_version == "1"
    wish = {"application_name": "third", "webhook_event_url": f"{APP}/third", "webhook_api_version": "2"}
    assert (await do(f"{applications}.update", made.id, **wish)).data.webhook_api_version == "2"
    assert len((await do(f"{applications}.list")).data) == 2
    await do(f"{applications}.delete", made.id)
    assert {one.type for one in (await do("call_events.list", page_size=250)).data} == {"command", "webhook"}
    delivery = (await do("webhook_deliveries.list")).data[0]
    assert (await do("webhook_deliveries.retrieve", delivery.id)).data.status == "delivered"


@staged
async def test_every_method_about_calls_is_driven_or_said_not_to_be(stage: Stage) -> None:
    stage.phone()
    stage.phone(BOB, "bob")
    stage.account.media["music"] = Wordless("music", SECOND)
    key = stage.account.api_key
    async with telnyx.AsyncTelnyx(api_key=key, max_retries=0, _strict_response_validation=True) as client:
        do = Watched(client)
        call = await drive_calls(do, stage)
        await drive_queues(do, call)
        async with media_server(stage):
            await do.act("start_streaming", call, stream_url=MEDIA)
            await stage.wait(0.5)
            await do.act("stop_streaming", call)
            await stage.wait(0.5)
        await drive_an_inbound_call(do, stage, call)
        await drive_the_rest(do, stage)
        every = set[str]().union(*(methods_of(client, name) for name in RESOURCES))
        rooms = {method for method in every if method.startswith("conferences.")}
        assert do.driven | set(NOT_EMULATED) | rooms == every
        assert not do.driven & (set(NOT_EMULATED) | rooms)
        with pytest.raises(telnyx.NotFoundError):
            await client.conferences.create(call_control_id=call, name="standup")


@pytest.mark.parametrize(("method", "action"), ACTIONS.items())
@staged
async def test_an_action_that_is_absent_is_refused_by_name(stage: Stage, method: str, action: str) -> None:
    leg, _ = await stage.answered()
    async with telnyx.AsyncTelnyx(api_key=stage.account.api_key, max_retries=0) as client:
        with pytest.raises(telnyx.UnprocessableEntityError) as caught:
            await getattr(client.calls.actions, method.rpartition(".")[2])(leg.id, **REQUIRED.get(action, {}))
    assert action in caught.value.body["errors"][0]["detail"]  # type: ignore[index]
