"""Our commands as TwiML. Every document of a live call ends in a Redirect to us, so that no document's end hangs up a
call that we did not want to end, and so that we learn when what we said is over.

Written by hand, in the very form of `twilio.twiml` (attributes in order, no blanks), which takes six times as long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.twilio.media import TOKEN
from voicecall_sdk.carriers.twilio.webhooks import call_url
from voicecall_sdk.commands import Command, Connect, HangUp, Hold, Listen, Press, Prompt, Reject, Say
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.values import Turn

HOLD_SECONDS: Final = 60
LISTEN_TIMEOUT: Final = 5
"""Seconds without speech or key after which Gather gives up; it is also the longest pause between two keys."""

MAX_SAY: Final = 3000
"""Characters of one Say: more is not spoken at all (error 13521; the lower of the voices' limits)."""

NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped (XML 1.0, production 2)."""

SENTENCE_ENDS: Final = (". ", "! ", "? ", "\n")

ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
QUOTED: Final = ESCAPED | str.maketrans({'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"})

HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
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
    wait = _verb("Pause", length=max(1, round(pause))) if pause > 0 else ""
    return f"{HEAD}<Response>{_spoken(text, voice, language)}{wait}<Hangup /></Response>"


def pieces(text: str, most: int = MAX_SAY) -> Iterator[str]:
    """A text in pieces of at most `most` characters, cut after a sentence, or else a word."""
    while len(text) > most:
        head = text[:most]
        ends = [head.rfind(end) + 1 for end in SENTENCE_ENDS]
        at = max(ends) or head.rfind(" ") + 1 or most
        yield text[:at].strip()
        text = text[at:].strip()
    yield text


def twilio_digits(digits: str) -> str:
    """Keys in Twilio's alphabet: `w` half a second, `W` a second."""
    return digits.replace("p", "W").replace("P", "W").replace(",", "W")


def _document_of(commands: Sequence[Command], view: CallView) -> str:
    for command in reversed(commands):
        text = document(command, view)
        if text is not None:
            return text
    return document(HangUp() if view.state.terminal else Hold(), view) or EMPTY


# --- verbs ------------------------------------------------------------------------------------------------------


def _verb(name: str, inside: str = "", /, **attributes: str | int) -> str:
    """One element; its attributes in the order of their names."""
    written = "".join([f' {key}="{str(attributes[key]).translate(QUOTED)}"' for key in sorted(attributes)])
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written} />"


def _spoken(text: str, voice: str, language: str) -> str:
    """As many Says as it takes; none for a text without anything to say."""
    parts = pieces(NOT_XML.sub(" ", text).strip())
    return "".join([_verb("Say", part.translate(ESCAPED), voice=voice, language=language) for part in parts if part])


def _redirect(view: CallView, flow: str, turn: Turn | None = None) -> str:
    return _verb("Redirect", _back(view, flow, turn).translate(ESCAPED), method="POST")


def _back(view: CallView, flow: str, turn: Turn | None = None) -> str:
    return call_url(view.webhook_url, view.call_id, flow=flow, turn=turn, step=view.step or None)


def _say(command: Say, view: CallView) -> str:
    return _spoken(command.text, view.voice, view.language) + _redirect(view, "spoken", command.turn)


def _prompt(command: Prompt, view: CallView) -> str:
    return _gather(view, command.turn, _spoken(command.text, view.voice, view.language))


def _listen(command: Listen, view: CallView) -> str:
    return _gather(view, command.turn, "")


def _gather(view: CallView, turn: Turn, prompt: str) -> str:
    gather = _verb(
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
    return _verb("Pause", length=HOLD_SECONDS) + _redirect(view, "hold")


def _connect(command: Connect, view: CallView) -> str:
    """The stream, until it ends or never comes to be: then we are asked what to do."""
    parameter = _verb("Parameter", name=TOKEN, value=command.token)
    return _verb("Connect", _verb("Stream", parameter, url=view.stream_url)) + _redirect(view, "streamed")


def _press(command: Press, view: CallView) -> str:
    return _verb("Play", digits=twilio_digits(command.digits)) + _redirect(view, "pressed")


def _hang_up(command: HangUp, view: CallView) -> str:
    return _verb("Hangup")


def _reject(command: Reject, view: CallView) -> str:
    return _verb("Reject", reason="busy" if command.busy else "rejected")


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
