"""Why a media stream does not come up, or breaks: the network's errors and Twilio's codes for them."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

import aiohttp

from voicecall_sim.carriers.streaming.sockets import Ended, Unopened

BROKEN: Final = 31903
CLOSED_WITH_ERROR: Final = 31921
VIOLATION: Final = 31924

BY_ERRNO: Final[Mapping[int, int]] = {
    errno.ETIMEDOUT: 31901,
    errno.ECONNREFUSED: 31902,
    errno.EPIPE: BROKEN,
    errno.ECONNRESET: BROKEN,
    errno.ECONNABORTED: BROKEN,
    errno.EHOSTUNREACH: 31904,
    errno.ENETUNREACH: 31904,
    errno.EHOSTDOWN: 31904,
}
"""What the system says of a connection."""

BY_TYPE: Final[tuple[tuple[type[BaseException], int, str], ...]] = (
    # the first that fits decides
    (aiohttp.ClientConnectorDNSError, 31904, "no such host"),
    (aiohttp.ClientSSLError, 31910, "TLS handshake failed"),
    (TimeoutError, 31901, "connect timeout"),
    (aiohttp.WSServerHandshakeError, VIOLATION, "the handshake is wrong"),
    (aiohttp.ServerDisconnectedError, BROKEN, "connection closed during the handshake"),
    (aiohttp.ClientResponseError, VIOLATION, "the answer is not HTTP"),
    (aiohttp.ClientPayloadError, BROKEN, "connection lost during the handshake"),
)


def unopened(error: BaseException) -> Unopened:
    """What an exception of the client means."""
    for kind, code, detail in BY_TYPE:
        if isinstance(error, kind):
            return Unopened(code, detail)
    number = error.errno if isinstance(error, OSError) else None
    if number is not None and number in BY_ERRNO:
        return Unopened(BY_ERRNO[number], errno.errorcode[number])
    return Unopened(31900, str(error) or type(error).__name__)


def refused(status: int) -> Unopened:
    """An answer to the upgrade that is none."""
    return Unopened(31920, f"the answer was {status}", status)


def code_of(ended: Ended) -> int | None:
    """Twilio's code for such an end; None for one in order."""
    if ended.in_order:
        return None
    if ended.violation:
        return VIOLATION
    return BROKEN if ended.by == "network" else CLOSED_WITH_ERROR


FIDELITY: Final = (
    ("31901, 31902, 31904, 31910 for connections that fail", "error dictionary", "documented"),
    ("31920 for every answer but 101, redirects too", "error dictionary 31920", "documented"),
    ("an answer of 101 that breaks RFC 6455 is a 31924", "error dictionary 31924", "assumed"),
    ("an unknown host is a 31904", "error dictionary 31904", "assumed"),
    ("31900 for whatever else keeps a stream from coming up", "error dictionary 31900", "assumed"),
    ("close codes 1000, 1001 and none are in order, others a 31921", "error dictionary 31921", "assumed"),
)
