"""Who answers the caller: a reply is prepared beside the call, and dropped when the caller goes on talking."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from voicecall_sdk.agent.responder import CallContext, Reply, Responder, Utterance, reply_of
from voicecall_sdk.call.record import After
from voicecall_sdk.call.wishes import End, Speak, Wish
from voicecall_sdk.errors import VoiceCallError
from voicecall_sdk.values import Direction

if TYPE_CHECKING:
    from voicecall_sdk.engine.live import LiveCall
    from voicecall_sdk.engine.switchboard import Switchboard

log = logging.getLogger(__name__)

MAX_TEXT: Final = 10_000
"""Characters that are said at once: some ten minutes, and a document that carriers take in any spelling."""

APOLOGIES: Final = {
    "en": "Sorry, I did not get that right. Could you say it again?",
    "it": "Mi scusi, qualcosa non ha funzionato. Può ripetere?",
    "de": "Entschuldigung, das hat nicht geklappt. Können Sie es wiederholen?",
    "fr": "Désolé, quelque chose n'a pas marché. Pouvez-vous répéter ?",
    "es": "Perdón, algo no ha funcionado. ¿Puede repetirlo?",
}
"""Said when no reply can be had: a caller should never be left in silence. English where the language is missing."""


async def answer(board: Switchboard, responder: Responder, call: LiveCall, text: str) -> None:
    """Have the responder answer what was said, and say it. Cancelled when the reply is no longer wanted."""
    reply = await _reply(board, responder, call, text)
    if call.media is not None:
        await call.media.dialogue.quiet()  # nobody is talked over; what is said meanwhile makes this reply obsolete
    call.reply = None  # from here on it is being said: no longer to be dropped
    wish = _wish_of(reply)
    if wish is None or not call.record.live:
        return
    try:
        for command in board.wish(call, wish):
            await board.tell(call, command)
    except VoiceCallError as error:
        log.warning("call %s: the reply could not be said: %s", call.record.call_id, error)


def _wish_of(reply: Reply) -> Wish | None:
    text = reply.text.strip()[:MAX_TEXT]
    if not text:
        return End() if reply.end_call else None
    return Speak(text, after=After.HANG_UP if reply.end_call else None, barge_in=not reply.end_call)


async def _reply(board: Switchboard, responder: Responder, call: LiveCall, text: str) -> Reply:
    rules = board.rules_for(call.record)
    try:
        async with asyncio.timeout(rules.response_timeout):
            return await reply_of(responder, Utterance(text), context_of(board, call))
    except TimeoutError:
        log.warning("call %s: no reply within %g s", call.record.call_id, rules.response_timeout)
    except VoiceCallError as error:
        log.warning("call %s: no reply: %s", call.record.call_id, error)
    return Reply(APOLOGIES.get(rules.language.partition("-")[0].lower(), APOLOGIES["en"]))


def context_of(board: Switchboard, call: LiveCall) -> CallContext:
    """What whoever answers is told of the call."""
    record = call.record
    return CallContext(
        call_id=record.call_id,
        direction=record.direction,
        from_=record.from_,
        to=record.to,
        transcript=record.transcript,
        language=board.rules_for(record).language,
        session_key=record.session_key or "",
        agent_id=record.agent_id or board.rules.agent_id,
        route=record.to if record.direction is Direction.INBOUND else None,
    )
