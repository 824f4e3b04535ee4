"""What every emulated carrier that has webhooks, media streams and calls does alike: begin, end, sign, open again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Sized
from typing import Protocol

from voicecall_sim.carriers.emulator import Interference, NoInterference, Outgoing, StreamOpening
from voicecall_sim.carriers.streaming.office import StreamOffice
from voicecall_sim.carriers.tasks import Tasks
from voicecall_sim.carriers.vocabulary import set_limit
from voicecall_sim.world.surroundings import Surroundings


class Post(Protocol):
    """Delivers webhooks. `numbers` has the network's number of each call by the carrier's own identifier."""

    @property
    def sent(self) -> Sequence[Outgoing]:
        """The webhooks that left, genuine ones."""
        ...

    @property
    def numbers(self) -> Mapping[str, int]:
        """Identifiers of calls to their numbers."""
        ...

    async def open(self) -> None:
        """Deliver from now on."""
        ...

    async def close(self) -> None:
        """Deliver nothing more."""
        ...

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more: the status answered, 0 for none."""
        ...

    def signed(self, hook: Outgoing) -> Outgoing:
        """A copy signed genuinely."""
        ...


class RunningCarrier(ABC):
    """The half of `Carrier` that is no carrier's own. Whoever is built on it calls `_equip` when it has its parts.

    `_tasks` are deliveries and the like, `_performances` what is being performed on calls: it ends first.
    """

    announcements: Sequence[str] = ()

    def __init__(self, surroundings: Surroundings) -> None:
        self.interference: Interference = NoInterference()
        self._surroundings = surroundings
        self._tasks, self._performances = Tasks(), Tasks()

    def _equip(self, post: Post, sockets: StreamOffice, live: Sized) -> None:
        self._post, self._sockets, self._live = post, sockets, live
        self.sent: Sequence[Outgoing] = post.sent
        self.openings: Sequence[StreamOpening] = sockets.openings

    @abstractmethod
    def _hang_up_all(self) -> None:
        """End every call at this instant."""

    @abstractmethod
    def _terms(self) -> object:
        """What the account may do."""

    @abstractmethod
    def _introduction(self, opening: StreamOpening) -> Sequence[str]:
        """The first messages of a socket that belongs to no stream."""

    def limit(self, name: str, value: int | bool) -> None:
        """Change what the account may do, as `Vocabulary.limits` calls it."""
        set_limit(self._terms(), name, value)

    async def start(self) -> None:
        """Open the HTTP clients; from now on everything runs in the caller's context."""
        for tasks in (self._tasks, self._performances):
            tasks.settle_in()
        await self._post.open()
        await self._sockets.open()

    async def stop(self) -> None:
        """Hang up what is live, and leave nothing behind. What is on its way to the application is abandoned."""
        self._hang_up_all()
        await self._performances.end()
        await self._tasks.end()
        await self._sockets.close()
        await self._post.close()

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more; the status answered, 0 for none."""
        return await self._post.send_again(hook)

    def sign(self, hook: Outgoing) -> Outgoing:
        """A copy signed genuinely, for its present URL and what it tells."""
        return self._post.signed(hook)

    async def open_again(self, opening: StreamOpening) -> bool:
        """Open a stream that belongs to nobody: whether it was let in."""
        number = self._post.numbers.get(opening.call_id, 0)
        return await self._sockets.intrude(opening, number, self._introduction(opening))

    def sign_stream(self, opening: StreamOpening) -> StreamOpening:
        """A copy of the opening signed genuinely, for its present URL; as it is where streams are not signed."""
        return self._sockets.signed(opening)

    def cut_streams(self) -> int:
        """Break the connections of all live streams: how many there were."""
        return self._sockets.cut()

    def busy(self) -> int:
        """How many calls and deliveries are under way."""
        return len(self._live) + len(self._tasks)
