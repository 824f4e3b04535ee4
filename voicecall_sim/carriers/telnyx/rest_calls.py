"""REST about calls: dial, status, commands, the calls of a connection, recordings, the application."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from voicecall_sim.carriers.telnyx import rest_others, rest_queues, rest_records
from voicecall_sim.carriers.telnyx.account import Account
from voicecall_sim.carriers.telnyx.asked import Asked, Reply, Route
from voicecall_sim.carriers.telnyx.commands import obey
from voicecall_sim.carriers.telnyx.events import iso_millis
from voicecall_sim.carriers.telnyx.fields import judge
from voicecall_sim.carriers.telnyx.leg import CallLeg
from voicecall_sim.carriers.telnyx.paging import turned
from voicecall_sim.carriers.telnyx.parameters import ABSENT, ACTIONS, DIAL, hidden, known, taken
from voicecall_sim.carriers.telnyx.plant import Plant
from voicecall_sim.carriers.telnyx.refusals import Refused
from voicecall_sim.carriers.telnyx.switch import Switch
from voicecall_sim.carriers.telnyx.terms import COMMANDS_LAST, STATUS_LASTS
from voicecall_sim.world.clock import SECOND, Micros

OPERATIONS: Final[Mapping[str, str]] = {
    "answer": "answer call",
    "reject": "reject call",
    "hangup": "hang up call",
    "record_start": "start recording",
    "record_stop": "stop recording",
    "streaming_start": "start stream",
    "streaming_stop": "stop stream",
    "transcription_start": "start transcription",
    "transcription_stop": "stop transcription",
    "client_state_update": "update call",
    "transfer": "transfer call",
    "bridge": "bridge call",
    "refer": "refer call",
}
"""The neutral names of commands; the others are called as the command is, with spaces."""


class Calls:
    """The routes of the API, and what each does."""

    def __init__(self, plant: Plant, switch: Switch) -> None:
        self.account: Account = plant.account
        self._plant = plant
        self._switch = switch
        self._commands: dict[tuple[str, str], tuple[Micros, Reply]] = {}
        self._routes = [(pattern(route), route) for route in self._all()]

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route of a request, and the identifiers in its path."""
        for form, route in self._routes:
            match = form.fullmatch(path)
            if match is not None and route.method == method:
                return route, match.groupdict()
        return UNKNOWN, {}

    def _all(self) -> list[Route]:
        others = [*rest_others.routes(self._plant), *rest_records.routes(self._plant), *rest_queues.routes(self._plant)]
        return [
            Route(operation="create call", method="POST", path="/v2/calls", handler=self._dial),
            Route(operation="fetch call", method="GET", path="/v2/calls/{call}", handler=self._status),
            Route(
                operation="list calls",
                method="GET",
                path="/v2/connections/{connection}/active_calls",
                handler=self._active,
            ),
            *(self._route(action) for action in (*ACTIONS, *ABSENT)),
            *others,
        ]

    def _route(self, action: str) -> Route:
        return Route(
            operation=operation_of(action),
            method="PUT" if action == "client_state_update" else "POST",
            path=f"/v2/calls/{{call}}/actions/{action}",
            handler=partial(self._act, action),
        )

    # --- handlers ---

    def _dial(self, asked: Asked) -> Reply:
        given = known(asked.given, DIAL)
        judge(given, DIAL, ("connection_id", "to", "from"))

        def work() -> Reply:
            leg = self._switch.dial(given)
            self.account.log("command", "dial", leg, hidden(asked.given))
            return Reply(json={"data": dialled(leg)})

        return self._once("", given, work)

    def _act(self, action: str, asked: Asked) -> Reply:
        leg = self._leg(asked.ids["call"])
        if action in ABSENT:
            raise Refused("10027", detail=f"{action} is not emulated: {ABSENT[action]}.")
        given = known(asked.given, taken(action))
        if leg.over:
            raise Refused("90018")
        judge(given, taken(action), ACTIONS[action][1])

        def work() -> Reply:
            self.account.log("command", action, leg, hidden(asked.given))
            return Reply(json={"data": {"result": "ok", **obey(leg, action, given)}})

        return self._once(leg.id, given, work)

    def _once(self, scope: str, given: Mapping[str, Any], work: Any) -> Reply:
        """Do it unless the same `command_id` came within a minute: then only answer as before."""
        name, now = given.get("command_id"), self._plant.now()
        if name is None:
            done: Reply = work()
            return done
        known = self._commands.get((scope, name))
        if known is not None and now - known[0] < COMMANDS_LAST:
            return known[1]
        reply: Reply = work()
        fresh = {key: known for key, known in self._commands.items() if now - known[0] < COMMANDS_LAST}
        self._commands = {**fresh, (scope, name): (now, reply)}
        return reply

    def _status(self, asked: Asked) -> Reply:
        leg = self._leg(asked.ids["call"])
        if leg.ended_at is not None and self._plant.now() - leg.ended_at > STATUS_LASTS:
            raise Refused("90015")
        return Reply(json={"data": status(leg, self._plant.now())})

    def _active(self, asked: Asked) -> Reply:
        if asked.ids["connection"] not in self.account.applications:
            raise Refused("10005")
        now = self._plant.now()
        legs = [leg for leg in self._plant.live.values() if leg.application.id == asked.ids["connection"]]
        return turned(asked, legs, lambda leg: leg.id, lambda leg: active(leg, now))

    def _leg(self, name: str) -> CallLeg:
        leg = self.account.legs.get(name)
        if leg is None:
            raise Refused("90015")
        return leg


