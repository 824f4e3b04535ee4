"""The tasks that follow a vendor's connection: ended together, and never silent about a fault of ours."""

from __future__ import annotations

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel what runs of these, one after the other, and wait until it is over."""
    for task in tasks:
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])


def fault(task: asyncio.Task[Any], label: str) -> str | None:
    """What to say of a task that failed, if it did; the loop's exception handler hears of it."""
    if task.cancelled() or (error := task.exception()) is None:
        return None
    context = {"message": f"{label}: an internal error", "exception": error, "task": task}
    task.get_loop().call_exception_handler(context)
    return f"{label}: an internal error ({type(error).__name__})"
