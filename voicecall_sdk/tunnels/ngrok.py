"""ngrok: its agent runs beside us and tells in its log under which address (ngrok docs: agent/cli, agent/log).

The token is given to it by the environment: on the command line everybody on the machine could read it, and
`ngrok config add-authtoken` would keep it for good. What the agent says of errors may hold it: it is taken out.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from voicecall_sdk.errors import TunnelFailed
from voicecall_sdk.tunnels.program import end, lines_of, start
from voicecall_sdk.tunnels.tunnel import Exposure, Moved, environment

log = logging.getLogger(__name__)

STARTUP: Final = 30.0
"""Seconds until the agent must have told an address."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before an agent that died is started again; each time twice as long, until it told an address."""

INSTALL: Final = "install it from https://ngrok.com/download, or set publicUrl and tunnel.provider: none"
LOOK: Final = "run `ngrok http {port}` by hand to see what it says, or set publicUrl and tunnel.provider: none"

CODE: Final = re.compile(r"ERR_NGROK_\d+")

AUTHENTICATE: Final = "set tunnel.ngrokAuthToken (or NGROK_AUTHTOKEN) to the token of https://dashboard.ngrok.com/get-started/your-authtoken"
OTHER_AGENT: Final = "end the other ngrok agent (https://dashboard.ngrok.com/agents), or use another account"
DOMAIN: Final = "reserve the domain at https://dashboard.ngrok.com/domains, or correct tunnel.ngrokDomain"
REMEDIES: Final[Mapping[str, str]] = {
    "ERR_NGROK_105": AUTHENTICATE,
    "ERR_NGROK_106": AUTHENTICATE,
    "ERR_NGROK_107": AUTHENTICATE,
    "ERR_NGROK_4018": AUTHENTICATE,
    "ERR_NGROK_108": OTHER_AGENT,
    "ERR_NGROK_334": OTHER_AGENT,
    "ERR_NGROK_314": DOMAIN,
    "ERR_NGROK_319": DOMAIN,
    "ERR_NGROK_320": DOMAIN,
    "ERR_NGROK_15002": DOMAIN,
    "ERR_NGROK_120": "update the agent: `ngrok update`",
    "ERR_NGROK_121": "update the agent: `ngrok update`",
}
"""What to do about ngrok's error codes (ngrok docs: errors/reference)."""


@dataclass(frozen=True, slots=True)
class Line:
    """What matters of one line of the log."""

    url: str | None = None
    error: str | None = None


def read(text: str) -> Line:
    """One line of the log: JSON, or what the agent says before it can write JSON."""
    try:
        entry: Any = json.loads(text)
    except ValueError:
        return Line(error=text if "ERROR" in text or CODE.search(text) else None)
    if not isinstance(entry, dict):
        return Line()
    url, problem = entry.get("url"), entry.get("err")
    started = entry.get("msg") == "started tunnel" or "addr" in entry
    told = started and isinstance(url, str) and url.startswith("https://")  # agents of version 2 tell one of http, too
    failed = isinstance(problem, str) and problem not in ("", "<nil>", "nil")
    return Line(url=url if told else None, error=problem if failed else None)


class Ngrok:
    """The agent. It is started again when it dies, and its address is told whenever it is another one."""

    def __init__(
        self, exposure: Exposure, env: Mapping[str, str], *, token: str | None = None, domain: str | None = None
    ) -> None:
        self._exposure = exposure
        self._token = token
        self._domain = domain
        self._env = environment(env, "NGROK_", **({"NGROK_AUTHTOKEN": token} if token else {}))
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._address: asyncio.Future[str] | None = None
        self._url: str | None = None
        self._pause = FIRST_PAUSE
        self._said = ""

    async def open(self, moved: Moved) -> str:
        """Start the agent; gives the webhook's URL as soon as it is told. Raises `TunnelFailed`."""
        loop = asyncio.get_running_loop()
        self._process = await self._started()
        self._address = loop.create_future()
        self._keeper = loop.create_task(self._keep(moved), name="ngrok")
        try:
            async with asyncio.timeout(STARTUP):
                return await asyncio.shield(self._address)
        except TimeoutError:
            what = f"ngrok told no address within {STARTUP:g} s" + (f": {self._said}" if self._said else "")
            raise TunnelFailed(what, self._remedy("check the network, and https://status.ngrok.com")) from None

    async def close(self) -> None:
        """End the agent: SIGTERM, and SIGKILL if it stays."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is not None:
            await end(self._process)

    # --- inside -------------------------------------------------------------------------------------------------

    @property
    def _command(self) -> tuple[str, ...]:
        exposure = self._exposure
        target = str(exposure.port) if exposure.host == "127.0.0.1" else f"{exposure.host}:{exposure.port}"
        domain = ("--domain", self._domain) if self._domain else ()
        return ("ngrok", "http", target, "--log", "stdout", "--log-format", "json", *domain)

    async def _started(self) -> Process:
        self._said = ""
        return await start(self._command, self._env, INSTALL)

    async def _keep(self, moved: Moved) -> None:
        """Read the log as long as the agent lives, and give it another life when it dies."""
        while True:
            assert self._process is not None
            async for text in lines_of(self._process):
                self._heard(read(text), moved)
            if self._over(await self._process.wait()):
                return
            while not await self._revived():
                pass

    async def _revived(self) -> bool:
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        try:
            self._process = await self._started()
        except TunnelFailed as failure:
            log.error("the tunnel is still down: %s", failure)
            return False
        return True

    def _over(self, code: int) -> bool:
        """The agent has ended. Whether that is all: `open` is told, and nobody waits for another address."""
        assert self._address is not None
        failure = TunnelFailed(
            f"ngrok ended with code {code}" + (f": {self._said}" if self._said else ""),
            self._remedy(LOOK.format(port=self._exposure.port)),
        )
        if not self._address.done():
            self._address.set_exception(failure)
            return True
        log.error("the tunnel is down, and carriers cannot reach us: %s; ngrok is started again", failure)
        return False

    def _heard(self, line: Line, moved: Moved) -> None:
        said = "" if line.error is None else self._clean(line.error)
        if said:
            log.warning("ngrok: %s", said)
            if CODE.search(said) or not CODE.search(self._said):  # lines without the code follow the one that has it
                self._said = said
        if line.url is None:
            return
        self._pause, self._said = FIRST_PAUSE, ""
        self._told(line.url.rstrip("/") + self._exposure.webhook.public, moved)

    def _told(self, url: str, moved: Moved) -> None:
        assert self._address is not None
        if self._domain and urlsplit(url).hostname != self._domain.lower():
            log.warning("ngrok opened %s, not the configured domain %s: check tunnel.ngrokDomain", url, self._domain)
        before, self._url = self._url, url
        if not self._address.done():
            self._address.set_result(url)
        elif url != before:
            log.warning("the tunnel's address has changed from %s to %s", before, url)
            moved(url)

    def _remedy(self, otherwise: str) -> str:
        code = CODE.search(self._said)
        return REMEDIES.get(code[0], f"https://ngrok.com/docs/errors/{code[0].lower()}") if code else otherwise

    def _clean(self, text: str) -> str:
        """One line, without the token."""
        shown = text.replace(self._token, "<tunnel.ngrokAuthToken>") if self._token else text
        return " ".join(shown.split())[:500]
