"""Faults of streams: what each makes of an opening, whatever carrier it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from voicecall_sim.carriers.emulator import StreamOpening, StreamTreatment
from voicecall_sim.faults.fault import ImpossibleFault, Span
from voicecall_sim.faults.rules import Interferer, Odds, StreamRule
from voicecall_sim.faults.streams import CLAIMS, SIGNATURES, TOKENS, StreamForged, StreamLate, StreamLost
from voicecall_sim.world.clock import EPOCH
from voicecall_sim.world.journal import Journal


class Still:
    def now(self) -> int:
        return 0

    def wall(self) -> object:
        return EPOCH


def sign(opening: StreamOpening) -> StreamOpening:
    """A scheme with two headers that depend on the URL."""
    digest = hashlib.sha256(opening.url.encode()).hexdigest()
    kept = tuple(item for item in opening.headers if not item[0].startswith("X-"))
    return replace(opening, headers=(*kept, ("X-Sign", digest), ("X-Nonce", digest[:4])))


def opening(number: int = 1, call_id: str = "CA12") -> StreamOpening:
    return sign(
        StreamOpening(
            number=number,
            call_id=call_id,
            two_way=True,
            url="wss://app.example/media",
            headers=(("Host", "app.example"),),
            shown_call_id=call_id,
            parameters=(("token", f"secret{number}"), ("lang", "aa")),
        )
    )


EARLIER = (opening(1, "CA12"), opening(2, "CA34"), opening(3, "CA12"))


def forged(genuine: StreamOpening | None = None, **more: object) -> StreamOpening:
    fault = StreamForged(openings=lambda: EARLIER, sign=sign, **more)  # type: ignore[arg-type]
    return fault.forge(genuine or opening(4, "CA12"))


def test_lost_and_late() -> None:
    treatment = StreamTreatment(opening=opening())
    assert StreamLost().treat(treatment, Random(0)).lost
    late = StreamLate(Span(at_least=5, at_most=5))
    assert late.treat(late.treat(treatment, Random(0)), Random(0)).delay == 10


@pytest.mark.parametrize(
    ("token", "parameters"),
    [
        ("missing", ()),
        ("wrong", (("token", "4terces"), ("lang", "bb"))),
        ("replayed", EARLIER[2].parameters),
        ("of another call", EARLIER[1].parameters),
    ],
)
def test_tokens(token: str, parameters: tuple[tuple[str, str], ...]) -> None:
    assert forged(token=token).parameters == parameters


@pytest.mark.parametrize(
    ("token", "query", "header"),
    [
        ("missing", "", None),
        ("wrong", "?call=4a&token=4terces", "4yek"),
        ("replayed", "?call=a3&token=secret3", "key3"),
        ("of another call", "?call=a2&token=secret2", "key2"),
    ],
)
def test_tokens_in_the_address_and_in_headers(token: str, query: str, header: str | None) -> None:
    def shown(number: int, call_id: str) -> StreamOpening:
        url = f"wss://app.example/media?call=a{number}&token=secret{number}"
        plain = replace(opening(number, call_id), url=url, parameters=())
        return sign(replace(plain, headers=(*plain.headers, ("Media-Key", f"key{number}"))))

    earlier = (shown(1, "CA12"), shown(2, "CA34"), shown(3, "CA12"))
    fault = StreamForged(openings=lambda: earlier, sign=sign, token=token, token_headers=("media-key",))
    copy = fault.forge(shown(4, "CA12"))
    assert copy.url == f"wss://app.example/media{query}"
    assert dict(copy.headers).get("Media-Key") == header
    assert dict(copy.headers)["X-Sign"] == dict(sign(copy).headers)["X-Sign"]


@pytest.mark.parametrize(("claims", "shown"), [("another call", "CA34"), ("an unknown call", "CA21")])
def test_claims(claims: str, shown: str) -> None:
    copy = forged(claims=claims)
    assert (copy.shown_call_id, copy.call_id) == (shown, "CA12")


def test_single_parameters_and_the_address() -> None:
    copy = forged(change={"token": None, "lang": "de", "new": 1}, to="/other")
    assert copy.parameters == (("lang", "de"), ("new", "1"))
    assert copy.url == "wss://app.example/other"


@pytest.mark.parametrize(("signature", "to"), list(product([*SIGNATURES, None], [None, "/other"])))
def test_signatures(signature: str | None, to: str | None) -> None:
    genuine = opening(4)
    copy = forged(genuine, signature=signature, to=to)
    headers, right = dict(copy.headers), dict(sign(replace(genuine, url=copy.url)).headers)
    assert headers["Host"] == "app.example"
    if signature == "missing":
        assert set(headers) == {"Host"}
    elif signature == "wrong":
        assert set(headers) == set(right)
        assert headers["X-Sign"] != right["X-Sign"]
    elif signature == "genuine":
        assert headers == right
    else:
        assert headers == dict(genuine.headers)


@pytest.mark.parametrize(("token", "claims"), list(product([*TOKENS, None], [*CLAIMS, None])))
def test_whatever_is_forged_the_call_and_the_number_stay(token: str | None, claims: str | None) -> None:
    copy = forged(token=token, claims=claims)
    assert (copy.number, copy.call_id, copy.headers) == (4, "CA12", opening(4).headers)


def test_without_an_earlier_stream_nothing_can_be_taken_from_it() -> None:
    alone = StreamForged(openings=lambda: (), sign=sign, token="replayed", claims="another call")
    assert alone.forge(opening()) == opening()
    for fault in (replace(alone, claims=None, token="of another call"), alone):
        with pytest.raises(ImpossibleFault):
            fault.check(opening())
    replace(alone, claims="an unknown call", token="wrong").check(opening())


def test_the_interferer_treats_streams() -> None:
    interferer = Interferer(Journal(Still()))  # type: ignore[arg-type]
    assert interferer.stream(opening()) == StreamTreatment(opening=opening())
    interferer.add(StreamRule(StreamLost(), Odds(draw=Random(0), left=1)))
    interferer.add(StreamRule(StreamLate(Span(at_least=7, at_most=7)), Odds(draw=Random(0))))
    assert interferer.stream(opening()) == StreamTreatment(opening=opening(), lost=True, delay=7)
    assert interferer.stream(opening()) == StreamTreatment(opening=opening(), delay=7)
    interferer.streams_cut = True
    assert interferer.stream(opening()).lost
    assert [entry.data["fault"] for entry in interferer.journal] == [
        "drop stream",
        "delay stream",
        "delay stream",
        "delay stream",
    ]
    interferer.clear()
    assert interferer.stream(opening()) == StreamTreatment(opening=opening())
