"""Carries one request to the application and brings back its answer, or says what went wrong on the way."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from yarl import URL

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.twilio.answers import TIMED_OUT, VIOLATION, Answer, Failure
from voicecall_sim.carriers.twilio.http_exchange import HttpExchange
from voicecall_sim.carriers.twilio.overrides import Trouble
from voicecall_sim.world.clock import Micros, seconds

INVALID: Final = Failure(11100, "invalid URL")
CONNECT_TIMEOUT: Final = Failure(11205, "connect timeout", Trouble.CONNECT)

# The first that fits decides (codes: error dictionary 11205 to 11237)
UNCONNECTED: Final[tuple[tuple[type[OSError], Failure], ...]] = (
    (socket.gaierror, Failure(11210, "no such host", Trouble.CONNECT)),
    (ssl.SSLError, Failure(11220, "TLS handshake failed", Trouble.CONNECT)),
    (OSError, Failure(11205, "connection failed", Trouble.CONNECT)),
)

# By the number of OpenSSL's X509_V_ERR_* (x509_vfy.h)
CERTIFICATES: Final[Mapping[int, Failure]] = {
    10: Failure(11236, "certificate expired", Trouble.CONNECT),
    62: Failure(11235, "certificate for another name", Trouble.CONNECT),
    64: Failure(11235, "certificate for another address", Trouble.CONNECT),
}
UNTRUSTED: Final = Failure(11237, "certificate not trusted", Trouble.CONNECT)


def failure_of(error: OSError) -> Failure:
    """Why there is no connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(getattr(error, "verify_code", 0), UNTRUSTED)
    return next(failure for kind, failure in UNCONNECTED if isinstance(error, kind))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes: to whom, whether over TLS, and the target that its first line names."""

    scheme: str
    host: str
    port: int
    target: str


@lru_cache(maxsize=1024)
def address_of(url: str) -> Address:
    """The address in a URL, percent-encoding as it is; `ValueError` if there is none."""
    parts = URL(url, encoded=True)
    if not parts.raw_host or parts.port is None:
        raise ValueError(f"{url!r} names no host")
    return Address(parts.scheme, parts.raw_host, parts.port, parts.raw_path_qs)


def request_bytes(hook: Outgoing, target: str) -> bytes:
    """The request on the wire: the headers as they are given, then Content-Length; `ValueError` for broken lines."""
    body = hook.body if hook.method == "POST" else b""
    lines = [f"{hook.method} {target} HTTP/1.1", *[f"{name}: {value}" for name, value in hook.headers]]
    if hook.method not in {"GET", "HEAD"} and not any(name.lower() == "content-length" for name, _ in hook.headers):
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        raise ValueError("a header has a line break in it")
    return b"%b\r\n\r\n%b" % (head.encode(), body)


async def carry(hook: Outgoing, *, connect: Micros, read: Micros, total: Micros, limit: int) -> Answer:
    """Send these bytes, on a connection of their own, and wait for the answer, of whose body `limit` bytes are read.

    Failures of the network and of HTTP are returned; only cancellation is raised. `connect` is the limit for finding
    the host and connecting, TLS included, `read` for the first byte and between any two, `total` for everything.
    """
    try:
        address = address_of(hook.url)
        request = request_bytes(hook, address.target)
        if address.scheme not in {"http", "https"}:
            return VIOLATION
    except ValueError:
        return INVALID
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds(total)
    # a limit for each read that is no shorter than the total is none: the total, which began before, is reached first
    patience = seconds(read) if read < total else None
    dialled = functools.partial(HttpExchange, loop, request, limit, patience)
    first = connect < total
    waiting = asyncio.timeout_at(loop.time() + seconds(connect) if first else ends)
    try:
        async with waiting:
            transport, exchange = await loop.create_connection(
                dialled, address.host, address.port, **_options(loop, address)
            )
    except OSError as error:
        if waiting.expired():
            return CONNECT_TIMEOUT if first else TIMED_OUT
        return failure_of(error)
    except UnicodeError:
        # a label that no name may have
        return INVALID
    return await _answered(exchange, transport, ends)


async def _answered(exchange: HttpExchange, transport: asyncio.Transport, ends: float) -> Answer:
    timer = asyncio.get_running_loop().call_at(ends, exchange.settle, TIMED_OUT)
    try:
        return await exchange.answer
    finally:
        timer.cancel()
        exchange.settle(TIMED_OUT)
        transport.close()


def _options(loop: asyncio.AbstractEventLoop, address: Address) -> dict[str, Any]:
    options: dict[str, Any] = {"flags": socket.AI_ADDRCONFIG}
    if address.scheme == "https":
        # certificates name hosts without the dot of a fully qualified name
        options |= {"ssl": verifying(), "server_hostname": address.host.rstrip(".")}
    if isinstance(loop, asyncio.BaseEventLoop):
        # RFC 8305; uvloop has no such option
        options["happy_eyeballs_delay"] = 0.25
    return options


@functools.cache
def verifying() -> ssl.SSLContext:
    """TLS that verifies as browsers do, speaking HTTP/1.1."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))
    return context


FIDELITY: Final = (
    ("11205 for TCP failures, 11210 for unknown hosts, 11206 for bad HTTP", "error dictionary", "documented"),
    ("11200 when an answer does not come in time or breaks off", "error dictionary 11200", "documented"),
    ("11235 to 11237 and 11220 for TLS", "error dictionary", "documented"),
    ("11203 when the total was set in the URL", "error dictionary 11203", "documented"),
    ("a connection that is reset counts as a read failure: not retried by default", "no source", "assumed"),
)
