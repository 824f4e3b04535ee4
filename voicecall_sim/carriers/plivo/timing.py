"""Figures of time that no document gives, in one place, and some that do."""

from __future__ import annotations

from typing import Final

from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

DIAL_AFTER: Final[Micros] = 100 * MILLISECOND
"""From the answer to REST to dialling."""
POST_DIAL_DELAY: Final[Micros] = 300 * MILLISECOND
"""From dialling to the called network's being reached."""
LEAVES_AFTER: Final[tuple[Micros, Micros]] = (5 * MILLISECOND, 25 * MILLISECOND)
"""From an event to the departure of its webhook: drawn between these, so that neighbours may overtake."""
KEY_TIME: Final[Micros] = 200 * MILLISECOND
"""From one key that the carrier presses to the next."""
KEY_PAUSES: Final = {"w": 500 * MILLISECOND, "W": 1 * SECOND}
AUTO_SPEECH_END: Final[Micros] = 1 * SECOND
"""Silence that ends speech under `speechEndTimeout="auto"`."""
AUTO_DIGIT_END: Final[Micros] = 2 * SECOND
"""The time for another key under `digitEndTimeout="auto"`."""
INTERIM_EVERY: Final[Micros] = 1 * SECOND
"""Between interim results while somebody speaks."""
RECORDING_READY: Final[Micros] = 1 * SECOND
"""From the end of a recording to its callback."""
MEDIA_CONNECT: Final[Micros] = 2 * SECOND
MEDIA_READ: Final[Micros] = 120 * SECOND
STREAM_CONNECT: Final[Micros] = 5 * SECOND
"""How long a stream's connection may take, the handshake included."""
STREAM_CLOSE: Final[Micros] = 5 * SECOND
"""How long the application may take to answer a stream's closing."""
STREAM_AGAIN: Final[Micros] = 1 * SECOND
"""Between attempts to connect a stream."""
STREAM_ATTEMPTS: Final = 3
STREAM_BUFFER: Final[Micros] = 40 * SECOND
"""How much audio a stream holds for playing."""
MAX_LOOPS: Final = 1000
"""What `loop="0"`, for ever, comes to here."""
DEFAULT_DETECTION: Final = 5000

FIDELITY: Final = (
    ("dialling begins 0.1 s after create, ringing 0.3 s later", "any public network", "assumed"),
    ("webhooks leave 5 to 25 ms after their event", "no order between URLs is promised", "assumed"),
    ("w waits 0.5 s, W 1 s; a key takes 0.2 s", "docs voice/api/call/make-a-call for w and W", "documented"),
    ("auto means 1 s of silence after speech, 2 s after a key", "no figure is published", "assumed"),
    ("interim results once a second", "no figure is published", "assumed"),
    ("recordings are told 1 s after their end", "no figure is published", "assumed"),
    ("files are fetched with 2 s to connect, 120 s to read, one retry", "callback-configurations", "documented"),
    ("two more attempts to connect a stream, a second apart", "audio-streaming guide (the number)", "documented"),
    ("a stream buffers 40 s of audio for playing", "audio-streaming reference; the guide says 60 s", "documented"),
    ("loop=0 plays a thousand times", "docs: for ever", "assumed"),
)
