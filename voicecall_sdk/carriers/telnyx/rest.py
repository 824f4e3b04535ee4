"""Our commands as Call Control commands, and their answers (docs: api-reference/call-commands).

A command that carries a `command_id` is done once, however often it arrives within a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from voicecall_sdk.carriers.carrier import CallView, Credentials, Done, Outcome, Placed, Standing
from voicecall_sdk.carriers.forms import waits_in_w
from voicecall_sdk.carriers.telnyx.lexicon import ALREADY_TRANSCRIBED, GONE, NOT_FOUND, OVER, transcribed
from voicecall_sdk.carriers.telnyx.state import written
from voicecall_sdk.carriers.urls import with_token
from voicecall_sdk.commands import (
    Answer,
    AskStatus,
    Command,
    Connect,
    Dial,
    FallSilent,
    HangUp,
    Listen,
    Press,
    Prompt,
    Reject,
    Say,
    StopListening,
)
from voicecall_sdk.errors import CarrierRefused, CarrierSilent
from voicecall_sdk.messages import RestReply, RestRequest
from voicecall_sdk.values import ProviderCallId, Turn

CALLS: Final = "/calls"

MAX_PAYLOAD: Final = 3000
"""Characters that are spoken at once. Pieces would not tell which of them ended: they share the call's state."""

LIMIT_SLACK: Final = 60
"""Seconds beyond our own limit after which Telnyx ends a call that we lost sight of."""

RING_TIMES, TIME_LIMITS = (5, 600), (30, 14_400)
"""Seconds, least and most, that `timeout_secs` and `time_limit_secs` take."""

LOST: Final = frozenset({502, 504})
"""A gateway had no answer from whoever was to do it: nobody knows whether it was done."""

MULAW: Final = "PCMU"


def express(command: Command, view: CallView) -> Sequence[RestRequest]:
    """The requests that carry a command out. A held line is silent of itself."""
    write = WRITERS.get(type(command))
    return () if write is None else write(command, view)


def interpret(command: Command, reply: RestReply) -> Outcome:
    """Read an answer. To hang up a call that is over, to silence one that says nothing, or to have one transcribed
    that is transcribed already, needs nothing more.

    An order to dial whose answer got lost behind a gateway, or makes no sense, may have been carried out.
    """
    body = reply.fields
    code = _code(body)
    if isinstance(command, AskStatus):
        return _standing(reply, body, code)
    if isinstance(command, Dial) and (reply.status < 300 or reply.status in LOST):
        return _placed(reply, body)
    if reply.status < 300 or code in TOLERATED.get(type(command), ()):
        return Done()
    if (reply.status, type(command)) in NOTHING_TO_DO:
        return Done()
    raise CarrierRefused(f"Telnyx API error: {reply.status} {_message(reply, body)}", status=reply.status, code=code)


def authorize(request: RestRequest, credentials: Credentials) -> RestRequest:
    """Bearer, and in an order to dial the connection that places the call."""
    headers = {**request.headers, "Authorization": f"Bearer {credentials['apiKey']}"}
    content = request.json
    if content is not None and request.path == CALLS:
        content = {"connection_id": credentials["connectionId"], **content}
    return replace(request, headers=headers, json=content)


def base_url(credentials: Credentials) -> str:
    """The same for every account."""
    return f"https://api.telnyx.com{account_path(credentials)}"


def account_path(credentials: Credentials) -> str:
    """What stands before every path."""
    return "/v2"


# --- commands ---------------------------------------------------------------------------------------------------


def _dial(command: Dial, view: CallView) -> Sequence[RestRequest]:
    content: dict[str, object] = {
        "to": command.to,
        "from": command.from_,
        "webhook_url": view.webhook_url,
        "webhook_url_method": "POST",
        "client_state": written(view),
        "command_id": view.call_id,
        "timeout_secs": _within(RING_TIMES, command.ring_timeout),
    }
    if (limit := math.ceil(command.max_duration) + LIMIT_SLACK) <= TIME_LIMITS[1]:
        content["time_limit_secs"] = _within(TIME_LIMITS, limit)
    if command.digits:
        content["send_digits_on_answer"] = waits_in_w(command.digits)
    return (RestRequest(method="POST", path=CALLS, json=content),)


def _answer(command: Answer, view: CallView) -> Sequence[RestRequest]:
    """Once, whatever is delivered twice."""
    return (_action(view, "answer", command_id=f"{view.call_id}-answer", client_state=written(view)),)


def _reject(command: Reject, view: CallView) -> Sequence[RestRequest]:
    return (_action(view, "reject", cause="USER_BUSY" if command.busy else "CALL_REJECTED"),)


def _hang_up(command: HangUp, view: CallView) -> Sequence[RestRequest]:
    return (_action(view, "hangup"),)


def _say(command: Say, view: CallView) -> Sequence[RestRequest]:
    return (_speak(command.text, command.turn, view),)


def _prompt(command: Prompt, view: CallView) -> Sequence[RestRequest]:
    return (_speak(command.text, command.turn, view), _transcription(command.turn, view))


def _listen(command: Listen, view: CallView) -> Sequence[RestRequest]:
    return (_transcription(command.turn, view),)


def _stop_listening(command: StopListening, view: CallView) -> Sequence[RestRequest]:
    return (_action(view, "transcription_stop"),)


