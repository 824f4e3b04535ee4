"""The tables themselves: complete, explained, the same in every run; and how requests and drafts are changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sim.verify.endpoints import PUBLIC
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers import case as cases
from voicecall_sim.carriers.case import Desk, Draft, Expect, Shot
from voicecall_sim.verify.cases import battery
from voicecall_sim.world.chance import Chance

ALL = [(carrier, case) for carrier in CARRIERS for case in battery(carrier).cases]
BY_NAME = {f"{carrier}-{case.name}": (carrier, case) for carrier, case in ALL}

ASKED = {
    "twilio": """get query-and-body query-unsorted query-sorted query-duplicate-keys query-empty-value
        parameters-duplicate parameters-empty parameters-unicode parameters-plus-and-spaces
        port-is-not-signed password-is-not-signed overrides-are-not-signed trailing-slash
        json-by-its-hash retry value-changed parameter-added parameter-removed query-changed
        method-changed another-port another-host-forwarded""",
    "telnyx": """json-unicode json-keys-in-another-order form-of-texml clock-a-little-behind retry replay
        timestamp-stale timestamp-ahead timestamp-refreshed value-changed field-added field-removed
        body-written-again""",
    "plivo": """v3-alone v3-of-the-main-account-alone v2-alone get query-unsorted parameters-duplicate
        parameters-unicode rotation-new-first rotation-new-last port-is-signed
        overrides-are-not-signed retry replay nonce-changed value-changed parameter-added
        query-changed another-port downgrade-to-v2""",
}
EVERYWHERE = """header-names-lower-case header-names-upper-case signature-missing signature-empty wrong-key
    key-of-nothing signature-truncated signature-not-base64 signature-not-ascii
    signature-twice-good-first signature-twice-good-last giant-body slow-body"""


def desk(carrier: str, seed: int = 0) -> Desk:
    return Desk(url=PUBLIC, secret=battery(carrier).made_of("x"), now=lambda: 1_700_000_000, chance=Chance(seed))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_there_are_dozens_each_with_its_own_name(carrier: str) -> None:
    names = [case.name for case in battery(carrier).cases]
    assert len(names) == len(set(names))
    assert {*ASKED[carrier].split(), *EVERYWHERE.split()} <= set(names)
    forged = [case for case in battery(carrier).cases if case.forged]
    assert min(len(forged), len(names) - len(forged)) > 24
    assert {f"scheme-of-{other}" for other in CARRIERS if other != carrier} <= set(names)


def test_each_says_why_by_itself() -> None:
    whys = {name: case.why for name, (_, case) in BY_NAME.items()}
    assert {name: why for name, why in whys.items() if not (why.endswith(".") and len(why) > 25)} == {}
    assert {name: why for name, why in whys.items() if why.startswith("Likewise")} == {}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_each_is_the_same_in_every_run_of_a_seed_and_at_our_address(carrier: str) -> None:
    made = [{case.name: case.make(desk(carrier)) for case in battery(carrier).cases} for _ in range(2)]
    assert made[0] == made[1]
    assert {name: shots for name, shots in made[0].items() if not 1 <= len(shots) <= 2} == {}
    urls = [(name, shot.url) for name, shots in made[0].items() for shot in shots]
    assert [(name, url) for name, url in urls if not url.startswith("https://voice.example.com") or "#" in url] == []


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_request_holds_the_secret(carrier: str) -> None:
    secret = desk(carrier).secret.encode()
    shots = [(case.name, shot) for case in battery(carrier).cases for shot in case.make(desk(carrier))]
    assert len({name for name, _ in shots}) == len(battery(carrier).cases)
    assert [name for name, shot in shots if secret in f"{shot.url} {shot.headers}".encode() + shot.body] == []


def test_identifiers_are_new_with_another_seed() -> None:
    plain = battery("twilio").cases[0]
    assert plain.make(desk("twilio", 1)) != plain.make(desk("twilio", 2))


# --- how requests are changed -----------------------------------------------------------------------------------

SHOT = Shot(url=PUBLIC, headers=(("A", "1"), ("B", "2"), ("C", "3")))


def test_headers_are_replaced_in_their_place_repeated_and_removed() -> None:
    assert SHOT.with_header("b", "x").headers == (("A", "1"), ("b", "x"), ("C", "3"))
    assert SHOT.with_header("B", "x", "y").headers == (("A", "1"), ("B", "x"), ("B", "y"), ("C", "3"))
    assert SHOT.with_header("b").headers == (("A", "1"), ("C", "3"))
    assert SHOT.with_header("D", "4").headers[-1] == ("D", "4")
    other = replace(SHOT, headers=(("B", "9"),))
    assert SHOT.with_headers_of(other, ("B", "C")).headers == (("A", "1"), ("B", "9"))
    assert (SHOT.value("b"), SHOT.value("z"), SHOT.has("Z")) == ("2", "", False)


DRAFT = Draft(url="https://a.test/v", params=(("a", "1"), ("b", "2")))


@pytest.mark.parametrize(
    ("change", "url"),
    [
        (cases.queried("x=1"), "https://a.test/v?x=1"),
        (cases.ending("/"), "https://a.test/v/"),
        (cases.fragment("rc=2"), "https://a.test/v#rc=2"),
        (cases.at_host("b.test"), "https://b.test/v"),
        (cases.at_port(8443), "https://a.test:8443/v"),
        (cases.as_user("u:p"), "https://u:p@a.test/v"),
        (cases.nothing, "https://a.test/v"),
    ],
)
def test_urls_are_changed_and_nothing_else_of_them(change: cases.Change, url: str) -> None:
    assert change(DRAFT).url == url


def test_a_second_query_goes_on() -> None:
    assert cases.queried("y")(cases.queried("x=1")(DRAFT)).url == "https://a.test/v?x=1&y"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.test/", "a.test"),
        ("https://u:p@a.test:1/", "a.test"),
        ("https://[::1]:1/", "[::1]"),
        ("https://[::1]/", "[::1]"),
    ],
)
def test_hosts_of_every_kind(url: str, host: str) -> None:
    assert cases.hostname(url) == host


def test_parameters_are_changed() -> None:
    assert cases.plus(("c", "3"))(DRAFT).params[-1] == ("c", "3")
    assert cases.minus("a")(DRAFT).params == (("b", "2"),)
    assert cases.put("a", "9")(DRAFT).params == (("a", "9"), ("b", "2"))
    assert cases.backwards(DRAFT).params == (("b", "2"), ("a", "1"))
    assert cases.by_get(DRAFT).method == "GET"


def test_what_is_expected_has_a_word() -> None:
    assert {case.expect for _, case in ALL} == set(Expect)
