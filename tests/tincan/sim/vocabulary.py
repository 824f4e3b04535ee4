"""What the words that scenarios use on every carrier mean at Tin Can: its own are the same."""

from __future__ import annotations

from typing import Final

from tests.tincan.sim.rest import REFUSALS, ROUTES
from voicecall_sim.carriers.vocabulary import REASONS, Meaning, Told, Vocabulary

OPERATIONS: Final = tuple(operation for operation, _ in ROUTES.values())

VOCABULARY: Final = Vocabulary(
    refusals={reason: Told(code=reason) for reason in REASONS if reason in REFUSALS},
    codes=frozenset(REFUSALS),
    neutral_operations={operation: (Meaning(operation=operation),) for operation in OPERATIONS},
    operations=frozenset({*OPERATIONS, "unknown path"}),
    neutral_events={"initiated": ("incoming",), "ended": ("over",)},
    events=frozenset({"incoming", "ringing", "answered", "done", "heard", "silence", "over"}),
    parameters={"speech": ("text",), "state": ("event",)},
)
