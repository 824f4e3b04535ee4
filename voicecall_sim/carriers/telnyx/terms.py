"""What an emulated account may do, and what is not published and can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicecall_sim.world.clock import MILLISECOND, SECOND, Micros

DIAL_AFTER: Final[Micros] = 100 * MILLISECOND
"""From the REST answer to `call.initiated`."""
POST_DIAL_DELAY: Final[Micros] = 300 * MILLISECOND
"""From dialling to the moment the far network rings."""
DOWNLOAD_LINKS_LAST: Final[Micros] = 600 * SECOND
STATUS_LASTS: Final[Micros] = 600 * SECOND
"""How long a call that ended can be asked about."""
COMMANDS_LAST: Final[Micros] = 60 * SECOND
"""How long a `command_id` is remembered."""
RECORDING_READY: Final[Micros] = SECOND
"""From a recording's end to its `call.recording.saved`."""


@dataclass(slots=True, kw_only=True)
class Terms:
    """Mutable: a test or a scenario sets what it wants."""

    requests: int = 200
    """REST requests in each `window`; the next one is refused with 429."""
    window: Micros = SECOND
    departure: tuple[Micros, Micros] = (5 * MILLISECOND, 25 * MILLISECOND)
    """From an event to the departure of its webhook, drawn for each: what happens close together may overtake."""
    attempts: int = 3
    """For each URL."""
    retry_after: Micros = SECOND
    """Before the second attempt; doubled for each one more."""
    webhook_timeout: Micros = 2 * SECOND
    retries_client_errors: bool = False
    """Whether other 4xx than 408 and 429 are tried again: two official pages disagree."""
    concurrent_calls: int = 1000
    little_endian: bool = True
    """The byte order of L16 on media sockets: contested, this is what later live tests found."""
    opposite_needs_a_bridge: bool = False
    """Whether audio for the opposite leg is lost on a leg that has none: reports differ."""
    siprec_connectors: tuple[str, ...] = ("recorder",)
    """The connectors to SIPREC servers that the account has configured, by name."""
    local_urls: bool = False
    """Whether addresses without TLS that only this machine can reach are taken (they always are: see FIDELITY)."""


FIDELITY: Final = (
    ("a command_id is remembered for 60 s", "sending commands; OpenAPI", "documented"),
    ("a call can be asked about for 10 minutes after its end", "OpenAPI", "documented"),
    ("links to recordings last 10 minutes", "OpenAPI; observed traffic", "captured"),
    ("recordings are told about a second after the call's end", "observed traffic", "captured"),
    ("webhooks may overtake each other by 20 ms", "voice API webhooks: no order is guaranteed", "assumed"),
    ("three attempts for each URL, after 1 s and 2 s more", "no figures for voice are published", "assumed"),
    ("webhook timeout 2 s", "receiving webhooks for programmable voice", "documented"),
    ("plain http and ws addresses are taken", "webhook fundamentals", "documented"),
    ("200 requests a second", "no figure is published", "assumed"),
    ("dialling begins 0.1 s after the answer, and takes 0.3 s", "no source", "assumed"),
)
