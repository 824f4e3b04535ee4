"""`Config` in use: what it gives, what it raises, and that it keeps secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.config.carriers import SOUND, load
from voicecall_sdk.call.rules import DEFAULT_GREETING, InboundPolicy, Route
from voicecall_sdk.config import Config, is_local_url, is_loopback_host, rules_of
from voicecall_sdk.errors import ConfigError
from voicecall_sdk.server.public_url import Forwarding
from voicecall_sdk.values import Mode


def test_check_raises_with_all_problems_and_returns_a_sound_one() -> None:
    sound = load(SOUND)
    assert sound.check() is sound
    with pytest.raises(ConfigError) as caught:
        load({"provider": "twilio"}).check()
    assert len(caught.value.problems) == 4
    assert str(caught.value).startswith("Invalid voice-call config: fromNumber: is missing")


def test_settings_of_a_wrong_shape_are_not_given() -> None:
    config = load({"nonsense": 1})
    for use in (lambda: config.settings, lambda: config.carrier, config.resolved, config.rules):
        with pytest.raises(ConfigError, match="nonsense: unknown key"):
            use()
    assert load({"enabled": False}).enabled is False
    with pytest.raises(ConfigError, match="Voice call disabled"):
        _ = load({"enabled": False}).carrier


def test_the_carriers_of_the_sdk_are_the_default() -> None:
    config = Config.load({"provider": "mock"}, env={})
    assert config.problems == ()
    assert config.carrier == "mock"
    assert config.credentials == {}
    assert Config.load({**SOUND}, env={}).check().credentials["authToken"] == "a-secret-token"


def test_the_webhooks_address() -> None:
    assert load(SOUND).webhook_url == load(SOUND).public_url == "https://voice.example.com/voice/webhook"
    assert load().webhook_url == "http://127.0.0.1:3334/voice/webhook"
    assert load().public_url is None
    serve = {"bind": "::1", "port": 80, "path": "/x"}
    assert load({"provider": "mock"}, serve=serve).webhook_url == "http://[::1]:80/x"


def test_a_public_url_is_kept_to_the_letter() -> None:
    url = "HTTPS://Voice.Example.com:443/a//b/../Hook/"
    assert load(SOUND, publicUrl=url).webhook_url == url


def test_whose_word_is_taken() -> None:
    security = {"allowedHosts": ["a.example.com"], "trustForwardingHeaders": True, "trustedProxyIPs": ["10.0.0.0/8"]}
    assert load(webhookSecurity=security).forwarding == Forwarding(
        hosts=("a.example.com",), trust=True, proxies=("10.0.0.0/8",)
    )


@pytest.mark.parametrize("kind", ["sqlite", "jsonl"])
def test_the_store_is_opened_as_configured(kind: str, tmp_path: Path) -> None:
    config = load(store={"path": str(tmp_path / "calls"), "kind": kind, "keepCalls": 7, "keepDays": 2})
    store = config.open_store()
    assert store._retention.calls == 7  # type: ignore[attr-defined]
    assert store._retention.seconds == 2 * 86_400  # type: ignore[attr-defined]
    reader = config.open_store(read_only=True)
    assert reader.position() == 0
    reader.close()
    store.close()
    assert {file.suffix for file in (tmp_path / "calls").iterdir()} <= {".sqlite3", ".jsonl", ".lock"}


# --- secrets ----------------------------------------------------------------------------------------------------

SECRET = "sesame-7391"
SECRETIVE: dict[str, Any] = {
    **SOUND,
    "twilio": {"accountSid": "AC1", "authToken": SECRET + "-a"},
    "tunnel": {"ngrokAuthToken": SECRET + "-b"},
    "streaming": {"providers": {"openai": {"apiKey": SECRET + "-c"}, "deepgram": {"apiKey": SECRET + "-d"}}},
    "realtime": {"providers": {"google": {"auth": [{"clientSecret": SECRET + "-e"}]}}},
    "tts": {"providers": {"elevenlabs": {"apiKey": SECRET + "-f"}, "azure": {"subscription_key": SECRET + "-g"}}},
    "numbers": {"+15550001234": {"tts": {"providers": {"openai": {"apiKey": SECRET + "-h"}}}}},
}


def test_secrets_are_shown_by_their_names_only() -> None:
    config = load(SECRETIVE)
    assert config.problems == ()
    shown = json.dumps(config.resolved())
    for text in (shown, repr(config), str(config), repr(config.settings), repr(config.speech("+15550001234"))):
        assert SECRET not in text
    assert '"authToken": "<twilio.authToken>"' in shown
    assert '"clientSecret": "<realtime.providers.google.auth.clientSecret>"' in shown


def test_secrets_can_be_had_by_whoever_must_hide_them() -> None:
    assert sorted(load(SECRETIVE).secrets().values()) == [f"{SECRET}-{letter}" for letter in "abcdefgh"]


@pytest.mark.parametrize("wrong", [[SECRET], {"value": SECRET}, {SECRET: 1}])
def test_no_problem_shows_a_value_that_may_be_a_secret(wrong: Any) -> None:
    config = load({**SOUND, "twilio": {"accountSid": wrong, "authToken": wrong}, "publicUrl": wrong})
    assert config.problems
    assert SECRET not in "; ".join(map(str, (*config.problems, *config.notes)))
    assert SECRET not in str(ConfigError(config.problems))


# --- rules ------------------------------------------------------------------------------------------------------


def test_rules_by_default() -> None:
    rules = rules_of(load(SOUND))
    assert rules.default_mode is Mode.NOTIFY
    assert rules.from_number == "+15550001234"
    assert rules.inbound_policy is InboundPolicy.DISABLED
    assert rules.greeting == DEFAULT_GREETING
    assert (rules.notify_hangup_delay, rules.max_duration, rules.ring_timeout) == (3.0, 300.0, 30.0)
    assert (rules.transcript_timeout, rules.response_timeout, rules.stale_after) == (180.0, 30.0, 120.0)
    assert (rules.max_concurrent_calls, rules.session_scope, rules.agent_id) == (1, "per-phone", "main")
    assert (rules.language, rules.voice, rules.end_of_speech) == ("en-US", None, None)
    assert rules.auto_response
    assert not load(SOUND).rules(auto_response=False).auto_response


def test_rules_as_configured() -> None:
    rules = rules_of(
        load(
            SOUND,
            outbound={"defaultMode": "conversation", "notifyHangupDelaySec": 0},
            inboundPolicy="allowlist",
            allowFrom=["+15550005678"],
            inboundGreeting="",
            silenceTimeoutMs=800,
            ringTimeoutMs=1500,
            agentId="Sales",
            language="de-DE",
            tts={"provider": "openai", "providers": {"openai": {"voice": "nova"}, "elevenlabs": {"voiceId": "v"}}},
            numbers={
                "+15550001234": {
                    "inboundGreeting": "Hi",
                    "agentId": "support",
                    "responseModel": "openai/m",
                    "responseSystemPrompt": "p",
                    "responseTimeoutMs": 2500,
                    "language": "fr-FR",
                    "tts": {"provider": "elevenlabs"},
                },
                "+15550009999": {},
            },
        )
    )
    assert rules.default_mode is Mode.CONVERSATION
    assert rules.notify_hangup_delay == 0.0
    assert rules.allow_from == ("+15550005678",)
    assert rules.greeting == "", "an empty greeting is a choice"
    assert rules.end_of_speech == 0.8, "set, even to the default's value"
    assert rules.ring_timeout == 1.5
    assert (rules.agent_id, rules.language, rules.voice) == ("Sales", "de-DE", "nova")
    assert rules.routes == {
        "+15550001234": Route(
            greeting="Hi",
            agent_id="support",
            model="openai/m",
            system_prompt="p",
            language="fr-FR",
            voice="v",
            response_timeout=2.5,
        ),
        "+15550009999": Route(),
    }


def test_speech_of_a_route_lies_over_the_common_one() -> None:
    config = load(
        SOUND,
        tts={"provider": "openai", "timeoutMs": 5000, "providers": {"openai": {"voice": "nova", "model": "m"}}},
        numbers={"+15550001234": {"tts": {"providers": {"openai": {"voice": "onyx"}}}}, "+15550009999": {}},
    )
    routed = config.speech("+15550001234")
    assert (routed.provider, routed.timeout_ms, routed.voice) == ("openai", 5000, "onyx")
    assert routed.providers.openai is not None
    assert routed.providers.openai.model == "m"
    for other in (None, "+15550009999", "+4900000000"):
        assert config.speech(other).voice == "nova"


@pytest.mark.parametrize(
    ("tts", "voice"),
    [
        ({}, None),
        ({"provider": "openai"}, None),
        ({"providers": {"elevenlabs": {"voiceId": "e"}}}, "e"),
        ({"providers": {"elevenlabs": {"voiceId": "e"}, "openai": {"voice": "o"}}}, "o"),
        ({"provider": "elevenlabs", "providers": {"openai": {"voice": "o"}}}, None),
        ({"provider": "openai", "providers": {"openai": {"voiceId": "4", "voice": "3"}}}, "3"),
        ({"provider": "openai", "providers": {"openai": {"voice": "3", "speakerVoiceId": "2"}}}, "2"),
        ({"provider": "openai", "providers": {"openai": {"speakerVoiceId": "2", "speakerVoice": "1"}}}, "1"),
    ],
)
def test_which_voice_speaks(tts: Any, voice: str | None) -> None:
    assert rules_of(load(SOUND, tts=tts)).voice == voice


# --- reachability -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("https://voice.example.com/hook", False),
        ("https://8.8.8.8/hook", False),
        ("https://[2001:db8::1]/hook", False),
        ("https://172.15.255.255/", False),
        ("https://172.32.0.1/", False),
        ("https://100.128.0.1/", False),
        ("https://localhost.example.com/", False),
        ("http://localhost/hook", True),
        ("http://LOCALHOST./hook", True),
        ("http://app.localhost:3000/", True),
        ("http://127.0.0.1:3334/", True),
        ("http://127.255.255.254/", True),
        ("http://0.0.0.0/", True),
        ("http://10.255.0.1/", True),
        ("http://172.16.0.1/", True),
        ("http://172.31.255.255/", True),
        ("http://192.168.0.1/", True),
        ("http://169.254.169.254/", True),
        ("http://100.64.0.1/", True),
        ("http://[::1]:80/", True),
        ("http://[::]/", True),
        ("http://[fd12::1]/", True),
        ("http://[fe80::1%25eth0]/", True),
        ("http://[::ffff:10.0.0.1]/", True),
        ("http://[broken", True),
        ("nonsense", True),
        ("", True),
    ],
)
def test_what_the_internet_cannot_reach(url: str, local: bool) -> None:
    assert is_local_url(url) is local


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.com", False),
        ("", False),
        ("::ffff:127.0.0.1", True),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback_host(host) is loopback
