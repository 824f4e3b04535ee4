"""All cases as a page of the documents."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_sim.carriers.case import Case, Expect
from voicecall_sim.verify.cases import battery, verifiable

INTRODUCTION = """\
What `voicecall-sim verify` sends to an endpoint, carrier by carrier, and why. Made by
`voicecall-sim verify --list --markdown` from the tables in the code; a test compares.

- *ok* must be taken, *refused* must not. Of *same-reply* the same bytes come twice and must get the same reply; of
  *same-reply or refused* the second may also be refused.
- *(noted)*: good endpoints differ in it; another answer is told, and fails nothing.
- *(may close)*: to hang up without an answer counts as a refusal.
- *(if served)*: an optional form of webhook. It is passed over at an endpoint that does not know it (that answers
  400, 404, 405, 406, 415, 422 or 501, and something else to a plain forgery).
- *(https)*: for such URLs only."""


def markdown() -> str:
    """The page."""
    return "\n".join(("# The signature regression battery", "", INTRODUCTION, *_tables())) + "\n"


def _tables() -> Iterator[str]:
    for carrier in verifiable():
        cases = battery(carrier).cases
        forged = sum(case.forged for case in cases)
        yield from ("", f"## {carrier}", "", f"{len(cases)} cases: {len(cases) - forged} genuine, {forged} forged.", "")
        yield from ("| case | expected | why | source |", "|---|---|---|---|")
        yield from (f"| {case.name} | {expected(case)} | {_cell(case.why)} | {_cell(case.source)} |" for case in cases)


def expected(case: Case) -> str:
    """What is expected, in a few words."""
    words = "same-reply or refused" if case.expect is Expect.SAME_OR_REFUSED else case.expect.value
    marks = {"noted": case.elective, "may close": case.may_close, "if served": bool(case.form), "https": case.https}
    return " ".join((words, *(f"({mark})" for mark, holds in marks.items() if holds)))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
