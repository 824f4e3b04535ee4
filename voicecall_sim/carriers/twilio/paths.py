"""Which operations there are at which path of the REST API. Compiled once for all worlds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from voicecall_sim.carriers.twilio.asked import Route

_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")


class Room(NamedTuple):
    """A path with places for identifiers, and its operations by method."""

    path: re.Pattern[str]
    by_method: Mapping[str, Route]


class Directory:
    """The paths below a prefix; `routes` have theirs with identifiers as `{name}`."""

    def __init__(self, prefix: str, routes: Sequence[Route]) -> None:
        self._rooms = tuple(_rooms(prefix, routes))

    def find(self, path: str) -> tuple[Mapping[str, Route] | None, Mapping[str, str]]:
        """The operations at a decoded path, and the identifiers in it by name; None where there is nothing."""
        for room in self._rooms:
            match = room.path.fullmatch(path)
            if match is not None:
                return room.by_method, match.groupdict()
        return None, {}


def _rooms(prefix: str, routes: Sequence[Route]) -> Iterable[Room]:
    for path in dict.fromkeys(route.path for route in routes):
        pattern = _PLACE.sub(r"(?P<\1>[^{}/]+)", re.escape(prefix + path))
        yield Room(re.compile(pattern), {route.method: route for route in routes if route.path == path})
