"""Tin Can's webhooks: composed, signed, sent once, journaled."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import aiohttp
from yarl import URL

from voicecall_sim.carriers.emulator import Interference, Outgoing
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.world.clock import seconds
from voicecall_sim.world.surroundings import Surroundings

HEADER: Final = "X-Tincan-Signature"
PATIENCE: Final = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a webhook: the status (0: no answer at all, and why) and the JSON object in it, if there is one."""

    status: int
    fields: Mapping[str, Any] | None = None
    error: str | None = None


class Post:
    """Sends webhooks. `sent` holds every one that left, in order."""

    def __init__(
        self, name: str, surroundings: Surroundings, secret: str, interference: Callable[[], Interference]
    ) -> None:
        self.tasks = Tasks()
        self.sent: list[Outgoing] = []
        self.numbers: dict[str, int] = {}
        """The number of the network's call for each identifier of ours."""
        self._name = name
        self._surroundings = surroundings
        self._secret = secret
        self._interference = interference
        self._count = 0
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the HTTP client."""
        self.tasks.settle_in()
        self._session = aiohttp.ClientSession(timeout=PATIENCE, skip_auto_headers=("User-Agent",))

    async def close(self) -> None:
        """Abandon what is under way, and close the client."""
        await self.tasks.end()
        if self._session is not None:
            await self._session.close()

    async def deliver(self, kind: str, url: str, said: Mapping[str, str]) -> Reply:
        """Send one webhook and wait for what comes of it."""
        self._count += 1
        fields = {"id": self._surroundings.chance.uuid("tincan.webhook"), **said}
        hook = self.sign(
            Outgoing(
                number=self._count,
                attempt=1,
                kind=kind,
                event=said["event"],
                call_id=said["call"],
                method="POST",
                url=url,
                signed_url=url,
                headers=(("Content-Type", "application/json"),),
                body=b"",
                params=tuple(sorted(fields.items())),
            )
        )
        versions = self._interference().webhook(hook)
        if not versions:
            self._write(hook, lost := Reply(0, error="connection lost"))
            return lost
        for delay, duplicate in versions[1:]:
            self.tasks.start(self._send(duplicate, delay))
        delay, hook = versions[0]
        return await self._send(hook, delay)

    def tell(self, kind: str, url: str, said: Mapping[str, str]) -> None:
        """Send one webhook that nobody waits for."""
        self.tasks.start(self.deliver(kind, url, said))

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more."""
        return (await self._send(hook, 0)).status

    def sign(self, hook: Outgoing) -> Outgoing:
        """A copy with the body of its parameters, signed for its URL."""
        body = json.dumps(dict(hook.params)).encode()
        signature = hmac.digest(self._secret.encode(), hook.url.encode() + b"\n" + body, hashlib.sha256).hex()
        return replace(hook, body=body, signed_url=hook.url).with_header(HEADER, signature)

    async def _send(self, hook: Outgoing, delay: int) -> Reply:
        if self._session is None:
            raise RuntimeError("the carrier has not been started; await its start() first")
        if delay:
            await asyncio.sleep(seconds(delay))
        self.sent.append(hook)
        try:
            async with self._session.post(
                URL(hook.url, encoded=True), data=hook.body, headers=dict(hook.headers)
            ) as got:
                reply = Reply(got.status, _object(await got.read()))
        except (aiohttp.ClientError, TimeoutError) as error:
            reply = Reply(0, error=type(error).__name__)
        self._write(hook, reply)
        return reply

    def _write(self, hook: Outgoing, reply: Reply) -> None:
        data: dict[str, object] = {
            "number": hook.number,
            "attempt": hook.attempt,
            "kind": hook.kind,
            "event": hook.event,
            "call": self.numbers.get(hook.call_id, 0),
            "url": hook.url,
            "params": dict(hook.params),
            "status": reply.status,
        }
        if reply.error is not None:
            data["error"] = reply.error
        self._surroundings.journal.write(self._name, "webhook", data)


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
