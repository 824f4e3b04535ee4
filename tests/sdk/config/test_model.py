"""Every key of the reference's table: its default, and what it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sdk.config.carriers import SOUND, load, said

DEFAULTS = {
    "inboundPolicy": "disabled",
    "allowFrom": [],
    "numbers": {},
    "language": "en-US",
    "outbound": {"defaultMode": "notify", "notifyHangupDelaySec": 3},
    "maxDurationSeconds": 300,
    "staleCallReaperSeconds": 120,
    "silenceTimeoutMs": 800,
    "transcriptTimeoutMs": 180_000,
    "ringTimeoutMs": 30_000,
    "maxConcurrentCalls": 1,
    "serve": {"port": 3334, "bind": "127.0.0.1", "path": "/voice/webhook"},
    "tailscale": {"mode": "off", "path": "/voice/webhook", "port": 443},
    "tunnel": {"provider": "none", "allowNgrokFreeTierLoopbackBypass": False},
    "webhookSecurity": {"allowedHosts": [], "trustForwardingHeaders": False, "trustedProxyIPs": []},
    "skipSignatureVerification": False,
    "store": {"kind": "sqlite", "durability": "normal", "keepCalls": 1000, "keepDays": 90},
    "streaming": {
        "enabled": False,
        "streamPath": "/voice/stream",
        "providers": {},
        "preStartTimeoutMs": 5000,
        "maxPendingConnections": 32,
        "maxPendingConnectionsPerIp": 4,
        "maxConnections": 128,
    },
    "realtime": {
        "enabled": False,
        "toolPolicy": "safe-read-only",
        "consultPolicy": "auto",
        "tools": [],
        "fastContext": {
            "enabled": False,
            "timeoutMs": 800,
            "maxResults": 3,
            "sources": ["memory", "sessions"],
            "fallbackToConsult": False,
        },
        "agentContext": {
            "enabled": False,
            "maxChars": 6000,
            "includeIdentity": True,
            "includeWorkspaceFiles": True,
            "files": ["SOUL.md", "IDENTITY.md", "USER.md"],
        },
        "providers": {},
    },
    "sessionScope": "per-phone",
    "responseTimeoutMs": 30_000,
    "tts": {"providers": {}},
}


def test_defaults_are_those_of_the_table() -> None:
    resolved = load().resolved()
    assert {key: resolved[key] for key in DEFAULTS} == DEFAULTS
    carriers = {"twilio": {"region": "us1"}, "acme": {}}
    assert set(resolved) - set(DEFAULTS) == {"enabled", "provider", *carriers}
    assert {key: resolved[key] for key in carriers} == carriers


EVERYTHING: dict[str, Any] = {
    **SOUND,
    "enabled": True,
    "toNumber": "+15550005678",
    "inboundPolicy": "allowlist",
    "allowFrom": ["+15550005678", "+4915112345678"],
    "inboundGreeting": "Hello",
    "numbers": {
        "+15550001234": {
            "inboundGreeting": "Hi",
            "agentId": "sales",
            "responseModel": "openai/gpt-4o",
            "responseSystemPrompt": "Be brief.",
            "responseTimeoutMs": 5000,
            "language": "de-DE",
            "tts": {"providers": {"openai": {"voice": "nova"}}},
        }
    },
    "language": "fr-FR",
    "outbound": {"defaultMode": "conversation", "notifyHangupDelaySec": 0},
    "maxDurationSeconds": 60,
    "staleCallReaperSeconds": 0,
    "silenceTimeoutMs": 1200,
    "transcriptTimeoutMs": 1,
    "ringTimeoutMs": 1,
    "maxConcurrentCalls": 9,
    "serve": {"port": 65535, "bind": "::1", "path": "/hook"},
    "tailscale": {"mode": "off", "path": "/x", "port": 8443},
    "tunnel": {
        "provider": "ngrok",
        "ngrokAuthToken": "t",
        "ngrokDomain": "me.ngrok.app",
        "allowNgrokFreeTierLoopbackBypass": True,
    },
    "webhookSecurity": {
        "allowedHosts": ["voice.example.com", "EXAMPLE.org:8443", "[::1]"],
        "trustForwardingHeaders": True,
        "trustedProxyIPs": ["10.0.0.1", "10.0.0.0/8", "fd00::/8"],
    },
    "skipSignatureVerification": False,
    "store": {"path": "/tmp/x", "kind": "jsonl", "durability": "full", "keepCalls": 1, "keepDays": 1},
    "streaming": {
        "enabled": False,
        "streamPath": "/s",
        "provider": "deepgram",
        "providers": {
            "openai": {
                "apiKey": "k",
                "baseUrl": "http://127.0.0.1:1/v1",
                "model": "m",
                "language": "en",
                "prompt": "p",
                "silenceDurationMs": 1,
                "vadThreshold": 0,
            },
            "deepgram": {"apiKey": "k", "anything": [1, {"goes": None}]},
        },
        "preStartTimeoutMs": 1,
        "maxPendingConnections": 1,
        "maxPendingConnectionsPerIp": 1,
        "maxConnections": 1,
    },
    "realtime": {
        "enabled": False,
        "provider": "google",
        "streamPath": "/r",
        "instructions": "i",
        "idleHangupMs": 1,
        "toolPolicy": "owner",
        "consultPolicy": "always",
        "consultThinkingLevel": "xhigh",
        "consultFastMode": True,
        "tools": [
            {
                "type": "function",
                "name": "n",
                "description": "d",
                "parameters": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            }
        ],
        "fastContext": {
            "enabled": True,
            "timeoutMs": 1,
            "maxResults": 1,
            "sources": ["memory"],
            "fallbackToConsult": True,
        },
        "agentContext": {
            "enabled": True,
            "maxChars": 1,
            "includeIdentity": False,
            "includeWorkspaceFiles": False,
            "files": ["A.md"],
        },
        "providers": {"openai": {"apiKey": "k"}, "google": {"apiKey": "k"}},
    },
    "sessionScope": "per-call",
    "agentId": "main",
    "responseModel": "gpt-4o",
    "responseSystemPrompt": "Be kind.",
    "responseTimeoutMs": 1,
    "tts": {
        "provider": "openai",
        "providers": {
            "openai": {
                "apiKey": "k",
                "baseUrl": "https://example.com",
                "model": "m",
                "modelId": "m",
                "voice": "v",
                "voiceId": "v",
                "speakerVoice": "v",
                "speakerVoiceId": "v",
                "instructions": "i",
                "speed": 1,
            },
            "elevenlabs": {
                "apiKey": "k",
                "baseUrl": "https://example.com",
                "voiceId": "v",
                "modelId": "m",
                "seed": 4_294_967_295,
                "applyTextNormalization": "auto",
                "languageCode": "en",
                "voiceSettings": {
                    "stability": 0,
                    "similarityBoost": 1,
                    "style": 0.5,
                    "useSpeakerBoost": True,
                    "speed": 2,
                },
            },
            "edge": {
                "enabled": True,
                "voice": "v",
                "lang": "en",
                "outputFormat": "o",
                "pitch": "p",
                "rate": "r",
                "volume": "v",
                "saveSubtitles": False,
                "proxy": "p",
                "timeoutMs": 1000,
            },
            "microsoft": {"voice": "v"},
        },
        "timeoutMs": 120_000,
        "maxTextLength": 1,
        "prefsPath": "p",
        "auto": "tagged",
        "enabled": True,
        "mode": "final",
        "summaryModel": "m",
        "modelOverrides": {
            "enabled": True,
            "allowText": True,
            "allowProvider": True,
            "allowVoice": True,
            "allowModelId": True,
            "allowVoiceSettings": True,
            "allowNormalization": True,
            "allowSeed": True,
        },
    },
}


def test_every_key_is_taken_and_comes_back() -> None:
    config = load(EVERYTHING)
    assert said(config) == []
    resolved = config.resolved()

    def same(given: Any, found: Any, path: str) -> None:
        if isinstance(given, dict):
            for key, value in given.items():
                if value is not None:
                    same(value, found[key], f"{path}.{key}" if path else key)
        elif path.endswith(("apiKey", "authToken", "AuthToken")):
            assert found == f"<{path}>"
        else:
            assert found == given, path

    same(EVERYTHING, resolved, "")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all scalars and empty blocks in a configuration."""
    if isinstance(value, dict) and value:
        return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
    return [path]


