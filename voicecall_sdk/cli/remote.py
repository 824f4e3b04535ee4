"""Commands to the running service over its control endpoint."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import aiohttp
import click

from voicecall_sdk.config import Config
from voicecall_sdk.gateway.control import Address

TIMEOUT: Final = 30.0
POLL: Final = 0.25


def request(path: Path, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Call one method of the running service; a failure is a `ClickException`."""
    return asyncio.run(_request(_address(path), method, params))


def converse(path: Path, call_id: str, message: str) -> dict[str, Any]:
    """Say something and wait for the answer, however long that takes."""
    return asyncio.run(_converse(_address(path), {"callId": call_id, "message": message}))


async def _converse(address: Address, params: dict[str, Any]) -> dict[str, Any]:
    begun = await _request(address, "voicecall.continue.start", params)
    operation = {"operationId": begun["operationId"]}
    async with asyncio.timeout(begun["pollTimeoutMs"] / 1000):
        state = begun
        while state["status"] == "pending":
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
        raise click.ClickException(f"no service answers at {address.url}: start it with `voicecall serve`") from error
    except TimeoutError as error:
        raise click.ClickException(f"the service at {address.url} did not answer within {TIMEOUT:g} s") from error
    if not frame["ok"]:
        raise click.ClickException(frame["error"]["message"])
    payload: dict[str, Any] = frame["payload"]
    return payload


def _address(path: Path) -> Address:
    directory = Config.load(path).store_directory
    address = Address.read(directory)
    if address is None:
        raise click.ClickException(f"no service runs with the store {directory}: start it with `voicecall serve`")
    return address
