"""One case of the signature regression battery, and what it is made of. Knows no carrier.

A carrier's folder has its tables of cases in its room `battery`; `voicecall_sim.verify` sends them to an endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from voicecall_sim.world.chance import Chance

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Expect(StrEnum):
    """What an endpoint should answer."""

    OK = "ok"
    """It takes the request."""
    REFUSED = "refused"
    """It does not; or it closes the connection."""
    SAME_REPLY = "same-reply"
    """It takes the request, and gives the same reply when the same bytes come again: the carrier tries again so."""
    SAME_OR_REFUSED = "same-reply|refused"
    """Likewise; but it may refuse the second: the carrier never sends the same bytes twice, so that is a replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One HTTP request. `url` is the one requested, as seen from outside; `stalls` means that half the body is sent."""

    url: str
    method: str = "POST"
    headers: Pairs = ()
    body: bytes = b""
    stalls: bool = False

    def value(self, name: str) -> str:
        """The first value of a header; empty if there is none."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), "")

    def with_header(self, name: str, *values: str) -> Shot:
        """A copy with these values of a header, in the old one's place (or at the end); none removes it."""
        new = [(name, value) for value in values]
        place = [each.lower() for each, _ in self.headers].index(name.lower()) if self.has(name) else len(self.headers)
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return replace(self, headers=(*kept[:place], *new, *kept[place:]))

    def has(self, name: str) -> bool:
        """Whether it has such a header."""
        return any(each.lower() == name.lower() for each, _ in self.headers)

    def with_headers_of(self, other: Shot, names: Sequence[str]) -> Shot:
        """A copy with the other's values of these headers."""
        shot = self
        for name in names:
            shot = shot.with_header(name, *([other.value(name)] if other.has(name) else []))
        return shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A webhook before it is signed: `url` as it is configured at the carrier; form parameters, or a body that is none.

    `nonce` and `timestamp` (Unix seconds) are for the carriers that sign one.
    """

    url: str
    method: str = "POST"
    params: Pairs = ()
    body: bytes | None = None
    nonce: str = ""
    timestamp: int = 0


Change: TypeAlias = Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What cases are made with: the URL that is configured at the carrier, the account's secret, time and chance.

    `now` is in Unix seconds.
    """

    url: str
    secret: str
    now: Callable[[], int]
    chance: Chance


Make: TypeAlias = Callable[[Desk], Sequence[Shot]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of a table: what is sent (the last of the requests is judged), what is expected, and why it matters.

    `elective`: good endpoints differ in it, the carriers' own validators too; another answer is noted, no failure.
    `form`: an optional form of webhook, in words, that an endpoint may not serve at all. `https`: only for such URLs.
    `may_close`: to hang up without an answer is a refusal.
    """

    name: str
    expect: Expect
    why: str
    make: Make
    source: str = ""
    elective: bool = False
    form: str = ""
    https: bool = False
    may_close: bool = False

    @property
    def forged(self) -> bool:
        """Whether no carrier sent this."""
        return self.expect is Expect.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a carrier's folder tells of its signatures.

    `secret` is what the signing secret is called in words parted by dashes; `headers` are those of the signature,
    the first one is the signature itself. `signed` makes the request of a draft; `check` raises `ValueError` for a text
    that is no secret of this carrier; `made_of` makes a secret of any text; `published` is what everybody may know of
    one; `settings` is the carrier's block of an application's configuration.
    """

    secret: str
    headers: tuple[str, ...]
    draft: Callable[[Desk], Draft]
    signed: Callable[[Desk, Draft], Shot]
    check: Callable[[str], None]
    made_of: Callable[[str], str]
    published: Callable[[str], str]
    settings: Callable[[str], Mapping[str, str]]
    cases: tuple[Case, ...] = ()


def check_token(secret: str) -> None:
    """Raises `ValueError` for what cannot be an auth token. The text is not shown."""
    if not re.fullmatch(r"[!-~]+", secret):
        raise ValueError("expected an auth token: printable characters, no blanks")


# --- how drafts are changed -------------------------------------------------------------------------------------


def plus(*pairs: tuple[str, str]) -> Change:
    """With parameters more, at the end."""
    return lambda draft: replace(draft, params=(*draft.params, *pairs))


def minus(name: str) -> Change:
    """Without a parameter."""
    return lambda draft: replace(draft, params=tuple(pair for pair in draft.params if pair[0] != name))


def put(name: str, value: str) -> Change:
    """With another value of a parameter."""
    return lambda draft: replace(draft, params=tuple((n, value if n == name else v) for n, v in draft.params))


def nothing(draft: Draft) -> Draft:
    """Without parameters."""
    return replace(draft, params=())


def backwards(draft: Draft) -> Draft:
    """With the parameters in the opposite order."""
    return replace(draft, params=draft.params[::-1])


def by_get(draft: Draft) -> Draft:
    """Requested with GET: the parameters travel in the query."""
    return replace(draft, method="GET")


def queried(text: str) -> Change:
    """With this query, as it stands, after the one there is."""
    return lambda draft: replace(draft, url=f"{draft.url}{'&' if '?' in draft.url else '?'}{text}")


def ending(text: str) -> Change:
    """With something at the end of the path."""
    return lambda draft: replace(draft, url=_with(draft.url, path=(urlsplit(draft.url).path or "/") + text))


def fragment(text: str) -> Change:
    """With a fragment, where carriers take their connection settings from."""
    return lambda draft: replace(draft, url=_with(draft.url, fragment=text))


def at_host(host: str) -> Change:
    """At another host."""
    return lambda draft: replace(draft, url=_with(draft.url, netloc=host))


def at_port(port: int) -> Change:
    """At the same host with that port written out."""
    return lambda draft: replace(draft, url=_with(draft.url, netloc=f"{hostname(draft.url)}:{port}"))


def as_user(userinfo: str) -> Change:
    """With user and password in the URL."""
    return lambda draft: replace(draft, url=_with(draft.url, netloc=f"{userinfo}@{urlsplit(draft.url).netloc}"))


def hostname(url: str) -> str:
    """The host of a URL as it is written: IPv6 in brackets, no port."""
    netloc = urlsplit(url).netloc.rpartition("@")[2]
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc


def _with(url: str, **parts: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**parts))
