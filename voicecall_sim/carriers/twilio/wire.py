"""How a webhook looks on the wire: headers, encoding, redirects. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from yarl import URL

from voicecall_sim.carriers.emulator import Outgoing
from voicecall_sim.carriers.twilio.answers import Answer, Failure, Reply

KEEPS_METHOD: Final[Mapping[int, bool]] = {301: False, 302: False, 303: False, 307: True, 308: True}
"""The redirects that are followed, and whether method and body stay."""

HEADERS: Final = (
    ("User-Agent", "TwilioProxy/1.1"),
    ("Accept", "*/*"),
    ("Cache-Control", "max-age=259200"),
    ("Connection", "close"),
    ("X-Home-Region", "us1"),
)
FORM: Final = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
TOKEN_HEADER: Final = "I-Twilio-Idempotency-Token"


@dataclass(frozen=True, slots=True)
class Target:
    """What is requested next: the first URL, or where a redirect leads. The URL may hold credentials."""

    url: str
    method: str
    params: tuple[tuple[str, str], ...]


def headers(url: URL, token: str, *, form: bool, authorization: str | None, cookie: str) -> tuple[tuple[str, str], ...]:
    """The headers of a webhook but its signature."""
    told = [("Host", url.authority if url.explicit_port else url.raw_host or ""), *HEADERS]
    if form:
        told.append(FORM)
    told.append((TOKEN_HEADER, token))
    if authorization is not None:
        told.append(("Authorization", authorization))
    if cookie:
        told.append(("Cookie", cookie))
    return tuple(told)


def redirected(target: Target, answer: Answer) -> Target | None:
    """Where an answer sends the request to, if it does."""
    if not isinstance(answer, Reply) or answer.status not in KEEPS_METHOD:
        return None
    location = answer.headers.get("Location")
    if not location:
        return None
    url = cleaned(urljoin(target.url, location).partition("#")[0])
    if KEEPS_METHOD[answer.status]:
        return Target(url, target.method, target.params)
    return Target(url, "GET", ())


@lru_cache(maxsize=1024)
def cleaned(url: str) -> str:
    """The URL with what may not stand in one percent-encoded, and nothing else touched."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")


def form(params: Sequence[tuple[str, str]]) -> bytes:
    """Parameters as a form or query."""
    return "&".join([f"{encoded(name)}={encoded(value)}" for name, value in params]).encode()


encoded = lru_cache(maxsize=4096)(quote_plus)


def raw_request(hook: Outgoing) -> str:
    """The request as it looks on the wire, without its password."""
    parts = urlsplit(hook.url)
    line = f"{hook.method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"
    shown = (f"{name}: {'***' if name == 'Authorization' else value}" for name, value in hook.headers)
    return "\n".join((line, *shown, "", hook.body.decode(errors="replace")))


def raw_response(answer: Answer) -> str:
    """The answer as it looked on the wire, or nothing."""
    if isinstance(answer, Failure):
        return ""
    headers = (f"{name}: {value}" for name, value in answer.headers.items())
    return "\n".join((f"HTTP/1.1 {answer.status} {answer.reason}", *headers, "", answer.body.decode(errors="replace")))


FIDELITY: Final = (
    ("headers of form webhooks, TwilioProxy/1.1", "observed traffic", "captured"),
    ("GET parameters appended to the query", "usage/webhooks", "documented"),
    ("301, 302 and 303 go on as GET without the parameters", "voice/twiml/gather, troubleshooting", "assumed"),
    ("307 and 308 keep method and body; the new URL is signed", "no source", "assumed"),
)
