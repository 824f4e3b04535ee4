"""What a model says in a response: by instruction, to the output of a function, or to what it heard last."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from voicecall_sim.services.brain import Brain, Thought
from voicecall_sim.services.openai.realtime.conversation import Conversation

FIDELITY: Final = (
    (
        "an instruction with a text in quotation marks is followed by saying that text (the longest, if several)",
        "no source",
        "assumed",
    ),
    (
        "otherwise the brain answers the last message of the user, or the instruction where there is none",
        "no source",
        "assumed",
    ),
    ("what could not be made out is answered with nothing", "no source", "assumed"),
)

QUOTED: Final = re.compile('"([^"]+)"|“([^”]+)”|«([^»]+)»|„([^“”]+)[“”]')
NOTHING: Final = Thought("", 0)


def quoted(instructions: str) -> str:
    """The longest text in quotation marks; empty if there is none."""
    found = ["".join(match.groups(default="")) for match in QUOTED.finditer(instructions)]
    return max(found, key=len, default="").strip()


def reply(
    brain: Brain, conversation: Conversation, asked: Mapping[str, Any], standing: str, tools: Collection[str]
) -> Thought:
    """What to say. `asked` are the parameters of the response, `standing` the session's instructions."""
    instructions = asked.get("instructions") or ""
    if text := quoted(instructions):
        return Thought(text, 0)
    if "input" in asked:
        return heard(brain, [text_of(item) for item in asked["input"] if item.get("role") == "user"], tools)
    waiting = conversation.waiting()
    outputs = [item for item in waiting if item.kind == "function_call_output"]
    if outputs and waiting[-1].kind != "user":
        thoughts = [brain.told(item.body["call_id"], item.text) for item in outputs]
        return thoughts[-1]
    users = [item.text for item in waiting if item.kind == "user"]
    if users or not (instructions or quoted(standing)):
        return heard(brain, users, tools)
    return brain.hear(instructions, tools) if instructions else Thought(quoted(standing), 0)


def heard(brain: Brain, texts: Collection[str], tools: Collection[str]) -> Thought:
    """The brain's answer to the last of these."""
    last = list(texts)[-1:]
    return brain.hear(last[0], tools) if last and last[0] else NOTHING


def text_of(item: Mapping[str, Any]) -> str:
    """The texts of a message."""
    return " ".join(str(part.get("text", "")) for part in item.get("content", ()) if isinstance(part, dict))
