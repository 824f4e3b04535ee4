"""Dial: other numbers rung one after the other or at once, bridged to the call, and what is told afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from voicecall_sim.carriers.control import Interrupted
from voicecall_sim.carriers.twilio.account import Callback, Detection, RecordingWish
from voicecall_sim.carriers.twilio.branches import Branch, Dialled
from voicecall_sim.carriers.twilio.debugger import ApplicationFault, Notice
from voicecall_sim.carriers.twilio.live import LiveCall
from voicecall_sim.carriers.twilio.numbering import e164
from voicecall_sim.carriers.twilio.recordings import Recorder
from voicecall_sim.carriers.twilio.states import CallStatus
from voicecall_sim.carriers.twilio.steps import Document, Fetch, Step, target
from voicecall_sim.carriers.twilio.timing import DIAL_BUFFER
from voicecall_sim.carriers.twilio.union import Union
from voicecall_sim.carriers.twilio.verbs import Dial
from voicecall_sim.world.clock import SECOND


async def perform_dial(call: LiveCall, dial: Dial, document: Document) -> Step | None:
    """Connect the call with others. Raises `ApplicationFault` (13201 in a whisper) and `Interrupted`."""
    if call.whispering:
        raise ApplicationFault(Notice(13201))
    action = target(document, dial.action, dial.method) if dial.action else None
    dialling = Dialling(call, dial, document)
    try:
        await dialling.connect()
    except Interrupted:
        dialling.drop()
        if call.over and action is not None:
            call.plant.tell(call.errand("action", "Dial", action, dialling.parameters()))
        raise
    finally:
        dialling.drop()
    if action is None:
        return None
    return Fetch(callback=action, kind="action", event="Dial", params=dialling.parameters())


class Dialling:
    """One Dial being performed."""

    def __init__(self, call: LiveCall, dial: Dial, document: Document) -> None:
        self._call = call
        self._dial = dial
        self._document = document
        self._branches: list[Branch] = []
        self._winner: Branch | None = None
        self._union: Union | None = None
        self._recorder: Recorder | None = None
        self._refused: Notice | None = None

    async def connect(self) -> None:
        """Dial, bridge, and wait for the end of it. Raises `Interrupted`."""
        caller_id = self._caller_id()
        numbers = () if caller_id is None else tuple(self._dialled())
        if caller_id is None or not numbers:
            return
        if self._dial.record.startswith("record-from-ringing"):
            self._record()
        groups = [(number,) for number in numbers] if self._dial.sequential else [numbers]
        for group in groups:
            self._winner = await self._first_answer(group, caller_id)
            if self._winner is not None:
                break
        if self._winner is not None and await self._call.control.wait(self._winner.ready) and not self._winner.taken:
            await self._bridge(self._winner)

    def drop(self) -> None:
        """Nothing of it goes on. Harmless when it is over."""
        # it is the caller's hang-up, or the application's wish, that ends the others
        gone = self._call.end.leg.gone
        for branch in self._branches:
            branch.drop("app" if gone is None else gone.by)
        if self._union is not None:
            self._union.part()
        if self._recorder is not None:
            self._recorder.stop()

    def parameters(self) -> dict[str, str]:
        """What the action is told."""
        branch = self._winner or (self._branches[-1] if self._branches else None)
        told = {"DialCallStatus": CallStatus.FAILED.value, "DialBridged": str(self._union is not None).lower()}
        if branch is not None:
            told |= {"DialCallSid": branch.call.sid, "DialCallStatus": final_status(branch.call)}
            if branch.call.answered:
                told["DialCallDuration"] = str(branch.call.resource.duration or 0)
        if self._recorder is not None:
            told["RecordingUrl"] = self._recorder.url
        if self._refused is not None and branch is None:
            told |= {"ErrorCode": str(self._refused.code), "ErrorMessage": self._refused.message}
        return told

    # --- before ---

    def _caller_id(self) -> str | None:
        """What is shown to the called parties; None if the document wants what is not allowed."""
        resource = self._call.resource
        wished = self._dial.caller_id
        if wished is None:
            return resource.from_
        number = e164(wished)
        if number is not None and (
            number in {resource.from_, resource.to} or self._call.plant.account.may_call_from(number)
        ):
            return number
        self._refuse(Notice(13214, wished))
        return None

    def _dialled(self) -> Iterator[Dialled]:
        """The numbers that can be dialled. Raises `ApplicationFault` for URLs that cannot be requested."""
        for number in self._dial.numbers:
            to = self._allowed(number.number)
            if to is not None:
                yield Dialled(
                    number,
                    to,
                    whisper=self._target(number.url, number.method),
                    callback=self._target(number.status_callback, number.status_method),
                    detection=self._detection(number.detection),
                )

    def _detection(self, wanted: Detection | None) -> Detection | None:
        if wanted is None or wanted.callback is None:
            return wanted
        return replace(wanted, callback=target(self._document, wanted.callback.url, wanted.callback.method))

    def _target(self, url: str | None, method: str) -> Callback | None:
        return target(self._document, url, method) if url else None

    def _allowed(self, written: str) -> str | None:
        """The number in E.164, or None with the reason noted."""
        number = e164(written)
        terms = self._call.plant.account.terms
        if number is None:
            self._refuse(Notice(13223, written))
        elif number in terms.destinations:
            self._refuse(Notice(REFUSALS.get(terms.destinations[number], 13224), number))
        elif not number.startswith(terms.regions):
            self._refuse(Notice(13227, number))
        else:
            return number
        return None

    def _refuse(self, notice: Notice) -> None:
        self._refused = notice
        self._call.warn(notice)

    # --- ringing ---

    async def _first_answer(self, group: Sequence[Dialled], caller_id: str) -> Branch | None:
        """Ring these at once; who answered first, the others being dropped. None if nobody did."""
        timeout = self._dial.timeout * SECOND + DIAL_BUFFER
        rung = [self._ring(dialled, caller_id, timeout) for dialled in group]
        waiting: dict[asyncio.Future[bool], Branch] = {branch.answered: branch for branch in rung}
        while waiting:
            await self._call.control.wait(first_of(waiting))
            for future in [future for future in waiting if future.done()]:
                branch = waiting.pop(future)
                if future.result():
                    for other in waiting.values():
                        other.drop("carrier")
                    return branch
        return None

    def _ring(self, dialled: Dialled, caller_id: str, timeout: int) -> Branch:
        branch = Branch(self._call, dialled, caller_id, timeout)
        self._branches.append(branch)
        return branch

    # --- talking ---

    async def _bridge(self, winner: Branch) -> None:
        self._call.control.check()
        self._call.answer()
        if self._recorder is None and self._dial.record not in NOT_RECORDED:
            self._record()
        self._union = Union(self._call, winner, self._dial)
        await self._call.control.wait(self._union.over)

    def _record(self) -> None:
        dial = self._dial
        callback = self._target(dial.recording_callback, dial.recording_method)
        wish = RecordingWish(
            channels="dual" if dial.record.endswith("-dual") else "mono",
            track=dial.recording_track,
            trim=dial.trim,
            callback=callback,
            events=dial.recording_events,
            source="DialVerb",
        )
        self._recorder = Recorder(self._call, wish, announced=True)


def first_of(futures: Mapping[asyncio.Future[bool], Branch]) -> asyncio.Future[None]:
    """Done as soon as one of them is."""
    first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def release(done: asyncio.Future[bool]) -> None:
        if not first.done():
            first.set_result(None)

    for future in futures:
        future.add_done_callback(release)
    return first


def final_status(call: LiveCall) -> str:
    """`DialCallStatus`: an answered leg is completed whether it is over or goes on without the caller."""
    return CallStatus.COMPLETED.value if call.answered else call.resource.status.value


NOT_RECORDED: Final = frozenset({"do-not-record", "false"})

# What the terms refuse to REST, as Dial has it (error dictionary)
REFUSALS: Final[Mapping[int, int]] = {21214: 13224, 21215: 13227, 21216: 13225, 21217: 13224}

FIDELITY: Final = (
    ("several numbers ring at once, the first answer wins, the others are canceled", "voice/twiml/dial", "documented"),
    ("sequential rings one after the other", "voice/twiml/dial", "documented"),
    ("DialCallStatus, DialCallSid, DialCallDuration, DialBridged", "voice/twiml/dial; observed traffic", "captured"),
    ("completed with DialBridged=false when a whisper was never bridged", "observed traffic", "captured"),
    ("DialCallDuration only for an answered leg", "no source", "assumed"),
    ("of several unanswered legs the last one is told of", "no source", "assumed"),
    ("bad numbers and caller ids: 13214, 13223 to 13227, DialCallStatus=failed", "error dictionary", "documented"),
    ("the caller's hang-up requests the action with CallStatus=completed", "common knowledge", "assumed"),
    ("a Dial in a whisper is a 13201", "error dictionary 13201", "documented"),
)
