"""An aiohttp application on a port, for as long as an exit stack lasts."""

from __future__ import annotations

import errno
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.http import HttpProcessingError

log = logging.getLogger(__name__)

SHUTDOWN: Final = 2.0
"""Seconds that requests under way get to finish when the server stops."""

IDLE: Final = 120.0
"""Seconds that a connection may say nothing, or not say what it wants: longer than proxies keep theirs."""

if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter


class Doorkeeper(_Adapter):
    """aiohttp's log. What strangers send that is no HTTP is no error of ours: one line below the others, without it."""

    def log(self, level: int, msg: object, *args: object, exc_info: Any = None, **rest: Any) -> None:
        """Log as a `Logger` does."""
        if isinstance(exc_info, HttpProcessingError):
            super().log(logging.DEBUG, f"{msg}: %s", *args, type(exc_info).__name__)
        else:
            super().log(level, msg, *args, exc_info=exc_info, **rest)


async def listen(stack: AsyncExitStack, app: web.Application, bind: str, port: int) -> int:
    """Serve until the stack unwinds; returns the port (which differs from a wanted port 0). Raises `OSError`.

    Bodies are left as they were sent: what is compressed stays so.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN,
        keepalive_timeout=IDLE,
        auto_decompress=False,
        logger=Doorkeeper(log),
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, bind, port).start()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise OSError(
            error.errno,
            f"port {port} of {bind} is taken: another program listens there, perhaps a service that runs already",
        ) from error
    return int(runner.addresses[0][1])
