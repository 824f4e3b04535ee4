"""Programs that do as a test says, in the places of ngrok and tailscale; and what is asked of them."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicecall_sdk.tunnels.tunnel import Exposure, Mount
from voicecall_sim.world.programs import Process
from voicecall_sim.world.world import World

TOKEN = "2sesame7391sesame7391_sesame"
WEBHOOK, STREAM = Mount("/voice/webhook", "/voice/webhook"), Mount("/voice/stream", "/voice/stream")
EXPOSURE = Exposure(bind="127.0.0.1", port=3334, webhook=WEBHOOK, stream=STREAM)
ENV = {
    "PATH": "/usr/bin",
    "HOME": "/srv/app",
    "TWILIO_AUTH_TOKEN": "not for others",
    "NGROK_REGION": "eu",
    "TS_AUTHKEY": "tskey-0",
}

Step = str | float | Mapping[str, Any]
"""A line (JSON if a mapping), or seconds to wait."""


@dataclass
class Agent:
    """A program with one script for each of its lives, the last for all further ones; without an exit code it stays.

    `lives` are those that began, `signals` what it was sent.
    """

    scripts: Sequence[tuple[Sequence[Step], int | None]]
    deaf: bool = False
    lives: list[Process] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    _ended: list[asyncio.Event] = field(default_factory=list)

    async def __call__(self, process: Process) -> int | None:
        steps, code = self.scripts[min(len(self.lives), len(self.scripts) - 1)]
        ended = asyncio.Event()
        self.lives.append(process)
        self._ended.append(ended)
        process.on_signal[signal.SIGTERM] = self._terminated(ended)
        for step in steps:
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                line = json.dumps(step) if isinstance(step, Mapping) else step
                process.stdout.write(line.encode() + b"\n")
        if code is not None:
            return code
        await ended.wait()
        return 0

    def _terminated(self, ended: asyncio.Event) -> Callable[[], None]:
        def heard() -> None:
            self.signals.append("SIGTERM")
            if not self.deaf:
                ended.set()

        return heard


@dataclass
class Commands:
    """A program that is run for one command after the other: what it was asked, and what it answers to which words.

    An answer is an exit code and what is written; without a code it never ends.
    """

    answers: Mapping[str, tuple[int | None, str]]
    asked: list[tuple[str, ...]] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list)

    async def __call__(self, process: Process) -> int | None:
        words = tuple(process.argv[1:])
        self.asked.append(words)
        self.environments.append(process.env)
        sentence = " ".join(words)
        code, text = next(answer for part, answer in self.answers.items() if part in sentence)
        process.stdout.write(text.encode())
        if code is None:
            await asyncio.Event().wait()
        return code


def started(url: str) -> dict[str, str]:
    """The line by which ngrok tells its address."""
    line = {
        "lvl": "info",
        "msg": "started tunnel",
        "obj": "tunnels",
        "name": "command_line",
        "t": "2026-11-22T09:00:00Z",
    }
    return {**line, "addr": "http://localhost:3334", "url": url}


def failed(text: str) -> dict[str, str]:
    """The line by which it tells a failure."""
    return {"lvl": "eror", "msg": "failed to auth", "obj": "tunnels.session", "err": text}


def leftovers(world: World) -> list[str]:
    """What the application's host still does."""
    return [left for left in world.host("app").leftovers() if "test_" not in left and "Task" not in left]
