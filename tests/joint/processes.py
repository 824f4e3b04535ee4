"""Processes on loopback: `voicecall-sim serve` and `voicecall serve`, started, asked and ended by tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
import httpx

from voicecall_sim.carriers import CARRIERS

ROOT = Path(__file__).parents[2]
NAME = next(iter(CARRIERS))
NUMBER = "+15550001234"
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
    services: dict[str, dict[str, Any]]
    """By name."""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the interface answers."""
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text


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


@contextmanager
def second_world() -> Iterator[World]:
    """A second world on free ports."""
    with running(SIM, "serve", "--json", "--admin-port", "0", "--seed", "7") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        carrier = next(carrier for carrier in told["carriers"] if carrier["name"] == "twilio")
        services = {service["name"]: service for service in told["services"]}
        # without TLS nothing is verified
        with httpx.Client(base_url=told["admin"], timeout=30, trust_env=False, verify=False) as client:
            yield World(client=client, carrier=carrier, services=services)


@dataclass(frozen=True, kw_only=True)
class Service:
    """The SDK's service: its configuration file and where its webhook is."""

    config: Path
    url: str


@contextmanager
def service(
    world: World, directory: Path, settings: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """The SDK's service, with what the second world told to set."""
    port = free_port()
    served = Service(config=directory / "voicecall.json5", url=f"http://127.0.0.1:{port}/voice/webhook")
    whole = {
        "enabled": True,
        "provider": NAME,
        "fromNumber": NUMBER,
        "publicUrl": served.url,
        "serve": {"port": port, "bind": "127.0.0.1", "path": "/voice/webhook"},
        "store": str(directory / "store"),
        "maxConcurrentCalls": 9,  # the application hears of an end after the carrier
        **settings,
    }
    served.config.write_text(json.dumps(whole), encoding="utf-8")
    told = world.carrier["environment"] | {"SSL_CERT_FILE": certifi.where()}  # its HTTP client insists on some
    with running(SDK, "--config", str(served.config), "serve", **told, **(environment or {})) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"voicecall takes calls at {served.url}"), process.communicate()
        yield served


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
