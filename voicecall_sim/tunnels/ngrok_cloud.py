"""ngrok's side of a tunnel: accounts, agent sessions, endpoints, and the public addresses that lead to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from voicecall_sim.tunnels import forwarding, ngrok_pages
from voicecall_sim.tunnels.edge import Connect, Edge, Onward, Visit
from voicecall_sim.tunnels.forwarding import Rule
from voicecall_sim.tunnels.heads import Answer, Head

PORT: Final = 443
SUFFIXES: Final = {"free": "ngrok-free.app", "paid": "ngrok.app"}
OWN: Final = (".ngrok-free.app", ".ngrok-free.dev", ".ngrok.app", ".ngrok.dev", ".ngrok.io", ".ngrok.pro")
"""Under what ngrok's random and reserved names lie."""

TELLS: Final[Sequence[Rule]] = (
    forwarding.client_appended,
    forwarding.scheme_appended,
    forwarding.host_if_missing,
)


class Refused(Exception):
    """ngrok's no: an error of its catalogue, as the agent prints it."""

    def __init__(self, where: str, code: int, message: str) -> None:
        super().__init__(f"{where}: {message}\r\n\r\nERR_NGROK_{code}\r\n")
        self.code = code


@dataclass(slots=True, kw_only=True)
class Account:
    """A customer. `plan` is free or paid; `domains` are those reserved for it; `sessions` how many agents may run."""

    token: str
    plan: str = "free"
    domains: Sequence[str] = ()
    sessions: int = 1


@dataclass(slots=True, eq=False)
class Session:
    """An agent that is connected. `dropped` is called when ngrok ends it."""

    account: Account
    dropped: Callable[[], object] | None = None
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The way from a public address of ngrok to an agent's upstream."""

    cloud: NgrokCloud
    plan: str
    upstream: str
    connect: Connect

    def enter(self, request: Head, visit: Visit) -> Onward | Answer:
        """With its forwarding headers; browsers get a page of warning before, on the free plan."""
        if self.plan == "free" and (self.cloud.warns_everybody or ngrok_pages.warned(request, visit)):
            return ngrok_pages.interstitial(visit)
        return Onward(forwarding.applied(TELLS, request, visit), self.connect)

    def back(self, response: Head) -> Head:
        """On the free plan with the address of the agent."""
        if self.plan != "free":
            return response
        return response.with_field("Ngrok-Agent-Ips", self.cloud.agent_ip)

    def down(self, visit: Visit, error: OSError) -> Answer:
        """ERR_NGROK_8012: the agent found nobody; ERR_NGROK_3004 if what it found said nothing of sense."""
        if isinstance(error, ConnectionResetError):
            return ngrok_pages.gateway_error()
        return ngrok_pages.no_upstream(self.upstream)


class NgrokCloud:
    """All of ngrok in one place. `publish` makes a name lead here; `random` makes names up.

    `warns_everybody`: the page of warning is not for browsers alone; `next_name` is what the next random name will be.
    """

    def __init__(self, edge: Edge, random: Random, publish: Callable[[str], object], *, agent_ip: str) -> None:
        self.edge = edge
        self.agent_ip = agent_ip
        self.warns_everybody = False
        self.next_name: str | None = None
        self.accounts: list[Account] = []
        self._random = random
        self._publish = publish
        self._sessions: list[Session] = []

    @property
    def sessions(self) -> Sequence[Session]:
        """The agents that are connected, oldest first."""
        return self._sessions

    def connect(self, token: str | None) -> Session:
        """An agent signs in. Raises `Refused`."""
        account = self._account(token)
        if sum(each.account is account for each in self._sessions) >= account.sessions:
            raise Refused("authentication failed", 108, TOO_MANY.format(account.sessions))
        session = Session(account)
        self._sessions.append(session)
        return session

    def _account(self, token: str | None) -> Account:
        if not token:
            raise Refused("authentication failed", 4018, NO_TOKEN)
        known = next((account for account in self.accounts if account.token == token), None)
        if known is None and "_" not in token:
            raise Refused("authentication failed", 105, ILL_FORMED.format(token))
        if known is None:
            raise Refused("authentication failed", 107, UNKNOWN.format(token))
        return known

    def open_endpoint(self, session: Session, name: str | None, upstream: str, connect: Connect) -> str:
        """Let a public name lead to an agent's upstream; a random one if none is wanted. Raises `Refused`."""
        name = self._allowed(session.account, name.lower()) if name else self._random_name(session.account)
        if (name, PORT) in self.edge.ways:
            raise Refused("failed to start tunnel", 334, ONLINE.format(name))
        self._publish(name)
        self.edge.open_way(name, PORT, Endpoint(self, session.account.plan, upstream, connect))
        session.names.append(name)
        return name

    def _allowed(self, account: Account, name: str) -> str:
        if name in account.domains:
            return name
        if name.endswith(OWN):
            raise Refused("failed to start tunnel", 320, TAKEN.format(name))
        raise Refused("failed to start tunnel", 319, UNRESERVED.format(name))

    def _random_name(self, account: Account) -> str:
        if self.next_name is not None:
            name, self.next_name = self.next_name, None
            return name
        # free: with the agent's address in it, ngrok.com/abuse; the form of names seen in public logs
        if account.plan == "free":
            return f"{self._random.getrandbits(16):04x}-{self.agent_ip.replace('.', '-')}.{SUFFIXES['free']}"
        return f"{self._random.getrandbits(48):012x}.{SUFFIXES['paid']}"

    def disconnect(self, session: Session) -> None:
        """An agent is gone, and its endpoints with it. Harmless if it was gone before."""
        if session in self._sessions:
            self._sessions.remove(session)
        for name in session.names:
            self.edge.close_way(name, PORT)
        session.names.clear()

    def drop(self, session: Session) -> None:
        """End a session from ngrok's side."""
        self.disconnect(session)
        if session.dropped is not None:
            session.dropped()

    def nobody(self, visit: Visit) -> Answer | None:
        """ERR_NGROK_3200 for a name of ngrok's at which nothing is; None for any other."""
        reserved = any(visit.name in account.domains for account in self.accounts)
        return ngrok_pages.offline(visit) if reserved or visit.name.endswith(OWN) else None


