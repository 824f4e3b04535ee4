"""Journal entries as rungs of a ladder: from which lane to which, saying what. A table, one line a kind of entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Any, Final

from voicecall_sim.world.clock import Micros
from voicecall_sim.world.journal import Entry


class Lane(IntEnum):
    """Who stands where, from left to right."""

    APP = 0
    CARRIER = 1
    PEOPLE = 2


class Tone(StrEnum):
    """How a rung is to be looked at."""

    PLAIN = "plain"
    VOICE = "voice"
    FAULT = "fault"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One line of the ladder. Without a `target` it is a note beside the lane `source`.

    `aside` is what came back (an HTTP status). A `minor` rung may be left out.
    """

    at: Micros
    source: Lane
    target: Lane | None = None
    label: str
    aside: str = ""
    tone: Tone = Tone.PLAIN
    minor: bool = False

    @property
    def alike(self) -> Rung:
        """What equal rungs at different instants have in common."""
        return replace(self, at=0)


def rung(entry: Entry) -> Rung:
    """The rung of an entry; entries of unknown kinds become quiet notes."""
    drawn = RUNGS.get(entry.kind, unknown)(entry)
    return drawn if drawn.label.isprintable() else replace(drawn, label=printable(drawn.label))


def describe(entry: Entry) -> str:
    """The entry in words, on one line: who, what, and what came back."""
    drawn = rung(entry)
    came_back = f" → {drawn.aside}" if drawn.aside else ""
    who = "" if drawn.label.startswith((f"{entry.who} ", f"{entry.who}:")) else f"{entry.who}  "
    return f"{who}{drawn.label}{came_back}"


# --- the carrier ------------------------------------------------------------------------------------------------


def request(entry: Entry) -> Rung:
    data = entry.data
    label = str(data.get("operation") or f"{data.get('method', '')} {data.get('path', '')}".strip())
    if data.get("host"):
        label = f"{label} at {data['host']}"
    return Rung(
        at=entry.at,
        source=Lane.APP,
        target=Lane.CARRIER,
        label=label,
        aside=" ".join(filter(None, (shortly(data.get("status")), shortly(data.get("code"))))),
        tone=Tone.PLAIN if good_status(data.get("status")) else Tone.BAD,
    )


def webhook(entry: Entry) -> Rung:
    data = entry.data
    attempt = data.get("attempt", 1)
    again = f" (attempt {attempt})" if isinstance(attempt, int) and attempt > 1 else ""
    trouble = f", {data['error']}" if data.get("error") else ""
    event = str(data.get("event", ""))
    kind = str(data.get("kind", "webhook"))
    good = good_status(data.get("status"))
    return Rung(
        at=entry.at,
        source=Lane.CARRIER,
        target=Lane.APP,
        label=(f"{kind}: {event}" if event and event != kind else kind) + again + trouble,
        aside=shortly(data.get("status")) or "no answer",
        tone=Tone.PLAIN if good else Tone.BAD,
        minor=good and kind == "partial",
    )


def call(entry: Entry) -> Rung:
    data = entry.data
    towards = [Lane.CARRIER, Lane.PEOPLE] if data.get("direction") == "outbound" else [Lane.PEOPLE, Lane.CARRIER]
    state = str(data.get("state", ""))
    number = f"call {data.get('call', '?')}"
    if state == "ended":
        return ended(entry, number)
    if state == "answered":
        towards.reverse()
    shown = f"{number} {state}" if state != "accepted" else f"{number}: {data.get('from')} calls {data.get('to')}"
    return Rung(at=entry.at, source=towards[0], target=towards[1], label=shown)


def ended(entry: Entry, number: str) -> Rung:
    by, cause = str(entry.data.get("by", "")), str(entry.data.get("cause", ""))
    why = f" ({cause})" if cause not in ("", "normal") else ""
    ours = by in ("app", entry.who, "carrier", "network")
    lanes = (Lane.CARRIER, Lane.PEOPLE) if ours else (Lane.PEOPLE, Lane.CARRIER)
    return Rung(at=entry.at, source=lanes[0], target=lanes[1], label=f"{number} ended by {by}{why}")


