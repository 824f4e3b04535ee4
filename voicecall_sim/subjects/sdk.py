"""The SDK as the system under test: the one file of the simulator that imports `voicecall_sdk`.

It runs on the world's host `app`, gets its time and its names from the world, and is driven through the Gateway
methods that it registers, as a Gateway would.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from voicecall_sim.subjects.subject import UNTUNNELLED, ConfigProblem, OperationFailed
from voicecall_sim.tunnels.tunnel import Reach
from voicecall_sim.world.clock import SECOND

if TYPE_CHECKING:
    from voicecall_sdk.call.record import CallRecord, Line
    from voicecall_sdk.gateway.plugin import Plugin
    from voicecall_sdk.gateway.protocol import Scope, Service, Tool
    from voicecall_sdk.store.store import Store
    from voicecall_sim.world.host import Host
    from voicecall_sim.world.world import World

T = TypeVar("T")

PUBLIC: Final = "https://voice.example.com"
PATH: Final = "/voice/webhook"
NUMBER: Final = "+15550001234"
PORT: Final = 3334
MADE_UP: Final = base64.b64encode(b"made up, and 32 bytes long: fine").decode()
"""Stands for any credential, a public key too."""

MEMORY: Final = Path("/dev/shm")
"""Where the world's disks are kept if the machine has it: what they hold never outlives a run."""


