"""The program tailscale: its words, what it prints, and what is served meanwhile."""

from __future__ import annotations

import asyncio
import json
import signal
from asyncio.subprocess import PIPE, STDOUT, Process

import aiohttp
import pytest

from voicecall_sim.tunnels.of_tailscale import TailscaleTunnel
from voicecall_sim.tunnels.tailnet import NAME, behind, mounted
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

from .application import application, asked, fields, told

LOCAL = "http://127.0.0.1:3334"


async def installed(world: World, kind: str = "tailscale-funnel") -> TailscaleTunnel:
    """Tailscale on the application's machine, and an application at port 3334."""
    app = world.host("app")
    made = TailscaleTunnel(kind, world, app)
    await made.open()
    await app.call(application(3334, "127.0.0.1"))
    return made


async def begun(*args: str) -> Process:
    return await asyncio.create_subprocess_exec("tailscale", *args, stdout=PIPE, stderr=STDOUT)


async def ran(*args: str) -> tuple[int | None, str]:
    """The exit code, and all that was printed."""
    process = await begun(*args)
    out, _ = await process.communicate()
    return process.returncode, out.decode()


@in_world(host="app")
async def test_status(world: World) -> None:
    made = await installed(world)
    code, text = await ran("status", "--json", "--peers=false")
    status = json.loads(text)
    assert (code, status["BackendState"], status["Self"]["DNSName"]) == (0, "Running", f"{NAME}.")
    assert status["Self"]["ID"]
    made.fails("logged out")
    code, text = await ran("status", "--json")
    assert (code, json.loads(text)["BackendState"], json.loads(text)["Self"]["DNSName"]) == (0, "NeedsLogin", "")
    code, text = await ran("status")
    assert (code, text) == (1, "Logged out.\n\n")
    made.fails("not running")
    code, text = await ran("status", "--json")
    assert (code, text.startswith("failed to connect to local tailscaled")) == (1, True)


@in_world(host="app")
async def test_a_funnel_with_two_paths(world: World) -> None:
    await installed(world)
    visitor = world.host("visitor")
    for path in ("/voice/webhook", "/voice/stream"):
        code, text = await ran("funnel", "--bg", "--yes", "--https", "8443", "--set-path", path, f"{LOCAL}{path}")
        assert code == 0
        assert text.startswith("Available on the internet:\n\n")
        assert f"https://{NAME}:8443{path}\n|-- proxy {LOCAL}{path}\n" in text
        assert "Funnel started and running in the background.\n" in text
    url = f"https://{NAME}:8443"
    status, body, _ = await visitor.call(asked(f"{url}/voice/webhook?a=1", "POST", data=b"x"))
    assert (status, told(body)["target"], told(body)["remote"]) == (200, "/voice/webhook?a=1", "127.0.0.1")
    assert fields(told(body))["tailscale-funnel-request"] == "?1"
    assert (await visitor.call(asked(f"{url}/other")))[0] == 404
    code, text = await ran("funnel", "status", "--json")
    config = json.loads(text)
    assert config["AllowFunnel"] == {f"{NAME}:8443": True}
    assert list(config["Web"][f"{NAME}:8443"]["Handlers"]) == ["/voice/webhook", "/voice/stream"]
    assert await ran("funnel", "--https=8443", "--set-path=/voice/webhook", "off") == (0, "")
    assert (await visitor.call(asked(f"{url}/voice/webhook")))[0] == 404
    assert (await visitor.call(asked(f"{url}/voice/stream")))[0] == 200
    assert await ran("funnel", "--https=8443", "off") == (0, "")
    code, text = await ran("funnel", "--https=8443", "off")
    assert (code, text.splitlines()[0]) == (1, "error: failed to remove web serve: handler does not exist")
    assert await ran("serve", "status", "--json") == (0, "{}\n")


@in_world(host="app")
async def test_serve_is_for_the_tailnet(world: World) -> None:
    made = await installed(world, "tailscale-serve")
    member = world.host("colleague")
    made.node.members[member.address] = "ann@example.com"
    code, text = await ran("serve", "--bg", "--yes", "--set-path", "/voice", f"{LOCAL}/voice")
    assert (code, text.splitlines()[0]) == (0, "Available within your tailnet:")
    _, body, _ = await member.call(asked(f"https://{NAME}/voice/webhook"))
    assert (told(body)["target"], fields(told(body))["tailscale-user-login"]) == ("/voice/webhook", "ann@example.com")
    _, body, _ = await world.host("visitor").call(asked(f"{made.url}/voice/webhook"))
    assert told(body)["target"] == "/voice/webhook"
    assert "tailscale-user-login" not in fields(told(body))


