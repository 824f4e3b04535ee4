"""The program `tailscale`, as much of it as serves an HTTP server: `status`, `serve`, `funnel`.

`program(node)` is a program of the world. As a real program (`python -m voicecall_sim.tunnels.tailscale`) the same code
talks to a daemon that must run already (`python -m voicecall_sim.tunnels.tailscaled`), as the real one does.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from voicecall_sim.tunnels import flags
from voicecall_sim.tunnels.flags import Line
from voicecall_sim.tunnels.tailnet import FUNNEL_PORTS, HTTPS, NODE_ID, Node
from voicecall_sim.world.programs import Process, Program

VERSION: Final = "1.98.8"
VALUED: Final = ("set-path", "https", "http", "tcp", "tls-terminated-tcp", "service")
PLAIN: Final = ("bg", "yes", "json", "tun", "help")
OF_STATUS: Final = ("json", "peers", "self", "active", "web", "browser")

NO_DAEMON: Final = (
    "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)"
)
NOT_ENABLED: Final = (
    "\n{} is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/{}?node={}\n"
)
NOT_A_FUNNEL_PORT: Final = "port {} is not allowed for funnel; allowed ports are: 443,8443,10000"
AVAILABLE: Final = {"serve": "Available within your tailnet:", "funnel": "Available on the internet:"}
IN_BACKGROUND: Final = (
    "{} started and running in the background.\nTo disable the proxy, run: tailscale {} --https={} off"
)


class Failed(Exception):
    """The program ends with exit code 1 and these words on its standard error."""


def program(node: Node) -> Program:
    """The program, on that machine."""

    async def run(process: Process) -> int:
        try:
            await Command(node, process).run(list(process.argv[1:]))
        except Failed as failed:
            process.stderr.write(f"{failed}\n".encode())
            return 1
        except flags.UnknownFlag as unknown:
            process.stderr.write(f"{unknown}\n".encode())
            return 2
        return 0

    return run


class Command:
    """One command line."""

    def __init__(self, node: Node, process: Process) -> None:
        self._node = node
        self._process = process

    async def run(self, args: list[str]) -> None:
        """Perform it. Raises `Failed`, `flags.UnknownFlag`."""
        await asyncio.sleep(self._node.delay)
        match args:
            case ["version", *_]:
                self._say(VERSION)
            case ["status", *rest]:
                self._status(flags.read(rest, (), OF_STATUS, interspersed=False))
            case [("serve" | "funnel") as mode, "status", *rest]:
                self._served(flags.read(rest, (), PLAIN, interspersed=False))
            case [("serve" | "funnel") as mode, "reset"]:
                self._reached().reset()
            case [("serve" | "funnel") as mode, *rest]:
                await self._serve(mode, flags.read(rest, VALUED, PLAIN, interspersed=False))
            case _:
                raise Failed(f"tailscale: unknown subcommand: {' '.join(args)}")

    def _say(self, text: str) -> None:
        self._process.stdout.write(f"{text}\n".encode())

    def _reached(self) -> Node:
        if not self._node.running:
            raise Failed(NO_DAEMON)
        return self._node

    # -- looking

    def _status(self, line: Line) -> None:
        node = self._reached()
        if line.on("json"):
            self._say(json.dumps(node.status(), indent=2))
        elif not node.logged_in:
            self._say("Logged out.")
            raise Failed("")
        else:
            self._say(f"{node.status()['TailscaleIPs'][0]}  {node.name.partition('.')[0]}  linux   -")

    def _served(self, line: Line) -> None:
        node = self._reached()
        config = node.serve_config()
        if line.on("json"):
            self._say(json.dumps(config, indent=2))
        else:
            self._say("\n".join(self._listed(port) for port in node.mounts) or "No serve config")

    def _listed(self, port: int) -> str:
        shown = self._node.mounts[port].items()
        at = f"https://{self._node.name}{'' if port == HTTPS else f':{port}'}"
        return "".join(f"{at}{point}\n|-- proxy {target}\n\n" for point, target in sorted(shown, key=_shortest))

    # -- serving

    async def _serve(self, mode: str, line: Line) -> None:
        off = _checked(mode, line.words)
        node = self._reached()
        if not node.logged_in:
            raise Failed("error getting serve config: Logged out.")
        if mode == "funnel" and not node.funnel_allowed:
            await self._ask_to_enable(mode)
        port = _port(line.flags)
        if mode == "funnel" and port not in FUNNEL_PORTS:
            raise Failed(f"error: {NOT_A_FUNNEL_PORT.format(port)}\n\n{_try(mode)}")
        given = line.flags.get("set-path")
        point = _clean(given or "/")
        if off:
            if not node.unmount(port, point if given else None):
                raise Failed(f"error: failed to remove web serve: handler does not exist\n\n{_try(mode)}")
            return
        await self._mount(mode, line, port, point)

    async def _mount(self, mode: str, line: Line, port: int, point: str) -> None:
        node, target = self._node, _target(line.words[0], mode)
        if mode == "serve" and port in node.funnels:
            self._process.stderr.write(f"Removing Funnel for {node.name}:{node.name}:{port}\n".encode())
        node.mount(port, point, target, funnel=mode == "funnel")
        self._say(f"{AVAILABLE[mode]}\n\n{self._listed(port)}".rstrip("\n") + "\n")
        if line.on("bg"):
            self._say(IN_BACKGROUND.format(mode.capitalize(), mode, port))
            return
        self._say("Press Ctrl+C to exit.")
        try:
            await self._until_stopped()
        finally:
            node.unmount(port, point)

    async def _ask_to_enable(self, mode: str) -> None:
        """Says where to enable it, and waits until somebody does: for ever, as far as a script is concerned."""
        self._say(NOT_ENABLED.format(mode.capitalize(), mode, NODE_ID))
        await self._until_stopped()
        raise Failed("")

    async def _until_stopped(self) -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._process.on_signal[number] = stopped.set
        await stopped.wait()


def _checked(mode: str, words: Sequence[str]) -> bool:
    """Whether something is to be turned off. Raises `Failed` for words that make no sense."""
    if not words:
        raise Failed(
            f"USAGE\n  tailscale {mode} <target>\n  tailscale {mode} status [--json]\n  tailscale {mode} reset"
        )
    if len(words) > 2:
        raise Failed(f"Error: invalid number of arguments ({len(words)})\n{_try(mode)}")
    if len(words) == 2 and words[1] != "off":
        raise Failed(f"Error: invalid argument format\n{_try(mode)}")
    return words[-1] == "off"


def _port(options: Mapping[str, str]) -> int:
    text = options.get("https", str(HTTPS))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Failed(f'invalid value "{text}" for flag -https: parse error')
    return int(text)


def _target(word: str, mode: str) -> str:
    """The target as a URL, as `ipn.ExpandProxyTargetValue` has it."""
    url = f"http://127.0.0.1:{word}" if word.isdigit() else word if "://" in word else f"http://{word}"
    if not url.startswith(("http://localhost", "http://127.0.0.1")):
        problem = "unable to expand target: only localhost or 127.0.0.1 proxies are currently supported"
        raise Failed(f"error: failed apply web serve: {problem}\n\n{_try(mode)}")
    return url.rstrip("/") if url.count("/") == 3 else url


def _clean(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def _try(mode: str) -> str:
    return f"try `tailscale {mode} --help` for usage info"


def _shortest(item: tuple[str, str]) -> tuple[int, str]:
    return len(item[0]), item[0]


def main(argv: Sequence[str]) -> int:
    """Run it as a real program."""
    from voicecall_sim.tunnels import executable

    return executable.tailscale(argv)


FIDELITY: Final = (
    ("arguments of serve and funnel: --bg, --yes, --https, --set-path, a target or off as the last word",
     "tailscale/tailscale cmd/tailscale/cli/serve_v2.go", "documented"),
    ("`off` before the path is refused: invalid argument format", "tailscale/tailscale cmd/tailscale/cli/serve_v2.go",
     "documented"),
    ("what serve, funnel and their status print", "tailscale/tailscale cmd/tailscale/cli/serve_v2.go, messageForPort",
     "documented"),
    ("`off` for what is not served: handler does not exist, exit code 1", "outputs quoted in public repositories",
     "captured"),
    ("funnel where it is not enabled names the page and waits", "tailscale/tailscale#16668", "reported"),
    ("a port that Funnel does not have is refused", "tailscale docs, Funnel; the words are assumed", "documented"),
    ("no daemon: failed to connect to local tailscaled, exit code 1", "tailscale/tailscale cmd/tailscale/cli/diag.go",
     "documented"),
    ("serve when logged out fails with Logged out.", "no source", "assumed"),
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
