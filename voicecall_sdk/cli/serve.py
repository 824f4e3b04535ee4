"""`voicecall serve`: the service in the foreground, until it is interrupted."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

import click

from voicecall_sdk.app import VoiceCall
from voicecall_sdk.cli.problems import shown
from voicecall_sdk.gateway.control import control
from voicecall_sdk.gateway.methods import Methods


def run(path: Path) -> None:
    """Run until SIGINT or SIGTERM. Exit code 2 for a configuration that cannot be used, 1 if the start failed."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    with shown(path):
        asyncio.run(_serve(path))


async def _serve(path: Path) -> None:
    async with VoiceCall(path) as app:
        methods = Methods(app)
        async with control(methods, app.config.store_directory, app.entropy.token(32)) as address:
            click.echo(f"voicecall takes calls at {app.webhook_url}, commands at {address.url}")
            await _interrupted()
            await app.stop()  # before the control endpoint: whoever waits there is told why
        methods.close()


async def _interrupted() -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, asked.set)
    await asked.wait()
