"""What a configuration means to the call machine."""

from __future__ import annotations

from typing import Final

from voicecall_sdk.call.rules import DEFAULT_GREETING, Route, Rules
from voicecall_sdk.config.config import Config
from voicecall_sdk.config.model import NumberRoute

DEFAULT_AGENT: Final = "main"


def rules_of(config: Config, *, auto_response: bool = True) -> Rules:
    """The rules of the house. `auto_response` tells whether there is somebody who answers callers.

    `silenceTimeoutMs` becomes a rule only when somebody set it: carriers judge the end of speech better than a
    default does.
    """
    settings = config.settings
    silence_is_set = "silence_timeout_ms" in settings.model_fields_set
    return Rules(
        default_mode=settings.outbound.default_mode,
        from_number=config.from_number,
        inbound_policy=settings.inbound_policy,
        allow_from=settings.allow_from,
        greeting=DEFAULT_GREETING if settings.inbound_greeting is None else settings.inbound_greeting,
        routes={number: _route(config, number, route) for number, route in settings.numbers.items()},
        language=settings.language,
        voice=settings.tts.voice,
        notify_hangup_delay=float(settings.outbound.notify_hangup_delay_sec),
        max_duration=float(settings.max_duration_seconds),
        ring_timeout=settings.ring_timeout_ms / 1000,
        transcript_timeout=settings.transcript_timeout_ms / 1000,
        response_timeout=settings.response_timeout_ms / 1000,
        stale_after=float(settings.stale_call_reaper_seconds),
        end_of_speech=settings.silence_timeout_ms / 1000 if silence_is_set else None,
        max_concurrent_calls=settings.max_concurrent_calls,
        session_scope=settings.session_scope,
        agent_id=settings.agent_id or DEFAULT_AGENT,
        auto_response=auto_response and not settings.realtime.enabled,
        streams=settings.streaming.enabled or settings.realtime.enabled,
        realtime=settings.realtime.enabled,
        stream_start=settings.streaming.pre_start_timeout_ms / 1000,
    )


def _route(config: Config, number: str, route: NumberRoute) -> Route:
    return Route(
        greeting=route.inbound_greeting,
        agent_id=route.agent_id,
        model=route.response_model,
        system_prompt=route.response_system_prompt,
        language=route.language,
        voice=config.speech(number).voice if route.tts is not None else None,
        response_timeout=None if route.response_timeout_ms is None else route.response_timeout_ms / 1000,
    )
