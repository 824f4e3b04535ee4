"""A system under test, as the runner sees it. Everything in it happens on the application's own host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from voicecall_sim.tunnels.tunnel import Reach
from voicecall_sim.world.world import World

UNTUNNELLED = Reach()


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """Something wrong with an application's configuration; `path` such as `outbound.defaultMode`."""

    path: str
    message: str
    hint: str = ""


class OperationFailed(Exception):
    """The application refused or failed an operation, in its own words."""


class Subject(Protocol):
    """An application that places and answers calls."""

    name: str

    def config_schema(self) -> Mapping[str, Any]:
        """The JSON Schema (draft-07) of what may stand below `app:`."""
        ...

    def check(self, config: Mapping[str, Any], carrier: str) -> Sequence[ConfigProblem]:
        """Everything wrong with a scenario's `app:` block once the defaults are laid under it."""
        ...

    def resolve(
        self, config: Mapping[str, Any], carrier: str, settings: Mapping[str, Any], reach: Reach = UNTUNNELLED
    ) -> Mapping[str, Any]:
        """The whole configuration: the scenario's over the defaults (credentials, public URL, numbers, store).

        `reach` says through which tunnel it is reached. An application that opens that tunnel itself has a key
        `tunnel.provider` which is not `none`.
        """
        ...

    async def start(self, world: World, config: Mapping[str, Any]) -> None:
        """Start on the world's host `app`; returns when it takes calls. `config` is resolved."""
        ...

    async def stop(self) -> None:
        """Stop in an orderly way; returns when it has stopped."""
        ...

    def crash(self) -> None:
        """Die at this instant. `start` may follow: the disk is still there."""
        ...

    def disk(self, works: bool) -> None:
        """Let every attempt to store something fail from now on, as on a full disk; or let it work again."""
        ...

    def discard(self) -> None:
        """Give back what it keeps on the real disk. It is not used any more; harmless if it never started."""
        ...

    async def call(self, to: str, options: Mapping[str, Any]) -> str:
        """Place a call; returns the application's id of it. Raises `OperationFailed`."""
        ...

    async def ask(self, call_id: str, words: str) -> str:
        """Speak and listen; returns what was answered. Raises `OperationFailed`."""
        ...

    async def speak(self, call_id: str, words: str) -> None:
        """Speak. Raises `OperationFailed`."""
        ...

    async def press(self, call_id: str, digits: str) -> None:
        """Press keys. Raises `OperationFailed`."""
        ...

    async def end(self, call_id: str) -> None:
        """Hang up. Raises `OperationFailed`."""
        ...

    async def status(self, call_id: str | None) -> Mapping[str, Any]:
        """What the application's status operation answers."""
        ...

    async def request(self, door: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """A raw `rpc` or `tool` request through the Gateway interface. Raises `OperationFailed`."""
        ...

    def record_of(self, any_id: str) -> Mapping[str, Any] | None:
        """The durable record with this id of the application's or the carrier's: keys `callId`, `providerCallId`,
        `state`, `direction`, `from`, `to`, `endReason`, `transcript` (a list of `{bot: text}` and `{user: text}`;
        a line that was not heard to its end has `interrupted: True` beside the part that was), …
        """
        ...

    def records(self) -> Sequence[Mapping[str, Any]]:
        """All durable records, oldest first."""
        ...

    def live(self) -> int:
        """How many calls occupy the application's capacity now."""
        ...
