"""`Config`: the configuration of a voice service, as users of the package hold it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from voicecall_sdk.config.compose import Catalogue, carriers_we_have
from voicecall_sdk.config.environment import value_of
from voicecall_sdk.config.exposure import tunnel_of, url_beside, wants_tunnel
from voicecall_sdk.config.load import Loaded, Source, judge, load, load_document
from voicecall_sdk.config.model import Settings
from voicecall_sdk.config.read import read_text
from voicecall_sdk.config.showing import secrets, shown
from voicecall_sdk.config.speech import Speech
from voicecall_sdk.config.validate import Judged, local_url, problems
from voicecall_sdk.errors import ConfigError, Problem
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sdk.server.trust import Leniency

if TYPE_CHECKING:
    from voicecall_sdk.agent.chat import OpenAIResponder
    from voicecall_sdk.call.rules import Rules
    from voicecall_sdk.carriers.settings import CarrierSettings
    from voicecall_sdk.speech.build import SpeechServices
    from voicecall_sdk.store.store import Store
    from voicecall_sdk.tunnels.tunnel import Tunnel

SWITCHED_OFF: Final = Problem("enabled", "Voice call disabled. Enable the plugin entry in config.")


class Config:
    """A configuration, read and judged. Its repr and `resolved()` show no secrets.

    `problems` is all that is wrong, `notes` what changed its name and what deserves a word. `check()` raises
    `ConfigError` if there are problems. `settings` are the values, `Config.load` the way to get one.
    """

    def __init__(self, loaded: Loaded, env: Mapping[str, str]) -> None:
        self._loaded = loaded
        self._env = env
        self.problems: tuple[Problem, ...] = loaded.problems
        self.notes: tuple[str, ...] = loaded.notes

    @classmethod
    def load(
        cls, source: Source = None, *, env: Mapping[str, str] = os.environ, carriers: Catalogue | None = None
    ) -> Self:
        """Read a file (JSON5, or YAML by its ending), or take a mapping; a whole host configuration will do as well.

        Nothing that it says raises: look at `problems`, or call `check()`. `env` stands in for keys that are not
        set; `carriers` are those that there are unless others are given.
        """
        catalogue = carriers_we_have() if carriers is None else carriers
        return cls(load(source, env=env, carriers=catalogue), env)

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        yaml: bool = False,
        env: Mapping[str, str] = os.environ,
        carriers: Catalogue | None = None,
    ) -> Self:
        """The same for a text: JSON5, or YAML."""
        try:
            document = read_text(text, yaml=yaml)
        except ConfigError as error:
            return cls(Loaded(problems=error.problems), env)
        catalogue = carriers_we_have() if carriers is None else carriers
        return cls(load_document(document, env=env, carriers=catalogue), env)

    def check(self) -> Self:
        """This configuration. Raises `ConfigError`, which names all problems, if there are any."""
        if self.problems:
            raise ConfigError(self.problems)
        return self

    @property
    def settings(self) -> Settings:
        """All values by their keys. Raises `ConfigError` if the shape is wrong; the meaning may be wrong still."""
        if self._loaded.settings is None:
            raise ConfigError(self.problems)
        return self._loaded.settings

    @property
    def readable(self) -> bool:
        """Whether the configuration has the right shape, so that there are `settings`."""
        return self._loaded.settings is not None

    @property
    def judged(self) -> Judged | None:
        """What the rules judge: the settings beside the carrier's; None where there is no carrier."""
        return self._loaded.judged

    @property
    def carrier_settings(self) -> type[CarrierSettings]:
        """What the selected carrier's block means. Raises `ConfigError` when there is none."""
        return self._judged.carrier

    @property
    def enabled(self) -> bool:
        """Whether the service is switched on."""
        return self.settings.enabled

    @property
    def carrier(self) -> str:
        """The name of the selected carrier. Raises `ConfigError` when there is none."""
        return self._judged.name

    @property
    def from_number(self) -> str | None:
        """The number that calls come from."""
        return self.settings.from_number or (self._judged.carrier.own_number if self._loaded.judged else None)

    @property
    def credentials(self) -> Mapping[str, str]:
        """The selected carrier's secrets and identifiers by the names of its block, in the clear."""
        block = self.settings.block(self.carrier)
        return block.credentials() if block is not None else {}

    def api_url(self, otherwise: str, env: Mapping[str, str] | None = None) -> str:
        """The base URL of the carrier's REST interface: where the environment moved it, or else `otherwise`.

        `env` is asked instead of the environment that the configuration was loaded with.
        """
        moved = self._rejudged(env).api_url
        return otherwise if moved is None else moved.rstrip("/")

    def problems_to_run(self, env: Mapping[str, str] | None = None) -> Sequence[Problem]:
        """What keeps a service from running: all that is wrong, or being switched off."""
        if self._loaded.judged is None:
            return self.problems or [SWITCHED_OFF]
        judged = self._rejudged(env)
        if not judged.settings.enabled:
            return [SWITCHED_OFF]
        return problems(judged)

    # --- the webhook --------------------------------------------------------------------------------------------

    @property
    def public_url(self) -> str | None:
        """The configured public URL of the webhook."""
        return self.settings.public_url

    @property
    def webhook_url(self) -> str:
        """The URL that carriers are given: the public one, or that of the server itself."""
        return self.settings.public_url or local_url(self.settings)

    @property
    def stream_path(self) -> str:
        """The path at which media streams are taken (reference, section 2.2: that of speech-to-speech is derived)."""
        settings = self.settings
        if not settings.realtime.enabled:
            return settings.streaming.stream_path
        path = settings.serve.path.rstrip("/")
        derived = f"{path.removesuffix('/webhook')}/stream/realtime" if path else "/voice/stream/realtime"
        return settings.realtime.stream_path or derived

    @property
    def stream_url(self) -> str:
        """The URL that carriers open media streams at, as long as no tunnel says otherwise."""
        return self.stream_url_beside(self.webhook_url)

    def stream_url_beside(self, webhook_url: str) -> str:
        """The URL of media streams where the webhook has this one: behind the same proxy."""
        return url_beside(webhook_url, self.settings.serve.path, self.stream_path)

    def tunnel(self, env: Mapping[str, str] | None = None) -> Tunnel | None:
        """The tunnel that makes the service reachable, if one is configured; not opened yet."""
        return tunnel_of(self.settings, self.stream_path, self._env if env is None else env)

    @property
    def forwarding(self) -> Forwarding:
        """Whose word about the public address of a request is taken."""
        security = self.settings.webhook_security
        return Forwarding(
            hosts=security.allowed_hosts,
            trust=security.trust_forwarding_headers,
            proxies=security.trusted_proxy_ips,
            tunnel=wants_tunnel(self.settings),
        )

    @property
    def leniency(self) -> Leniency:
        """When a request is believed without a valid signature."""
        settings = self.settings
        return Leniency(skip=settings.skip_signature_verification, ngrok_loopback=self._judged.bypassed)

    # --- what it describes --------------------------------------------------------------------------------------

    def rules(self, *, auto_response: bool = True) -> Rules:
        """The rules of the house. `auto_response` tells whether there is somebody who answers callers."""
        from voicecall_sdk.config.rules import rules_of

        return rules_of(self, auto_response=auto_response)

    @property
    def store_directory(self) -> Path:
        """The directory of the store, absolute."""
        home = Path(value_of(self._env, "HOME") or Path.home())
        base = value_of(self._env, "OPENCLAW_STATE_DIR")
        given = self.settings.store.path
        if given is None:
            return (Path(base) if base else home / ".openclaw") / "voice-calls"
        return Path.cwd() / (home / given[2:] if given == "~" or given.startswith("~/") else given)

    def open_store(self, *, read_only: bool = False) -> Store:
        """Open the store. `read_only` is for those who look on while a service runs. Raises `StoreFailed`."""
        from voicecall_sdk.store import Retention, open_store

        store = self.settings.store
        retention = Retention(calls=store.keep_calls, seconds=store.keep_days * 86_400.0)
        return open_store(
            self.store_directory,
            kind=store.kind,
            durability=store.durability,
            retention=retention,
            read_only=read_only,
        )

    def responder(self, env: Mapping[str, str] | None = None) -> OpenAIResponder:
        """Who answers callers by this configuration; an async context manager that gives a `Responder`."""
        from voicecall_sdk.agent.chat import ChatSettings, OpenAIResponder

        settings, known = self.settings, self._env if env is None else env
        return OpenAIResponder(
            ChatSettings(
                api_key=value_of(known, "OPENAI_API_KEY"),
                base_url=value_of(known, "OPENAI_BASE_URL"),
                model=settings.response_model,
                system_prompt=settings.response_system_prompt,
                timeout=settings.response_timeout_ms / 1000,
            ),
            self.rules(),
        )

    def speech(self, route: str | None = None) -> Speech:
        """The speech settings of calls to the number `route` (a key of `numbers`), or of all others."""
        return self._loaded.speech.get(route or "", self.settings.tts)

    def speech_services(self, env: Mapping[str, str] | None = None) -> SpeechServices:
        """Who speaks and listens on media streams by this configuration; an async context manager."""
        from voicecall_sdk.config.sound import SoundOf
        from voicecall_sdk.speech.build import SpeechServices

        return SpeechServices(SoundOf(self, self._env if env is None else env))

    def resolved(self) -> dict[str, Any]:
        """Every key with its value, defaults and environment included, as JSON values; secrets by their names."""
        return shown(self.settings)

    def secrets(self) -> dict[str, str]:
        """Every secret there is in the clear, by its key: for whoever has to keep them out of logs."""
        return secrets(self.settings)

    @property
    def _judged(self) -> Judged:
        if self._loaded.judged is None:
            raise ConfigError(self.problems or [SWITCHED_OFF])
        return self._loaded.judged

    def _rejudged(self, env: Mapping[str, str] | None) -> Judged:
        judged = self._judged
        return judged if env is None else judge(judged.settings, judged.carrier, env)

    def __repr__(self) -> str:
        judged = self._loaded.judged
        return f"<Config {judged.name if judged else 'without a carrier'}, {len(self.problems)} problems>"
