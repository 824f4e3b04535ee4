"""What a response costs, in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from voicecall_sim.services.audio import Format
from voicecall_sim.services.openai.realtime.conversation import Item
from voicecall_sim.services.openai.thinking import counted
from voicecall_sim.world.clock import MILLISECOND

FIDELITY: Final = (
    ("a token of the assistant's audio is 50 ms", "guides/realtime-costs", "documented"),
    ("input tokens are not counted", "no source", "assumed"),
)

LIMITS: Final = (
    {"name": "requests", "limit": 10_000, "remaining": 9_999, "reset_seconds": 0.006},
    {"name": "tokens", "limit": 1_000_000, "remaining": 995_000, "reset_seconds": 0.3},
)
"""What `rate_limits.updated` tells."""


def usage(items: Sequence[Item], form: Format) -> dict[str, Any]:
    """The usage of a response with these items."""
    audio = sum(form.duration(len(item.audio)) for item in items) // (50 * MILLISECOND)
    text = sum(counted(item.text) for item in items)
    none = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": audio + text,
        "input_tokens": 0,
        "output_tokens": audio + text,
        "input_token_details": {"cached_tokens": 0, **none, "cached_tokens_details": none},
        "output_token_details": {"text_tokens": text, "audio_tokens": audio},
    }
