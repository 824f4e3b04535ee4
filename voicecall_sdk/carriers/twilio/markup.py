"""Our commands as TwiML. Every document of a live call ends in a Redirect to us, so that no document's end hangs up a
call that we did not want to end, and so that we learn when what we said is over.

Written by hand, in the very form of `twilio.twiml` (attributes in order, no blanks), which takes six times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.forms import waits_in_w
from voicecall_sdk.carriers.twilio.media import TOKEN
from voicecall_sdk.carriers.urls import call_url
from voicecall_sdk.carriers.xml import HEAD, element, escaped, sayable
from voicecall_sdk.commands import Command, Connect, HangUp, Hold, Listen, Press, Prompt, Reject, Say
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.values import Turn

HOLD_SECONDS: Final = 60
LISTEN_TIMEOUT: Final = 5
"""Seconds without speech or key after which Gather gives up; it is also the longest pause between two keys."""

MAX_SAY: Final = 3000
"""Characters of one Say: more is not spoken at all (error 13521; the lower of the voices' limits)."""

EMPTY: Final = f"{HEAD}<Response />"


def reply(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    """The document for the last command that can be written down; the empty one without a call."""
    text = EMPTY if view is None else _document_of(commands, view)
    return WebhookReply(body=text, content_type="application/xml")


def document(command: Command, view: CallView) -> str | None:
    """The TwiML of one command; None if it is not said in a document."""
    write = WRITERS.get(type(command))
    return None if write is None else f"{HEAD}<Response>{write(command, view)}</Response>"


def notification(text: str, pause: float, voice: str, language: str) -> str:
    """Say the message, wait, hang up: sent with the dial request."""
    wait = element("Pause", length=max(1, round(pause))) if pause > 0 else ""
    return f"{HEAD}<Response>{_spoken(text, voice, language)}{wait}<Hangup /></Response>"


def _document_of(commands: Sequence[Command], view: CallView) -> str:
    for command in reversed(commands):
        text = document(command, view)
        if text is not None:
            return text
    return document(HangUp() if view.state.terminal else Hold(), view) or EMPTY


# --- verbs ------------------------------------------------------------------------------------------------------


def _spoken(text: str, voice: str, language: str) -> str:
    """As many Says as it takes; none for a text without anything to say."""
    parts = sayable(text, MAX_SAY)
    return "".join([element("Say", escaped(part), voice=voice, language=language) for part in parts])


def _redirect(view: CallView, flow: str, turn: Turn | None = None) -> str:
    return element("Redirect", escaped(_back(view, flow, turn)), method="POST")


def _back(view: CallView, flow: str, turn: Turn | None = None) -> str:
    return call_url(view.webhook_url, view.call_id, flow=flow, turn=turn, step=view.step or None)


def _say(command: Say, view: CallView) -> str:
    return _spoken(command.text, view.voice, view.language) + _redirect(view, "spoken", command.turn)


def _prompt(command: Prompt, view: CallView) -> str:
    return _gather(view, command.turn, _spoken(command.text, view.voice, view.language))


def _listen(command: Listen, view: CallView) -> str:
    return _gather(view, command.turn, "")


def _gather(view: CallView, turn: Turn, prompt: str) -> str:
    gather = element(
        "Gather",
        prompt,
        input="dtmf speech",
        action=_back(view, "heard", turn),
        method="POST",
        timeout=LISTEN_TIMEOUT,
        speechTimeout="auto" if view.end_of_speech is None else max(1, round(view.end_of_speech)),
        language=view.language,
    )
    return gather + _redirect(view, "silence", turn)


def _hold(command: Hold, view: CallView) -> str:
    return element("Pause", length=HOLD_SECONDS) + _redirect(view, "hold")


def _connect(command: Connect, view: CallView) -> str:
    """The stream, until it ends or never comes to be: then we are asked what to do."""
    parameter = element("Parameter", name=TOKEN, value=command.token)
    return element("Connect", element("Stream", parameter, url=view.stream_url)) + _redirect(view, "streamed")


def _press(command: Press, view: CallView) -> str:
    return element("Play", digits=waits_in_w(command.digits)) + _redirect(view, "pressed")


def _hang_up(command: HangUp, view: CallView) -> str:
    return element("Hangup")


def _reject(command: Reject, view: CallView) -> str:
    return element("Reject", reason="busy" if command.busy else "rejected")


WRITERS: Final[Mapping[type[Command], Callable[[Any, CallView], str]]] = {
    Say: _say,
    Prompt: _prompt,
    Listen: _listen,
    Hold: _hold,
    Press: _press,
    Connect: _connect,
    HangUp: _hang_up,
    Reject: _reject,
}
"""What stands in the document for each command that is said in one."""
