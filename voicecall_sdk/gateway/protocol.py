"""What a Gateway offers to a plugin, and what it gets: the small registration interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Params = Mapping[str, Any]
Result = dict[str, Any]
Handler = Callable[[Params], Awaitable[Result]]


class Scope(StrEnum):
    """What a client must be allowed to do."""

    READ = "operator.read"
    WRITE = "operator.write"


class ErrorCode(StrEnum):
    """The Gateway's error codes that this plugin uses."""

    INVALID_REQUEST = "INVALID_REQUEST"
    UNAVAILABLE = "UNAVAILABLE"


class MethodError(Exception):
    """A method's error, for the `error` of the response frame (never its payload)."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.INVALID_REQUEST) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """An agent's tool: `parameters` is its JSON Schema; `run` answers in the tool envelope and never raises."""

    name: str
    label: str
    description: str
    parameters: Mapping[str, Any]
    run: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that lives as long as the Gateway does."""

    id: str
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


class GatewayHost(Protocol):
    """What the plugin registers with."""

    def register_gateway_method(self, name: str, handler: Handler, *, scope: Scope) -> None:
        """Offer an RPC method. The handler returns the payload or raises `MethodError`."""
        ...

    def register_tool(self, tool: Tool) -> None:
        """Offer a tool to agents."""
        ...

    def register_service(self, service: Service) -> None:
        """Have something started and stopped with the Gateway."""
        ...
