"""`voicecall-sim serve` and `voicecall serve`: two processes, real time, real sockets on 127.0.0.1."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from voicecall_sim.carriers import CARRIERS

pytestmark = pytest.mark.loopback

ROOT = Path(__file__).parents[2]
NAME = next(iter(CARRIERS))
NUMBER, ANNA = "+15550001234", "+15550005678"
SIM = (sys.executable, "-m", "voicecall_sim")
SDK = (sys.executable, "-c", "from voicecall_sdk.cli import main; main()")
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **MEASURED}


@dataclass(frozen=True)
class Served:
    """A second world in a process of its own."""

    process: subprocess.Popen[str]
    admin: str
    carrier: dict[str, Any]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the interface answers."""
        answer = httpx.request(method, self.admin + path, json=body, timeout=30, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text

    def until(self, **wanted: str) -> dict[str, Any]:
        """The latest call, as soon as it is so."""
        while True:
            seen = len(self.ask("GET", "/journal").splitlines())
            calls: list[dict[str, Any]] = self.ask("GET", "/calls")
            if calls and wanted.items() <= calls[-1].items():
                return calls[-1]
            assert self.ask("GET", f"/journal?after={seen - 1}&wait=20s"), (wanted, calls)


@contextmanager
def running(program: Sequence[str], *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is asked to end, and that ends well."""
    process = subprocess.Popen(
        [*program, *arguments],
        env=ENVIRONMENT | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def served() -> Iterator[Served]:
    """A second world on free ports, with anna in it."""
    with running(SIM, "serve", "--json", "--admin-port", "0", "--seed", "7") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        (carrier,) = told["carriers"]
        there = Served(process, told["admin"], carrier)
        there.ask("POST", "/people", {"name": "anna", "phone": ANNA, "answers": {"after": "100ms"}})
        yield there


@contextmanager
def application(served: Served, directory: Path) -> Iterator[Path]:
    """The SDK's service, with what the second world told to set; gives its configuration file."""
    port = free_port()
    config = directory / "voicecall.json5"
    url = f"http://127.0.0.1:{port}/voice/webhook"
    settings = {
        "enabled": True,
        "provider": NAME,
        "fromNumber": NUMBER,
        "publicUrl": url,
        "serve": {"port": port, "bind": "127.0.0.1", "path": "/voice/webhook"},
        "store": str(directory / "store"),
        "inboundPolicy": "open",
        "inboundGreeting": "Good day.",
        "outbound": {"defaultMode": "notify", "notifyHangupDelaySec": 0},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    served.ask("POST", "/numbers", {"carrier": NAME, "number": "+15550009999", "webhookUrl": url})
    command = ("--config", str(config), "serve")
    with running(SDK, *command, **served.carrier["environment"]) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"voicecall takes calls at {url}"), process.communicate()
        yield config


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def voicecall(config: Path, served: Served, *arguments: str, lines: bool = False) -> Any:
    """What a command of the SDK prints: one JSON value, or one a line."""
    done = subprocess.run(
        [*SDK, "--config", str(config), *arguments],
        env=ENVIRONMENT | served.carrier["environment"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()] if lines else json.loads(done.stdout)


# --- serve by itself --------------------------------------------------------------------------------------------


def test_it_tells_people_what_to_set_and_ends_on_ctrl_c() -> None:
    arguments = ("serve", "--admin-port", "0", "--port", f"{NAME}=0", "--number", f"{NAME}={NUMBER}")
    with running(SIM, *arguments) as process:
        assert process.stdout is not None
        lines = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(process.stdout.readline())
            assert lines[-1], process.communicate()
        told = "".join(lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert f"  export VOICECALL_{NAME.upper()}_API_URL=http://127.0.0.1:" in told
    assert f"  export {NAME.upper()}_AUTH_TOKEN=" in told
    assert NUMBER in told
    assert '/people -d \'{"name": "anna"' in told


def test_a_port_that_is_taken_is_wrong_usage(served: Served) -> None:
    port = served.admin.rpartition(":")[2]
    done = subprocess.run(
        [*SIM, "serve", "--admin-port", port, "--port", f"{NAME}=0"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 cannot be opened" in done.stderr


# --- and with the SDK -------------------------------------------------------------------------------------------


def test_the_service_makes_a_real_call(served: Served, tmp_path: Path) -> None:
    with application(served, tmp_path) as config:
        placed = voicecall(config, served, "call", "--to", ANNA, "--message", "Hi Anna.", "--mode", "notify")
        assert served.ask("POST", "/people/anna/hears", {"text": "Hi Anna."})["text"] == "Hi Anna."
        call = served.until(state="ended", direction="outbound")
        assert call["by"] == "app"
        status = voicecall(config, served, "status", "--call-id", placed["callId"])
        assert status["call"]["state"] == "hangup-bot"


def test_the_service_answers_a_real_call(served: Served, tmp_path: Path) -> None:
    with application(served, tmp_path):
        served.ask("POST", "/calls", {"person": "anna", "to": "+15550009999"})
        assert served.ask("POST", "/people/anna/hears", {"contains": "Good day"})
        served.ask("POST", "/people/anna/hangs-up")
        assert served.until(state="ended", direction="inbound")["by"] == "anna"


def test_the_commands_hold_a_conversation(served: Served, tmp_path: Path) -> None:
    with application(served, tmp_path) as config:
        call_id = voicecall(config, served, "call", "--to", ANNA, "--message", "Hi.")["callId"]
        served.ask("POST", "/people/anna/hears", {"text": "Hi."})
        arguments = ("--config", str(config), "continue", "--call-id", call_id, "--message", "Well?")
        with running(SDK, *arguments, **served.carrier["environment"]) as asking:
            served.ask("POST", "/people/anna/hears", {"text": "Well?"})
            served.ask("POST", "/people/anna/says", {"words": "Yes."})
            answer, errors = asking.communicate(timeout=30)
        assert "Yes." in answer, errors
        assert voicecall(config, served, "end", "--call-id", call_id)
        assert served.until(state="ended")["by"] == "app"
        records = voicecall(config, served, "tail", "--no-follow", lines=True)
        assert {record["callId"] for record in records} == {call_id}


def test_without_a_service_a_command_says_so(tmp_path: Path) -> None:
    config = tmp_path / "voicecall.json5"
    settings = {"provider": "mock", "fromNumber": NUMBER, "store": str(tmp_path / "store")}
    config.write_text(json.dumps(settings), encoding="utf-8")
    done = subprocess.run(
        [*SDK, "--config", str(config), "status"], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: no service runs with the store")
