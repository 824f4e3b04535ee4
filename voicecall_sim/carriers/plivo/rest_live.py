"""What REST does to a live call's sound: Speak, Play, Record, DTMF."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo.asked import GONE, Answer, Asked, Office, Route, done
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.media import fetch_sound
from voicecall_sim.carriers.plivo.perform_speech import play_runs, press_along, spoken
from voicecall_sim.carriers.plivo.recordings import Recorder, RecordingWish
from voicecall_sim.carriers.plivo.refusals import NO_CALL, Refused, invalid
from voicecall_sim.sound.sound import Sound

LONGEST_RECORDING: Final = 60


def legs_of(office: Office, asked: Asked, name: str = "legs") -> Sequence[LiveCall]:
    """The legs that are meant. Raises `Refused` where there is no B leg."""
    call = office.conversing(asked)
    wanted = asked.given.word(name, "aleg", "aleg", "bleg", "both")
    other = None if call.union is None else call.union.called
    if wanted == "aleg":
        return (call,)
    if other is None:
        raise Refused(*NO_CALL)
    return (other,) if wanted == "bleg" else (call, other)


def speak(office: Office, asked: Asked) -> Answer:
    """Say something."""
    text = asked.given.required("text")
    loop = 0 if asked.given.boolean("loop") else 1
    for leg in legs_of(office, asked):
        begin(leg, "speak", say(leg, text, loop))
    return done(asked, 202, "speak started")


def stop_speaking(office: Office, asked: Asked) -> Answer:
    """Fall silent."""
    return stopped(office, asked, "speak")


def play(office: Office, asked: Asked) -> Answer:
    """Play files."""
    urls = [url.strip() for url in asked.given.required("urls").split(",")]
    if not all(url.startswith(("http://", "https://")) for url in urls):
        raise invalid("urls")
    longest = None if asked.given["length"] is None else asked.given.integer("length", 0, 1)
    loop = 0 if asked.given.boolean("loop") else 1
    for leg in legs_of(office, asked):
        begin(leg, "play", play_files(leg, urls, loop, longest))
    return done(asked, 202, "play started")


def stop_playing(office: Office, asked: Asked) -> Answer:
    """Stop them."""
    return stopped(office, asked, "play")


def begin(leg: LiveCall, what: str, work: object) -> None:
    """Play this beside the document, instead of what REST had it play before."""
    for task in leg.sounds.values():
        task.cancel()
    assert asyncio.iscoroutine(work)
    leg.sounds[what] = leg.plant.tasks.spawn(work)


def stopped(office: Office, asked: Asked, what: str) -> Answer:
    """End what REST had a call play."""
    call = office.conversing(asked)
    for leg in (call,) if call.union is None else (call, call.union.called):
        task = leg.sounds.pop(what, None)
        if task is not None:
            task.cancel()
    return GONE


async def say(leg: LiveCall, text: str, loop: int) -> None:
    """Say it."""
    await beside(leg, spoken((text,)), loop)


async def play_files(leg: LiveCall, urls: Sequence[str], loop: int, longest: int | None) -> None:
    """Play them, at most so many seconds long."""
    fetched = [await fetch_beside(leg, url) for url in urls]
    try:
        async with asyncio.timeout(longest):
            await beside(leg, tuple(sound for sound in fetched if sound is not None), loop)
    except TimeoutError:
        return


async def fetch_beside(leg: LiveCall, url: str) -> Sound | None:
    """A file, unless the call is over or sent elsewhere meanwhile."""
    try:
        return await fetch_sound(leg, url)
    except Interrupted:
        return None


async def beside(leg: LiveCall, runs: tuple[Sound | int, ...], loop: int) -> None:
    """Play these until the end of it, or of the call, or until the call is sent elsewhere."""
    try:
        await play_runs(leg, runs, loop, None)
    except Interrupted:
        return


def record(office: Office, asked: Asked) -> Answer:
    """Record the call."""
    call = office.conversing(asked)
    given = asked.given
    wish = RecordingWish(
        format=given.word("file_format", "mp3", "mp3", "wav"),
        longest=given.integer("time_limit", LONGEST_RECORDING, 1),
        callback=given.callback("callback"),
        transcription=given.callback("transcription"),
        by_api=True,
    )
    recorder = Recorder(call, wish)
    told = {"url": recorder.record.url, "recording_id": recorder.record.recording_id}
    return done(asked, 202, "call recording started", **told)


def stop_recording(office: Office, asked: Asked) -> Answer:
    """Stop all recordings of the call."""
    for recorder in tuple(office.conversing(asked).recorders.values()):
        recorder.stop()
    return GONE


def send_digits(office: Office, asked: Asked) -> Answer:
    """Press keys."""
    digits = asked.given.required("digits")
    if set(digits) - set("0123456789*#wW"):
        raise invalid("digits")
    for leg in legs_of(office, asked, "leg"):
        leg.plant.tasks.start(press_along(leg, digits))
    return done(asked, 202, "digits sent")


ROUTES: Final = (
    Route(operation="speak", method="POST", path="Call/{uuid}/Speak", handler=speak),
    Route(operation="stop speaking", method="DELETE", path="Call/{uuid}/Speak", handler=stop_speaking),
    Route(operation="play", method="POST", path="Call/{uuid}/Play", handler=play),
    Route(operation="stop playing", method="DELETE", path="Call/{uuid}/Play", handler=stop_playing),
    Route(operation="start recording", method="POST", path="Call/{uuid}/Record", handler=record, spawns=False),
    Route(operation="stop recording", method="DELETE", path="Call/{uuid}/Record", handler=stop_recording),
    Route(operation="send digits", method="POST", path="Call/{uuid}/DTMF", handler=send_digits),
)

FIDELITY: Final = (
    ("202 with speak started, play started, call recording started, digits sent", "SDK fixtures", "captured"),
    ("204 for what is stopped", "docs voice/api/call", "documented"),
    (
        "callback_url of Record is told of the recording; elsewhere it makes the request asynchronous",
        "docs",
        "documented",
    ),
    ("what REST has a call say or play replaces its document's sound, mix or not", "one sound a line", "assumed"),
    ("stopping what does not go on is 204, too", "no source", "assumed"),
)
