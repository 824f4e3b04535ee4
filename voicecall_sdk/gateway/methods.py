"""The RPC methods `voicecall.*` (reference of the predecessor, Gateway RPC), as a table of handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from voicecall_sdk.app import VoiceCall
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.engine.operations import PlaceOptions
from voicecall_sdk.errors import VoiceCallError
from voicecall_sdk.gateway import params as take
from voicecall_sdk.gateway.protocol import ErrorCode, MethodError, Params, Result, Scope

SYNTHESIS_TIMEOUT_MS: Final = 8000
POLL_SLACK_MS: Final = 30_000
KEPT_SECONDS: Final = 300.0
"""How long the result of a finished `continue.start` waits to be fetched."""

PLACE_OPTIONS: Final = ("to", "message", "mode", "dtmfSequence", "sessionKey", "requesterSessionKey")


@dataclass(slots=True)
class _Pending:
    task: asyncio.Task[str]
    expiry: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class Methods:
    """The methods on a running application. Expected failures are raised as `MethodError`."""

    app: VoiceCall
    _pending: dict[str, _Pending] = field(default_factory=dict)

    async def initiate(self, params: Params) -> Result:
        """`{message, to?, mode?, dtmfSequence?, …}` -> `{callId, initiated: true}`; `to` defaults to the configured
        number.
        """
        take.known(params, PLACE_OPTIONS)
        take.required(params, "message")
        return await self._place(params, default_to=self.app.default_to)

    async def start(self, params: Params) -> Result:
        """`{to, message?, mode?, dtmfSequence?, …}` -> `{callId, initiated: true}`."""
        take.known(params, (*PLACE_OPTIONS, "agentId"))
        return await self._place(params, default_to=None)

    async def continue_(self, params: Params) -> Result:
        """`{callId, message}` -> `{success: true, transcript}` once the other side answered."""
        take.known(params, ("callId", "message"))
        call_id, message = take.required(params, "callId", "message")
        with _told():
            return {"success": True, "transcript": await self.app.operations.ask(call_id, message)}

    async def continue_start(self, params: Params) -> Result:
        """As `continue`, but at once: `{operationId, status: "pending", pollTimeoutMs}`."""
        take.known(params, ("callId", "message"))
        call_id, message = take.required(params, "callId", "message")
        operation = self.app.entropy.uuid()
        with _told():
            asking = self.app.operations.ask(call_id, message)
        task = asyncio.get_running_loop().create_task(asking, name="continue")
        pending = self._pending[operation] = _Pending(task)
        task.add_done_callback(lambda _: self._keep_for_a_while(operation, pending))
        wait = round(self.app.rules.transcript_timeout * 1000) + SYNTHESIS_TIMEOUT_MS + POLL_SLACK_MS
        return {"operationId": operation, "status": "pending", "pollTimeoutMs": wait}

    async def continue_result(self, params: Params) -> Result:
        """`{operationId}` -> pending, completed with the result, or failed with the error. Read once."""
        take.known(params, ("operationId",))
        (operation,) = take.required(params, "operationId")
        pending = self._pending.get(operation)
        if pending is None:
            raise MethodError("operation not found")
        if not pending.task.done():
            return {"operationId": operation, "status": "pending"}
        self._forget(operation)
        error = pending.task.exception()
        if error is not None:
            return {"operationId": operation, "status": "failed", "error": str(error)}
        result = {"success": True, "transcript": pending.task.result()}
        return {"operationId": operation, "status": "completed", "result": result}

    async def speak(self, params: Params) -> Result:
        """`{callId, message}` -> `{success: true}` once the carrier took it."""
        take.known(params, ("callId", "message", "allowTwimlFallback"))
        call_id, message = take.required(params, "callId", "message")
        take.flag(params, "allowTwimlFallback")
        with _told():
            await self.app.operations.speak(call_id, message)
        return {"success": True}

    async def dtmf(self, params: Params) -> Result:
        """`{callId, digits}` -> `{success: true}`."""
        take.known(params, ("callId", "digits"))
        call_id, digits = take.required(params, "callId", "digits")
        with _told():
            await self.app.operations.press(call_id, digits)
        return {"success": True}

    async def end(self, params: Params) -> Result:
        """`{callId}` -> `{success: true}`."""
        take.known(params, ("callId",))
        (call_id,) = take.required(params, "callId")
        with _told():
            await self.app.operations.end(call_id)
        return {"success": True}

    async def status(self, params: Params) -> Result:
        """`{callId | sid}` -> `{found, call?}`; without either the live calls. Never numbers or transcripts."""
        take.known(params, ("callId", "sid"))
        any_id = take.text(params, "callId") or take.text(params, "sid")
        if any_id is None:
            with _told():
                return {"found": True, "calls": [summary(record) for record in self.app.live_records()]}
        with _told():
            record = self.app.operations.record(any_id)
        return {"found": False} if record is None else {"found": True, "call": summary(record)}

    def close(self) -> None:
        """Forget all pending operations."""
        for operation in tuple(self._pending):
            self._pending[operation].task.cancel()
            self._forget(operation)

    # --- inside -------------------------------------------------------------------------------------------------

    async def _place(self, params: Params, default_to: str | None) -> Result:
        to = take.text(params, "to") or default_to
        if to is None:
            raise MethodError("to required")
        requester = take.text(params, "requesterSessionKey")
        options = PlaceOptions(
            message=take.text(params, "message"),
            mode=take.mode(params),
            digits=take.text(params, "dtmfSequence"),
            session_key=take.text(params, "sessionKey"),
            agent_id=take.text(params, "agentId"),
            metadata={"requesterSessionKey": requester} if requester else None,
        )
        with _told():
            record = await self.app.operations.place(to, options)
        return {"callId": record.call_id, "initiated": True}

    def _keep_for_a_while(self, operation: str, pending: _Pending) -> None:
        if operation in self._pending:
            loop = asyncio.get_running_loop()
            pending.expiry = loop.call_later(KEPT_SECONDS, self._forget, operation)
        elif not pending.task.cancelled():
            pending.task.exception()

    def _forget(self, operation: str) -> None:
        pending = self._pending.pop(operation, None)
        if pending is not None and pending.expiry is not None:
            pending.expiry.cancel()
        if pending is not None and pending.task.done() and not pending.task.cancelled():
            pending.task.exception()


@contextmanager
def _told() -> Iterator[None]:
    """A failure is told as the method's error."""
    try:
        yield
    except VoiceCallError as error:
        raise MethodError(str(error), ErrorCode.UNAVAILABLE) from error


