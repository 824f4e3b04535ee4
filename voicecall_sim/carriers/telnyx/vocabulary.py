"""What the words that scenarios use on every carrier mean here.

Nothing tells that a call rings: there is no such event (OpenAPI; observed traffic). What state a call is in is told by
the type of an event.
"""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.telnyx import rest_others, rest_queues, rest_records
from voicecall_sim.carriers.telnyx.events import TYPES
from voicecall_sim.carriers.telnyx.parameters import ABSENT, ACTIONS
from voicecall_sim.carriers.telnyx.refusals import CATALOGUE, REASONS
from voicecall_sim.carriers.telnyx.rest_calls import operation_of
from voicecall_sim.carriers.telnyx.stream_messages import TOKEN
from voicecall_sim.carriers.telnyx.terms import Terms
from voicecall_sim.carriers.vocabulary import Meaning, Told, Vocabulary, limits_of

INSTRUCTS: Final = (
    "speak", "playback_start", "playback_stop", "gather", "gather_using_speak", "gather_using_audio", "gather_stop",
    "send_dtmf", "streaming_start", "streaming_stop", "transfer", "bridge", "enqueue", "refer",
)  # fmt: skip
"""The commands by which a live call does something else. Hearing is not among them: it goes on beside all others."""

VOCABULARY: Final = Vocabulary(
    limits=limits_of(Terms),
    refusals={reason: Told(code=code, status=status) for reason, (code, status) in REASONS.items()}
    | {"server error": Told(code="10007", status=500)},
    codes=frozenset(CATALOGUE),
    neutral_operations={
        "create call": (Meaning(operation="create call"),),
        "fetch call": (Meaning(operation="fetch call"),),
        "answer call": (Meaning(operation="answer call"),),
        "end call": (Meaning(operation="hang up call"), Meaning(operation="reject call")),
        "instruct call": tuple(Meaning(operation=operation_of(action)) for action in INSTRUCTS),
        "press keys": (Meaning(operation=operation_of("send_dtmf")),),
        "start stream": (Meaning(operation="start stream"),),
        "stop stream": (Meaning(operation="stop stream"),),
    },
    operations=frozenset(map(operation_of, (*ACTIONS, *ABSENT)))
    | {
        "create call",
        "fetch call",
        "list calls",
        "unknown path",
        *rest_others.OPERATIONS,
        *rest_records.OPERATIONS,
        *rest_queues.OPERATIONS,
    },
    neutral_events={
        "initiated": ("call.initiated",),
        "answered": ("call.answered",),
        "heard": ("call.transcription", "call.gather.ended", "call.dtmf.received"),
        "ended": ("call.hangup",),
    },
    events=frozenset(TYPES) | {"fetch"},
    parameters={
        "to": ("data.payload.to",),
        "from": ("data.payload.from",),
        "call": ("data.payload.call_control_id",),
        "state": ("data.event_type",),
        "speech": ("data.payload.transcription_data.transcript",),
        "digits": ("data.payload.digits", "data.payload.digit"),
    },
    states={"answered": "call.answered", "ended": "call.hangup"},
    token_headers=(TOKEN,),
)
