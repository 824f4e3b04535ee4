"""The fake programs as real ones, in real time: for tests that start processes.

`install(directory)` puts `ngrok` and `tailscale` into a directory for the PATH. What is public in the world is a loopback
port here: requests go there with the public name in `Host`. The environment says how things stand (programs that are
given only what begins with `NGROK_` or `TS_` get it, too):

| name | what it says |
|---|---|
| `NGROK_FAKE_PORT` | the loopback port in place of the public address; any free one if it is not set |
| `NGROK_FAKE_TOKEN`, `NGROK_FAKE_PLAN`, `NGROK_FAKE_DOMAINS`, `NGROK_FAKE_SESSIONS` | the one account: its authtoken (`fake_token`), `free` or `paid`, reserved names, how many agents |
| `NGROK_FAKE_DELAY` | seconds until it has signed in |
| `TS_FAKE_CONTROL` | the loopback port at which `tailscale` finds its daemon (41641) |
| `TS_FAKE_PORT` | the daemon's loopback port in place of the public port 443 |
| `TS_FAKE_LOGGED_OUT`, `TS_FAKE_NO_FUNNEL` | nobody is logged in; Funnel is not enabled |
"""  # noqa: E501

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from voicecall_sim.tunnels import ngrok as ngrok_program
from voicecall_sim.tunnels import tailscale as tailscale_program
from voicecall_sim.tunnels.edge import Edge
from voicecall_sim.tunnels.ngrok import logged
from voicecall_sim.tunnels.ngrok_cloud import Account, NgrokCloud
from voicecall_sim.tunnels.tailnet import FUNNEL_PORTS, HTTPS, Node
from voicecall_sim.tunnels.upstream import remote
from voicecall_sim.world.clock import real_clock
from voicecall_sim.world.host import LOOPBACK
from voicecall_sim.world.programs import Process, Program

CONTROL: Final = 41641
TOKEN: Final = "fake_token"
PROGRAMS: Final = ("ngrok", "tailscale", "tailscaled")


def install(directory: Path) -> None:
    """Put the programs into a directory; on the PATH they are found by their usual names."""
    directory.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[2]
    for name in PROGRAMS:
        script = directory / name
        search = f"import sys; sys.path.insert(0, {str(root)!r})"
        entry = f"from voicecall_sim.tunnels import {name}; sys.exit({name}.main(sys.argv[1:]))"
        script.write_text(f"#!{sys.executable}\n{search}\n{entry}\n", encoding="utf-8")
        script.chmod(0o755)


# -- a real process as the programs see themselves ------------------------------------------------------------------


class FileTransport(asyncio.WriteTransport):
    """Writes to something at once, whatever it is."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        super().__init__()
        self._write = write

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Written when this returns."""
        self._write(bytes(data))

    def is_closing(self) -> bool:
        """Never."""
        return False


def writer(write: Callable[[bytes], object]) -> asyncio.StreamWriter:
    """A stream that is written at once."""
    loop = asyncio.get_running_loop()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    return asyncio.StreamWriter(FileTransport(write), protocol, None, loop)


def process(argv: Sequence[str], out: Callable[[bytes], object], err: Callable[[bytes], object]) -> Process:
    """A process of that command line."""
    stdin = asyncio.StreamReader()
    stdin.feed_eof()
    return Process(
        argv=tuple(argv), env=dict(os.environ), cwd=str(Path.cwd()), stdin=stdin, stdout=writer(out), stderr=writer(err)
    )


def to_file(number: int) -> Callable[[bytes], object]:
    """Writes to a file descriptor."""
    return lambda data: os.write(number, data)


async def performed(program: Program, argv: Sequence[str]) -> int:
    """Run a program as this process: its streams, its signals."""
    this = process(argv, to_file(1), to_file(2))
    task = asyncio.ensure_future(program(this))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _signalled, this, task, number)
    try:
        return await task or 0
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


def _signalled(this: Process, task: asyncio.Future[Any], number: int) -> None:
    handler = this.on_signal.get(number)
    if handler is None:
        task.cancel()
    else:
        handler()


# -- ngrok ------------------------------------------------------------------------------------------------------------


class RealConfigFile:
    """ngrok's configuration file on this machine, below `XDG_CONFIG_HOME` or `HOME`; the token's line is all of it."""

    def __init__(self, env: Mapping[str, str]) -> None:
        home = Path(env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "/")) / ".config")
        self.path = str(home / "ngrok" / "ngrok.yml")

    def read(self, path: str | None) -> str | None:
        """The token in a file, if it is there."""
        file = Path(path or self.path)
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return next((line.partition(":")[2].strip() for line in lines if line.strip().startswith("authtoken:")), None)

    def write(self, token: str, path: str | None) -> str:
        """Save it."""
        file = Path(path or self.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'version: "3"\nagent:\n    authtoken: {token}\n', encoding="utf-8")
        return str(file)