def summary(record: CallRecord) -> Result:
    """What a status tells of a call: no numbers, no words."""

    def ms(at: float | None) -> int | None:
        return None if at is None else round(at * 1000)

    found = {
        "callId": record.call_id,
        "providerCallId": record.provider_call_id,
        "provider": record.provider,
        "direction": record.direction.value,
        "state": record.state.value,
        "startedAt": ms(record.started_at),
        "answeredAt": ms(record.answered_at),
        "endedAt": ms(record.ended_at),
        "endReason": None if record.end_reason is None else record.end_reason.value,
    }
    return {name: value for name, value in found.items() if value is not None}


METHODS: Final[Mapping[str, tuple[Callable[[Methods, Params], Awaitable[Result]], Scope]]] = {
    "voicecall.initiate": (Methods.initiate, Scope.WRITE),
    "voicecall.start": (Methods.start, Scope.WRITE),
    "voicecall.continue": (Methods.continue_, Scope.WRITE),
    "voicecall.continue.start": (Methods.continue_start, Scope.WRITE),
    "voicecall.continue.result": (Methods.continue_result, Scope.READ),
    "voicecall.speak": (Methods.speak, Scope.WRITE),
    "voicecall.dtmf": (Methods.dtmf, Scope.WRITE),
    "voicecall.end": (Methods.end, Scope.WRITE),
    "voicecall.status": (Methods.status, Scope.READ),
}
"""Every method with its scope."""
