"""WAV files."""

from __future__ import annotations

import io
import wave

import numpy as np

from voicecall_sim.carriers.twilio.wav import mixed, silence, wav


def test_a_file_that_others_can_read() -> None:
    with wave.open(io.BytesIO(wav(silence(3, 2), 2))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        assert file.getnframes() == 3 * 8000


def test_channels_are_mixed() -> None:
    samples = np.array([100, 300, -100, 100, 32767, 32767], "<i2").tobytes()
    assert np.frombuffer(mixed(samples, 2), "<i2").tolist() == [200, 0, 32767]
