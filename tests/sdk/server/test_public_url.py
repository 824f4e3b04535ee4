"""Under which URL a request was signed: configured, rebuilt, forwarded, and what nobody may talk us into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.public_url import Forwarding, candidates, trusts, valid_host

NOBODY = Forwarding()
LISTED = Forwarding(hosts=("voice.example.com",))
TRUSTING = Forwarding(trust=True)
BEHIND_A_PROXY = Forwarding(trust=True, proxies=("10.0.0.0/8", "::1"))


def request(target: str = "/voice/webhook?a=1&b=2", remote: str | None = "10.0.0.9", **headers: str) -> WebhookRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(method="POST", target=target, headers=named, body=b"", remote=remote)


def test_a_configured_url_fixes_scheme_host_and_path_but_not_the_query() -> None:
    found = candidates(request("/inner?callId=1", host="inner:3334"), "https://voice.example.com/voice/webhook", NOBODY)
    assert found == [
        "https://voice.example.com/voice/webhook?callId=1",
        "https://voice.example.com:3334/voice/webhook?callId=1",
    ]


@pytest.mark.parametrize(
    ("headers", "forwarding", "remote", "expected"),
    [
        ({"host": "voice.example.com"}, NOBODY, None, "https://voice.example.com/voice/webhook?a=1&b=2"),
        (
            {"host": "a.example", "x_forwarded_host": "b.example"},
            NOBODY,
            None,
            "https://a.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_forwarded_host": "b.example, c.example"},
            TRUSTING,
            None,
            "https://b.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_forwarded_host": "voice.example.com"},
            LISTED,
            None,
            "https://voice.example.com/voice/webhook?a=1&b=2",
        ),
        # a forwarded host that is not on the list: the Host header, not the stranger's word
        (
            {"host": "a.example", "x_forwarded_host": "evil.example"},
            LISTED,
            None,
            "https://a.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_forwarded_host": "b.example"},
            BEHIND_A_PROXY,
            "10.1.2.3",
            "https://b.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_forwarded_host": "b.example"},
            BEHIND_A_PROXY,
            "203.0.113.9",
            "https://a.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_forwarded_host": "b.example"},
            BEHIND_A_PROXY,
            None,
            "https://a.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_forwarded_host": "evil@b.example"},
            TRUSTING,
            None,
            "https://a.example/voice/webhook?a=1&b=2",
        ),
        ({"host": "a.example", "x_forwarded_proto": "http"}, TRUSTING, None, "http://a.example/voice/webhook?a=1&b=2"),
        ({"host": "a.example", "x_forwarded_proto": "http"}, NOBODY, None, "https://a.example/voice/webhook?a=1&b=2"),
        (
            {"host": "a.example", "x_forwarded_proto": "https, http"},
            TRUSTING,
            None,
            "https://a.example/voice/webhook?a=1&b=2",
        ),
        ({"host": "[2001:db8::1]:8443"}, NOBODY, None, "https://[2001:db8::1]/voice/webhook?a=1&b=2"),
        (
            {"host": "a.example", "x_forwarded_host": "2001:db8::1"},
            TRUSTING,
            None,
            "https://[2001:db8::1]/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "x_original_host": "b.example"},
            TRUSTING,
            None,
            "https://b.example/voice/webhook?a=1&b=2",
        ),
        (
            {"host": "a.example", "ngrok_forwarded_host": "b.example"},
            TRUSTING,
            None,
            "https://b.example/voice/webhook?a=1&b=2",
        ),
    ],
)
def test_without_one_it_is_rebuilt(
    headers: dict[str, str], forwarding: Forwarding, remote: str | None, expected: str
) -> None:
    assert candidates(request(remote=remote, **headers), None, forwarding)[0] == expected


def test_the_port_of_the_host_header_is_tried_as_well() -> None:
    assert candidates(request(host="a.example:8443"), None, NOBODY) == [
        "https://a.example/voice/webhook?a=1&b=2",
        "https://a.example:8443/voice/webhook?a=1&b=2",
    ]


@pytest.mark.parametrize(
    ("forwarding", "remote", "trusted"),
    [
        (NOBODY, "10.0.0.9", False),
        (TRUSTING, None, True),
        (LISTED, None, True),
        (Forwarding(proxies=("10.0.0.0/8",)), "10.0.0.9", False),
        (Forwarding(hosts=("@",)), "10.0.0.9", False),
        (BEHIND_A_PROXY, "::ffff:10.0.0.9", True),
        (BEHIND_A_PROXY, "::1", True),
        (BEHIND_A_PROXY, "not an address", False),
    ],
)
def test_whose_word_is_taken(forwarding: Forwarding, remote: str | None, trusted: bool) -> None:
    assert trusts(request(remote=remote), forwarding) is trusted


@given(st.text(max_size=300))
def test_no_text_becomes_a_host_that_breaks_a_url(text: str) -> None:
    host = valid_host(text)
    assert host is None or not set(host) & set("@/?# \n")
