"""What came of a battery, to be read: a line a case, then each failure with the reason why it matters."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from voicecall_sim.carriers.case import Expect
from voicecall_sim.verify.judging import Verdict
from voicecall_sim.verify.performing import Result

WIDTH: Final = 100
MARKS: Final = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.NOTED: "~", Verdict.SKIPPED: "-"}
WANTED: Final = {
    Expect.OK: "must be taken",
    Expect.REFUSED: "must be refused",
    Expect.SAME_REPLY: "must get the same reply twice",
    Expect.SAME_OR_REFUSED: "must get the same reply twice, or a refusal",
}
NOTHING_PROVED: Final = (
    "the plainest genuine webhook was not taken. Is this the URL that the endpoint takes for its own (the public URL), "
    "and the account's secret? Until it is, what was refused proves nothing."
)


def line(result: Result) -> str:
    """One case: `✗ twilio  value-changed  answered 200`."""
    named = f"{MARKS[result.verdict]} {result.carrier:8}{result.case.name:34}"
    return f"{named}{result.came}".rstrip()


def explained(results: Sequence[Result], width: int = WIDTH) -> str:
    """Failures and notes with their reasons, and the counts."""
    found = [*_grouped(results, Verdict.FAILED, width), *_grouped(results, Verdict.NOTED, width)]
    return "\n".join((*found, *_warning(results, width), counts(results)))


def counts(results: Sequence[Result]) -> str:
    """How many there were of each verdict."""
    counted = Counter(result.verdict for result in results)
    return " · ".join(f"{counted[verdict]} {verdict.value}" for verdict in Verdict if counted[verdict])


def good(results: Sequence[Result]) -> bool:
    """Whether all is as expected."""
    return not any(result.verdict is Verdict.FAILED for result in results)


def _grouped(results: Sequence[Result], verdict: Verdict, width: int) -> Iterator[str]:
    for result in results:
        if result.verdict is verdict:
            yield f"{verdict.value}  {result.id}: {WANTED[result.case.expect]}; {result.came}"
            yield textwrap.fill(result.case.why, width, initial_indent="  ", subsequent_indent="  ")
            if result.case.source:
                yield f"  ({result.case.source})"
            yield ""


def _warning(results: Sequence[Result], width: int) -> Iterator[str]:
    for carrier in dict.fromkeys(result.carrier for result in results):
        first = next(result for result in results if result.carrier == carrier)
        if first.verdict is Verdict.FAILED and first.case.expect is Expect.OK and not first.case.form:
            yield textwrap.fill(f"{carrier}: {NOTHING_PROVED}", width)
            yield ""
