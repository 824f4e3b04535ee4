"""Any sequence of acts, on any kind of store, restarts included, against a store that is a few dicts."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.sdk.store.records import NOW, answered, call, over
from voicecall_sdk.call.record import CallRecord, Line
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.messages import WebhookReply
from voicecall_sdk.store import REPLY_KEPT, Store, jsonl, open_store
from voicecall_sdk.values import ProviderCallId, Speaker

NAMES = st.sampled_from("abc")


class AnyUse(RuleBasedStateMachine):
    """The acts, and what must hold after each."""

    kind = "sqlite"

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.store: Store = open_store(self.directory, kind=self.kind)
        self.reader: Store = open_store(self.directory, kind=self.kind, read_only=True)
        self.now = NOW
        self.calls: dict[str, CallRecord] = {}
        self.log: list[tuple[int, CallRecord]] = []
        self.replies: dict[str, tuple[float, WebhookReply]] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.reader.close()
            shutil.rmtree(self.directory)

    def _append(self, record: CallRecord | None, key: str | None) -> None:
        reply = None if key is None else answered(key, at=self.now, body=f"{key} at {self.now}")
        before = self.store.position()
        self.store.append(record, reply, at=self.now)
        if record is not None:
            self.calls[record.call_id] = record
            self.log.append((self.store.position(), record))
            assert self.store.position() > before
        if reply is not None:
            self.replies[reply.key] = (self.now, reply.reply)

    @rule(name=NAMES, key=st.none() | NAMES)
    def begin_call(self, name: str, key: str | None) -> None:
        self._append(call(name, started_at=self.now), key)

    @rule(name=NAMES, words=st.text(max_size=40), cut=st.booleans(), key=st.none() | NAMES)
    def talk(self, name: str, words: str, cut: bool, key: str | None) -> None:
        record = self.calls.get(f"call-{name}", call(name))
        line = Line(at=self.now, speaker=Speaker.BOT, text=words)
        kept = record.transcript[:-1] if cut else record.transcript
        self._append(replace(record, transcript=(*kept, line)), key)

    @rule(name=NAMES, provider=st.none() | st.sampled_from(["CA1", "CA2"]))
    def rename(self, name: str, provider: str | None) -> None:
        record = self.calls.get(f"call-{name}", call(name))
        self._append(replace(record, provider_call_id=provider and ProviderCallId(provider)), None)

    @rule(name=NAMES, key=st.none() | NAMES)
    def finish(self, name: str, key: str | None) -> None:
        self._append(over(self.calls.get(f"call-{name}", call(name))), key)

    @rule(key=NAMES)
    def only_answer(self, key: str) -> None:
        self._append(None, key)

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        call_id = data.draw(st.sampled_from(sorted(self.calls)))
        record = self.calls[call_id]
        if record.live:
            with pytest.raises(StoreFailed):
                self.store.forget(record.call_id)
            return
        self.store.forget(record.call_id)
        del self.calls[call_id]
        self.log = [(at, each) for at, each in self.log if each.call_id != call_id]

    @rule(seconds=st.sampled_from([1.0, 200.0, 599.0, 700.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def forget_replies(self) -> None:
        self.store.forget_replies(now=self.now)

    @rule()
    def restart(self) -> None:
        before = self.store.position()
        self.store.close()
        self.store = open_store(self.directory, kind=self.kind)
        assert self.store.position() == before

    @precondition(lambda self: self.kind == "jsonl")
    @rule()
    def rewrite(self) -> None:
        assert isinstance(self.store, jsonl.JsonlStore)
        self.store._rewrite()

    @invariant()
    def both_know_everything(self) -> None:
        for store in (self.store, self.reader):
            assert list(store.follow(0)) == self.log
            assert {record.call_id: record for record in store.history(99)} == self.calls
            assert [record.call_id for record in store.history(99)] == list(
                dict.fromkeys(each.call_id for _, each in self.log)
            )
            live = sorted((each for each in self.calls.values() if each.live), key=lambda each: each.started_at)
            assert {each.call_id for each in store.unfinished()} == {each.call_id for each in live}
            for key in "abc":
                at, reply = self.replies.get(key, (0.0, None))
                assert store.reply_to(key, now=self.now) == (reply if self.now - at < REPLY_KEPT else None)
            for provider in ("CA1", "CA2"):
                holders = [each.call_id for each in self.calls.values() if each.provider_call_id == provider]
                found = store.find(provider)
                assert found is None or found.call_id in holders


class AnyUseOfJsonl(AnyUse):
    """The same on JSON lines."""

    kind = "jsonl"


TestSqlite = AnyUse.TestCase
TestJsonl = AnyUseOfJsonl.TestCase
TestSqlite.settings = TestJsonl.settings = settings(stateful_step_count=25)
