"""The escape guard: while a world runs, nothing in its thread reaches the real network or starts a real process."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from threading import get_ident
from typing import Any, Final

from voicecall_sim.world.errors import EscapedTheWorld
from voicecall_sim.world.running import RUNNING

NETWORK: Final = "the real network; the world's own is reached through asyncio"
PROCESS: Final = "a real process; the world's programs are started with asyncio.create_subprocess_exec"

ESCAPES: Final[Mapping[str, str]] = {
    "socket.connect": NETWORK,
    "socket.getaddrinfo": NETWORK,
    "socket.gethostbyaddr": NETWORK,
    "socket.gethostbyname": NETWORK,
    "socket.sendmsg": NETWORK,
    "socket.sendto": NETWORK,
    "os.exec": PROCESS,
    "os.fork": PROCESS,
    "os.forkpty": PROCESS,
    "os.posix_spawn": PROCESS,
    "os.system": PROCESS,
    "subprocess.Popen": PROCESS,
}
"""Audit events that are refused, and what they would reach."""

_installed = False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event in ESCAPES and (world := RUNNING.get(get_ident())) is not None:
        error = EscapedTheWorld(f"{event}{_told(args)} would reach {ESCAPES[event]}")
        world.loop.call_exception_handler({"message": "Something tried to leave the world", "exception": error})
        raise error


def _told(args: tuple[Any, ...]) -> str:
    return f"({', '.join(repr(arg) for arg in args if isinstance(arg, (str, bytes, int, tuple, list)))})"


def install() -> None:
    """Put the audit hook in place. There is no way to remove one: it acts only where a world runs."""
    global _installed
    if not _installed:
        _installed = True
        # asks the real machine by a process, once: clients that tell what they run on then know it from its cache
        platform.processor()
        sys.addaudithook(_hook)
