"""A request whose answer is sound, converted while it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from voicecall_sdk.audio.convert import Converter
from voicecall_sdk.errors import SpeechFailed

QUOTED: Final = 200
"""Characters of a refusal that are passed on."""

READ: Final = 16 * 1024
"""Bytes of a refusal that are read."""

BROKEN: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)

NOT_SOUND: Final = ("application/json", "text/")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundRequest:
    """A POST. `label` begins its errors, `format` is that of the answer (`audio.convert`), `key` must not show."""

    vendor: str
    label: str
    url: str
    body: Mapping[str, Any]
    format: str
    key: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)


async def sound(client: httpx.AsyncClient, request: SoundRequest) -> AsyncIterator[bytes]:
    """The answer as mu-law, as soon as it comes. Raises `SpeechFailed`."""
    try:
        async with aclosing(_converted(client, request)) as pieces:
            async for piece in pieces:
                yield piece
    except httpx.HTTPError as error:
        raise SpeechFailed(f"{request.label}: {_unreachable(error)}") from None
    except ValueError as error:  # what came is not what was asked for
        raise SpeechFailed(f"{request.label}: {error}") from None


async def _converted(client: httpx.AsyncClient, request: SoundRequest) -> AsyncGenerator[bytes]:
    converter = Converter(request.format, provider=request.vendor)
    response = await _answer(client, request)
    try:
        await _check(response, request)
        async for raw in response.aiter_bytes():
            if piece := converter.feed(raw):
                yield piece
    finally:
        await response.aclose()
    if piece := converter.finish():
        yield piece


async def _answer(client: httpx.AsyncClient, request: SoundRequest) -> httpx.Response:
    """The answer's head. Asked once more where a kept connection had died meanwhile: that is no refusal."""
    url, params, headers = request.url, dict(request.params), dict(request.headers)
    for last in (False, True):
        asked = client.build_request("POST", url, params=params, headers=headers, json=request.body)
        try:
            return await client.send(asked, stream=True)
        except BROKEN:
            if last:
                raise
    raise AssertionError("the second attempt returns or raises")


async def _check(response: httpx.Response, request: SoundRequest) -> None:
    if response.status_code != httpx.codes.OK:
        raise SpeechFailed(f"{request.label} API error ({response.status_code}){await _said(response, request.key)}")
    kind = response.headers.get("content-type", "")
    if kind.startswith(NOT_SOUND):
        raise SpeechFailed(f"{request.label} answered {kind.partition(';')[0]} where sound was asked for")


async def _said(response: httpx.Response, key: str) -> str:
    """What the service said. Of a refused key nothing is repeated: services quote it."""
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return ": the API key is refused"
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= READ:
            break
    said = _message(body[:READ])
    return f": {said.replace(key, '<apiKey>')[:QUOTED]}" if said else ""


def _message(body: bytes) -> str:
    """The message in a refusal: OpenAI's `error.message`, ElevenLabs' `detail.message` or `detail`."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    for name in ("error", "detail"):
        found = document.get(name) if isinstance(document, dict) else None
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str):
            return " ".join(found.split())
    return ""


def _unreachable(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"cannot be reached ({str(error)[:QUOTED] or type(error).__name__})"
    return f"the connection broke ({type(error).__name__})"
