"""What it costs to keep a record and a webhook's reply, beside a bare SQLite transaction of the same bytes."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from voicecall_sdk.call.record import CallRecord, Line
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store import Answered, open_store
from voicecall_sdk.values import CallId, Direction, EndReason, ProviderCallId, Speaker, State

ROUNDS = 7
CALLS = 200
REPLY = WebhookReply(body="<Response>" + "x" * 280 + "</Response>", content_type="text/xml")


def one_call(number: int) -> Iterator[CallRecord]:
    """Ten records of one call: dialled, placed, answered, six lines, over."""
    record = CallRecord(
        call_id=CallId(f"0b5c1d2e-{number:08}"),
        provider="twilio",
        direction=Direction.OUTBOUND,
        state=State.INITIATED,
        from_="+15550001234",
        to="+15550005678",
        started_at=1_763_800_000.0 + number,
        session_key="agent:main:voice:15550005678",
    )
    yield record
    record = replace(record, provider_call_id=ProviderCallId(f"CA{number:032}"), state=State.RINGING)
    yield record
    record = replace(record, state=State.ANSWERED, answered_at=record.started_at + 4)
    yield record
    for turn in range(6):
        line = Line(at=record.started_at + turn, speaker=Speaker.BOT, text="Is three o'clock still fine for you?")
        record = replace(record, state=State.LISTENING, transcript=(*record.transcript, line))
        yield record
    yield replace(record, state=State.COMPLETED, end_reason=EndReason.COMPLETED, ended_at=record.started_at + 60)


RECORDS = [record for number in range(CALLS) for record in one_call(number)]


def ours(kind: str, durability: str) -> Callable[[Path], None]:
    """Append them all to a store."""

    def run(directory: Path) -> None:
        store = open_store(directory, kind=kind, durability=durability)
        for number, record in enumerate(RECORDS):
            reply = Answered(key=f"twilio:req:{number:064}", at=record.started_at, reply=REPLY)
            store.append(record, reply, at=record.started_at)
        store.close()

    return run


def bare(synchronous: str) -> Callable[[Path], None]:
    """The yardstick: one row of some 600 bytes and a commit, by sqlite3 alone."""

    def run(directory: Path) -> None:
        db = sqlite3.connect(directory / "bare.sqlite3", isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
        db.execute("CREATE TABLE log (position INTEGER PRIMARY KEY, body BLOB)")
        for number in range(len(RECORDS)):
            db.execute("INSERT INTO log VALUES (?, ?)", (number, b"x" * 600))
        db.close()

    return run


def microseconds(run: Callable[[Path], None]) -> float:
    """Wall time of one append."""
    with tempfile.TemporaryDirectory() as directory:
        began = time.perf_counter()
        run(Path(directory))
        return (time.perf_counter() - began) / len(RECORDS) * 1e6


def main() -> None:
    """Interleaved rounds, so that a slow moment of the machine hits all alike."""
    cases = {
        "bare sqlite3, normal": bare("NORMAL"),
        "sqlite store, normal": ours("sqlite", "normal"),
        "jsonl store, normal": ours("jsonl", "normal"),
        "bare sqlite3, full": bare("FULL"),
        "sqlite store, full": ours("sqlite", "full"),
        "jsonl store, full": ours("jsonl", "full"),
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, run in cases.items():
            taken[name].append(microseconds(run))
    yardstick = statistics.median(taken["bare sqlite3, normal"])
    print(f"{'':24}{'best us':>10}{'median us':>12}{'of bare':>10}")
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:24}{min(times):10.1f}{middle:12.1f}{middle / yardstick:10.2f}")


if __name__ == "__main__":
    main()