@in_world(host="app")
async def test_serve_takes_funnel_back(world: World) -> None:
    await installed(world)
    assert (await ran("funnel", "--bg", "3334"))[0] == 0
    code, text = await ran("serve", "--bg", "3334")
    assert (code, text.splitlines()[0]) == (0, f"Removing Funnel for {NAME}:{NAME}:443")
    assert "AllowFunnel" not in json.loads((await ran("serve", "status", "--json"))[1])
    assert await ran("serve", "reset") == (0, "")
    assert (await ran("serve", "status"))[1] == "No serve config\n"


@in_world(host="app")
async def test_in_the_foreground_until_it_is_stopped(world: World) -> None:
    made = await installed(world)
    process = await begun("funnel", "3334")
    assert process.stdout
    while b"Press Ctrl+C" not in await process.stdout.readline():
        pass
    assert (await world.host("visitor").call(asked(f"https://{NAME}/a")))[0] == 200
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert made.node.mounts == {}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("funnel", "off", "/voice"), "Error: invalid argument format\ntry `tailscale funnel --help` for usage info\n"),
        (("funnel", "3334", "--bg"), "Error: invalid argument format\n"),
        (("serve", "a", "b", "c"), "Error: invalid number of arguments (3)\n"),
        (("serve",), "USAGE\n"),
        (
            ("funnel", "--bg", "--https", "444", "3334"),
            "error: port 444 is not allowed for funnel; allowed ports are: ",
        ),
        (("funnel", "--bg", "--https", "x", "3334"), 'invalid value "x" for flag -https: parse error\n'),
        (("serve", "--bg", "http://10.0.0.7:80"), "error: failed apply web serve: unable to expand target: only "),
        (("serve", "--nonsense"), "unknown flag: --nonsense\n"),
        (("up",), "tailscale: unknown subcommand: up\n"),
    ],
)
def test_what_it_does_not_take(args: tuple[str, ...], said: str) -> None:
    @in_world(host="app")
    async def body(world: World) -> None:
        await installed(world)
        code, text = await ran(*args)
        assert code != 0
        assert text.startswith(said)

    body()


@in_world(host="app")
async def test_funnel_that_is_not_enabled_waits(world: World) -> None:
    made = await installed(world)
    made.fails("not enabled")
    process = await begun("funnel", "--bg", "3334")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 60)
    process.terminate()
    out, _ = await process.communicate()
    assert b"Funnel is not enabled on your tailnet.\nTo enable, visit:\n" in out
    assert b"https://login.tailscale.com/f/funnel?node=" in out


@in_world(host="app")
async def test_a_daemon_that_restarts_serves_what_it_served(world: World) -> None:
    made = await installed(world)
    await ran("funnel", "--bg", "3334")
    made.dies()
    assert (await ran("status", "--json"))[0] == 1
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await asked(f"https://{NAME}/a")
    made.restarts()
    assert (await world.host("visitor").call(asked(f"https://{NAME}/a")))[0] == 200
    made.changes_url(None)
    assert (await world.host("visitor").call(asked(f"{made.url}/a")))[0] == 200
    assert made.url != f"https://{NAME}"


MOUNTS = {"/": "http://127.0.0.1:1", "/a": "http://127.0.0.1:1/x", "/a/b/": "http://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("path", "point", "target"),
    [
        ("/", "/", "/"),
        ("/c", "/", "/c"),
        ("/a", "/a", "/x"),
        ("/a/", "/a", "/x/"),
        ("/a/c", "/a", "/x/c"),
        ("/ab", "/", "/ab"),
        ("/a/b", "/a/b/", "/"),
        ("/a/b/c", "/a/b/", "/c"),
    ],
)
def test_mount_points(path: str, point: str, target: str) -> None:
    found = mounted(path, MOUNTS)
    assert found == point
    assert behind(path, point, MOUNTS[point]) == target


def test_nothing_is_mounted() -> None:
    assert mounted("/b", {"/a": LOCAL}) is None