class SdkSubject:
    """One application made with the SDK. `agent` says that somebody answers callers; the keys are those of services."""

    name = "sdk"

    def __init__(
        self, *, agent: bool = False, openai_key: str | None = None, elevenlabs_key: str | None = None
    ) -> None:
        self._agent = agent
        self._keys = {"OPENAI_API_KEY": openai_key, "ELEVENLABS_API_KEY": elevenlabs_key}
        self._directory = Path(tempfile.mkdtemp(prefix="voicecall-", dir=MEMORY if MEMORY.is_dir() else None))
        self._config: Mapping[str, Any] = {}
        self._world: World | None = None
        self._gateway = _Gateway()
        self._plugin: Plugin | None = None
        self._record: CallRecord | None = None
        self._record_shown: Mapping[str, Any] = {}

    # --- configuration ------------------------------------------------------------------------------------------

    def config_schema(self) -> Mapping[str, Any]:
        """The SDK's own schema."""
        from voicecall_sdk.config import schema

        return schema()

    def check(self, config: Mapping[str, Any], carrier: str) -> Sequence[ConfigProblem]:
        """What the SDK says is wrong with the `app:` block, credentials and the other defaults given."""
        from voicecall_sdk.config import Config

        loaded = Config.load(self.resolve(config, carrier, self._made_up(carrier)), env=self._env())
        return [ConfigProblem(problem.path, problem.message, problem.remedy) for problem in loaded.problems]

    def resolve(
        self, config: Mapping[str, Any], carrier: str, settings: Mapping[str, Any], reach: Reach = UNTUNNELLED
    ) -> Mapping[str, Any]:
        """The scenario's configuration over what every scenario has."""
        defaults: dict[str, Any] = {
            "enabled": True,
            "provider": carrier,
            "fromNumber": NUMBER,
            "serve": {"bind": "0.0.0.0", "port": PORT, "path": PATH},
            "store": str(self._directory),
            carrier: dict(settings),
        }
        if self._agent:
            defaults["responseModel"] = "openai/gpt-4o-mini"
        return _over(_over(defaults, _reached(reach, config)), config)

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self, world: World, config: Mapping[str, Any]) -> None:
        """Start on the host `app`."""
        from voicecall_sdk.gateway.plugin import register

        self._world, self._config, self._gateway = world, config, _Gateway()
        # the directory has another name in every run
        world.journal.keep_name("app.store", str(self._directory))
        self._plugin = register(
            self._gateway,
            config,
            clock=_WorldClock(world),
            entropy=_WorldEntropy(world),
            auto_response=self._agent,
            env=self._env(),
        )
        await self._host.call(self._gateway.start())

    async def stop(self) -> None:
        """Stop in an orderly way, as the Gateway would."""
        await self._host.call(self._gateway.stop())
        self._plugin = None

    def crash(self) -> None:
        """Die at this instant."""
        self._host.crash()
        self._plugin = None

    def disk(self, works: bool) -> None:
        """Let the writes of its open databases fail, or work again."""
        for database in self._host.life.databases:
            database.execute(f"PRAGMA query_only = {'OFF' if works else 'ON'}")

    def discard(self) -> None:
        """Remove the disk. The subject is not used any more."""
        shutil.rmtree(self._directory, ignore_errors=True)

    # --- operations ---------------------------------------------------------------------------------------------

    async def call(self, to: str, options: Mapping[str, Any]) -> str:
        """Place a call by `voicecall.start`."""
        result = await self._rpc("voicecall.start", {"to": to, **options})
        return str(result["callId"])

    async def ask(self, call_id: str, words: str) -> str:
        """`voicecall.continue`."""
        result = await self._rpc("voicecall.continue", {"callId": call_id, "message": words})
        return str(result["transcript"])

    async def speak(self, call_id: str, words: str) -> None:
        """`voicecall.speak`."""
        await self._rpc("voicecall.speak", {"callId": call_id, "message": words})

    async def press(self, call_id: str, digits: str) -> None:
        """`voicecall.dtmf`."""
        await self._rpc("voicecall.dtmf", {"callId": call_id, "digits": digits})

    async def end(self, call_id: str) -> None:
        """`voicecall.end`."""
        await self._rpc("voicecall.end", {"callId": call_id})

    async def status(self, call_id: str | None) -> Mapping[str, Any]:
        """`voicecall.status`."""
        return await self._rpc("voicecall.status", {"callId": call_id} if call_id else {})

    async def request(self, door: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """`rpc: {method, params}` or `tool: {...}`."""
        if door == "tool":
            answer: Mapping[str, Any] = await self._host.call(_awaited(self._gateway.tool(payload)))
            return dict(answer["details"])
        return await self._rpc(str(payload["method"]), payload.get("params", {}))

    # --- looking in ---------------------------------------------------------------------------------------------

    def record_of(self, any_id: str) -> Mapping[str, Any] | None:
        """The durable record with this id."""
        return self._looked_up(lambda store: None if (found := store.find(any_id)) is None else self._as_shown(found))

    def records(self) -> Sequence[Mapping[str, Any]]:
        """All durable records."""
        return self._looked_up(lambda store: [_shown(record) for record in store.history(100_000)])

    def live(self) -> int:
        """Live calls and those about to be dialled."""
        app = None if self._plugin is None else self._plugin.app
        return 0 if app is None else app.switchboard.occupied

    # --- inside -------------------------------------------------------------------------------------------------

    def _as_shown(self, record: CallRecord) -> Mapping[str, Any]:
        """A record in the words of scenarios. Rules ask for the same one again and again."""
        if record is not self._record:
            self._record, self._record_shown = record, _shown(record)
        return self._record_shown

    @property
    def _host(self) -> Host:
        assert self._world is not None, "the application was never started"
        return self._world.host("app")

    async def _rpc(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._host.call(_awaited(self._gateway.call(method, params)))

    def _looked_up(self, look: Callable[[Store], T]) -> T:
        app = None if self._plugin is None else self._plugin.app
        if app is not None:
            return look(app.store)
        from voicecall_sdk.config import Config

        store = Config.load(self._config, env=self._env()).open_store()
        try:
            return look(store)
        finally:
            store.close()

    def _env(self) -> Mapping[str, str]:
        return {name: key for name, key in self._keys.items() if key}

    def _made_up(self, carrier: str) -> Mapping[str, Any]:
        """Credentials of the right form, for a check without a carrier."""
        from voicecall_sdk.carriers import CARRIERS

        if carrier not in CARRIERS:
            return {}
        settings = CARRIERS[carrier].settings
        return dict.fromkeys((*settings.needs, *settings.needs_to_verify), MADE_UP)


class _WorldClock:
    """The world's wall time."""

    def __init__(self, world: World) -> None:
        self._clock = world.clock

    def wall(self) -> float:
        """Seconds since the Unix epoch."""
        return self._clock.wall_micros() / SECOND


class _WorldEntropy:
    """Names from the world's chance."""

    def __init__(self, world: World) -> None:
        self._chance = world.chance

    def token(self, size: int = 16) -> str:
        """As many hexadecimal digits as the bytes have."""
        return self._chance.hex("app.tokens", 2 * size)

    def uuid(self) -> str:
        """A UUID."""
        return self._chance.uuid("app.uuids")


class _Gateway:
    """A Gateway as small as the plugin needs it."""

    def __init__(self) -> None:
        self._methods: dict[str, Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]] = {}
        self._tools: list[Tool] = []
        self._services: list[Service] = []

    def register_gateway_method(
        self, name: str, handler: Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]], *, scope: Scope
    ) -> None:
        """Keep a method."""
        self._methods[name] = handler

    def register_tool(self, tool: Tool) -> None:
        """Keep a tool."""
        self._tools.append(tool)

    def register_service(self, service: Service) -> None:
        """Keep a service."""
        self._services.append(service)

    async def start(self) -> None:
        """Start the services."""
        for service in self._services:
            await service.start()

    async def stop(self) -> None:
        """Stop them, the last one first."""
        for service in reversed(self._services):
            await service.stop()

    async def call(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method; its error is `OperationFailed`."""
        from voicecall_sdk.gateway.protocol import MethodError

        if method not in self._methods:
            raise OperationFailed(f"unknown method: {method}")
        try:
            return await self._methods[method](params)
        except MethodError as error:
            raise OperationFailed(str(error)) from error

    async def tool(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run the tool."""
        return await self._tools[0].run(params)


PROVIDERS: Final = {
    "ngrok": "ngrok",
    "ngrok-free": "ngrok",
    "tailscale-serve": "tailscale-serve",
    "tailscale-funnel": "tailscale-funnel",
}
"""The tunnels that the SDK opens itself, and what its configuration calls them."""


def _reached(reach: Reach, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """How it is reached: by a tunnel that it opens, unless the scenario says otherwise, or at an address it is told."""
    own = config.get("tunnel")
    provider = own.get("provider") if isinstance(own, Mapping) else None
    if reach.tunnel not in PROVIDERS or provider == "none":
        return {"publicUrl": (reach.url or PUBLIC) + PATH}
    keys = {"provider": PROVIDERS[reach.tunnel], "ngrokAuthToken": reach.token, "ngrokDomain": reach.domain}
    opened: dict[str, Any] = {
        "tunnel": {key: value for key, value in keys.items() if value is not None},
        "serve": {"bind": "127.0.0.1"},
    }
    return opened if reach.url is None else {**opened, "publicUrl": reach.url + PATH}


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


def _shown(record: CallRecord) -> dict[str, Any]:
    """A record in the words of scenarios."""
    shown = {
        "callId": record.call_id,
        "providerCallId": record.provider_call_id,
        "provider": record.provider,
        "direction": record.direction.value,
        "state": record.state.value,
        "from": record.from_,
        "to": record.to,
        "mode": None if record.mode is None else record.mode.value,
        "endReason": None if record.end_reason is None else record.end_reason.value,
        "carrierWord": record.carrier_word,
        "error": record.error,
        "sessionKey": record.session_key,
        "keys": record.keys,
        "answered": record.answered_at is not None,
        "transcript": [_line(line) for line in record.transcript],
        "metadata": dict(record.metadata),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _line(line: Line) -> dict[str, Any]:
    """A line of a transcript."""
    return {line.speaker.value: line.text, **({"interrupted": True} if line.interrupted else {})}


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, blocks merged key by key."""
    merged = dict(below)
    for key, value in above.items():
        before = merged.get(key)
        merged[key] = _over(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return merged
