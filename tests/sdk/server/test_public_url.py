"""Under which URL a request was signed: configured, rebuilt, forwarded, and what nobody may talk us into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.messages import WebhookRequest
from voicecall_sdk.server.forwarded import first_hop, senders
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
            {"host": "voice.example.com", "x_forwarded_host": "evil.example"},
            LISTED,
            None,
            "https://voice.example.com/voice/webhook?a=1&b=2",
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


@pytest.mark.parametrize("told", [{}, {"x_forwarded_host": "evil.example"}, {"forwarded": "host=evil.example"}])
def test_where_hosts_are_listed_no_other_is_ours(told: dict[str, str]) -> None:
    """What the carrier signed for another service of the same account is no good here, however it is addressed."""
    assert candidates(request(host="a.example", **told), None, LISTED) == []


@pytest.mark.parametrize("trust", [False, True])
def test_a_list_of_no_hosts_allows_none(trust: bool) -> None:
    """Such a list must not be taken for one that is missing, by which every host would be ours."""
    senseless = Forwarding(hosts=("https://voice.example.com", "[::1"), trust=trust)
    assert candidates(request(host="evil.example", x_forwarded_host="evil.example"), None, senseless) == []


@pytest.mark.parametrize(("listed", "asked"), [("a.example.", "a.example"), ("a.example", "A.example.")])
def test_the_dot_of_the_root_is_the_same_host(listed: str, asked: str) -> None:
    found = candidates(request(host=asked), None, Forwarding(hosts=(listed,)))
    assert found == [f"https://{asked.lower()}/voice/webhook?a=1&b=2"]


TOLD: dict[str, tuple[dict[str, str], list[str]]] = {
    "a port of its own": (
        {"x_forwarded_host": "b.example", "x_forwarded_port": "8443"},
        ["b.example", "b.example:8443"],
    ),
    "two ports": ({"x_forwarded_host": "b.example:444", "x_forwarded_port": "8443"}, ["b.example", "b.example:444"]),
    "a port alone": ({"x_forwarded_port": "8443"}, ["a.example", "a.example:8443"]),
    "a port that is none": ({"x_forwarded_host": "b.example", "x_forwarded_port": "80@c"}, ["b.example"]),
    "the standard": ({"forwarded": "for=192.0.2.1;host=b.example;proto=https"}, ["b.example"]),
    "the standard, quoted": (
        {"forwarded": 'for="[2001:db8::1]:4711";host="b.example:8443"'},
        ["b.example", "b.example:8443"],
    ),
    "the standard, escaped": ({"forwarded": r'host="b\.example"'}, ["b.example"]),
    "the standard, in other letters": ({"forwarded": "Host=B.Example"}, ["b.example"]),
    "the standard, of two proxies": ({"forwarded": "host=b.example;proto=https, host=c.example"}, ["b.example"]),
    "the standard beside another": ({"x_forwarded_host": "c.example", "forwarded": "host=b.example"}, ["c.example"]),
    "the standard, host twice": ({"forwarded": "host=b.example;host=c.example"}, ["a.example"]),
    "the standard, broken": ({"forwarded": 'host="b.example'}, ["a.example"]),
    "the standard, with blanks": ({"forwarded": "host = b.example"}, ["a.example"]),
    "the standard, injected": ({"forwarded": 'host="b.example/x?@c"'}, ["a.example"]),
}
"""What a trusted proxy tells a server that is addressed as a.example, and the hosts that it may have been asked for."""


@pytest.mark.parametrize("told", TOLD)
def test_every_dialect_of_proxies(told: str) -> None:
    headers, hosts = TOLD[told]
    wanted = [f"https://{host}/voice/webhook?a=1&b=2" for host in hosts]
    assert candidates(request(host="a.example", **headers), None, TRUSTING) == wanted
    assert candidates(request(host="a.example", **headers), None, NOBODY) == ["https://a.example/voice/webhook?a=1&b=2"]


@pytest.mark.parametrize(
    ("prefix", "paths"),
    [
        ("/agent", ["/agent/voice/webhook", "/voice/webhook"]),
        ("/agent/", ["/agent/voice/webhook", "/voice/webhook"]),
        ("/a/b, /c", ["/a/b/voice/webhook", "/voice/webhook"]),
        ("agent", ["/voice/webhook"]),
        ("/", ["/voice/webhook"]),
        ("//evil.example", ["/voice/webhook"]),
        ("/a?b", ["/voice/webhook"]),
        ("/a/../b%2f", ["/voice/webhook"]),
    ],
)
def test_a_prefix_that_a_proxy_took_off(prefix: str, paths: list[str]) -> None:
    asked = request(host="a.example", x_forwarded_prefix=prefix)
    assert candidates(asked, None, TRUSTING) == [f"https://a.example{path}?a=1&b=2" for path in paths]
    assert candidates(asked, None, NOBODY) == ["https://a.example/voice/webhook?a=1&b=2"]


@pytest.mark.parametrize(("proto", "scheme"), [("http", "http"), ("https", "https"), ("ftp", "https"), ("", "https")])
def test_the_standards_scheme(proto: str, scheme: str) -> None:
    asked = request(host="a.example", forwarded=f"for=x;proto={proto}")
    assert candidates(asked, None, TRUSTING) == [f"{scheme}://a.example/voice/webhook?a=1&b=2"]


SENDERS = {
    "for=192.0.2.60;proto=http;by=203.0.113.43": ["192.0.2.60"],
    'For="[2001:db8:cafe::17]:4711"': ["2001:db8:cafe::17"],
    'for="[2001:db8::1]"': ["2001:db8::1"],
    'for="192.0.2.43:47011", for=198.51.100.17': ["192.0.2.43", "198.51.100.17"],
    "for=_hidden, for=unknown": ["_hidden", "unknown"],
    "proto=https": [""],
    "for=192.0.2.43, broken": [],
    "for=192.0.2.43;for=192.0.2.44": [],
    "": [],
}
"""Headers of the standard (the first four are its own examples, RFC 7239), and whom they name."""


@pytest.mark.parametrize("header", SENDERS)
def test_whom_the_standard_names(header: str) -> None:
    assert senders([header]) == SENDERS[header]
    assert senders([header, "for=192.0.2.1"]) == [*SENDERS[header], "192.0.2.1"]


@given(st.text(max_size=60))
def test_no_header_of_the_standard_is_too_odd(text: str) -> None:
    assert set("".join(first_hop(text).values())) <= set(text)


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
