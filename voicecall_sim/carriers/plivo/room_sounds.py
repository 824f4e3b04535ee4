"""What is heard in a conference besides its members: beeps, and documents that are played."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo.confirming import prompts_of
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.perform_speech import play_prompts
from voicecall_sim.carriers.plivo.timing import MAX_LOOPS
from voicecall_sim.sound.tones import BEEP

BEEPS: Final = "beep"


def sound(hearers: list[LiveCall], wanted: str | None, event: str) -> None:
    """These hear a beep, or what the document at a URL plays."""
    if wanted is None:
        return
    for call in hearers:
        if wanted.startswith(BEEPS):
            call.end.play(BEEP)
        else:
            call.plant.tasks.start(played(call, wanted, event, None, 1))


def entertain(call: LiveCall, url: str | None, until: asyncio.Future[Any], event: str = "waitSound") -> None:
    """Play the document at a URL over and over for one who waits."""
    if url is not None:
        call.plant.tasks.start(played(call, url, event, until, MAX_LOOPS))


async def played(call: LiveCall, url: str, event: str, until: asyncio.Future[Any] | None, times: int) -> None:
    """Play a document so many times over, or until then, or until the call is over or sent elsewhere."""
    prompts = await prompts_of(call, call, url, event)
    try:
        for _ in range(times if prompts and not call.over else 0):
            if until is not None and until.done():
                return
            await play_prompts(call, prompts, until)
    except Interrupted:
        return


FIDELITY: Final = (
    (
        "enterSound and exitSound: a beep, or a URL whose document is played to the others",
        "plivo-python; docs",
        "documented",
    ),
    (
        "waitSound: a URL whose document is played to who waits for the conference to begin or for company",
        "docs voice/xml/conference",
        "documented",
    ),
    ("waitSound is not heard again when the others have gone", "no source", "assumed"),
)
