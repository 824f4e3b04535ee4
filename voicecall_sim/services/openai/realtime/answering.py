"""The speaking half of a session: which responses there are, and who may begin and end them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from voicecall_sim.services.brain import Brain, Thought
from voicecall_sim.services.openai.realtime import catalogue
from voicecall_sim.services.openai.realtime.conversation import Item
from voicecall_sim.services.openai.realtime.replying import reply
from voicecall_sim.services.openai.realtime.response import Response
from voicecall_sim.services.openai.realtime.spent import LIMITS
from voicecall_sim.services.openai.shapes import Refusal

if TYPE_CHECKING:
    from voicecall_sim.services.openai.realtime.session import Session

FIDELITY: Final = (
    (
        "one response at a time: conversation_already_has_active_response",
        "observed traffic (tleyden/arty#81)",
        "captured",
    ),
    ("nothing to cancel: response_cancel_not_active", "observed traffic (openai-agents-js#189)", "captured"),
    (
        "speech cancels the response under way, with turn_detected, unless interrupt_response is false",
        "types/realtime",
        "documented",
    ),
    (
        "a turn that is over begins a response unless create_response is false or one is under way",
        "types/realtime",
        "documented",
    ),
    ("out-of-band responses (conversation none) run beside", "types/realtime/response_create_event", "documented"),
    ("rate_limits.updated follows response.created", "types/realtime/rate_limits_updated_event", "documented"),
)


class Answering:
    """The responses of a session. `brain` knows what to say."""

    def __init__(self, session: Session, brain: Brain) -> None:
        self._session, self._brain = session, brain
        self._conversation_id = session.new_id("conv_")
        self._active: Response | None = None
        self._aside: dict[Response, None] = {}

    # -- what a response needs

    def tell(self, kind: str, **data: Any) -> None:
        """Send an event."""
        self._session.wire.tell(kind, **data)

    def new_id(self, prefix: str) -> str:
        """An identifier."""
        return self._session.new_id(prefix)

    def add(self, item: Item) -> None:
        """An item more in the conversation."""
        self._session.add(item)

    def called(self, call_id: str, then: str) -> None:
        """A function was called."""
        self._brain.called(call_id, then)

    def over(self, response: Response) -> None:
        """A response is done."""
        said = " ".join(item.text for item in response.items if item.text)
        self._session.note("response", status=response.status, text=said)
        self._aside.pop(response, None)
        if response is self._active:
            self._active = None

    # -- what begins and ends them

    def create(self, event: Mapping[str, Any]) -> None:
        """`response.create`."""
        asked = catalogue.RESPONSE("response", event.get("response") or {})
        if not self._session.realtime:
            raise Refusal("Responses are not supported in transcription sessions.", "invalid_value", "type")
        aside = asked.get("conversation") == "none"
        if self._active is not None and not aside:
            message = (
                f"Conversation already has an active response in progress: {self._active.id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise Refusal(message, "conversation_already_has_active_response")
        self._begin(asked, aside=aside)

    def cancel(self, event: Mapping[str, Any]) -> None:
        """`response.cancel`."""
        wanted = event.get("response_id")
        under_way = [response for response in (self._active, *self._aside) if response is not None]
        for response in under_way:
            if wanted in (None, response.id) and (wanted or not response.aside):
                response.cancel("client_cancelled")
                return
        raise Refusal("Cancellation failed: no active response found", "response_cancel_not_active")

    def interrupted(self) -> None:
        """The user speaks."""
        turns = self._session.config["audio"]["input"]["turn_detection"] or {}
        if self._active is not None and turns.get("interrupt_response"):
            self._active.cancel("turn_detected")

    def turn_over(self) -> None:
        """The user has spoken."""
        turns = self._session.config["audio"]["input"]["turn_detection"] or {}
        if self._session.realtime and turns.get("create_response") and self._active is None:
            self._begin({}, aside=False)

    def stop(self) -> None:
        """The session is over."""
        for response in (*self._aside, *([self._active] if self._active else [])):
            response.drop()

    def _begin(self, asked: Mapping[str, Any], *, aside: bool) -> None:
        session = self._session
        config = {**session.config, **asked, "audio": output(session.config, asked)}
        config.setdefault("conversation", "auto")
        choice, tools = config["tool_choice"], config["tools"]
        offered = [] if choice == "none" else [str(tool.get("name", "")) for tool in tools]
        turn = session.mishap()
        standing = session.config["instructions"]
        thought = Thought(None, 0) if turn.fails else reply(self._brain, session.conversation, asked, standing, offered)
        response = Response(
            self,
            config=config,
            form=catalogue.FORMATS[config["audio"]["output"]["format"]["type"]],
            tempo=session.knobs.tempo,
            pace=float(session.config["audio"]["output"]["speed"]),
            conversation_id=self._conversation_id,
        )
        if aside:
            self._aside[response] = None
        else:
            self._active = response
        response.start(thought, session.knobs.tempo.latency + turn.delay)
        self.tell("rate_limits.updated", rate_limits=LIMITS)


def output(config: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """How a response sounds: as the session says, unless it was asked for otherwise."""
    return {"output": {**config["audio"]["output"], **asked.get("audio", {}).get("output", {})}}
