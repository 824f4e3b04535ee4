"""The caller's utterances in the order in which they were said, whatever the order in which they are understood.

A service cuts sound into items. `committed` tells where an item belongs, and its text comes later, or never.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MOST_ITEMS: Final = 64
MOST_TEXT: Final = 256 * 1024
"""Characters of partial and of waiting texts together (reference, section 8.5)."""

REMEMBERED: Final = 64
"""Items that are over, and whose late messages are ignored."""


class Said(NamedTuple):
    """A text that may be delivered, and whose it is."""

    text: str
    item: str


@dataclass(slots=True)
class _Item:
    id: str
    partial: str = field(default="")
    text: str | None = None

    @property
    def size(self) -> int:
        return len(self.partial) + len(self.text or "")


class Utterances:
    """Items that were begun and are not delivered. Methods return the texts that may be delivered now, in order."""

    def __init__(self) -> None:
        self._items: list[_Item] = []
        self._over: deque[str] = deque(maxlen=REMEMBERED)
        self._text = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def blocked(self) -> bool:
        """Whether a text that is known waits for an earlier one that is not."""
        return any(item.text is not None for item in self._items)

    @property
    def open(self) -> frozenset[str]:
        """The items whose text is still to come."""
        return frozenset(item.id for item in self._items if item.text is None)

    def committed(self, item_id: str, previous: str | None) -> list[Said]:
        """An item was cut. It belongs after `previous`; None says nothing, so it comes last."""
        if self._is_over(item_id):
            return []
        item = self._take(item_id) or _Item(item_id)
        places = {each.id: place for place, each in enumerate(self._items, 1)}
        # the predecessor was delivered already, so nothing comes before this one
        first = 0 if previous is not None and self._is_over(previous) else len(self._items)
        self._items.insert(places.get(previous or "", first), item)
        return self._bounded()

    def partial(self, item_id: str, delta: str) -> str:
        """More of an item's text: all there is of it so far, "" for an item that is over or for too much text."""
        if self._is_over(item_id) or self._text + len(delta) > MOST_TEXT:
            return ""
        item = self._known(item_id)
        item.partial += delta
        self._text += len(delta)
        return item.partial

    def resolved(self, item_id: str, text: str) -> list[Said]:
        """An item's final text; "" where it could not be understood."""
        if self._is_over(item_id):
            return []
        item = self._known(item_id)
        self._text += len(text) - item.size
        item.partial, item.text = "", text
        return self._bounded()

    def unblocked(self) -> list[Said]:
        """The texts that waited, without those that they waited for any longer."""
        last = max((place for place, item in enumerate(self._items) if item.text is not None), default=-1)
        for item in self._items[: last + 1]:
            item.text = item.text or ""
        return self._ready()

    def abandoned(self) -> list[Said]:
        """All texts that are known. What is not known by now never will be."""
        for item in self._items:
            item.text = item.text or ""
        return self._ready()

    def _ready(self) -> list[Said]:
        texts: list[Said] = []
        while self._items and self._items[0].text is not None:
            item = self._items.pop(0)
            self._over.append(item.id)
            self._text -= item.size
            texts.append(Said((item.text or "").strip(), item.id))
        return [said for said in texts if said.text]

    def _bounded(self) -> list[Said]:
        """What is ready, and, while there is too much, what is oldest."""
        texts = self._ready()
        while len(self._items) > MOST_ITEMS or self._text > MOST_TEXT:
            self._items[0].text = self._items[0].text or ""
            texts += self._ready()
        return texts

    def _known(self, item_id: str) -> _Item:
        found = next((item for item in self._items if item.id == item_id), None)
        if found is None:
            found = _Item(item_id)
            self._items.append(found)
        return found

    def _take(self, item_id: str) -> _Item | None:
        found = next((item for item in self._items if item.id == item_id), None)
        if found is not None:
            self._items.remove(found)
        return found

    def _is_over(self, item_id: str) -> bool:
        return item_id in self._over
