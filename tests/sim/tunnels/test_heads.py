"""Heads of messages: nothing is lost on the way through, and nothing is added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.tunnels.edge import plain_name
from voicecall_sim.tunnels.heads import Answer, BadMessage, Head, parse

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_!#$%&'*+.^`|~", min_size=1, max_size=20)
VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f\x85\xa0"), max_size=40)
FIELDS = st.lists(st.tuples(TOKEN, VALUE), max_size=10).map(tuple)


@given(FIELDS)
def test_what_is_written_is_read_again(fields: tuple[tuple[str, str], ...]) -> None:
    head = Head("POST /a?b=c HTTP/1.1", fields)
    assert parse(head.raw()) == head


@given(FIELDS, TOKEN, VALUE)
def test_a_field_that_is_set_is_there_once(fields: tuple[tuple[str, str], ...], name: str, value: str) -> None:
    head = Head("GET / HTTP/1.1", fields).with_field(name, value)
    assert list(head.all(name)) == [value]
    others = [field for field in fields if field[0].lower() != name.lower()]
    assert [field for field in head.fields if field[0].lower() != name.lower()] == others
    assert head.without(name).get(name) is None


def test_words_of_a_request_and_of_a_response() -> None:
    head = parse(b"POST /voice?x=1 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nx-forwarded-for: 5.6.7.8\r\n\r\n")
    assert (head.method, head.target) == ("POST", "/voice?x=1")
    assert head.appended("X-Forwarded-For", "9.9.9.9").all("x-forwarded-for") == ["1.2.3.4, 5.6.7.8, 9.9.9.9"]
    assert head.aimed_at("/other").line == "POST /other HTTP/1.1"
    assert parse(b"HTTP/1.1 404 Not Found\r\n\r\n").status == 404
    assert parse(b"GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\n\r\n").has("connection", "upgrade")


@pytest.mark.parametrize("raw", [b"\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"])
def test_what_is_no_head(raw: bytes) -> None:
    with pytest.raises(BadMessage):
        parse(raw)


def test_an_answer_says_its_length_and_ends() -> None:
    head, _, body = Answer(502, "münchen", (("X-A", "b"),)).raw().partition(b"\r\n\r\n")
    assert body == "münchen".encode()
    assert head == b"HTTP/1.1 502 Bad Gateway\r\nX-A: b\r\nContent-Length: 8\r\nConnection: close"


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.Example", "a.example"), ("a.example:8443", "a.example"), (" a ", "a"), ("", ""), ("[::1]:443", "[::1]:443")],
)
def test_the_name_in_a_host(host: str, name: str) -> None:
    assert plain_name(host) == name
