"""Tests in virtual time.

def test_something():
    run_in_world(body)                      # async def body(world): ...

@in_world(seed=3)
async def test_other(world): ...            # the same, for pytest

with virtual_world(seed=3) as world:        # the world before and after its run
    world.run(body(world))
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from voicecall_sim.world.errors import Misused
from voicecall_sim.world.loop import VirtualLoop
from voicecall_sim.world.world import World

T = TypeVar("T")


class UnhandledInTheWorld(AssertionError):
    """A test ended well, and left errors that nobody caught."""


@contextmanager
def virtual_world(*, allow_unhandled: bool = False, **options: Any) -> Iterator[World]:
    """A world for the length of a block; options as of `World`.

    A block that ends well while the world has errors that nobody caught raises `UnhandledInTheWorld`.
    """
    world = World(**options)
    try:
        yield world
    finally:
        world.loop.close()
    if world.unhandled and not allow_unhandled:
        raise UnhandledInTheWorld("; ".join(map(str, world.unhandled)))


def run_in_world(body: Callable[[World], Coroutine[Any, Any, T]], *, host: str | None = None, **options: Any) -> T:
    """Run a coroutine function in a world of its own, on the named host; options as of `virtual_world`."""
    with virtual_world(**options) as world:
        return world.run(body(world), host=None if host is None else world.host(host))


def in_world(
    *, host: str | None = None, **options: Any
) -> Callable[[Callable[..., Coroutine[Any, Any, T]]], Callable[..., T]]:
    """Decorate a coroutine test so that it runs in a world, which it gets as `world`; pytest fixtures still work."""

    def decorate(test: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., T]:
        @wraps(test)
        def run(*args: Any, **fixtures: Any) -> T:
            return run_in_world(lambda world: test(*args, world=world, **fixtures), host=host, **options)

        signature = inspect.signature(test)
        rest = [parameter for name, parameter in signature.parameters.items() if name != "world"]
        run.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return run

    return decorate


def loop_factory(**options: Any) -> Callable[[], VirtualLoop]:
    """A factory for runners that make their own loops, such as pytest-asyncio's: each loop is that of a new world.

    The laws of the world hold whenever the loop runs; `current_world` finds it from inside.
    """
    return lambda: World(**options).loop


def current_world() -> World:
    """The world whose loop is running."""
    world = getattr(asyncio.get_running_loop(), "world", None)
    if not isinstance(world, World):
        raise Misused("no world is running here")
    return world
