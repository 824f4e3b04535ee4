"""How long the carrier takes over things: every constant of time in one place, with its standing in `FIDELITY`."""

from __future__ import annotations

from typing import Final

from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

DIAL_AFTER: Final[Micros] = 100 * MILLISECOND
"""From the REST answer to the first dialling (the `initiated` callback)."""

POST_DIAL_DELAY: Final[Micros] = 300 * MILLISECOND
"""From dialling to the moment the far network rings."""

CALL_SPACING: Final[Micros] = 1 * SECOND
"""One outbound call a second; more stay queued."""

LEAVES_AFTER: Final[tuple[Micros, Micros]] = (5 * MILLISECOND, 25 * MILLISECOND)
"""From an event to the departure of its webhook: drawn between these for each, so that neighbours may overtake."""

DIAL_BUFFER: Final[Micros] = 5 * SECOND
"""Added to `<Dial timeout>`."""

KEY_TIME: Final[Micros] = 200 * MILLISECOND
"""One key that the carrier presses: tone and gap."""

KEY_PAUSES: Final = {"w": 500 * MILLISECOND, "W": 1 * SECOND}
"""Waits within digits."""

AUTO_SPEECH_TIMEOUT: Final[Micros] = 1 * SECOND
"""Silence that ends an utterance under `speechTimeout="auto"`."""

MAX_SPEECH: Final[Micros] = 60 * SECOND
"""The longest speech a Gather takes."""

PARTIAL_EVERY: Final[Micros] = 1 * SECOND
"""Between partial results while somebody speaks."""

BEEP: Final[Micros] = 500 * MILLISECOND
"""The beep before a recording."""

SSML_BREAK: Final[Micros] = 400 * MILLISECOND
"""`<break/>` without a time."""

RECORDING_READY: Final[Micros] = 1 * SECOND
"""From the end of a recording to its being available and told."""

STREAM_CONNECT: Final[Micros] = 5 * SECOND
"""How long a media stream's connection may take, the handshake included."""

STREAM_CLOSE: Final[Micros] = 5 * SECOND
"""How long the application may take to answer the closing of a media stream."""

STREAM_FIRST: Final[tuple[int, int]] = (100, 170)
"""The first timestamp of a media stream in ms: drawn between these."""

STREAM_BUFFER: Final[Micros] = 600 * SECOND
"""How much audio a two-way stream holds for playing."""

MAX_LOOPS: Final = 1000
"""What `loop="0"` means."""

FIDELITY: Final = (
    ("dialling begins 0.1 s after create", "observed traffic, exchange of create and `initiated`", "captured"),
    ("0.3 s pass from dialling to ringing", "any public network", "assumed"),
    ("one outbound call a second, others queued", "Twilio docs, voice/api/call-resource (CPS)", "documented"),
    ("webhooks leave 5 to 25 ms after their event", "no source: order between them is not promised", "assumed"),
    ("<Dial timeout> lasts 5 s longer than it says", "Twilio docs, voice/twiml/dial", "documented"),
    ("the Timeout of a created call is exact", "Twilio OpenAPI: some flows add up to 5 s", "assumed"),
    ("a key takes 0.2 s, w 0.5 s, W 1 s", "Twilio OpenAPI (SendDigits) for w and W", "documented"),
    ("speechTimeout=auto means 1 s of silence", "no figure is published", "assumed"),
    ("speech in a Gather is limited to 60 s", "Twilio docs, voice/twiml/gather", "documented"),
    ("partial results once a second and at pauses", "no figure is published", "assumed"),
    ("the beep lasts 0.5 s", "no figure is published", "assumed"),
    ("recordings are ready after 1 s", "no figure is published", "assumed"),
    ("a media stream that is not connected after 5 s is a 31901", "no figure is published", "assumed"),
    ("a media stream whose closing is not answered is dropped after 5 s", "no figure is published", "assumed"),
    ("two-way streams buffer ten minutes", "error dictionary 31931", "documented"),
    ("loop=0 plays a thousand times", "Twilio docs, voice/twiml/say", "documented"),
)
