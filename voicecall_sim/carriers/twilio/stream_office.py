"""How Twilio opens the sockets of media streams: its manner, its signature, its name for failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from voicecall_sim.carriers.emulator import Interference, StreamOpening
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.streaming.sockets import Manners
from voicecall_sim.carriers.twilio import ids
from voicecall_sim.carriers.twilio.account import Account
from voicecall_sim.carriers.twilio.signature import HEADER, sign, signed_url
from voicecall_sim.carriers.twilio.stream_failures import refused, unopened
from voicecall_sim.carriers.twilio.stream_messages import CONNECTED, Messages
from voicecall_sim.carriers.twilio.timing import STREAM_CLOSE, STREAM_CONNECT
from voicecall_sim.world.surroundings import Surroundings

USER_AGENT: Final = "Twilio.TmeWs/1.0"
MANNERS: Final = Manners(connect=STREAM_CONNECT, close=STREAM_CLOSE, unopened=unopened, refused=refused)


def stream_office(
    name: str, surroundings: Surroundings, account: Account, interference: Callable[[], Interference]
) -> StreamOffice:
    """The office of an account's streams."""

    def signed(opening: StreamOpening) -> StreamOpening:
        """The opening with the account's signature of its present URL."""
        bare = opening.with_header(HEADER, None)
        signature = sign(account.auth_token, signed_url(opening.url))
        return replace(bare, headers=(*bare.headers, (HEADER, signature)))

    return StreamOffice(name, surroundings, interference, MANNERS, signed=signed)


def stranger(surroundings: Surroundings, account: Account, opening: StreamOpening) -> tuple[str, ...]:
    """How a socket that belongs to no stream introduces itself as one."""
    # of its own chance: a stranger does not shift the identifiers of genuine streams
    sid = ids.STREAM + surroundings.chance.hex("twilio.stranger", 32)
    messages = Messages(account_sid=account.sid, call_sid=opening.shown_call_id, stream_sid=sid)
    return CONNECTED, messages.start(("inbound",), dict(opening.parameters))


FIDELITY: Final = (
    ("the upgrade is signed over the wss URL that is requested", "webhooks-security; observed traffic", "captured"),
    ("User-Agent Twilio.TmeWs/1.0, no Origin, no subprotocol", "observed traffic", "captured"),
    ("headers of the upgrade", "observed traffic", "captured"),
    ("redirects of the upgrade are not followed", "no source", "assumed"),
    ("no compression is offered", "observed traffic", "captured"),
    (
        "audio is dropped when the application does not read, about 2 s behind (31930)",
        "no figure is published",
        "assumed",
    ),
    ("no pings are sent; those of the application are answered", "nothing published; RFC 6455", "assumed"),
)
