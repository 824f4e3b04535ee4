"""Sound that the service has not accounted for: it is sent again when the connection had to be made anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Final

from voicecall_sdk.audio.frames import RATE
from voicecall_sdk.audio.levels import level

MOST_BYTES: Final = 2 * 1024 * 1024
"""Four minutes (reference, section 8.5). Beyond it the oldest is dropped."""

QUIET_BYTES: Final = RATE
"""While nobody speaks the last second is enough: the service looks back 300 ms from where speech begins."""

GRACE_BYTES: Final = 10 * RATE
"""After sound was sent again, so much may pass until what was sent is believed to be heard."""

PIECE: Final = RATE
"""Bytes in which sound is sent again."""

FAINTEST: Final = 0.005


class Unheard:
    """Keeps sound in bounds. `holding` keeps all of it: while nobody listens, and while the caller speaks."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.holding = True
        self._most = most
        self._open: deque[bytes] = deque()
        self._open_bytes = 0
        self._items: dict[str, tuple[int, list[bytes]]] = {}
        self._items_bytes = 0
        self._grace = 0

    def add(self, ulaw: bytes) -> None:
        """This came from the caller."""
        self._open.append(ulaw)
        self._open_bytes += len(ulaw)
        self._grace -= len(ulaw)
        if not self.holding and self._grace <= 0:
            self._shorten(QUIET_BYTES)
        if self._open_bytes + self._items_bytes > self._most:
            self._bound()

    def committed(self, item_id: str) -> None:
        """All that came until now belongs to this item."""
        self._items[item_id] = (self._open_bytes, list(self._open))
        self._items_bytes += self._open_bytes
        self._open.clear()
        self._open_bytes = 0
        self.holding = False

    def resolved(self, item_id: str) -> None:
        """The item was understood, or cannot be."""
        size, _ = self._items.pop(item_id, (0, []))
        self._items_bytes -= size

    def only(self, items: Collection[str]) -> None:
        """No other items are waited for."""
        for item_id in [each for each in self._items if each not in items]:
            self.resolved(item_id)

    def again(self) -> list[bytes]:
        """All that was not accounted for, in pieces for a new connection. It stays kept for a while."""
        sound = b"".join([*(frame for _, frames in self._items.values() for frame in frames), *self._open])
        pieces = [sound[start : start + PIECE] for start in range(0, len(sound), PIECE)]
        self._items.clear()
        self._items_bytes = 0
        self._open, self._open_bytes = deque(pieces), len(sound)
        self._grace = GRACE_BYTES
        self.holding = False
        return pieces

    def worth(self, least: int) -> bool:
        """Whether at least so many bytes belong to no item, and are not mere silence."""
        return self._open_bytes >= least and any(level(piece) > FAINTEST for piece in self._open)

    def _shorten(self, most: int) -> None:
        while self._open_bytes - len(self._open[0]) >= most:
            self._drop_first()

    def _bound(self) -> None:
        while self._items and self._open_bytes + self._items_bytes > self._most:
            self.resolved(next(iter(self._items)))
        while self._open_bytes > self._most:
            self._drop_first()

    def _drop_first(self) -> None:
        self._open_bytes -= len(self._open.popleft())
