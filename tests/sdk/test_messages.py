"""Requests as values: what is read from target and body."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sdk.messages import WebhookRequest, form_of_pairs, pairs_of

TEXT = st.text(alphabet=st.characters(codec="utf-8"))


def request(target: str, body: bytes = b"") -> WebhookRequest:
    return WebhookRequest(method="POST", target=target, headers={}, body=body)


@given(st.text(alphabet="ab=&%+2Fé;\udc80 ", max_size=40) | st.text(max_size=40))
def test_forms_are_read_as_the_standard_library_reads_them(text: str) -> None:
    assert pairs_of(text) == parse_qsl(text, keep_blank_values=True)


@given(
    st.lists(st.tuples(st.text(alphabet=st.characters(codec="utf-8")), st.text(alphabet=st.characters(codec="utf-8"))))
)
def test_what_was_written_is_read(pairs: list[tuple[str, str]]) -> None:
    assert pairs_of(urlencode(pairs)) == pairs


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"), max_size=99))))
def test_forms_are_written_as_the_standard_library_writes_them(pairs: list[tuple[str, str]]) -> None:
    assert form_of_pairs(pairs) == urlencode(pairs).encode()


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/voice/webhook?a=1&b=&a=2", "/voice/webhook", {"a": "2", "b": ""}),
        ("/voice/webhook", "/voice/webhook", {}),
        ("/voice/webhook?", "/voice/webhook", {}),
        ("http://voice.example.com/voice/webhook?a=%26", "/voice/webhook", {"a": "&"}),
    ],
)
def test_path_and_query(target: str, path: str, query: dict[str, str]) -> None:
    asked = request(target)
    assert (asked.path, asked.query) == (path, query)
    assert asked.query is asked.query


def test_a_body_that_is_no_text_is_read_all_the_same() -> None:
    assert request("/", b"a=\xff&b=%ff&=c").form == [("a", "\ufffd"), ("b", "\ufffd"), ("", "c")]
