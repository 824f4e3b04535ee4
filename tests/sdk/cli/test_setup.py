"""`voicecall setup`: what is in order, what is not and what to do about it, what is open to whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.cli.service import NUMBER, voicecall

TOKEN = "sesame-7391-sesame-7391-sesame-7"
PUBLIC = "https://voice.example.com/voice/webhook"
ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "twilio": {"accountSid": "AC1", "authToken": TOKEN},
    "telnyx": {"apiKey": TOKEN, "connectionId": "1", "publicKey": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="},
    "plivo": {"authId": "MA1", "authToken": TOKEN},
}
SOUND = {"provider": "twilio", "twilio": ACCOUNTS["twilio"], "fromNumber": NUMBER, "publicUrl": PUBLIC}
WITHOUT = {key: value for key, value in SOUND.items() if key != "publicUrl"}


def asked(directory: Path, config: Mapping[str, Any], **env: str) -> tuple[int, Any]:
    """The exit code and what is told, as JSON; what people read says the same."""
    file = directory / "voicecall.json5"
    file.write_text(json.dumps(config))
    environment: dict[str, Any] = {"PATH": str(directory), "OPENAI_API_KEY": None, **env}
    told = voicecall("setup", "--json", config=file, env=environment)
    read = voicecall("setup", config=file, env=environment)
    report = json.loads(told.stdout)
    assert read.exit_code == told.exit_code == (0 if report["ok"] else 1)
    head, *lines = read.stdout.splitlines()
    assert head == f"Voice Call setup: {'OK' if report['ok'] else 'needs attention'}"
    for check in report["checks"]:
        assert f"{'OK' if check['ok'] else 'FAIL'} {check['id']}: {check['message']}" in lines
    for word, sentences in (("UNSAFE", report["unsafe"]), ("NOTE", report["notes"]), (" ", report["console"])):
        assert {f"{word} {sentence}" for sentence in sentences} <= set(lines)
    assert TOKEN not in told.output + read.output
    return told.exit_code, report


@pytest.mark.parametrize("carrier", ACCOUNTS)
def test_a_sound_configuration(tmp_path: Path, carrier: str) -> None:
    code, report = asked(
        tmp_path, {"provider": carrier, carrier: ACCOUNTS[carrier], "fromNumber": NUMBER, "publicUrl": PUBLIC}
    )
    assert code == 0
    assert [check["id"] for check in report["checks"]] == [
        "plugin-enabled",
        "provider",
        "provider-config",
        "webhook-exposure",
        "mode",
        "agent-owner",
    ]
    assert (report["unsafe"], report["notes"]) == ([], [])
    assert any(PUBLIC in line for line in report["console"])
    assert f"signed by {carrier}" in report["doors"]["signatures"]


WRONG: dict[str, tuple[Mapping[str, Any], str, str]] = {
    "no credentials": ({**SOUND, "twilio": {}}, "provider-config", "TWILIO_AUTH_TOKEN"),
    "no number": ({**SOUND, "fromNumber": None}, "provider-config", "fromNumber"),
    "no address": (WITHOUT, "webhook-exposure", "open a tunnel"),
    "a private address": ({**SOUND, "publicUrl": "https://10.0.0.7/x"}, "webhook-exposure", "10.0.0.7"),
    "unverified in public": (
        {**SOUND, "skipSignatureVerification": True, "serve": {"bind": "0.0.0.0"}},
        "webhook-exposure",
        "serve.bind",
    ),
    "unverified behind a tunnel": (
        {**WITHOUT, "skipSignatureVerification": True, "tunnel": {"provider": "tailscale-funnel"}},
        "webhook-exposure",
        "switch the tunnel off",
    ),
    "a port that funnel has not": (
        {**WITHOUT, "tailscale": {"mode": "funnel", "port": 80}},
        "webhook-exposure",
        "443, 8443, 10000",
    ),
    "no ngrok": ({**WITHOUT, "tunnel": {"provider": "ngrok"}}, "tunnel-program", "ngrok is not installed"),
    "no tailscale": ({**WITHOUT, "tailscale": {"mode": "serve"}}, "tunnel-program", "tailscale is not installed"),
    "both audio modes": (
        {**SOUND, "streaming": {"enabled": True}, "realtime": {"enabled": True}},
        "mode",
        "cannot be true together",
    ),
    "no carrier": ({"enabled": True, "provider": "nobody"}, "configuration", "provider"),
    "an unknown key": ({**SOUND, "tunel": {}}, "configuration", "tunel"),
    "switched off": ({"enabled": False}, "plugin-enabled", "set it to true"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_with_its_remedy(tmp_path: Path, wrong: str) -> None:
    config, name, words = WRONG[wrong]
    code, report = asked(tmp_path, config)
    failed = [f"{check['id']}: {check['message']}" for check in report["checks"] if not check["ok"]]
    assert code == 1
    assert any(line.startswith(f"{name}: ") and words in line for line in failed), failed


UNSAFE: dict[str, tuple[Mapping[str, Any], str]] = {
    "the bypass": (
        {**WITHOUT, "tunnel": {"provider": "ngrok", "allowNgrokFreeTierLoopbackBypass": True}},
        "a wrong signature is accepted from all the internet",
    ),
    "no verification": ({**SOUND, "skipSignatureVerification": True}, "Development only"),
    "trust in anybody": (
        {**WITHOUT, "serve": {"bind": "203.0.113.9"}, "webhookSecurity": {"trustForwardingHeaders": True}},
        "anybody may say",
    ),
    "no TLS": ({**WITHOUT, "serve": {"bind": "203.0.113.9"}}, "without TLS"),
    "in the clear": ({**SOUND, "publicUrl": "http://voice.example.com/x"}, "pass in the clear"),
}


@pytest.mark.parametrize("what", UNSAFE)
def test_what_is_unsafe_is_said(tmp_path: Path, what: str) -> None:
    config, words = UNSAFE[what]
    _, report = asked(tmp_path, config)
    assert any(words in sentence for sentence in report["unsafe"]), report["unsafe"]


DOORS: dict[str, tuple[Mapping[str, Any], Mapping[str, str]]] = {
    "publicUrl": (
        {**SOUND, "streaming": {"enabled": True}},
        {
            "listens": "for programs on this machine",
            "public URL": f"{PUBLIC} (publicUrl)",
            "media streams": "wss://voice.example.com/voice/stream",
            "forwarding headers": "not needed: the public URL is known; all senders behind a proxy are counted as one",
        },
    ),
    "a proxy that is believed": (
        {**SOUND, "webhookSecurity": {"trustForwardingHeaders": True, "trustedProxyIPs": ["10.0.0.8"]}},
        {"forwarding headers": "senders behind 10.0.0.8 are counted apart"},
    ),
    "ngrok": (
        {**WITHOUT, "tunnel": {"provider": "ngrok", "ngrokDomain": "agent.ngrok.app"}},
        {
            "public URL": "https://agent.ngrok.app/voice/webhook (ngrok is opened at the start",
            "forwarding headers": "senders are counted apart by what our tunnel says",
        },
    ),
    "ngrok without a domain": (
        {**WITHOUT, "tunnel": {"provider": "ngrok"}},
        {"public URL": "https://ADDRESS-OF-THE-TUNNEL/voice/webhook"},
    ),
    "ngrok beside publicUrl": (
        {**SOUND, "tunnel": {"provider": "ngrok"}},
        {"public URL": f"{PUBLIC} (publicUrl; ngrok is opened beside it, and must lead there)"},
    ),
    "the older Tailscale": (
        {**WITHOUT, "tailscale": {"mode": "funnel", "path": "/out", "port": 8443}},
        {"public URL": "https://THIS-MACHINE.YOUR-TAILNET.ts.net:8443/out (tailscale funnel"},
    ),
    "the newer Tailscale": (
        {**WITHOUT, "tunnel": {"provider": "tailscale-serve"}, "tailscale": {"path": "/out"}},
        {"public URL": "https://THIS-MACHINE.YOUR-TAILNET.ts.net/voice/webhook (tailscale-serve"},
    ),
    "a proxy": (
        {
            **WITHOUT,
            "serve": {"bind": "203.0.113.9"},
            "webhookSecurity": {"allowedHosts": ["voice.example.com"], "trustedProxyIPs": ["10.0.0.0/8"]},
        },
        {
            "listens": "for everybody who can reach that address",
            "forwarding headers": "believed for voice.example.com, from 10.0.0.0/8",
        },
    ),
    "nothing": (
        {**WITHOUT, "serve": {"bind": "203.0.113.9"}},
        {
            "public URL": "http://203.0.113.9:3334/voice/webhook (our own address",
            "forwarding headers": "not believed; the Host header is",
        },
    ),
    "unverified": ({**SOUND, "skipSignatureVerification": True}, {"signatures": "not verified"}),
    "the bypass": (
        {**WITHOUT, "tunnel": {"provider": "ngrok", "allowNgrokFreeTierLoopbackBypass": True}},
        {"signatures": "but a wrong one does"},
    ),
}


def test_an_address_that_no_carrier_can_reach_is_not_to_be_entered(tmp_path: Path) -> None:
    code, report = asked(tmp_path, WITHOUT)
    assert (code, report["console"]) == (1, [])


@pytest.mark.parametrize("case", DOORS)
def test_every_door_is_explained(tmp_path: Path, case: str) -> None:
    config, wanted = DOORS[case]
    _, report = asked(tmp_path, config, OPENAI_API_KEY="sk-7")
    for door, words in wanted.items():
        assert words in report["doors"][door]


def test_a_program_that_is_there_is_found(tmp_path: Path) -> None:
    program = tmp_path / "ngrok"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    code, report = asked(tmp_path, {**WITHOUT, "tunnel": {"provider": "ngrok"}})
    assert code == 0
    assert {"id": "tunnel-program", "ok": True, "message": str(program)} in report["checks"]


def test_with_a_public_url_a_missing_program_is_no_hindrance(tmp_path: Path) -> None:
    code, report = asked(tmp_path, {**SOUND, "tunnel": {"provider": "ngrok"}})
    assert code == 0
    assert any(check["id"] == "tunnel-program" and "not installed" in check["message"] for check in report["checks"])


def test_without_a_file_it_says_which_it_looks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = voicecall("setup")
    assert result.exit_code == 2
    assert "voicecall.json5" in result.stderr
