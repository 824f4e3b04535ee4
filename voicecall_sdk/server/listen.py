"""An aiohttp application on a port, for as long as an exit stack lasts."""

from __future__ import annotations

from contextlib import AsyncExitStack

from aiohttp import web

SHUTDOWN = 2.0
"""Seconds that requests under way get to finish when the server stops."""


async def listen(stack: AsyncExitStack, app: web.Application, bind: str, port: int) -> int:
    """Serve until the stack unwinds; returns the port (which differs from a wanted port 0). Raises `OSError`."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, bind, port)
    await site.start()
    return int(runner.addresses[0][1])