def ngrok(argv: Sequence[str]) -> int:
    """Be `ngrok`."""
    return asyncio.run(_ngrok(["ngrok", *argv], os.environ))


async def _ngrok(argv: Sequence[str], env: Mapping[str, str]) -> int:
    edge = Edge(lambda visit: cloud.nobody(visit))
    cloud = NgrokCloud(edge, random.Random(os.getpid()), lambda name: None, agent_ip="203.0.113.7")
    cloud.accounts.append(
        Account(
            token=env.get("NGROK_FAKE_TOKEN", TOKEN),
            plan=env.get("NGROK_FAKE_PLAN", "free"),
            domains=tuple(env.get("NGROK_FAKE_DOMAINS", "").split()),
            sessions=int(env.get("NGROK_FAKE_SESSIONS", "1")),
        )
    )
    clock = real_clock()
    port = await edge.listen(int(env.get("NGROK_FAKE_PORT", "0")), LOOPBACK, known_as=HTTPS)
    installation = ngrok_program.Installation(
        cloud=cloud,
        upstream=remote,
        config=RealConfigFile(env),
        now=lambda: logged(clock),
        delay=float(env.get("NGROK_FAKE_DELAY", "0.05")),
        opened=lambda url: _stands(url, port),
    )
    try:
        return await performed(ngrok_program.program(installation), argv)
    finally:
        edge.close()


def _stands(public: str, port: int) -> None:
    """Where what is public can be found here, for whoever looks at the standard error."""
    line = {"msg": "standing in for the public address", "public": public, "local": f"http://{LOOPBACK}:{port}"}
    os.write(2, json.dumps(line).encode() + b"\n")


# -- tailscale --------------------------------------------------------------------------------------------------------


def tailscale(argv: Sequence[str]) -> int:
    """Be `tailscale`: say the command line to the daemon, and print what it says."""
    return asyncio.run(_tailscale(argv, int(os.environ.get("TS_FAKE_CONTROL", str(CONTROL)))))


async def _tailscale(argv: Sequence[str], control: int) -> int:
    try:
        reader, to_daemon = await asyncio.open_connection(LOOPBACK, control)
    except OSError:
        os.write(2, f"{tailscale_program.NO_DAEMON}\n".encode())
        return 1
    to_daemon.write(json.dumps(list(argv)).encode() + b"\n")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, to_daemon.write_eof)
    while line := await reader.readline():
        said = json.loads(line)
        if "code" in said:
            return int(said["code"])
        os.write(said["stream"], said["text"].encode())
    return 1


def tailscaled(argv: Sequence[str]) -> int:
    """Be the daemon, until a signal."""
    return asyncio.run(performed(_daemon, ["tailscaled", *argv]))


async def _daemon(this: Process) -> int:
    env = this.env
    edge = Edge(lambda visit: None)
    node = Node(edge, lambda name: None, remote)
    node.logged_in, node.funnel_allowed = "TS_FAKE_LOGGED_OUT" not in env, "TS_FAKE_NO_FUNNEL" not in env
    node.delay = 0
    node.members[LOOPBACK] = "operator@example.com"
    ports = {public: await edge.listen(_wanted(env, public), LOOPBACK, known_as=public) for public in FUNNEL_PORTS}
    control = int(env.get("TS_FAKE_CONTROL", str(CONTROL)))
    server = await asyncio.start_server(lambda reader, back: _command(node, reader, back), LOOPBACK, control)
    for public, port in ports.items():
        _stands(f"https://{node.name}:{public}", port)
    try:
        await server.serve_forever()
    finally:
        edge.close()
    return 0


def _wanted(env: Mapping[str, str], public: int) -> int:
    return int(env.get("TS_FAKE_PORT", "0")) if public == HTTPS else 0


async def _command(node: Node, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
    """One command line of `tailscale`, performed here; the end of the connection is its signal."""
    argv = json.loads(await reader.readline())

    def said(stream: int) -> Callable[[bytes], object]:
        return lambda data: back.write(json.dumps({"stream": stream, "text": data.decode()}).encode() + b"\n")

    this = process(["tailscale", *argv], said(1), said(2))
    running = asyncio.ensure_future(tailscale_program.program(node)(this))
    gone = asyncio.ensure_future(reader.read())
    await asyncio.wait([running, gone], return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        this.on_signal.get(signal.SIGTERM, running.cancel)()
    await asyncio.wait([running])
    code = 1 if running.cancelled() else running.result()
    gone.cancel()
    back.write(json.dumps({"code": code}).encode() + b"\n")
    back.close()
