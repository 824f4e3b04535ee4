"""One process writes to a store; any number may read."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from voicecall_sdk.errors import StoreFailed


class WriterLock:
    """Held from its making until `release`, or until the process dies, however it dies.

    It binds processes, not objects: a process that opens its store again (after a simulated crash) gets it.
    """

    def __init__(self, path: Path) -> None:
        self._file = -1
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise self._refused(path, error) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others write. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _refused(self, path: Path, error: OSError) -> StoreFailed:
        if self._file < 0 or error.errno not in (errno.EACCES, errno.EAGAIN):
            return StoreFailed(f"{path} cannot be locked: {error.strerror}")
        holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
        return StoreFailed(
            f"another process ({holder}) writes to the store in {path.parent}; stop it, use another store, or open "
            "this one read-only"
        )

    def __del__(self) -> None:
        """A store that was left behind, as by a simulated crash, keeps no file open."""
        self.release()
