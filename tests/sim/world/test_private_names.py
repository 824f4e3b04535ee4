"""The private names of asyncio: all in one file, all listed, all there in this Python."""

from __future__ import annotations

import ast
import asyncio
import inspect
from asyncio import base_subprocess, format_helpers, selector_events
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import voicecall_sim.world.loop as loop_module
from voicecall_sim.world.loop import PRIVATE_NAMES, StartTlsCompatible, VirtualLoop

FOLDER = Path(loop_module.__file__).parent
LISTED = {name for names in PRIVATE_NAMES.values() for name in names}


def _owners() -> Iterator[tuple[str, Any]]:
    loop = asyncio.SelectorEventLoop()
    timer = asyncio.TimerHandle(0, print, (), loop)
    coro = asyncio.sleep(0)
    task: asyncio.Task[None] = asyncio.Task(coro, loop=loop)
    loop.run_until_complete(task)
    yield "asyncio.format_helpers", format_helpers
    yield "asyncio.tasks", asyncio.tasks
    yield "loop", loop
    yield "handle", timer
    yield "timer", timer
    yield "task", task
    yield "subprocess transport", base_subprocess.BaseSubprocessTransport
    yield "transport", selector_events._SelectorTransport  # type: ignore[attr-defined]
    loop.close()


def test_every_listed_name_exists_in_this_python() -> None:
    owners = dict(_owners())
    assert owners.keys() == PRIVATE_NAMES.keys()
    for owner, names in PRIVATE_NAMES.items():
        for name in names:
            # the mark for start_tls is set on the concrete transports
            found = hasattr(owners[owner], name) or name in inspect.getsource(selector_events)
            assert found, f"{owner} has no {name} in this Python"


def _private_attributes(tree: ast.AST) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
    }


def _defined(tree: ast.AST) -> set[str]:
    """Names of our own: assigned to `self`, or defined as methods or slots."""
    own = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    own |= {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return own


def test_the_loop_touches_no_private_name_that_is_not_listed() -> None:
    tree = ast.parse((FOLDER / "loop.py").read_text(encoding="utf-8"))
    of_asyncio = {name for name in dir(asyncio.SelectorEventLoop) if name.startswith("_") and not name.startswith("__")}
    touched = _private_attributes(tree)
    redefined = _defined(tree) & of_asyncio
    assert (touched & of_asyncio) | redefined <= LISTED
    assert touched - _defined(tree) <= LISTED


def test_no_other_file_touches_one() -> None:
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))}
    ours = set().union(*map(_defined, trees.values()))
    for name, tree in trees.items():
        if name not in {"handles.py", "loop.py"}:
            foreign = _private_attributes(tree) - _defined(tree)
            assert not foreign & LISTED, name
            assert foreign <= ours | {"_current_frames"}, name  # of sys, documented


def test_the_marks_do_what_they_are_for() -> None:
    assert StartTlsCompatible._start_tls_compatible
    assert issubclass(VirtualLoop, asyncio.SelectorEventLoop)
