"""The carrier interface is not one carrier's: the machine drives the same calls over each, and does not know which.

One takes commands by REST and tells when speech ends; another executes documents that it fetches, and takes no message
with the dial; the third takes a document with it. What the engine does with a webhook is done here by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import pytest
from defusedxml.ElementTree import fromstring

from tests.sdk.call.bench import INBOUND, OUTBOUND, Bench
from voicecall_sdk.call.effects import Arm, Consult, Timer
from voicecall_sdk.call.record import CallRecord, Stream
from voicecall_sdk.call.wishes import Ask, Expire, NoteEnded, NotePlaced, NoteRenamed, Speak
from voicecall_sdk.carriers import mock, plivo, telnyx, twilio
from voicecall_sdk.carriers.carrier import Ability, CallView, Carrier, Placed
from voicecall_sdk.carriers.telnyx.state import written
from voicecall_sdk.commands import Command, Connect, Dial, HangUp, Prompt, Say
from voicecall_sdk.events import Delivery
from voicecall_sdk.messages import RestReply, RestRequest, WebhookRequest
from voicecall_sdk.values import CallId, EndReason, Mode, ProviderCallId, State, Turn

NOTIFY = replace(OUTBOUND, provider_call_id=None, mode=Mode.NOTIFY, message="Your parcel comes today.")
HOOK = "https://voice.example.com/voice/webhook"
ALL: Final = (twilio.carrier, telnyx.carrier, plivo.carrier, mock.carrier)
REAL: Final = ALL[:-1]


def named(carrier: Carrier) -> str:
    return carrier.name


class House:
    """A call on the bench, and a carrier: deliveries go in, replies and requests come out."""

    def __init__(self, carrier: Carrier, record: CallRecord, **rules: Any) -> None:
        self.carrier = carrier
        self.bench = Bench(record, **rules)
        self.steps = 0

    @property
    def record(self) -> CallRecord:
        return self.bench.record

    def view(self) -> CallView:
        self.steps += 1
        record = self.record
        return CallView(
            call_id=record.call_id,
            provider_call_id=record.provider_call_id,
            direction=record.direction,
            webhook_url=HOOK,
            voice=self.carrier.voice_of(None),
            language="en-US",
            state=record.state,
            step=f"s{self.steps}",
            stream_url="wss://voice.example.com/voice/stream",
        )

    def express(self, command: Command) -> Sequence[RestRequest]:
        return self.carrier.express(command, self.view())

    def dial(self, reply: RestReply) -> RestRequest:
        (command,) = self.bench.dial(inline=Ability.MESSAGE_IN_DIAL in self.carrier.abilities).told
        (request,) = self.express(command)
        placed = self.carrier.interpret(command, reply)
        assert isinstance(placed, Placed)
        self.bench.ask(NotePlaced(placed.provider_call_id))
        return request

    def deliver(self, delivery: Delivery) -> tuple[list[Command], str]:
        """What the machine makes of it, and the reply's body."""
        commands: list[Command] = []
        for event in delivery.events:
            commands += self.bench.feed(event).told
        if delivery.wants_document:
            return commands, self.carrier.document(commands, self.view()).body
        return commands, self.carrier.document((), None).body


# --- commands by REST -------------------------------------------------------------------------------------------


def event(kind: str, state: str | None, **payload: object) -> WebhookRequest:
    content = {"call_control_id": "v3:abc", "client_state": state, **payload}
    body = json.dumps({"data": {"id": kind, "event_type": kind, "payload": content}}).encode()
    return WebhookRequest(method="POST", target="/voice/webhook", headers={}, body=body)


class CommandCarrier(House):
    """Keeps the state of the call as the carrier does: the last that a command brought."""

    def __init__(self, record: CallRecord, **rules: Any) -> None:
        super().__init__(telnyx.carrier, record, **rules)
        self.state: str | None = None

    def express(self, command: Command) -> Sequence[RestRequest]:
        requests = super().express(command)
        for request in requests:
            state = (request.json or {}).get("client_state")
            self.state = state if isinstance(state, str) else self.state
        return requests

    def hear(self, kind: str, **payload: object) -> list[str]:
        """The actions that an event leads to."""
        delivery = telnyx.carrier.understand(event(kind, self.state, **payload))
        commands, body = self.deliver(delivery)
        assert body == "OK"
        return self.act(commands)

    def act(self, commands: Sequence[Command]) -> list[str]:
        return [request.path.rpartition("/")[2] for command in commands for request in self.express(command)]


PLACED = RestReply(status=200, body=b'{"data": {"call_control_id": "v3:abc"}}')


