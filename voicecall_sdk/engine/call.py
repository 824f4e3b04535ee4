"""The handle of one call that users hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.operations import Operations
from voicecall_sdk.engine.switchboard import Switchboard
from voicecall_sdk.errors import Misused
from voicecall_sdk.events import Event
from voicecall_sdk.values import CallId


class Call:
    """One call. Its methods raise `VoiceCallError`s: `CallEnded` when it is over, `CarrierRefused`, `NotHeard`, …"""

    def __init__(self, switchboard: Switchboard, operations: Operations, call_id: CallId) -> None:
        self._board = switchboard
        self._operations = operations
        self.id = call_id

    async def say(self, text: str) -> bool:
        """Say something and return when it was said: True if to its end, False if it was interrupted."""
        return await self._operations.speak(self.id, text, wait=True)

    async def ask(self, text: str) -> str:
        """Say something and return what is answered: words, or the keys pressed."""
        return await self._operations.ask(self.id, text)

    async def press(self, digits: str) -> None:
        """Press keys (`0-9 * #`; `w` waits half a second, `W`, `p` or `,` a second)."""
        await self._operations.press(self.id, digits)

    async def hang_up(self) -> None:
        """End the call. Fine if it is over already."""
        await self._operations.end(self.id)

    def status(self) -> CallRecord:
        """The record as it stands. Raises `Misused` if the store has forgotten it."""
        record = self._operations.record(self.id)
        if record is None:
            raise Misused("Call not found")
        return record

    def events(self) -> AsyncIterator[Event]:
        """What the carrier tells of the call from now on, until it is over. Nothing is lost while you work."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        live = self._board.find(self.id)
        if live is None:
            queue.put_nowait(None)
        else:
            live.listeners.append(queue.put_nowait)
        return _until_over(live, queue)

    async def ended(self) -> CallRecord:
        """Wait for the end of the call and return its final record."""
        async for _ in self.events():
            pass
        return self.status()

    def __repr__(self) -> str:
        return f"<Call {self.id}>"


async def _until_over(live: LiveCall | None, queue: asyncio.Queue[Event | None]) -> AsyncIterator[Event]:
    try:
        while (event := await queue.get()) is not None:
            yield event
    finally:
        if live is not None:
            live.listeners.remove(queue.put_nowait)
