"""The application: configuration in, phone calls out. It owns the store, the client, the switchboard and the server."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from voicecall_sdk.carriers.urls import redacted
from voicecall_sdk.config import Config
from voicecall_sdk.errors import ConfigError, Misused, TunnelFailed
from voicecall_sdk.ports import Clock, Entropy, SystemClock, SystemEntropy
from voicecall_sdk.values import Mode

if TYPE_CHECKING:
    from voicecall_sdk.agent.responder import Responder
    from voicecall_sdk.call.record import CallRecord
    from voicecall_sdk.call.rules import Rules
    from voicecall_sdk.carriers.carrier import Carrier
    from voicecall_sdk.engine.call import Call
    from voicecall_sdk.engine.media import MakeDialogue
    from voicecall_sdk.engine.operations import Operations
    from voicecall_sdk.engine.switchboard import Switchboard
    from voicecall_sdk.server.media import MediaServer
    from voicecall_sdk.server.webhooks import WebhookServer
    from voicecall_sdk.speech.build import SpeechServices
    from voicecall_sdk.store.store import Store
    from voicecall_sdk.tunnels.tunnel import Tunnel

log = logging.getLogger(__name__)


class VoiceCall:
    """Places and answers phone calls.

    `config` is a `Config`, a mapping, or the path of a JSON5 or YAML file. `responder` answers callers; without one,
    and with `auto_response` left on, the one that the configuration describes (an OpenAI model) does.
    Use it as an async context manager, or `start` and `stop`.
    """

    def __init__(
        self,
        config: Config | Mapping[str, Any] | str | Path | None,
        *,
        responder: Responder | None = None,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        auto_response: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._env = os.environ if env is None else env
        self.config = config if isinstance(config, Config) else Config.load(config or {}, env=self._env)
        self.clock = clock or SystemClock()
        self.entropy = entropy or SystemEntropy()
        self.rules: Rules = self.config.rules(auto_response=auto_response)
        self.webhook_url = ""
        self._responder = responder
        self._auto_response = auto_response
        self._stack: AsyncExitStack | None = None
        self._board: Switchboard | None = None
        self._operations: Operations | None = None

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Restore the calls, then listen. Raises `ConfigError` with everything that is wrong; leaves nothing behind."""
        if self._stack is not None:
            raise Misused("already started")
        if problems := self.config.problems_to_run(self._env):
            raise ConfigError(problems)
        for note in self.config.notes:
            log.warning("configuration: %s", note)
        async with AsyncExitStack() as stack:
            await self._assemble(stack)
            self._stack = stack.pop_all()
        log.info("voicecall takes calls at %s", redacted(self.webhook_url))

    async def stop(self) -> None:
        """Stop listening and working. Live calls go on at the carrier and are restored by the next start."""
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()
        self._board = self._operations = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- calls --------------------------------------------------------------------------------------------------

    async def call(
        self, to: str, *, message: str | None = None, mode: Mode | str | None = None, digits: str | None = None
    ) -> Call:
        """Call a number (E.164). `mode` notify says the message and hangs up, conversation stays on the line.

        Returns when the carrier has taken the call, or may have; to be cancelled before ends the call. What you say
        from then on is heard when somebody answers. Raises `Misused`, `CarrierRefused`, `CarrierSilent` (the request
        never left) or `StoreFailed` (nothing was dialled).
        """
        from voicecall_sdk.engine.operations import PlaceOptions

        if mode is not None and mode not in tuple(Mode):
            raise Misused(f"mode must be {' or '.join(Mode)}, not {mode!r}")
        wanted = None if mode is None else Mode(mode)
        record = await self.operations.place(to, PlaceOptions(message=message, mode=wanted, digits=digits))
        return self._handle(record)

    def calls(self) -> Sequence[Call]:
        """The live calls."""
        return [self._handle(record) for record in self.live_records()]

    def live_records(self) -> Sequence[CallRecord]:
        """The records of the live calls."""
        return self.switchboard.live()

    @property
    def default_to(self) -> str | None:
        """The number that is called when a call names nobody."""
        return self.config.settings.to_number

    @property
    def operations(self) -> Operations:
        """What can be done with calls, by their ids."""
        if self._operations is None:
            raise Misused("voicecall is not running")
        return self._operations

    @property
    def switchboard(self) -> Switchboard:
        """The live calls' engine."""
        if self._board is None:
            raise Misused("voicecall is not running")
        return self._board

    @property
    def store(self) -> Store:
        """The durable memory of calls."""
        return self.switchboard.store

    # --- assembling ---------------------------------------------------------------------------------------------

    async def _assemble(self, stack: AsyncExitStack) -> None:
        from voicecall_sdk.carriers import CARRIERS
        from voicecall_sdk.engine.client import CarrierClient
        from voicecall_sdk.engine.operations import Operations
        from voicecall_sdk.engine.reception import Reception
        from voicecall_sdk.engine.recovery import recover
        from voicecall_sdk.engine.switchboard import Switchboard
        from voicecall_sdk.server.listen import listen
        from voicecall_sdk.server.webhooks import Gate, WebhookServer

        config = self.config
        carrier = CARRIERS[config.carrier]
        store = config.open_store()
        stack.callback(store.close)
        self.webhook_url = config.webhook_url
        client = await stack.enter_async_context(
            CarrierClient(carrier, config.credentials, self._api_url(carrier.base_url(config.credentials)))
        )
        board = Switchboard(
            carrier=carrier,
            client=client,
            rules=self.rules,
            store=store,
            clock=self.clock,
            entropy=self.entropy,
            webhook_url=self.webhook_url,
            stream_url=config.stream_url,
            responder=await self._responder_or_default(stack),
        )
        stack.push_async_callback(board.stop)
        gate = Gate(
            carrier=carrier,
            credentials=config.credentials,
            forwarding=config.forwarding,
            leniency=config.leniency,
        )
        server = WebhookServer(
            path=config.settings.serve.path,
            gate=gate,
            store=store,
            clock=self.clock,
            public_url=config.public_url,
            own_url=config.webhook_url,
        )
        media = await self._media(stack, carrier, board, server)
        listening = partial(
            listen, stack, server.application(media), config.settings.serve.bind, config.settings.serve.port
        )
        tunnel = config.tunnel(self._env)
        if tunnel is not None:
            await listening()  # first: whatever else may listen at that port is not to be made public
            await self._open(stack, tunnel, board, server)
        await recover(board)
        server.reception = Reception(board)
        if tunnel is None:
            await listening()
        self._board, self._operations = board, Operations(board)

    async def _open(self, stack: AsyncExitStack, tunnel: Tunnel, board: Switchboard, server: WebhookServer) -> None:
        """Open the tunnel. One that fails keeps us from starting, unless carriers know of another way in."""
        stack.push_async_callback(tunnel.close)
        moved = partial(self._moved, board, server)
        try:
            moved(await tunnel.open(moved))
        except TunnelFailed as failure:
            if self.config.public_url is None:
                raise
            told = redacted(self.webhook_url)
            log.error("the tunnel is not open; carriers are told %s all the same: %s", told, failure)

    def _moved(self, board: Switchboard, server: WebhookServer, url: str) -> None:
        """The tunnel has this address: calls are told it from now on. Callbacks to an earlier one stay good."""
        told = self.config.public_url
        if told is not None:
            if url.rstrip("/").lower() != told.rstrip("/").lower():
                told = redacted(told)
                log.warning("publicUrl %s is not the tunnel's address %s; carriers are told publicUrl", told, url)
            return
        self.webhook_url = board.webhook_url = url
        board.stream_url = self.config.stream_url_beside(url)
        server.reached_at(url)
        log.info("carriers are told %s", url)

    async def _media(
        self, stack: AsyncExitStack, carrier: Carrier, board: Switchboard, webhooks: WebhookServer
    ) -> MediaServer | None:
        """What takes media streams, if calls are held over them."""
        if not self.rules.streams or carrier.wire is None:
            return None
        from voicecall_sdk.engine.media import MediaDesk
        from voicecall_sdk.server.media import Caps, MediaServer

        services = await stack.enter_async_context(self.config.speech_services(self._env))
        settings = self.config.settings.streaming
        caps = Caps(
            connections=settings.max_connections,
            pending=settings.max_pending_connections,
            pending_per_peer=settings.max_pending_connections_per_ip,
            start_timeout=settings.pre_start_timeout_ms / 1000,
        )
        media = MediaServer(path=self.config.stream_path, wire=carrier.wire, caps=caps, peer=webhooks.peer)
        stack.push_async_callback(media.stop)
        media.desk = MediaDesk(board, carrier.wire, _dialogues(services, self.config))
        return media

    async def _responder_or_default(self, stack: AsyncExitStack) -> Responder | None:
        if self._responder is not None or not self._auto_response:
            return self._responder
        return await stack.enter_async_context(self.config.responder(self._env))

    def _api_url(self, base: str) -> str:
        """The carrier's REST base, at the host that the environment may have moved it to."""
        moved = self.config.api_url("", self._env)
        return moved + urlsplit(base).path if moved else base

    def _handle(self, record: CallRecord) -> Call:
        from voicecall_sdk.engine.call import Call

        return Call(self.switchboard, self.operations, record.call_id)


def _dialogues(services: SpeechServices, config: Config) -> MakeDialogue:
    """What hears and speaks on each stream."""
    if config.settings.realtime.enabled:
        from voicecall_sdk.engine.speech_to_speech import SpeechToSpeech
        from voicecall_sdk.speech.vendor import RealtimeTool

        tools = [
            RealtimeTool(name=tool.name, description=tool.description, parameters=tool.parameters.model_dump())
            for tool in config.settings.realtime.tools
        ]
        consults = config.settings.realtime.tool_policy != "none"
        return lambda stream: SpeechToSpeech(stream, services, tools, consults=consults)
    from voicecall_sdk.engine.pipeline import Pipeline

    return lambda stream: Pipeline(stream, services)