def test_a_notification_by_commands() -> None:
    house = CommandCarrier(NOTIFY)
    assert house.dial(PLACED).path == "/calls"
    assert house.hear("call.initiated", direction="outgoing") == []
    assert house.hear("call.answered") == ["speak"]
    assert house.hear("call.speak.started") == []
    assert house.hear("call.speak.ended", status="completed") == []
    assert Arm(Timer.NOTIFY_HANGUP, 3.0) in house.bench.effects
    assert house.act(house.bench.ask(Expire(Timer.NOTIFY_HANGUP)).told) == ["hangup"]
    assert house.hear("call.hangup", hangup_cause="normal_clearing", hangup_source="caller") == []
    assert (house.record.state, house.bench.said) == (State.HANGUP_BOT, [{"bot": "Your parcel comes today."}])


def test_a_caller_by_commands() -> None:
    house = CommandCarrier(replace(INBOUND, provider_call_id=ProviderCallId("v3:abc")))
    assert house.hear("call.initiated", direction="incoming") == ["answer"]
    assert house.hear("call.answered") == ["speak", "transcription_start"]
    assert house.hear("call.speak.ended") == ["transcription_start"]
    heard = {"transcript": "What time is it?", "is_final": True, "confidence": 0.9}
    house.hear("call.transcription", transcription_data=heard)
    assert house.act(house.bench.ask(Speak("Five.", barge_in=True)).told) == ["speak", "transcription_start"]
    house.hear("call.hangup", hangup_cause="normal_clearing", hangup_source="caller")
    assert house.record.state is State.HANGUP_USER
    assert [*house.bench.said[:2]] == [{"bot": "Hello!"}, {"user": "What time is it?"}]


def test_a_prompt_that_is_talked_into_stops_and_its_end_is_no_end_of_what_follows() -> None:
    house = CommandCarrier(replace(INBOUND, provider_call_id=ProviderCallId("v3:abc")))
    house.hear("call.initiated", direction="incoming")
    house.hear("call.answered")
    commands = house.hear("call.transcription", transcription_data={"transcript": "Wait"})
    assert commands == ["playback_stop", "transcription_start"]
    assert house.act(house.bench.ask(Speak("Yes?")).told) == ["speak"]
    speaking = house.record.speaking
    assert speaking is not None
    late = replace(INBOUND, provider_call_id=ProviderCallId("v3:abc"))
    old = written(CommandCarrier(late).view(), Turn("t4"))
    house.deliver(telnyx.carrier.understand(event("call.speak.ended", old)))
    assert house.record.speaking == speaking
    house.hear("call.speak.ended")
    assert house.record.speaking is None


def test_keys_come_one_by_one() -> None:
    house = CommandCarrier(replace(OUTBOUND, state=State.LISTENING, answered_at=1.0, ready=True))
    house.act(house.bench.ask(Ask("Your number?")).told)
    for digit in "42":
        house.hear("call.dtmf.received", digit=digit)
    house.bench.ask(Expire(Timer.KEYS))
    assert (house.record.keys, house.record.asked) == ("42", None)


def test_a_stream_by_command() -> None:
    house = CommandCarrier(replace(INBOUND, provider_call_id=ProviderCallId("v3:abc")), streams=True)
    house.hear("call.initiated", direction="incoming")
    assert house.hear("call.answered") == ["streaming_start"]
    first = house.record.stream_token
    assert house.hear("call.dtmf.received", digit="1") == []
    assert house.record.keys == ""
    assert house.hear("streaming.failed", failure_reason="connection_failed") == ["streaming_start"]
    assert house.record.stream_token not in (None, first)
    assert house.hear("streaming.failed") == ["streaming_start"]
    assert house.hear("streaming.failed") == ["speak", "transcription_start"]
    assert house.record.stream is Stream.FAILED


# --- documents that are fetched ---------------------------------------------------------------------------------


def fetched(query: str, **params: str) -> WebhookRequest:
    """A callback, at one of the URLs that we gave."""
    form = {"CallUUID": "call", "RequestUUID": "order", "CallStatus": "in-progress", "Direction": "outbound", **params}
    return WebhookRequest(method="POST", target=f"/voice/webhook?{query}", headers={}, body=urlencode(form).encode())


class FetchingCarrier(House):
    def __init__(self, record: CallRecord, **rules: Any) -> None:
        super().__init__(plivo.carrier, record, **rules)

    def fetch(self, url: object, **params: str) -> Any:
        """The document's elements."""
        query = urlsplit(str(url)).query
        return fromstring(self.deliver(plivo.carrier.understand(fetched(query, **params)))[1])


ORDERED = RestReply(status=201, body=b'{"request_uuid": "order", "message": "call fired"}')


