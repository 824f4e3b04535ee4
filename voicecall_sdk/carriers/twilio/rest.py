"""Our commands as requests to Twilio's REST interface, and its answers (docs: voice/api/call-resource)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from voicecall_sdk.carriers.carrier import CallView, Credentials, Done, Outcome, Placed, Standing
from voicecall_sdk.carriers.forms import waits_in_w
from voicecall_sdk.carriers.requests import LIMIT_SLACK, LOST, basic
from voicecall_sdk.carriers.twilio.lexicon import END_REASONS, NOT_FOUND, NOT_IN_PROGRESS, REGIONS, standing
from voicecall_sdk.carriers.twilio.markup import document, notification
from voicecall_sdk.carriers.urls import call_url
from voicecall_sdk.commands import Answer, AskStatus, Command, Dial, HangUp, Prompt, Reject, Say, StopListening
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.messages import RestReply, RestRequest
from voicecall_sdk.values import ProviderCallId

STATUS_EVENTS: Final = ("initiated", "ringing", "answered", "completed")
MAX_TWIML: Final = 4000
"""Characters of a document that a request may carry (docs: voice/api/call-resource)."""

MAX_TIME_LIMIT: Final = 14_400
"""Seconds that every account may ask for; calls that may last longer are left to the account's own limit."""


def express(command: Command, view: CallView) -> Sequence[RestRequest]:
    """The requests that carry a command out. An inbound call is answered or refused by its document, not here."""
    match command:
        case Dial():
            return (_dial(command, view),)
        case HangUp() | Reject():
            return (_update(view, ("Status", "completed")),)
        case AskStatus():
            return (RestRequest(method="GET", path=_call(view)),)
        case Answer() | StopListening():
            return ()
        case _:
            return _instructed(command, view)


def interpret(command: Command, reply: RestReply) -> Outcome:
    """Read an answer. A hang-up of a call that is over already has its wish (21220, 404).

    An order to dial whose answer got lost behind a gateway, or makes no sense, may have been carried out.
    """
    body = reply.fields
    if isinstance(command, AskStatus):
        return _standing(reply, body)
    if isinstance(command, Dial) and (reply.status < 300 or reply.status in LOST):
        return _placed(reply, body)
    if reply.status < 300:
        return Done()
    if isinstance(command, HangUp | Reject) and (reply.status == 404 or body.get("code") == NOT_IN_PROGRESS):
        return Done()
    message = body.get("message") or reply.body.decode("utf-8", "replace")[:200]
    raise CarrierRefused(f"Twilio API error: {reply.status} {message}", status=reply.status, code=body.get("code"))


def authorize(request: RestRequest, credentials: Credentials) -> RestRequest:
    """HTTP Basic with the account's SID and token; the account's place in the path."""
    return basic(request, credentials["accountSid"], credentials["authToken"])


def base_url(credentials: Credentials) -> str:
    """The account's base at the host of its region."""
    return f"{REGIONS[credentials.get('region') or 'us1']}{account_path(credentials)}"


def account_path(credentials: Credentials) -> str:
    """The account's part of every path."""
    return f"/2010-04-01/Accounts/{quote(credentials['accountSid'], safe='')}"


def _dial(command: Dial, view: CallView) -> RestRequest:
    status = call_url(view.webhook_url, view.call_id, type="status")
    form = [("To", command.to), ("From", command.from_), _instructions(command, view)]
    form += [("StatusCallback", status), *(("StatusCallbackEvent", event) for event in STATUS_EVENTS)]
    form.append(("Timeout", str(min(600, max(1, round(command.ring_timeout))))))
    if (limit := math.ceil(command.max_duration) + LIMIT_SLACK) <= MAX_TIME_LIMIT:
        form.append(("TimeLimit", str(limit)))
    if command.digits:
        form.append(("SendDigits", waits_in_w(command.digits)))
    return RestRequest(method="POST", path="/Calls.json", form=form)


def _instructions(command: Dial, view: CallView) -> tuple[str, str]:
    """What is done on answer: the whole notification; or our webhook is asked, in a conversation and if it is long."""
    if command.message is not None:
        text = notification(command.message, command.hangup_delay, view.voice, view.language)
        if len(text) <= MAX_TWIML:
            return ("Twiml", text)
    return ("Url", call_url(view.webhook_url, view.call_id))


def _instructed(command: Command, view: CallView) -> Sequence[RestRequest]:
    """A live call's new document; or, if it is too long for a request, where Twilio is to fetch it."""
    text = document(command, view)
    if text is None:
        return ()
    if len(text) > MAX_TWIML and isinstance(command, Say | Prompt):
        due = call_url(view.webhook_url, view.call_id, flow="due", turn=command.turn, step=view.step or None)
        return (_update(view, ("Url", due), ("Method", "POST")),)
    return (_update(view, ("Twiml", _fitting(text))),)


def _fitting(text: str) -> str:
    if len(text) > MAX_TWIML:
        raise CarrierRefused(
            f"Twilio takes TwiML of at most {MAX_TWIML} characters, this has {len(text)}: say it in shorter pieces",
            status=413,
        )
    return text


def _update(view: CallView, *form: tuple[str, str]) -> RestRequest:
    return RestRequest(method="POST", path=_call(view), form=form)


def _call(view: CallView) -> str:
    return f"/Calls/{quote(view.provider_call_id or '', safe='')}.json"


def _placed(reply: RestReply, body: dict[str, Any]) -> Placed:
    sid = body.get("sid")
    if reply.status >= 300 or not isinstance(sid, str):
        raise CarrierSilent(f"Twilio answered {reply.status} without a call: whether there is one will show", sent=True)
    return Placed(ProviderCallId(sid))


def _standing(reply: RestReply, body: dict[str, Any]) -> Standing:
    if reply.status == 404:
        return Standing(over=True, word=NOT_FOUND.carrier_word, news=NOT_FOUND)
    if reply.status >= 300:
        return Standing(over=None, word="error")
    word = str(body.get("status", "unknown"))
    return Standing(over=word in END_REASONS, word=word, news=standing(word))
