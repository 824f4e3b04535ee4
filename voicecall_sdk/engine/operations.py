"""What can be done with calls: place, speak, ask, press, end. Failures are raised; the wording is the reference's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers

from voicecall_sdk.agent.sessions import session_key
from voicecall_sdk.call import machine
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.call.wishes import Ask, End, PressKeys, Speak, Withdraw
from voicecall_sdk.carriers.carrier import Ability
from voicecall_sdk.commands import Command
from voicecall_sdk.engine.conversation import MAX_TEXT
from voicecall_sdk.engine.live import LiveCall
from voicecall_sdk.engine.switchboard import STOPPING, Switchboard, commands_of
from voicecall_sdk.errors import CallEnded, CarrierSilent, Misused
from voicecall_sdk.values import E164, CallId, Direction, EndReason, Mode, State, Turn

DIGITS: Final = re.compile(r"[0-9*#wWpP,]+")
DIGITS_HINT: Final = "digits may only contain digits, *, #, comma, w, p"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOptions:
    """How a call is to be placed. `mode` None: as configured. `digits` are pressed on answer."""

    message: str | None = None
    mode: Mode | None = None
    digits: str | None = None
    session_key: str | None = None
    agent_id: str | None = None
    metadata: Mapping[str, object] | None = None


class Operations:
    """The operations on a switchboard's calls. An id is ours or the carrier's."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._board = switchboard

    async def place(self, to: str, options: PlaceOptions) -> CallRecord:
        """Place a call and return its record once the carrier took it, or may have taken it.

        Raises `Misused`, `CarrierRefused`, `CarrierSilent` (the request never left) or `StoreFailed`.
        """
        board = self._board
        mode = options.mode or board.rules.default_mode
        self._check_placing(to, mode, options)
        record = self._outbound_record(to, mode, options)
        inline = Ability.MESSAGE_IN_DIAL in board.carrier.abilities
        change = machine.dial(
            record,
            inline=inline,
            digits=options.digits,
            now=record.started_at,
            turn=board.fresh_turn(),
            rules=board.rules,
        )
        call = board.commit(None, change)
        try:
            await self._tell(call, commands_of(change.effects))
        except CarrierSilent as silence:
            if not silence.sent:
                raise
        except asyncio.CancelledError:
            # nobody knows of the call but whoever has just gone: it must not ring on
            board.send(call, board.note(call, End()))
            raise
        return call.record

    async def speak(self, any_id: str, text: str, *, wait: bool = False) -> bool:
        """Say something. Returns when the carrier took it, or with `wait` when it was said: True if to its end.

        A call that is not answered yet hears it when it is. Raises `CallEnded`, `Misused`, `CarrierFault`,
        `StoreFailed`.
        """
        _check_text(text)
        call = self._connected(any_id)
        turn = self._board.fresh_turn()
        said = call.expect_saying(turn)
        try:
            await self._tell(call, self._board.wish(call, Speak(text), turn))
            return await said if wait else True
        except asyncio.CancelledError:
            self._withdraw(call, turn)
            raise
        finally:
            call.sayings.pop(turn, None)

    async def ask(self, any_id: str, text: str) -> str:
        """Say something and return what is answered (words, or keys).

        Raises `NotHeard` when nobody answers in time, `CallEnded` when the call ends first, and as `speak`.
        """
        _check_text(text)
        call = self._connected(any_id)
        if call.record.asked is not None:
            raise Misused("Already waiting for transcript")
        turn = self._board.fresh_turn()
        question = call.expect_answer(turn)
        try:
            await self._tell(call, self._board.wish(call, Ask(text), turn))
            question.taken()
            return await question.answer
        except asyncio.CancelledError:
            self._withdraw(call, turn)
            raise
        finally:
            call.forget_answer(turn)

    async def press(self, any_id: str, digits: str) -> None:
        """Press keys into the call. Raises as `speak`, and `Misused` while nobody has answered."""
        if not DIGITS.fullmatch(digits):
            raise Misused(DIGITS_HINT)
        call = self._connected(any_id)
        if Ability.PRESS not in self._board.carrier.abilities:
            raise Misused(f"{self._board.carrier.name} does not support outbound DTMF")
        if call.record.answered_at is None:
            raise Misused("Call not answered yet")
        await self._tell(call, self._board.wish(call, PressKeys(digits)))

    async def end(self, any_id: str) -> None:
        """Hang up. A call that is over is fine; one that the carrier has not confirmed yet ends when it does.

        A carrier that does not take the hang-up is told again until it does; its `CarrierFault` is raised all the same.
        """
        self._check_running()
        call = self._board.find(any_id)
        if call is None:
            if self._board.store.find(any_id) is None:
                raise Misused("Call not found")
            return
        await self._tell(call, self._board.note(call, End(EndReason.HANGUP_BOT)))

    def record(self, any_id: str) -> CallRecord | None:
        """The record of a call, live or stored."""
        call = self._board.find(any_id)
        return call.record if call is not None else self._board.store.find(any_id)

    # --- inside -------------------------------------------------------------------------------------------------

    def _check_placing(self, to: str, mode: Mode, options: PlaceOptions) -> None:
        board = self._board
        self._check_running()
        if options.message:
            _check_text(options.message)
        if options.digits is not None and not DIGITS.fullmatch(options.digits):
            raise Misused(DIGITS_HINT)
        if options.digits is not None and mode is not Mode.CONVERSATION:
            raise Misused("dtmfSequence requires conversation mode")
        if board.rules.from_number is None:
            raise Misused("fromNumber not configured")
        if not E164.fullmatch(to) or not _possible(to):
            raise Misused(f"to is not a phone number in E.164 form: {to!r} (expected e.g. +15550001234)")
        if board.occupied >= board.rules.max_concurrent_calls:
            raise Misused(f"Maximum concurrent calls ({board.rules.max_concurrent_calls}) reached")

    def _outbound_record(self, to: str, mode: Mode, options: PlaceOptions) -> CallRecord:
        board = self._board
        call_id = CallId(board.entropy.uuid())
        agent = options.agent_id or board.rules.agent_id
        return CallRecord(
            call_id=call_id,
            provider=board.carrier.name,
            direction=Direction.OUTBOUND,
            state=State.INITIATED,
            from_=board.rules.from_number or "",
            to=to,
            started_at=board.clock.wall(),
            mode=mode,
            message=options.message or None,
            agent_id=agent,
            session_key=session_key(
                scope=board.rules.session_scope,
                agent_id=agent,
                call_id=call_id,
                far_end=to,
                explicit=options.session_key,
            ),
            metadata={"mode": mode.value, **(options.metadata or {})},
        )

    def _check_running(self) -> None:
        if self._board.stopping:
            raise Misused(STOPPING)

    def _connected(self, any_id: str) -> LiveCall:
        """The live call, in the order of the reference's checks. One that is being ended is as good as over."""
        self._check_running()
        call = self._board.find(any_id)
        if call is None:
            raise self._gone(any_id)
        record = call.record
        if record.provider_call_id is None:
            raise Misused("Call not connected")
        if record.commanded_end is not None:
            raise CallEnded("Call is being ended", record.commanded_end.value)
        if record.mode is Mode.NOTIFY and record.answered_at is None:
            raise Misused("Call not answered yet")
        return call

    def _gone(self, any_id: str) -> Misused:
        stored = self._board.store.find(any_id)
        if stored is None:
            return Misused("Call not found")
        if stored.live:
            return Misused(f"Call not connected: it was made with {stored.provider}")
        return CallEnded("Call has ended", str(stored.end_reason or stored.state))

    def _withdraw(self, call: LiveCall, turn: Turn) -> None:
        """Whoever waited has gone."""
        if not self._board.stopping:
            self._board.note(call, Withdraw(turn))

    async def _tell(self, call: LiveCall, commands: Sequence[Command]) -> None:
        for command in commands:
            await self._board.tell(call, command)


def _check_text(text: str) -> None:
    if not text.strip():
        raise Misused("There is nothing to say: the text is blank")
    if len(text) > MAX_TEXT:
        raise Misused(f"At most {MAX_TEXT} characters are said at once, this has {len(text)}: say it in pieces")


@lru_cache(maxsize=1024)
def _possible(number: str) -> bool:
    """Whether the number can exist. Test numbers (+1555…) can, numbers of a wrong length cannot."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
