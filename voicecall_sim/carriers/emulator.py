"""What an emulated carrier offers to the world that houses it, and where faults take hold of it.

The same object serves both worlds: it needs asyncio, aiohttp and its `Surroundings`, and nothing of a virtual clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from aiohttp import web

from voicecall_sim.carriers.vocabulary import Vocabulary
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.clock import Micros
from voicecall_sim.world.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One webhook about to leave the carrier: real bytes, signed.

    `kind` is the carrier-neutral sort (`voice`, `status`, `action`, `recording`, `amd`, `partial`, `stream`),
    `event` the carrier's own word for what it tells (`ringing`, `completed`, `Gather`). `number` counts the webhooks
    of this carrier from 1; attempts of one webhook share it. `url` is what is requested: no fragment. `signed_url`
    is the URL as it went into the signature. `connect_timeout` and `timeout` (to the whole answer) are durations.
    """

    number: int
    attempt: int
    kind: str
    event: str
    call_id: str
    method: str
    url: str
    signed_url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    params: tuple[tuple[str, str], ...]

    def with_header(self, name: str, value: str | None) -> Outgoing:
        """A copy with that header replaced, or removed with None."""
        kept = tuple(item for item in self.headers if item[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


class Fate(StrEnum):
    """What happens to a REST exchange."""

    PASS = "pass"
    LOSE_REQUEST = "lose request"
    """The connection is reset before the carrier acted."""
    LOSE_REPLY = "lose reply"
    """The carrier acts, and the connection is reset instead of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How one REST request is dealt with: an optional delay before it is handled, then its fate.

    `refuse` makes the carrier answer with one of its refusals, nothing else is done: a reason that its vocabulary has,
    or a code of its own catalogue.
    """

    delay: Micros = 0
    fate: Fate = Fate.PASS
    refuse: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOpening:
    """A media stream about to be opened: the upgrade request, signed, and how the stream will introduce itself.

    `number` counts the streams of this carrier from 1; `call_id` is the carrier's identifier of the call that it
    belongs to. `url` and `headers` are those of the upgrade request. `shown_call_id` and `parameters` are what the
    first messages tell: the call's identifier, and what the application gave by which it knows the stream again.
    """

    number: int
    call_id: str
    two_way: bool
    url: str
    headers: tuple[tuple[str, str], ...]
    shown_call_id: str
    parameters: tuple[tuple[str, str], ...] = ()

    def with_header(self, name: str, value: str | None) -> StreamOpening:
        """A copy with that header replaced in its place, or removed with None."""
        lower = name.lower()
        kept = ((key, value if key.lower() == lower else known) for key, known in self.headers)
        return replace(self, headers=tuple((key, known) for key, known in kept if known is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTreatment:
    """How the opening of a stream is dealt with: what is really sent, how late, or that it never gets through."""

    opening: StreamOpening
    delay: Micros = 0
    lost: bool = False


class Interference(Protocol):
    """Where faults take hold. A carrier asks before each webhook attempt leaves, each REST request and each stream."""

    def webhook(self, hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        """What is really sent, each after a delay. Empty: lost, as a broken connection. The first is answered for."""
        ...

    def rest(self, operation: str, details: Mapping[str, str]) -> Treatment:
        """How to treat a REST request: `operation` is the carrier's own name, `details` are path and parameters."""
        ...

    def stream(self, opening: StreamOpening) -> StreamTreatment:
        """How to treat a media stream that is about to be connected."""
        ...


class NoInterference:
    """Everything passes."""

    def webhook(self, hook: Outgoing) -> Sequence[tuple[Micros, Outgoing]]:
        """Sent as it is, now."""
        return ((0, hook),)

    def rest(self, operation: str, details: Mapping[str, str]) -> Treatment:
        """Passed."""
        return Treatment()

    def stream(self, opening: StreamOpening) -> StreamTreatment:
        """Connected as it is, now."""
        return StreamTreatment(opening=opening)


class Carrier(Protocol):
    """A running emulated carrier with one account.

    It journals, with its name as `who`:
    - `request` for each REST request answered: data `{operation, method, path, form|json, status, code?, error?}`
      (`operation` as in `Interference.rest`; path without host; `code` the carrier's error code if refused, with the
      text in `error` where the code does not tell refusals apart);
    - `webhook` for each webhook attempt that is over: data `{number, attempt, kind, event, call, url, params, status,
      error?}` (`call` is the number of the network's `Call`, `status` 0 when no answer came, `params` sorted);
      evidence: raw request and reply;
    - `stream` for what happens to media streams: data `{event, call, stream, direction, ...}`, `stream` being the
      opening's number and `direction` `one-way` or `two-way`. The events: `opened`; `refused` (the upgrade was
      answered with another `status`) and `failed` (it never came up: `reason`), both with the carrier's `code`; on a
      two-way stream `mark` (`name`, and `how`: `queued`, `played`, `cleared`), `cleared` and `dtmf` (`digit`); at last
      `closed` (`by`: `app`, `carrier` or `network`; `reason`, the WebSocket `status` if there was one). `cleared` and
      `closed` tell what has become of the application's audio so far, in µs: `queued`, `played`, `discarded`.
      `let in` and `turned away` tell what came of `open_again`;
    - `debug` for each warning or error of its debugger: data `{code, message, call?}`.
    """

    name: str
    hosts: Sequence[str]
    interference: Interference
    sent: Sequence[Outgoing]
    openings: Sequence[StreamOpening]
    """The media streams that were opened, genuine ones, as they left."""
    announcements: Sequence[str]
    """What it may say on a call by itself, in the application's place."""

    def app(self) -> web.Application:
        """The REST interface, to be mounted at `hosts`, port 443, or on a loopback port."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """The carrier's block of an application's configuration, with the account's credentials."""
        ...

    def secrets(self) -> Mapping[str, str]:
        """What must never be seen: name (`twilio.authToken`) to value."""
        ...

    def own(self, number: str, *, webhook_url: str | None = None, status_url: str | None = None) -> None:
        """Give the account a number; inbound calls to it go to `webhook_url`, their end to `status_url`."""
        ...

    def route_inbound(self, webhook_url: str, status_url: str | None, fallback_url: str | None = None) -> None:
        """Point every number of the account at these URLs (as in the carrier's console).

        `fallback_url` is asked when the webhook fails. Raises `ValueError` where the carrier has no such thing.
        """
        ...

    def limit(self, name: str, value: int | bool) -> None:
        """Change what the account may do: one of the vocabulary's `limits`. Raises `ValueError` for anything else."""
        ...

    def allow_local_urls(self) -> None:
        """Take URLs that only this machine can reach, without TLS too: for carriers on loopback ports."""
        ...

    async def start(self) -> None:
        """Begin to live: open the HTTP client, start tasks."""
        ...

    async def stop(self) -> None:
        """Hang up what is live and leave nothing behind."""
        ...

    async def send_again(self, hook: Outgoing) -> int:
        """Send bytes once more (a replay, a forgery): returns the status answered, 0 for none; journaled as usual."""
        ...

    def sign(self, hook: Outgoing) -> Outgoing:
        """A copy of the webhook signed anew, genuinely, for its present URL and parameters."""
        ...

    async def open_again(self, opening: StreamOpening) -> bool:
        """Open a stream that belongs to nobody (a replay, a forgery): whether it was let in.

        It is when the application has taken it and keeps it open for 5 s, or says anything over it.
        """
        ...

    def sign_stream(self, opening: StreamOpening) -> StreamOpening:
        """A copy of the opening signed anew, genuinely, for its present URL."""
        ...

    def cut_streams(self) -> int:
        """Break the connections of all live streams at this instant: how many there were."""
        ...

    def busy(self) -> int:
        """How many calls and webhook deliveries are under way."""
        ...


class Emulator(Protocol):
    """Makes a carrier: what a carrier's folder exports as `emulator`."""

    name: str
    vocabulary: Vocabulary
    """What the words that scenarios use on every carrier mean on this one."""

    def __call__(self, surroundings: Surroundings, network: PhoneNetwork) -> Carrier:
        """A carrier with a fresh account, its identifiers and secrets drawn from the surroundings' chance."""
        ...
