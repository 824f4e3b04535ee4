"""Reading forms."""

from __future__ import annotations

import pytest

from voicecall_sim.carriers.twilio.account import Callback
from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.validation import Form, callback, choice, flag, method, read_form, whole


def test_a_form_keeps_order_repetition_and_blanks() -> None:
    form = read_form(b"B=1&A=&B=2&C=%C3%BC+x&D")
    assert form.pairs == (("B", "1"), ("A", ""), ("B", "2"), ("C", "ü x"), ("D", ""))
    assert form.names() == ("B", "A", "C", "D")
    assert form.plain() == {"B": ["1", "2"], "A": "", "C": "ü x", "D": ""}


def test_what_is_empty_is_absent_but_there() -> None:
    form = Form((("A", ""), ("A", "1"), ("B", ""), ("a", "2")))
    assert form["A"] == "1"
    assert form["B"] is None
    assert "B" in form
    assert "b" not in form
    assert form.every("A") == ("1",)


@pytest.mark.parametrize("body", [b"\xff", b"A=%FF"])
def test_a_form_that_cannot_be_decoded_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_form(body)
    assert caught.value.code == 20422


def test_defaults() -> None:
    assert method(Form(), "Method") == "POST"
    assert callback(Form(), "Url", "Method", local=False) is None
    assert whole(Form(), "Timeout", 60, (1, 600)) == 60
    assert choice(Form(), "Trim", ("a", "b"), "b") == "b"
    assert flag(Form(), "Record") is False


def test_a_method_is_judged_even_without_its_url() -> None:
    with pytest.raises(Refused) as caught:
        callback(Form((("Method", "HEAD"),)), "Url", "Method", local=False)
    assert caught.value.message == "Method is not a valid HTTP method: HEAD"


def test_a_callback_has_its_method() -> None:
    form = Form((("Url", "https://a.example/x"), ("Method", "GET")))
    assert callback(form, "Url", "Method", local=False) == Callback(url="https://a.example/x", method="GET")


def test_words_that_are_not_offered_are_refused_by_name() -> None:
    with pytest.raises(Refused) as caught:
        choice(Form((("Status", "paused"),)), "Status", ("completed",), "completed")
    assert (caught.value.code, caught.value.message) == (20001, "Status is not a valid choice")
