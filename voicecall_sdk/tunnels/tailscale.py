"""Tailscale: the machine's own daemon serves paths of ours, to the tailnet or (funnel) to the internet.

It takes the public path off before it asks us, so that every target names the local one (Tailscale docs: kb/1242,
kb/1311). What is served in the background stays when we die: the next start sets it again, a stop takes it back.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from voicecall_sdk.errors import TunnelFailed
from voicecall_sdk.tunnels.program import Finished, run
from voicecall_sdk.tunnels.tunnel import Exposure, Mount, Moved, environment

log = logging.getLogger(__name__)

ASKING: Final = 2.5
SETTING: Final = 10.0
TAKING_BACK: Final = 5.0
"""Seconds that the commands get (reference: tunnels)."""

HTTPS: Final = 443

INSTALL: Final = "install it from https://tailscale.com/download, or set publicUrl and switch the tunnel off"
START: Final = "start the daemon: `sudo systemctl start tailscaled`, or open the Tailscale app"
LOG_IN: Final = "log in: `tailscale up`"
ENABLE_NAMES: Final = "enable MagicDNS and HTTPS certificates at https://login.tailscale.com/admin/dns"

GONE: Final = "handler does not exist"
"""What is said of a path that is not served (Tailscale source: cli, serve)."""

LINK: Final = re.compile(r"https://login\.tailscale\.com/\S+")

SYMPTOMS: Final = (
    ("access denied", "allow this user to: `sudo tailscale set --operator=$USER`"),
    ("permission denied", "allow this user to: `sudo tailscale set --operator=$USER`"),
    ("failed to connect", START),
    ("not running", START),
    ("needslogin", LOG_IN),
    ("logged out", LOG_IN),
    ("https must be enabled", ENABLE_NAMES),
    ("enable https", ENABLE_NAMES),
)
"""Words in what the command says, and what to do about it."""

NOT_RUNNING: Final[Mapping[str, tuple[str, str]]] = {
    "NeedsLogin": ("is logged out", LOG_IN),
    "NoState": ("is not ready", START),
    "Stopped": ("is switched off", "switch it on: `tailscale up`"),
    "NeedsMachineAuth": (
        "waits for this machine to be approved",
        "approve it at https://login.tailscale.com/admin/machines",
    ),
    "Starting": ("is still starting", "wait a moment, and start again"),
}
"""States of the daemon in which nothing can be served (Tailscale source: ipn.State)."""


@dataclass(frozen=True, slots=True)
class Node:
    """This machine as the tailnet knows it."""

    name: str
    id: str = ""


class Tailscale:
    """Paths served by the machine's daemon; `mode` says to whom, `port` at which port of https."""

    def __init__(
        self, exposure: Exposure, env: Mapping[str, str], *, mode: Literal["serve", "funnel"], port: int = HTTPS
    ) -> None:
        self._exposure = exposure
        self._env = environment(env, "TS_")
        self._mode = mode
        self._port = port
        self._set: list[Mount] = []

    async def open(self, moved: Moved) -> str:
        """Serve the webhook's path, and that of media streams; gives the webhook's URL. Raises `TunnelFailed`."""
        node = await self._node()
        for mount in self._exposure.mounts:
            await self._serve(mount, node)
        port = "" if self._port == HTTPS else f":{self._port}"
        return f"https://{node.name}{port}{self._exposure.webhook.public}"

    async def close(self) -> None:
        """Serve these paths no more; those of others stay."""
        while self._set:
            mount = self._set.pop()
            try:
                done = await self._run(self._mode, *self._at(mount), "off", timeout=TAKING_BACK)
            except TunnelFailed as failure:
                log.error("%s is still served: %s", mount.public, failure)
                continue
            if done.code != 0 and GONE not in done.output:
                by_hand = " ".join(("tailscale", self._mode, *self._at(mount), "off"))
                log.error("%s is still served (%s): run `%s`", mount.public, _said(done), by_hand)

    # --- inside -------------------------------------------------------------------------------------------------

    async def _node(self) -> Node:
        done = await self._run("status", "--json", "--peers=false", timeout=ASKING)
        if done.code is None:
            raise TunnelFailed(f"`tailscale status` did not answer within {ASKING:g} s", START)
        return node_of(done)

    async def _serve(self, mount: Mount, node: Node) -> None:
        self._set.append(mount)  # also if it fails: it may have been done half, or later
        target = f"http://{self._exposure.host}:{self._exposure.port}{mount.local}"
        done = await self._run(self._mode, "--bg", "--yes", *self._at(mount), target, timeout=SETTING)
        if done.code != 0:
            raise refusal(self._mode, done, node)

    def _at(self, mount: Mount) -> tuple[str, ...]:
        return ("--https", str(self._port), "--set-path", mount.public)

    async def _run(self, *arguments: str, timeout: float) -> Finished:
        return await run(("tailscale", *arguments), self._env, timeout=timeout, install=INSTALL)


def node_of(done: Finished) -> Node:
    """The name by which this machine is reached, from `tailscale status --json`. Raises `TunnelFailed`."""
    begin, finish = done.output.find("{"), done.output.rfind("}")
    try:
        status: Any = json.loads(done.output[begin : finish + 1])  # warnings may stand around it
        state, own = status.get("BackendState", "Running"), status.get("Self") or {}
        name, node_id = str(own.get("DNSName") or "").rstrip("."), str(own.get("ID") or "")
    except (ValueError, AttributeError):
        what = f"`tailscale status` failed with code {done.code}: {_said(done)}"
        raise TunnelFailed(what, _remedy(done.output, START)) from None
    if state in NOT_RUNNING:
        what, remedy = NOT_RUNNING[state]
        raise TunnelFailed(f"Tailscale {what}", remedy)
    if not name:
        raise TunnelFailed("Tailscale has no DNS name for this machine", ENABLE_NAMES)
    return Node(name, node_id)


def refusal(mode: str, done: Finished, node: Node) -> TunnelFailed:
    """Why a path is not served. A command that waits for something to be enabled says where, and is then cut short."""
    link = LINK.search(done.output)
    enable = f"enable {mode} for this machine at https://login.tailscale.com/f/{mode}?node={node.id}"
    remedy = f"enable it at {link[0]}" if link else _remedy(done.output, enable)
    if done.code is None:
        said = f": {_said(done)}" if done.output else ""
        return TunnelFailed(f"`tailscale {mode}` was not done within {SETTING:g} s{said}", remedy)
    return TunnelFailed(f"`tailscale {mode}` failed with code {done.code}: {_said(done)}", remedy)


def _remedy(output: str, otherwise: str) -> str:
    lower = output.lower()
    return next((remedy for symptom, remedy in SYMPTOMS if symptom in lower), otherwise)


def _said(done: Finished) -> str:
    return " ".join(done.output.split())[:300] or "it said nothing"
