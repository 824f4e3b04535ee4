"""What values mean together: every rule, by a configuration that breaks it and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.config.carriers import SOUND, STREAMING, load, said

EXPOSE = "set publicUrl to the address that the internet sees, or open a tunnel (tunnel.provider, tailscale.mode)"


def without(config: Any, *keys: str) -> dict[str, Any]:
    """The configuration without some of its keys."""
    return {key: value for key, value in config.items() if key not in keys}


def test_sound_configurations_have_no_problems() -> None:
    for config in ({}, {"provider": "mock"}, SOUND, STREAMING):
        assert said(load(config)) == []


def test_what_is_switched_off_has_no_problems() -> None:
    assert said(load({"enabled": False, "provider": "twilio", "skipSignatureVerification": True})) == []
    assert said(load({"enabled": False})) == []


def test_what_is_switched_off_must_have_the_right_shape_all_the_same() -> None:
    assert said(load({"enabled": False, "nonsense": 1})) != []


REALTIME = {"enabled": True, "providers": {"openai": {"apiKey": "a-third-secret"}}}


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        (
            without(SOUND, "fromNumber"),
            [
                "fromNumber: is missing (set fromNumber to the number that calls come from, or the environment "
                "variable TWILIO_FROM_NUMBER)"
            ],
        ),
        (
            without(STREAMING, "fromNumber"),
            ["fromNumber: is missing (set fromNumber to the number that calls come from)"],
        ),
        (
            {**SOUND, "twilio": {"region": "ie1"}},
            [
                "twilio.accountSid: is missing: twilio cannot be used without it (set twilio.accountSid, or the "
                "environment variable TWILIO_ACCOUNT_SID)",
                "twilio.authToken: is missing: twilio cannot be used without it (set twilio.authToken, or the "
                "environment variable TWILIO_AUTH_TOKEN)",
            ],
        ),
        (
            {**STREAMING, "acme": {"apiKey": "k"}},
            [
                "acme.publicKey: is missing: webhooks cannot be verified without it (set acme.publicKey, or the "
                "environment variable ACME_PUBLIC_KEY)"
            ],
        ),
        ({**STREAMING, "acme": {"apiKey": "k"}, "skipSignatureVerification": True}, []),
        # --- reachability
        (
            without(SOUND, "publicUrl"),
            [
                "publicUrl: is missing: twilio requires a publicly reachable webhook URL, and "
                f"http://127.0.0.1:3334/voice/webhook is local ({EXPOSE})"
            ],
        ),
        ({**without(SOUND, "publicUrl"), "serve": {"bind": "203.0.113.7"}}, []),
        (
            {**without(SOUND, "publicUrl"), "serve": {"bind": "::"}},
            [
                "publicUrl: is missing: twilio requires a publicly reachable webhook URL, and "
                f"http://[::]:3334/voice/webhook is local ({EXPOSE})"
            ],
        ),
        ({**without(SOUND, "publicUrl"), "tunnel": {"provider": "ngrok"}}, []),
        ({**without(SOUND, "publicUrl"), "tailscale": {"mode": "funnel"}}, []),
        (
            {**SOUND, "publicUrl": "https://192.168.1.5/hook"},
            [f"publicUrl: twilio cannot reach 192.168.1.5: it is a local or private address ({EXPOSE})"],
        ),
        (
            {**SOUND, "publicUrl": "http://localhost:3334/hook", "tunnel": {"provider": "ngrok"}},
            [f"publicUrl: twilio cannot reach localhost: it is a local or private address ({EXPOSE})"],
        ),
        ({"provider": "mock", "publicUrl": "http://localhost/hook"}, []),
        # --- signatures
        (
            {**SOUND, "skipSignatureVerification": True, "serve": {"bind": "0.0.0.0"}},
            [
                "skipSignatureVerification: is refused while serve.bind is 0.0.0.0: anybody in reach could command "
                "calls (set serve.bind to 127.0.0.1, or verify signatures)"
            ],
        ),
        ({**SOUND, "skipSignatureVerification": True, "serve": {"bind": "localhost"}}, []),
        ({**SOUND, "skipSignatureVerification": True, "serve": {"bind": "127.0.0.2"}}, []),
        # --- tailscale
        (
            {**SOUND, "tailscale": {"mode": "funnel", "port": 444}},
            ["tailscale.port: Tailscale Funnel serves 443, 8443, 10000 only (choose one of them)"],
        ),
        (
            {**SOUND, "tunnel": {"provider": "tailscale-funnel"}, "tailscale": {"port": 80}},
            ["tailscale.port: Tailscale Funnel serves 443, 8443, 10000 only (choose one of them)"],
        ),
        ({**SOUND, "tunnel": {"provider": "tailscale-funnel"}, "tailscale": {"port": 10000}}, []),
        ({**SOUND, "tailscale": {"mode": "serve", "port": 444}}, []),
        # --- streaming
        (
            {**SOUND, "provider": "mock", "streaming": STREAMING["streaming"]},
            ["streaming.enabled: media streams are not available with mock (set it to false)"],
        ),
        (
            {**STREAMING, "streaming": {"enabled": True, "provider": "deepgram"}},
            ["streaming.provider: deepgram is not supported for speech recognition (supported: openai)"],
        ),
        (
            {**STREAMING, "streaming": {"enabled": True, "providers": {"xai": {}, "mistral": {}}}},
            [
                "streaming.providers: no vendor of speech recognition is configured; mistral, xai cannot be used "
                "(configure one of openai, or the environment variable OPENAI_API_KEY)"
            ],
        ),
        (
            {**STREAMING, "streaming": {"enabled": True, "provider": "openai", "providers": {"openai": {}}}},
            [
                "streaming.providers.openai.apiKey: is missing: nobody can listen without it (set "
                "streaming.providers.openai.apiKey, or the environment variable OPENAI_API_KEY)"
            ],
        ),
        ({**STREAMING, "streaming": {"provider": "deepgram"}}, []),
        # --- realtime
        (
            {**SOUND, "provider": "mock", "inboundPolicy": "open", "realtime": REALTIME},
            ["realtime.enabled: speech-to-speech is not available with mock (set it to false)"],
        ),
        (
            {**without(STREAMING, "streaming"), "realtime": REALTIME},
            [
                "inboundPolicy: must not be disabled while realtime.enabled is true (set it to allowlist, pairing or "
                "open)"
            ],
        ),
        (
            {**STREAMING, "inboundPolicy": "pairing", "realtime": REALTIME},
            ["realtime.enabled: cannot be true together with streaming.enabled (switch one of the two off)"],
        ),
        (
            {
                **without(STREAMING, "streaming"),
                "inboundPolicy": "open",
                "realtime": {"enabled": True, "provider": "google"},
            },
            ["realtime.provider: google is not supported for speech-to-speech (supported: openai)"],
        ),
        ({**without(STREAMING, "streaming"), "inboundPolicy": "open", "realtime": REALTIME}, []),
        *(
            (
                {
                    **without(STREAMING, "streaming"),
                    "inboundPolicy": "open",
                    "realtime": {"enabled": True, "providers": providers},
                },
                [
                    "realtime.providers.openai.apiKey: is missing: no model can be asked without it (set "
                    "realtime.providers.openai.apiKey, or the environment variable OPENAI_API_KEY)"
                ],
            )
            for providers in ({}, {"openai": {"model": "gpt-realtime"}}, {"google": {"apiKey": "x"}})
        ),
        # --- speech
        (
            {**SOUND, "tts": {"provider": "google"}},
            ["tts.provider: google is not supported for speech on the telephone (supported: openai, elevenlabs)"],
        ),
        (
            {**SOUND, "numbers": {"+15550001234": {"tts": {"provider": "azure"}}}},
            [
                "numbers.+15550001234.tts.provider: azure is not supported for speech on the telephone (supported: "
                "openai, elevenlabs)"
            ],
        ),
        *(({**SOUND, "tts": {"provider": vendor}}, []) for vendor in ("edge", "microsoft")),
        (
            {**STREAMING, "tts": {"providers": {"openai": {"voiceId": "joanna"}}}},
            [
                "tts.providers.openai.voice: OpenAI has no voice 'joanna' (choose one of alloy, ash, ballad, cedar, "
                "coral, echo, fable, marin, nova, onyx, sage, shimmer, verse)"
            ],
        ),
        *(
            ({**base, "tts": {"providers": {"openai": block}}}, [])
            for base, block in (
                (SOUND, {"voice": "joanna"}),
                (STREAMING, {"voice": "joanna", "baseUrl": "http://localhost:8880/v1"}),
                (STREAMING, {"voice": "Alloy"}),
                (STREAMING, {"voice": "voice_1234"}),
                (STREAMING, {"voice": "Polly.Joanna"}),
            )
        ),
        ({**SOUND, "tts": {"provider": "elevenlabs"}}, []),
    ],
)
def test_every_rule(config: Any, problems: list[str]) -> None:
    assert said(load(config)) == problems


def test_no_carrier_at_all() -> None:
    from voicecall_sdk.carriers.twilio.settings import TwilioSettings
    from voicecall_sdk.config import Config

    config = Config.load({}, env={}, carriers={"twilio": TwilioSettings})
    assert said(config) == ["provider: no carrier is selected (set provider to one of twilio)"]


# --- the REST interface elsewhere -------------------------------------------------------------------------------

URL = "VOICECALL_TWILIO_API_URL"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8010", "http://localhost:8010/", "http://[::1]:8010", "https://127.8.9.1"]
)
def test_an_emulated_carrier_on_this_machine_reaches_local_addresses(url: str) -> None:
    for config in (without(SOUND, "publicUrl"), {**SOUND, "publicUrl": "http://192.168.1.5/hook"}):
        loaded = load(config, env={URL: url})
        assert said(loaded) == []
        assert loaded.problems_to_run() == []
        assert loaded.api_url("https://api.example.com") == url.rstrip("/")


def test_another_machine_must_be_allowed() -> None:
    assert said(load(SOUND, env={URL: "https://proxy.example.com"})) == [
        f"{URL}: leads to another machine, which would be sent the credentials (use a loopback address, or allow it "
        "with VOICECALL_ALLOW_API_URL=1)"
    ]
    allowed = {URL: "https://proxy.example.com", "VOICECALL_ALLOW_API_URL": "1"}
    assert said(load(SOUND, env=allowed)) == []
    assert said(load(without(SOUND, "publicUrl"), env=allowed)) != [], "another machine does not reach this one"
    for word in ("0", "", "no", "true"):
        assert said(load(SOUND, env={**allowed, "VOICECALL_ALLOW_API_URL": word})) != []


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8010", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999", "http://[x"]
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    (problem,) = load(SOUND, env={URL: url}).problems
    assert str(problem) == f"{URL}: expected a URL such as http://127.0.0.1:8010 (correct it, or unset it)"


def test_the_variable_of_another_carrier_or_a_blank_one_is_not_asked() -> None:
    for env in ({"VOICECALL_ACME_API_URL": "nonsense"}, {URL: "  "}):
        config = load(SOUND, env=env)
        assert said(config) == []
        assert config.api_url("https://api.example.com") == "https://api.example.com"


def test_another_environment_may_be_asked() -> None:
    config = load(SOUND, env={})
    env = {URL: "http://127.0.0.1:8010"}
    assert config.api_url("https://api.example.com", env) == "http://127.0.0.1:8010"
    assert config.problems_to_run({URL: "nonsense"}) != []


# --- what keeps a service from running --------------------------------------------------------------------------


def test_what_keeps_a_service_from_running() -> None:
    assert load(SOUND).problems_to_run() == []
    assert load({"provider": "mock"}).problems_to_run() == []
    off = "enabled: Voice call disabled. Enable the plugin entry in config."
    for config in ({"enabled": False}, {**SOUND, "enabled": False}):
        assert list(map(str, load(config).problems_to_run())) == [off]
    assert [problem.path for problem in load(without(SOUND, "fromNumber")).problems_to_run()] == ["fromNumber"]
    assert [problem.path for problem in load({"nonsense": 1}).problems_to_run()] == ["nonsense"]


# --- notices ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "notes"),
    [
        (SOUND, []),
        ({"provider": "mock", "enabled": False, "allowFrom": ["+15550001234"]}, []),
        ({"provider": "mock", "skipSignatureVerification": True}, []),
        ({**SOUND, "skipSignatureVerification": True}, ["skipSignatureVerification is on"]),
        (
            {**SOUND, "inboundPolicy": "allowlist"},
            ["allowFrom is empty: with inboundPolicy allowlist nobody can call in."],
        ),
        ({**SOUND, "inboundPolicy": "pairing"}, ["allowFrom is empty: with inboundPolicy pairing nobody can call in."]),
        ({**SOUND, "allowFrom": ["+15550001234"]}, ["allowFrom has no effect with inboundPolicy disabled."]),
        ({**SOUND, "inboundPolicy": "open", "allowFrom": ["+15550001234"]}, ["allowFrom has no effect"]),
        ({**SOUND, "inboundPolicy": "allowlist", "allowFrom": ["+15550001234"]}, []),
        (
            {**SOUND, "tunnel": {"allowNgrokFreeTierLoopbackBypass": True}},
            ["tunnel.allowNgrokFreeTierLoopbackBypass has no effect without tunnel.provider ngrok and a loopback"],
        ),
        (
            {**SOUND, "tunnel": {"provider": "ngrok", "allowNgrokFreeTierLoopbackBypass": True}},
            [
                "tunnel.allowNgrokFreeTierLoopbackBypass is on: an invalid signature is accepted",
                "publicUrl wins over the address of the tunnel",
            ],
        ),
        ({**SOUND, "publicUrl": "https://voice.example.com"}, ["publicUrl asks for the path /, and serve.path is"]),
        ({**SOUND, "publicUrl": "https://voice.example.com/behind/a/proxy/voice/webhook/"}, []),
        ({**SOUND, "publicUrl": "https://a.example.com/v%201", "serve": {"path": "/v%201"}}, []),
        (
            {**SOUND, "webhookSecurity": {"trustedProxyIPs": ["10.0.0.1"]}},
            ["webhookSecurity.trustedProxyIPs alone has no effect"],
        ),
        ({**SOUND, "webhookSecurity": {"trustedProxyIPs": ["10.0.0.1"], "allowedHosts": ["a.example.com"]}}, []),
        (
            {**without(SOUND, "publicUrl"), "tailscale": {"mode": "serve"}},
            ["Tailscale serve is reachable within the tailnet only: twilio needs funnel, or a publicUrl."],
        ),
        ({**SOUND, "tailscale": {"mode": "serve"}}, []),
        ({}, ["provider is not set: mock is used, which places no real calls"]),
        ({**SOUND, "tts": {"provider": "edge"}}, ["tts.provider edge is passed over: it has no telephone audio."]),
        (
            {**SOUND, "numbers": {"+15550001234": {"tts": {"provider": "microsoft"}}}},
            ["numbers.+15550001234.tts.provider microsoft is passed over"],
        ),
        (
            STREAMING,
            [
                "streaming.enabled is on, and nobody can speak on the stream without tts.providers.openai.apiKey or "
                "tts.providers.elevenlabs.apiKey."
            ],
        ),
        ({**STREAMING, "tts": {"providers": {"elevenlabs": {"apiKey": "a-fourth-secret"}}}}, []),
    ],
)
def test_what_deserves_a_word(config: Any, notes: list[str]) -> None:
    loaded = load(config)
    assert said(loaded) == []
    assert len(loaded.notes) == len(notes), loaded.notes
    for note, beginning in zip(loaded.notes, notes, strict=True):
        assert note.startswith(beginning)


@pytest.mark.parametrize(
    ("flag", "provider", "bind", "bypass"),
    [
        (True, "ngrok", "127.0.0.1", True),
        (True, "ngrok", "localhost", True),
        (True, "ngrok", "::1", True),
        (True, "ngrok", "0.0.0.0", False),
        (True, "none", "127.0.0.1", False),
        (False, "ngrok", "127.0.0.1", False),
    ],
)
def test_when_an_invalid_signature_may_pass(flag: bool, provider: str, bind: str, bypass: bool) -> None:
    tunnel = {"provider": provider, "allowNgrokFreeTierLoopbackBypass": flag}
    leniency = load(SOUND, tunnel=tunnel, serve={"bind": bind}).leniency
    assert (leniency.skip, leniency.ngrok_loopback) == (False, bypass)
    assert load(SOUND, skipSignatureVerification=True).leniency.skip
