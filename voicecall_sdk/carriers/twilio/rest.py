"""Our commands as requests to Twilio's REST interface, and its answers (docs: voice/api/call-resource)."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from voicecall_sdk.carriers.carrier import CallView, Credentials, Done, Outcome, Placed, Standing
from voicecall_sdk.carriers.twilio.lexicon import END_REASONS, NOT_IN_PROGRESS, REGIONS
from voicecall_sdk.carriers.twilio.markup import document, notification, twilio_digits
from voicecall_sdk.carriers.twilio.webhooks import call_url
from voicecall_sdk.commands import Answer, AskStatus, Command, Dial, HangUp, Reject, StopListening
from voicecall_sdk.errors import CarrierRefused
from voicecall_sdk.messages import RestReply, RestRequest
from voicecall_sdk.values import ProviderCallId

STATUS_EVENTS: Final = ("initiated", "ringing", "answered", "completed")
MAX_TWIML: Final = 4000
"""Characters of a document that a request may carry (docs: voice/api/call-resource)."""

LIMIT_SLACK: Final = 60
"""Seconds beyond our own limit after which Twilio ends a call that we lost sight of."""


def express(command: Command, view: CallView) -> Sequence[RestRequest]:
    """The requests that carry a command out. An inbound call is answered or refused by its document, not here."""
    match command:
        case Dial():
            return (_dial(command, view),)
        case HangUp() | Reject():
            return (_update(view, ("Status", "completed")),)
        case AskStatus():
            return (RestRequest(method="GET", path=_call(view), absent_ok=True),)
        case Answer() | StopListening():
            return ()
        case _:
            text = document(command, view)
            return () if text is None else (_update(view, ("Twiml", _fitting(text))),)


def interpret(command: Command, reply: RestReply) -> Outcome:
    """Read an answer. A hang-up of a call that is over already has its wish (21220, 404)."""
    body = _json(reply)
    if isinstance(command, AskStatus):
        return _standing(reply, body)
    if reply.status < 300:
        return Placed(ProviderCallId(str(body["sid"]))) if isinstance(command, Dial) else Done()
    if isinstance(command, HangUp | Reject) and (reply.status == 404 or body.get("code") == NOT_IN_PROGRESS):
        return Done()
    message = body.get("message") or reply.body.decode("utf-8", "replace")[:200]
    raise CarrierRefused(f"Twilio API error: {reply.status} {message}", status=reply.status, code=body.get("code"))


def authorize(request: RestRequest, credentials: Credentials) -> RestRequest:
    """HTTP Basic with the account's SID and token; the account's place in the path."""
    pair = f"{credentials['accountSid']}:{credentials['authToken']}".encode()
    headers = {**request.headers, "Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return replace(request, headers=headers)


def base_url(credentials: Credentials) -> str:
    """The account's base at the host of its region."""
    return f"{REGIONS[credentials.get('region') or 'us1']}{account_path(credentials)}"


def account_path(credentials: Credentials) -> str:
    """The account's part of every path."""
    return f"/2010-04-01/Accounts/{quote(credentials['accountSid'], safe='')}"


def _dial(command: Dial, view: CallView) -> RestRequest:
    status = call_url(view.webhook_url, view.call_id, type="status")
    form = [("To", command.to), ("From", command.from_)]
    if command.message is None:
        form.append(("Url", call_url(view.webhook_url, view.call_id)))
    else:
        form.append(("Twiml", _fitting(notification(command.message, command.hangup_delay, view.voice, view.language))))
    form += [("StatusCallback", status), *(("StatusCallbackEvent", event) for event in STATUS_EVENTS)]
    form.append(("Timeout", str(min(600, max(1, round(command.ring_timeout))))))
    form.append(("TimeLimit", str(math.ceil(command.max_duration) + LIMIT_SLACK)))
    if command.digits:
        form.append(("SendDigits", twilio_digits(command.digits)))
    return RestRequest(method="POST", path="/Calls.json", form=form)


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


def _standing(reply: RestReply, body: dict[str, Any]) -> Standing:
    if reply.status == 404:
        return Standing(over=True, word="not-found")
    if reply.status >= 300:
        return Standing(over=None, word="error")
    word = str(body.get("status", "unknown"))
    return Standing(over=word in END_REASONS, word=word)


def _json(reply: RestReply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
