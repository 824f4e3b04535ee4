"""Our commands as Plivo XML (docs: voice/xml). Every document of a live call ends in a Redirect to us, so that no
document's end hangs up a call that we did not want to end, and so that we learn when what we said is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.forms import waits_in_w
from voicecall_sdk.carriers.plivo.lexicon import LANGUAGES, MAN, WOMAN
from voicecall_sdk.carriers.urls import call_url, with_token
from voicecall_sdk.carriers.xml import HEAD, element, escaped, sayable
from voicecall_sdk.commands import Command, Connect, HangUp, Hold, Listen, Press, Prompt, Reject, Say
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.values import Turn

HOLD_SECONDS: Final = 60

LISTEN_SECONDS: Final = 15
"""Seconds after the prompt until GetInput gives up (5 to 60). What is begun late must fit in, too."""

BETWEEN_KEYS: Final = 5
"""Seconds after a key within which another one belongs to it (2 to 10)."""

SPEECH_ENDS: Final = (2, 10)
"""Seconds of silence, least and most, that may end speech. One is refused (the predecessor's defect)."""

MAX_SPEAK: Final = 3000
"""Characters of one Speak."""

EMPTY: Final = f"{HEAD}<Response />"

MULAW: Final = "audio/x-mulaw;rate=8000"


def reply(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    """The document for the last command that can be written down; the empty one without a call."""
    text = EMPTY if view is None else _document_of(commands, view)
    return WebhookReply(body=text, content_type="application/xml")


def document(command: Command, view: CallView) -> str | None:
    """The XML of one command; None if it is not said in a document."""
    write = WRITERS.get(type(command))
    return None if write is None else f"{HEAD}<Response>{write(command, view)}</Response>"


def _document_of(commands: Sequence[Command], view: CallView) -> str:
    for command in reversed(commands):
        text = document(command, view)
        if text is not None:
            return text
    return document(HangUp() if view.state.terminal else Hold(), view) or EMPTY


# --- elements ---------------------------------------------------------------------------------------------------


def _spoken(text: str, view: CallView) -> str:
    """As many Speaks as it takes; none for a text without anything to say. Named voices have their own language."""
    language = LANGUAGES.get(view.language.lower()) if view.voice in (WOMAN, MAN) else None
    attributes = {"voice": view.voice} if language is None else {"voice": view.voice, "language": language}
    return "".join([element("Speak", escaped(part), **attributes) for part in sayable(text, MAX_SPEAK)])


def _redirect(view: CallView, flow: str, turn: Turn | None = None) -> str:
    return element("Redirect", escaped(_back(view, flow, turn)), method="POST")


def _back(view: CallView, flow: str, turn: Turn | None = None) -> str:
    return call_url(view.webhook_url, view.call_id, flow=flow, turn=turn, step=view.step or None)


def _say(command: Say, view: CallView) -> str:
    return _spoken(command.text, view) + _redirect(view, "spoken", command.turn)


def _prompt(command: Prompt, view: CallView) -> str:
    return _input(view, command.turn, _spoken(command.text, view))


def _listen(command: Listen, view: CallView) -> str:
    return _input(view, command.turn, "")


def _input(view: CallView, turn: Turn, prompt: str) -> str:
    """The prompt inside, so that the answer may come while it sounds. Nothing heard: the next element."""
    listening = element(
        "GetInput",
        prompt,
        action=_back(view, "heard", turn),
        method="POST",
        inputType="dtmf speech",
        executionTimeout=LISTEN_SECONDS,
        digitEndTimeout=BETWEEN_KEYS,
        speechEndTimeout=_end_of_speech(view.end_of_speech),
        language=view.language,
        redirect="true",
    )
    return listening + _redirect(view, "silence", turn)


def _end_of_speech(seconds: float | None) -> str:
    least, most = SPEECH_ENDS
    return "auto" if seconds is None else str(min(most, max(least, round(seconds))))


def _hold(command: Hold, view: CallView) -> str:
    return element("Wait", length=HOLD_SECONDS) + _redirect(view, "hold")


def _connect(command: Connect, view: CallView) -> str:
    """The stream, until it ends or never comes to be: then we are asked what to do."""
    stream = element(
        "Stream",
        escaped(with_token(view.stream_url, command.token)),
        bidirectional="true",
        keepCallAlive="true",
        contentType=MULAW,
    )
    return stream + _redirect(view, "streamed")


def _press(command: Press, view: CallView) -> str:
    return element("DTMF", waits_in_w(command.digits), **{"async": "false"}) + _redirect(view, "pressed")


def _hang_up(command: HangUp, view: CallView) -> str:
    return element("Hangup")


def _reject(command: Reject, view: CallView) -> str:
    """Nothing before it in the document answers the call."""
    return element("Hangup", reason="busy" if command.busy else "rejected")


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
