"""An application that writes down what it is told, and a real one that calls nobody."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp

from voicecall_sdk.app import VoiceCall
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.engine.operations import PlaceOptions
from voicecall_sdk.gateway.methods import METHODS, Methods
from voicecall_sdk.gateway.protocol import Handler, MethodError, Scope, Service, Tool
from voicecall_sdk.values import CallId, Direction, EndReason, Mode, State
from voicecall_sim.world.world import World

ANNA, NUMBER = "+15550005678", "+15550001234"
RECORD = CallRecord(
    call_id=CallId("c1"),
    provider="mock",
    direction=Direction.OUTBOUND,
    state=State.HANGUP_BOT,
    from_=NUMBER,
    to=ANNA,
    started_at=1.0,
    mode=Mode.NOTIFY,
    end_reason=EndReason.HANGUP_BOT,
    ended_at=3.5,
    message="a word that nobody is to see",
)


class Names:
    """Entropy that counts."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def token(self, size: int = 16) -> str:
        return f"t{next(self._numbers)}"

    def uuid(self) -> str:
        return f"call-{next(self._numbers)}"


@dataclass
class Stub:
    """In the place of a `VoiceCall` and of its operations. `fails` is what each of these raises."""

    told: list[tuple[Any, ...]] = field(default_factory=list)
    fails: Exception | None = None
    default_to: str | None = None
    answer: Callable[[], Any] = lambda: "Yes."

    def __post_init__(self) -> None:
        self.operations = self
        self.entropy = Names()
        self.rules = SimpleNamespace(transcript_timeout=180.0)

    def _note(self, *what: Any) -> None:
        self.told.append(what)
        if self.fails is not None:
            raise self.fails

    async def place(self, to: str, options: PlaceOptions) -> CallRecord:
        self._note("place", to, options)
        return RECORD

    async def ask(self, call_id: str, text: str) -> str:
        self._note("ask", call_id, text)
        found = self.answer()
        return str(await found if asyncio.isfuture(found) else found)

    async def speak(self, call_id: str, text: str) -> bool:
        self._note("speak", call_id, text)
        return True

    async def press(self, call_id: str, digits: str) -> None:
        self._note("press", call_id, digits)

    async def end(self, call_id: str) -> None:
        self._note("end", call_id)

    def record(self, any_id: str) -> CallRecord | None:
        self._note("record", any_id)
        return RECORD if any_id == RECORD.call_id else None

    def live_records(self) -> list[CallRecord]:
        self._note("live_records")
        return [RECORD]

    async def run(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Call a method of it."""
        return await METHODS[method][0](self.methods, params)

    @property
    def methods(self) -> Methods:
        """The methods on it, always the same."""
        if not hasattr(self, "_methods"):
            self._methods = Methods(self)  # type: ignore[arg-type]
        return self._methods


async def refused(stub: Stub, method: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """The error of a method: its sentence and its code."""
    try:
        answer = await stub.run(method, params)
    except MethodError as error:
        return str(error), error.code.value
    raise AssertionError(f"{method} {params} was answered: {answer}")


class Gateway:
    """A host that keeps what is registered, and takes no name twice."""

    def __init__(self) -> None:
        self.methods: dict[str, Handler] = {}
        self.scopes: dict[str, Scope] = {}
        self.tools: dict[str, Tool] = {}
        self.services: dict[str, Service] = {}

    def register_gateway_method(self, name: str, handler: Handler, *, scope: Scope) -> None:
        assert name not in self.methods
        self.methods[name], self.scopes[name] = handler, scope

    def register_tool(self, tool: Tool) -> None:
        assert tool.name not in self.tools
        self.tools[tool.name] = tool

    def register_service(self, service: Service) -> None:
        assert service.id not in self.services
        self.services[service.id] = service


# --- a real one -------------------------------------------------------------------------------------------------


class Wall:
    def __init__(self, world: World) -> None:
        self._clock = world.clock

    def wall(self) -> float:
        return self._clock.wall().timestamp()


def settings(directory: Path, **more: Any) -> dict[str, Any]:
    """The configuration of an application that calls nobody."""
    return {
        "provider": "mock",
        "fromNumber": NUMBER,
        "store": str(directory),
        "serve": {"port": 3334},
        "outbound": {"defaultMode": "conversation"},
        **more,
    }


def application(world: World, directory: Path, **more: Any) -> VoiceCall:
    """That application, in a world."""
    config = settings(directory, **more)
    return VoiceCall(config, clock=Wall(world), entropy=Names(), auto_response=False, env={})


@asynccontextmanager
async def running(world: World, directory: Path, **more: Any) -> AsyncIterator[VoiceCall]:
    """It runs on this host."""
    async with application(world, directory, **more) as app:
        yield app


async def happens(call_id: str, kind: str, **fields: Any) -> int:
    """The mock carrier tells of an event; the status that it gets."""
    event = {"type": f"call.{kind}", "callId": call_id, **fields}
    async with (
        aiohttp.ClientSession() as session,
        session.post("http://127.0.0.1:3334/voice/webhook", data=json.dumps({"event": event})) as reply,
    ):
        return reply.status
