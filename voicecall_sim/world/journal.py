"""The journal: everything that happened in a run, in order. The single source of console, reports and expectations.

An entry's `data` is canonical and is compared between runs; its `evidence` (raw bytes, nonces, dates) is shown and
never compared. Secrets that are registered are replaced on entry, in every form in which they commonly travel.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from voicecall_sim.world.clock import Clock, Micros


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: its place in the journal, when (µs), who did it, what kind, and the details."""

    index: int
    at: Micros
    who: str
    kind: str
    data: Mapping[str, Any]
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def compared(self) -> tuple[Micros, str, str, str]:
        """What two runs of one seed must have in common."""
        return (self.at, self.who, self.kind, json.dumps(self.data, sort_keys=True, default=str))


Listener = Callable[[Entry], None]


class Journal:
    """An append-only record that can be listened to and waited on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._listeners: list[Listener] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._secrets: dict[str, str] = {}

    def write(
        self, who: str, kind: str, data: Mapping[str, Any] | None = None, evidence: Mapping[str, Any] | None = None
    ) -> Entry:
        """Append an entry at this instant; listeners hear it before this returns."""
        entry = Entry(
            len(self._entries),
            self._clock.now(),
            who,
            kind,
            self._clean(dict(data or {})),
            self._clean(dict(evidence or {})),
        )
        self._entries.append(entry)
        for listener in tuple(self._listeners):
            listener(entry)
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        return entry

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every further entry, at once; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def more(self, than: int) -> None:
        """Return when the journal has more than `than` entries."""
        while len(self._entries) <= than:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    def since(self, index: int) -> Sequence[Entry]:
        """The entries from `index` on."""
        return self._entries[index:]

    def keep_secret(self, name: str, value: str) -> None:
        """From now on write `<name>` wherever `value` would appear: plain, base64, URL-encoded or JSON-escaped.

        For the user:password form of HTTP Basic register `user:password` as a secret of its own.
        """
        if not value:
            return
        encoded = base64.b64encode(value.encode()).decode()
        forms = {value, encoded, encoded.rstrip("="), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
        self._secrets.update(dict.fromkeys(forms, f"<{name}>"))

    def redact(self, text: str) -> str:
        """The text with every registered secret replaced by its name."""
        for form, name in sorted(self._secrets.items(), key=lambda item: -len(item[0])):
            text = text.replace(form, name)
        return text

    def leaks(self, text: str) -> Sequence[str]:
        """The names of the secrets that occur in a text."""
        return sorted({name for form, name in self._secrets.items() if form in text})

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def _clean(self, value: Any) -> Any:
        if not self._secrets:
            return value
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, bytes):
            return self.redact(value.decode("latin-1")).encode("latin-1")
        if isinstance(value, Mapping):
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._clean(item) for item in value)
        return value
