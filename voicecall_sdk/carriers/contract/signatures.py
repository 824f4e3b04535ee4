"""Rules about believing: what the carrier signed, nothing else, and nothing worse than a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from voicecall_sdk.carriers.carrier import Carrier, Credentials
from voicecall_sdk.carriers.contract.samples import GARBAGE, Genuine, Samples, credentials_of
from voicecall_sdk.errors import Forged

HOSTILE: Final = ("", "=", "\x00", "é", "💥", "0", "-1", "nan", "A" * 10_000, ",,,", "Bearer x", "====")
"""Values of headers that mean nothing."""


def believed(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Each genuine webhook is proved, twice with one key, and no two share a key."""
    if carrier.settings.remote and not samples.genuine:
        yield "samples.genuine is empty: without a signed webhook nothing can be said"
    credentials, keys = credentials_of(carrier, samples.block), list[str]()
    for number, one in enumerate(samples.genuine):
        names = frozenset(one.request.headers)
        if carrier.required_headers and not any(way <= names for way in carrier.required_headers):
            yield f"genuine[{number}] has none of `required_headers`: it would be refused unread"
        try:
            first, second = (_proved(carrier, one, credentials) for _ in range(2))
        except Forged as error:
            yield f"genuine[{number}] is not believed: {error}"
            continue
        if first != second:
            yield f"genuine[{number}] has another key the second time: a repetition would not be known again"
        keys.append(first)
    if len(set(keys)) != len(keys):
        yield "two of the genuine webhooks have one key: the second would be taken for a repetition"


def suspicious(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Whatever is changed about a genuine webhook makes it a forgery."""
    credentials, others = credentials_of(carrier, samples.block), credentials_of(carrier, samples.another)
    for number, one in enumerate(samples.genuine):
        for what, changed in _changed(carrier, one):
            if _is_believed(carrier, changed, credentials):
                yield f"genuine[{number}] is believed with {what}"
        if carrier.settings.remote and _is_believed(carrier, one, others):
            yield f"genuine[{number}] is believed by another account"


def _changed(carrier: Carrier, one: Genuine) -> Iterator[tuple[str, Genuine]]:
    yield from _resigned(carrier, one)
    request = one.request
    if "body" in one.covers:
        yield "more in its body", replace(one, request=replace(request, body=request.body + b"&Added=1"))
    if "url" in one.covers:
        for what, changed in (
            ("another path", {"path": "/elsewhere"}),
            ("another host", {"netloc": "elsewhere.example.com"}),
            ("more in its query", {"query": "added=1"}),
        ):
            urls = tuple(urlunsplit(urlsplit(url)._replace(**changed)) for url in one.urls)
            yield what, replace(one, urls=urls)


def _resigned(carrier: Carrier, one: Genuine) -> Iterator[tuple[str, Genuine]]:
    """All that vouches for it gone, spoilt or cut short; and, where there is one way only, each header by itself."""
    headers = one.request.headers
    present = [way for way in carrier.required_headers if way <= frozenset(headers)]
    vouching = sorted(set().union(*present))
    groups = [vouching, *([name] for name in vouching if len(present) == 1)] if present else []
    for names in groups:
        told = " and ".join(names)
        without = {name: value for name, value in headers.items() if name not in names}
        yield f"no {told}", _with(one, without)
        for how, spoil in (("an empty", lambda _: ""), ("half a", _halved), ("a reversed", _reversed)):
            yield f"{how} {told}", _with(one, {**headers, **{name: spoil(headers[name]) for name in names}})


def _halved(value: str) -> str:
    return value[: len(value) // 2]


def _reversed(value: str) -> str:
    """Backwards; of a value that reads the same, something else."""
    return value[::-1] if value[::-1] != value else f"{value}0"


def _with(one: Genuine, headers: dict[str, str]) -> Genuine:
    return replace(one, request=replace(one.request, headers=headers))


def unshaken(carrier: Carrier, samples: Samples) -> Iterator[str]:
    """Nonsense in headers, body and URL is `Forged`: no other error, and never belief."""
    if not carrier.settings.remote:
        return
    credentials = credentials_of(carrier, samples.block)
    names = sorted(set().union(*carrier.required_headers))
    for one in samples.genuine:
        for value in HOSTILE:
            for body in GARBAGE:
                request = replace(
                    one.request, headers={**one.request.headers, **dict.fromkeys(names, value)}, body=body
                )
                for urls in (one.urls, ()):
                    problem = _shaken(carrier, replace(one, request=request, urls=urls), credentials)
                    if problem:
                        yield f"headers {value[:20]!r}, body {body[:20]!r}, {len(urls)} URLs: {problem}"


def _shaken(carrier: Carrier, one: Genuine, credentials: Credentials) -> str | None:
    try:
        return "believed" if _is_believed(carrier, one, credentials) else None
    except Exception as error:  # noqa: BLE001  whatever it is, it is told as a breach
        return f"raises {error!r}"


def _is_believed(carrier: Carrier, one: Genuine, credentials: Credentials) -> bool:
    try:
        _proved(carrier, one, credentials)
    except Forged:
        return False
    return True


def _proved(carrier: Carrier, one: Genuine, credentials: Credentials) -> str:
    return carrier.verify(one.request, credentials, one.urls, one.now).key
