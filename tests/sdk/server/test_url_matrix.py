"""The public URL over the whole product of what a request may say and what the configuration may trust."""

from __future__ import annotations

from itertools import cycle, product
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sdk.server.door import RINGING, SECRET, sign
from voicecall_sdk.carriers import CARRIERS
from voicecall_sdk.config import Config
from voicecall_sdk.errors import Forged
from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.forwarded import HOST_HEADERS
from voicecall_sdk.server.public_url import Forwarding, candidates, trusts, valid_host

REST = "/voice/webhook?a=1"

HOSTS = {
    "a.example": ["a.example"],
    "A.Example:8443": ["a.example", "a.example:8443"],
    "Voice.example.com:8443": ["voice.example.com", "voice.example.com:8443"],
    "203.0.113.9:80": ["203.0.113.9", "203.0.113.9:80"],
    "[2001:DB8::1]:8443": ["[2001:db8::1]", "[2001:db8::1]:8443"],
    "[2001:db8::1]": ["[2001:db8::1]"],
    "a.example:99999": ["a.example"],
    "a.example:port": [],
    "user@a.example": [],
    "a.example/../x": [],
    "": [],
    None: [],
}
"""Host headers and the hosts that they stand for."""

FORWARDED = {
    None: [],
    "": [],
    "voice.example.com": ["voice.example.com"],
    "VOICE.example.com:444, inner.example": ["voice.example.com", "voice.example.com:444"],
    "b.example": ["b.example"],
    "b.example:8443": ["b.example", "b.example:8443"],
    "2001:db8::2": ["[2001:db8::2]"],
    "[2001:db8::2]:8443": ["[2001:db8::2]", "[2001:db8::2]:8443"],
    "voice.example.com@b.example": [],
    "b.example/voice": [],
    "b.example#": [],
    "b..example": [],
}
"""What a forwarding header may say, and the hosts that it stands for."""

PROTOS = {None: "https", "https": "https", "http": "http", "http, https": "http", "wss": "https", "HTTP": "https"}

SWITCHES = {
    (): None,
    ("trust",): "everybody",
    ("voice.example.com",): "listed",
    ("voice.example.com:443", "trust"): "listed",
    ("[2001:db8::2]",): "listed v6",
    ("@", "b/c"): None,
    ("@", "trust"): "nobody",  # a list in which nothing is a host allows none
}
"""allowedHosts and trustForwardingHeaders, and whose word that admits."""

ADMITTED = {
    "everybody": lambda host: True,
    "nobody": lambda host: False,
    "listed": lambda host: host == "voice.example.com",
    "listed v6": lambda host: host == "[2001:db8::2]",
}

REMOTES = {
    ((), None): True,
    ((), "203.0.113.9"): True,
    (("10.0.0.0/8",), "10.0.0.9"): True,
    (("10.0.0.0/8",), "::ffff:10.0.0.9"): True,
    (("10.0.0.0/8", "fd00::/8"), "fd00::1"): True,
    (("10.0.0.0/8",), "203.0.113.9"): False,
    (("10.0.0.0/8",), "fd00::1"): False,
    (("10.0.0.0/8",), None): False,
    (("nonsense",), "10.0.0.9"): False,
}
"""trustedProxyIPs and the peer, and whether it is one of them."""


def request(remote: str | None = None, **headers: str | None) -> WebhookRequest:
    told = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    return WebhookRequest(method="POST", target=REST, headers=told, body=b"", remote=remote)


def forwarding(switches: tuple[str, ...], proxies: tuple[str, ...]) -> Forwarding:
    hosts = tuple(switch for switch in switches if switch != "trust")
    return Forwarding(hosts=hosts, trust="trust" in switches, proxies=proxies)


@pytest.mark.parametrize(("switches", "header"), list(zip(SWITCHES, cycle(HOST_HEADERS), strict=False)))
def test_every_header_with_every_setting(switches: tuple[str, ...], header: str) -> None:
    """Sections 7.5 and 7.6 of the predecessor's reference, as a product of tables."""
    admitted = SWITCHES[switches]
    believable = (((), None, True), (("10.0.0.0/8",), "10.0.0.9", True), (("10.0.0.0/8",), "203.0.113.9", False))
    hosts_said = [
        (host, HOSTS[host]) for host in ("a.example", "[2001:DB8::1]:8443", "user@a.example", "Voice.example.com:8443")
    ]
    for (host, plain), (told, forwarded), (proto, scheme) in product(hosts_said, FORWARDED.items(), PROTOS.items()):
        for proxies, remote, is_proxy in believable:
            asked = request(remote, host=host, x_forwarded_proto=proto, **{header.replace("-", "_"): told})
            believed = admitted is not None and is_proxy
            admits = ADMITTED[admitted or ("nobody" if switches else "everybody")]
            said = forwarded if believed and forwarded and admits(forwarded[0]) else plain
            hosts = said if said and admits(said[0]) else []
            wanted = [f"{scheme if believed else 'https'}://{each}{REST}" for each in hosts]
            assert candidates(asked, None, forwarding(switches, proxies)) == wanted, asked


PUBLIC = {
    "https://voice.example.com/voice/webhook": "https://voice.example.com{port}/voice/webhook",
    "https://voice.example.com:8443/voice/webhook": "https://voice.example.com{port}/voice/webhook",
    "http://voice.example.com/other": "http://voice.example.com{port}/other",
    "https://[2001:db8::1]:8443/voice/webhook": "https://[2001:db8::1]{port}/voice/webhook",
    "https://voice.example.com": "https://voice.example.com{port}",
    "https://voice.example.com/voice/webhook?fixed=1": "https://voice.example.com{port}/voice/webhook",
}


