"""Our commands as requests to Plivo's REST interface, and its answers (docs: voice/api/call).

A live call's document is not sent but fetched: a transfer points Plivo to us, and we are asked what to do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from voicecall_sdk.carriers.carrier import CallView, Credentials, Done, Outcome, Placed, Standing
from voicecall_sdk.carriers.forms import waits_in_w
from voicecall_sdk.carriers.plivo.lexicon import NOT_FOUND, PROGRESS, ended_as_recorded
from voicecall_sdk.carriers.requests import LIMIT_SLACK, LOST, basic
from voicecall_sdk.carriers.urls import call_url
from voicecall_sdk.commands import (
    AskStatus,
    Command,
    Connect,
    Dial,
    HangUp,
    Hold,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
)
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.events import Answered
from voicecall_sdk.messages import RestReply, RestRequest
from voicecall_sdk.values import Direction, ProviderCallId, State, Turn

MAX_TIME_LIMIT: Final = 86_400

UNANSWERED: Final = frozenset({State.INITIATED, State.RINGING})

NOT_LIVE: Final = frozenset({404})
"""Plivo has no codes but HTTP's. A call is not found among the live ones before its answer has got about, either."""


def express(command: Command, view: CallView) -> Sequence[RestRequest]:
    """The requests that carry a command out. An inbound call is answered by its document, not here."""
    match command:
        case Dial():
            return (_dial(command, view),)
        case HangUp() | Reject():
            return _hang_up(view)
        case AskStatus():
            return _ask(view)
        case Press():
            digits = {"digits": waits_in_w(command.digits), "leg": "aleg"}
            return (RestRequest(method="POST", path=f"{_call(view)}DTMF/", json=digits),)
        case Say() | Prompt():
            return (_transfer(view, command.turn),)
        case Listen() | Hold() | Connect():
            return (_transfer(view),)
        case _:
            return ()


def interpret(command: Command, reply: RestReply) -> Outcome:
    """Read an answer. A hang-up of a call that is over already has its wish.

    An order to dial whose answer got lost behind a gateway, or makes no sense, may have been carried out.
    """
    body = reply.fields
    if isinstance(command, AskStatus):
        return _standing(reply, body)
    if isinstance(command, Dial) and (reply.status < 300 or reply.status in LOST):
        return _placed(reply, body)
    if reply.status < 300 or (isinstance(command, HangUp | Reject) and reply.status == 404):
        return Done()
    message = body.get("error") or reply.body.decode("utf-8", "replace")[:200]
    raise CarrierRefused(f"Plivo API error: {reply.status} {message}", status=reply.status, code=reply.status)


def authorize(request: RestRequest, credentials: Credentials) -> RestRequest:
    """HTTP Basic with the account's id and token."""
    return basic(request, credentials["authId"], credentials["authToken"])


def base_url(credentials: Credentials) -> str:
    """The account's base."""
    return f"https://api.plivo.com{account_path(credentials)}"


def account_path(credentials: Credentials) -> str:
    """The account's part of every path."""
    return f"/v1/Account/{quote(credentials['authId'], safe='')}"


def _dial(command: Dial, view: CallView) -> RestRequest:
    """`ring_timeout`, not `hangup_on_ring`: that one cuts calls that were answered, too."""
    content: dict[str, object] = {
        "from": command.from_,
        "to": command.to,
        "answer_url": call_url(view.webhook_url, view.call_id),
        "answer_method": "POST",
        "ring_url": call_url(view.webhook_url, view.call_id, type="ring"),
        "ring_method": "POST",
        "hangup_url": call_url(view.webhook_url, view.call_id, type="hangup"),
        "hangup_method": "POST",
        "ring_timeout": max(1, round(command.ring_timeout)),
        "time_limit": min(MAX_TIME_LIMIT, math.ceil(command.max_duration) + LIMIT_SLACK),
    }
    if command.digits:
        content["send_digits"] = waits_in_w(command.digits)
    return RestRequest(method="POST", path="/Call/", json=content)


def _ask(view: CallView) -> Sequence[RestRequest]:
    """A call over the account's limit a second is queued, and not found among the live ones until its turn comes
    (docs: voice/concepts/account-limits). Those that are queued are asked for first: they may be live a moment later.
    A call that is over has a record, which tells how it ended.
    """
    waits = view.direction is Direction.OUTBOUND and view.state is State.INITIATED
    places = (*(("?status=queued",) if waits else ()), "?status=live", "")
    return [RestRequest(method="GET", path=_call(view) + place) for place in places]


def _hang_up(view: CallView) -> Sequence[RestRequest]:
    """An order to dial that is still waiting is no call yet: it is called back by the name of the order."""
    call = RestRequest(method="DELETE", path=_call(view))
    if view.direction is Direction.INBOUND or view.state not in UNANSWERED:
        return (call,)
    return (call, RestRequest(method="DELETE", path=f"/Request/{_name(view)}/"))


def _transfer(view: CallView, turn: Turn | None = None) -> RestRequest:
    due = call_url(view.webhook_url, view.call_id, flow="due", turn=turn, step=view.step or None)
    content = {"legs": "aleg", "aleg_url": due, "aleg_method": "POST"}
    return RestRequest(method="POST", path=_call(view), json=content)


def _call(view: CallView) -> str:
    return f"/Call/{_name(view)}/"


def _name(view: CallView) -> str:
    return quote(view.provider_call_id or "", safe="")


def _placed(reply: RestReply, body: Mapping[str, Any]) -> Placed:
    """The order's name, which is nearly always the call's; its first webhook tells."""
    found = body.get("request_uuid")
    request_uuid = found[0] if isinstance(found, list) and found else found
    if reply.status >= 300 or not isinstance(request_uuid, str) or not request_uuid:
        raise CarrierSilent(
            f"Plivo answered {reply.status} without request_uuid: whether there is a call will show", sent=True
        )
    return Placed(ProviderCallId(request_uuid))


def _standing(reply: RestReply, body: Mapping[str, Any]) -> Standing:
    if reply.status == 404:
        return Standing(over=True, word=NOT_FOUND.carrier_word, news=NOT_FOUND)
    if reply.status >= 300:
        return Standing(over=None, word="error")
    if body.get("end_time"):
        end = ended_as_recorded(body)
        return Standing(over=True, word=end.carrier_word, news=end)
    word = str(body.get("call_status") or "unknown")
    news = PROGRESS.get(word)
    return Standing(over=False if word in PROGRESS else None, word=word, news=news if news == Answered() else None)