def _fall_silent(command: FallSilent, view: CallView) -> Sequence[RestRequest]:
    """What ends now is not what is said next, so that its end names nothing."""
    return (_action(view, "playback_stop", stop="all", client_state=written(view)),)


def _press(command: Press, view: CallView) -> Sequence[RestRequest]:
    return (_action(view, "send_dtmf", digits=waits_in_w(command.digits)),)


def _connect(command: Connect, view: CallView) -> Sequence[RestRequest]:
    """Sound both ways as G.711 mu-law; what we send is heard by the very leg, which is bridged to nobody."""
    return (
        _action(
            view,
            "streaming_start",
            client_state=written(view, streamed=True),
            stream_url=with_token(view.stream_url, command.token),
            stream_auth_token=command.token,
            stream_track="inbound_track",
            stream_codec=MULAW,
            stream_bidirectional_mode="rtp",
            stream_bidirectional_codec=MULAW,
            stream_bidirectional_sampling_rate=8000,
            stream_bidirectional_target_legs="self",
        ),
    )


def _status(command: AskStatus, view: CallView) -> Sequence[RestRequest]:
    return (RestRequest(method="GET", path=_call(view)),)


WRITERS: Final[Mapping[type[Command], Callable[[Any, CallView], Sequence[RestRequest]]]] = {
    Dial: _dial,
    Answer: _answer,
    Reject: _reject,
    HangUp: _hang_up,
    Say: _say,
    Prompt: _prompt,
    Listen: _listen,
    StopListening: _stop_listening,
    FallSilent: _fall_silent,
    Press: _press,
    Connect: _connect,
    AskStatus: _status,
}
"""`Hold` is not among them: nothing is done."""

TOLERATED: Final[Mapping[type[Command], frozenset[int]]] = {
    HangUp: GONE,
    Reject: GONE,
    StopListening: GONE,
    Prompt: frozenset({ALREADY_TRANSCRIBED}),
    Listen: frozenset({ALREADY_TRANSCRIBED}),
}
"""Codes of refusals that mean that there is nothing to do."""

NOTHING_TO_DO: Final = frozenset({(404, HangUp), (404, Reject), (422, FallSilent)})
"""The same by status. How a leg on which nothing plays refuses to stop is not documented."""


def _speak(text: str, turn: Turn, view: CallView) -> RestRequest:
    """Instead of whatever is being said."""
    if len(text) > MAX_PAYLOAD:
        raise CarrierRefused(
            f"Telnyx speaks at most {MAX_PAYLOAD} characters at once, this has {len(text)}: say it in shorter pieces",
            status=413,
        )
    state = written(view, turn)
    return _action(
        view, "speak", payload=text, voice=view.voice, language=view.language, stop="all", client_state=state
    )


def _transcription(turn: Turn, view: CallView) -> RestRequest:
    """Of what the far end says; it goes on until the call ends, and asked for again it is the same command."""
    return _action(
        view,
        "transcription_start",
        command_id=f"{view.call_id}-listen",
        client_state=written(view, turn),
        transcription_engine="Google",
        transcription_engine_config={"transcription_engine": "Google", "language": transcribed(view.language)},
        transcription_tracks="inbound",
    )


def _action(view: CallView, name: str, **content: object) -> RestRequest:
    """A command. Its `command_id` is fresh for each, so that the same bytes sent twice are one command."""
    if view.step:
        content = {"command_id": f"{view.step}-{name}", **content}
    return RestRequest(method="POST", path=f"{_call(view)}/actions/{name}", json=content)


def _call(view: CallView) -> str:
    return f"{CALLS}/{quote(view.provider_call_id or '', safe=':=')}"


def _within(limits: tuple[int, int], seconds: float) -> int:
    least, most = limits
    return min(most, max(least, round(seconds)))


# --- answers ----------------------------------------------------------------------------------------------------


def _placed(reply: RestReply, body: Mapping[str, Any]) -> Placed:
    data = body.get("data")
    control_id = data.get("call_control_id") if isinstance(data, dict) else None
    if reply.status >= 300 or not isinstance(control_id, str) or not control_id:
        raise CarrierSilent(f"Telnyx answered {reply.status} without a call: whether there is one will show", sent=True)
    return Placed(ProviderCallId(control_id))


def _standing(reply: RestReply, body: Mapping[str, Any], code: int | None) -> Standing:
    """A call that is not alive may only not be alive yet: it is over when it has an end."""
    if reply.status == 404 or code in GONE:
        return Standing(over=True, word=NOT_FOUND.carrier_word, news=NOT_FOUND)
    data = body.get("data")
    if reply.status >= 300 or not isinstance(data, dict):
        return Standing(over=None, word="error")
    if data.get("is_alive") is True:
        return Standing(over=False, word="alive")
    if data.get("is_alive") is False and data.get("end_time"):
        return Standing(over=True, word=OVER.carrier_word, news=OVER)
    return Standing(over=None, word="unknown")


def _code(body: Mapping[str, Any]) -> int | None:
    """The first error's code: digits in a text, by the description; a number was seen, too."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    code = str(first.get("code", "")) if isinstance(first, dict) else ""
    return int(code) if code.isascii() and code.isdigit() else None


def _message(reply: RestReply, body: Mapping[str, Any]) -> str:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return reply.body.decode("utf-8", "replace")[:200]
    return " ".join(str(first[name]) for name in ("code", "title", "detail") if first.get(name))
