"""What coded speech costs: making and hearing a second of it, beside a bare mu-law look-up of the same audio.

CPU time of this process, best of several rounds that alternate, so that a slow moment of the machine hits all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np

from voicecall_sim.sound.activity import Activity
from voicecall_sim.sound.code import Decoder, encode, encode_ulaw
from voicecall_sim.sound.g711 import Samples, from_ulaw, ulaw
from voicecall_sim.sound.noise import white_noise
from voicecall_sim.sound.reading import read
from voicecall_sim.world.chance import Chance

TEXT: Final = "Good morning, this is the practice of Doctor Rossi. Perché no? Your appointment is at 15:30, Anna. " * 3
ROUNDS: Final = 15
FRAME: Final = 160


def frames(audio: bytes) -> list[bytes]:
    """Pieces of 20 ms."""
    return [audio[at : at + FRAME] for at in range(0, len(audio), FRAME)]


def hear(pieces: list[bytes], text: str | None, *, fresh: bool = False) -> None:
    """Decode, and make sure that it was not for nothing. `fresh` forgets the symbols heard in earlier rounds."""
    if fresh:
        read.cache_clear()
    decoder = Decoder()
    for piece in pieces:
        decoder.feed(piece)
    decoder.finish()
    told = "".join(symbol.text for symbol in decoder.symbols)
    if text is not None and told != text:
        raise SystemExit(f"heard {told!r}")


def judge(pieces: list[bytes]) -> None:
    """Voice activity."""
    activity = Activity()
    for piece in pieces:
        activity.feed(piece)


def look_up(pieces: list[bytes]) -> None:
    """The least that somebody does who looks at audio at all: mu-law to linear, frame by frame."""
    for piece in pieces:
        from_ulaw(piece)


def delayed(samples: Samples) -> Samples:
    """Half a sample later, as a resampler leaves it."""
    later = (samples[:-1].astype(np.int32) + samples[1:]) // 2
    return later.astype(np.int16)


def tasks(speech: bytes) -> Mapping[str, Callable[[], object]]:
    """What is measured, each on audio of that length."""
    noise = white_noise(len(speech), -45, Chance(1)("noise"))
    noisy = ulaw((from_ulaw(speech).astype(np.int32) + from_ulaw(noise)).astype(np.int16))
    voice, between = frames(speech), frames(ulaw(delayed(from_ulaw(speech))))
    return {
        "bare mu-law look-up, 20 ms frames": partial(look_up, voice),
        "encode at 8 kHz, a new text": lambda: encode_ulaw.__wrapped__(TEXT),
        "encode at 24 kHz, a new text": lambda: encode.__wrapped__(TEXT, 24000),
        "encode, a text said before": lambda: encode_ulaw(TEXT),
        "decode, aligned": partial(hear, voice, TEXT),
        "decode, aligned, in pieces of 60 ms": partial(
            hear, [speech[at : at + 480] for at in range(0, len(speech), 480)], TEXT
        ),
        "decode, every symbol for the first time": partial(hear, voice, TEXT, fresh=True),
        "decode, half a sample late": partial(hear, between, TEXT, fresh=True),
        "decode, with noise at -45 dB": partial(hear, frames(noisy), TEXT, fresh=True),
        "decode noise without a voice": partial(hear, frames(noise), ""),
        "decode silence": partial(hear, [b"\xff" * FRAME] * len(voice), ""),
        "voice activity": partial(judge, voice),
    }


def spent(task: Callable[[], object]) -> float:
    """CPU seconds."""
    began = time.process_time()
    task()
    return time.process_time() - began


def main() -> None:
    """Print a line for each task."""
    speech = encode_ulaw(TEXT) + b"\xff" * FRAME
    seconds = len(speech) / 8000
    measured = tasks(speech)
    best = dict.fromkeys(measured, float("inf"))
    for _ in range(ROUNDS):
        for name, task in measured.items():
            task()
            best[name] = min(best[name], spent(task))
    bare = best["bare mu-law look-up, 20 ms frames"]
    print(f"{'a second of':42}{'us of CPU':>12}{'of real time':>14}{'of a look-up':>14}")
    for name, cost in best.items():
        each = cost / seconds
        print(f"{name:42}{each * 1e6:12.1f}{each:13.4%}{cost / bare:14.2f}")


if __name__ == "__main__":
    main()