RAW = ("deepgram", "google", "microsoft")
"""Vendors whose keys are nobody's business here."""


def test_no_key_takes_a_value_of_another_kind() -> None:
    ours = [
        path
        for path in leaves(EVERYTHING)
        if not {*RAW, "properties"} & set(path) and path[:3] != ("realtime", "providers", "openai")
    ]
    complaints = {".".join(path): [problem.path for problem in load(_spoiled(path)).problems] for path in ours}
    assert len(complaints) > 100
    assert complaints == {path: [path] for path in complaints}


def _spoiled(path: tuple[str, ...]) -> Any:
    """The configuration with a value of another kind at this place."""
    config = _copied(EVERYTHING)
    holder = config
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = ["wrong"] if not isinstance(holder[path[-1]], list) else 17
    return config


def _copied(value: Any) -> Any:
    return {key: _copied(each) for key, each in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("fromNumber", "5550001234", "expected a phone number in E.164 form, such as +15550001234"),
        ("fromNumber", "+05550001234", "expected a phone number in E.164 form"),
        ("fromNumber", "+1555000123456789", "expected a phone number in E.164 form"),
        ("fromNumber", "+1٥٥٥٠٠٠١٢٣٤", "expected a phone number in E.164 form"),
        ("fromNumber", "+15550001234\n", "expected a phone number in E.164 form"),
        ("fromNumber", 15550001234, "expected text, got a number (put it in quotes)"),
        ("maxDurationSeconds", 0, "must be more than 0"),
        ("maxDurationSeconds", 2.5, "expected a whole number, got a number"),
        ("maxDurationSeconds", "300", "expected a whole number, got text (write it without quotes)"),
        ("maxDurationSeconds", True, "expected a whole number, got true or false"),
        ("staleCallReaperSeconds", -1, "must be at least 0"),
        (
            "inboundPolicy",
            "allow",
            "expected one of disabled, allowlist, pairing, open; got 'allow' (did you mean allowlist?)",
        ),
        ("inboundPolicy", None, "expected one of disabled, allowlist, pairing, open; got nothing"),
        ("outbound", "notify", "expected a block of keys, got text"),
        ("outbound", None, "expected a block of keys, got nothing"),
        ("allowFrom", "+15550005678", "expected a list, got text"),
        ("publicUrl", "voice.example.com", "expected a URL such as https://example.com/voice/webhook"),
        ("publicUrl", "ftp://voice.example.com/", "expected a URL"),
        ("publicUrl", "https://voice.example.com:99999/", "expected a URL"),
        ("publicUrl", "https://voice example.com/", "expected a URL"),
        ("publicUrl", "https://voice.example.com/hook?a=1", "without query and fragment"),
        ("publicUrl", "https://voice.example.com/hook#rc=2", "without query and fragment"),
        ("publicUrl", "https://b\u00fccher.example/hook", "a URL in ASCII, as carriers send and sign it: xn--"),
        ("publicUrl", "https://voice.example.com/h\u00f6rer", "a URL in ASCII"),
        ("language", "english please", "expected a language tag, such as en-US"),
        ("serve", {"port": 70000}, "must be at most 65535"),
        ("serve", {"path": "voice"}, "expected a path that begins with /"),
        ("streaming", {"streamPath": "/s/{x"}, "expected a path that begins with /, without query and braces"),
        (
            "webhookSecurity",
            {"trustedProxyIPs": ["10.0.0.300"]},
            "expected an IP address or a network such as 10.0.0.0/8",
        ),
        ("webhookSecurity", {"allowedHosts": ["evil@host"]}, "expected a host name such as voice.example.com"),
        ("webhookSecurity", {"allowedHosts": ["https://voice.example.com"]}, "expected a host name"),
        ("webhookSecurity", {"allowedHosts": ["voice.example.com:"]}, "expected a host name"),
        ("webhookSecurity", {"allowedHosts": ["voice.example.com:https"]}, "expected a host name"),
        ("webhookSecurity", {"allowedHosts": [" voice.example.com"]}, "expected a host name"),
        ("webhookSecurity", {"allowedHosts": ["[::1"]}, "expected a host name"),
        ("webhookSecurity", {"allowedHosts": ["fe80::1%eth0"]}, "expected a host name"),
        ("store", {"kind": "postgres"}, "expected one of sqlite, jsonl; got 'postgres'"),
        ("store", "", "must not be blank"),
        ("agentId", "  ", "must not be blank"),
        ("streaming", {"providers": {"openai": {"vadThreshold": float("nan")}}}, "expected a finite number"),
        ("streaming", {"providers": {"openai": {"vadThreshold": 1.5}}}, "must be at most 1"),
        ("realtime", {"fastContext": {"sources": []}}, "must not be empty"),
        ("realtime", {"tools": [{"type": "function", "name": "x", "description": ""}]}, "is missing"),
        ("realtime", {"providers": {"google": 3}}, "expected a block of keys, got a number"),
        ("tts", {"providers": {"elevenlabs": {"languageCode": "eng"}}}, "expected a language of two letters"),
        ("tts", {"providers": {"elevenlabs": {"voiceSettings": {"speed": 0.4}}}}, "must be at least 0.5"),
        ("numbers", {"555": {}}, "expected a phone number in E.164 form"),
        ("numbers", {"+15550001234": {"tts": {"voice": "x"}}}, "unknown key"),
        ("enabled", "yes", "expected true or false, got text"),
    ],
)
def test_what_a_value_must_be(key: str, value: Any, message: str) -> None:
    (problem,) = load(SOUND, **{key: value}).problems
    assert message in f"{problem.message} ({problem.remedy})"
    assert problem.path.startswith(key)
