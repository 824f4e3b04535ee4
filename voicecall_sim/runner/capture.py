"""The application's log, in the journal: kind `log`, data `{level, logger, message}`, evidence `{traceback}`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from voicecall_sim.world.host import current_host
from voicecall_sim.world.journal import Journal

QUIET: Final = ("asyncio", "aiohttp.access", "httpx", "httpcore")
"""Loggers of the ground that everything stands on: from them only warnings are worth a line."""

Leaked = Callable[[str, Sequence[str]], None]
"""Told of each record that had secrets in it: the logger's name and the names of the secrets."""


class JournalHandler(logging.Handler):
    """Writes a host's log records into a journal, secrets replaced, and tells of those that had secrets in them."""

    def __init__(self, journal: Journal, who: str, leaked: Leaked) -> None:
        super().__init__(logging.DEBUG)
        self._journal = journal
        self._who = who
        self._leaked = leaked
        self._format = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """One record of the application's own host, one entry."""
        host = current_host()
        if host is None or host.name != self._who:
            return
        if record.name.startswith(QUIET) and record.levelno < logging.WARNING:
            return
        message = record.getMessage()
        traceback = self._format.formatException(record.exc_info) if record.exc_info else ""
        data = {"level": record.levelname.lower(), "logger": record.name, "message": message}
        if names := self._journal.leaks(f"{message}\n{traceback}"):
            self._leaked(record.name, names)
        self._journal.write(self._who, "log", data, {"traceback": traceback} if traceback else None)


@contextmanager
def captured(journal: Journal, leaked: Leaked, *, who: str = "app", level: int = logging.INFO) -> Iterator[None]:
    """Within this block the host's log records from `level` on go to the journal; afterwards logging is as it was."""
    root = logging.getLogger()
    handler, before = JournalHandler(journal, who, leaked), root.level
    root.addHandler(handler)
    root.setLevel(min(before, level) if before else level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
