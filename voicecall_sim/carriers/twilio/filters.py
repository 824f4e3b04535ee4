"""The filters of lists: words that must be equal, and instants with their operator inside the parameter's name.

`StartTime=2026-01-05`, `StartTime<=2026-01-05`, `StartTime>=2026-01-05T09:00:00Z` arrive as the names `StartTime`,
`StartTime<` and `StartTime>` (twilio-python 9.13). Dates are days in UTC.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from voicecall_sim.carriers.twilio.refusals import Refused
from voicecall_sim.carriers.twilio.validation import Form

FIDELITY: Final = (
    ("a day includes its whole 24 hours in UTC", "OpenAPI twilio_api_v2010", "documented"),
    ("< is at or before, > at or after the instant; a day stands for its first midnight", "OpenAPI", "documented"),
    ("an instant without operator means that second", "nothing published", "assumed"),
    ("slack forms such as 06/11/2019 22:05:25 MST are read", "OpenAPI examples", "documented"),
    ("an unreadable instant is refused (20001)", "nothing published", "assumed"),
    ("what has not begun or ended matches no instant", "nothing published", "assumed"),
)

_COMPARISONS: Final[Mapping[str, Callable[[datetime, datetime], bool]]] = {"<": operator.le, ">": operator.ge}
_SLACK_FORMS: Final = ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y")
# Zones as RFC 2822 knows them; further ones are refused
_ZONES: Final[Mapping[str, int]] = {
    "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip


def names(name: str) -> tuple[str, ...]:
    """The parameter with its operators."""
    return (name, *(name + sign for sign in _COMPARISONS))


def judge(query: Form, name: str) -> None:
    """Refuse filters of that name that cannot be read, even if there is nothing to filter."""
    for one in names(name):
        if (text := query[one]) is not None:
            read_instant(one, text)


def within(query: Form, name: str, instant: datetime | None) -> bool:
    """Whether an instant satisfies every filter of that name; true if there is none."""
    limits = [(sign, text) for sign in ("", *_COMPARISONS) if (text := query[name + sign]) is not None]
    return all(_satisfies(instant, sign, *read_instant(name + sign, text)) for sign, text in limits)


def _satisfies(instant: datetime | None, sign: str, limit: datetime, whole_day: bool) -> bool:
    if instant is None:
        return False
    if sign:
        return _COMPARISONS[sign](instant, limit)
    return limit <= instant < limit + (timedelta(days=1) if whole_day else timedelta(seconds=1))


def read_instant(name: str, text: str) -> tuple[datetime, bool]:
    """The instant written, and whether it is a whole day. Refused if it cannot be read."""
    for reader in (_iso_day, _iso_instant, _slack, _mail):
        try:
            return reader(text.strip())
        except ValueError:
            continue
    raise Refused(20001, name=name, problem="is not a valid date")


def _iso_day(text: str) -> tuple[datetime, bool]:
    day = date.fromisoformat(text)
    return datetime(day.year, day.month, day.day, tzinfo=UTC), True


def _iso_instant(text: str) -> tuple[datetime, bool]:
    return _aware(datetime.fromisoformat(text)), False


def _slack(text: str) -> tuple[datetime, bool]:
    body, _, zone = text.rpartition(" ")
    hours = _ZONES.get(zone.upper())
    bare = text if hours is None else body
    for index, form in enumerate(_SLACK_FORMS):
        try:
            naive = datetime.strptime(bare, form)  # noqa: DTZ007  the zone is added below
        except ValueError:
            continue
        return naive.replace(tzinfo=UTC) - timedelta(hours=hours or 0), index == 1
    raise ValueError(text)


def _mail(text: str) -> tuple[datetime, bool]:
    return _aware(parsedate_to_datetime(text)), False


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
