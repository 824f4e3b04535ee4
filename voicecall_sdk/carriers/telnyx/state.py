"""What every event of a call brings back to us: `client_state`, as Telnyx calls it (base64, of our own making).

Telnyx keeps one for each call, the last that a command carried; events that it sends carry that one. So what is said
next names itself with the command that has it said, and what is heard from then on belongs to it. Other people's
state is none of ours, and is left alone.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from voicecall_sdk.carriers.carrier import CallView
from voicecall_sdk.values import CallId, Direction, Turn

MARK: Final = "voicecall"


@dataclass(frozen=True, slots=True)
class ClientState:
    """Our call, who placed it, what is being said or asked, and whether a media stream tells what is heard."""

    call_id: CallId | None = None
    direction: Direction | None = None
    turn: Turn | None = None
    streamed: bool = False


def written(view: CallView, turn: Turn | None = None, *, streamed: bool = False) -> str:
    """The state of a call as commands carry it."""
    parts = (MARK, view.call_id, view.direction.value, turn or "", "streamed" if streamed else "")
    return base64.b64encode("|".join(parts).encode()).decode()


def read(value: object) -> ClientState:
    """Our own state as events bring it back; an empty one for anything else."""
    if not isinstance(value, str):
        return ClientState()
    try:
        parts = base64.b64decode(value, validate=True).decode().split("|")
    except (binascii.Error, UnicodeError, ValueError):
        return ClientState()
    if len(parts) != 5 or parts[0] != MARK or parts[2] not in tuple(Direction):
        return ClientState()
    return ClientState(CallId(parts[1]), Direction(parts[2]), Turn(parts[3]) if parts[3] else None, bool(parts[4]))
