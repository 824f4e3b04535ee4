"""The programs of a world: what `asyncio.create_subprocess_exec` finds there.

A program is a coroutine function of its `Process`; what it returns is its exit code (None is 0). It speaks through
asyncio's own streams, so the same coroutine can stand behind a real executable.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, cast

from voicecall_sim.world.host import LIFE, Host, Life
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.link import Link
from voicecall_sim.world.loop import Awaitable, VirtualLoop
from voicecall_sim.world.transport import MemoryTransport

STREAM_NAMES = ("stdin", "stdout", "stderr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A program that runs, as the program sees itself."""

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    stdin: asyncio.StreamReader
    stdout: asyncio.StreamWriter
    stderr: asyncio.StreamWriter
    on_signal: dict[int, Callable[[], object]] = field(default_factory=dict)
    """Handlers by signal number; without one a signal ends the program."""


Program = Callable[[Process], Coroutine[Any, Any, int | None]]


class Programs:
    """Programs by name, for every host or for one."""

    def __init__(self, loop: VirtualLoop, journal: Journal) -> None:
        self._loop = loop
        self._journal = journal
        self._programs: dict[tuple[str, str | None], Program] = {}
        self._pids = itertools.count(1000)

    def add(self, name: str, program: Program, *, host: Host | None = None) -> None:
        """Install a program, on one host or on all."""
        self._programs[name, None if host is None else host.name] = program

    def remove(self, name: str, *, host: Host | None = None) -> None:
        """Uninstall it."""
        self._programs.pop((name, None if host is None else host.name), None)

    def find(self, word: str) -> Program | None:
        """What the current host runs under that name or path."""
        life = LIFE.get() or self._loop.ground
        name = PurePath(word).name
        return self._programs.get((name, life.host.name)) or self._programs.get((name, None))

    def which(self, word: str) -> str | None:
        """As `shutil.which`."""
        return None if self.find(word) is None else f"/usr/local/bin/{PurePath(word).name}"

    def spawn(
        self, factory: Callable[[], asyncio.SubprocessProtocol], argv: Sequence[str], options: Mapping[str, Any]
    ) -> tuple[asyncio.SubprocessTransport, asyncio.SubprocessProtocol]:
        """Start a program on the current host; `FileNotFoundError` if it has none of that name."""
        program = self.find(argv[0])
        if program is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
        life = LIFE.get() or self._loop.ground
        protocol = factory()
        transport = ProgramTransport(self._loop, life, protocol, next(self._pids))
        process = transport.pipe_up(argv, options)
        protocol.connection_made(transport)
        self._journal.write(life.host.name, "program", {"argv": list(argv)})
        transport.run(program, process)
        return transport, protocol