def stream(entry: Entry) -> Rung:
    data = entry.data
    event = str(data.get("event", ""))
    about = ", ".join(str(data[key]) for key in ("name", "how", "digit", "reason") if data.get(key))
    from_app = data.get("by") == "app" or data.get("how") == "queued" or event in ("cleared", "refused", "turned away")
    lanes = (Lane.APP, Lane.CARRIER) if from_app else (Lane.CARRIER, Lane.APP)
    label = f"stream {data.get('stream', '?')} {event}" + (f": {about}" if about else "")
    bad = event in ("refused", "failed", "let in") or bool(data.get("code"))
    return Rung(
        at=entry.at,
        source=lanes[0],
        target=lanes[1],
        label=label,
        aside=shortly(data.get("code") or data.get("status")),
        tone=Tone.BAD if bad else Tone.PLAIN,
        minor=event == "mark",
    )


def debug(entry: Entry) -> Rung:
    label = " ".join(str(entry.data[key]) for key in ("code", "message") if entry.data.get(key))
    tone = Tone.FAULT if entry.data.get("level") == "warning" else Tone.BAD
    return Rung(at=entry.at, source=Lane.CARRIER, label=label, tone=tone)


# --- the people -------------------------------------------------------------------------------------------------


def heard(entry: Entry) -> Rung:
    return Rung(
        at=entry.at,
        source=Lane.CARRIER,
        target=Lane.PEOPLE,
        label=f"{entry.who} hears {quoted(entry)}",
        tone=Tone.VOICE,
    )


def said(entry: Entry) -> Rung:
    return Rung(
        at=entry.at,
        source=Lane.PEOPLE,
        target=Lane.CARRIER,
        label=f"{entry.who} says {quoted(entry)}",
        tone=Tone.VOICE,
    )


def sound(entry: Entry) -> Rung:
    label = f"{entry.who}: {entry.data.get('name', 'sound')}"
    return Rung(at=entry.at, source=Lane.PEOPLE, target=Lane.CARRIER, label=label, tone=Tone.VOICE)


def keys(entry: Entry) -> Rung:
    pressed = str(entry.data.get("keys", ""))
    away = entry.data.get("way") != "heard"
    return Rung(
        at=entry.at,
        source=Lane.PEOPLE if away else Lane.CARRIER,
        target=Lane.CARRIER if away else Lane.PEOPLE,
        label=f"{entry.who} presses {pressed}" if away else f"{entry.who} hears the keys {pressed}",
        tone=Tone.VOICE,
    )


# --- the application, the runner, the faults --------------------------------------------------------------------


def note(lane: Lane, tone: Tone, *, minor: bool = False) -> Callable[[Entry], Rung]:
    """A note beside a lane: the entry's kind and its details."""

    def noted(entry: Entry) -> Rung:
        label = f"{entry.kind}: {details(entry.data)}" if entry.data else entry.kind
        return Rung(at=entry.at, source=lane, label=label, tone=tone, minor=minor)

    return noted


def answer(entry: Entry) -> Rung:
    return Rung(at=entry.at, source=Lane.APP, label=f"the answer is {quoted(entry)}", tone=Tone.VOICE)


def error(entry: Entry) -> Rung:
    label = str(entry.data.get("error") or details(entry.data))
    return Rung(at=entry.at, source=Lane.APP, label=label, tone=Tone.BAD)


def unhandled(entry: Entry) -> Rung:
    words = ", ".join(str(entry.data[key]) for key in ("message", "error") if entry.data.get(key))
    return Rung(at=entry.at, source=Lane.APP, label=f"unhandled on {entry.who}: {words}", tone=Tone.BAD)


def crash(entry: Entry) -> Rung:
    return Rung(at=entry.at, source=Lane.APP, label=f"{entry.who} crashes", tone=Tone.FAULT)


