"""Audio that an application offers for playing. WAV is heard as it is; of an MP3 only the length is known."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.courier import Failure
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.overrides import Overrides
from voicecall_sim.carriers.plivo.timing import MEDIA_CONNECT, MEDIA_READ
from voicecall_sim.carriers.plivo.webhooks import Errand
from voicecall_sim.sound.clip import from_wav
from voicecall_sim.sound.sound import Sound, Wordless
from voicecall_sim.sound.wav import NoWav
from voicecall_sim.world.clock import SECOND

MP3_BYTES: Final = 16_000
"""Bytes a second: 128 kbit/s."""
MEDIA_LIMIT: Final = 10 * 1024 * 1024
SETTINGS: Final = Overrides(connect=MEDIA_CONNECT, read=MEDIA_READ, total=MEDIA_CONNECT + MEDIA_READ, retries=1)


async def fetch_sound(call: LiveCall, url: str) -> Sound | None:
    """Get a file; None, with a note, for what cannot be had or is no audio. Raises `Interrupted`."""
    errand = Errand(
        kind="media",
        event="Play",
        call_uuid=call.uuid,
        callback=Callback(url=url, method="GET"),
        params={},
        limit=MEDIA_LIMIT,
        settings=SETTINGS,
    )
    answer = await call.control.wait(call.plant.tasks.spawn(call.plant.send(errand)))
    if isinstance(answer, Failure) or not answer.good or not answer.whole:
        how = answer.error if isinstance(answer, Failure) else f"answered {answer.status}"
        call.note(0, f"the file to play was not had: {how}")
        return None
    return audio(url, answer.body)


def audio(url: str, body: bytes) -> Sound:
    """What a file sounds like. One that is no WAV lasts as long as an MP3 would."""
    name = url.partition("?")[0].rpartition("/")[2] or url
    try:
        return from_wav(body, name)
    except NoWav:
        return Wordless(name, len(body) * SECOND // MP3_BYTES)


FIDELITY: Final = (
    ("mp3 and wav up to 10 MB are played", "docs voice/xml/play", "documented"),
    ("a file that cannot be had is skipped", "docs voice/xml/play", "documented"),
    ("an MP3 lasts as at 128 kbit/s and has no text", "the format", "assumed"),
    ("files are requested by GET, signed, without parameters", "no source", "assumed"),
)
