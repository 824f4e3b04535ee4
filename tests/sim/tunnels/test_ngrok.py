"""The program ngrok: what it prints, how it ends, and what is public meanwhile."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Sequence
from typing import Any

import pytest

from voicecall_sim.tunnels.of_ngrok import DOMAIN, NgrokTunnel
from voicecall_sim.world.testing import in_world, run_in_world
from voicecall_sim.world.world import World

from .application import application, asked, told

LOGGED = ("--log", "stdout", "--log-format", "json")


async def installed(world: World, kind: str = "ngrok-free") -> NgrokTunnel:
    """ngrok on the application's machine, and an application at port 3334."""
    app = world.host("app")
    made = NgrokTunnel(kind, world, app)
    await made.open()
    await app.call(application(3334, "127.0.0.1"))
    return made


async def started(made: NgrokTunnel, *args: str, token: str | None = "right") -> Process:
    """`ngrok http 3334`, with the account's token unless another one is given."""
    env = {} if token is None else {"NGROK_AUTHTOKEN": made.reach.token or "" if token == "right" else token}
    return await asyncio.create_subprocess_exec("ngrok", "http", "3334", *args, stdout=PIPE, stderr=PIPE, env=env)


async def lines(process: Process, upto: str) -> Sequence[dict[str, Any]]:
    """The lines of the log up to the first with that message."""
    assert process.stdout
    read: list[dict[str, Any]] = []
    while line := await process.stdout.readline():
        read.append(json.loads(line))
        if read[-1]["msg"] == upto:
            break
    return read


@in_world(host="app")
async def test_it_tells_its_address_and_is_there(world: World) -> None:
    process = await started(await installed(world), *LOGGED)
    log = await lines(process, "started tunnel")
    assert [line["msg"] for line in log] == [
        "starting web service",
        "client session established",
        "tunnel session started",
        "started tunnel",
    ]
    told_so = log[-1]
    assert told_so == {
        "addr": "http://localhost:3334",
        "lvl": "info",
        "msg": "started tunnel",
        "name": "command_line",
        "obj": "tunnels",
        "t": told_so["t"],
        "url": told_so["url"],
    }
    assert list(told_so) == sorted(told_so)
    status, body, _ = await world.host("visitor").call(asked(f"{told_so['url']}/voice/webhook", "POST", data=b"a=1"))
    assert (status, told(body)["body"], told(body)["remote"]) == (200, "a=1", "127.0.0.1")
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    status, body, back = await asked(f"{told_so['url']}/voice/webhook", "POST")
    assert (status, back["ngrok-error-code"]) == (404, "ERR_NGROK_3200")


@pytest.mark.parametrize("word", ["--domain", "--url", "--hostname"])
def test_a_domain_is_kept(word: str) -> None:
    async def body(world: World) -> list[str]:
        made = await installed(world, "ngrok")
        urls = []
        for given in (DOMAIN, f"https://{DOMAIN}"):
            process = await started(made, *LOGGED, f"{word}={given}")
            urls.append((await lines(process, "started tunnel"))[-1]["url"])
            process.terminate()
            await process.wait()
        return urls

    assert run_in_world(body, host="app") == [f"https://{DOMAIN}"] * 2


@in_world(host="app")
async def test_random_names_are_new_every_time(world: World) -> None:
    made = await installed(world)
    urls = set()
    for _ in range(3):
        process = await started(made, *LOGGED)
        urls.add((await lines(process, "started tunnel"))[-1]["url"])
        process.kill()
        assert await process.wait() == -signal.SIGKILL
    assert len(urls) == 3
    assert made.cloud.sessions == []


