"""The fake programs as processes: the same words, on real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voicecall_sim.tunnels.executable import RealConfigFile, install

from .application import application, asked, told

pytestmark = pytest.mark.loopback


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A directory with the programs."""
    install(tmp_path / "bin")
    return tmp_path / "bin"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """An application's port."""
    runner = await application(0, "127.0.0.1")
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def started(program: Path, *args: str, **env: str) -> Process:
    return await asyncio.create_subprocess_exec(
        str(program), *args, stdout=PIPE, stderr=PIPE, env={**os.environ, **env}
    )


async def line(stream: asyncio.StreamReader | None, holding: str) -> str:
    """The first line that holds that."""
    assert stream
    while text := await asyncio.wait_for(stream.readline(), 30):
        if holding in text.decode():
            return text.decode()
    raise AssertionError(f"no line with {holding!r}")


async def test_ngrok(programs: Path, port: int) -> None:
    process = await started(
        programs / "ngrok", "http", str(port), "--log", "stdout", "--log-format", "json", NGROK_AUTHTOKEN="fake_token"
    )
    public = json.loads(await line(process.stdout, "started tunnel"))["url"]
    local = json.loads(await line(process.stderr, "standing in"))["local"]
    status, body, back = await asked(f"{local}/voice?a=1", "POST", data=b"x", headers={"Host": public[8:]})
    assert (status, told(body)["target"]) == (200, "/voice?a=1")
    assert "ngrok-agent-ips" in back
    status, _, back = await asked(f"{local}/voice", "POST", headers={"Host": "other.ngrok-free.app"})
    assert (status, back["ngrok-error-code"]) == (404, "ERR_NGROK_3200")
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_ngrok_without_a_token(programs: Path, tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path), "NGROK_AUTHTOKEN": ""}
    process = await started(programs / "ngrok", "http", "1", "--log", "stdout", "--log-format", "json", **env)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert json.loads(out.splitlines()[-1])["msg"] == "command failed"
    assert b"ERROR:  ERR_NGROK_4018\n" in err


def test_the_configuration_file(tmp_path: Path) -> None:
    file = RealConfigFile({"XDG_CONFIG_HOME": str(tmp_path)})
    assert file.read(None) is None
    assert file.write("a_token", None) == str(tmp_path / "ngrok" / "ngrok.yml")
    assert file.read(None) == "a_token"
    assert file.read(str(tmp_path / "other.yml")) is None


async def test_tailscale_needs_its_daemon(programs: Path) -> None:
    process = await started(programs / "tailscale", "status", "--json", TS_FAKE_CONTROL="1")
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert err.startswith(b"failed to connect to local tailscaled")


async def test_tailscale(programs: Path, port: int, unused_tcp_port: int) -> None:
    env = {"TS_FAKE_CONTROL": str(unused_tcp_port)}
    daemon = await started(programs / "tailscaled", **env)
    local = json.loads(await line(daemon.stderr, "standing in"))["local"]
    try:
        process = await started(programs / "tailscale", "status", "--json", **env)
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        name = json.loads(out)["Self"]["DNSName"].rstrip(".")
        process = await started(
            programs / "tailscale", "funnel", "--bg", "--yes", "--set-path", "/a", f"http://127.0.0.1:{port}/b", **env
        )
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        assert (process.returncode, out.splitlines()[0]) == (0, b"Available on the internet:")
        status, body, _ = await asked(f"{local}/a/c", headers={"Host": name})
        assert (status, told(body)["target"]) == (200, "/b/c")
        foreground = await started(programs / "tailscale", "serve", "--https=8443", str(port), **env)
        await line(foreground.stdout, "Press Ctrl+C")
        foreground.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(foreground.wait(), 30) == 0
        process = await started(programs / "tailscale", "funnel", "off", "/a", **env)
        _, err = await asyncio.wait_for(process.communicate(), 30)
        assert (process.returncode, err.splitlines()[0]) == (1, b"Error: invalid argument format")
    finally:
        daemon.terminate()
        await asyncio.wait_for(daemon.wait(), 30)
