"""Our commands as requests to Tin Can, and its answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from tests.tincan.sdk.script import WRITERS, script
from voicecall_sdk.carriers.carrier import CallView, Credentials, Done, Outcome, Placed, Standing
from voicecall_sdk.carriers.urls import call_url
from voicecall_sdk.commands import AskStatus, Command, Dial, HangUp, Reject
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.events import Answered, Ended
from voicecall_sdk.messages import RestReply, RestRequest
from voicecall_sdk.values import EndReason, ProviderCallId

STANDINGS: Final = {
    "ringing": Standing(over=False, word="ringing"),
    "talking": Standing(over=False, word="talking", news=Answered()),
    "over": Standing(over=True, word="over", news=Ended(EndReason.COMPLETED, carrier_word="over")),
}


def express(command: Command, view: CallView) -> Sequence[RestRequest]:
    """The requests that carry a command out. A live call is given another script."""
    call = f"/calls/{quote(view.provider_call_id or '', safe='')}"
    if isinstance(command, Dial):
        return (_dial(command, view),)
    if isinstance(command, HangUp | Reject):
        return (RestRequest(method="DELETE", path=call),)
    if isinstance(command, AskStatus):
        return (RestRequest(method="GET", path=call),)
    if type(command) in WRITERS:
        return (RestRequest(method="PUT", path=f"{call}/script", json=script(command, view)),)
    return ()


def interpret(command: Command, reply: RestReply) -> Outcome:
    """Read an answer. A call that is not there any more is over."""
    said = reply.fields
    if isinstance(command, AskStatus):
        gone = STANDINGS["over"] if reply.status == 404 else Standing(over=None, word="unknown")
        return STANDINGS.get(str(said.get("state")), gone) if reply.status < 500 else Standing(over=None, word="error")
    if isinstance(command, Dial) and (reply.status < 300 or reply.status >= 500):
        return _placed(reply)
    if reply.status < 300 or (isinstance(command, HangUp | Reject) and reply.status == 404):
        return Done()
    raise CarrierRefused(f"Tin Can says no: {reply.status} {said.get('error')}", status=reply.status)


def authorize(request: RestRequest, credentials: Credentials) -> RestRequest:
    """The key goes into a header."""
    return replace(request, headers={**request.headers, "Authorization": f"Key {credentials['apiKey']}"})


def _dial(command: Dial, view: CallView) -> RestRequest:
    order = {
        "from": command.from_,
        "to": command.to,
        "url": call_url(view.webhook_url, view.call_id),
        "ring": math.ceil(command.ring_timeout),
        "longest": math.ceil(command.max_duration),
    }
    return RestRequest(method="POST", path="/calls", json=order)


def _placed(reply: RestReply) -> Placed:
    call = reply.fields.get("call")
    if reply.status >= 300 or not isinstance(call, str) or not call:
        raise CarrierSilent(
            f"Tin Can answered {reply.status} without a call: whether there is one will show", sent=True
        )
    return Placed(ProviderCallId(call))
