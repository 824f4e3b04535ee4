"""Which response of a speech-to-speech model is under way, and which are to follow: there is never more than one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

ALREADY_ACTIVE: Final = "conversation_already_has_active_response"
REMEMBERED: Final = 8

Response = Mapping[str, Any]


class Responses:
    """Asks for responses one after the other. The service begins some by itself, when the caller stops speaking.

    `send` sends an event. Nothing is asked before the first `ended`: when the service is ready.
    """

    def __init__(self, send: Callable[[Mapping[str, Any]], None]) -> None:
        self._send = send
        self._wanted: deque[Response] = deque()
        self._asked: dict[str, Response] = {}
        self._count = 0
        self.active = True

    def ask(self, response: Response | None = None) -> None:
        """Have the model speak, after what it is saying now. Without particulars it answers the conversation, once."""
        wanted: Response = response or {}
        if wanted or wanted not in self._wanted:
            self._wanted.append(wanted)
        self._next()

    def begun(self) -> None:
        """A response was begun."""
        self.active = True

    def ended(self) -> None:
        """It is over."""
        self.active = False
        self._next()

    def refused(self, event_id: str, code: str) -> None:
        """An error names this event. If that asked for a response, it asks again where one was active already."""
        response = self._asked.pop(event_id, None)
        if response is None:
            return
        if code == ALREADY_ACTIVE:
            self._wanted.appendleft(response)
            self.active = True
        else:
            self.ended()

    def _next(self) -> None:
        if self.active or not self._wanted:
            return
        self._count += 1
        event_id = f"response-{self._count}"
        response = self._wanted.popleft()
        self._asked[event_id] = response
        while len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self.active = True
        self._send(
            {"type": "response.create", "event_id": event_id, **({"response": dict(response)} if response else {})}
        )
