"""Pages of a list. The newest comes first; a page is found by the record before or after it, not by its number.

The token of the next page is `PA` and the identifier of the last record before it (observed traffic:
`PageToken=PASMc49f…` in lists of messages).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.shelf import Shelf
from voicecall_sim.carriers.twilio.validation import Form

PARAMETERS: Final = ("PageSize", "Page", "PageToken")
DEFAULT_SIZE: Final = 50
LARGEST_SIZE: Final = 1000
_AFTER: Final = "PA"
_BEFORE: Final = "PB"
_SIDES: Final = (_AFTER, _BEFORE)

FIDELITY: Final = (
    ("body keys of a page, no total; start and end count from 0", "OpenAPI twilio_api_v2010", "documented"),
    ("PageToken is PA and the last record's identifier", "observed traffic", "captured"),
    ("the previous page's token is PB and the first record's identifier", "by analogy", "assumed"),
    ("the newest first", "nothing published", "assumed"),
    ("Page is the client's own count; without a token a list begins at its start", "OpenAPI", "documented"),
    ("PageSize above 1000 is 20007, an unknown PageToken 21481", "error dictionary", "documented"),
    ("PageSize or Page that is not a number is 20001", "nothing published", "assumed"),
)


class Record(Protocol):
    """Anything in a list."""

    @property
    def sid(self) -> str:
        """Its identifier."""
        ...


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Page:
    """What a request for a list asks for."""

    path: str
    query: Form
    number: int
    size: int
    token: str | None

    def body(self, key: str, shelf: Shelf[R], matches: Callable[[R], bool], show: Callable[[R], Any]) -> dict[str, Any]:
        """The JSON of the page: its records under `key`, each as `show` makes it, and what is to know about the page.

        No other key may stand at the top: twilio-python takes the one that it does not know for the records.
        """
        records = [record for record in shelf.newest_first() if matches(record)]
        begin = self._begin(records, shelf)
        shown = records[begin : begin + self.size]
        more = begin + len(shown) < len(records)
        return {key: [show(record) for record in shown], **self._describe(shown, more)}

    def _begin(self, records: Sequence[R], shelf: Shelf[R]) -> int:
        """Where the page begins among the records that match."""
        if self.token is None:
            return 0
        place = shelf.place(self.token[2:])
        if place is None or self.token[:2] not in _SIDES:
            raise Refused(21481)
        newer = [record for record in records if (shelf.place(record.sid) or 0) > place]
        if self.token.startswith(_BEFORE):
            return max(len(newer) - self.size, 0)
        return len(newer) + any(record.sid == self.token[2:] for record in records)

    def _describe(self, shown: Sequence[Record], more: bool) -> Mapping[str, Any]:
        start = self.number * self.size if shown else 0
        return {
            "page": self.number,
            "page_size": self.size,
            "start": start,
            "end": start + max(len(shown) - 1, 0),
            "uri": self._uri(self.number, self.token),
            "first_page_uri": self._uri(0, None),
            "next_page_uri": self._uri(self.number + 1, _AFTER + shown[-1].sid) if more else None,
            "previous_page_uri": self._uri(self.number - 1, _BEFORE + shown[0].sid) if self.number and shown else None,
        }

    def _uri(self, number: int, token: str | None) -> str:
        kept = [(name, value) for name, value in self.query.pairs if name not in PARAMETERS]
        paging = [("PageSize", str(self.size)), ("Page", str(number))]
        tail = [("PageToken", token)] if token else []
        return f"{self.path}?{urlencode(kept + paging + tail, quote_via=quote, safe='')}"


def read_page(path: str, query: Form) -> Page:
    """The page that a request asks for, or `Refused`."""
    size = _count(query, "PageSize", DEFAULT_SIZE, 1)
    if size > LARGEST_SIZE:
        raise Refused(20007)
    return Page(path, query, _count(query, "Page", 0, 0), size, query["PageToken"])


def _count(query: Form, name: str, default: int, least: int) -> int:
    text = query[name]
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise Refused(20001, name=name, problem=f"must be an integer of at least {least}")
    return int(text)
