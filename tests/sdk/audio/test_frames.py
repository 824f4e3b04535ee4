"""Frames of 160 bytes from pieces of any size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.audio.frames import FRAME_BYTES, SILENT_FRAME, Framer, seconds


@given(st.lists(st.binary(max_size=700), max_size=12))
def test_nothing_is_lost_or_turned_round(pieces: list[bytes]) -> None:
    framer = Framer()
    frames = [frame for piece in pieces for frame in framer.feed(piece)]
    last = framer.finish()
    assert all(len(frame) == FRAME_BYTES for frame in (*frames, *([last] if last else [])))
    whole = b"".join(pieces)
    assert b"".join(frames) + (last or b"") == whole + b"\xff" * (-len(whole) % FRAME_BYTES)
    assert framer.finish() is None


def test_seconds() -> None:
    assert seconds(len(SILENT_FRAME)) == 0.02