def rpc(entry: Entry) -> Rung:
    asked = entry.data.get("request")
    words = (
        [str(asked[key]) for key in ("method", "action", "path") if key in asked] if isinstance(asked, Mapping) else []
    )
    status = shortly(entry.data.get("status"))
    label = " ".join([entry.who, str(entry.data.get("door", "rpc")), *words, *(["→", status] if status else [])])
    return Rung(at=entry.at, source=Lane.APP, label=label)


def message(entry: Entry) -> Rung:
    return Rung(at=entry.at, source=Lane.PEOPLE, label=f"{entry.who} keeps {quoted(entry)}", tone=Tone.VOICE)


def thought(entry: Entry) -> Rung:
    lost = entry.data.get("unmatched") is True
    words = f"nothing is written for {json.dumps(entry.data.get('heard'), ensure_ascii=False)}"
    label = f"{entry.who}: {words if lost else details(entry.data)}"
    return Rung(at=entry.at, source=Lane.CARRIER, label=label, tone=Tone.BAD if lost else Tone.QUIET, minor=not lost)


def fault(entry: Entry) -> Rung:
    data = dict(entry.data)
    label = f"{data.pop('fault', 'fault')} {details(data)}".rstrip()
    return Rung(at=entry.at, source=Lane.CARRIER, label=label, tone=Tone.FAULT)


def tunnel(entry: Entry) -> Rung:
    """It opens by itself; what else happens to it a step has brought about."""
    event, url = entry.data.get("event"), entry.data.get("url")
    tone = Tone.PLAIN if event == "opened" else Tone.FAULT
    return Rung(at=entry.at, source=Lane.APP, label=f"tunnel {event}: {url or 'no address'}", tone=tone)


def log(entry: Entry) -> Rung:
    level = str(entry.data.get("level", "")).lower()
    loud = level in ("warning", "error", "critical")
    words = str(entry.data.get("message") or details(entry.data))
    return Rung(
        at=entry.at,
        source=Lane.APP,
        label=f"{level or 'log'}: {words}",
        tone=Tone.BAD if level in ("error", "critical") else Tone.FAULT if loud else Tone.QUIET,
        minor=not loud,
    )


def unknown(entry: Entry) -> Rung:
    label = f"{entry.who} {entry.kind} {details(entry.data)}".rstrip()
    return Rung(at=entry.at, source=Lane.CARRIER, label=label, tone=Tone.QUIET, minor=True)


RUNGS: Final[Mapping[str, Callable[[Entry], Rung]]] = {
    "request": request,
    "webhook": webhook,
    "call": call,
    "stream": stream,
    "debug": debug,
    "heard": heard,
    "said": said,
    "sound": sound,
    "keys": keys,
    "message": message,
    "menu": note(Lane.PEOPLE, Tone.QUIET, minor=True),
    "screened": note(Lane.PEOPLE, Tone.QUIET),
    "step": note(Lane.APP, Tone.QUIET, minor=True),
    "rpc": rpc,
    "answer": answer,
    "error": error,
    "unhandled": unhandled,
    "crash": crash,
    "thought": thought,
    "log": log,
    "fault": fault,
    "tunnel": tunnel,
}


def good_status(status: Any) -> bool:
    """Whether an HTTP status means that it went well."""
    return isinstance(status, int) and 200 <= status < 400


def shortly(value: Any) -> str:
    """A number or short word for the end of an arrow; nothing for nothing and zero."""
    return printable(str(value))[:12] if value else ""


def printable(text: str) -> str:
    """One line of text that does nothing to a terminal but appear on it."""
    return "".join(char if char.isprintable() else "�" for char in " ".join(text.split()))


def quoted(entry: Entry) -> str:
    """What was spoken, in quotation marks."""
    return f'"{entry.data.get("text", "")}"' + (" (broken off)" if entry.data.get("cut") is True else "")


def details(data: Mapping[str, Any]) -> str:
    """An entry's data on one line: `key=value`, or the text alone."""
    if set(data) == {"text"}:
        return f'"{data["text"]}"'
    return ", ".join(f"{key}={value if isinstance(value, str) else compact(value)}" for key, value in data.items())


def compact(value: Any) -> str:
    """A value as short JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
