"""ngrok in a world: its cloud on a host of its own, its program on the application's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.tunnels.edge import Connect, Edge
from voicecall_sim.tunnels.ngrok import USUAL_DELAY, Installation, logged, program
from voicecall_sim.tunnels.ngrok_cloud import PORT, Account, NgrokCloud, Session
from voicecall_sim.tunnels.tunnel import SLOW, Impossible, Reach
from voicecall_sim.tunnels.upstream import LoopbackOf
from voicecall_sim.world.host import Host
from voicecall_sim.world.world import World

DOMAIN: Final = "voice-agent.ngrok.app"
PLANS: Final = {"ngrok": "paid", "ngrok-free": "free"}
AGENT_IP: Final = "203.0.113.7"
"""The public address of the application's machine (RFC 5737, documentation)."""


class NgrokTunnel:
    """ngrok, as `ngrok` with a reserved domain, as `ngrok-free` with a random one."""

    def __init__(self, kind: str, world: World, app: Host) -> None:
        self.door = world.host("ngrok")
        self._kind = kind
        self._world = world
        self._app = app
        self._edge = Edge(lambda visit: self.cloud.nobody(visit))
        self.cloud = NgrokCloud(self._edge, world.chance("ngrok.names"), self._publish, agent_ip=AGENT_IP)
        self._account = Account(
            token=f"2{world.chance.hex('ngrok.token', 25)}_{world.chance.hex('ngrok.token', 20)}",
            plan=PLANS[kind],
            domains=(DOMAIN,) if PLANS[kind] == "paid" else (),
        )
        self.cloud.accounts.append(self._account)
        self._loopback = LoopbackOf(app)
        self._installation = Installation(
            cloud=self.cloud,
            upstream=self._upstream,
            config=ConfigFile(),
            now=lambda: logged(world.clock),
            opened=self._opened,
        )
        self._standing: Session | None = None
        self._other: Session | None = None
        self._port = 0
        self._url: str | None = None
        app.on_crash(self._crashed)

    def _publish(self, name: str) -> None:
        self._world.network.name(name, self.door)

    def _upstream(self, host: str, port: int) -> Connect:
        return self._loopback.to(port)

    def _opened(self, url: str) -> None:
        self._url = url
        self._world.journal.write("ngrok", "tunnel", {"event": "opened", "url": url})

    @property
    def _free(self) -> bool:
        return self._account.plan == "free"

    @property
    def url(self) -> str | None:
        """The address of the last endpoint; that of the reserved domain always."""
        return self._url if self._free else f"https://{DOMAIN}"

    @property
    def reach(self) -> Reach:
        """By its program with this token; the domain, where one is reserved."""
        url = self._url if self._standing else None
        return Reach(tunnel=self._kind, url=url, token=self._account.token, domain=None if self._free else DOMAIN)

    def secrets(self) -> Mapping[str, str]:
        """The authtoken."""
        return {"ngrok.authtoken": self._account.token}

    async def open(self) -> None:
        """The cloud listens; the program is there."""
        await self.door.call(self._edge.listen(PORT))
        for domain in self._account.domains:
            self._publish(domain)
        self._install()

    def _install(self) -> None:
        self._world.programs.add("ngrok", program(self._installation), host=self._app)

    def stand(self, port: int) -> None:
        """An agent that somebody has started beside the application."""
        self._port = port
        self._standing = session = self.cloud.connect(self._account.token)
        wanted = None if self._free else DOMAIN
        name = self.cloud.open_endpoint(session, wanted, f"localhost:{port}", self._loopback.to(port))
        self._opened(f"https://{name}")

    def close(self) -> None:
        """Be gone."""
        self._edge.close()

    def restarts(self) -> None:
        """The agent connects anew: on the free plan under another name."""
        if self._standing is not None:
            self.cloud.disconnect(self._standing)
            self.stand(self._port)
            return
        for session in tuple(self.cloud.sessions):
            self.cloud.drop(session)

    def changes_url(self, name: str | None) -> None:
        """As after a restart. A name that is reserved does not change."""
        if not self._free:
            raise Impossible(f"`ngrok` keeps its reserved domain {DOMAIN}; the address of `ngrok-free` changes")
        self.cloud.next_name = name
        self.restarts()

    def shows_interstitial(self) -> None:
        """To everybody, not to browsers alone."""
        if not self._free:
            raise Impossible("paid plans of ngrok have no page of warning; `ngrok-free` has")
        self.cloud.warns_everybody = True

    def dies(self) -> None:
        """The agent's process dies. One that the application started is the application's to start again."""
        if self._standing is not None:
            self.cloud.disconnect(self._standing)
        for agent in tuple(self._installation.running):
            agent.die()

    def fails(self, trouble: str) -> None:
        """From the program's next start on."""
        self._install()
        self.cloud.accounts[:] = [self._account]
        self._installation.delay = USUAL_DELAY
        if self._other is not None:
            self.cloud.disconnect(self._other)
        match trouble:
            case "none":
                return
            case "missing":
                self._world.programs.remove("ngrok", host=self._app)
            case "logged out":
                self.cloud.accounts.clear()
            case "taken":
                self._other = self.cloud.connect(self._account.token)
            case "slow":
                self._installation.delay = SLOW
            case _:
                raise Impossible(f"ngrok's program knows no trouble `{trouble}`")

    def _crashed(self) -> None:
        for session in tuple(self.cloud.sessions):
            if session is not self._standing:
                self.cloud.disconnect(session)


class ConfigFile:
    """The program's configuration file on the application's machine."""

    path = "/etc/ngrok/ngrok.yml"

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def read(self, path: str | None) -> str | None:
        """The token in a file."""
        return self._tokens.get(path or self.path)

    def write(self, token: str, path: str | None) -> str:
        """Save it."""
        self._tokens[path or self.path] = token
        return path or self.path
