"""Phone calls for AI agents over Twilio, with a mock for development.

>>> async with VoiceCall("voicecall.yaml") as vc:
...     call = await vc.call("+15550001234", message="Hello", mode="conversation")
...     answer = await call.ask("Is three o'clock still fine?")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicecall_sdk.agent.responder import Responder
    from voicecall_sdk.app import VoiceCall
    from voicecall_sdk.config import Config
    from voicecall_sdk.engine.call import Call
    from voicecall_sdk.errors import VoiceCallError

_HOMES = {
    "Call": "voicecall_sdk.engine.call",
    "Config": "voicecall_sdk.config",
    "Responder": "voicecall_sdk.agent.responder",
    "VoiceCall": "voicecall_sdk.app",
    "VoiceCallError": "voicecall_sdk.errors",
}

__all__ = ["Call", "Config", "Responder", "VoiceCall", "VoiceCallError"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562): importing the package costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