def test_every_host_header() -> None:
    for host, plain in HOSTS.items():
        assert candidates(request(host=host), None, Forwarding()) == [f"https://{each}{REST}" for each in plain]


@pytest.mark.parametrize("switches", SWITCHES)
def test_whose_word_is_taken_from_where(switches: tuple[str, ...]) -> None:
    for (proxies, remote), is_proxy in REMOTES.items():
        assert trusts(request(remote), forwarding(switches, proxies)) is (SWITCHES[switches] is not None and is_proxy)


@pytest.mark.parametrize("public", PUBLIC)
def test_a_configured_url_is_not_talked_away(public: str) -> None:
    """No header changes scheme, host or path. Only a port is tried besides, since carriers and proxies differ in it."""
    for switches, host, told in product(SWITCHES, HOSTS, FORWARDED):
        asked = request("10.0.0.9", host=host, x_forwarded_host=told, x_forwarded_proto="http")
        first, *others = candidates(asked, public, forwarding(switches, ("10.0.0.0/8",)))
        assert first == public.partition("?")[0] + "?a=1"
        assert len(others) <= 1
        for other in others:
            port = urlsplit(other).port
            assert other == PUBLIC[public].format(port=f":{port}") + "?a=1"
            assert str(host).endswith(f":{port}")


def test_the_first_forwarding_header_that_says_something_counts() -> None:
    told = dict(zip(("x_forwarded_host", "x_original_host", "ngrok_forwarded_host"), "bcd", strict=True))
    trusting = Forwarding(trust=True)
    for left_out in range(4):
        names = list(told)[left_out:]
        first = candidates(request(host="a", **{name: f"{told[name]}.example" for name in names}), None, trusting)[0]
        assert first == f"https://{'bcd'[left_out] + '.example' if names else 'a'}{REST}"
    evil = candidates(request(host="a", x_forwarded_host="x@y", x_original_host="c.example"), None, trusting)[0]
    assert evil == f"https://c.example{REST}"


@pytest.mark.parametrize(
    "text",
    [
        "::1%?#",
        "[::1%a b]",
        "fe80::1%eth0",
        "[::1]evil",
        "[::1]:",
        "[::1]:port",
        "[::1",
        "a b",
        "a\tb",
        "-a",
        "a-",
        "é.de",
        "a_b.example",
        "a" * 64,
        ".".join(["a" * 60] * 5),
        "a,b",
        "a;b",
        "a\\b",
        "a%2fb",
        "",
        ".",
        ":80",
        "http://a.example",
    ],
)
def test_what_is_no_host(text: str) -> None:
    assert valid_host(text) is None


@given(st.text(alphabet="[]:%@/?#.a1f ,\t\\-", max_size=20))
def test_whatever_is_forwarded_the_rest_of_the_url_stays(text: str) -> None:
    asked = request("10.0.0.9", host=text, x_forwarded_host=text, x_forwarded_proto=text)
    for url in candidates(asked, None, Forwarding(trust=True)):
        parts = urlsplit(url)
        assert (parts.scheme, parts.path, parts.query, parts.fragment) == ("https", "/voice/webhook", "a=1", "")
        assert "@" not in parts.netloc
        assert parts.hostname


# --- and what comes of it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed", "headers", "settings", "believed"),
    [
        # the carrier was given the address of a proxy that tells its name
        (
            "https://voice.example.com",
            {"host": "inner:3334", "x_forwarded_host": "voice.example.com"},
            ("trust",),
            True,
        ),
        ("https://voice.example.com", {"host": "inner:3334", "x_forwarded_host": "voice.example.com"}, (), False),
        (
            "https://voice.example.com",
            {"host": "inner", "x_forwarded_host": "voice.example.com"},
            ("b.example",),
            False,
        ),
        ("https://voice.example.com:8443", {"host": "voice.example.com:8443"}, (), True),
        ("https://voice.example.com", {"host": "voice.example.com:8443"}, (), True),
        ("https://voice.example.com:443", {"host": "voice.example.com"}, (), True),
        ("http://voice.example.com", {"host": "voice.example.com", "x_forwarded_proto": "http"}, ("trust",), True),
        ("http://voice.example.com", {"host": "voice.example.com", "x_forwarded_proto": "http"}, (), False),
        ("https://[2001:db8::1]:8443", {"host": "[2001:db8::1]:8443"}, (), True),
        ("https://evil.example", {"host": "voice.example.com", "x_forwarded_host": "evil.example"}, (), False),
        ("https://", {}, ("trust",), False),  # no host at all: there is nothing that it could have signed
    ],
)
def test_what_was_signed_is_found(
    signed: str, headers: dict[str, str], settings: tuple[str, ...], believed: bool
) -> None:
    body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in RINGING.items()).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    told["x-twilio-signature"] = sign(RINGING, signed + REST)
    asked = WebhookRequest(method="POST", target=REST, headers=told, body=body)
    urls = candidates(asked, None, forwarding(settings, ()))
    verified = True
    try:
        CARRIERS["twilio"].verify(asked, {"authToken": SECRET}, urls, 0.0)
    except Forged:
        verified = False
    assert verified is believed


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ({}, Forwarding()),
        ({"allowedHosts": ["a.example"]}, Forwarding(hosts=("a.example",))),
        (
            {"trustForwardingHeaders": True, "trustedProxyIPs": ["10.0.0.0/8"]},
            Forwarding(trust=True, proxies=("10.0.0.0/8",)),
        ),
    ],
)
def test_the_settings_are_those_of_the_configuration(security: dict[str, object], expected: Forwarding) -> None:
    config = Config.load({"provider": "mock", "webhookSecurity": security}, env={})
    assert config.forwarding == expected
