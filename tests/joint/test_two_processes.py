"""`voicecall-sim serve` and `voicecall serve`: two processes, real time, real sockets on 127.0.0.1."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.joint.processes import ENVIRONMENT, NAME, NUMBER, SDK, SIM, World, running, second_world, service
from voicecall_sdk.cli import main

pytestmark = pytest.mark.loopback

LINE = "+15550009999"


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


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A second world on free ports."""
    with second_world() as world:
        yield world


@pytest.fixture(scope="module")
def config(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The SDK's service, with what the second world told to set; gives its configuration file."""
    settings = {
        "inboundPolicy": "open",
        "inboundGreeting": "Good day.",
        "outbound": {"defaultMode": "notify", "notifyHangupDelaySec": 0},
    }
    with service(world, tmp_path_factory.mktemp("service"), settings) as served:
        world.ask("POST", "/numbers", {"carrier": NAME, "number": LINE, "webhookUrl": served.url})
        yield served.config


@pytest.fixture
def served(world: World, config: Path) -> Served:
    """What one test sees of them."""
    number = len(world.ask("GET", "/people"))
    person, phone = f"anna{number}", f"+1555000{5000 + number}"
    world.ask("POST", "/people", {"name": person, "phone": phone, "answers": {"after": "100ms"}})
    return Served(world=world, config=config, person=person, phone=phone, before=len(world.ask("GET", "/calls")))


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
    assert "  export OPENAI_BASE_URL=http://127.0.0.1:" in told
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
