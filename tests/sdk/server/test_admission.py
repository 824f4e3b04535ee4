"""Who is counted as whom, and how many requests at once somebody may have."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.server.admission import InFlight
from voicecall_sdk.server.peers import MOST_HOPS, address_of, counted_as, is_in
from voicecall_sdk.server.public_url import Forwarding

NOBODY = Forwarding()
PROXIED = Forwarding(trust=True, proxies=("127.0.0.1", "10.0.0.0/8", "fd00::/8"))
TUNNELLED = Forwarding(tunnel=True, proxies=("10.0.0.0/8",))
LISTED = Forwarding(hosts=("voice.example.com",), proxies=("127.0.0.1",))

# --- how many ---------------------------------------------------------------------------------------------------


def taken(counter: InFlight, *peers: str) -> list[bool]:
    """Which of these may come in, all at once."""
    with ExitStack() as stack:
        return [stack.enter_context(counter.slot(peer)) for peer in peers]


@pytest.mark.parametrize(
    ("limit", "addresses", "peers", "admitted"),
    [
        (2, 9, "aaa", [True, True, False]),
        (2, 9, "aabba", [True, True, True, True, False]),
        (1, 2, "abc", [True, True, True]),  # beyond two addresses the others share one place
        (1, 2, "abcd", [True, True, True, False]),
        (1, 2, "abcb", [True, True, True, False]),
        (2, 2, "abcda", [True, True, True, True, True]),  # who is known keeps his own count
        (0, 9, "a", [False]),
        (1, 0, "ab", [True, False]),
    ],
)
def test_how_many_at_once(limit: int, addresses: int, peers: str, admitted: list[bool]) -> None:
    assert taken(InFlight(limit, addresses), *peers) == admitted


def test_a_place_comes_back_whatever_happens() -> None:
    counter = InFlight(limit=1, addresses=1)

    def fail() -> None:
        with counter.slot("a"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert taken(counter, "a") == [True]
    assert taken(counter, "b") == [True]


def test_who_was_refused_gives_nothing_back() -> None:
    counter = InFlight(limit=1)
    with counter.slot("a") as first:
        assert taken(counter, "a") == [False]
        assert taken(counter, "a") == [False]
        assert first
    assert taken(counter, "a", "a") == [True, False]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=60))
def test_nothing_is_ever_left_over(steps: list[tuple[str, bool]]) -> None:
    """Whoever comes and goes in whatever order: at the end everybody may come in again."""
    counter, inside = InFlight(limit=2, addresses=3), []
    for peer, comes in steps:
        if comes or not inside:
            stack = ExitStack()
            stack.enter_context(counter.slot(peer))
            inside.append(stack)
        else:
            inside.pop(len(peer) % len(inside)).close()
    for stack in inside:
        stack.close()
    assert taken(counter, *"aabbcc") == [True] * 6
    assert not counter._counts


# --- who --------------------------------------------------------------------------------------------------------

REMOTES = {
    None: "",
    "": "",
    "no address": "no address",
    "203.0.113.9": "203.0.113.9",
    "::ffff:203.0.113.9": "203.0.113.9",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8:1:2::": "2001:db8:1:2::/64",
    "::1": "::1",
    "127.0.0.1": "127.0.0.1",
}


@pytest.mark.parametrize("forwarding", [NOBODY, LISTED, Forwarding(trust=True), PROXIED])
def test_a_peer_is_his_address_or_his_network(forwarding: Forwarding) -> None:
    assert {remote: counted_as(remote, (), forwarding) for remote in REMOTES} == REMOTES


@pytest.mark.parametrize(
    ("remote", "told", "forwarding", "name"),
    [
        ("127.0.0.1", ["203.0.113.9"], PROXIED, "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9"], PROXIED, "203.0.113.9"),  # the left ones are the sender's tale
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9, 10.1.1.1"], PROXIED, "203.0.113.9"),
        ("127.0.0.1", ["2001:db8:1:2:3::4"], PROXIED, "2001:db8:1:2::/64"),
        ("10.9.9.9", ["::ffff:203.0.113.9"], PROXIED, "203.0.113.9"),
        ("fd00::1", ["203.0.113.9"], PROXIED, "203.0.113.9"),
        ("127.0.0.1", ["10.0.0.1, 10.0.0.2"], PROXIED, "127.0.0.1"),  # proxies and nobody else
        ("127.0.0.1", ["203.0.113.9, unknown"], PROXIED, "127.0.0.1"),
        ("127.0.0.1", [""], PROXIED, "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9:4711"], PROXIED, "127.0.0.1"),
        ("198.51.100.7", ["203.0.113.9"], PROXIED, "198.51.100.7"),  # not from a proxy of ours
        (None, ["203.0.113.9"], PROXIED, ""),
        ("127.0.0.1", ["203.0.113.9"], NOBODY, "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], LISTED, "127.0.0.1"),  # allowedHosts say nothing about senders
        ("127.0.0.1", ["203.0.113.9"], Forwarding(trust=True), "127.0.0.1"),  # trust without proxies: anybody could
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9"], TUNNELLED, "203.0.113.9"),  # our own tunnel ends there
        ("::1", ["203.0.113.9"], TUNNELLED, "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, 127.0.0.1"], TUNNELLED, "203.0.113.9"),
        ("127.0.0.1", [], TUNNELLED, "127.0.0.1"),
        ("10.0.0.9", ["203.0.113.9"], TUNNELLED, "10.0.0.9"),  # a tunnel is no word for other proxies
        ("198.51.100.7", ["203.0.113.9"], TUNNELLED, "198.51.100.7"),
    ],
)
def test_who_stands_behind_a_proxy(remote: str | None, told: list[str], forwarding: Forwarding, name: str) -> None:
    assert counted_as(remote, told, forwarding) == name


def test_behind_more_proxies_than_there_ever_are_nobody_is_looked_for() -> None:
    trusting = Forwarding(trust=True, proxies=("10.0.0.0/8",))
    for between, name in ((MOST_HOPS - 1, "203.0.113.9"), (MOST_HOPS, "10.0.0.1")):
        assert counted_as("10.0.0.1", [", ".join(["203.0.113.9", *["10.0.0.2"] * between])], trusting) == name


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=3))
def test_whatever_is_told_somebody_is_counted(remote: str, told: list[str]) -> None:
    assert isinstance(counted_as(remote, told, PROXIED), str)
    assert counted_as("127.0.0.1", told, NOBODY) == "127.0.0.1"


@pytest.mark.parametrize(
    ("remote", "networks", "inside"),
    [
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["10.1.2.3"], True),
        ("10.1.2.3", ["10.1.2.1/8"], True),  # host bits set: as people write it
        ("::ffff:10.1.2.3", ["10.0.0.0/8"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db8::1", ["10.0.0.0/8", "0.0.0.0/0"], False),
        ("10.1.2.3", ["nonsense", "10.0.0.0/8"], True),
        ("10.1.2.3", ["10.0.0"], False),
        ("10.1.2.3", [], False),
        ("", ["0.0.0.0/0"], False),
        (None, ["0.0.0.0/0", "::/0"], False),
        ("010.1.2.3", ["10.0.0.0/8"], False),  # an octal reading would be somebody else
    ],
)
def test_networks(remote: str | None, networks: list[str], inside: bool) -> None:
    assert is_in(remote, networks) is inside


@pytest.mark.parametrize("text", ["127.0.0.1 ", "127.1", "0x7f000001", "2130706433", "localhost", "[::1]", "::1%lo/x"])
def test_what_is_no_address(text: str) -> None:
    assert address_of(text) is None