def test_a_notification_by_documents() -> None:
    house = FetchingCarrier(NOTIFY)
    order = house.dial(ORDERED).json or {}
    assert house.record.provider_call_id == "order"
    house.bench.ask(NoteRenamed(ProviderCallId("call")))
    speak, redirect = house.fetch(order["answer_url"], Event="StartApp")
    assert (speak.tag, speak.text) == ("Speak", "Your parcel comes today.")
    wait, _ = house.fetch(redirect.text)
    assert wait.tag == "Wait"
    assert Arm(Timer.NOTIFY_HANGUP, 3.0) in house.bench.effects
    (hang_up,) = house.bench.ask(Expire(Timer.NOTIFY_HANGUP)).told
    assert [(each.method, each.path) for each in house.express(hang_up)] == [("DELETE", "/Call/call/")]
    house.bench.ask(NoteEnded(EndReason.HANGUP_BOT))
    house.deliver(
        plivo.carrier.understand(
            fetched(urlsplit(str(order["hangup_url"])).query, CallStatus="completed", Event="Hangup")
        )
    )
    assert (house.record.state, house.record.carrier_word) == (State.HANGUP_BOT, "completed")


def test_a_caller_by_documents() -> None:
    house = FetchingCarrier(replace(INBOUND, provider_call_id=ProviderCallId("call")))
    listening, redirect = house.fetch(HOOK, Direction="inbound", CallStatus="ringing")
    assert [each.text for each in listening] == ["Hello!"]
    again, _ = house.fetch(redirect.text, Direction="inbound")
    assert (again.tag, len(again)) == ("GetInput", 0)
    house.fetch(again.get("action"), Direction="inbound", Speech="What time is it?", SpeechConfidenceScore="0.9")
    assert Consult("What time is it?") in house.bench.effects
    assert house.bench.said == [{"bot": "Hello!"}, {"user": "What time is it?"}]


def test_what_is_said_in_mid_call_is_fetched() -> None:
    house = FetchingCarrier(replace(OUTBOUND, state=State.LISTENING, answered_at=1.0, ready=True))
    (command,) = house.bench.ask(Speak("One moment.")).told
    (transfer,) = house.express(command)
    speak, _ = house.fetch((transfer.json or {})["aleg_url"])
    assert speak.text == "One moment."


def test_a_stream_by_document() -> None:
    house = FetchingCarrier(replace(OUTBOUND, provider_call_id=ProviderCallId("call")), streams=True)
    stream, redirect = house.fetch(f"{HOOK}?callId=c1", Event="StartApp")
    assert stream.tag == "Stream"
    assert stream.text.endswith(f"?token={house.record.stream_token}")
    assert house.fetch(redirect.text)[0].tag == "Stream"


# --- what holds for every carrier -------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", ALL, ids=named)
def test_what_a_carrier_can_do_it_has_the_means_for(carrier: Carrier) -> None:
    assert (Ability.STREAM in carrier.abilities) is (carrier.wire is not None)
    assert carrier.settings.streams is (carrier.wire is not None)
    assert set(carrier.settings.needs) <= set(carrier.settings.env)
    assert set(carrier.settings.needs_to_verify) <= set(carrier.settings.env)


def live(carrier: Carrier) -> CallView:
    return replace(House(carrier, OUTBOUND).view(), call_id=CallId("c1"))


@pytest.mark.parametrize("carrier", REAL, ids=named)
@pytest.mark.parametrize("command", [Say("Hi", Turn("t1")), Prompt("Hi", Turn("t1")), Connect(Turn("t1"))])
def test_every_carrier_can_be_told_what_is_to_be_said(carrier: Carrier, command: Command) -> None:
    assert carrier.express(command, live(carrier))


@pytest.mark.parametrize("carrier", REAL, ids=named)
def test_a_hang_up_is_a_request_and_its_repetition_is_no_fault(carrier: Carrier) -> None:
    assert carrier.express(HangUp(), live(carrier))
    assert carrier.interpret(HangUp(), RestReply(status=404, body=b"{}")) == carrier.interpret(
        HangUp(), RestReply(status=200, body=b"{}")
    )


@pytest.mark.parametrize("carrier", REAL, ids=named)
@pytest.mark.parametrize(
    "make",
    [lambda wire: wire.mark("s", "m"), lambda wire: wire.clear("s"), lambda wire: wire.sound("s")(b"\xff" * 160)],
)
def test_what_is_written_to_a_stream_is_a_message(carrier: Carrier, make: Callable[[Any], str]) -> None:
    assert isinstance(json.loads(make(carrier.wire))["event"], str)


@pytest.mark.parametrize("inline", [True, False])
def test_only_a_carrier_that_can_is_given_the_message_with_the_dial(inline: bool) -> None:
    (dial,) = Bench(NOTIFY).dial(inline=inline).told
    assert isinstance(dial, Dial)
    assert (dial.message is not None) is inline
