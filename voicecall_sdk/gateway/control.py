"""The control endpoint: how a command on the same machine talks to the running service.

HTTP on 127.0.0.1 at a port of its own. The service writes its address and a fresh token into `control.json` in the
store's directory (readable by its owner only), and removes it when it stops, unless another has written its own there.
"""

from __future__ import annotations

import hmac
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from voicecall_sdk.gateway.methods import METHODS, Methods
from voicecall_sdk.gateway.protocol import ErrorCode, MethodError
from voicecall_sdk.server.listen import listen

FILE: Final = "control.json"
LOCAL: Final = re.compile(r"http://127[.]0[.]0[.]1:[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where the running service listens for commands, and the token that it wants."""

    url: str
    token: str

    @classmethod
    def read(cls, directory: Path) -> Address | None:
        """The address that a service wrote there, if one is running (or died without a word).

        Anything else in the file is nothing, above all an address elsewhere: what is to be said is told to this
        machine alone. Raises `OSError` if the file is there and cannot be read.
        """
        try:
            found = json.loads((directory / FILE).read_text())
            url, token = found["url"], found["token"]
            return cls(url, token) if LOCAL.fullmatch(url) and token.isprintable() else None
        except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None


@asynccontextmanager
async def control(methods: Methods, directory: Path, token: str) -> AsyncIterator[Address]:
    """Listen for commands as long as the context lasts."""
    async with AsyncExitStack() as stack:
        port = await listen(stack, _application(methods, token), "127.0.0.1", 0)
        address = Address(f"http://127.0.0.1:{port}", token)
        _write_private(directory / FILE, json.dumps({"url": address.url, "token": token, "pid": os.getpid()}))
        stack.callback(_remove, directory, address)
        yield address


def _application(methods: Methods, token: str) -> web.Application:
    async def rpc(request: web.Request) -> web.Response:
        offered = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(offered, f"Bearer {token}".encode()):
            return _failure(401, "unauthorized: wrong control token", "UNAUTHORIZED")
        try:
            frame = await request.json()
        except (ValueError, LookupError, RecursionError):  # LookupError: a charset that nobody knows
            return _failure(400, "the request is not JSON", ErrorCode.INVALID_REQUEST)
        try:
            return web.json_response({"ok": True, "payload": await _call(methods, frame)})
        except MethodError as error:
            return _failure(422, str(error), error.code)

    app = web.Application()
    app.router.add_post("/rpc", rpc)
    return app


async def _call(methods: Methods, frame: Any) -> Mapping[str, Any]:
    if not isinstance(frame, dict) or not isinstance(frame.get("params", {}), dict):
        raise MethodError("expected {method, params}")
    name = str(frame.get("method"))
    if name not in METHODS:
        raise MethodError(f"unknown method: {name}")
    handler, _ = METHODS[name]
    return await handler(methods, frame.get("params", {}))


def _failure(status: int, message: str, code: str) -> web.Response:
    return web.json_response({"ok": False, "error": {"code": code, "message": message}}, status=status)


def _write_private(path: Path, text: str) -> None:
    """Write for the owner's eyes only, from the first byte on; whoever reads finds all of it or what was before."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def _remove(directory: Path, address: Address) -> None:
    if Address.read(directory) == address:
        (directory / FILE).unlink(missing_ok=True)
