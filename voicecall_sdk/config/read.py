"""Configuration text, JSON5 or YAML, into plain mappings. Errors name line and column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from voicecall_sdk.errors import ConfigError, Problem

YAML_ENDINGS: Final = frozenset({".yaml", ".yml"})

ENTRY: Final = ("plugins", "entries", "voice-call")
"""Where a host keeps the configuration of this plugin (reference, section 2)."""


def read_file(path: Path) -> Any:
    """The content of a file: YAML by its ending, JSON5 otherwise. Raises `ConfigError`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _unusable(f"cannot read {path}: {error.strerror}", "name a file that exists and may be read") from error
    except UnicodeDecodeError as error:
        raise _unusable(f"{path} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from error
    return read_text(text, yaml=path.suffix.lower() in YAML_ENDINGS, name=str(path))


def read_text(text: str, *, yaml: bool = False, name: str = "configuration") -> Any:
    """The content of a text. `name` is what errors call it. Raises `ConfigError`."""
    return _read_yaml(text, name) if yaml else _read_json5(text, name)


def plugin_entry(document: Any) -> Any:
    """The plugin's own configuration out of a whole host configuration; anything else unchanged."""
    if not isinstance(document, Mapping) or not isinstance(document.get(ENTRY[0]), Mapping):
        return document
    entry: Any = document
    for key in ENTRY:
        entry = entry.get(key) if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping):
        return {"enabled": False}
    config = entry.get("config")
    if not isinstance(config, Mapping):
        config = {}
    return {"enabled": entry["enabled"], **config} if isinstance(entry.get("enabled"), bool) else config


def host_speech(document: Any) -> Mapping[str, Any]:
    """The host's own speech block, newest place first."""
    if not isinstance(document, Mapping) or ENTRY[0] not in document:
        return {}
    messages = document.get("messages")
    old = messages.get("tts") if isinstance(messages, Mapping) else None
    for block in (document.get("tts"), old):
        if isinstance(block, Mapping):
            return block
    return {}


def _read_json5(text: str, name: str) -> Any:
    if not text.strip():
        return {}
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError:
        return _read_loose(text, name)
    except ValueError as error:
        raise _unusable(f"{name}: {error}") from error


def _read_loose(text: str, name: str) -> Any:
    import json5  # slow to import, and needed for comments, trailing commas and bare keys only

    try:
        return json5.loads(text, allow_duplicate_keys=False)
    except ValueError as error:
        raise _unusable(f"{name}: {str(error).removeprefix('<string>:')}", "expected JSON5") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f'Duplicate key "{twice}" found in object')
    return found


def _read_yaml(text: str, name: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    class Constructor(SafeConstructor):
        """`+15550001234` without quotes is a phone number, not an integer."""

        def construct_yaml_int(self, node: Any) -> Any:
            text = str(node.value)
            return text if text.startswith("+") else super().construct_yaml_int(node)

    Constructor.add_constructor("tag:yaml.org,2002:int", Constructor.construct_yaml_int)
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = Constructor
    try:
        found = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise _unusable(f"{name}{place}: {error.problem or error.context}", "expected YAML") from error
    except YAMLError as error:
        raise _unusable(f"{name}: {error}", "expected YAML") from error
    return {} if found is None else found


def _unusable(message: str, remedy: str = "") -> ConfigError:
    return ConfigError([Problem("", message, remedy)])
