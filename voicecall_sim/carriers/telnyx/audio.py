"""What a leg can be made to hear: spoken text, SSML, files by URL or by name."""

from __future__ import annotations

import base64
import binascii
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.sound.clip import from_wav
from voicecall_sim.sound.sound import Sound, Speech, Wordless
from voicecall_sim.sound.wav import NoWav
from voicecall_sim.world.clock import MILLISECOND, SECOND

MP3_BYTES: Final = 16_000
"""Bytes a second of an MP3: 128 kbit/s."""
BREAK: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
MP3: Final = re.compile(rb"ID3|\xff[\xfa\xfb\xf2\xf3\xe2\xe3][\x10-\xef]")
"""A tag, or a frame header of layer III with a bit rate (ISO/IEC 11172-3, section 2.4.1.3)."""


class Unplayable(Exception):
    """A file that cannot be played: `status` and `status_detail` of call.playback.ended."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def spoken(payload: str, payload_type: str | None) -> list[Sound]:
    """What a text sounds like. Raises `Refused` for SSML that is not well-formed."""
    if payload_type != "ssml":
        return [Speech(payload)]
    try:
        root = ET.fromstring(payload)
    except ET.ParseError:
        raise Refused("90010", pointer="/payload", detail="The payload is not valid SSML.") from None
    return _within(root)


def _within(element: ET.Element) -> list[Sound]:
    found: list[Sound] = []
    if element.tag.rpartition("}")[2] == "break":
        found.append(_break(element.get("time", "500ms")))
    found += _words(element.text)
    for child in element:
        found += [*_within(child), *_words(child.tail)]
    return found


def _words(text: str | None) -> list[Sound]:
    words = " ".join((text or "").split())
    return [Speech(words)] if words else []


def _break(time: str) -> Sound:
    match = BREAK.fullmatch(time)
    if match is None:
        raise Refused("90010", pointer="/payload", detail="The payload is not valid SSML.")
    unit = SECOND if match[2] == "s" else MILLISECOND
    return Wordless("silence", int(float(match[1]) * unit))


def decoded(body: bytes, name: str) -> Sound:
    """The sound in a WAV or MP3 file; of an MP3 only the length is known. Raises `Unplayable`."""
    if MP3.match(body):
        return Wordless(name, len(body) * SECOND // MP3_BYTES)
    try:
        return from_wav(body, name)
    except NoWav as problem:
        raise Unplayable("failed", str(problem)) from None


async def played(plant: Plant, given: Mapping[str, Any]) -> Sound:
    """What a playback plays; its file is fetched now. Raises `Unplayable`."""
    if given.get("playback_content") is not None:
        return decoded(_content(given["playback_content"]), "playback_content")
    if given.get("media_name") is not None:
        sound = plant.account.media.get(given["media_name"])
        if sound is None:
            raise Unplayable("file_not_found", f"there is no media {given['media_name']}")
        return sound
    url = given["audio_url"]
    answer = await plant.post.fetch(url)
    if not answer.good:
        raise Unplayable("file_not_found", answer.error or f"the answer was {answer.status}")
    return decoded(answer.body, url.rpartition("/")[2] or url)


def _content(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Unplayable("failed", "playback_content is not base64") from None


FIDELITY: Final = (
    (
        "files are fetched when their turn comes; one that cannot be had ends as file_not_found",
        "OpenAPI enum",
        "assumed",
    ),
    ("an MP3 lasts as at 128 kbit/s and has no text", "formats", "assumed"),
    ("of SSML the text and breaks are heard", "no source", "assumed"),
    ("SSML that is not well-formed is a 90010", "no source", "assumed"),
)
