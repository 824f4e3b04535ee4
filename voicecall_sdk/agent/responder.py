"""Who answers callers: the one thing that a user of the package writes, or lets an OpenAI model do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from voicecall_sdk.call.record import Line
from voicecall_sdk.errors import AgentFailed, VoiceCallError
from voicecall_sdk.values import CallId, Direction, Speaker


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the far end said. `confidence` is 0..1 where the carrier gives one."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """The call in which something was said.

    - `transcript`: everything said so far by both, oldest first; the utterance to be answered may be its last line.
    - `from_`, `to`: the numbers as the carrier gave them; `far_end` is the other party's.
    - `language`: what the call is held in (BCP 47).
    - `session_key`: names the memory that this conversation belongs to; several calls may share one.
    - `route`: the number of ours that was called, for an inbound call.
    """

    call_id: CallId
    direction: Direction
    from_: str
    to: str
    transcript: tuple[Line, ...] = ()
    language: str = "en-US"
    session_key: str = ""
    agent_id: str = "main"
    route: str | None = None

    @property
    def far_end(self) -> str:
        """The other party's number."""
        return self.to if self.direction is Direction.OUTBOUND else self.from_

    def before(self, heard: Utterance) -> tuple[Line, ...]:
        """The transcript without the utterance itself."""
        *earlier, last = self.transcript or (None,)
        if last is not None and last.speaker is Speaker.USER and last.text == heard.text:
            return self.transcript[: len(earlier)]
        return self.transcript


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said in answer; an empty text says nothing. `end_call` hangs up once it has been said."""

    text: str
    end_call: bool = False


@runtime_checkable
class Responder(Protocol):
    """Answers callers. One `reply` per call is under way at a time; it is cancelled when the caller goes on talking."""

    async def reply(self, heard: Utterance, call: CallContext) -> str | Reply:
        """What to say. Raise `AgentFailed`, or anything else, when there is no answer: the caller hears an apology."""
        ...


async def reply_of(responder: Responder, heard: Utterance, call: CallContext) -> Reply:
    """Ask a responder, whoever wrote it. Raises `AgentFailed` for whatever goes wrong in it, and for nonsense."""
    try:
        answer: object = await responder.reply(heard, call)
    except VoiceCallError:
        raise
    except Exception as error:
        raise AgentFailed(f"the responder failed: {type(error).__name__}: {error}") from error
    if isinstance(answer, Reply) and isinstance(answer.text, str):
        return answer
    if isinstance(answer, str):
        return Reply(answer)
    raise AgentFailed(f"the responder answered with {type(answer).__name__}; expected a text or a Reply")
