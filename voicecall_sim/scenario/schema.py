"""JSON Schema (draft-07) of the whole language, for editors. The subject's own schema is grafted in below `app:`.

An editor reads YAML, not our grammar: an unquoted telephone number is an integer to it, and any value may be a
reference to an axis, a text. The schema allows for both, also where the subject's does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicecall_sim.scenario.grammar.document import top_schema
from voicecall_sim.scenario.grammar.form import Family, Form
from voicecall_sim.scenario.grammar.machines import MENU
from voicecall_sim.scenario.grammar.person import person_schema
from voicecall_sim.scenario.grammar.shape import Key, Nothing, Schema, ref
from voicecall_sim.scenario.grammar.step import Script, options_of
from voicecall_sim.scenario.grammar.subjects import READERS
from voicecall_sim.scenario.grammar.words import WORDS
from voicecall_sim.scenario.verbs import VERBS
from voicecall_sim.scenario.verbs.app import COMMAND_LINE
from voicecall_sim.scenario.verbs.expect import METRIC, NEVER

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
REFERENCE: Final[Schema] = {"type": "string", "pattern": "[{][A-Za-z][A-Za-z0-9_-]*[}]"}
"""A text with a reference to an axis in it."""
ANY_APP: Final[Schema] = {"type": "object"}


def schema(app: Schema | None = None) -> dict[str, Any]:
    """The schema of scenario files. `app` is the subject's schema of its configuration; anything goes without it."""
    body = top_schema()
    return {
        "$schema": DRAFT,
        "title": "A voicecall scenario",
        **body,
        "definitions": {**definitions(), **grafted(app if app is not None else ANY_APP)},
    }


def definitions() -> dict[str, Any]:
    """Everything that the schema refers to by name."""
    words = {word.name: {"anyOf": [word.json, ref("reference")]} for word in (*WORDS, METRIC, COMMAND_LINE)}
    matchers = {name: reader.definition() for name, reader in READERS.items()}
    families = {f"{actor}Step": family_schema(family) for actor, family in VERBS.items()}
    return {
        "reference": REFERENCE,
        **words,
        **matchers,
        **families,
        "never": family_schema(NEVER, steps=False),
        "step": step_schema(),
        "person": person_schema(),
        "menu": MENU.definition(),
    }


def step_schema() -> Schema:
    """A step: one actor."""
    actors = {actor: ref(f"{actor}Step") for actor in VERBS if actor != "person"}
    only = {"type": "object", "additionalProperties": Script(nested=True).schema(), "minProperties": 1}
    return {
        "type": "object",
        "properties": {**actors, "only": only},
        "additionalProperties": ref("personStep"),
        "minProperties": 1,
        "maxProperties": 1,
    }


def family_schema(family: Family, steps: bool = True) -> Schema:
    """What stands after an actor: a word alone, or one of the verbs with its options."""
    bare = [word for word, form in family.items() if form.bare]
    verbs = [verb_schema(word, form, steps) for word, form in family.items()]
    return {"anyOf": [*([{"enum": bare}] if bare else []), *verbs]}


def verb_schema(word: str, form: Form, steps: bool) -> Schema:
    """A map with this verb."""
    further = options_of(form) if steps else {}
    keys: Mapping[str, Key] = {**form.options, **further}
    value = (form.value or Nothing(word)).schema()
    if form.optional:
        value = {"anyOf": [{"type": "null"}, value]}
    return {
        "type": "object",
        "properties": {word: value, **{option: key.shape.schema() for option, key in keys.items()}},
        "required": [word, *(option for option, key in keys.items() if key.needed)],
        "additionalProperties": False,
    }


# --- the subject's schema ---------------------------------------------------------------------------------------


def grafted(app: Schema) -> dict[str, Any]:
    """The subject's schema and its own definitions, renamed so that they stay apart from ours."""
    own = {**app.get("definitions", {}), **app.get("$defs", {})}
    root = {key: value for key, value in app.items() if key not in ("definitions", "$defs", "$schema", "$id")}
    return {"app": relaxed(root), **{f"app.{name}": relaxed(value) for name, value in own.items()}}


def relaxed(part: Any) -> Any:
    """A part of the subject's schema in which every single value may also be a reference to an axis."""
    if isinstance(part, list):
        return [relaxed(item) for item in part]
    if not isinstance(part, Mapping):
        return part
    inner = {key: within(key, value) for key, value in part.items()}
    loose = [option for option in (ref("reference"), *numbers(part)) if is_single(part)]
    return {"anyOf": [inner, *loose]} if loose else inner


def within(key: str, value: Any) -> Any:
    """What stands under a keyword of the schema: schemas are relaxed, names of properties and plain data are not."""
    if key == "$ref":
        return str(value).replace("#/definitions/", "#/definitions/app.").replace("#/$defs/", "#/definitions/app.")
    if key in ("properties", "patternProperties"):
        return {dialled(name): relaxed(item) for name, item in value.items()}
    if key == "propertyNames" and isinstance(value, Mapping) and "pattern" in value:
        return {**value, "pattern": dialled(value["pattern"])}
    if key in ("items", "additionalProperties", "anyOf", "oneOf", "allOf", "not", "contains", "if", "then", "else"):
        return relaxed(value)
    return value


def dialled(pattern: str) -> str:
    """A pattern of keys that are telephone numbers: unquoted ones lose their plus in an editor."""
    return pattern.replace("^\\+", "^\\+?")


def is_single(part: Mapping[str, Any]) -> bool:
    """Whether a schema describes a single value."""
    kinds = part.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    return bool(kinds & {"string", "boolean", "integer", "number"}) or "enum" in part or "const" in part


def numbers(part: Mapping[str, Any]) -> tuple[Schema, ...]:
    """Where a text may look like a telephone number, an unquoted one is an integer to an editor."""
    return ({"type": "integer"},) if part.get("type") == "string" and "enum" not in part else ()