TOO_MANY: Final = (
    "Your account is limited to {} simultaneous ngrok agent sessions.\n"
    "Run multiple endpoints at the same time from a single agent by defining them in your agent configuration file and "
    "running `ngrok start --all`.\n"
    "You can view your current agent sessions in the dashboard: https://dashboard.ngrok.com/agents."
)
NO_TOKEN: Final = (
    "Usage of ngrok requires a verified account and authtoken.\n\n"
    "Sign up for an account: https://dashboard.ngrok.com/signup\n"
    "Install your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken"
)
ILL_FORMED: Final = (
    "The authtoken you specified does not look like a proper ngrok authtoken.\nYour authtoken: {}\n"
    "Instructions to install your authtoken are on your ngrok dashboard:\n"
    "https://dashboard.ngrok.com/get-started/your-authtoken"
)
UNKNOWN: Final = (
    "The authtoken you specified is properly formed, but it is invalid.\nYour authtoken: {}\n"
    "This usually happens when:\n    - You reset your authtoken\n"
    "    - Your authtoken was for a team account that you were removed from\n"
    "    - You are using ngrok link and this credential was explicitly revoked\n"
    "Go to your ngrok dashboard and double check that your authtoken is correct:\n"
    "https://dashboard.ngrok.com/get-started/your-authtoken"
)
ONLINE: Final = (
    "The endpoint 'https://{}' is already online. Either\n1. stop your existing endpoint first, or\n"
    "2. start both endpoints with `--pooling-enabled` to load balance between them."
)
TAKEN: Final = (
    "This domain is reserved for another account.\nFailed to create an endpoint with the domain '{}'.\n"
    "Reserve a name on your dashboard: https://dashboard.ngrok.com/domains/new"
)
UNRESERVED: Final = (
    "You must reserve a custom hostname for your account before it can be used to create endpoints.\n"
    "Failed to create an endpoint with the domain '{}'.\n"
    "Reserve this name on your dashboard: https://dashboard.ngrok.com/domains/new"
)

FIDELITY: Final = (
    ("X-Forwarded-For and -Proto are appended to, X-Forwarded-Host is the visitor's own if he brings one; Host stays",
     "ngrok docs, universal-gateway/http-s/upstream-headers", "documented"),
    ("the agent connects to the application from the machine's loopback", "ngrok docs, agent", "documented"),
    ("names of the free plan: four digits, the agent's address, ngrok-free.app", "ngrok.com/abuse; public logs",
     "captured"),
    ("Ngrok-Agent-Ips on answers of free endpoints", "ngrok.com/abuse", "documented"),
    ("ERR_NGROK_105, 107, 108, 334, 4018: when, and their texts", "inconshreveable/ngrok#474, #777; public logs",
     "captured"),
    ("ERR_NGROK_319, 320: when, and their texts", "ngrok docs, errors", "documented"),
    ("a token that is properly formed has an underscore", "no source", "assumed"),
    ("random names of paid plans are twelve digits under ngrok.app", "public logs", "captured"),
)  # fmt: skip
