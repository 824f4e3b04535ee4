"""Records to be kept: a call that goes on and on, and hypothesis' idea of any record at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from voicecall_sdk.call.record import CallRecord, Line
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store import Answered
from voicecall_sdk.values import CallId, Direction, EndReason, ProviderCallId, Speaker, State

NOW = 1_763_800_000.0


def call(name: str = "a", **fields: Any) -> CallRecord:
    """A call that has just begun."""
    given: dict[str, Any] = {
        "call_id": CallId(f"call-{name}"),
        "provider": "twilio",
        "direction": Direction.OUTBOUND,
        "state": State.INITIATED,
        "from_": "+15550001234",
        "to": "+15550005678",
        "started_at": NOW,
    }
    return CallRecord(**{**given, **fields})


def over(record: CallRecord) -> CallRecord:
    """The same call when it has ended."""
    return replace(record, state=State.COMPLETED, end_reason=EndReason.COMPLETED, ended_at=NOW + 60)


def conversation(lines: int, name: str = "long") -> Iterator[CallRecord]:
    """A call that is talked on, record by record; every third line turns out to have been interrupted."""
    record = call(name, provider_call_id=ProviderCallId(f"CA-{name}"), state=State.ANSWERED)
    yield record
    for number in range(lines):
        line = Line(
            at=NOW + number, speaker=Speaker.BOT if number % 2 else Speaker.USER, text=f"This is line {number}."
        )
        record = replace(record, transcript=(*record.transcript, line), state=State.LISTENING)
        yield record
        if number % 3 == 0:
            record = replace(record, transcript=(*record.transcript[:-1], replace(line, interrupted=True)))
            yield record


def answered(key: str, at: float = NOW, body: str = "<Response/>") -> Answered:
    """The reply to a webhook."""
    return Answered(key=key, at=at, reply=WebhookReply(status=200, body=body, content_type="text/xml"))


METADATA = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=4,
    ),
    max_size=3,
)

INSTANTS = st.floats(0, 4e9)

RECORDS = st.builds(
    CallRecord,
    started_at=INSTANTS,
    answered_at=st.none() | INSTANTS,
    ended_at=st.none() | INSTANTS,
    transcript=st.lists(st.builds(Line, at=INSTANTS), max_size=4).map(tuple),
    metadata=METADATA,
    keys=st.text("0123456789*#", max_size=5),
    from_=st.text(max_size=15),
    # every text there can be, halves of characters too
    error=st.none() | st.text(st.characters(codec=None, exclude_categories=()), max_size=10),
)
