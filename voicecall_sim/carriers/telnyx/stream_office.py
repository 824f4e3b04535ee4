"""How Telnyx opens the sockets of media streams: its manner, its token, its name for failures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import aiohttp

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.streaming.sockets import Manners, Unopened
from voicecall_sim.carriers.telnyx.account import Account
from voicecall_sim.carriers.telnyx.stream_messages import TOKEN, Messages
from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.surroundings import Surroundings

FAILED: Final = "connection_failed"


def unopened(error: BaseException) -> Unopened:
    """What an exception of the client means."""
    if isinstance(error, TimeoutError):
        return Unopened(FAILED, "connect timeout")
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return Unopened(FAILED, "the handshake is wrong", error.status)
    return Unopened(FAILED, str(error) or type(error).__name__)


def refused(status: int) -> Unopened:
    """An answer to the upgrade that is none."""
    return Unopened(FAILED, f"the answer was {status}", status)


MANNERS: Final = Manners(connect=10 * SECOND, close=2 * SECOND, unopened=unopened, refused=refused, close_code=None)


def stream_office(name: str, surroundings: Surroundings, interference: Callable[[], Interference]) -> StreamOffice:
    """The office of an account's streams; nothing is signed, there is a token at most."""
    return StreamOffice(name, surroundings, interference, MANNERS, tokens=frozenset({TOKEN}))


def stranger(surroundings: Surroundings, account: Account, opening: StreamOpening) -> tuple[str, ...]:
    """How a socket that belongs to no stream introduces itself as one."""
    # of its own chance: a stranger does not shift the identifiers of genuine streams
    messages = Messages(surroundings.chance.uuid("telnyx.stranger"))
    about = {
        "user_id": account.user_id,
        "call_control_id": opening.shown_call_id,
        "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
        "custom_parameters": dict(opening.parameters),
    }
    return messages.connected(dict(opening.headers).get(TOKEN)), messages.start(about)


FIDELITY: Final = (
    ("the token is the header x-telnyx-streaming-auth-token", "media streaming; captured headers", "captured"),
    ("the query of stream_url reaches the application", "demo-node-telnyx", "documented"),
    ("redirects of the upgrade are not followed", "no source", "assumed"),
    ("the closing frame has no code: the receiver sees 1005", "observed traffic", "captured"),
    ("audio is dropped when the application does not read, about 2 s behind", "no source", "assumed"),
    ("no pings are sent; those of the application are answered", "nothing published; RFC 6455", "assumed"),
)
