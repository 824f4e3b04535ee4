"""The program `ngrok`, as much of it as opens an HTTP tunnel: the same arguments, log lines and exit codes.

`program(installation)` is a program of the world; `python -m voicecall_sim.tunnels.ngrok http 3334 --log stdout` is the
same code as a real program, with a loopback port in the place of the public address.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from voicecall_sim.tunnels import flags
from voicecall_sim.tunnels.edge import Connect
from voicecall_sim.tunnels.ngrok_cloud import NgrokCloud, Refused, Session
from voicecall_sim.world.clock import Clock
from voicecall_sim.world.programs import Process, Program

VERSION: Final = "3.39.11"
VALUED: Final = (
    "log", "log-format", "log-level", "authtoken", "config", "url", "domain", "hostname", "region", "host-header",
    "scheme", "name", "metadata", "traffic-policy-file", "web-addr",
)  # fmt: skip
PLAIN: Final = ("help", "pooling-enabled", "inspect", "version")
KILLED: Final = 128 + signal.SIGKILL
USUAL_DELAY: Final = 0.3
RECONNECT: Final = 1.0
"""Seconds before an agent whose session was ended connects again."""


class TokenFile(Protocol):
    """The configuration file of the program, as far as it holds the authtoken."""

    path: str

    def read(self, path: str | None) -> str | None:
        """The token in it, or in another one."""
        ...

    def write(self, token: str, path: str | None) -> str:
        """Save one; returns where."""
        ...


@dataclass(slots=True, kw_only=True)
class Installation:
    """What the program finds where it runs.

    `upstream` connects to a host and port as seen from its machine, `now` is the wall time as it logs it (ISO 8601),
    `delay` the seconds that signing in takes. `opened` is told each URL; `running` are the agents that run.
    """

    cloud: NgrokCloud
    upstream: Callable[[str, int], Connect]
    config: TokenFile
    now: Callable[[], str]
    delay: float = USUAL_DELAY
    opened: Callable[[str], object] = lambda url: None
    running: list[Agent] = field(default_factory=list)


def program(installation: Installation) -> Program:
    """The program, for that installation."""

    async def run(process: Process) -> int:
        try:
            line = flags.read(process.argv[1:], VALUED, PLAIN, interspersed=True)
        except flags.UnknownFlag as unknown:
            return _fail(process, str(unknown))
        match line.words:
            case ["version"]:
                return _say(process, f"ngrok version {VERSION}")
            case ["config", "add-authtoken", token]:
                saved = installation.config.write(token, line.flags.get("config"))
                return _say(process, f"Authtoken saved to configuration file: {saved}")
            case ["http", upstream]:
                return await Agent(installation, process, line.flags, upstream).run()
            case _:
                return _fail(process, f"unknown command {' '.join(line.words)!r} for 'ngrok'")

    return run


class Agent:
    """`ngrok http`: signs in, opens an endpoint, and keeps it open until it is stopped."""

    def __init__(self, installation: Installation, process: Process, options: Mapping[str, str], upstream: str) -> None:
        self._in = installation
        self._process = process
        self._options = options
        self._upstream = upstream
        self._stopped = asyncio.Event()
        self._lost = asyncio.Event()
        self._dead = False

    def die(self) -> None:
        """Be killed from outside: no word more."""
        self._dead = True
        self._stopped.set()

    async def run(self) -> int:
        """Until a signal, or an error that ends it: the exit code."""
        self._in.running.append(self)
        try:
            return await self._run()
        finally:
            self._in.running.remove(self)

    async def _run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._process.on_signal[number] = self._stopped.set
        self._log("info", "starting web service", obj="web", addr="127.0.0.1:4040", allow_hosts=[])
        try:
            while not self._stopped.is_set():
                await self._serve()
        except Refused as refused:
            return self._refused(str(refused))
        if self._dead:
            return KILLED
        self._log("info", "received stop request", obj="app", stopReq="{err:<nil> restart:false}")
        return 0

    async def _serve(self) -> None:
        """One session, from signing in to its end."""
        await self._wait(self._in.delay)
        if self._stopped.is_set():
            return
        self._lost.clear()
        session = self._in.cloud.connect(self._token())
        session.dropped = self._lost.set
        try:
            self._open(session)
            await self._wait(None)
        finally:
            self._in.cloud.disconnect(session)
        if self._lost.is_set() and not self._stopped.is_set():
            self._log("eror", "session closed, starting reconnect loop", obj="tunnels.session", err="session closed")
            await self._wait(RECONNECT)

    def _open(self, session: Session) -> None:
        address = self._address()
        self._log("info", "client session established", obj="tunnels.session")
        self._log("info", "tunnel session started", obj="tunnels.session")
        host, port = urlsplit(address).hostname or "localhost", urlsplit(address).port or 80
        connect = self._in.upstream(host, port)
        name = self._in.cloud.open_endpoint(session, self._wanted(), f"{host}:{port}", connect)
        url = f"https://{name}"
        self._log("info", "started tunnel", obj="tunnels", name="command_line", addr=address, url=url)
        self._in.opened(url)

    async def _wait(self, seconds: float | None) -> None:
        """Until stopped, or (with no time given) the session is lost."""
        events = [self._stopped] if seconds is not None else [self._stopped, self._lost]
        waiting = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()

    def _token(self) -> str | None:
        named = self._options.get("authtoken") or self._process.env.get("NGROK_AUTHTOKEN")
        return named or self._in.config.read(self._options.get("config"))

    def _address(self) -> str:
        given = self._upstream
        if given.isdigit():
            return f"http://localhost:{given}"
        return given if "://" in given else f"http://{given}"

    def _wanted(self) -> str | None:
        """The name that is asked for. `--domain` and `--hostname` are the older words for `--url`."""
        given = next((self._options[word] for word in ("url", "domain", "hostname") if word in self._options), None)
        return None if given is None else urlsplit(given if "://" in given else f"https://{given}").hostname

    def _refused(self, error: str) -> int:
        """An end for good: in the log, at three places, and on the standard error."""
        if error.startswith("authentication failed"):
            self._log("eror", "failed to reconnect session", obj="tunnels.session", err=error)
            self._log("eror", "session closing", obj="tunnels.session", err=error)
        self._log("eror", "terminating with error", obj="app", err=error)
        self._log("crit", "command failed", err=error)
        return _fail(self._process, error)

    def _log(self, level: str, message: str, **data: Any) -> None:
        """A line of the log, where `--log` says (a file is not written; without it there is a screen, not a log)."""
        stream = {"stdout": self._process.stdout, "stderr": self._process.stderr}.get(self._options.get("log", ""))
        if stream is not None:
            said = {"t": self._in.now(), "lvl": level, "msg": message, **data}
            stream.write(_FORMS[self._options.get("log-format", "logfmt")](said).encode() + b"\n")


def _json(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _logfmt(said: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={_quoted(str(value))}" for key, value in said.items())


def _quoted(text: str) -> str:
    return json.dumps(text) if any(mark in text for mark in ' "=\r\n') else text


_FORMS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {"json": _json, "logfmt": _logfmt, "term": _logfmt}


def logged(clock: Clock) -> str:
    """The wall time as the program logs it: ISO 8601 in whole seconds."""
    return clock.wall().strftime("%Y-%m-%dT%H:%M:%S+0000")


def _say(process: Process, text: str) -> int:
    process.stdout.write(f"{text}\n".encode())
    return 0


def _fail(process: Process, text: str) -> int:
    """Each line of an error, and where to read about it, as the program prints it on its standard error."""
    lines = text.replace("\r", "").rstrip("\n").split("\n")
    code = lines[-1] if lines[-1].startswith("ERR_NGROK_") else None
    told = [*lines, f"https://ngrok.com/docs/errors/{code.lower()}", ""] if code else lines
    process.stderr.write("".join(f"ERROR:  {line}".rstrip() + "\n" for line in told).encode())
    return 1


def main(argv: Sequence[str]) -> int:
    """Run it as a real program."""
    from voicecall_sim.tunnels import executable

    return executable.ngrok(argv)


FIDELITY: Final = (
    ("arguments of `ngrok http`, `ngrok config add-authtoken`, `ngrok version`", "ngrok docs, agent/cli", "documented"),
    ("log lines as JSON: started tunnel with addr, name, obj and url; starting web service; session established",
     "logs quoted in public repositories, 2026", "captured"),
    ("an error that ends it: terminating with error, command failed (crit), ERROR lines on stderr, exit code 1",
     "logs quoted in public repositories, 2026 (ERR_NGROK_313, 334)", "captured"),
    ("a refused token is not tried again", "public logs", "captured"),
    ("a lost session is connected again after a second, with a new random name unless one was asked for",
     "no source", "assumed"),
    ("SIGTERM and SIGINT end it with 0", "no source", "assumed"),
    ("when the application's host crashes its agent is gone with it (really it may live on as an orphan)", "no source",
     "assumed"),
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
