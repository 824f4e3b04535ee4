"""Commands to the running service over its control endpoint."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import aiohttp
import click

from voicecall_sdk.cli.problems import shown
from voicecall_sdk.config import Config
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.gateway.control import Address
from voicecall_sdk.gateway.methods import summary

TIMEOUT: Final = 30.0
POLL: Final = 0.25


def request(path: Path, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call one method of the running service; a failure is a `ClickException`."""
    return asyncio.run(_request(_address(path), method, params))


def converse(path: Path, call_id: str, message: str) -> dict[str, Any]:
    """Say something and wait for the answer, however long that takes."""
    return asyncio.run(_converse(_address(path), {"callId": call_id, "message": message}))


def standing(path: Path, call_id: str | None) -> dict[str, Any]:
    """How a call stands: what the running service says, or what is stored if none runs."""
    try:
        return request(path, "voicecall.status", {"callId": call_id} if call_id else {})
    except NobodyThere:
        found = _stored(path, call_id)
        if found is None:
            raise
        return found


class NobodyThere(click.ClickException):
    """No service runs, or it died without a word."""


def _stored(path: Path, call_id: str | None) -> dict[str, Any] | None:
    """The form of `voicecall.status`, from the store; None if there is none that can be read."""
    try:
        store = Config.load(path).open_store(read_only=True)
    except StoreFailed:
        return None
    try:
        if call_id is None:
            return {"found": True, "calls": [summary(record) for record in store.unfinished()]}
        record = store.find(call_id)
        return {"found": False} if record is None else {"found": True, "call": summary(record)}
    finally:
        store.close()


async def _converse(address: Address, params: dict[str, Any]) -> dict[str, Any]:
    begun = await _request(address, "voicecall.continue.start", params)
    operation = {"operationId": begun["operationId"]}
    state, deadline = begun, asyncio.get_running_loop().time() + begun["pollTimeoutMs"] / 1000
    while state["status"] == "pending":
        if asyncio.get_running_loop().time() > deadline:
            raise click.ClickException(f"no answer within {begun['pollTimeoutMs'] / 1000:g} s")
        await asyncio.sleep(POLL)
        state = await _request(address, "voicecall.continue.result", operation)
    if state["status"] == "failed":
        raise click.ClickException(state["error"])
    result: dict[str, Any] = state["result"]
    return result


async def _request(address: Address, method: str, params: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {address.token}"}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.post(f"{address.url}/rpc", json={"method": method, "params": params}) as response,
        ):
            frame = await response.json()
    except aiohttp.ClientConnectorError as error:
        raise NobodyThere(f"no service answers at {address.url}: start it with `voicecall serve`") from error
    except TimeoutError as error:
        raise click.ClickException(f"the service at {address.url} did not answer within {TIMEOUT:g} s") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise click.ClickException(f"the service at {address.url} gave no answer ({type(error).__name__})") from error
    return _payload(frame, address)


def _payload(frame: Any, address: Address) -> dict[str, Any]:
    """What was answered. Another program may have come to listen where a service died."""
    match frame:
        case {"ok": True, "payload": {} as payload}:
            return dict(payload)
        case {"ok": False, "error": {"message": str(message)}}:
            raise click.ClickException(message)
        case _:
            raise click.ClickException(f"what answers at {address.url} is not the service: start it anew")


def _address(path: Path) -> Address:
    with shown(path):
        directory = Config.load(path).store_directory
        address = Address.read(directory)
    if address is None:
        raise NobodyThere(f"no service runs with the store {directory}: start it with `voicecall serve`")
    return address
