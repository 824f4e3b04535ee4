"""The JSON Schema: it accepts every right scenario and knows the words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from voicecall_sim.scenario import schema
from voicecall_sim.scenario.verbs import VERBS

from .reading import scenario
from .test_wrong import CASES

ROOT = Path(__file__).parents[3]
RIGHT = [
    *sorted(Path(__file__).with_name("ten").glob("*.yaml")),
    *sorted((ROOT / "scenarios").rglob("*.scenario.yaml")),
]
WHOLE = schema()
VALIDATOR = Draft7Validator(WHOLE)


def as_an_editor_sees_it(text: str) -> Any:
    """The data of a file, by YAML 1.2 and nothing else."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))


def errors(text: str, validator: Draft7Validator = VALIDATOR) -> list[str]:
    return [error.message for error in validator.iter_errors(as_an_editor_sees_it(text))]


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(WHOLE)
    assert WHOLE["$schema"] == "http://json-schema.org/draft-07/schema#"
    json.dumps(WHOLE)


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(WHOLE)
    referred = {part.split('"')[0] for part in text.split('"$ref": "#/definitions/')[1:]}
    assert referred <= set(WHOLE["definitions"])


@pytest.mark.parametrize("file", RIGHT, ids=[file.name for file in RIGHT])
def test_right_scenarios_fit(file: Path) -> None:
    assert errors(file.read_text(encoding="utf-8")) == []


UNKNOWABLE = {  # what only the whole file or the installation can tell, or draft-07 cannot say shortly
    "a carrier that is nearly right",
    "`skip` of a carrier that the scenario does not have",
    "`use` of a file that is not there",
    "an axis that nothing refers to",
    "a reference to an axis that is not there",
    "a value of an axis that does not fit",
    "a value twice on an axis",
    "a range that runs backwards",
    "an axis that a key sets already",
    "an axis called like a block",
    "a person nobody speaks of",
    "two people with one number",
    "a person called like an actor",
    "an actor that is nearly right",
    "a step for a phone that answers by itself",
    "a call to somebody who is not there",
    "a call that nobody named",
    "a call to somebody who withholds the number",
    "a name for two calls",
    "a name that nothing refers to",
    "a time that is none on a webhook of the carrier's own",
    "an agent where there is none",
    "a tunnel where there is none",
    "`by` of a call that has not ended",
    "`by` somebody who is not there",
    "`unchanged` since when?",
    "two things expected at once",
    "steps of a carrier that the scenario does not have",
    "an anchor, an alias and a merge",
    "a tag",
    "digits that end with a hash",
    "a number without plus",
    "two ways to answer",
    "a key of another kind",
    "a habit that does nothing",
    "a crowd with a number",
    "a bad regular expression",
    "a range upside down",
    "a transcript without speakers",
}
READABLE = [(title, text) for title, text, _ in CASES if title not in UNKNOWABLE]


@pytest.mark.parametrize(("title", "text"), READABLE, ids=[title for title, _ in READABLE])
def test_wrong_scenarios_do_not_fit(title: str, text: str) -> None:
    try:
        found = errors(text)
    except Exception as error:  # noqa: BLE001 - whatever a YAML reader says of it
        found = [str(error)]
    assert found


def test_every_verb_is_in_it() -> None:
    for actor, family in VERBS.items():
        known = {word for form in WHOLE["definitions"][f"{actor}Step"]["anyOf"] for word in form.get("properties", {})}
        assert set(family) <= known


# --- the subject's schema ---------------------------------------------------------------------------------------

APP = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "fromNumber": {"type": "string", "pattern": r"^\+[1-9]\d+$"},
        "maxConcurrentCalls": {"type": "integer", "minimum": 1},
        "inboundPolicy": {"enum": ["open", "disabled"]},
        "streaming": {"$ref": "#/definitions/streaming"},
        "tts": {"$ref": "#/$defs/tts"},
        "type": {"type": "string"},
        "numbers": {"type": "object", "patternProperties": {r"^\+[1-9]\d+$": {}}, "additionalProperties": False},
        "routes": {"type": "object", "propertyNames": {"pattern": r"^\+[1-9]\d+$"}},
    },
    "definitions": {
        "streaming": {"type": "object", "properties": {"enabled": {"type": "boolean"}}, "additionalProperties": False}
    },
    "$defs": {"tts": {"type": "object", "properties": {"voice": {"type": ["string", "null"]}}}},
}


def with_app(written: str) -> list[str]:
    return errors(scenario(top=f"app: {written}\n"), Draft7Validator(schema(APP)))


@pytest.mark.parametrize(
    "written",
    [
        "{fromNumber: +15550001234, maxConcurrentCalls: 2, inboundPolicy: open}",
        '{fromNumber: "+15550001234"}',
        '{maxConcurrentCalls: "{calls}", inboundPolicy: "{policy}", streaming: {enabled: "{on}"}}',
        "{streaming: {enabled: true}, tts: {voice: alloy}, type: x}",
        "{numbers: {+15550001234: {}}, routes: {+15550001234: {}}}",
    ],
)
def test_configuration_that_fits(written: str) -> None:
    assert with_app(written) == []


@pytest.mark.parametrize(
    "written",
    [
        "{fromNumbr: +15550001234}",
        "{maxConcurrentCalls: many}",
        "{inboundPolicy: opne}",
        "{streaming: {enabeld: true}}",
        "{streaming: {enabled: maybe}}",
        "{tts: {voice: [a]}}",
        "{numbers: {anna: {}}}",
    ],
)
def test_configuration_that_does_not_fit(written: str) -> None:
    assert with_app(written) != []


def test_the_subjects_schema_is_a_schema_when_grafted() -> None:
    grafted = schema(APP)
    Draft7Validator.check_schema(grafted)
    assert {"app", "app.streaming", "app.tts"} <= set(grafted["definitions"])
