"""Our commands as TwiML, written with `twilio.twiml`. Every document of a live call ends in a Redirect to us, so that
no document's end hangs up a call that we did not want to end, and so that we learn when what we said is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.twilio.webhooks import call_url
from voicecall_sdk.commands import Command, HangUp, Hold, Listen, Press, Prompt, Reject, Say
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.values import Turn

HOLD_SECONDS: Final = 60
LISTEN_TIMEOUT: Final = 5
"""Seconds without speech or key after which Gather gives up; it is also the longest pause between two keys."""

EMPTY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response />'


def reply(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    """The document for the last command that can be written down; the empty one without a call."""
    text = EMPTY if view is None else _document_of(commands, view)
    return WebhookReply(body=text, content_type="application/xml")


def document(command: Command, view: CallView) -> str | None:
    """The TwiML of one command; None if it is not said in a document."""
    write = WRITERS.get(type(command))
    return None if write is None else write(command, view)


def notification(text: str, pause: float, voice: str, language: str) -> str:
    """Say the message, wait, hang up: sent with the dial request."""
    response = _response()
    response.say(text, voice=voice, language=language)
    if pause > 0:
        response.pause(length=max(1, round(pause)))
    response.hangup()
    return str(response)


def _document_of(commands: Sequence[Command], view: CallView) -> str:
    for command in reversed(commands):
        text = document(command, view)
        if text is not None:
            return text
    return _hang_up(HangUp(), view) if view.state.terminal else EMPTY


def _response() -> Any:
    from twilio.twiml.voice_response import VoiceResponse

    return VoiceResponse()


def _back(view: CallView, **marks: str | None) -> str:
    return call_url(view.webhook_url, view.call_id, **marks, step=view.step or None)


def _say(command: Say, view: CallView) -> str:
    response = _response()
    response.say(command.text, voice=view.voice, language=view.language)
    response.redirect(_back(view, flow="spoken", turn=command.turn), method="POST")
    return str(response)


def _prompt(command: Prompt, view: CallView) -> str:
    return _gather(view, command.turn, command.text)


def _listen(command: Listen, view: CallView) -> str:
    return _gather(view, command.turn, None)


def _gather(view: CallView, turn: Turn, text: str | None) -> str:
    response = _response()
    gather = response.gather(
        input="dtmf speech",
        action=_back(view, flow="heard", turn=turn),
        method="POST",
        timeout=LISTEN_TIMEOUT,
        speech_timeout="auto" if view.end_of_speech is None else max(1, round(view.end_of_speech)),
        language=view.language,
    )
    if text is not None:
        gather.say(text, voice=view.voice, language=view.language)
    response.redirect(_back(view, flow="silence", turn=turn), method="POST")
    return str(response)


def _hold(command: Hold, view: CallView) -> str:
    response = _response()
    response.pause(length=HOLD_SECONDS)
    response.redirect(_back(view, flow="hold"), method="POST")
    return str(response)


def _press(command: Press, view: CallView) -> str:
    response = _response()
    response.play(digits=twilio_digits(command.digits))
    response.redirect(_back(view, flow="pressed"), method="POST")
    return str(response)


def _hang_up(command: HangUp, view: CallView) -> str:
    response = _response()
    response.hangup()
    return str(response)


def _reject(command: Reject, view: CallView) -> str:
    response = _response()
    response.reject(reason="busy" if command.busy else "rejected")
    return str(response)


def twilio_digits(digits: str) -> str:
    """Keys in Twilio's alphabet: `w` half a second, `W` a second."""
    return digits.replace("p", "W").replace("P", "W").replace(",", "W")


WRITERS: Final[Mapping[type[Command], Callable[[Any, CallView], str]]] = {
    Say: _say,
    Prompt: _prompt,
    Listen: _listen,
    Hold: _hold,
    Press: _press,
    HangUp: _hang_up,
    Reject: _reject,
}
