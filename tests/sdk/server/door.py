"""A webhook server in a world, and strangers who speak HTTP to it byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.events import Delivery
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.server.listen import listen
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sdk.server.trust import Leniency
from voicecall_sdk.server.webhooks import Gate, WebhookServer
from voicecall_sim.world.world import World

PATH, PORT = "/voice/webhook", 3334
PUBLIC = "https://voice.example.com/voice/webhook"
SECRET = "sesame-7391-sesame-7391-sesame-7"
FORM = "application/x-www-form-urlencoded"
RINGING = {"CallSid": "CA1", "CallStatus": "ringing", "Direction": "inbound", "From": "+15550005678", "To": "+1555000"}


class Memory:
    """The replies that were given."""

    def __init__(self) -> None:
        self.replies: dict[str, WebhookReply] = {}

    def reply_to(self, key: str, *, now: float) -> WebhookReply | None:
        return self.replies.get(key)


@dataclass
class Desk:
    """A reception that takes everything in, or fails."""

    memory: Memory
    taken: list[Delivery] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    fails: Exception | None = None

    def receive(self, delivery: Delivery, key: str) -> WebhookReply:
        if self.fails is not None:
            raise self.fails
        self.taken.append(delivery)
        self.keys.append(key)
        reply = WebhookReply(body=f"<Response n='{len(self.taken)}' />", content_type="text/xml")
        self.memory.replies[key] = reply
        return reply


class Midnight:
    def wall(self) -> float:
        return 1_700_000_000.0


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: str
    closed: bool


class Door:
    """A server on the host `app` that answers at `PORT`; it believes what is signed with `SECRET`."""

    def __init__(
        self,
        world: World,
        *,
        carrier: str = "twilio",
        public_url: str | None = PUBLIC,
        forwarding: Forwarding | None = None,
        leniency: Leniency | None = None,
        path: str = PATH,
        open_: bool = True,
    ) -> None:
        self.world = world
        self.app = world.host("app", "10.0.0.7")
        self.desk = Desk(Memory())
        gate = Gate(
            carrier=CARRIERS[carrier],
            credentials={"accountSid": "AC1", "authToken": SECRET},
            forwarding=forwarding or Forwarding(),
            leniency=leniency or Leniency(),
        )
        store: Any = self.desk.memory
        self.server = WebhookServer(path=path, gate=gate, store=store, clock=Midnight(), public_url=public_url)
        if open_:
            self.server.reception = self.desk  # type: ignore[assignment]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.app.call(listen(self._stack, self.server.application(), "0.0.0.0", PORT))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.app.call(self._stack.aclose())

    async def send(self, *pieces: bytes | float, host: str = "stranger") -> Reply:
        """Send bytes, waiting (seconds) where a number stands, and read one answer."""
        return await self.world.host(host).call(self._send(*pieces))

    async def post(self, *, host: str = "stranger", **how: Any) -> Reply:
        """Post one request; the words are those of `request`."""
        return await self.send(request(**how), host=host)

    async def local(self, **how: Any) -> Reply:
        """Post one request from the same machine."""
        return await self.app.call(self._send(request(**how), to="127.0.0.1"))

    async def _send(self, *pieces: bytes | float, to: str = "") -> Reply:
        reader, writer = await asyncio.open_connection(to or self.app.address, PORT)
        try:
            for piece in pieces:
                if isinstance(piece, bytes):
                    writer.write(piece)
                else:
                    await asyncio.sleep(piece)
            return await read(reader)
        finally:
            writer.close()


async def read(reader: asyncio.StreamReader) -> Reply:
    """One answer. Raises `IncompleteReadError` when the connection ends before it."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    closed = headers.get("connection", "").lower() == "close"
    return Reply(int(head[0].split()[1]), headers, body.decode(), closed)


def sign(params: Mapping[str, str], url: str = PUBLIC, secret: str = SECRET) -> str:
    """The signature, by the vendor's own code."""
    signed: str = RequestValidator(secret).compute_signature(url, dict(params))
    return signed


def request(
    params: Mapping[str, str] = RINGING,
    *,
    method: str = "POST",
    target: str = PATH,
    signature: str | None = "genuine",
    url: str = PUBLIC,
    headers: Sequence[tuple[str, str]] = (),
    content_type: str | None = FORM,
    body: bytes | None = None,
    host_header: str = "voice.example.com",
) -> bytes:
    """The bytes of a request; signed for `url` unless another signature, or None, is given."""
    body = urlencode(params).encode() if body is None else body
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host_header}"]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    named = {name.lower() for name, _ in headers}
    lines += [] if {"content-length", "transfer-encoding"} & named else [f"Content-Length: {len(body)}"]
    if signature is not None:
        lines.append(f"X-Twilio-Signature: {sign(params, url) if signature == 'genuine' else signature}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def lenient(**switches: bool) -> Leniency:
    """Verification switched off."""
    return replace(Leniency(), **switches)
