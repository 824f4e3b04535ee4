"""Former names: each is accepted, moved, told; what is wrong with it is said of the name that was written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.config.carriers import CARRIERS, SOUND, load, said
from voicecall_sdk.config import migrate

LISTENING = "streaming.providers.openai"


def at(config: Any, path: str) -> Any:
    """The value at a dotted path."""
    for key in path.split("."):
        config = config[key]
    return config


def put(path: str, value: Any) -> dict[str, Any]:
    """A configuration with one key."""
    first, _, rest = path.partition(".")
    return {first: put(rest, value) if rest else value}


MOVES = [
    ("streaming.sttProvider", "openai-realtime", "streaming.provider", "openai"),
    ("streaming.sttProvider", "deepgram", "streaming.provider", "deepgram"),
    ("streaming.openaiApiKey", "k", f"{LISTENING}.apiKey", "k"),
    ("streaming.sttModel", "m", f"{LISTENING}.model", "m"),
    ("streaming.silenceDurationMs", 500, f"{LISTENING}.silenceDurationMs", 500),
    ("streaming.vadThreshold", 0, f"{LISTENING}.vadThreshold", 0),
    ("streaming.vadThreshold", 0.25, f"{LISTENING}.vadThreshold", 0.25),
    ("twilio.from", "+15550001234", "fromNumber", "+15550001234"),
    ("tts.openai", {"voice": "nova"}, "tts.providers.openai", {"voice": "nova"}),
    ("tts.elevenlabs", {"voiceId": "v"}, "tts.providers.elevenlabs", {"voiceId": "v"}),
    ("tts.edge", {"voice": "v"}, "tts.providers.edge", {"voice": "v"}),
]


@pytest.mark.parametrize(("old", "value", "new", "moved"), MOVES)
def test_a_former_name_is_moved_and_told(old: str, value: Any, new: str, moved: Any) -> None:
    given = put(old, value)
    migration = migrate(given, CARRIERS)
    assert at(migration.config, new) == moved
    with pytest.raises(KeyError):
        at(migration.config, old)
    assert migration.changes == [f"{old} is called {new} now"]
    assert given == put(old, value), "what was given is not changed"
    assert said(load(given)) == []


@pytest.mark.parametrize(("old", "value", "new", "moved"), [move for move in MOVES if not move[0].startswith("tts")])
def test_a_newest_name_that_is_set_wins(old: str, value: Any, new: str, moved: Any) -> None:
    both = migrate({**put(old, value)}, CARRIERS).config
    holder = both
    *path, last = old.split(".")
    for key in path:
        holder = holder.setdefault(key, {})
    holder[last] = "+15559999999" if isinstance(value, str) else 1
    migration = migrate(both, CARRIERS)
    assert at(migration.config, new) == moved
    assert migration.changes == [f"{old} is ignored: {new}, its newest name, is set too"]


def test_blocks_of_speech_are_merged_and_the_newest_keys_win() -> None:
    tts = {"openai": {"voice": "old", "model": "m"}, "providers": {"openai": {"voice": "new"}}}
    assert migrate({"tts": tts}, CARRIERS).config["tts"] == {"providers": {"openai": {"voice": "new", "model": "m"}}}


def test_speech_of_a_route_is_moved_too() -> None:
    config = load(SOUND, numbers={"+15550001234": {"tts": {"openai": {"voice": "nova"}}}})
    assert said(config) == []
    assert config.speech("+15550001234").voice == "nova"
    assert any(note.startswith("numbers.+15550001234.tts.openai is called") for note in config.notes)


@pytest.mark.parametrize(("old", "new"), [("log", "mock"), ("roadrunner", "acme")])
def test_a_carriers_former_name(old: str, new: str) -> None:
    migration = migrate({"provider": old}, CARRIERS)
    assert migration.config["provider"] == new
    assert migration.changes == [f'provider "{old}" is called "{new}" now']


def test_what_has_no_meaning_any_more_is_dropped() -> None:
    migration = migrate({"realtime": {"agentContext": {"includeSystemPrompt": True, "maxChars": 5}}}, CARRIERS)
    assert migration.config["realtime"]["agentContext"] == {"maxChars": 5}
    assert len(migration.changes) == 1


@pytest.mark.parametrize("value", ["800", None, True, float("inf"), float("nan"), [1]])
@pytest.mark.parametrize("key", ["silenceDurationMs", "vadThreshold"])
def test_numbers_must_be_numbers(key: str, value: Any) -> None:
    migration = migrate({"streaming": {key: value}}, CARRIERS)
    assert migration.config == {"streaming": {}}
    assert [str(problem) for problem in migration.refused] == [
        f"streaming.{key}: expected a finite number (the key is called {LISTENING}.{key} now)"
    ]
    assert said(load({"streaming": {key: value}})) == [str(migration.refused[0])]


def test_what_was_never_read_is_refused_with_a_sentence() -> None:
    (text,) = said(load({"stt": {"provider": "openai", "model": "whisper-1"}}))
    assert text.startswith("stt: is not used: no version ever read it (remove it;")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"streaming": {"silenceDurationMs": 0}}, "streaming.silenceDurationMs: must be more than 0"),
        ({"streaming": {"vadThreshold": 2}}, "streaming.vadThreshold: must be at most 1"),
        ({"streaming": {"openaiApiKey": 5}}, "streaming.openaiApiKey: expected text, got a number (put it in quotes)"),
        ({"twilio": {"from": "555"}}, "twilio.from: expected a phone number in E.164 form, such as +15550001234"),
        (
            {"tts": {"openai": {"voise": "x"}}},
            "tts.openai.voise: unknown key (did you mean tts.providers.openai.voice?)",
        ),
        ({"tts": {"openai": 5}}, "tts.openai: expected a block of keys, got a number"),
    ],
)
def test_problems_name_the_key_that_was_written(given: Any, text: str) -> None:
    assert said(load(given)) == [text]


@pytest.mark.parametrize("nonsense", ["text", 5, [1], None])
@pytest.mark.parametrize("block", ["streaming", "tts", "twilio", "realtime", "numbers"])
def test_blocks_that_are_none_are_left_for_validation(block: str, nonsense: Any) -> None:
    migration = migrate({block: nonsense}, CARRIERS)
    assert migration.config == {block: nonsense}
    assert all(problem.path == block for problem in load({block: nonsense}).problems)
