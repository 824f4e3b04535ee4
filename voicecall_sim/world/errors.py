"""What can go wrong with a world itself, as distinct from what goes wrong inside it.

WorldError
├── Stuck                    a run that cannot, or should not, go on; carries the table of who waits for what
│   ├── Deadlock             nothing is ready and no timer is armed
│   ├── HorizonPassed        virtual time went past what the run was allowed
│   └── WatchdogBarked       real time went by and nothing was journaled
├── EscapedTheWorld          something reached for the real network or the real system
├── ThreadInTheWorld         a foreign thread called into a loop that has no threads
├── HostCrashed              the host that was to answer a `Host.call` died
└── Misused                  the world was asked for something that makes no sense
"""

from __future__ import annotations


class WorldError(RuntimeError):
    """Base of everything a world raises on its own account."""


class Stuck(WorldError):
    """A run that does not come to an end; `table` says which task of which host waits for what, and where."""

    def __init__(self, why: str, table: str = "") -> None:
        super().__init__(f"{why}\n{table}" if table else why)
        self.why = why
        self.table = table


class Deadlock(Stuck):
    """Every task waits and no timer is armed."""


class HorizonPassed(Stuck):
    """Virtual time would pass the horizon of the run: a periodic timer is probably hiding a hang."""


class WatchdogBarked(Stuck):
    """Real time passed without a journal entry."""


class EscapedTheWorld(WorldError):
    """Code in a world reached for a real socket, a real name or a real process."""


class ThreadInTheWorld(WorldError):
    """A thread that is not the world's called into its loop."""


class HostCrashed(WorldError):
    """The host died before it answered."""


class Misused(WorldError):
    """A call that makes no sense, told in a sentence."""
