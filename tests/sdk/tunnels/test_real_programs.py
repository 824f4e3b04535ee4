"""Real processes in the places of ngrok and tailscale: shell scripts on a PATH of the test's own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.sdk.tunnels.stage import EXPOSURE, TOKEN
from voicecall_sdk.errors import TunnelFailed
from voicecall_sdk.tunnels.ngrok import Ngrok
from voicecall_sdk.tunnels.program import run
from voicecall_sdk.tunnels.tailscale import Tailscale

pytestmark = pytest.mark.loopback

AGENT = """#!/bin/sh
echo "$$ $NGROK_AUTHTOKEN $TWILIO_AUTH_TOKEN $*" >> "$HOME/lives"
echo '{"msg":"started tunnel","addr":"http://localhost:3334","url":"https://abc.ngrok-free.app"}'
exec sleep 60
"""

DAEMON = """#!/bin/sh
echo "$*" >> "$HOME/asked"
case "$1" in status) echo '{"BackendState":"Running","Self":{"DNSName":"agent.tail1234.ts.net."}}';; esac
echo 'Warning: versions differ' >&2
"""


def installed(directory: Path, name: str, script: str) -> Mapping[str, str]:
    """An environment in which the program is found."""
    program = directory / name
    program.write_text(script)
    program.chmod(0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}", "HOME": str(directory), "TWILIO_AUTH_TOKEN": "not for others"}


async def test_ngrok(tmp_path: Path) -> None:
    env = installed(tmp_path, "ngrok", AGENT)
    tunnel = Ngrok(EXPOSURE, env, token=TOKEN)
    assert await tunnel.open(lambda url: None) == "https://abc.ngrok-free.app/voice/webhook"
    (life,) = (tmp_path / "lives").read_text().splitlines()
    pid, rest = life.split(" ", 1)
    assert rest == f"{TOKEN}  http 3334 --log stdout --log-format json"
    os.kill(int(pid), 0)
    await tunnel.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


async def test_tailscale(tmp_path: Path) -> None:
    tunnel = Tailscale(EXPOSURE, installed(tmp_path, "tailscale", DAEMON), mode="funnel")
    assert await tunnel.open(lambda url: None) == "https://agent.tail1234.ts.net/voice/webhook"
    await tunnel.close()
    assert [line.split()[-1] for line in (tmp_path / "asked").read_text().splitlines()] == [
        "--peers=false",
        "http://127.0.0.1:3334/voice/webhook",
        "http://127.0.0.1:3334/voice/stream",
        "off",
        "off",
    ]


async def test_what_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(TunnelFailed, match="ngrok is not installed"):
        await Ngrok(EXPOSURE, {"PATH": str(tmp_path)}).open(lambda url: None)
    installed(tmp_path, "ngrok", AGENT)
    (tmp_path / "ngrok").chmod(0o644)
    with pytest.raises(TunnelFailed, match="ngrok cannot be started: Permission denied"):
        await Ngrok(EXPOSURE, {"PATH": str(tmp_path)}).open(lambda url: None)


@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        ("echo one; echo two >&2; exit 3", 3, "one\ntwo"),
        ("printf 'no line feed'", 0, "no line feed"),
        ("echo begun; exec sleep 60", None, "begun"),
    ],
)
async def test_what_comes_of_a_command(tmp_path: Path, script: str, code: int | None, output: str) -> None:
    env = installed(tmp_path, "command", f"#!/bin/sh\n{script}\n")
    done = await run(["command"], env, timeout=0.3 if code is None else 30, install="")
    assert (done.code, done.output) == (code, output)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_line_without_end_costs_nothing_but_itself(tmp_path: Path) -> None:
    script = "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end"
    done = await run(["command"], installed(tmp_path, "command", f"#!/bin/sh\n{script}\n"), timeout=30, install="")
    assert done.code == 0
    assert done.output.endswith("end")
    assert len(done.output) < 100_000
