"""What only an emulator's author knows: how the plainest customer of the carrier speaks to it."""

from __future__ import annotations

import json as jsons
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request, to the carrier or from it. `url` is absolute; header names are as they are written."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of_json(cls, method: str, url: str, content: object, headers: Mapping[str, str]) -> Request:
        """One with a JSON body."""
        told = {**headers, "Content-Type": "application/json"}
        return cls(method=method, url=url, headers=told, body=jsons.dumps(content).encode())

    def altered(self, **changes: Any) -> Request:
        """A copy with something else in it."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Customer(Protocol):
    """An application of the carrier that can do three things. All are functions of what they are given.

    `settings` are those of `Carrier.settings()`; requests go to one of the carrier's hosts over https.
    """

    def order(self, settings: Mapping[str, Any], from_: str, to: str, url: str) -> Request:
        """The request that places a call, whose webhooks go to `url`, the one of its end too."""
        ...

    def accepted(self, answer: Reply) -> str:
        """The carrier's identifier of the call in the answer to an order that was taken."""
        ...

    def hang_up(self, settings: Mapping[str, Any], call: str) -> Request:
        """The request that ends a call."""
        ...

    def treat(self, settings: Mapping[str, Any], hook: Request, text: str) -> tuple[Reply, Sequence[Request]]:
        """How a webhook is dealt with so that `text` is said once on the call, which then stays: what is replied, and
        what is requested then. An inbound call is answered for it.
        """
        ...
