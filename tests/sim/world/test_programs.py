"""Programs: subprocesses of the world."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

import pytest

from voicecall_sim.world.programs import Process
from voicecall_sim.world.testing import in_world, virtual_world
from voicecall_sim.world.world import World


async def shout(process: Process) -> int:
    """Reads lines and says them loudly; "quit" ends it."""
    while line := await process.stdin.readline():
        if line == b"quit\n":
            return 3
        process.stdout.write(line.upper())
        process.stderr.write(b"heard\n")
    return 0


async def tunnel(process: Process) -> None:
    """Logs JSON lines until it is stopped."""
    process.stdout.write(json.dumps({"url": "https://x.example", "argv": process.argv[1:]}).encode() + b"\n")
    await asyncio.Event().wait()


@in_world(host="app")
async def test_a_program_talks_over_pipes(world: World) -> None:
    world.programs.add("shout", shout)
    process = await asyncio.create_subprocess_exec("/usr/bin/shout", stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"hello\n")
    assert await process.stdout.readline() == b"HELLO\n"
    assert process.returncode is None
    process.stdin.write(b"quit\n")
    assert await process.wait() == 3
    assert await process.stdout.read() == b""
    assert [(entry.who, entry.kind, entry.data) for entry in world.journal] == [
        ("app", "program", {"argv": ["/usr/bin/shout"]})
    ]
    await asyncio.sleep(1)
    assert [left for left in world.host("app").leftovers() if "Task" not in left] == []


@in_world()
async def test_communicate_and_shell_words(world: World) -> None:
    world.programs.add("shout", shout)
    process = await asyncio.create_subprocess_shell("shout 'two words'", stdin=PIPE, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate(b"a\nb\n" * 20_000)
    assert out == b"A\nB\n" * 20_000
    assert err == b"heard\n" * 40_000
    assert process.returncode == 0


@in_world()
async def test_streams_may_be_merged_or_left_out(world: World) -> None:
    world.programs.add("shout", shout)
    merged = await asyncio.create_subprocess_exec("shout", stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    assert await merged.communicate(b"a\n") == (b"A\nheard\n", None)
    silent = await asyncio.create_subprocess_exec("shout", stdin=DEVNULL, stdout=DEVNULL)
    assert silent.stdout is None
    assert await silent.wait() == 0
    bare = await asyncio.create_subprocess_exec("shout")
    assert await bare.wait() == 0


@pytest.mark.parametrize(("how", "code"), [("terminate", -15), ("kill", -9)])
def test_a_program_can_be_ended(how: str, code: int) -> None:
    @in_world()
    async def body(world: World) -> None:
        world.programs.add("ngrok", tunnel)
        process = await asyncio.create_subprocess_exec("ngrok", "http", "3334", stdout=PIPE)
        assert process.stdout
        assert json.loads(await process.stdout.readline()) == {"url": "https://x.example", "argv": ["http", "3334"]}
        getattr(process, how)()
        assert await process.wait() == code
        with pytest.raises(ProcessLookupError):
            process._transport.send_signal(signal.SIGTERM)  # type: ignore[attr-defined]

    body()


@in_world()
async def test_a_program_may_handle_a_signal(world: World) -> None:
    async def polite(process: Process) -> int:
        stop = asyncio.Event()
        process.on_signal[signal.SIGTERM] = stop.set
        await stop.wait()
        process.stdout.write(b"bye")
        return 0

    world.programs.add("polite", polite)
    process = await asyncio.create_subprocess_exec("polite", stdout=PIPE)
    await world.settle()
    process.terminate()
    assert await process.communicate() == (b"bye", None)
    assert process.returncode == 0


@in_world()
async def test_programs_are_found_by_name_and_host(world: World) -> None:
    app, other = world.host("app"), world.host("other")

    async def one(process: Process) -> int:
        return 1

    async def two(process: Process) -> int:
        return 2

    async def run() -> int:
        process = await asyncio.create_subprocess_exec("which-one")
        return await process.wait()

    with pytest.raises(FileNotFoundError, match="which-one"):
        await app.call(run())
    assert shutil.which("which-one") is None
    world.programs.add("which-one", one)
    world.programs.add("which-one", two, host=other)
    assert (await app.call(run()), await other.call(run())) == (1, 2)
    assert shutil.which("which-one") == "/usr/local/bin/which-one"
    assert shutil.which("sh") is None
    world.programs.remove("which-one", host=other)
    assert await other.call(run()) == 1


@in_world()
async def test_what_a_program_knows_of_itself(world: World) -> None:
    known: list[Process] = []

    async def tell(process: Process) -> None:
        known.append(process)

    world.programs.add("tell", tell)
    process = await asyncio.create_subprocess_exec("tell", b"me", env={"TOKEN": "x"}, cwd="/srv")
    await process.wait()
    assert process.pid == 1000
    assert (known[0].argv, known[0].env, known[0].cwd) == (("tell", "me"), {"TOKEN": "x"}, "/srv")


def test_a_program_that_raises_fails_and_is_noted() -> None:
    async def broken(process: Process) -> int:
        raise ZeroDivisionError

    async def body(world: World) -> None:
        world.programs.add("broken", broken)
        process = await asyncio.create_subprocess_exec("broken")
        assert await process.wait() == 1

    with virtual_world(allow_unhandled=True) as world:
        world.run(body(world))
    assert [type(each.error) for each in world.unhandled] == [ZeroDivisionError]


@in_world()
async def test_programs_die_with_their_host(world: World) -> None:
    app, ended = world.host("app"), []

    async def dying(process: Process) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("finally")

    async def spawn() -> None:
        await asyncio.create_subprocess_exec("dying", stdout=PIPE)
        await asyncio.Event().wait()

    world.programs.add("dying", dying)
    app.start(spawn())
    await asyncio.sleep(1)
    app.crash()
    await asyncio.sleep(1)
    assert (ended, app.leftovers()) == ([], ())


@in_world()
async def test_the_synchronous_way_is_closed(world: World) -> None:
    world.programs.add("shout", shout)
    with pytest.raises(RuntimeError, match=r"create_subprocess_exec"):
        subprocess.run(["shout"], check=True)  # noqa: ASYNC221 - it is refused
    world.unhandled.clear()
