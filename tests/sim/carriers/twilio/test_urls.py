"""Which URLs are taken."""

from __future__ import annotations

import pytest

from voicecall_sim.carriers.twilio.urls import LONGEST, acceptable


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/voice",
        "http://app.example/voice",
        "https://app.example",
        "https://app.example?x=1",
        "https://app.example/voice?x=1&y=%20#rc=2&rp=5xx,ct",
        "https://app.example:8443/voice",
        "https://user:p%40ss@app.example/voice",
        "https://a-b.c-d.example/voice/",
        "HTTPS://App.Example/Voice",
        "https://203.0.113.7/voice",
        "https://[2001:db8::1]:8443/voice",
        "https://xn--bcher-kva.example/x",
        "https://app.example/" + "x" * (LONGEST - 20),
    ],
)
def test_good(url: str) -> None:
    assert acceptable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/voice",
        "voice",
        "app.example/voice",
        "localhost:1337/voice/x",
        "ftp://app.example/voice",
        "wss://app.example/media",
        "https:///mr/ivr/c/x/handle?action=start",
        "http://demo-contact-.herokuapp.com/api/ivr/welcome",
        "https://-x.example/voice",
        "https://a..example/voice",
        "https://under_score.example/voice",
        "https://app.example:99999/voice",
        "https://app.example:x/voice",
        "https://app.example/a b",
        "https://app.example/ü",
        "https://app.example/<x>",
        "https://app.example/x?a b",
        "https://999.1.2.3/voice",
        "https://[::1/voice",
        "529732 is your verification code.",
        "HTTP/1.0 200 OK\nCache-Control: no-cache",
        "https://app.example/voice\n",
        "https://app.example/" + "x" * LONGEST,
    ],
)
def test_bad_wherever(url: str) -> None:
    assert not acceptable(url)
    assert not acceptable(url, local=True)


@pytest.mark.parametrize("url", ["http://localhost:3000/voice", "https://localhost/api", "http://app/voice"])
def test_names_without_a_dot_are_for_loopback_only(url: str) -> None:
    assert not acceptable(url)
    assert acceptable(url, local=True)
