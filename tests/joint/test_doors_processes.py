"""`voicecall serve` behind a tunnel's program, as processes: real sockets on 127.0.0.1, real signals, real logs."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpx
import pytest

from tests.joint.processes import ENVIRONMENT, SDK, free_port, running
from tests.sdk.server.signing import CREDENTIALS, sent
from voicecall_sim.tunnels.executable import TOKEN, install

pytestmark = pytest.mark.loopback

PATH = "/voice/webhook"


@dataclass(frozen=True)
class Behind:
    """Where the internet finds the service: a public URL, and the loopback port that stands for it."""

    url: str
    port: int

    def posted(self, key: str) -> int:
        """The status that a call coming in gets through the tunnel."""
        message = sent("twilio", self.url, key=key)
        headers = {**message.headers, "Host": urlsplit(self.url).netloc, "User-Agent": "TwilioProxy/1.1"}
        url = f"http://127.0.0.1:{self.port}{PATH}"
        return httpx.post(url, content=message.body, headers=headers, timeout=30, trust_env=False).status_code


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    directory = tmp_path / "bin"
    install(directory)
    return directory


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "voicecall.json5"
    settings = {
        "provider": "twilio",
        "twilio": CREDENTIALS["twilio"],
        "fromNumber": "+15550001234",
        "inboundPolicy": "open",
        "serve": {"port": free_port(), "path": PATH},
        "tunnel": {"provider": "ngrok", "ngrokAuthToken": TOKEN},
        "store": str(tmp_path / "store"),
    }
    file.write_text(json.dumps(settings), encoding="utf-8")
    return file


def lives(program: str) -> Iterator[int]:
    """The processes of this user that run a script of that path."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if program.encode() in command:
                yield int(entry.name)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are looked for in /proc")
def test_a_service_behind_ngrok(config: Path, programs: Path) -> None:
    """Ctrl-C, too, reaches the service alone: the agent has a session of its own, and is ended by us."""
    port, agent = free_port(), str(programs / "ngrok")
    environment = {
        "PATH": f"{programs}{os.pathsep}{ENVIRONMENT['PATH']}",
        "NGROK_FAKE_PORT": str(port),
        "SSL_CERT_FILE": certifi.where(),  # the service's HTTP client insists on some
    }
    with running(SDK, "--config", str(config), "serve", **environment) as service:
        assert service.stdout is not None
        line = service.stdout.readline()
        assert line.startswith("voicecall takes calls at https://"), service.communicate()
        behind = Behind(line.split()[4].rstrip(","), port)
        assert behind.url.endswith(PATH)
        assert (behind.posted("ours"), behind.posted("another")) == (200, 401)
        (pid,) = lives(agent)
        assert os.getsid(pid) == pid
        assert TOKEN.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        service.send_signal(signal.SIGINT)
        assert service.wait(timeout=30) == 0
        assert list(lives(agent)) == []
