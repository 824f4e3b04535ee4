"""What a REST handler is given and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.carriers.plivo import ids
from voicecall_sim.carriers.plivo.account import Account
from voicecall_sim.carriers.plivo.exchange import PlivoExchange
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.plant import Plant
from voicecall_sim.carriers.plivo.refusals import NO_CALL, Refused
from voicecall_sim.carriers.plivo.validation import Form


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON; None is an empty body."""

    status: int
    json: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that has been let in. `api_id` is its own; `given` are body and query together."""

    api_id: str
    path: str
    names: Mapping[str, str]
    given: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What handlers work with."""

    plant: Plant
    exchange: PlivoExchange

    @property
    def account(self) -> Account:
        """The one account."""
        return self.plant.account

    def live(self, asked: Asked) -> LiveCall:
        """The live call of the path. Raises `Refused`."""
        call = self.plant.live.get(asked.names["uuid"])
        if call is None:
            raise Refused(*NO_CALL)
        return call

    def conversing(self, asked: Asked) -> LiveCall:
        """The same, if it has been answered. Raises `Refused`."""
        call = self.live(asked)
        if not call.answered:
            raise Refused(*NO_CALL)
        return call

    def new_api_id(self) -> str:
        """The identifier of a request."""
        return ids.new_uuid(self.plant.surroundings.chance, "api")


Handler = Callable[[Office, Asked], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that can be asked for. `path` follows the account's; names in braces.

    `spawns`: with a `callback_url` it is answered at once and its result is posted there.
    """

    operation: str
    method: str
    path: str
    handler: Handler
    spawns: bool = True
    counted: bool = True
    """Whether it counts for the limit of requests."""


def done(asked: Asked, status: int, message: str, **more: Any) -> Answer:
    """The usual answer."""
    return Answer(status, {"message": message, **more, "api_id": asked.api_id})


GONE: Final = Answer(204)
"""Deleted, and nothing to say."""

FIDELITY: Final = (
    ("a call that has not been answered is not found by what acts on live calls", "no source", "assumed"),
)
