"""A sound that is made while it is heard: audio is appended to it as it comes."""

from __future__ import annotations

from collections.abc import Callable

from voicecall_sim.world.clock import Micros


class Growing:
    """G.711 µ-law at 8 kHz that grows. It is decoded as far as it goes, when somebody asks or follows."""

    @property
    def open(self) -> bool:
        """Whether more may come."""
        raise NotImplementedError

    @property
    def duration(self) -> Micros:
        """Up to the end of the last voiced sample that is known by now."""
        raise NotImplementedError

    @property
    def spoken(self) -> bool:
        """A voice."""
        return True

    def append(self, ulaw: bytes, voiced: int | None = None) -> None:
        """Let it grow. Of these samples the first `voiced` (all, if not given) count for `duration`."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing more will come."""
        raise NotImplementedError

    def text(self, played: Micros) -> str:
        """As `Sound.text`, as far as it is known by now."""
        raise NotImplementedError

    def next_change(self, played: Micros) -> Micros | None:
        """As `Sound.next_change`, as far as it is known by now."""
        raise NotImplementedError

    def ulaw(self, first: int, count: int) -> bytes:
        """That many samples from that one on; 0xFF beyond what is known."""
        raise NotImplementedError

    def follow(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when a further character is known and when it closes; the returned function ends that."""
        raise NotImplementedError
