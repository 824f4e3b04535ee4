"""The application's side of a media stream as it is heard: files in `mp3` mode, raw codec payload in `rtp` mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from voicecall_sim.carriers.streaming.messages import Invalid
from voicecall_sim.carriers.telnyx.audio import MP3, MP3_BYTES
from voicecall_sim.carriers.telnyx.stream_codecs import Code, decoder, lacking
from voicecall_sim.carriers.telnyx.stream_messages import INVALID, TOO_FAST
from voicecall_sim.sound.codecs import REMEDY, Undecodable, available, read_mp3
from voicecall_sim.sound.g711 import ulaw
from voicecall_sim.sound.resampling import to_telephone
from voicecall_sim.sound.sound import Wordless, samples
from voicecall_sim.telephony.line import End
from voicecall_sim.telephony.playout import Playout, Statistics
from voicecall_sim.world.clock import SECOND, Micros

NOTHING: Final = Statistics(queued=0, played=0, discarded=0, refused=0)


class Mouth:
    """Plays what comes to every target. Marks go by the first of them; without one they come back at once."""

    def __init__(
        self,
        targets: Sequence[End],
        given: Mapping[str, Any],
        marked: Callable[[str], None],
        *,
        little_endian: bool,
    ) -> None:
        self._files = (given.get("stream_bidirectional_mode") or "mp3") == "mp3"
        codec = given.get("stream_bidirectional_codec") or "PCMU"
        rate = given.get("stream_bidirectional_sampling_rate") or 8000
        self._marked = marked
        self.deaf = deaf(codec, files=self._files)
        """What there is to say if the application cannot be understood."""
        self._decode: Code | None = None
        if not self._files and self.deaf is None:
            self._decode = decoder(codec, rate, little_endian=little_endian)
        self._playouts = [Playout(target, marked=marked if at == 0 else _ignored) for at, target in enumerate(targets)]
        self._clock = targets[0].leg.surroundings.clock if targets else None
        self._last: Micros | None = None

    def say(self, audio: bytes) -> None:
        """Play it after what came before. Raises `Invalid` for files that come too fast."""
        ulaw = self._file(audio) if self._files else self._payload(audio)
        for playout in self._playouts:
            _ = playout.append(ulaw)

    def mark(self, name: str) -> None:
        """Have it come back when what came before has been played."""
        if self._playouts:
            self._playouts[0].mark(name)
        else:
            self._marked(name)

    def clear(self) -> list[str]:
        """Fall silent; the marks that were pending."""
        return [name for playout in self._playouts for name in playout.clear()]

    def close(self) -> None:
        """Fall silent for good."""
        for playout in self._playouts:
            playout.close()

    @property
    def statistics(self) -> Statistics:
        """What has become of the application's audio, by the first target."""
        return self._playouts[0].statistics if self._playouts else NOTHING

    def _payload(self, audio: bytes) -> bytes:
        if self._decode is None:
            return b""
        try:
            return self._decode(audio)
        except Undecodable as problem:
            raise Invalid(f"The payload cannot be decoded: {problem}", INVALID) from None

    def _file(self, audio: bytes) -> bytes:
        now = self._clock.now() if self._clock is not None else 0
        if self._last is not None and now - self._last < SECOND:
            raise Invalid("At most one media message a second is taken in mp3 mode.", TOO_FAST)
        self._last = now
        # raw audio of an application that forgot to ask for rtp is not heard (a public bug report)
        return b"" if MP3.match(audio) is None else heard(audio)


def deaf(codec: str, *, files: bool) -> str | None:
    """What there is to say of an application that is not understood."""
    if files:
        return None if available() else f"MP3 {REMEDY}; without it a file is a sound of its length, with no words"
    problem = lacking(codec)
    return None if problem is None else f"{problem}: what the application says on this stream is not heard"


def heard(file: bytes) -> bytes:
    """An MP3 file as mu-law. Raises `Invalid`."""
    if not available():
        length = len(file) * SECOND // MP3_BYTES
        return Wordless("MP3", length).ulaw(0, samples(length))
    try:
        recording = read_mp3(file)
    except Undecodable as problem:
        raise Invalid(f"The file cannot be decoded: {problem}", INVALID) from None
    return ulaw(to_telephone(recording.mixed, recording.rate))


def _ignored(name: str) -> None:
    """A mark is told once, whoever else hears the audio."""


FIDELITY: Final = (
    ("mp3 is the default mode: whole files, one message a second at most (100005)", "media streaming", "documented"),
    ("raw audio in mp3 mode is silently not heard", "a public bug report", "reported"),
    ("an MP3 file is decoded, at any rate and with any number of channels", "media streaming", "documented"),
    ("what cannot be decoded is a 100004, and not heard", "no source", "assumed"),
    ("rtp payload is buffered and paced; a mark comes back when all before it played", "media streaming", "documented"),
    ("clear empties the queue and returns all pending marks", "media streaming", "documented"),
    ("chunks shorter than 20 ms are played too", "no source", "assumed"),
)  # fmt: skip
