"""The JSON Schema says what the model says, and keys that are not in it are met with the nearest that is."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.config.carriers import CARRIERS, SOUND, load, said
from tests.sdk.config.test_migrate import MOVES, put
from tests.sdk.config.test_model import EVERYTHING
from voicecall_sdk.config import schema
from voicecall_sdk.config.merge import merged
from voicecall_sdk.config.problems import nearest
from voicecall_sdk.config.schema import all_paths, properties_at

SCHEMA = schema(CARRIERS)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_it_is_a_draft_07_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "$defs" not in str(SCHEMA)


def test_nothing_stands_beside_a_reference() -> None:
    """Draft-07 ignores whatever does (section 8.3)."""

    def look(node: Any) -> None:
        if isinstance(node, dict):
            assert "$ref" not in node or len(node) == 1, node
            for each in node.values():
                look(each)
        elif isinstance(node, list):
            for each in node:
                look(each)

    look(SCHEMA)


def test_every_block_is_closed_but_those_of_unknown_vendors() -> None:
    open_blocks = {
        name
        for name, node in SCHEMA["definitions"].items()
        if node.get("type") == "object" and node.get("additionalProperties") is not False
    }
    assert open_blocks == {
        "RawBlock",
        "SpeechVendors",
        "ListeningVendors",
        "ConversingVendors",
        "OpenAIConversing",
    }


@pytest.mark.parametrize(
    "config", [SOUND, EVERYTHING, {}, {"store": "~/calls"}, *(put(old, value) for old, value, _, _ in MOVES)]
)
def test_what_the_model_takes_the_schema_takes(config: Any) -> None:
    assert list(VALIDATOR.iter_errors(config)) == []
    assert not [problem for problem in load(config).problems if "unknown" in str(problem)]


@pytest.mark.parametrize(
    "config",
    [
        {"fromNumber": "555"},
        {"nonsense": 1},
        {"numbers": {"555": {}}},
        {"outbound": {"defaultMode": "notfy"}},
        {"store": ""},
        {"store": {"kind": "x"}},
        {"twilio": {"region": "mars"}},
        {"tts": {"providers": {"openai": {"voise": "x"}}}},
        {"maxDurationSeconds": 0},
        {"stt": {"provider": "openai"}},
        {"provider": "nobody"},
        {"twilio": {"authToken": " "}},
    ],
)
def test_what_the_model_refuses_the_schema_refuses(config: Any) -> None:
    assert list(VALIDATOR.iter_errors(config)) != []
    assert load(config).problems


def test_former_names_are_marked() -> None:
    assert properties_at(SCHEMA, ("streaming",))["sttModel"]["deprecated"] is True
    assert properties_at(SCHEMA, ("twilio",))["from"]["description"] == "Former name of fromNumber"
    assert properties_at(SCHEMA, ("tts",))["openai"]["description"] == "Former name of tts.providers.openai"
    assert properties_at(SCHEMA, ("numbers", "+15550001234", "tts"))["edge"]["deprecated"] is True
    (choices, _) = SCHEMA["properties"]["provider"]["anyOf"]
    assert choices["enum"] == ["twilio", "mock", "acme", "log", "roadrunner"]


def test_making_the_schema_twice_gives_the_same() -> None:
    assert schema(CARRIERS) == SCHEMA


def test_the_carriers_of_the_sdk_are_the_default() -> None:
    from voicecall_sdk.carriers import CARRIERS as OURS

    assert set(OURS) <= set(schema()["properties"]["provider"]["anyOf"][0]["enum"])


# --- typos ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"fromNumbr": "+15550001234"}, "fromNumbr: unknown key (did you mean fromNumber?)"),
        ({"from_number": "+15550001234"}, "from_number: unknown key (did you mean fromNumber?)"),
        ({"maxduration": 5}, "maxduration: unknown key (did you mean maxDurationSeconds?)"),
        (
            {"outbound": {"DefaultMode": "notify"}},
            "outbound.DefaultMode: unknown key (did you mean outbound.defaultMode?)",
        ),
        ({"defaultMode": "notify"}, "defaultMode: unknown key (did you mean outbound.defaultMode?)"),
        ({"accountSid": "AC1"}, "accountSid: unknown key (did you mean twilio.accountSid?)"),
        ({"twilio": {"sid": "AC1"}}, "twilio.sid: unknown key (known here: accountSid, authToken, region)"),
        (
            {"numbers": {"+15550001234": {"greeting": "x"}}},
            "numbers.+15550001234.greeting: unknown key (known here: agentId, inboundGreeting, language, "
            "responseModel, responseSystemPrompt, responseTimeoutMs, tts)",
        ),
        (
            {
                "realtime": {
                    "tools": [
                        {
                            "type": "function",
                            "name": "n",
                            "description": "d",
                            "parameter": {},
                            "parameters": {"type": "object", "properties": {}},
                        }
                    ]
                }
            },
            "realtime.tools[0].parameter: unknown key (did you mean realtime.tools[0].parameters?)",
        ),
        (
            {"webhookSecurity": {"trustedProxyIps": []}},
            "webhookSecurity.trustedProxyIps: unknown key (did you mean webhookSecurity.trustedProxyIPs?)",
        ),
        ({"provider": "twillio"}, "provider: expected one of twilio, mock, acme; got 'twillio' (did you mean twilio?)"),
        (
            {
                "realtime": {
                    "tools": [
                        {
                            "type": "func",
                            "name": "n",
                            "description": "d",
                            "parameters": {"type": "object", "properties": {}},
                        }
                    ]
                }
            },
            "realtime.tools[0].type: expected one of function; got 'func'",
        ),
        ({"provider": 5}, "provider: expected one of twilio, mock, acme; got a number"),
        ({"acme": {"nothing": 1}, "provider": "mock"}, "acme.nothing: unknown key (known here: apiKey, publicKey)"),
        ({"telnyx": {"apiKey": "k"}, "provider": "mock"}, "telnyx: unknown key"),
    ],
)
def test_a_typo_meets_the_nearest_key(config: Any, text: str) -> None:
    assert said(load(config)) == [text]


@given(st.sampled_from([path for path in all_paths(SCHEMA) if len(path) <= 3]), st.data())
def test_a_letter_too_few_is_always_noticed(path: tuple[str, ...], data: st.DataObject) -> None:
    *block, key = path
    siblings = properties_at(SCHEMA, block)
    at = data.draw(st.integers(0, len(key) - 1))
    typo = key[:at] + key[at + 1 :]
    if typo and typo not in siblings and len(key) > 4:
        assert nearest(typo, siblings) is not None
        config: Any = 1
        for name in reversed((*block, typo)):
            config = {name: config}
        assert load({"provider": "mock", **config}).problems


# --- laying over ------------------------------------------------------------------------------------------------

TREES = st.recursive(
    st.none() | st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
BLOCKS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


@given(BLOCKS, BLOCKS)
def test_laying_over_changes_neither_and_the_upper_wins(under: dict[str, Any], over: dict[str, Any]) -> None:
    before = repr((under, over))
    result = merged(under, over)
    assert repr((under, over)) == before
    assert set(result) == {*under, *over}
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict):
            assert result[key] == merged(under[key], value)
        elif value is not None:
            assert result[key] == value
        else:
            assert result[key] == under.get(key)


@given(BLOCKS)
def test_nothing_laid_over_is_a_copy(block: dict[str, Any]) -> None:
    copy = merged(block, {})
    assert copy == block
    for key, value in block.items():
        assert not isinstance(value, dict) or copy[key] is not value
