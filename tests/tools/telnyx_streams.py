"""An application's media socket for the emulated Telnyx, and audio to say over it."""

from __future__ import annotations

import base64
from typing import Any

from tests.tools.stream_server import MEDIA, MediaServer, MediaSocket, media_server
from tests.tools.telnyx_world import Phone, Stage
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.stream_codecs import Resampler
from voicecall_sim.sound.g711 import from_ulaw
from voicecall_sim.sound.sound import Speech

RTP = {"stream_bidirectional_mode": "rtp"}


async def streaming(stage: Stage, server: MediaServer, **given: Any) -> tuple[CallLeg, Phone, MediaSocket]:
    """An answered leg whose stream has begun."""
    leg, anna = await stage.answered()
    await stage.act(leg, "streaming_start", **{"stream_url": MEDIA, **RTP, **given})
    await stage.wait(0.5)
    return leg, anna, server.socket


def payload(audio: bytes) -> dict[str, Any]:
    return {"event": "media", "media": {"payload": base64.b64encode(audio).decode()}}


def words(text: str) -> bytes:
    speech = Speech(text)
    return speech.ulaw(0, speech.duration // 125)


def linear(text: str, rate: int) -> bytes:
    return Resampler(8000, rate).feed(from_ulaw(words(text) + b"\xff" * 400)).astype("<i2").tobytes()


__all__ = ["MEDIA", "RTP", "linear", "media_server", "payload", "streaming", "words"]
