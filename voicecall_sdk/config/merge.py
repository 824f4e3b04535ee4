"""Laying one configuration over another (reference, section 2.3: recursive; the override wins; lists replace)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A new mapping: `over` laid upon `under`. Mappings merge, all else is replaced; None in `over` says nothing."""
    result = {key: _copied(value) for key, value in under.items()}
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        elif value is not None or key not in result:
            result[key] = _copied(value)
    return result


SAME: Final = (
    frozenset({"speakerVoice", "speakerVoiceId", "voice", "voiceId"}),
    frozenset({"model", "modelId"}),
)
"""Names of one thing in a vendor's block (reference, section 2.3)."""


def merged_speech(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The same for `tts` blocks. A voice that is named one way replaces one that was named another way below."""
    below, above = merged(under, {}), over.get("providers")
    vendors = below.get("providers")
    if isinstance(above, Mapping) and isinstance(vendors, dict):
        for vendor, block in above.items():
            _forget_names(vendors.get(vendor), block)
    return merged(below, over)


def _forget_names(below: Any, above: Any) -> None:
    if not (isinstance(below, dict) and isinstance(above, Mapping)):
        return
    for names in SAME:
        if any(above.get(name) is not None for name in names):
            for name in names:
                below.pop(name, None)


def _copied(value: Any) -> Any:
    return merged(value, {}) if isinstance(value, Mapping) else value
