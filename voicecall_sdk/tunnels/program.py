"""Other people's programs: started, read within bounds, and ended for certain."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from voicecall_sdk.errors import TunnelFailed

LONGEST_LINE: Final = 64 * 1024
MOST_KEPT: Final = 256 * 1024
"""Bytes of a line that is read, and characters of a command's output that are kept."""

TO_TERMINATE: Final = 2.0
TO_KILL: Final = 1.0
"""Seconds that a program gets to end after SIGTERM, and the system to end it after SIGKILL."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a command: its exit code (None: it was ended, for it took too long) and what it wrote."""

    code: int | None
    output: str


async def start(argv: Sequence[str], env: Mapping[str, str], install: str) -> Process:
    """Start a program whose output, errors too, is read from `stdout`. Raises `TunnelFailed`.

    It has a session of its own: Ctrl-C reaches us, and we end it.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=dict(env),
            limit=LONGEST_LINE,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise TunnelFailed(f"{argv[0]} is not installed, or not on the PATH", install) from None
    except OSError as error:
        raise TunnelFailed(f"{argv[0]} cannot be started: {error.strerror or error}", install) from error


async def run(argv: Sequence[str], env: Mapping[str, str], *, timeout: float, install: str) -> Finished:
    """Run a command to its end, `timeout` seconds at most. Raises `TunnelFailed` if it cannot be started."""
    process = await start(argv, env, install)
    lines: list[str] = []
    try:
        async with asyncio.timeout(timeout):
            async for line in lines_of(process):
                if sum(map(len, lines)) < MOST_KEPT:
                    lines.append(line)
            return Finished(await process.wait(), "\n".join(lines))
    except TimeoutError:
        return Finished(None, "\n".join(lines))
    finally:
        await end(process)


async def lines_of(process: Process) -> AsyncIterator[str]:
    """What a program writes, line by line; a line that is far too long is passed over."""
    assert process.stdout is not None
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # longer than `LONGEST_LINE`: what was read of it is gone, the rest comes as lines
            continue
        if not line:
            return
        yield line.decode("utf-8", "replace").strip()


async def end(process: Process) -> None:
    """End a program: ask, then insist. Nothing happens to one that has ended."""
    for ask, patience in ((process.terminate, TO_TERMINATE), (process.kill, TO_KILL)):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            ask()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