class ProgramTransport(Awaitable, asyncio.SubprocessTransport):
    """The parent's view of a program."""

    def __init__(self, loop: VirtualLoop, life: Life, protocol: asyncio.SubprocessProtocol, pid: int) -> None:
        super().__init__()
        self._loop, self._life, self._protocol, self._pid = loop, life, protocol, pid
        self._pipes: dict[int, MemoryTransport] = {}
        self._inner: list[MemoryTransport] = []
        self._task: asyncio.Task[int | None] | None = None
        self._process: Process | None = None
        self._returncode: int | None = None
        self._killed_by: int | None = None
        self._exited: asyncio.Future[None] = loop.create_future()

    def pipe_up(self, argv: Sequence[str], options: Mapping[str, Any]) -> Process:
        """Lay the three streams and make the process."""
        stdin, _ = self._pipe(0, options.get("stdin"))
        stdout = self._writer(1, options.get("stdout"))
        merged = options.get("stderr") == subprocess.STDOUT
        self._process = Process(
            argv=tuple(argv),
            env=dict(options.get("env") or os.environ),
            cwd=str(options.get("cwd") or "/"),
            stdin=stdin,
            stdout=stdout,
            stderr=stdout if merged else self._writer(2, options.get("stderr")),
        )
        return self._process

    def _writer(self, number: int, kind: Any) -> asyncio.StreamWriter:
        reader, streams = self._pipe(number, kind)
        return asyncio.StreamWriter(self._inner[-1], streams, reader, self._loop)

    def _pipe(self, number: int, kind: Any) -> tuple[asyncio.StreamReader, asyncio.StreamReaderProtocol]:
        """The program's end of a stream; what is not piped to the parent ends nowhere."""
        link = Link(loop=self._loop, latency=0, jitter=0, chance=_no_chance, rules=())
        name = STREAM_NAMES[number]
        outer, inner = (MemoryTransport(self._loop, link, (name, number), (name, number), 0) for _ in range(2))
        outer.peer, inner.peer = inner, outer
        for end in (outer, inner):
            end.belong(self._life, self._life.context.copy())
        reader = asyncio.StreamReader(loop=self._loop)
        streams = asyncio.StreamReaderProtocol(reader, loop=self._loop)
        inner.start(streams)
        piped = kind == subprocess.PIPE
        outer.start(_Pipe(self, number) if piped else asyncio.Protocol())
        if piped:
            self._pipes[number] = outer
        elif number == 0:
            outer.close()
        self._inner.append(inner)
        return reader, streams

    def run(self, program: Program, process: Process) -> None:
        """Let the program begin."""
        name = f"program {process.argv[0]}"
        self._task = self._loop.create_task(program(process), name=name, context=self._life.context.copy())
        self._task.add_done_callback(self._over, context=self._life.context.copy())

    def _over(self, task: asyncio.Task[int | None]) -> None:
        if self._killed_by is not None:
            self._returncode = -self._killed_by
        elif task.cancelled():
            self._returncode = 1
        elif (error := task.exception()) is not None:
            self._returncode = 1
            self._loop.call_exception_handler({"message": "A program failed", "exception": error})
        else:
            self._returncode = task.result() or 0
        for inner in self._inner:
            inner.close()
        self._protocol.process_exited()
        self._exited.set_result(None)
        self._finish()

    def pipe_lost(self, number: int, error: Exception | None) -> None:
        """A stream has ended."""
        self._pipes.pop(number, None)
        self._protocol.pipe_connection_lost(number, error)
        self._finish()

    def _finish(self) -> None:
        if self._returncode is not None and not self._pipes:
            self._loop.call_soon(self._protocol.connection_lost, None, context=self._life.context.copy())

    def received(self, number: int, data: bytes) -> None:
        """The program has written."""
        self._protocol.pipe_data_received(number, data)

    # -- what asyncio's Process asks for

    async def wait(self) -> int:
        """The return code, once there is one."""
        await asyncio.shield(self._exited)
        return self._returncode or 0

    def get_pid(self) -> int:
        """The process id."""
        return self._pid

    def get_returncode(self) -> int | None:
        """None while it runs."""
        return self._returncode

    def get_pipe_transport(self, fd: int) -> MemoryTransport | None:
        """The parent's end of a stream that is piped."""
        return self._pipes.get(fd)

    def send_signal(self, number: int) -> None:
        """Run the program's handler, or end it; `ProcessLookupError` once it has ended."""
        if self._returncode is not None or self._task is None or self._process is None:
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        handler = None if number == signal.SIGKILL else self._process.on_signal.get(int(number))
        if handler is not None:
            self._loop.call_soon(handler, context=self._life.context.copy())
        else:
            self._killed_by = int(number)
            self._task.cancel()

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Close the streams, and kill what still runs, as asyncio does."""
        for pipe in tuple(self._pipes.values()):
            pipe.close()
        if self._returncode is None and self._task is not None and not self._task.done():
            self.kill()

    def is_closing(self) -> bool:
        """Whether it is over."""
        return self._returncode is not None

    def get_protocol(self) -> asyncio.SubprocessProtocol:
        """The parent's protocol."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand further events to that protocol."""
        self._protocol = cast("asyncio.SubprocessProtocol", protocol)


class _Pipe(asyncio.Protocol):
    """The parent's end of one stream."""

    def __init__(self, transport: ProgramTransport, number: int) -> None:
        self._transport = transport
        self._lost: Callable[[Exception | None], None] = functools.partial(transport.pipe_lost, number)
        self._received: Callable[[bytes], None] = functools.partial(transport.received, number)

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(exc)

    def pause_writing(self) -> None:
        self._transport.get_protocol().pause_writing()

    def resume_writing(self) -> None:
        self._transport.get_protocol().resume_writing()


def _no_chance() -> Any:
    raise AssertionError("a pipe has no jitter")
