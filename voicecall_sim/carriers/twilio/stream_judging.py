"""Whether a media stream may begin. Pure: the account's streams and a wish in, an address or a reason out."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.streaming.sockets import Unopened
from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.carriers.twilio.stream_address import address
from voicecall_sim.carriers.twilio.stream_resource import TRACKS, StreamWish, crowded, named

TWO_WAY_TRACK: Final = "inbound_track"
"""The only one that a two-way stream may have."""


def judged(account: Account, call_sid: str, wish: StreamWish, *, two_way: bool) -> tuple[Unopened | None, str]:
    """Why the stream cannot begin, if it cannot, and where it goes."""
    try:
        return None, judge(account, call_sid, wish, two_way)
    except Unopened as trouble:
        return trouble, ""


def judge(account: Account, call_sid: str, wish: StreamWish, two_way: bool) -> str:
    """Where the stream goes. Raises `Unopened`."""
    if wish.connector:
        raise Unopened(31940, f"the account has no connector {wish.connector!r}")
    if wish.track not in TRACKS:
        raise Unopened(31941, f"there is no track {wish.track!r}")
    if two_way and wish.track != TWO_WAY_TRACK:
        raise Unopened(31941, f"a bidirectional stream takes {TWO_WAY_TRACK}, not {wish.track}")
    url = address(wish.url, wish.base, local=account.terms.local_urls)
    if wish.name and named(account, call_sid, wish.name) is not None:
        raise Unopened(31900, f"the call has a stream {wish.name!r} already")
    if not two_way and crowded(account, call_sid, TRACKS[wish.track]):
        raise Unopened(31900, "the call has four tracks streamed already")
    return url


FIDELITY: Final = (
    (
        "a two-way stream takes the inbound track only (31941)",
        "voice/twiml/stream; error dictionary 31941",
        "documented",
    ),
    ("an unknown track is a 31941", "error dictionary 31941", "documented"),
    ("every connectorName is a 31940: the account has none", "error dictionary 31940", "documented"),
    (
        "a name in use, or a fifth track, keeps a stream from beginning (31900)",
        "the limits: voice/twiml/stream",
        "assumed",
    ),
)
