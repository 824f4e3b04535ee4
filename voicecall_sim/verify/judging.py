"""What an endpoint's answers are worth: which statuses mean what, and the verdict on a case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from voicecall_sim.carriers.case import Case, Expect
from voicecall_sim.verify.sending import Answer

Ranges: TypeAlias = tuple[tuple[int, int], ...]

NOT_SERVED: Final = frozenset({400, 404, 405, 406, 415, 422, 501})
"""What an endpoint says to a form of webhook that it does not know."""
SERVER_ERROR: Final = 500
TOO_MANY: Final = 429


class Verdict(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"
    """Not as expected, in a case in which good endpoints differ."""
    SKIPPED = "skipped"
    """It does not apply to this endpoint."""


@dataclass(frozen=True, slots=True)
class Expectations:
    """Which statuses are `ok` and which are `refused`, as ranges."""

    ok: Ranges = ((200, 299),)
    refused: Ranges = ((400, 428), (430, 499))

    def accepts(self, answer: Answer) -> bool:
        """Whether the request was taken."""
        return any(low <= answer.status <= high for low, high in self.ok)

    def refuses(self, answer: Answer) -> bool:
        """Whether it was refused."""
        return any(low <= answer.status <= high for low, high in self.refused)


def expectations(text: str) -> Expectations:
    """Read `ok=200-299,refused=401|403`. Raises `ValueError` with what is wrong."""
    told: dict[str, Ranges] = {}
    for part in filter(None, text.split(",")):
        kind, equals, statuses = part.strip().partition("=")
        if not equals or kind not in ("ok", "refused"):
            raise ValueError(f"{part!r} is not of the form ok=200-299 or refused=401|403")
        told[kind] = tuple(_range(each) for each in statuses.split("|"))
    return Expectations(**told)


def _range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*([1-5]\d\d)(?:-([1-5]\d\d))?\s*", text)
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise ValueError(f"{text!r} is no status such as 401 and no range such as 200-299")
    return int(match[1]), int(match[2] or match[1])


def judge(case: Case, answers: Sequence[Answer], wanted: Expectations, refusal: int) -> tuple[Verdict, str]:
    """The verdict, and what came instead (empty if all is as expected).

    `refusal` is the status with which the endpoint refuses a plain forgery: another one for a form of webhook that it
    need not know says that it does not know it.
    """
    came = _came(case, answers, wanted)
    if not came:
        return Verdict.PASSED, ""
    status = answers[0].status
    if case.form and status in NOT_SERVED and status != refusal:
        return Verdict.SKIPPED, f"the endpoint does not serve {case.form} (it answers {status})"
    return (Verdict.NOTED if case.elective else Verdict.FAILED), came


def _came(case: Case, answers: Sequence[Answer], wanted: Expectations) -> str:
    """What is not as expected; empty if nothing."""
    if case.expect is Expect.REFUSED:
        return _not_refused(case, answers[-1], wanted)
    for answer in answers[:1] if case.expect is Expect.SAME_OR_REFUSED else answers:
        if not wanted.accepts(answer):
            return said(answer)
    return _other_reply(case, answers, wanted)


def _not_refused(case: Case, answer: Answer, wanted: Expectations) -> str:
    closed = case.may_close and answer.trouble == "closed"
    return "" if closed or wanted.refuses(answer) else said(answer)


def _other_reply(case: Case, answers: Sequence[Answer], wanted: Expectations) -> str:
    if case.expect is Expect.OK or answers[0] == answers[-1]:
        return ""
    if case.expect is Expect.SAME_OR_REFUSED and wanted.refuses(answers[-1]):
        return ""
    return f"another reply to the same request: {said(answers[0])}, then {said(answers[-1])}"


def said(answer: Answer) -> str:
    """An answer in a few words."""
    if answer.status == 0:
        return "the connection was closed without an answer" if answer.trouble == "closed" else answer.trouble
    hints: Mapping[bool, str] = {
        answer.status >= SERVER_ERROR: ": it fell over",
        answer.status == TOO_MANY: ": too many requests, so that nothing is known",
    }
    return f"answered {answer.status}{hints.get(True, '')}"