@pytest.mark.parametrize(
    ("kind", "token", "args", "code"),
    [
        ("ngrok-free", None, (), 4018),
        ("ngrok-free", "nonsense", (), 105),
        ("ngrok-free", "2abc_def", (), 107),
        ("ngrok-free", "right", ("--domain", "taken.ngrok.app"), 320),
        ("ngrok", "right", ("--domain", "phone.example.org"), 319),
    ],
)
def test_refusals(kind: str, token: str | None, args: Sequence[str], code: int) -> None:
    async def body(world: World) -> tuple[int | None, list[dict[str, Any]], str]:
        process = await started(await installed(world, kind), *LOGGED, *args, token=token)
        out, err = await process.communicate()
        return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()

    returned, log, err = run_in_world(body, host="app")
    assert returned == 1
    assert [(line["lvl"], line["msg"]) for line in log][-2:] == [
        ("eror", "terminating with error"),
        ("crit", "command failed"),
    ]
    assert log[-1]["err"].endswith(f"\r\n\r\nERR_NGROK_{code}\r\n")
    assert f"\nERROR:  ERR_NGROK_{code}\nERROR:  https://ngrok.com/docs/errors/err_ngrok_{code}\n" in err


@in_world(host="app")
async def test_one_agent_on_the_free_plan_and_one_name_at_a_time(world: World) -> None:
    made = await installed(world)
    first = await started(made, *LOGGED)
    await lines(first, "started tunnel")
    second = await started(made, *LOGGED)
    assert "ERR_NGROK_108" in (await lines(second, "command failed"))[-1]["err"]
    made.cloud.accounts[0].sessions = 2
    made.cloud.next_name = (made.url or "")[8:]
    third = await started(made, *LOGGED)
    assert "ERR_NGROK_334" in (await lines(third, "command failed"))[-1]["err"]
    assert first.returncode is None


@in_world(host="app")
async def test_the_configuration_file(world: World) -> None:
    made = await installed(world)
    add = ("ngrok", "config", "add-authtoken", made.reach.token or "")
    process = await asyncio.create_subprocess_exec(*add, stdout=PIPE)
    out, _ = await process.communicate()
    assert out.startswith(b"Authtoken saved to configuration file: ")
    opened = await started(made, *LOGGED, token=None)
    assert (await lines(opened, "started tunnel"))[-1]["url"]


@in_world(host="app")
async def test_other_words(world: World) -> None:
    await installed(world)
    for args, code, said in (
        (("version",), 0, b"ngrok version "),
        (("--nonsense",), 1, b"ERROR:  unknown flag: --nonsense\n"),
        (("http", "3334", "--log"), 1, b"ERROR:  flag needs an argument: --log\n"),
        (("tcp", "22"), 1, b"ERROR:  unknown command 'tcp 22' for 'ngrok'\n"),
    ):
        process = await asyncio.create_subprocess_exec("ngrok", *args, stdout=PIPE, stderr=STDOUT)
        out, _ = await process.communicate()
        assert process.returncode == code
        assert out.startswith(said)


@in_world(host="app")
async def test_the_log_in_words(world: World) -> None:
    process = await started(await installed(world), "--log=stdout")
    assert process.stdout
    assert b' lvl=info msg="starting web service" obj=web addr=127.0.0.1:4040 ' in await process.stdout.readline()


@in_world(host="app")
async def test_a_lost_session_is_connected_again(world: World) -> None:
    made = await installed(world)
    process = await started(made, *LOGGED)
    first = (await lines(process, "started tunnel"))[-1]["url"]
    made.changes_url("other-name.ngrok-free.app")
    log = await lines(process, "started tunnel")
    assert log[0]["msg"] == "session closed, starting reconnect loop"
    assert log[-1]["url"] == made.url == "https://other-name.ngrok-free.app" != first
    made.dies()
    assert await process.wait() == 137
    assert made.cloud.sessions == []


@in_world(host="visitor")
async def test_the_machines_crash_takes_the_agent_along(world: World) -> None:
    made = await installed(world)
    app = world.host("app")
    await app.call(lines(await app.call(started(made, *LOGGED)), "started tunnel"))
    app.crash()
    assert made.cloud.sessions == []
    assert (await asked(f"{made.url}/", "POST"))[2]["ngrok-error-code"] == "ERR_NGROK_3200"
