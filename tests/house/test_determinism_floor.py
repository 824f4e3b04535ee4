"""Determinism is a property of the floor: one seed, one journal, whatever PYTHONHASHSEED is.

The run below makes everything that could let order or chance in meet: jitter, several hosts, sets of tasks, TLS, a
crash, a program, random draws and clocks of libraries.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

RUN: Final = """
import asyncio, random, sys, time, uuid
from datetime import datetime, UTC

import aiohttp, httpx, websockets
from aiohttp import web

from voicecall_sim.world.clock import MILLISECOND
from voicecall_sim.world.world import World

world = World(seed=int(sys.argv[1]))
say = world.journal.write

async def hook(request):
    form = await request.post()
    say("carrier", "hook", {"remote": request.remote, "form": sorted(form.items()), "date": time.ctime()})
    await asyncio.sleep(random.random())
    return web.Response(text=str(uuid.uuid4()))

async def echo(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket

async def serve():
    app = web.Application()
    app.add_routes([web.post("/hook", hook), web.get("/stream", echo)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "carrier.example", 443).start()
    return runner

async def by_aiohttp(number):
    async with aiohttp.ClientSession() as session:
        for turn in range(3):
            async with session.post("https://carrier.example/hook", data={"n": number, "turn": turn}) as answer:
                say("app", "answer", {"n": number, "text": await answer.text(), "at": datetime.now(UTC).isoformat()})

async def by_httpx(number):
    async with httpx.AsyncClient() as client:
        answer = await client.post("https://carrier.example/hook", data={"n": number})
        say("app", "answer", {"n": number, "text": answer.text})

async def by_websockets(number):
    async with websockets.connect("wss://carrier.example/stream") as socket:
        for turn in range(5):
            await socket.send(f"{number} {turn}")
            say("app", "echo", {"text": await socket.recv()})

async def forgetful():
    raise ValueError("nobody looks at this")

async def tunnel(process):
    process.stdout.write(b"up")
    await asyncio.Event().wait()

async def main():
    app, carrier, doomed = (world.host(name) for name in ("app", "carrier", "doomed"))
    world.network.name("carrier.example", carrier)
    for one, other in ((app, carrier), (doomed, carrier)):
        world.network.link(one, other, jitter=40 * MILLISECOND)
    world.programs.add("tunnel", tunnel)
    runner = await carrier.call(serve())
    calls = {app.start(call(number)) for number in range(6) for call in (by_aiohttp, by_httpx, by_websockets)}
    doomed.start(by_aiohttp(99))
    app.start(forgetful())
    process = await asyncio.create_subprocess_exec("tunnel", stdout=-1)
    say("world", "tunnel", {"said": (await process.stdout.read(2)).decode()})
    await asyncio.sleep(0.3)
    doomed.crash()
    while calls:
        done, calls = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        say("world", "done", {"left": len(calls)})
    process.kill()
    await carrier.call(runner.cleanup())
    await asyncio.sleep(60)
    say("world", "left", {host.name: list(host.leftovers()) for host in world.hosts()})

world.run(main())
for entry in world.journal:
    print(*entry.compared)
"""


EACH: Final = """
import sys

program, *seeds = sys.argv[1:]
for seed in seeds:
    sys.argv[1] = seed
    exec(program, {})
    print("--")
"""


def _journals(hash_seed: str, *seeds: int) -> list[list[str]]:
    """The journals of runs with these seeds, one after the other in one process."""
    done = subprocess.run(
        [sys.executable, "-c", EACH, RUN, *map(str, seeds)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [journal.splitlines() for journal in done.stdout.split("--\n")[:-1]]


@pytest.fixture(scope="module")
def journals() -> list[list[str]]:
    """Of one seed, of the same again, and of another."""
    return _journals("0", 1, 1, 2)


def test_the_journal_does_not_depend_on_the_hash_seed(journals: list[list[str]]) -> None:
    assert _journals("77", 1) == journals[:1]


def test_the_journal_is_the_same_twice_in_one_process(journals: list[list[str]]) -> None:
    assert journals[0] == journals[1]


def test_the_journal_depends_on_the_seed(journals: list[list[str]]) -> None:
    assert journals[0] != journals[2]


def test_everything_took_place(journals: list[list[str]]) -> None:
    first = journals[0]
    kinds = {kind: sum(f" {kind} " in line for line in first) for kind in ("hook", "answer", "echo", "crash", "done")}
    assert kinds["answer"] >= 6 * 3 + 6
    assert kinds["echo"] == 6 * 5
    assert kinds["crash"] == 1
    assert "unhandled" in " ".join(first)
    assert first[-1].endswith('{"app": [], "carrier": [], "doomed": []}')
