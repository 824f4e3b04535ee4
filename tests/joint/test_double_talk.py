"""Who is it: simulated people, the echo of what we play, and noise, as the SDK judges them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tools.ai_services import silence, voice
from voicecall_sdk.audio.frames import FRAME_BYTES
from voicecall_sdk.audio.levels import DoubleTalk
from voicecall_sim.sound.g711 import from_ulaw, ulaw

BOT = voice("Good morning, this is the office. How can I help you today? We are open until five.")
CALLER = voice("Wait, one question.")


def line(echo: float, delay: float, *, noise: float = 0.0, caller_at: float | None = None) -> tuple[list[bool], int]:
    """For each frame while the bot speaks whether the caller was heard, and the frame in which the caller began."""
    bot = from_ulaw(BOT).astype(np.float64)
    near = np.zeros(len(bot))
    late = round(delay * 8000)
    near[late:] += bot[: len(bot) - late] * 10 ** (echo / 20)
    loudness = float(np.sqrt(np.mean(bot**2)))
    near += np.random.default_rng(7).normal(0, 1, len(near)) * loudness * noise
    begins = len(near) if caller_at is None else round(caller_at * 8000)
    caller = from_ulaw(CALLER).astype(np.float64)[: len(near) - begins]
    near[begins : begins + len(caller)] += caller
    sound = ulaw(np.clip(near, -32768, 32767).astype(np.int16))
    ear, heard = DoubleTalk(), []
    for frame in range(len(BOT) // FRAME_BYTES):
        part = slice(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES)
        ear.played(BOT[part], frame)
        heard.append(ear.heard(sound[part], frame))
    return heard, begins // FRAME_BYTES


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2, 0.45])
@pytest.mark.parametrize("echo", [-14, -20, -30])
def test_an_echo_is_never_the_caller(echo: float, delay: float) -> None:
    heard, _ = line(echo, delay)
    assert not any(heard)


def test_noise_and_echo_together_are_never_the_caller() -> None:
    heard, _ = line(-20, 0.1, noise=0.1)
    assert not any(heard)


@pytest.mark.parametrize("at", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_caller_is_heard_within_a_tenth_of_a_second(at: float, noise: float) -> None:
    heard, begins = line(-20, 0.1, noise=noise, caller_at=at)
    assert not any(heard[:begins])
    assert any(heard[begins : begins + 5])


def test_silence_is_nobody() -> None:
    ear = DoubleTalk()
    sound = silence(1.0)
    assert not any(ear.heard(sound[start : start + 160], start // 160) for start in range(0, len(sound), 160))
