"""Frames made by hand are those of the library."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from voicecall_sdk.speech.masked import KEYS, MaskedText


def _read(data: bytes) -> Frame:
    """What the library's server makes of it."""
    stream = StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    reading = Frame.parse(stream.read_exact, mask=True, max_size=None)
    try:
        next(reading)
    except StopIteration as read:
        frame: Frame = read.value
        assert not stream.buffer
        return frame
    raise AssertionError("the frame is not whole")


@pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 127, 65_535, 65_536, 70_001])
def test_a_frame_of_any_length_is_read_by_the_library(size: int) -> None:
    text = ("häßlich " * (size // 9 + 1)).encode()[:size]
    frame = _read(MaskedText().frame(text))
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, text)
    assert (frame.rsv1, frame.rsv2, frame.rsv3) == (False, False, False)


def test_the_length_is_told_in_as_few_bytes_as_by_the_library() -> None:
    for size in (0, 125, 126, 65_535, 65_536):
        ours, theirs = MaskedText().frame(bytes(size)), Frame(Opcode.TEXT, bytes(size)).serialize(mask=True)
        head = len(theirs) - size - 4
        assert (len(ours), ours[:head]) == (len(theirs), theirs[:head])


def test_every_frame_has_a_key_of_its_own() -> None:
    frames = MaskedText()
    made = [frames.frame(b"") for _ in range(2 * KEYS + 1)]
    assert len(set(made)) > len(made) - 3
    assert {len(frame) for frame in made} == {6}
    assert MaskedText().frame(b"") not in made[:KEYS]
