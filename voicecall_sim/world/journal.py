"""The journal: everything that happened in a run, in order. The single source of console, reports and expectations.

An entry's `data` is canonical and is compared between runs; its `evidence` (raw bytes, nonces, dates) is shown and
never compared. Secrets that are registered are replaced on entry, in every form in which they commonly travel.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sim.world.clock import Clock, Micros
from voicecall_sim.world.secrets import Secrets


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


class Unseen(Mapping[str, Any]):
    """Evidence that nobody has looked at yet: put into words, without secrets, when somebody does.

    `make` must hold on to nothing of the world, for entries outlive it, and only to what does not change any more.
    """

    __slots__ = ("_clean", "_make", "_seen")

    def __init__(self, make: Callable[[], Mapping[str, Any]], clean: Callable[[Any], Any]) -> None:
        self._make, self._clean = make, clean
        self._seen: Mapping[str, Any] | None = None

    def _look(self) -> Mapping[str, Any]:
        if self._seen is None:
            self._seen = self._clean(self._make())
        return self._seen

    def __getitem__(self, name: str) -> Any:
        return self._look()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._look())

    def __len__(self) -> int:
        return len(self._look())

    def __repr__(self) -> str:
        return repr(self._look())


Listener = Callable[[Entry], None]

_NOTHING: Final[Mapping[str, Any]] = {}


class Journal:
    """An append-only record that can be listened to and waited on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._listeners: list[Listener] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._secrets = Secrets()

    def write(
        self,
        who: str,
        kind: str,
        data: Mapping[str, Any] | None = None,
        evidence: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    ) -> Entry:
        """Append an entry at this instant; listeners hear it before this returns.

        Most evidence is never looked at: as a function it is asked for when it is; see `Unseen`.
        """
        secrets = self._secrets
        entry = Entry(
            len(self._entries),
            self._clock.now(),
            who,
            kind,
            secrets.clean(data) if data and secrets else dict(data or _NOTHING),
            Unseen(evidence, secrets.clean) if callable(evidence) else secrets.clean(evidence or _NOTHING),
        )
        self._entries.append(entry)
        for listener in tuple(self._listeners):
            listener(entry)
        if self._waiters:
            self._wake()
        return entry

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

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

    def keep_secret(self, name: str, value: str, *, show: int = 0) -> None:
        """From now on write `<name>` wherever `value` would appear.

        Its base64 (inside of HTTP Basic too), URL-encoded, JSON- and XML-escaped forms are replaced as well. With
        `show` that many of its first characters stay visible, for tokens that one wants to tell apart:
        `<stream.token:abcd…>`.
        """
        if value:
            self._secrets.keep(name, value, show)

    def keep_name(self, name: str, value: str) -> None:
        """Write `<name>` for something that is no secret but has another value in every run, as a scratch directory."""
        if value:
            self._secrets.keep(name, value, harmless=True)

    def redact(self, text: str) -> str:
        """The text with every registered secret replaced by its name."""
        return self._secrets.redact(text)

    def leaks(self, text: str) -> Sequence[str]:
        """The names of the secrets that occur in a text."""
        return self._secrets.leaks(text)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]
