"""A service that answers as the test says, at a real port of this machine, and the command that talks to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from voicecall_sdk.cli import main
from voicecall_sdk.gateway.control import FILE

NUMBER, ANNA, TOKEN = "+15550001234", "+15550005678", "sesame-7391-token"


@dataclass
class Service:
    """What it was asked, and what it answers: frames, raw bodies, or statuses alone, one after the other."""

    directory: Path
    answers: list[Any] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def done(self, **payload: Any) -> None:
        """It will answer this."""
        self.answers.append({"ok": True, "payload": payload})

    def fails(self, message: str) -> None:
        """It will refuse."""
        self.answers.append({"ok": False, "error": {"code": "UNAVAILABLE", "message": message}})


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """It listens, and its address is where commands look for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            frame = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.asked.append((frame["method"], frame["params"]))
            service.tokens.add(self.headers["Authorization"])
            answer = service.answers.pop(0)
            kind = "text/html" if isinstance(answer, str) else "application/json"
            body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            advertise(service.directory, url)
            yield url
        finally:
            server.shutdown()


def advertise(directory: Path, url: str) -> None:
    """The file in which commands find a service."""
    directory.mkdir(exist_ok=True)
    (directory / FILE).write_text(json.dumps({"url": url, "token": TOKEN, "pid": 1}))


def configured(directory: Path, **more: Any) -> Path:
    """A configuration file that is in order."""
    file = directory / "voicecall.json5"
    settings = {"provider": "mock", "fromNumber": NUMBER, "store": str(directory / "store"), **more}
    file.write_text(json.dumps(settings))
    return file


def voicecall(*arguments: str, config: Path | None = None, env: dict[str, str] | None = None) -> Result:
    """Run the command in this process. What was no `SystemExit` is a bug, and raised."""
    given = ["--config", str(config)] if config else []
    result = CliRunner(env=env).invoke(main, [*given, *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
