"""What chat completions and responses have in common: the brain's reply as a model of text gives it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from voicecall_sim.services.brain import Brain, Thought, ToolCall
from voicecall_sim.services.openai.account import failure, model_not_found
from voicecall_sim.world.clock import MILLISECOND, Micros, seconds

END_CALL: Final = "end_call"
"""The function that the spoken contract has as a key of its JSON object, where no functions are offered."""

TOKEN_PAUSE: Final[Micros] = 10 * MILLISECOND
"""Between two tokens of a stream."""

MODELS: Final = ("gpt", "o1", "o3", "o4", "chatgpt-", "ft:", "codex-")
"""How the names of models begin."""

FIDELITY: Final = (
    ("models are known by the beginning of their names", "no source", "assumed"),
    (
        "where the instructions ask for a JSON object with `spoken`, or there are none, the reply is one",
        "no source",
        "assumed",
    ),
    ("tokens are words; usage counts four characters as one", "no source", "assumed"),
)

JSON_ASKED: Final = "spoken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is answered: a text, a function call with its id, or both."""

    text: str
    calls: ToolCall | None = None
    call_id: str = ""

    @property
    def arguments(self) -> str:
        """The arguments of the call as JSON."""
        return json.dumps(self.calls.arguments if self.calls else {})


def know(model: Any) -> str:
    """The model's name, if there may be such a model. Raises `Refusal`."""
    if not str(model).startswith(MODELS):
        raise model_not_found(str(model))
    return str(model)


async def think(
    brain: Brain, heard: str | tuple[str, str], *, instructions: str, tools: Collection[str], call_id: str
) -> Said:
    """What the brain says to a text, or to the output of a function (its call's id and the output).

    Raises `Refusal` when the brain fails. `call_id` is the id under which a function would be called.
    """
    plain = bool(instructions) and JSON_ASKED not in instructions
    ends = not plain and END_CALL in instructions
    offered = (*tools, END_CALL) if ends else tools
    thought = brain.told(*heard) if isinstance(heard, tuple) else brain.hear(heard, offered)
    await asyncio.sleep(seconds(thought.delay))
    if thought.reply is None:
        raise failure(500)
    return said(
        thought,
        brain,
        plain=plain,
        in_words=thought.calls is not None and thought.calls.name not in tools,
        call_id=call_id,
    )


def said(thought: Thought, brain: Brain, *, plain: bool, in_words: bool, call_id: str) -> Said:
    """The reply in the form that is asked for; a call that no function is offered for is said in words."""
    reply, calls = thought.reply or "", thought.calls
    if in_words:
        return Said(text=json.dumps({"spoken": reply or thought.then, END_CALL: True}))
    if calls is not None:
        brain.called(call_id, thought.then)
    if calls is not None and not reply:
        return Said(text="", calls=calls, call_id=call_id)
    return Said(text=reply if plain else json.dumps({"spoken": reply}), calls=calls, call_id=call_id)


def tokens(text: str) -> Sequence[str]:
    """The text in pieces, spaces with the word that follows."""
    return re.findall(r"\s*\S+|\s+$", text)


def counted(text: str) -> int:
    """About how many tokens a text has."""
    return (len(text) + 3) // 4


async def paced(events: Sequence[Mapping[str, Any]], pause: Micros, named: bool) -> AsyncIterator[bytes]:
    """The events as server-sent events, one after the other; with their names, where they are `named`."""
    for index, event in enumerate(events):
        if index:
            await asyncio.sleep(seconds(pause))
        name = f"event: {event['type']}\n".encode() if named else b""
        yield name + b"data: " + orjson.dumps(event) + b"\n\n"


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or parts with texts."""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict) and "text" in part)
    return str(content or "")
