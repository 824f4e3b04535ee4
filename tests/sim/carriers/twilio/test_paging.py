"""Pages, also of lists that change while they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.carriers.twilio.paging import Page, read_page
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.shelf import Shelf
from voicecall_sim.carriers.twilio.validation import Form, read_form

PATH = "/2010-04-01/Accounts/AC1/Calls.json"


@dataclass(frozen=True)
class Thing:
    """Anything that is listed."""

    sid: str


def shelf_of(count: int) -> Shelf[Thing]:
    """A shelf with that many things, CA0 the oldest."""
    shelf: Shelf[Thing] = Shelf()
    for number in range(count):
        shelf[f"CA{number}"] = Thing(f"CA{number}")
    return shelf


def even(thing: Thing) -> bool:
    """Whether its number is even."""
    return int(thing.sid[2:]) % 2 == 0


def get(uri: str, shelf: Shelf[Thing], matches: Any = lambda thing: True) -> dict[str, Any]:
    """The page at a relative URI."""
    parts = urlsplit(uri)
    return read_page(parts.path, read_form(parts.query.encode())).body("calls", shelf, matches, lambda one: one.sid)


@given(st.integers(0, 40), st.integers(1, 15), st.booleans())
def test_the_pages_are_the_list_forwards_and_backwards(count: int, size: int, half: bool) -> None:
    shelf, matches = shelf_of(count), even if half else lambda thing: True
    forwards, uri = [], f"{PATH}?To=%2B1&PageSize={size}"
    while uri:
        page = get(uri, shelf, matches)
        forwards.append(page)
        uri = page["next_page_uri"]
    seen = [sid for page in forwards for sid in page["calls"]]
    assert seen == [thing.sid for thing in shelf.newest_first() if matches(thing)]
    backwards, uri = [forwards[-1]], forwards[-1]["previous_page_uri"]
    while uri:
        page = get(uri, shelf, matches)
        backwards.append(page)
        uri = page["previous_page_uri"]
    assert [page["calls"] for page in reversed(backwards)] == [page["calls"] for page in forwards]


@given(st.integers(1, 30), st.integers(1, 10))
def test_a_page_knows_its_place(count: int, size: int) -> None:
    shelf, uri, number = shelf_of(count), f"{PATH}?PageSize={size}", 0
    while uri:
        page = get(uri, shelf)
        assert (page["page"], page["page_size"], page["start"]) == (number, size, number * size)
        assert page["end"] - page["start"] + 1 == len(page["calls"])
        assert page["first_page_uri"] == f"{PATH}?PageSize={size}&Page=0"
        assert (page["previous_page_uri"] is None) is (number == 0)
        uri, number = page["next_page_uri"], number + 1


@given(st.integers(0, 30), st.integers(1, 10))
def test_a_list_that_is_emptied_while_it_is_read_is_read_whole(count: int, size: int) -> None:
    shelf, uri, seen = shelf_of(count), f"{PATH}?PageSize={size}", []
    while uri:
        page = get(uri, shelf)
        seen += page["calls"]
        for sid in page["calls"]:
            del shelf[sid]
        uri = page["next_page_uri"]
    assert seen == [f"CA{number}" for number in reversed(range(count))]


def test_what_comes_new_shifts_nothing() -> None:
    shelf = shelf_of(4)
    first = get(f"{PATH}?PageSize=2", shelf)
    shelf["CA9"] = Thing("CA9")
    assert get(first["next_page_uri"], shelf)["calls"] == ["CA1", "CA0"]


def test_an_empty_list() -> None:
    page = get(PATH, shelf_of(0))
    assert page == {
        "calls": [],
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 0,
        "uri": f"{PATH}?PageSize=50&Page=0",
        "first_page_uri": f"{PATH}?PageSize=50&Page=0",
        "next_page_uri": None,
        "previous_page_uri": None,
    }


def test_filters_stay_in_the_addresses_of_the_pages() -> None:
    page = get(f"{PATH}?StartTime%3E=2026-01-05&To=%2B1%20555&PageSize=1", shelf_of(2))
    assert page["next_page_uri"] == (f"{PATH}?StartTime%3E=2026-01-05&To=%2B1%20555&PageSize=1&Page=1&PageToken=PACA1")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("PageSize=1001", 20007),
        ("PageSize=0", 20001),
        ("PageSize=-1", 20001),
        ("PageSize=x", 20001),
        ("Page=-1", 20001),
        ("Page=x", 20001),
        ("PageToken=x", 21481),
        ("PageToken=PACA99", 21481),
        ("PageToken=PXCA1", 21481),
    ],
)
def test_pages_that_do_not_exist(query: str, code: int) -> None:
    with pytest.raises(Refused) as caught:
        get(f"{PATH}?{query}", shelf_of(3))
    assert caught.value.code == code


def test_the_largest_page() -> None:
    assert read_page(PATH, Form((("PageSize", "1000"),))) == Page(PATH, Form((("PageSize", "1000"),)), 0, 1000, None)
    assert len(get(f"{PATH}?PageSize=1000", shelf_of(1000))["calls"]) == 1000


def test_a_page_without_token_is_the_first_whatever_its_number() -> None:
    assert get(f"{PATH}?PageSize=2&Page=1", shelf_of(3))["calls"] == ["CA2", "CA1"]
