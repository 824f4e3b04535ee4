"""Say, Play and Pause, by themselves or as prompts within a Gather."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from voicecall_sim.carriers.twilio.answers import Failure
from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice
from voicecall_sim.carriers.twilio.documents import content_type
from voicecall_sim.carriers.twilio.keys import key_presses
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.media import MEDIA_LIMIT, audio
from voicecall_sim.carriers.twilio.steps import Document, Step, target
from voicecall_sim.carriers.twilio.timing import MAX_LOOPS
from voicecall_sim.carriers.twilio.verbs import AudioBody, Pause, Play, Prompt, Say
from voicecall_sim.sound.sound import Sound, Speech
from voicecall_sim.world.clock import SECOND, Micros

Stop: TypeAlias = asyncio.Future[Any] | None
"""When done, a prompt falls silent."""


async def perform_say(call: LiveCall, say: Say, document: Document) -> Step | None:
    """Speak."""
    await play_runs(call, spoken(say), say.loop, None)
    return None


async def perform_play(call: LiveCall, play: Play, document: Document) -> Step | None:
    """Play a file, or press keys. Raises `ApplicationFault` if the file cannot be had."""
    if play.digits is not None:
        await press(call, play.digits)
    else:
        await play_runs(call, (await fetch_sound(call, play, document),), play.loop, None)
    return None


async def perform_audio_body(call: LiveCall, body: AudioBody, document: Document) -> Step | None:
    """Play what came instead of a document."""
    await play_runs(call, (body.sound,), 1, None)
    return None


async def perform_pause(call: LiveCall, pause: Pause, document: Document) -> Step | None:
    """Be silent."""
    await call.control.pause(pause.length * SECOND)
    return None


Run: TypeAlias = Sound | Micros | str
"""Something to play, a silence of that length, or keys to press."""


async def prepare(call: LiveCall, prompts: Iterable[Prompt], document: Document) -> list[tuple[tuple[Run, ...], int]]:
    """What the prompts of a Gather play, and how often; all files are fetched first. Raises `ApplicationFault`."""
    prepared: list[tuple[tuple[Run, ...], int]] = []
    for prompt in prompts:
        match prompt:
            case Say():
                prepared.append((spoken(prompt), prompt.loop))
            case Play(digits=str(digits)):
                prepared.append(((digits,), 1))
            case Play():
                prepared.append(((await fetch_sound(call, prompt, document),), prompt.loop))
            case Pause():
                prepared.append(((prompt.length * SECOND,), 1))
    return prepared


async def play_prepared(call: LiveCall, prepared: Iterable[tuple[tuple[Run, ...], int]], stop: Stop) -> None:
    """Play prompts one after the other until `stop` is done."""
    for runs, loop in prepared:
        await play_runs(call, runs, loop, stop)


async def play_runs(call: LiveCall, runs: tuple[Run, ...], loop: int, stop: Stop) -> None:
    """Play these, so many times over (0: as often as Twilio goes)."""
    for _ in range(loop or MAX_LOOPS):
        for run in runs:
            if stop is not None and stop.done():
                return
            await play_run(call, run, stop)


async def play_run(call: LiveCall, run: Run, stop: Stop) -> None:
    """Play one sound, press keys, or be silent."""
    if isinstance(run, int):
        await call.control.pause(run, stop)
        return
    if isinstance(run, str):
        await press(call, run)
        return
    call.control.check()
    playing = call.end.play(run)
    try:
        await call.control.pause(run.duration, stop)
        if stop is None or not stop.done():
            playing.finish()
    finally:
        playing.stop()


def spoken(say: Say) -> tuple[Run, ...]:
    """What a Say plays."""
    return tuple(Speech(run) if isinstance(run, str) else run for run in say.words)


async def press(call: LiveCall, digits: str) -> None:
    """Press keys towards the other end."""
    for wait, key in key_presses(digits):
        await call.control.pause(wait)
        if key:
            call.end.press(key)


async def fetch_sound(call: LiveCall, play: Play, document: Document) -> Sound:
    """Get the file of a Play. Raises `ApplicationFault`: 11200 and its like, 13420 for what is no audio."""
    where = target(document, play.url, "GET")
    errand = call.media_errand("Play", where, MEDIA_LIMIT)
    delivery = await call.control.wait(call.plant.tasks.spawn(call.plant.send(errand)))
    answer = delivery.answer
    if isinstance(answer, Failure):
        raise ApplicationFault(Notice(answer.code, answer.error), where.url)
    if answer.status >= 300:
        raise ApplicationFault(Notice(11200, f"the answer was {answer.status}"), where.url)
    kind, _ = content_type(answer.headers.get("Content-Type", ""))
    sound = audio(where.url, kind, answer.body)
    if sound is None:
        raise ApplicationFault(Notice(13420, kind), where.url)
    return sound


FIDELITY: Final = (
    ("a file that cannot be had is an application error", "error dictionary 11200, 13420 (level ERROR)", "assumed"),
    ("all files of a Gather are fetched before it begins", "voice/twiml/gather", "documented"),
    ("files are requested by GET, signed, without parameters", "no source", "assumed"),
    ("digits are pressed on the line, w and W wait", "voice/twiml/play", "documented"),
)
