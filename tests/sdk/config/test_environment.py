"""Environment variables stand in for keys: which, when, and that a blank one is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.config.carriers import SOUND, STREAMING, load, said

TWILIO = {"TWILIO_ACCOUNT_SID": "AC-env", "TWILIO_AUTH_TOKEN": "env-token", "TWILIO_FROM_NUMBER": "+15559999999"}
URL = {"publicUrl": "https://voice.example.com/voice/webhook"}


def test_credentials_and_number_may_come_from_the_environment() -> None:
    config = load({"provider": "twilio", **URL}, env=TWILIO)
    assert said(config) == []
    assert config.credentials == {"accountSid": "AC-env", "authToken": "env-token", "region": "us1"}
    assert config.from_number == "+15559999999"


def test_what_is_configured_wins() -> None:
    config = load(SOUND, env=TWILIO)
    assert config.credentials["accountSid"] == "AC1"
    assert config.from_number == "+15550001234"


def test_a_key_without_value_is_as_good_as_none() -> None:
    config = load({**SOUND, "fromNumber": None, "twilio": {"accountSid": None, "authToken": "x"}}, env=TWILIO)
    assert said(config) == []
    assert config.credentials["accountSid"] == "AC-env"


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_variable_is_unset(blank: str) -> None:
    config = load({"provider": "twilio", **URL}, env={**TWILIO, "TWILIO_AUTH_TOKEN": blank})
    (problem,) = config.problems
    assert problem.path == "twilio.authToken"
    assert "TWILIO_AUTH_TOKEN" in problem.remedy


def test_values_are_stripped() -> None:
    config = load({"provider": "twilio", **URL}, env={**TWILIO, "TWILIO_AUTH_TOKEN": " env-token\n"})
    assert config.credentials["authToken"] == "env-token"


def test_only_the_selected_carriers_variables_are_read() -> None:
    config = load({"provider": "mock"}, env={**TWILIO, "ACME_API_KEY": "k"})
    assert said(config) == []
    assert config.resolved()["twilio"] == {"region": "us1"}
    assert config.resolved()["acme"] == {}
    assert config.from_number == "+15550000000"


def test_a_wrong_value_names_its_variable() -> None:
    config = load({"provider": "twilio", **URL}, env={**TWILIO, "TWILIO_FROM_NUMBER": "555-1234"})
    (problem,) = config.problems
    assert problem.path == "fromNumber"
    assert problem.remedy == "the value comes from the environment variable TWILIO_FROM_NUMBER"
    assert "555-1234" not in str(problem)


def test_the_tunnels_variables_are_always_read() -> None:
    config = load(SOUND, env={"NGROK_AUTHTOKEN": "ngrok-secret", "NGROK_DOMAIN": "me.ngrok.app"})
    assert config.settings.tunnel.ngrok_domain == "me.ngrok.app"
    assert config.secrets()["tunnel.ngrokAuthToken"] == "ngrok-secret"


SPEECH = {"OPENAI_API_KEY": "o", "OPENAI_TTS_BASE_URL": "http://127.0.0.1:1/v1", "XI_API_KEY": "x"}


def test_the_vendors_variables_are_read_when_something_needs_them() -> None:
    assert load(SOUND, env=SPEECH).secrets().keys() == {"twilio.authToken"}
    config = load({**STREAMING, "streaming": {"enabled": True}}, env=SPEECH)
    assert said(config) == []
    secrets = config.secrets()
    assert secrets["streaming.providers.openai.apiKey"] == secrets["tts.providers.openai.apiKey"] == "o"
    assert secrets["tts.providers.elevenlabs.apiKey"] == "x"
    assert config.speech().providers.openai is not None
    assert config.speech().providers.openai.base_url == "http://127.0.0.1:1/v1"
    both = load({**STREAMING, "streaming": {"enabled": True}}, env={**SPEECH, "ELEVENLABS_API_KEY": "e"})
    assert both.secrets()["tts.providers.elevenlabs.apiKey"] == "e"


def test_the_realtime_key_is_read_when_realtime_is_on() -> None:
    changes: dict[str, Any] = {"inboundPolicy": "open", "streaming": {}, "realtime": {"enabled": True}}
    config = load({**STREAMING, **changes}, env=SPEECH)
    assert said(config) == []
    assert config.secrets()["realtime.providers.openai.apiKey"] == "o"


def test_a_block_that_is_none_is_refused_and_not_filled() -> None:
    config = load({**SOUND, "twilio": "AC1"}, env=TWILIO)
    assert said(config) == ["twilio: expected a block of keys, got text"]


# --- secret references ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reference",
    [
        "$MY_TOKEN",
        "${MY_TOKEN}",
        " ${MY_TOKEN} ",
        {"source": "env", "id": "MY_TOKEN"},
        {"source": "env", "provider": "default", "id": "MY_TOKEN"},
    ],
)
def test_a_secret_may_be_a_reference_to_the_environment(reference: Any) -> None:
    config = load({**SOUND, "twilio": {"accountSid": "AC1", "authToken": reference}}, env={"MY_TOKEN": " referred "})
    assert said(config) == []
    assert config.credentials["authToken"] == "referred"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("${MY_TOKEN}", "refers to the environment variable MY_TOKEN, which is not set"),
        ({"source": "file", "id": "/run/secrets/x"}, "only secret references to the environment can be resolved here"),
        ({"source": "env"}, 'a secret reference is {source: "env", id: "NAME"}'),
        ({"source": "env", "id": "X", "extra": 1}, "and nothing more"),
        ("   ", "must not be empty"),
        (7, "expected text, got a number (put it in quotes)"),
    ],
)
def test_a_reference_that_leads_nowhere_says_so(reference: Any, message: str) -> None:
    config = load({**SOUND, "twilio": {"accountSid": "AC1", "authToken": reference}})
    (text,) = said(config)
    assert text.startswith("twilio.authToken: ")
    assert message in text


def test_a_secret_that_only_looks_like_a_price_is_a_secret() -> None:
    config = load({**SOUND, "twilio": {"accountSid": "AC1", "authToken": "$ecret-${X}"}})
    assert config.credentials["authToken"] == "$ecret-${X}"


# --- where the store is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("store", "env", "directory"),
    [
        (None, {"HOME": "/h"}, "/h/.openclaw/voice-calls"),
        (None, {"HOME": "/h", "OPENCLAW_STATE_DIR": "/state"}, "/state/voice-calls"),
        (None, {"HOME": "/h", "OPENCLAW_STATE_DIR": " "}, "/h/.openclaw/voice-calls"),
        ("~/calls", {"HOME": "/h"}, "/h/calls"),
        ("~", {"HOME": "/h"}, "/h"),
        ("/var/calls", {"HOME": "/h"}, "/var/calls"),
        ({"path": "~/calls"}, {"HOME": "/h"}, "/h/calls"),
    ],
)
def test_where_the_store_is(store: Any, env: dict[str, str], directory: str) -> None:
    assert str(load({} if store is None else {"store": store}, env=env).store_directory) == directory


def test_a_relative_store_is_below_the_working_directory(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(store="calls").store_directory == tmp_path / "calls"
