"""The plugin: what a Gateway imports. `register(host, config)` offers the methods, the tool and the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from voicecall_sdk.app import VoiceCall
from voicecall_sdk.errors import VoiceCallError
from voicecall_sdk.gateway import tool
from voicecall_sdk.gateway.methods import METHODS, Methods
from voicecall_sdk.gateway.protocol import ErrorCode, GatewayHost, Handler, MethodError, Params, Result, Service, Tool


class Plugin:
    """One application behind a Gateway's registration interface.

    `make` builds the application when the service starts, or when a method is first called. A start that failed is
    tried again at the next call; its error is what the caller sees.
    """

    def __init__(self, make: Callable[[], VoiceCall]) -> None:
        self._make = make
        self._methods: Methods | None = None
        self._turn = asyncio.Lock()
        self._stopped = False

    @property
    def app(self) -> VoiceCall | None:
        """The running application."""
        return None if self._methods is None else self._methods.app

    def register(self, host: GatewayHost) -> None:
        """Offer everything to a host."""
        for name, (method, scope) in METHODS.items():
            host.register_gateway_method(name, self._handler(method), scope=scope)
        host.register_tool(
            Tool(
                name="voice_call",
                label="Voice Call",
                description="Make phone calls and hold voice conversations.",
                parameters=tool.parameters(),
                run=self._run_tool,
            )
        )
        host.register_service(Service(id="voicecall", start=self.start, stop=self.stop))

    async def start(self) -> None:
        """Start the application. Raises `MethodError` with what is wrong."""
        self._stopped = False
        await self.methods()

    async def stop(self) -> None:
        """Stop it. Methods that are called from now on do not start it again."""
        self._stopped = True
        async with self._turn:
            methods, self._methods = self._methods, None
            if methods is not None:
                try:
                    await methods.app.stop()
                finally:
                    methods.close()

    async def methods(self) -> Methods:
        """The methods of the running application, which is started if need be: once, however many ask for it."""
        if self._methods is not None:
            return self._methods
        async with self._turn:
            if self._stopped:
                raise MethodError("Voice Call is stopped", ErrorCode.UNAVAILABLE)
            if self._methods is None:
                self._methods = Methods(await self._started())
            return self._methods

    async def _started(self) -> VoiceCall:
        try:
            app = self._make()
            await app.start()
        except (VoiceCallError, OSError) as error:
            raise MethodError(str(error), ErrorCode.UNAVAILABLE) from error
        return app

    def _handler(self, method: Callable[[Methods, Params], Awaitable[Result]]) -> Handler:
        async def handle(params: Params) -> Result:
            return await method(await self.methods(), params)

        return handle

    async def _run_tool(self, params: Params) -> Result:
        try:
            methods = await self.methods()
        except MethodError as error:
            return tool.envelope({"error": str(error)})
        return await tool.run(methods, params)


def register(host: GatewayHost, config: Mapping[str, Any] | str | None = None, **parts: Any) -> Plugin:
    """Offer voicecall to a Gateway. `config` is the plugin's configuration, or where it is; `parts` go to
    `VoiceCall` (responder, clock, entropy).
    """
    plugin = Plugin(lambda: VoiceCall(config, **parts))
    plugin.register(host)
    return plugin
