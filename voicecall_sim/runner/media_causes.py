"""Likely causes where sound went wrong: on its way to the ear, in the carrier's buffer, at the services."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from voicecall_sim.sound.sound import CUT
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.journal import Entry

MUCH: Final = SECOND
"""More sound than this is not sent ahead to bridge a late frame."""

PIECES: Final = re.compile(f"{CUT}[^ {CUT}]|{CUT}.*{CUT}[^{CUT}]")
"""Characters lost in the middle of words: what was cut off is followed by a space or nothing."""

WITHOUT: Final[Mapping[str, str]] = {
    "speech": " Without it nothing can be spoken over a media stream.",
    "realtime": " Without it nobody listens on a media stream.",
}
"""What a refused request of a service means for the call, by its operation."""


def without(entry: Entry) -> str:
    """What it means that this request was refused; empty if nothing in particular."""
    return WITHOUT.get(str(entry.data.get("operation")), "")


def of_heard(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """A voice of which nothing, or not all, could be made out."""
    text = str(entry.data.get("text", ""))
    if entry.data.get("unintelligible") and len(text) > 1:
        return (
            f"{entry.who} heard a voice and could make out no word of it ('unintelligible'): the sound is not what the "
            "carrier takes it for. Compare codec, byte order and rate (16-bit PCM or A-law sent as mu-law sound so)."
        )
    if PIECES.search(text):
        return (
            f"{entry.who} heard it in pieces, {text!r}: sound is lost or shifted between chunks (odd bytes, resampling "
            "chunk by chunk), two utterances are interleaved, or the line loses frames."
        )
    return None


def of_stream(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """A media stream that did not come up, or sound that was sent by it and not heard."""
    data, event = entry.data, entry.data.get("event")
    code = f" (code {data['code']})" if data.get("code") else ""
    if event == "refused":
        return (
            f"The application refused the media stream with {data.get('status')}{code}: look at the path, the check of "
            "the signature and the token."
        )
    if event == "failed":
        return f"The media stream never came up{code}: {data.get('reason')}."
    if event == "cleared" and data.get("discarded", 0) > MUCH:
        return (
            f"`clear` threw {span(data['discarded'])} of sound away that had been sent ahead: frames are not paced, or "
            "what was sent was taken for heard."
        )
    return of_closed(entry, entries) if event == "closed" else None


def of_closed(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """What the sums at the end of a stream tell."""
    data = entry.data
    queued, played, discarded = (data.get(name, 0) for name in ("queued", "played", "discarded"))
    if queued and not played:
        return f"Nothing was heard, although {span(queued)} of sound were queued: all of it was discarded."
    if played and not any(other.kind == "heard" and other.data.get("call") == data.get("call") for other in entries):
        return f"No voice was heard, although {span(played)} of sound were played: it is silence, or no speech."
    if discarded and data.get("reason") == "call ended" and ended_by_app(data.get("call"), entries):
        return (
            f"The application hung up with {span(discarded)} of its sound not played: what was sent is not heard "
            "before its mark comes back."
        )
    if data.get("code"):
        return f"The media stream was closed by {data.get('by')} (code {data['code']}): {data.get('reason')}."
    return None


def of_service(entry: Entry, entries: Sequence[Entry]) -> str | None:
    """A socket of a service that broke."""
    code = entry.data.get("code")
    if entry.data.get("event") != "closed" or code in (None, 1000, 1001):
        return None
    host, service = entry.data.get("host"), entry.data.get("service")
    return f"The connection to {host} ({service}) broke (code {int(code)}): nobody listened from then on."


def ended_by_app(call: object, entries: Sequence[Entry]) -> bool:
    """Whether the application ended that call."""
    ends = (other.data for other in entries if other.kind == "call" and other.data.get("state") == "ended")
    return any(end.get("call") == call and end.get("by") == "app" for end in ends)


def span(micros: int) -> str:
    """A span in seconds."""
    return f"{micros / SECOND:.2f} s"