def operation_of(action: str) -> str:
    """What an action is called in journals and scenarios."""
    return OPERATIONS.get(action, action.replace("_", " "))


def pattern(route: Route) -> re.Pattern[str]:
    """The path of a route as a regular expression."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path))


def _refuse(asked: Asked) -> Reply:
    raise Refused("10005")


UNKNOWN: Final = Route(operation="unknown path", method="*", path="", handler=_refuse)


def identity(leg: CallLeg) -> dict[str, Any]:
    """What every presentation of a call begins with."""
    return {
        "record_type": "call",
        "call_control_id": leg.id,
        "call_leg_id": leg.leg_id,
        "call_session_id": leg.session_id,
    }


def dialled(leg: CallLeg) -> dict[str, Any]:
    """The answer to dial: never alive yet."""
    shown = {**identity(leg), "is_alive": False}
    if leg.promised_recording is not None:
        shown["recording_id"] = leg.promised_recording
    return shown


def status(leg: CallLeg, now: Micros) -> dict[str, Any]:
    """A call as its status shows it."""
    shown = {**identity(leg), "is_alive": not leg.over, "start_time": iso_millis(leg.start_time)}
    if leg.client_state is not None:
        shown["client_state"] = leg.client_state
    if leg.end_time is not None:
        shown["end_time"] = iso_millis(leg.end_time)
    return {**shown, "call_duration": duration(leg, now)}


def active(leg: CallLeg, now: Micros) -> dict[str, Any]:
    """A call as the list of active ones shows it."""
    return {**identity(leg), "client_state": leg.client_state or "", "call_duration": duration(leg, now)}


def duration(leg: CallLeg, now: Micros) -> int:
    """Whole seconds since the answer."""
    if leg.answered_at is None:
        return 0
    return ((now if leg.ended_at is None else leg.ended_at) - leg.answered_at) // SECOND


FIDELITY: Final = (
    ("dial answers 200 with is_alive false", "OpenAPI", "documented"),
    ("every command answers 200 with result ok", "OpenAPI", "documented"),
    ("client_state_update is a PUT", "OpenAPI", "documented"),
    ("a command_id that came before is answered as then, without effect", "sending commands", "assumed"),
    ("call_duration is whole seconds from the answer on", "no source", "assumed"),
    ("assistants, relays, payments and supervision are refused with 10027", "our limit", "assumed"),
    ("active calls by page[limit], page[after], page[before]; the cursors are call_control_ids", "OpenAPI", "assumed"),
    (
        "client_state is an empty text in the list of active calls when there is none: it is required",
        "OpenAPI",
        "assumed",
    ),
    ("the status of an unknown call is a 422 with 90015", "OpenAPI", "documented"),
)
