"""Foreign clocks: for code that is not ours, what the standard library says of time and chance while a world runs.

Wall time is the world's, every other clock counts from the world's beginning as the loop's does, a blocking sleep
lets virtual time pass. `random` is seeded and `uuid.uuid4` draws from the world's chance. Out of reach are clocks that
extension modules read by themselves, `os.urandom` and `secrets`, `uuid.uuid1`, and random generators of libraries.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.running import world_here

if TYPE_CHECKING:
    from voicecall_sim.world.world import World

EXACT: Final = 1000
"""Nanoseconds in a microsecond."""


def _wall(original: Callable[[], float]) -> Callable[[], float]:
    def wall() -> float:
        world = world_here()
        return original() if world is None else world.clock.wall_micros() / SECOND

    return wall


def _wall_ns(original: Callable[[], int]) -> Callable[[], int]:
    def wall_ns() -> int:
        world = world_here()
        return original() if world is None else world.clock.wall_micros() * EXACT

    return wall_ns


def _steady(original: Callable[[], float]) -> Callable[[], float]:
    def steady() -> float:
        world = world_here()
        return original() if world is None else world.loop.time()

    return steady


def _steady_ns(original: Callable[[], int]) -> Callable[[], int]:
    def steady_ns() -> int:
        world = world_here()
        return original() if world is None else world.loop.now * EXACT

    return steady_ns


def _by_clock(
    original: Callable[[int], Any], wall: Callable[[], Any], steady: Callable[[], Any]
) -> Callable[[int], Any]:
    def by_clock(clock_id: int) -> Any:
        if world_here() is None:
            return original(clock_id)
        return wall() if clock_id == time.CLOCK_REALTIME else steady()

    return by_clock


def _sleep(original: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        world = world_here()
        if world is None or seconds < 0:
            original(seconds)
        else:
            world.loop.skip(round(seconds * SECOND))

    return sleep


def _now_if_none(original: Callable[..., Any], wall: Callable[[], float]) -> Callable[..., Any]:
    def of_now(seconds: float | None = None) -> Any:
        return original(wall() if seconds is None else seconds)

    return of_now


def _strftime(original: Callable[..., str], now: Callable[[], Any]) -> Callable[..., str]:
    def strftime(*args: Any) -> str:
        return original(*args, now()) if len(args) == 1 else original(*args)

    return strftime


def _asctime(original: Callable[..., str], now: Callable[[], Any]) -> Callable[..., str]:
    def asctime(*args: Any) -> str:
        return original(*(args or (now(),)))

    return asctime


def _uuid4(original: Callable[[], uuid.UUID]) -> Callable[[], uuid.UUID]:
    def uuid4() -> uuid.UUID:
        world = world_here()
        if world is None:
            return original()
        return uuid.UUID(int=world.chance("foreign.uuid4").getrandbits(128), version=4)

    return uuid4


def substitutes() -> Mapping[tuple[str, str], Callable[..., Any]]:
    """The functions of `time` and `uuid`, each with its virtual twin."""
    wall, steady = _wall(time.time), _steady(time.monotonic)
    wall_ns, steady_ns = _wall_ns(time.time_ns), _steady_ns(time.monotonic_ns)
    localtime = _now_if_none(time.localtime, wall)
    found: dict[str, Callable[..., Any]] = {
        "time": wall,
        "time_ns": wall_ns,
        "clock_gettime": _by_clock(time.clock_gettime, wall, steady),
        "clock_gettime_ns": _by_clock(time.clock_gettime_ns, wall_ns, steady_ns),
        "sleep": _sleep(time.sleep),
        "localtime": localtime,
        "gmtime": _now_if_none(time.gmtime, wall),
        "ctime": _now_if_none(time.ctime, wall),
        "strftime": _strftime(time.strftime, localtime),
        "asctime": _asctime(time.asctime, localtime),
    }
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        found[name] = _steady(getattr(time, name))
        found[f"{name}_ns"] = _steady_ns(getattr(time, f"{name}_ns"))
    return {("uuid", "uuid4"): _uuid4(uuid.uuid4), **{("time", name): twin for name, twin in found.items()}}


# -- datetime is a C type: its methods are replaced in the type itself, so that imported names see it too


def _now(cls: type[dt.datetime], tz: dt.tzinfo | None = None) -> dt.datetime:
    world = world_here()
    if world is None:
        found: dt.datetime = _ORIGINALS["now"].__get__(None, cls)(tz)
        return found
    return cls.fromtimestamp(world.clock.wall_micros() / SECOND, tz)


def _utcnow(cls: type[dt.datetime]) -> dt.datetime:
    world = world_here()
    if world is None:
        found: dt.datetime = _ORIGINALS["utcnow"].__get__(None, cls)()
        return found
    return cls.fromtimestamp(world.clock.wall_micros() / SECOND, dt.UTC).replace(tzinfo=None)


def _today(cls: type[dt.date]) -> dt.date:
    world = world_here()
    if world is None:
        found: dt.date = _ORIGINALS["today"].__get__(None, cls)()
        return found
    return cls.fromtimestamp(world.clock.wall_micros() / SECOND)


_ORIGINALS: Final[Mapping[str, Any]] = {
    "now": vars(dt.datetime)["now"],
    "utcnow": vars(dt.datetime)["utcnow"],
    "today": vars(dt.date)["today"],
}
_METHODS: Final[Mapping[str, tuple[type, Any]]] = {
    "now": (dt.datetime, classmethod(_now)),
    "utcnow": (dt.datetime, classmethod(_utcnow)),
    "today": (dt.date, classmethod(_today)),
}
_users = 0


@contextmanager
def dates_in_place() -> Iterator[None]:
    """`datetime.now`, `utcnow` and `today` tell the world's time."""
    global _users
    if not _users:
        for name, (kind, method) in _METHODS.items():
            _set(kind, name, method)
    _users += 1
    try:
        yield
    finally:
        _users -= 1
        if not _users:
            for name, (kind, _) in _METHODS.items():
                _set(kind, name, _ORIGINALS[name])


def _set(kind: type, name: str, method: Any) -> None:
    """Set an attribute of a type that is not meant to change: CPython's type dictionary, and its caches told."""
    gc.get_referents(vars(kind))[0][name] = method
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


@contextmanager
def seeded(world: World) -> Iterator[None]:
    """`random` draws from the world's seed for the length of the run."""
    state = random.getstate()
    random.seed(world.chance("foreign.random").getrandbits(64))
    try:
        yield
    finally:
        random.setstate(state)
