"""What the journal is not shown."""

from __future__ import annotations

import pytest

from voicecall_sim.carriers.twilio.asked import NO_CONTENT, Answer
from voicecall_sim.carriers.twilio.evidence import hide, show_answer, show_request
from voicecall_sim.carriers.twilio.validation import Form


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("SipAuthPassword", "hunter2", "***"),
        ("Url", "https://user:hunter2@app.example/x", "https://user:***@app.example/x"),
        ("Url", "https://app.example/x?a=b:c@d", "https://app.example/x?a=b:c@d"),
        ("Url", "https://user@app.example/x", "https://user@app.example/x"),
        ("Twiml", "<Say>http://a:b@c</Say>", "<Say>http://a:b@c</Say>"),
        ("To", "sip:anna@pbx.example", "sip:anna@pbx.example"),
    ],
)
def test_passwords_are_hidden(name: str, value: str, shown: str) -> None:
    assert hide(Form(((name, value),))).pairs == ((name, shown),)


def test_requests_are_shown_as_they_came_without_credentials() -> None:
    text = show_request("POST /x HTTP/1.1", {"Authorization": "Basic QTpC", "Host": "h"}, b"A=%20", Form((("A", " "),)))
    assert text == "POST /x HTTP/1.1\nAuthorization: ***\nHost: h\n\nA=%20"


def test_a_body_with_a_password_is_written_anew() -> None:
    form = Form((("To", "+1"), ("SipAuthPassword", "hunter2")))
    assert show_request("POST /x HTTP/1.1", {}, b"To=%2B1&SipAuthPassword=hunter2", form).endswith(
        "\n\nTo=%2B1&SipAuthPassword=***"
    )


def test_answers_are_shown_and_sound_is_counted() -> None:
    assert show_answer(Answer(status=201, json={"a": 1}), '{"a": 1}') == 'HTTP/1.1 201\n\n{"a": 1}'
    assert show_answer(NO_CONTENT, "") == "HTTP/1.1 204\n\n"
    assert (
        show_answer(Answer(data=b"RIFF", content_type="audio/x-wav"), "") == "HTTP/1.1 200\n\n(4 bytes of audio/x-wav)"
    )
