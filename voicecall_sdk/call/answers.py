"""What answers a question: speech, or keys. Pure, as the machine is.

A carrier that tells of single keys leaves it to us when they are a number: after a pause, or a hash.
"""

from __future__ import annotations

from typing import Final

from voicecall_sdk.call.draft import Draft
from voicecall_sdk.call.effects import Arm, Disarm, Replied, Timer
from voicecall_sdk.events import Heard, KeysPressed
from voicecall_sdk.values import Turn

BETWEEN_KEYS: Final = 3.0
"""Seconds after a key within which another one belongs to it (as on a media stream)."""

SOONEST: Final = 1.5
"""Seconds after a question begins to sound in which nobody has understood it, answered it, and been understood."""


def on_keys(draft: Draft, event: KeysPressed) -> None:
    """Keys, all of them or one."""
    draft.answered()
    if not event.whole and event.digits == "#" and draft.record.typed:
        entered(draft, event.turn)
        return
    draft.change(keys=draft.record.keys + event.digits)
    if event.whole:
        _entered(draft, event.digits, event.turn)
    else:
        prompt_was_said(draft, event.turn, hush=True)
        draft.change(typed=draft.record.typed + event.digits)
        draft.do(Arm(Timer.KEYS, BETWEEN_KEYS))


def entered(draft: Draft, turn: Turn | None = None) -> None:
    """The keys pressed one by one are complete."""
    typed = draft.record.typed
    draft.change(typed="")
    draft.do(Disarm(Timer.KEYS))
    if typed:
        _entered(draft, typed, turn)


def stale(draft: Draft, turn: Turn | None) -> bool:
    """An answer to another question than the one that is open."""
    asked = draft.record.asked
    return asked is not None and turn is not None and turn != asked


def too_early(draft: Draft, event: Heard) -> bool:
    """Whether it was begun before the open question could be heard: nobody answers that soon."""
    record = draft.record
    if not event.ongoing or record.speaking is None or record.speaking.turn != record.asked:
        return False
    return record.sounding is None or draft.now - record.sounding < SOONEST


def prompt_was_said(draft: Draft, turn: Turn | None, *, hush: bool = False) -> None:
    """The answer to a prompt, or none, tells that it was said. `hush`: it may still sound, and is to stop."""
    speaking = draft.record.speaking
    if speaking is not None and not speaking.signalled and turn in (None, speaking.turn):
        if hush:
            draft.hush()
        draft.said(whole=True)


def replied(draft: Draft, text: str) -> bool:
    """Whether somebody asked for this."""
    asked = draft.record.asked
    if asked is None:
        return False
    draft.change(asked=None)
    draft.do(Disarm(Timer.TRANSCRIPT))
    draft.do(Replied(asked, text))
    return True


def _entered(draft: Draft, digits: str, turn: Turn | None) -> None:
    if not stale(draft, turn):
        prompt_was_said(draft, turn, hush=True)
        replied(draft, digits)
        draft.change(listening=None)
    draft.idle()
