"""Our commands as Tin Can's scripts: `lines`, one thing each, and `back`, the URL that is told when they are done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.carriers.urls import call_url
from voicecall_sdk.commands import Command, HangUp, Hold, Listen, Prompt, Reject, Say
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.values import Turn

HOLD_SECONDS: Final = 60
LISTEN_SECONDS: Final = 10

Script = dict[str, object]


def reply(commands: Sequence[Command], view: CallView | None) -> WebhookReply:
    """The script of the last command that has one; the empty one without a call."""
    written: Script = {}
    if view is not None:
        asked = [command for command in commands if type(command) in WRITERS]
        written = script(asked[-1] if asked else HangUp() if view.state.terminal else Hold(), view)
    return WebhookReply(body=json.dumps(written), content_type="application/json")


def script(command: Command, view: CallView) -> Script:
    """The script of one command."""
    return WRITERS[type(command)](command, view)


def _back(view: CallView, turn: Turn | None = None, flow: str | None = None) -> str:
    return call_url(view.webhook_url, view.call_id, turn=turn, flow=flow)


WRITERS: Final[Mapping[type[Command], Callable[[Any, CallView], Script]]] = {
    Say: lambda say, view: {"lines": [{"say": say.text}], "back": _back(view, say.turn, "spoken")},
    Prompt: lambda ask, view: {
        "lines": [{"say": ask.text}, {"listen": LISTEN_SECONDS}],
        "back": _back(view, ask.turn),
    },
    Listen: lambda listen, view: {"lines": [{"listen": LISTEN_SECONDS}], "back": _back(view, listen.turn)},
    Hold: lambda hold, view: {"lines": [{"wait": HOLD_SECONDS}], "back": _back(view)},
    HangUp: lambda hang_up, view: {"lines": [{"hang up": True}]},
    Reject: lambda reject, view: {"lines": [{"refuse": "busy" if reject.busy else "unwanted"}]},
}
"""What stands in the script for each command that can be said in one."""
