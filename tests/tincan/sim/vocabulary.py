"""What the words that scenarios use on every carrier mean on Tin Can: mostly themselves."""

from __future__ import annotations

from typing import Final

from tests.tincan.sim.rest import REASONS, REFUSALS, ROUTES
from voicecall_sim.carriers.vocabulary import Meaning, Told, Vocabulary

NAMES: Final = [operation for operation, _ in ROUTES.values()]

VOCABULARY: Final = Vocabulary(
    refusals={reason: Told(code=code) for reason, code in REASONS.items()},
    codes=frozenset(REFUSALS),
    neutral_operations={name: (Meaning(operation=name),) for name in NAMES},
    operations=frozenset({*NAMES, "unknown path"}),
    neutral_events={"ringing": ("ringing",), "heard": ("heard",), "ended": ("over",)},
    events=frozenset({"ringing", "heard", "silence", "done", "over"}),
)
