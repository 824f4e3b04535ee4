"""What the words that scenarios use on every carrier mean here.

An answer is told by asking for the answer URL, and by nothing else.
"""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.plivo.account import Terms
from voicecall_sim.carriers.plivo.refusals import CATALOGUE, NO_CALL, STATUSES
from voicecall_sim.carriers.plivo.rest import ROUTES
from voicecall_sim.carriers.vocabulary import Meaning, Told, Vocabulary, limits_of

VOCABULARY: Final = Vocabulary(
    limits=limits_of(Terms),
    refusals={
        "invalid number": Told(code=400, says="to parameter is invalid"),
        "unowned caller id": Told(code=400, says="is not associated with your account"),
        **{reason: Told(code=NO_CALL[0], says=NO_CALL[1]) for reason in ("unknown call", "not answered yet")},
        "call is over": Told(code=NO_CALL[0], says=NO_CALL[1]),
        **{reason: Told(code=status) for reason, status in STATUSES.items()},
    },
    codes=frozenset(map(str, CATALOGUE)),
    neutral_operations={
        "create call": (Meaning(operation="create call"),),
        "fetch call": (Meaning(operation="fetch call"),),
        "end call": (Meaning(operation="hang up call"), Meaning(operation="cancel call")),
        "instruct call": tuple(
            Meaning(operation=name)
            for name in ("update call", "speak", "play", "stop speaking", "stop playing", "send digits")
        ),
        "press keys": (Meaning(operation="send digits"),),
        "start stream": (Meaning(operation="start stream"),),
        "stop stream": (Meaning(operation="stop stream"), Meaning(operation="stop all streams")),
    },
    operations=frozenset(route.operation for route in ROUTES) | {"wrong method", "unknown path"},
    neutral_events={
        "ringing": ("Ring",),
        "heard": ("GetInput", "GetDigits"),
        "ended": ("Hangup",),
        "fallback": ("fallback",),
    },
    events=frozenset({
        "StartApp", "Ring", "Hangup", "fallback", "transfer", "Redirect", "GetInput", "GetDigits",
        "interimSpeechResults", "Dial", "Dial answer", "Dial digits", "Dial connected", "Dial hangup", "Record",
        "RecordStop", "Play", "confirmSound", "MachineDetection", "Conference enter", "Conference exit",
        "Conference digits", "Conference record", "Conference floor", "waitSound", "enterSound", "exitSound",
        "dialMusic", "transcription", "async api", "StartStream", "StopStream", "DroppedStream",
        "DegradedStream",
    }),
    parameters={
        "to": ("To",),
        "from": ("From",),
        "call": ("CallUUID",),
        "state": ("CallStatus",),
        "speech": ("Speech",),
        "digits": ("Digits",),
    },
    states={"ringing": "ringing", "answered": "in-progress", "ended": "completed"},
)  # fmt: skip
