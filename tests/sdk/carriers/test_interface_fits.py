"""The carrier interface must not be one carrier's: two others, on paper, for one outbound notification.

Each sketch has only what a notification needs: how the dial, the message and the hang-up are expressed and what the
webhooks mean. One takes commands by REST and signals the end of speech; the other executes documents, but takes no
message with the dial, and fetches what it is told to say. The machine drives both without knowing which is which.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from tests.sdk.call.bench import OUTBOUND, Bench
from voicecall_sdk.call.effects import Arm, Timer
from voicecall_sdk.call.wishes import Expire, NoteEnded, NotePlaced
from voicecall_sdk.carriers.carrier import CallView, Placed
from voicecall_sdk.commands import Command, Dial, HangUp, Hold, Say
from voicecall_sdk.events import Answered, Delivery, Ended, Event, Initiated, Ready
from voicecall_sdk.messages import RestReply, RestRequest, WebhookReply, WebhookRequest
from voicecall_sdk.values import CallId, EndReason, Mode, ProviderCallId, State, Turn

NOTIFY = replace(OUTBOUND, provider_call_id=None, mode=Mode.NOTIFY, message="Your parcel comes today.")
HOOK = "https://voice.example.com/voice/webhook"


def view_of(bench: Bench) -> CallView:
    record = bench.record
    return CallView(
        call_id=record.call_id,
        provider_call_id=record.provider_call_id,
        direction=record.direction,
        webhook_url=HOOK,
        voice="female",
        language="en-US",
        state=record.state,
    )


# --- commands by REST (Telnyx Call Control v2, docs: api-reference/call-commands) --------------------------------


def state_of(*parts: str) -> str:
    return base64.b64encode("|".join(parts).encode()).decode()


def telnyx_express(command: Command, view: CallView) -> Sequence[RestRequest]:
    actions = f"/calls/{view.provider_call_id}/actions"
    match command:
        case Dial():
            body = {"to": command.to, "from": command.from_, "webhook_url": view.webhook_url}
            body |= {"client_state": state_of(view.call_id), "timeout_secs": str(round(command.ring_timeout))}
            return (RestRequest(method="POST", path="/calls", json=body),)
        case Say():
            body = {"payload": command.text, "voice": view.voice, "language": view.language}
            body |= {"client_state": state_of(view.call_id, command.turn)}
            return (RestRequest(method="POST", path=f"{actions}/speak", json=body),)
        case HangUp():
            return (RestRequest(method="POST", path=f"{actions}/hangup", json={}),)
        case _:
            return ()


def telnyx_interpret(command: Command, reply: RestReply) -> Placed:
    return Placed(ProviderCallId(json.loads(reply.body)["data"]["call_control_id"]))


def telnyx_understand(request: WebhookRequest) -> Delivery:
    data = json.loads(request.body)["data"]
    payload = data["payload"]
    call_id, _, turn = base64.b64decode(payload["client_state"]).decode().partition("|")
    events: dict[str, tuple[Event, ...]] = {
        "call.initiated": (Initiated(),),
        "call.answered": (Answered(), Ready()),
        "call.speak.ended": (Ready(spoken=Turn(turn)),),
        "call.hangup": (Ended(EndReason.COMPLETED, "normal_clearing", by_far_end=False),),
    }
    return Delivery(
        call_id=CallId(call_id),
        provider_call_id=ProviderCallId(payload["call_control_id"]),
        events=events.get(data["event_type"], ()),
    )


def telnyx_document(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    return WebhookReply()


# --- documents that are fetched (Plivo XML, docs: voice/xml) -----------------------------------------------------


def plivo_url(view: CallView, **marks: str) -> str:
    return f"{HOOK}?{urlencode({'callId': view.call_id, **marks})}"


def plivo_express(command: Command, view: CallView) -> Sequence[RestRequest]:
    call = f"/Call/{view.provider_call_id}/"
    match command:
        case Dial():
            body = {"to": command.to, "from": command.from_, "answer_url": plivo_url(view, flow="answer")}
            return (RestRequest(method="POST", path="/Call/", json=body),)
        case Say() | Hold():
            body = {"legs": "aleg", "aleg_url": plivo_url(view, flow="fetch"), "aleg_method": "POST"}
            return (RestRequest(method="POST", path=call, json=body),)
        case HangUp():
            return (RestRequest(method="DELETE", path=call),)
        case _:
            return ()


def plivo_interpret(command: Command, reply: RestReply) -> Placed:
    return Placed(ProviderCallId(json.loads(reply.body)["request_uuid"]))


def plivo_understand(request: WebhookRequest) -> Delivery:
    query = request.query
    events: dict[str, tuple[Event, ...]] = {
        "answer": (Answered(), Ready()),
        "fetch": (Ready(),),
        "spoken": (Ready(spoken=Turn(query.get("turn", ""))),),
        "hangup": (Ended(EndReason.COMPLETED, "completed"),),
    }
    return Delivery(
        call_id=CallId(query["callId"]),
        provider_call_id=ProviderCallId("call-uuid"),
        events=events[query["flow"]],
        wants_document=query["flow"] != "hangup",
    )


def plivo_document(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    assert view is not None
    last = commands[-1]
    if isinstance(last, Say):
        back = plivo_url(view, flow="spoken", turn=last.turn)
        return WebhookReply(body=f"<Response><Speak>{last.text}</Speak><Redirect>{back}</Redirect></Response>")
    return WebhookReply(body='<Response><Wait length="300" /></Response>')


# --- one notification, told to both -----------------------------------------------------------------------------


def deliver(bench: Bench, delivery: Delivery, document: Callable[..., WebhookReply]) -> WebhookReply | None:
    """What the engine does with a webhook: feed the events, write the reply."""
    commands: list[Command] = []
    for event in delivery.events:
        commands += bench.feed(event).told
    return document(commands, view_of(bench)) if delivery.wants_document else None


def telnyx_hook(event_type: str, call_id: str, *state: str) -> WebhookRequest:
    payload = {"call_control_id": "v3:abc", "client_state": state_of(call_id, *state)}
    body = json.dumps({"data": {"event_type": event_type, "payload": payload}}).encode()
    return WebhookRequest(method="POST", target="/voice/webhook", headers={}, body=body)


def plivo_hook(call_id: str, **marks: str) -> WebhookRequest:
    target = f"/voice/webhook?{urlencode({'callId': call_id, **marks})}"
    return WebhookRequest(method="POST", target=target, headers={}, body=b"")


def test_a_carrier_that_takes_commands() -> None:
    bench = Bench(NOTIFY).dial(inline=False)
    (dial,) = telnyx_express(bench.told[0], view_of(bench))
    assert dial.path == "/calls"
    placed = telnyx_interpret(bench.told[0], RestReply(status=200, body=b'{"data": {"call_control_id": "v3:abc"}}'))
    bench.ask(NotePlaced(placed.provider_call_id))
    call_id = bench.record.call_id

    deliver(bench, telnyx_understand(telnyx_hook("call.initiated", call_id)), telnyx_document)
    deliver(bench, telnyx_understand(telnyx_hook("call.answered", call_id)), telnyx_document)
    (say,) = bench.told
    assert isinstance(say, Say)
    (speak,) = telnyx_express(say, view_of(bench))
    assert (speak.path, speak.json and speak.json["payload"]) == (
        "/calls/v3:abc/actions/speak",
        "Your parcel comes today.",
    )

    deliver(bench, telnyx_understand(telnyx_hook("call.speak.ended", call_id, say.turn)), telnyx_document)
    assert Arm(Timer.NOTIFY_HANGUP, 3.0) in bench.effects
    assert telnyx_express(bench.told[0], view_of(bench)) == ()
    bench.ask(Expire(Timer.NOTIFY_HANGUP))
    (hang_up,) = telnyx_express(bench.told[0], view_of(bench))
    assert hang_up.path == "/calls/v3:abc/actions/hangup"
    deliver(bench, telnyx_understand(telnyx_hook("call.hangup", call_id)), telnyx_document)
    assert (bench.record.state, bench.said) == (State.HANGUP_BOT, [{"bot": "Your parcel comes today."}])


def test_a_carrier_that_fetches_documents() -> None:
    bench = Bench(NOTIFY).dial(inline=False)
    (dial,) = plivo_express(bench.told[0], view_of(bench))
    assert dial.json is not None
    assert dial.json["answer_url"] == f"{HOOK}?callId=c1&flow=answer"
    placed = plivo_interpret(bench.told[0], RestReply(status=201, body=b'{"request_uuid": "request-uuid"}'))
    bench.ask(NotePlaced(placed.provider_call_id))

    reply = deliver(bench, plivo_understand(plivo_hook("c1", flow="answer")), plivo_document)
    assert reply is not None
    assert "<Speak>Your parcel comes today.</Speak>" in reply.body
    turn = bench.record.speaking.turn if bench.record.speaking else ""
    reply = deliver(bench, plivo_understand(plivo_hook("c1", flow="spoken", turn=turn)), plivo_document)
    assert reply is not None
    assert "<Wait" in reply.body
    bench.ask(Expire(Timer.NOTIFY_HANGUP))
    (hang_up,) = plivo_express(bench.told[0], view_of(bench))
    assert hang_up.method == "DELETE"
    bench.ask(NoteEnded(EndReason.HANGUP_BOT))
    deliver(bench, plivo_understand(plivo_hook("c1", flow="hangup")), plivo_document)
    assert (bench.record.state, bench.record.carrier_word) == (State.HANGUP_BOT, "completed")


def test_what_is_said_in_mid_call_is_fetched_by_the_carrier_that_fetches() -> None:
    from voicecall_sdk.call.wishes import Speak

    bench = Bench(replace(OUTBOUND, state=State.LISTENING, answered_at=1.0, ready=True)).ask(Speak("One moment."))
    (transfer,) = plivo_express(bench.told[0], view_of(bench))
    assert transfer.json is not None
    assert transfer.json["aleg_url"] == f"{HOOK}?callId=c1&flow=fetch"
    reply = deliver(bench, plivo_understand(plivo_hook("c1", flow="fetch")), plivo_document)
    assert reply is not None
    assert "<Speak>One moment.</Speak>" in reply.body


@pytest.mark.parametrize("inline", [True, False])
def test_only_a_carrier_that_can_is_given_the_message_with_the_dial(inline: bool) -> None:
    (dial,) = Bench(NOTIFY).dial(inline=inline).told
    assert isinstance(dial, Dial)
    assert (dial.message is not None) is inline
