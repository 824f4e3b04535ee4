"""What the journal is shown of a REST exchange: everything but what must not be seen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from voicecall_sim.carriers.twilio.asked import Answer
from voicecall_sim.carriers.twilio.validation import Form

HIDDEN: Final = "***"
_SECRET_PARAMETERS: Final = frozenset({"SipAuthPassword"})
_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie"})
_URL_PASSWORD: Final = re.compile(r"(?P<before>\A[a-z][a-z0-9+.-]*://[^/?#@:\s]*:)[^/?#@\s]*@", re.IGNORECASE)


def hide(form: Form) -> Form:
    """The form without passwords: neither those that are parameters nor those within URLs."""
    return Form(tuple((name, _hide_value(name, value)) for name, value in form.pairs))


def _hide_value(name: str, value: str) -> str:
    if name in _SECRET_PARAMETERS:
        return HIDDEN
    if "@" not in value:
        return value
    return _URL_PASSWORD.sub(rf"\g<before>{HIDDEN}@", value)


def show_request(line: str, headers: Mapping[str, str], body: bytes, form: Form) -> str:
    """The request as text. The body is shown as it came unless it had to be hidden from."""
    heads = (f"{name}: {HIDDEN if name.lower() in _SECRET_HEADERS else value}" for name, value in headers.items())
    hidden = hide(form)
    text = body.decode("latin-1") if hidden == form else urlencode(hidden.pairs, safe="*")
    return "\n".join((line, *heads, "", text))


def show_answer(answer: Answer, text: str) -> str:
    """The answer as text, given its JSON as text; bytes are only counted."""
    content = answer.data if answer.data is not None else b""
    body = f"({len(content)} bytes of {answer.content_type})" if content else text
    return f"HTTP/1.1 {answer.status}\n\n{body}"


def as_text(content: Mapping[str, Any] | None) -> str:
    """JSON as it goes over the wire, nothing for nothing."""
    return "" if content is None else json.dumps(content)
