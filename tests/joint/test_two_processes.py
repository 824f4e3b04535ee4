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

import certifi
import httpx
import pytest
from click.testing import CliRunner

from voicecall_sdk.cli import main
from voicecall_sim.carriers import CARRIERS

pytestmark = pytest.mark.loopback

ROOT = Path(__file__).parents[2]
NAME = next(iter(CARRIERS))
NUMBER, LINE = "+15550001234", "+15550009999"
SIM = (sys.executable, "-m", "voicecall_sim")
SDK = (sys.executable, "-c", "from voicecall_sdk.cli import main; main()")
MEASURED = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "PYTHONUNBUFFERED": "1",
    "SSL_CERT_FILE": os.devnull,  # nothing here speaks TLS, and reading all authorities takes longer than most else
    **MEASURED,
}


@dataclass(frozen=True, kw_only=True)
class World:
    """A second world in a process of its own."""

    client: httpx.Client
    carrier: dict[str, Any]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the interface answers."""
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text


@dataclass(frozen=True, kw_only=True)
class Served:
    """The second world and the application on it, as one test sees them: a person of its own, its own calls only."""

    world: World
    config: Path
    person: str
    phone: str
    before: int

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the second world's interface answers; of the person where a path begins with `~`."""
        return self.world.ask(method, path.replace("~", f"/people/{self.person}"), body)

    def until(self, **wanted: str) -> dict[str, Any]:
        """The latest call, as soon as it is so."""
        while True:
            seen = len(self.ask("GET", "/journal").splitlines())
            calls: list[dict[str, Any]] = self.ask("GET", "/calls")[self.before :]
            if calls and wanted.items() <= calls[-1].items():
                return calls[-1]
            assert self.ask("GET", f"/journal?after={seen - 1}&wait=20s"), (wanted, calls)

    def voicecall(self, *arguments: str) -> str:
        """What a command of the SDK prints. The command runs here, and so in another process than the service."""
        environment = self.world.carrier["environment"]
        done = CliRunner().invoke(main, ["--config", str(self.config), *arguments], env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    def ended(self, call_id: str) -> dict[str, Any]:
        """What the application says of a call, as soon as it knows of the end: the carrier knows it earlier."""
        while True:
            call: dict[str, Any] = json.loads(self.voicecall("status", "--call-id", call_id))["call"]
            if "endedAt" in call:
                return call


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


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A second world on free ports."""
    with running(SIM, "serve", "--json", "--admin-port", "0", "--seed", "7") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        (carrier,) = told["carriers"]
        # without TLS nothing is verified
        with httpx.Client(base_url=told["admin"], timeout=30, trust_env=False, verify=False) as client:
            yield World(client=client, carrier=carrier)


@pytest.fixture(scope="module")
def config(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The SDK's service, with what the second world told to set; gives its configuration file."""
    directory = tmp_path_factory.mktemp("service")
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
        "maxConcurrentCalls": 9,  # the application hears of an end after the carrier
        "inboundPolicy": "open",
        "inboundGreeting": "Good day.",
        "outbound": {"defaultMode": "notify", "notifyHangupDelaySec": 0},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    world.ask("POST", "/numbers", {"carrier": NAME, "number": LINE, "webhookUrl": url})
    environment = world.carrier["environment"] | {"SSL_CERT_FILE": certifi.where()}  # its HTTP client insists on some
    with running(SDK, "--config", str(config), "serve", **environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"voicecall takes calls at {url}"), process.communicate()
        yield config


@pytest.fixture
def served(world: World, config: Path) -> Served:
    """What one test sees of them."""
    number = len(world.ask("GET", "/people"))
    person, phone = f"anna{number}", f"+1555000{5000 + number}"
    world.ask("POST", "/people", {"name": person, "phone": phone, "answers": {"after": "100ms"}})
    return Served(world=world, config=config, person=person, phone=phone, before=len(world.ask("GET", "/calls")))


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


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


def test_a_port_that_is_taken_is_wrong_usage() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*SIM, "serve", "--admin-port", str(port), "--port", f"{NAME}=0"],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 cannot be opened" in done.stderr


# --- and with the SDK -------------------------------------------------------------------------------------------


def test_the_service_makes_a_real_call(served: Served) -> None:
    placed = json.loads(served.voicecall("call", "--to", served.phone, "--message", "Hi Anna.", "--mode", "notify"))
    assert served.ask("POST", "~/hears", {"text": "Hi Anna."})["text"] == "Hi Anna."
    call = served.until(state="ended", direction="outbound")
    assert call["by"] == "app"
    assert served.ended(placed["callId"])["state"] == "hangup-bot"


def test_the_service_answers_a_real_call(served: Served) -> None:
    served.ask("POST", "/calls", {"person": served.person, "to": LINE})
    assert served.ask("POST", "~/hears", {"contains": "Good day"})
    served.ask("POST", "~/hangs-up")
    assert served.until(state="ended", direction="inbound")["by"] == served.person


def test_the_commands_hold_a_conversation(served: Served) -> None:
    earlier = records(served)
    call_id = json.loads(served.voicecall("call", "--to", served.phone, "--message", "Hi."))["callId"]
    served.ask("POST", "~/hears", {"text": "Hi."})
    arguments = ("--config", str(served.config), "continue", "--call-id", call_id, "--message", "Well?")
    with running(SDK, *arguments, **served.world.carrier["environment"]) as asking:
        served.ask("POST", "~/hears", {"text": "Well?"})
        served.ask("POST", "~/says", {"words": "Yes."})
        answer, errors = asking.communicate(timeout=30)
    assert "Yes." in answer, errors
    assert json.loads(served.voicecall("end", "--call-id", call_id))
    assert served.until(state="ended")["by"] == "app"
    assert {record["callId"] for record in records(served)[len(earlier) :]} == {call_id}


def records(served: Served) -> list[dict[str, Any]]:
    """What the store knows, as the command shows it."""
    return [json.loads(line) for line in served.voicecall("tail", "--no-follow").splitlines()]


def test_without_a_service_a_command_says_so(tmp_path: Path) -> None:
    config = tmp_path / "voicecall.json5"
    settings = {"provider": "mock", "fromNumber": NUMBER, "store": str(tmp_path / "store")}
    config.write_text(json.dumps(settings), encoding="utf-8")
    done = CliRunner().invoke(main, ["--config", str(config), "status"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: no service runs with the store")
