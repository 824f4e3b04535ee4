"""Text in, mappings out: JSON5 and YAML, with errors that say where."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.sdk.config.carriers import CARRIERS, SOUND, load, said
from voicecall_sdk.config import Config

JSON5 = """
// how we call
{
  provider: 'twilio',
  fromNumber: "+15550001234",   /* ours */
  publicUrl: "https://voice.example.com/voice/webhook",
  twilio: {accountSid: "AC1", authToken: "a-secret-token",},
}
"""

YAML = """
provider: twilio
fromNumber: +15550001234
publicUrl: https://voice.example.com/voice/webhook
allowFrom: [+15550005678, "+4915112345678"]
inboundPolicy: allowlist
numbers:
  +15550001234: {inboundGreeting: Hi}
twilio: {accountSid: AC1, authToken: a-secret-token}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("voicecall.json5", JSON5),
        ("voicecall.json", json.dumps(SOUND)),
        ("voicecall.JSON", "\ufeff" + json.dumps(SOUND)),
        ("voicecall.yaml", YAML),
        ("voicecall.YML", YAML),
        ("voicecall.yaml", json.dumps(SOUND)),
    ],
)
def test_the_ending_tells_the_language(name: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    for path in (file, str(file)):
        config = load(path)
        assert said(config) == []
        assert config.carrier == "twilio"
        assert config.settings.from_number == "+15550001234"


def test_phone_numbers_need_no_quotes_in_yaml() -> None:
    config = Config.parse(YAML, yaml=True, env={}, carriers=CARRIERS)
    assert config.settings.allow_from == ("+15550005678", "+4915112345678")
    assert set(config.settings.numbers) == {"+15550001234"}


def test_plain_integers_in_yaml_are_integers() -> None:
    config = Config.parse("maxDurationSeconds: 60\nmaxConcurrentCalls: 0x10", yaml=True, env={}, carriers=CARRIERS)
    assert (config.settings.max_duration_seconds, config.settings.max_concurrent_calls) == (60, 16)


@pytest.mark.parametrize("text", ["", "  \n", "{}", "// nothing"])
def test_an_empty_text_is_an_empty_configuration(text: str) -> None:
    config = Config.parse(
        text if text.strip().startswith("{") or not text.strip() else "{} " + text, env={}, carriers=CARRIERS
    )
    assert said(config) == []
    assert said(Config.parse("# nothing\n", yaml=True, env={}, carriers=CARRIERS)) == []


@pytest.mark.parametrize(
    ("text", "yaml", "message"),
    [
        ("{provider: }", False, "configuration: 1 Unexpected"),
        ('{"a": 1, "a": 2}', False, 'Duplicate key "a"'),
        ("{a: 1, a: 2}", False, 'Duplicate key "a"'),
        ("provider: [", True, "configuration:1:"),
        ("a: 1\na: 2\n", True, "configuration:2:1: found duplicate key"),
        ("a: !!python/object:os.system x\n", True, "configuration:1:4"),
        ("a: \x00", True, "configuration:"),
        ("[1, 2]", False, "not a block of keys"),
        ("just words", True, "not a block of keys"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, yaml: bool, message: str) -> None:
    config = Config.parse(text, yaml=yaml, env={}, carriers=CARRIERS)
    (problem,) = config.problems
    assert message in str(problem)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert said(load(tmp_path / "none.json5"))[0].startswith(f"cannot read {tmp_path}/none.json5: No such file")
    assert said(load(tmp_path))[0].startswith(f"cannot read {tmp_path}: Is a directory")
    (tmp_path / "latin.yaml").write_bytes("inboundGreeting: Grüße".encode("latin-1"))
    assert "is not UTF-8 text (byte 19)" in said(load(tmp_path / "latin.yaml"))[0]


def test_paths_may_be_given_as_paths(tmp_path: Path) -> None:
    assert load(store=tmp_path / "calls").store_directory == tmp_path / "calls"


# --- a whole host configuration ---------------------------------------------------------------------------------


def test_the_entry_is_taken_out_of_a_host_configuration() -> None:
    host = {"gateway": {"port": 1}, "plugins": {"entries": {"voice-call": {"enabled": True, "config": dict(SOUND)}}}}
    config = load(host)
    assert said(config) == []
    assert config.enabled
    assert config.carrier == "twilio"


@pytest.mark.parametrize(
    ("plugins", "enabled"),
    [
        ({"entries": {"voice-call": {"enabled": False, "config": {}}}}, False),
        ({"entries": {"voice-call": {"enabled": True}}}, True),
        ({"entries": {"voice-call": {"config": {"enabled": False}}}}, False),
        ({"entries": {"voice-call": {}}}, True),
        ({"entries": {}}, False),
        ({}, False),
    ],
)
def test_whether_the_entry_is_switched_on(plugins: object, enabled: bool) -> None:
    assert load({"plugins": plugins}).enabled is enabled


def test_speech_of_the_host_lies_under_ours() -> None:
    theirs = {
        "provider": "elevenlabs",
        "timeoutMs": 9000,
        "auto": "always",
        "persona": "unknown to us",
        "elevenlabs": {"voiceId": "theirs", "modelId": "m"},
        "providers": {"openai": {"voice": "theirs"}},
    }
    ours = {"providers": {"elevenlabs": {"voiceId": "ours"}}}
    host = {"tts": theirs, "plugins": {"entries": {"voice-call": {"config": {**SOUND, "tts": ours}}}}}
    for place in (host, {**host, "tts": None, "messages": {"tts": theirs}}):
        config = load(place)
        assert said(config) == []
        tts = config.speech()
        assert tts.provider == "elevenlabs"
        assert tts.timeout_ms == 9000
        assert tts.auto is None
        assert tts.providers.elevenlabs is not None
        assert (tts.providers.elevenlabs.voice_id, tts.providers.elevenlabs.model_id) == ("ours", "m")
        assert tts.voice == "ours"


def test_a_vendor_of_the_host_that_cannot_speak_on_calls_is_left_out() -> None:
    host = {"tts": {"provider": "edge"}, "plugins": {"entries": {"voice-call": {"config": dict(SOUND)}}}}
    config = load(host)
    assert said(config) == []
    assert config.speech().provider is None


def test_only_ones_own_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_FROM_NUMBER", "+15550009999")
    assert Config.load({"provider": "twilio"}, carriers=CARRIERS).from_number == "+15550009999"
    assert Config.load({"provider": "twilio"}, env={}, carriers=CARRIERS).from_number is None
    assert os.environ["TWILIO_FROM_NUMBER"] == "+15550009999"
