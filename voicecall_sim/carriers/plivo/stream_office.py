"""How Plivo opens the sockets of audio streams: its manner, its signatures, its name for failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import aiohttp

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import Account
from voicecall_sim.carriers.plivo.linear import MULAW
from voicecall_sim.carriers.plivo.signature import HEADERS, stream_headers
from voicecall_sim.carriers.plivo.stream_messages import Messages
from voicecall_sim.carriers.plivo.timing import STREAM_CLOSE, STREAM_CONNECT
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.streaming.sockets import Manners, Unopened
from voicecall_sim.world.surroundings import Surroundings

USER_AGENT: Final = "Plivo"
DROPPED: Final = "DroppedStream"


def unopened(error: BaseException) -> Unopened:
    """What an exception of the client means."""
    if isinstance(error, TimeoutError):
        return Unopened(DROPPED, "connect timeout")
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return Unopened(DROPPED, "the handshake is wrong", error.status)
    return Unopened(DROPPED, f"connection_failed: {type(error).__name__}")


def refused(status: int) -> Unopened:
    """An answer to the upgrade that is none."""
    return Unopened(DROPPED, f"the answer was {status}", status)


MANNERS: Final = Manners(connect=STREAM_CONNECT, close=STREAM_CLOSE, unopened=unopened, refused=refused)


def stream_office(
    name: str, surroundings: Surroundings, account: Account, interference: Callable[[], Interference]
) -> StreamOffice:
    """The office of an account's streams."""

    def signed(opening: StreamOpening) -> StreamOpening:
        """The opening with new signatures of its present URL."""
        bare = opening
        for header in HEADERS:
            bare = bare.with_header(header, None)
        nonce = ids.new_nonce(surroundings.chance)
        strict, owner = account.terms.strict_stream_signature, account.tokens_of(opening.call_id)
        made = stream_headers(owner, opening.url, nonce, strict=strict, main=account.tokens)
        return replace(bare, headers=(*bare.headers, *made.items()))

    return StreamOffice(name, surroundings, interference, MANNERS, signed=signed)


def stranger(surroundings: Surroundings, account: Account, opening: StreamOpening) -> tuple[str, ...]:
    """How a socket that belongs to no stream introduces itself as one."""
    # of its own chance: a stranger does not shift the identifiers of genuine streams
    stream_id = surroundings.chance.uuid("plivo.stranger")
    messages = Messages(account=account.auth_id, call_uuid=opening.shown_call_id, stream_id=stream_id)
    return (messages.start(("inbound",), MULAW, 8000, dict(opening.parameters).get("extra_headers", "")),)


FIDELITY: Final = (
    ("the query goes with the upgrade, the fragment does not", "audio-streaming reference", "documented"),
    ("V3 headers go with the upgrade, as those of a GET", "audio-streaming reference", "documented"),
    ("the attempts of one stream share a nonce", "no source", "assumed"),
    ("redirects of the upgrade are not followed, no compression is offered", "no source", "assumed"),
    ("audio is dropped when the application does not read, about 2 s behind", "no source", "assumed"),
    ("the carrier closes with 1000", "no capture of the close code", "assumed"),
)
