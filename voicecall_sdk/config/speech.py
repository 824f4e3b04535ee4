"""The `tts` block: who speaks. The seed's and the newest keys; `migrate` brings the former to the latter."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from voicecall_sdk.carriers.settings import Block, Secret, Text
from voicecall_sdk.config.scalars import Positive, RawBlock, Share, Url

SPEAKING_VENDORS: Final = ("openai", "elevenlabs")
"""Whose voices can be used on the telephone, in the order in which they are tried."""

VOICELESS_VENDORS: Final = ("edge", "microsoft")
"""Vendors of the host's chats whose voices have no telephone audio: on calls they are passed over."""

Milliseconds = Annotated[int, Field(ge=1000, le=120_000)]


class VoiceBlock(Block):
    """A vendor's voice under any of the names it has had. The first that is set counts."""

    speaker_voice: Text | None = None
    speaker_voice_id: Text | None = None
    voice: Text | None = None
    voice_id: Text | None = None

    @property
    def chosen_voice(self) -> str | None:
        """The configured voice, if any."""
        return self.speaker_voice or self.speaker_voice_id or self.voice or self.voice_id


class OpenAISpeech(VoiceBlock):
    """OpenAI's speech. Models and voices are passed on as they are: the vendor knows which exist."""

    api_key: Secret | None = Field(default=None, description="Environment: OPENAI_API_KEY")
    base_url: Url | None = Field(default=None, description="Environment: OPENAI_TTS_BASE_URL")
    model: Text | None = None
    model_id: Text | None = None
    instructions: str | None = None
    speed: Annotated[float, Field(ge=0.25, le=4, allow_inf_nan=False)] | None = None


class VoiceSettings(Block):
    """ElevenLabs' voice settings."""

    stability: Share | None = None
    similarity_boost: Share | None = None
    style: Share | None = None
    use_speaker_boost: bool | None = None
    speed: Annotated[float, Field(ge=0.5, le=2, allow_inf_nan=False)] | None = None


class ElevenLabsSpeech(VoiceBlock):
    """ElevenLabs' speech."""

    api_key: Secret | None = Field(default=None, description="Environment: ELEVENLABS_API_KEY or XI_API_KEY")
    base_url: Url | None = None
    model: Text | None = None
    model_id: Text | None = None
    seed: Annotated[int, Field(ge=0, le=4_294_967_295)] | None = None
    apply_text_normalization: Literal["auto", "on", "off"] | None = None
    language_code: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None
    voice_settings: VoiceSettings | None = None


class EdgeSpeech(VoiceBlock):
    """Edge speech of the host; it has no telephone audio and cannot speak on calls."""

    enabled: bool | None = None
    lang: Text | None = None
    output_format: Text | None = None
    pitch: Text | None = None
    rate: Text | None = None
    volume: Text | None = None
    save_subtitles: bool | None = None
    proxy: Text | None = None
    timeout_ms: Milliseconds | None = None


class SpeechVendors(Block):
    """One block per vendor. Blocks of vendors that we do not know are accepted as they are."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, RawBlock] = Field(init=False)

    openai: OpenAISpeech | None = None
    elevenlabs: ElevenLabsSpeech | None = None
    edge: EdgeSpeech | None = None


class ModelOverrides(Block):
    """What a model may change about its own voice in the host's chats."""

    enabled: bool | None = None
    allow_text: bool | None = None
    allow_provider: bool | None = None
    allow_voice: bool | None = None
    allow_model_id: bool | None = None
    allow_voice_settings: bool | None = None
    allow_normalization: bool | None = None
    allow_seed: bool | None = None


class Speech(Block):
    """`tts`, laid over the host's own. From `auto` on the keys concern the host's chats, not calls."""

    provider: Text | None = Field(default=None, description="Vendor of the voice: openai or elevenlabs")
    providers: SpeechVendors = Field(default_factory=SpeechVendors)
    timeout_ms: Milliseconds | None = None
    max_text_length: Positive | None = None
    prefs_path: Text | None = Field(default=None, description="Environment: OPENCLAW_TTS_PREFS")
    auto: Literal["off", "always", "inbound", "tagged"] | None = None
    enabled: bool | None = None
    mode: Literal["final", "all"] | None = None
    summary_model: Text | None = None
    model_overrides: ModelOverrides | None = None

    @property
    def voice(self) -> str | None:
        """The voice of the chosen vendor; without a choice that of the first vendor which has one."""
        names = (self.provider,) if self.provider else SPEAKING_VENDORS
        blocks: list[Any] = [getattr(self.providers, name, None) for name in names]
        return next(
            (block.chosen_voice for block in blocks if isinstance(block, VoiceBlock) and block.chosen_voice), None
        )
