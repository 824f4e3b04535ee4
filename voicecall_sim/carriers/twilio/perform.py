"""Performs TwiML on a call: document after document, verb by verb, until the call is to end.

A verb's performer is a coroutine of the call, the verb and the document; it returns the next step, or None to go on
with the next verb. `PERFORMERS` is the table that a new verb joins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice
from voicecall_sim.carriers.twilio.documents import obtain, read_inline
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.perform_connect import perform_unemulated
from voicecall_sim.carriers.twilio.perform_dial import perform_dial
from voicecall_sim.carriers.twilio.perform_gather import perform_gather
from voicecall_sim.carriers.twilio.perform_record import perform_record
from voicecall_sim.carriers.twilio.perform_speech import (
    perform_audio_body,
    perform_pause,
    perform_play,
    perform_say,
)
from voicecall_sim.carriers.twilio.perform_stream import perform_connect, perform_start, perform_stop
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.steps import APOLOGY, Document, Fetch, Finish, Inline, Step, target
from voicecall_sim.carriers.twilio.verbs import (
    AudioBody,
    Connect,
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Start,
    Stop,
    Unemulated,
    Verb,
)
from voicecall_sim.telephony.signals import Cause

Performer = Callable[[LiveCall, Any, Document], Awaitable[Step | None]]


async def run(call: LiveCall, step: Step) -> Finish:
    """Do this step and what follows from it, up to the end. Raises `HungUp` when the call is over before."""
    while not isinstance(step, Finish):
        try:
            step = await advance(call, step)
        except Interrupted:
            step = call.control.take()
    return step


async def advance(call: LiveCall, step: Fetch | Inline | Document) -> Step:
    """One step; a fatal error leads to the fallback URL, or to the end. Raises `Interrupted`."""
    try:
        match step:
            case Fetch():
                return await obtain(call, step)
            case Inline():
                return read_inline(call, step)
            case Document():
                return await perform(call, step)
    except ApplicationFault as fault:
        call.warn(fault.notice)
        return after(fault, call, step)


def after(fault: ApplicationFault, call: LiveCall, step: Fetch | Inline | Document) -> Step:
    """What an application error leads to (Twilio docs, usage/webhooks: fallback URL)."""
    if call.fallback is None or (not isinstance(step, Inline) and step.last):
        return APOLOGY
    source = step.source.url if isinstance(step, Document) and step.source else ""
    told = {"ErrorCode": str(fault.notice.code), "ErrorUrl": fault.url or source.partition("#")[0]}
    return Fetch(callback=call.fallback, kind="voice", event="fallback", params=told, last=True)


async def perform(call: LiveCall, document: Document) -> Step:
    """One document from its top. Raises `Interrupted` and `ApplicationFault`."""
    for verb in document.verbs:
        call.control.check()
        if answers(verb):
            call.answer()
        step = await PERFORMERS[type(verb)](call, verb, document)
        if step is not None:
            return step
    call.control.check()
    # an empty document answers the call, too
    call.answer()
    return document.then


def answers(verb: Verb) -> bool:
    """Whether this verb, met on a ringing call, answers it."""
    return not isinstance(verb, (Reject, Redirect)) and not (isinstance(verb, Dial) and verb.answer_on_bridge)


async def perform_redirect(call: LiveCall, redirect: Redirect, document: Document) -> Step | None:
    """Go on with another document."""
    return Fetch(callback=target(document, redirect.url, redirect.method), kind="action", event="Redirect")


async def perform_hangup(call: LiveCall, hangup: Hangup, document: Document) -> Step | None:
    """End the call."""
    return Finish()


async def perform_reject(call: LiveCall, reject: Reject, document: Document) -> Step | None:
    """Refuse the call, if it is inbound and rings."""
    if call.answered or not call.inbound:
        call.warn(Notice(12200, "<Reject> has no effect on a call that is answered or not inbound"))
        return None
    return REJECTIONS[reject.reason]


REJECTIONS: Final[Mapping[str, Finish]] = {
    "busy": Finish(cause=Cause.BUSY, status=CallStatus.BUSY),
    "rejected": Finish(cause=Cause.REJECTED, status=CallStatus.NO_ANSWER),
}

PERFORMERS: Final[Mapping[type[Verb], Performer]] = {
    Say: perform_say,
    Play: perform_play,
    Pause: perform_pause,
    Gather: perform_gather,
    Record: perform_record,
    Dial: perform_dial,
    Redirect: perform_redirect,
    Hangup: perform_hangup,
    Reject: perform_reject,
    Connect: perform_connect,
    Start: perform_start,
    Stop: perform_stop,
    Unemulated: perform_unemulated,
    AudioBody: perform_audio_body,
}

FIDELITY: Final = (
    ("the end of a document hangs up", "voice/twiml", "documented"),
    ("an empty document answers and hangs up", "no source", "assumed"),
    ("any first verb but Reject answers, Hangup and Pause too", "voice/twiml/hangup, /pause, /reject", "documented"),
    ("Redirect does not answer", "no source", "assumed"),
    ("Reject ends as busy or, by default, no-answer", "voice/twiml/reject", "documented"),
    ("Reject of an answered call is skipped with a warning", "voice/twiml/reject: only as first verb", "assumed"),
    ("fallback gets ErrorCode and ErrorUrl; its own failure ends the call", "usage/webhooks", "documented"),
    ("the fallback URL is the call's for action and Redirect URLs too", "no source", "assumed"),
    ("a redirect by REST interrupts the verb, which posts no action", "voice/api/call-resource", "assumed"),
)
