"""The configuration as a JSON Schema (draft-07), for editors, hosts and the simulator.

One source for all: the model. Former names are in it too, marked deprecated, for they stay valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final

from voicecall_sdk.carriers.settings import CarrierSettings
from voicecall_sdk.config.compose import Catalogue, carriers_we_have, model_of
from voicecall_sdk.config.migrate import MOVES, SPEECH_VENDORS

DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def schema(carriers: Catalogue | None = None) -> dict[str, Any]:
    """The JSON Schema of a configuration: what may stand below `plugins.entries.voice-call.config`."""
    carriers = carriers_we_have() if carriers is None else carriers
    found = deepcopy(dict(current_schema(carriers)))
    _add_former_names(found, carriers)
    return found


def current_schema(carriers: Catalogue) -> Mapping[str, Any]:
    """The same with the newest names only. It is made once for the same carriers: not to be changed."""
    return _current(tuple(carriers.items()))


@lru_cache(maxsize=8)
def _current(carriers: tuple[tuple[str, type[CarrierSettings]], ...]) -> Mapping[str, Any]:
    raw = model_of(dict(carriers)).model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    found: dict[str, Any] = _draft_07(raw)
    found["definitions"] = found.pop("$defs")
    found["title"] = "voicecall configuration"
    found["properties"]["store"] = {"anyOf": [{"type": "string", "pattern": r"\S"}, found["properties"]["store"]]}
    return {"$schema": DRAFT, **found}


def properties_at(document: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    """The keys that may stand in the block at `path`, with their schemas; empty where any key may, or none."""
    node: Mapping[str, Any] = document
    for key in path:
        node = _child(document, _resolved(document, node), key)
    properties: Mapping[str, Any] = _resolved(document, node).get("properties", {})
    return properties


def all_paths(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every key that has a fixed place, as a path, blocks before their keys."""
    queue: list[tuple[str, ...]] = [()]
    while queue:
        path = queue.pop(0)
        for key in properties_at(document, path):
            yield (*path, key)
            queue.append((*path, key))


def _draft_07(node: Any) -> Any:
    """Without the titles made from names, and with nothing beside a `$ref` (draft-07, section 8.3)."""
    if isinstance(node, list):
        return [_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    properties = {key: _draft_07(value) for key, value in node.get("properties", {}).items()}
    found = {key: _draft_07(value) for key, value in node.items() if key not in {"title", "properties"}}
    if properties:
        found["properties"] = properties
    if "patternProperties" in found:
        found.setdefault("additionalProperties", False)
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [{"$ref": found.pop("$ref")}]
    return found


def _resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a node says itself, wherever it says it."""
    while "properties" not in node:
        options = [*node.get("anyOf", ()), *node.get("allOf", ())]
        if "$ref" in node:
            node = document["definitions"][node["$ref"].rsplit("/", 1)[-1]]
        elif target := next((option for option in options if "$ref" in option or "properties" in option), None):
            node = target
        else:
            return node
    return node


def _child(document: Mapping[str, Any], node: Mapping[str, Any], key: str | int) -> Mapping[str, Any]:
    if isinstance(key, int):
        return _mapping(node.get("items"))
    if key in node.get("properties", {}):
        return _mapping(node["properties"][key])
    open_ended = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    return next((each for each in open_ended if isinstance(each, dict)), {})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _add_former_names(document: dict[str, Any], carriers: Catalogue) -> None:
    for move in MOVES:
        _deprecate(document, move.old, move.shape, move.new)
    holder: Any = properties_at(document, ("tts",))
    for vendor in SPEECH_VENDORS:
        newest = properties_at(document, ("tts", "providers"))[vendor]
        holder[vendor] = {**newest, "description": f"Former name of tts.providers.{vendor}", "deprecated": True}
    for name, settings in carriers.items():
        for old, new in settings.moved.items():
            _deprecate(document, (name, old), document["properties"][new], (new,))
        _allow_names(document, settings.former_names)


def _deprecate(document: dict[str, Any], old: tuple[str, ...], shape: Mapping[str, Any], new: tuple[str, ...]) -> None:
    holder: Any = properties_at(document, old[:-1])
    holder[old[-1]] = {**shape, "description": f"Former name of {'.'.join(new)}", "deprecated": True}


def _allow_names(document: dict[str, Any], names: Sequence[str]) -> None:
    provider = document["properties"]["provider"]
    for option in provider.get("anyOf", ()):
        option.get("enum", []).extend(names)
