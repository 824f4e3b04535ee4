"""The `streaming` and `realtime` blocks: calls whose sound reaches us."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from voicecall_sdk.carriers.settings import Block, Secret, Text
from voicecall_sdk.config.scalars import NotNegative, Path, Positive, RawBlock, Share, Url
from voicecall_sdk.config.speech import VoiceBlock

LISTENING_VENDORS: Final = ("openai",)
"""Whose streaming speech recognition can be used, in the order of preference."""

REALTIME_VENDORS: Final = ("openai",)
"""Whose speech-to-speech models can be used, in the order of preference."""

DEFAULT_LISTENING_MODEL: Final = "gpt-4o-transcribe"
DEFAULT_VAD_THRESHOLD: Final = 0.5


class OpenAIListening(Block):
    """OpenAI's streaming transcription. `silenceDurationMs` defaults to the top-level `silenceTimeoutMs`."""

    api_key: Secret | None = Field(default=None, description="Environment: OPENAI_API_KEY")
    base_url: Url | None = None
    model: Text = DEFAULT_LISTENING_MODEL
    language: Text | None = None
    prompt: str | None = None
    silence_duration_ms: Positive | None = None
    vad_threshold: Share = DEFAULT_VAD_THRESHOLD


class ListeningVendors(Block):
    """One block per vendor of speech recognition. Those of vendors that we do not know are accepted as they are."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, RawBlock] = Field(init=False)

    openai: OpenAIListening | None = None


class Streaming(Block):
    """Media streams with streaming speech recognition."""

    enabled: bool = False
    stream_path: Path = "/voice/stream"
    provider: Text | None = Field(default=None, description="Vendor of speech recognition: openai")
    providers: ListeningVendors = Field(default_factory=ListeningVendors)
    pre_start_timeout_ms: Positive = 5000
    max_pending_connections: Positive = 32
    max_pending_connections_per_ip: Positive = 4
    max_connections: Positive = 128


class OpenAIConversing(RawBlock, VoiceBlock):
    """OpenAI's speech-to-speech. Keys that we do not know are accepted as they are."""

    model_config = ConfigDict(extra="allow")

    api_key: Secret | None = Field(default=None, description="Environment: OPENAI_API_KEY")
    base_url: Url | None = None
    model: Text | None = None
    transcription_model: Text | None = None
    speed: Annotated[float, Field(ge=0.25, le=1.5, allow_inf_nan=False)] | None = None
    vad_threshold: Share | None = None
    prefix_padding_ms: NotNegative | None = None
    silence_duration_ms: Positive | None = None


class ConversingVendors(Block):
    """One block per vendor of speech-to-speech. Those of vendors that we do not know are accepted as they are."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, RawBlock] = Field(init=False)

    openai: OpenAIConversing | None = None


class ToolParameters(Block):
    """The parameters of a tool, as a JSON Schema of type object."""

    type: Literal["object"]
    properties: dict[str, Any]
    required: Annotated[tuple[str, ...], Field(strict=False)] = ()


class Tool(Block):
    """A function that a speech-to-speech model may call."""

    type: Literal["function"]
    name: Text
    description: str
    parameters: ToolParameters


class FastContext(Block):
    """Quick look-ups in memory and sessions before the agent is consulted."""

    enabled: bool = False
    timeout_ms: Positive = 800
    max_results: Positive = 3
    sources: Annotated[tuple[Literal["memory", "sessions"], ...], Field(strict=False, min_length=1)] = (
        "memory",
        "sessions",
    )
    fallback_to_consult: bool = False


class AgentContext(Block):
    """What a speech-to-speech model is told about the agent it speaks for."""

    enabled: bool = False
    max_chars: Positive = 6000
    include_identity: bool = True
    include_workspace_files: bool = True
    files: Annotated[tuple[Text, ...], Field(strict=False)] = ("SOUL.md", "IDENTITY.md", "USER.md")


class Realtime(Block):
    """Speech-to-speech models on the line."""

    enabled: bool = False
    provider: Text | None = Field(default=None, description="Vendor of the speech-to-speech model: openai")
    stream_path: Path | None = Field(default=None, description="Derived from serve.path when left out")
    instructions: str | None = None
    idle_hangup_ms: Positive | None = None
    tool_policy: Literal["safe-read-only", "owner", "none"] = "safe-read-only"
    consult_policy: Literal["auto", "substantive", "always"] = "auto"
    consult_thinking_level: (
        Literal["off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra"] | None
    ) = None
    consult_fast_mode: bool | None = None
    tools: Annotated[tuple[Tool, ...], Field(strict=False)] = ()
    fast_context: FastContext = Field(default_factory=FastContext)
    agent_context: AgentContext = Field(default_factory=AgentContext)
    providers: ConversingVendors = Field(default_factory=ConversingVendors)
