"""The checks of `voicecall setup`: every problem of a configuration under the part of the service that it stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voicecall_sdk.config.config import Config
from voicecall_sdk.config.environment import value_of
from voicecall_sdk.config.exposure import wants_tunnel
from voicecall_sdk.errors import Problem

EXPOSURE: Final = ("publicUrl", "tunnel", "tailscale", "serve", "webhookSecurity", "skipSignatureVerification")
MODE: Final = ("streaming", "realtime", "tts")
PROVIDER: Final = ("provider",)
ENABLED: Final = ("enabled",)


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the service: whether it is in order, and a sentence about it."""

    id: str
    ok: bool
    message: str


def checks(config: Config, env: Mapping[str, str]) -> Sequence[Check]:
    """All of them, in the order of the reference (section 12.2). `env` is where programs are looked for."""
    problems = config.problems
    if not config.readable:
        return [Check("configuration", False, str(problem)) for problem in problems]
    if not config.enabled:
        return [Check("plugin-enabled", False, "enabled is false: set it to true")]
    known = (*ENABLED, *PROVIDER, *EXPOSURE, *MODE)
    rest = [problem for problem in problems if _top(problem) not in known]
    return [
        Check("plugin-enabled", True, "enabled"),
        *_check("provider", _of(problems, PROVIDER), lambda: f"{config.carrier}"),
        *_check("provider-config", rest, lambda: "credentials and numbers are complete"),
        *_check("webhook-exposure", _of(problems, EXPOSURE), lambda: _exposed(config)),
        *_programs(config, env),
        *_check("mode", _of(problems, MODE), lambda: _mode(config)),
        Check("agent-owner", True, f"agent {config.settings.agent_id or '(the only one)'}{_answers(config, env)}"),
    ]


def _check(name: str, problems: Sequence[Problem], fine: Callable[[], str]) -> Sequence[Check]:
    return [Check(name, False, str(problem)) for problem in problems] or [Check(name, True, fine())]


def _of(problems: Sequence[Problem], keys: Sequence[str]) -> Sequence[Problem]:
    return [problem for problem in problems if _top(problem) in keys]


def _top(problem: Problem) -> str:
    return problem.path.partition(".")[0].partition("[")[0]


def _exposed(config: Config) -> str:
    if config.public_url is not None:
        return f"publicUrl {config.public_url}"
    return "by a tunnel that the service opens" if wants_tunnel(config.settings) else config.webhook_url


def _programs(config: Config, env: Mapping[str, str]) -> Sequence[Check]:
    """Whether the tunnel's program is there. With a public URL the service starts without it."""
    if not wants_tunnel(config.settings):
        return []
    program = "ngrok" if config.settings.tunnel.provider == "ngrok" else "tailscale"
    found = shutil.which(program, path=env.get("PATH", ""))
    if found is not None:
        return [Check("tunnel-program", True, found)]
    return [Check("tunnel-program", config.public_url is not None, f"{program} is not installed, or not on the PATH")]


def _mode(config: Config) -> str:
    settings = config.settings
    kind = (
        "speech-to-speech" if settings.realtime.enabled else "streaming" if settings.streaming.enabled else "webhooks"
    )
    return f"{settings.outbound.default_mode} by default, audio by {kind}"


def _answers(config: Config, env: Mapping[str, str]) -> str:
    if config.settings.realtime.enabled or value_of(env, "OPENAI_API_KEY"):
        return ""
    return "; by itself the service answers nobody without OPENAI_API_KEY"
