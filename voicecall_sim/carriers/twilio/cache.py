"""What was fetched by GET, kept as a proxy keeps it: by ETag, Last-Modified and Cache-Control. POST is never kept.

Twilio docs, usage/webhooks ("Twilio is a well-behaved HTTP client"); RFC 9111.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from voicecall_sim.carriers.twilio.answers import Answer, Reply
from voicecall_sim.world.clock import SECOND, Micros

NOT_MODIFIED: Final = 304
_MAX_AGE: Final = re.compile(r"max-age=(\d+)")
_NOT_KEPT: Final = re.compile(r"no-store|private")
_VALIDATORS: Final = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and until when it may be used without asking."""

    reply: Reply
    fresh_until: Micros


class Cache:
    """The answers of all URLs fetched by GET."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def fresh(self, url: str, now: Micros) -> Reply | None:
        """The answer that need not be asked for again, if there is one."""
        kept = self._kept.get(url)
        return kept.reply if kept is not None and now < kept.fresh_until else None

    def conditions(self, url: str) -> tuple[tuple[str, str], ...]:
        """The headers that ask only for what has changed."""
        kept = self._kept.get(url)
        if kept is None:
            return ()
        headers = kept.reply.headers
        return tuple((asked, headers[told]) for told, asked in _VALIDATORS if told in headers)

    def settle(self, url: str, answer: Answer, now: Micros) -> Answer:
        """Keep an answer if it may be kept; what is meant if it says that nothing has changed."""
        if not isinstance(answer, Reply):
            return answer
        if answer.status == NOT_MODIFIED and url in self._kept:
            answer = self._kept[url].reply
        elif answer.status != 200:
            return answer
        control = answer.headers.get("Cache-Control", "").lower()
        age = _MAX_AGE.search(control)
        if not _NOT_KEPT.search(control) and answer.whole and (age or any(v in answer.headers for v, _ in _VALIDATORS)):
            at_once = age is None or "no-cache" in control
            self._kept[url] = Kept(answer, now if at_once or age is None else now + int(age[1]) * SECOND)
        return answer


FIDELITY: Final = (
    ("GET answers are kept by ETag, Last-Modified and Cache-Control, POST never", "usage/webhooks", "documented"),
    ("what is kept serves all calls of the account", "no source", "assumed"),
)
