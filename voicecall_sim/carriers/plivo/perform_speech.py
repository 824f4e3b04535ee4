"""Speak, Play, Wait and DTMF, by themselves or as prompts within another element."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from voicecall_sim.carriers.plivo.elements import Dtmf, Play, Prompt, Speak, Wait
from voicecall_sim.carriers.plivo.keys import key_presses
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.media import fetch_sound
from voicecall_sim.carriers.plivo.quiet import Quiet
from voicecall_sim.carriers.plivo.steps import Step
from voicecall_sim.carriers.plivo.timing import MAX_LOOPS
from voicecall_sim.sound.sound import Sound, Speech
from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros, seconds

Stop: TypeAlias = asyncio.Future[Any] | None
"""When done, a prompt falls silent."""

Run: TypeAlias = Sound | Micros
"""Something to play, or a silence of that length."""


async def perform_speak(call: LiveCall, speak: Speak) -> Step | None:
    """Speak."""
    await play_prompt(call, speak, None)
    return None


async def perform_play(call: LiveCall, play: Play) -> Step | None:
    """Play a file."""
    await play_prompt(call, play, None)
    return None


async def perform_wait(call: LiveCall, wait: Wait) -> Step | None:
    """Be silent, until the other end is or beeps, if that is asked for."""
    if not (wait.silence or wait.beep):
        await call.control.pause(wait.length * SECOND)
        return None
    quiet = Quiet(call.end, call.plant.tasks, silence=wait.min_silence * MILLISECOND if wait.silence else None)
    try:
        await call.control.pause(wait.length * SECOND, quiet.beeped if wait.beep and not wait.silence else quiet.done)
    finally:
        quiet.close()
    return None


async def perform_dtmf(call: LiveCall, dtmf: Dtmf) -> Step | None:
    """Press keys; the document goes on meanwhile unless it says otherwise."""
    if dtmf.asynchronous:
        call.plant.tasks.start(press_along(call, dtmf.digits))
    else:
        await press(call, dtmf.digits)
    return None


async def press(call: LiveCall, digits: str) -> None:
    """Press keys towards the other end. Raises `Interrupted`."""
    for wait, key in key_presses(digits):
        await call.control.pause(wait)
        if key:
            call.end.press(key)


async def press_along(call: LiveCall, digits: str) -> None:
    """Press keys beside whatever goes on."""
    for wait, key in key_presses(digits):
        await asyncio.sleep(seconds(wait))
        if call.over:
            return
        if key:
            call.end.press(key)


async def play_prompts(call: LiveCall, prompts: Iterable[Prompt], stop: Stop) -> None:
    """Play these one after the other until `stop` is done."""
    for prompt in prompts:
        if stop is not None and stop.done():
            return
        await play_prompt(call, prompt, stop)


async def play_prompt(call: LiveCall, prompt: Prompt, stop: Stop) -> None:
    """Play one, as often as it says."""
    match prompt:
        case Speak():
            await play_runs(call, spoken(prompt.words), prompt.loop, stop)
        case Play():
            sound = await fetch_sound(call, prompt.url)
            await play_runs(call, () if sound is None else (sound,), prompt.loop, stop)
        case Wait():
            await call.control.pause(prompt.length * SECOND, stop)


def spoken(words: Iterable[str | Micros]) -> tuple[Run, ...]:
    """What a Speak plays."""
    return tuple(Speech(run) if isinstance(run, str) else run for run in words)


async def play_runs(call: LiveCall, runs: tuple[Run, ...], loop: int, stop: Stop) -> None:
    """Play these, so many times over (0: for ever, as we have it)."""
    for _ in range((loop or MAX_LOOPS) if runs else 0):
        for run in runs:
            if stop is not None and stop.done():
                return
            await play_run(call, run, stop)


async def play_run(call: LiveCall, run: Run, stop: Stop) -> None:
    """Play one sound, or be silent. Raises `Interrupted`."""
    if isinstance(run, int):
        await call.control.pause(run, stop)
        return
    call.control.check()
    playing = call.end.play(run)
    try:
        await call.control.pause(run.duration, stop)
        if stop is None or not stop.done():
            playing.finish()
    finally:
        playing.stop()


FIDELITY: Final = (
    ("DTMF goes on with the next element at once unless async=false", "docs voice/xml/dtmf", "documented"),
    ("Wait ends early at silence or at a beep", "docs voice/xml/wait", "documented"),
    ("a file is fetched when its turn has come", "no source", "assumed"),
)
