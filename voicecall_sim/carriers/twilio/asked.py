"""A REST request and its answer as values, and what the handlers work with. No HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from voicecall_sim.carriers.twilio.account import Account, CallResource, Exchange
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.validation import Form

EMPTY: Final = Form()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. `sids` are the identifiers in its path, by name; `by_key` tells whether an API key asks."""

    method: str
    path: str
    sids: Mapping[str, str] = field(default_factory=dict)
    form: Form = EMPTY
    query: Form = EMPTY
    by_key: bool = False

    def not_found(self) -> Refused:
        """The refusal for what this path names and is not there."""
        return Refused(20404, path=self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered: JSON, bytes or nothing. `warnings` go to the debugger: (code, message)."""

    status: int = 200
    json: Mapping[str, Any] | None = None
    data: bytes | None = None
    content_type: str = "application/json"
    code: int | None = None
    warnings: tuple[tuple[int, str], ...] = ()


NO_CONTENT: Final = Answer(status=204)


def refusal(refused: Refused) -> Answer:
    """The answer that tells of a refusal."""
    return Answer(status=refused.status, json=refused.body(), code=refused.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What handlers work with."""

    account: Account
    exchange: Exchange
    wall: Callable[[], datetime]

    def call(self, asked: Asked) -> CallResource:
        """The call that the path names, or 20404."""
        call = self.account.calls.get(asked.sids["call"])
        if call is None:
            raise asked.not_found()
        return call


Handler = Callable[[Office, Asked], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation: its neutral name, method and path below the account, and the parameters that it knows."""

    operation: str
    method: str
    path: str
    handler: Handler
    parameters: frozenset[str] = frozenset()
    open: bool = False
    """Whether it may be asked without credentials, if the account's terms say so."""
