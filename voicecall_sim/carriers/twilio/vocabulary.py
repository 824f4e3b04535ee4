"""What the words that scenarios use on every carrier mean here."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio.refusals import CATALOGUE, REASONS
from voicecall_sim.carriers.twilio.rest import ROUTES
from voicecall_sim.carriers.twilio.terms import Terms
from voicecall_sim.carriers.vocabulary import Given, Meaning, Told, Vocabulary, having, limits_of


def presses(given: Given) -> bool:
    """Whether a document presses keys: `<Play digits="...">`."""
    return "digits=" in str(given.get("Twiml") or "")


def streams(given: Given) -> bool:
    """Whether a document opens a stream."""
    return "<Stream" in str(given.get("Twiml") or "")


VOCABULARY: Final = Vocabulary(
    limits=limits_of(Terms),
    refusals={reason: Told(code=code) for reason, code in REASONS.items()},
    codes=frozenset(map(str, CATALOGUE)),
    neutral_operations={
        "create call": (Meaning(operation="create call"),),
        "fetch call": (Meaning(operation="fetch call"),),
        "end call": (Meaning(operation="update call", when=having("Status")),),
        "instruct call": (Meaning(operation="update call", when=having("Twiml", "Url")),),
        "press keys": (Meaning(operation="update call", when=presses),),
        "start stream": (Meaning(operation="start stream"), Meaning(operation="update call", when=streams)),
        "stop stream": (Meaning(operation="stop stream"),),
    },
    operations=frozenset(route.operation for route in ROUTES) | {"wrong method", "unknown path"},
    neutral_events={
        "initiated": ("initiated",),
        "ringing": ("ringing",),
        "answered": ("answered",),
        "heard": ("Gather",),
        "ended": ("completed",),
        "fallback": ("fallback",),
    },
    events=frozenset({
        "initiated", "ringing", "answered", "completed", "inbound", "redirect", "whisper", "fallback", "Gather",
        "partialResult", "Redirect", "Dial", "Record", "Connect", "Play", "amd", "in-progress", "absent",
        "stream-started", "stream-stopped", "stream-error",
    }),
    parameters={
        "to": ("To",),
        "from": ("From",),
        "call": ("CallSid",),
        "state": ("CallStatus",),
        "speech": ("SpeechResult",),
        "digits": ("Digits",),
    },
    states={"ringing": "ringing", "answered": "in-progress", "ended": "completed"},
)  # fmt: skip
