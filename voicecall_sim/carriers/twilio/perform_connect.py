"""The verbs, and nouns in them, that are not emulated; they are not passed over in silence."""

from __future__ import annotations

from typing import Final

from voicecall_sim.carriers.twilio.debugger import NOT_EMULATED, Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.steps import Document, Finish, Step
from voicecall_sim.carriers.twilio.verbs import Unemulated


async def perform_unemulated(call: LiveCall, verb: Unemulated, document: Document) -> Step | None:
    """Say what is missing, and end the call as after a connection that failed."""
    inner = "".join(f"<{name}>" for name in verb.inner)
    call.warn(Notice(NOT_EMULATED, f"<{verb.name}>{inner}; the call ends here"))
    return Finish(by="carrier")


FIDELITY: Final = (
    ("Enqueue, Refer and Pay end the call", "not emulated", "assumed"),
    ("Connect to anything but a stream, ConversationRelay too, ends the call", "not emulated", "assumed"),
    ("Start and Stop of recordings, transcriptions and Siprec end the call", "not emulated", "assumed"),
)
