"""Former names of keys, brought to the newest (reference, section 2.5).

The configuration of an older version stays valid: `load` calls this on a copy and reports each change as a note. A
command can do the same to a file for good. Where an old and a new key are both set, the new one wins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voicecall_sdk.config.compose import Catalogue
from voicecall_sdk.config.merge import merged
from voicecall_sdk.errors import Problem

_TEXT: Final = {"type": "string", "minLength": 1}
_POSITIVE: Final = {"type": "integer", "exclusiveMinimum": 0}
_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}


@dataclass(frozen=True, slots=True)
class Move:
    """A key that has another place now. `words` gives values that have another name; `shape` is its JSON Schema."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    shape: Mapping[str, Any] = field(default_factory=lambda: _TEXT)
    words: Mapping[str, str] = field(default_factory=dict)
    number: bool = False


_LISTENING: Final = ("streaming", "providers", "openai")

MOVES: Final = (
    Move(("streaming", "sttProvider"), ("streaming", "provider"), words={"openai-realtime": "openai"}),
    Move(("streaming", "openaiApiKey"), (*_LISTENING, "apiKey")),
    Move(("streaming", "sttModel"), (*_LISTENING, "model")),
    Move(("streaming", "silenceDurationMs"), (*_LISTENING, "silenceDurationMs"), _POSITIVE, number=True),
    Move(("streaming", "vadThreshold"), (*_LISTENING, "vadThreshold"), _SHARE, number=True),
)

SPEECH_VENDORS: Final = ("openai", "elevenlabs", "edge")
"""The vendors whose blocks stood directly below `tts` once."""

UNUSED_STT: Final = Problem(
    "stt",
    "is not used: no version ever read it",
    "remove it; speech recognition of media streams is set by streaming.provider and streaming.providers",
)


@dataclass(slots=True)
class Migration:
    """A configuration with the newest names.

    `changes` has a line for people for each change. `origins` tells for each new path which key was written; `refused`
    are the things that could not be brought over.
    """

    config: dict[str, Any]
    changes: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    refused: list[Problem] = field(default_factory=list)


def migrate(config: Mapping[str, Any], carriers: Catalogue) -> Migration:
    """Bring a configuration to the newest names. The mapping given is not changed."""
    migration = Migration(merged(config, {}))
    _rename_carrier(migration, carriers)
    for move in (*MOVES, *_carrier_moves(carriers)):
        _move(migration, move)
    _drop_system_prompt(migration)
    _move_speech(migration, ("tts",))
    for number in _numbers(migration.config):
        _move_speech(migration, ("numbers", number, "tts"))
    if "stt" in migration.config:
        del migration.config["stt"]
        migration.refused.append(UNUSED_STT)
    return migration


def _carrier_moves(carriers: Catalogue) -> list[Move]:
    return [Move((name, old), (new,)) for name, settings in carriers.items() for old, new in settings.moved.items()]


def _rename_carrier(migration: Migration, carriers: Catalogue) -> None:
    given = migration.config.get("provider")
    for name, settings in carriers.items():
        if given in settings.former_names:
            migration.config["provider"] = name
            migration.changes.append(f'provider "{given}" is called "{name}" now')


def _move(migration: Migration, move: Move) -> None:
    block = _block(migration.config, move.old[:-1])
    if block is None or move.old[-1] not in block:
        return
    old, new = ".".join(move.old), ".".join(move.new)
    value = block.pop(move.old[-1])
    if move.number and not _finite(value):
        migration.refused.append(Problem(old, "expected a finite number", f"the key is called {new} now"))
        return
    if _value_at(migration.config, move.new) is not None:
        migration.changes.append(f"{old} is ignored: {new}, its newest name, is set too")
        return
    _set(migration.config, move.new, move.words.get(value, value) if isinstance(value, str) else value)
    migration.origins[new] = old
    migration.changes.append(f"{old} is called {new} now")


def _move_speech(migration: Migration, path: tuple[str, ...]) -> None:
    block = _block(migration.config, path)
    for vendor in SPEECH_VENDORS:
        if block is None or vendor not in block:
            continue
        old, new = ".".join((*path, vendor)), ".".join((*path, "providers", vendor))
        former, newest = block.pop(vendor), _value_at(block, ("providers", vendor))
        if isinstance(former, Mapping) and isinstance(newest, Mapping):
            former = merged(former, newest)
        _set(block, ("providers", vendor), former)
        migration.origins[new] = old
        migration.changes.append(f"{old} is called {new} now")


def _drop_system_prompt(migration: Migration) -> None:
    block = _block(migration.config, ("realtime", "agentContext"))
    if block is not None and block.pop("includeSystemPrompt", None) is not None:
        migration.changes.append("realtime.agentContext.includeSystemPrompt is dropped: it has no meaning any more")


def _numbers(config: Mapping[str, Any]) -> list[str]:
    numbers = config.get("numbers")
    return [number for number in numbers if isinstance(number, str)] if isinstance(numbers, Mapping) else []


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _block(config: Any, path: tuple[str, ...]) -> dict[str, Any] | None:
    found = _value_at(config, path)
    return found if isinstance(found, dict) else None


def _value_at(config: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        config = config.get(key) if isinstance(config, Mapping) else None
    return config


def _set(config: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        below = config.get(key)
        if not isinstance(below, dict):
            below = config[key] = {}
        config = below
    config[path[-1]] = value
