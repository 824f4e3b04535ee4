"""What carriers with keys of their own ask of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.sdk.carriers.telnyx.requests import PUBLIC_KEY
from voicecall_sdk.carriers.plivo.settings import PlivoSettings
from voicecall_sdk.carriers.settings import CarrierSettings
from voicecall_sdk.carriers.telnyx.settings import TelnyxSettings
from voicecall_sdk.config import Config

CARRIERS: Final[Mapping[str, type[CarrierSettings]]] = {"telnyx": TelnyxSettings, "plivo": PlivoSettings}
COMMON: Final = {"fromNumber": "+15550001234", "publicUrl": "https://voice.example.com/voice/webhook"}
BLOCKS: Final[Mapping[str, Mapping[str, str]]] = {
    "telnyx": {"apiKey": "KEY-hidden", "connectionId": "2811212257810187875", "publicKey": PUBLIC_KEY},
    "plivo": {"authId": "MAXXXXXXXXXXXXXXXXXX", "authToken": "token-hidden"},
}
ENV: Final[Mapping[str, Mapping[str, str]]] = {
    "telnyx": {"apiKey": "TELNYX_API_KEY", "connectionId": "TELNYX_CONNECTION_ID", "publicKey": "TELNYX_PUBLIC_KEY"},
    "plivo": {"authId": "PLIVO_AUTH_ID", "authToken": "PLIVO_AUTH_TOKEN"},
}
EVERY_KEY: Final = [(name, key) for name, block in BLOCKS.items() for key in block]


def load(name: str, block: Any, env: Mapping[str, str] | None = None, **more: Any) -> Config:
    return Config.load({**COMMON, "provider": name, name: block, **more}, env=env or {}, carriers=CARRIERS)


def problems(config: Config) -> list[str]:
    return [str(problem) for problem in config.problems]


@pytest.mark.parametrize("name", BLOCKS)
def test_a_whole_block_has_no_problems(name: str) -> None:
    assert problems(load(name, BLOCKS[name])) == []


@pytest.mark.parametrize("name", BLOCKS)
def test_the_environment_stands_in_for_every_key(name: str) -> None:
    env = {variable: BLOCKS[name][key] for key, variable in ENV[name].items()}
    config = load(name, {}, env)
    assert problems(config) == []
    block = config.settings.block(name)
    assert block is not None
    assert block.credentials() == BLOCKS[name]


@pytest.mark.parametrize(("name", "key"), EVERY_KEY)
def test_every_key_is_needed_and_its_variable_named(name: str, key: str) -> None:
    (problem,) = problems(load(name, {each: value for each, value in BLOCKS[name].items() if each != key}))
    assert problem.startswith(f"{name}.{key}: is missing")
    assert ENV[name][key] in problem


def test_a_key_to_verify_with_is_not_needed_by_whoever_does_not_verify() -> None:
    block = {key: value for key, value in BLOCKS["telnyx"].items() if key != "publicKey"}
    assert problems(load("telnyx", block, skipSignatureVerification=True)) == []


@pytest.mark.parametrize("key", ["nonsense", PUBLIC_KEY[:-2], "-----BEGIN PUBLIC KEY-----"])
def test_a_public_key_that_is_none_is_told_at_once(key: str) -> None:
    (problem,) = problems(load("telnyx", {**BLOCKS["telnyx"], "publicKey": key}))
    assert problem.startswith("telnyx.publicKey")
    assert "44 characters of base64" in problem


@pytest.mark.parametrize("name", BLOCKS)
def test_secrets_do_not_show(name: str) -> None:
    block = load(name, BLOCKS[name]).settings.block(name)
    assert "hidden" not in repr(block)
    assert "hidden" not in str(block)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("mode", ["streaming", "realtime"])
def test_media_streams_may_be_asked_for(name: str, mode: str) -> None:
    given = {"enabled": True, "providers": {"openai": {"apiKey": "another"}}}
    more: dict[str, Any] = {mode: given} | ({"inboundPolicy": "open"} if mode == "realtime" else {})
    assert [each for each in problems(load(name, BLOCKS[name], **more)) if each.startswith(mode)] == []
