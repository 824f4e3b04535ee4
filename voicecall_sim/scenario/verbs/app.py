"""What the application is made to do: its operations, its life, raw requests to its doors."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any, Final

from voicecall_sim.scenario.cast import ANONYMOUS, Cast
from voicecall_sim.scenario.grammar.form import Family, Form, Said
from voicecall_sim.scenario.grammar.shape import Choice, Key, Keyed, Schema, Word
from voicecall_sim.scenario.grammar.words import KEYS, PHONE, SCALAR, TEXT, Data, NamedCall, NamesCall
from voicecall_sim.scenario.nodes import Node, scalar, wrong
from voicecall_sim.scenario.plan import (
    AppAsk,
    AppCall,
    AppEnd,
    AppLife,
    AppPress,
    AppRequest,
    AppSpeak,
    AppStatus,
    Verb,
)
from voicecall_sim.scenario.units import NUMBER_LIKE, Unfit

METHODS: Final = {word: word for word in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS")}
WAYS_IN: Final = {way: way for way in ("tunnel", "listener", "loopback")}
"""By the public address; straight to where the application listens, around whatever is before it; from its machine."""
DISK: Final = {state: state for state in ("full", "works")}
MODES: Final = {mode: mode for mode in ("notify", "conversation")}


@dataclass(frozen=True, slots=True)
class Called:
    """A person by name, or a number."""

    def read(self, node: Node, cast: Cast) -> str:
        """The name or the number."""
        value = scalar(node, "whom to call")
        if NUMBER_LIKE.fullmatch(value.text):
            return self.number(PHONE.read(value, cast), cast)
        member = cast.member(value)
        if member.plan is not None and member.plan.phone == ANONYMOUS:
            raise wrong(value, f"nobody can call `{member.name}`: the number is withheld", "Give them a number.")
        return member.name

    def number(self, phone: str, cast: Cast) -> str:
        """A number; if somebody has it, that person is spoken of."""
        cast.holder(phone)
        return phone

    def schema(self) -> Schema:
        """A name or a number."""
        return {"type": ["string", "integer"]}


def words_of(line: str) -> dict[str, Any]:
    """The words of a command line."""
    try:
        return {"args": shlex.split(line)}
    except ValueError as error:
        raise Unfit(f"this is no command line: {error}", "Close its quotes.") from error


COMMAND_LINE: Final = Word("commandLine", "a command line", words_of, SCALAR)
RPC: Final = Keyed("an RPC request", {"method": Key(TEXT, needed=True), "params": Key(Data("the parameters"))})
REQUEST: Final = Keyed(
    "a request",
    {
        "method": Key(Choice("an HTTP method", METHODS)),
        "path": Key(TEXT, needed=True),
        "headers": Key(Data("the headers")),
        "body": Key(Data()),
        "through": Key(Choice("a way in", WAYS_IN)),
    },
)


def place_call(said: Said) -> Verb:
    """A crowd's calls cannot share one name."""
    member = said.cast.people.get(said.value)
    if member is not None and member.count is not None:
        said.refuse("as", f"`{member.name}` are many, one name cannot stand for all their calls", "Leave it out.")
    return AppCall(said.value, said.get("message"), said.get("mode"), said.get("as"), said.get("with", {}))


def life(what: str) -> Form:
    """A verb of its life, for the next start perhaps with other configuration."""
    starts = what in ("starts", "restarts")
    options = {"with": Key(Data("the changed configuration"))} if starts else {}
    return Form(build=lambda said: AppLife(what, said.get("with", {})), options=options)


OF_CALL: Final = {"call": Key(NamedCall())}

VERBS: Final[Family] = {
    "call": Form(
        build=place_call,
        value=Called(),
        options={
            "message": Key(TEXT),
            "mode": Key(Choice("a mode", MODES)),
            "as": Key(NamesCall()),
            "with": Key(Data("what else is passed")),
        },
        hints={"to": "Whom to call stands after `call`: `call: anna`."},
    ),
    "ask": Form(build=lambda said: AppAsk(said.value, said.get("call")), value=TEXT, options=OF_CALL),
    "speak": Form(build=lambda said: AppSpeak(said.value, said.get("call")), value=TEXT, options=OF_CALL),
    "press": Form(build=lambda said: AppPress(said.value, said.get("call")), value=KEYS, options=OF_CALL),
    "end": Form(build=lambda said: AppEnd(said.get("call")), options=OF_CALL),
    "status": Form(build=lambda said: AppStatus(said.get("call")), options=OF_CALL),
    "starts": life("starts"),
    "stops": life("stops"),
    "crashes": life("crashes"),
    "restarts": life("restarts"),
    "disk": Form(build=lambda said: AppLife(f"disk {said.value}"), value=Choice("a state of its disk", DISK)),
    "rpc": Form(build=lambda said: AppRequest("rpc", said.value), value=RPC),
    "tool": Form(build=lambda said: AppRequest("tool", said.value), value=Data("what the tool is given")),
    "request": Form(build=lambda said: AppRequest("request", said.value), value=REQUEST),
    "cli": Form(build=lambda said: AppRequest("cli", said.value), value=COMMAND_LINE),
}
