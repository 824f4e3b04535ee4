"""Performs Plivo XML on a call: document after document, element by element, until the call is to end.

An element's performer is a coroutine of the call and the element; it returns the next step, or None to go on with the
next element. `PERFORMERS` is the table that a new element joins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.plivo.account import Callback
from voicecall_sim.carriers.plivo.documents import obtain
from voicecall_sim.carriers.plivo.elements import (
    Conference,
    Dial,
    Dtmf,
    Element,
    Hangup,
    Input,
    Play,
    PreAnswer,
    Record,
    Redirect,
    Speak,
    Stream,
    Unemulated,
    Wait,
)
from voicecall_sim.carriers.plivo.endings import BUSY_BY_XML, BY_XML, REJECTED_BY_XML
from voicecall_sim.carriers.plivo.live import LiveCall
from voicecall_sim.carriers.plivo.perform_conference import perform_conference
from voicecall_sim.carriers.plivo.perform_dial import perform_dial
from voicecall_sim.carriers.plivo.perform_input import perform_input
from voicecall_sim.carriers.plivo.perform_record import perform_record
from voicecall_sim.carriers.plivo.perform_speech import perform_dtmf, perform_play, perform_speak, perform_wait
from voicecall_sim.carriers.plivo.perform_stream import perform_stream
from voicecall_sim.carriers.plivo.steps import SPENT, Document, Fetch, Finish, Step
from voicecall_sim.telephony.signals import Cause
from voicecall_sim.world.clock import SECOND

Performer = Callable[[LiveCall, Any], Awaitable[Step | None]]


async def run(call: LiveCall, step: Step) -> Finish:
    """Do this step and what follows from it, up to the end. Raises `HungUp` when the call is over before."""
    while not isinstance(step, Finish):
        try:
            step = await obtain(call, step) if isinstance(step, Fetch) else await perform(call, step)
        except Interrupted:
            step = call.control.take()
    return step


async def perform(call: LiveCall, document: Document) -> Step:
    """One document from its top. Raises `Interrupted`."""
    for element in document.elements:
        call.control.check()
        if not isinstance(element, LAZY):
            call.answer()
        step = await PERFORMERS[type(element)](call, element)
        if step is not None:
            return step
    call.control.check()
    return SPENT


async def perform_redirect(call: LiveCall, redirect: Redirect) -> Step | None:
    """Go on with another document."""
    callback = Callback(url=redirect.url, method=redirect.method)
    return Fetch(callback=callback, where="redirect", kind="action", event="Redirect")


async def perform_hangup(call: LiveCall, hangup: Hangup) -> Step | None:
    """End the call, refuse it, or set a timer and go on."""
    if hangup.schedule is not None:
        call.limit(hangup.schedule * SECOND)
        return None
    if call.answered:
        return HANGUP
    return REFUSALS.get(hangup.reason or "", HANGUP)


async def perform_pre_answer(call: LiveCall, early: PreAnswer) -> Step | None:
    """Early media: heard before the answer."""
    for element in early.inside:
        call.control.check()
        step = await PERFORMERS[type(element)](call, element)
        if step is not None:
            return step
    return None


async def perform_unemulated(call: LiveCall, element: Unemulated) -> Step | None:
    """Nothing, and a note that says so."""
    call.note(0, f"<{element.name}> is not emulated; nothing comes of it")
    return None


LAZY: Final[tuple[type[Element], ...]] = (Wait, PreAnswer, Hangup, Dial, Redirect, Unemulated)
"""What does not answer an inbound call by itself."""

HANGUP: Final = Finish(ending=BY_XML)
REFUSALS: Final[Mapping[str, Finish]] = {
    "rejected": Finish(ending=REJECTED_BY_XML, cause=Cause.REJECTED),
    "busy": Finish(ending=BUSY_BY_XML, cause=Cause.BUSY),
}

PERFORMERS: Final[dict[type[Any], Performer]] = {
    Speak: perform_speak,
    Play: perform_play,
    Wait: perform_wait,
    Dtmf: perform_dtmf,
    Input: perform_input,
    Record: perform_record,
    Dial: perform_dial,
    Conference: perform_conference,
    Stream: perform_stream,
    Redirect: perform_redirect,
    Hangup: perform_hangup,
    PreAnswer: perform_pre_answer,
    Unemulated: perform_unemulated,
}

FIDELITY: Final = (
    ("the end of a document hangs up: 4010, source Plivo", "captured hang-up callback", "captured"),
    (
        "Wait, PreAnswer, Hangup and Dial do not answer an inbound call, the others do",
        "plivoframework",
        "reimplemented",
    ),
    ("Redirect does not answer", "no source", "assumed"),
    ("an empty document ends the call without answering it", "no source", "assumed"),
    ("reason refuses a call only before its answer", "docs voice/xml/hangup", "captured"),
    ("schedule sets a timer; the document goes on; 6000 when it fires", "docs voice/xml/hangup", "documented"),
    ("Message and MultiPartyCall are not emulated: skipped with a note", "our choice", "assumed"),
)
