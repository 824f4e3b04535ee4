"""What every store promises (`voicecall_sdk.store.store.Store`), tried on each kind."""

from __future__ import annotations

import gc
import stat
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.sdk.store.conftest import Opener, twice
from tests.sdk.store.records import NOW, answered, call, conversation, over
from voicecall_sdk.errors import StoreFailed
from voicecall_sdk.store import REPLY_KEPT, Retention, Store, open_store
from voicecall_sdk.values import CallId, ProviderCallId, State


def test_a_new_store_knows_nothing(store: Store) -> None:
    assert store.find("call-a") is None
    assert store.reply_to("key", now=NOW) is None
    assert list(store.unfinished()) == []
    assert list(store.history(10)) == []
    assert list(store.follow(0)) == []
    assert store.position() == 0


def test_a_record_is_found_by_our_id_and_by_the_carriers(store: Store) -> None:
    record = call(provider_call_id=ProviderCallId("CA1"))
    store.append(record, None, at=NOW)
    assert store.find("call-a") == record
    assert store.find("CA1") == record
    assert store.find("CA2") is None


def test_the_newest_form_counts(store: Store, reopen: Opener) -> None:
    forms = [call(), call(state=State.RINGING), call(state=State.ANSWERED, answered_at=NOW + 3, keys="12#")]
    for form in forms:
        store.append(form, None, at=NOW)
    assert store.find("call-a") == forms[-1]
    assert list(reopen().history(9)) == [forms[-1]]


def test_a_carriers_id_that_changed_no_longer_leads_to_the_call(store: Store, reopen: Opener) -> None:
    store.append(call(provider_call_id=ProviderCallId("request")), None, at=NOW)
    store.append(call(provider_call_id=ProviderCallId("call")), None, at=NOW)
    for each in twice(store, reopen):
        assert each.find("request") is None
        assert each.find("call") is not None


def test_of_two_calls_with_one_carriers_id_the_newer_is_found(store: Store, reopen: Opener) -> None:
    for name in "ab":
        store.append(call(name, provider_call_id=ProviderCallId("CA1")), None, at=NOW)
    for each in twice(store, reopen):
        assert (found := each.find("CA1")) is not None
        assert found.call_id == "call-b"


def test_unfinished_calls_come_oldest_first(store: Store, reopen: Opener) -> None:
    young, old, ended = call("young", started_at=NOW + 9), call("old"), over(call("ended"))
    for record in (young, old, ended):
        store.append(record, None, at=NOW)
    for each in twice(store, reopen):
        assert list(each.unfinished()) == [old, young]


def test_history_has_each_call_once_in_the_order_in_which_they_came(store: Store, reopen: Opener) -> None:
    for name in "abcd":
        store.append(call(name), None, at=NOW)
    last = over(call("b"))
    store.append(last, None, at=NOW)
    for each in twice(store, reopen):
        assert [record.call_id for record in each.history(3)] == ["call-b", "call-c", "call-d"]
        assert each.history(3)[0] == last
        assert len(each.history(99)) == 4
        assert list(each.history(0)) == []


def test_a_reply_is_given_again_for_ten_minutes_across_restarts(store: Store, reopen: Opener) -> None:
    reply = answered("key", body="<Response>ä</Response>")
    store.append(call(), reply, at=NOW)
    store.append(None, answered("alone"), at=NOW)
    for each in twice(store, reopen):
        for key in ("key", "alone"):
            assert each.reply_to(key, now=NOW + REPLY_KEPT - 0.001) is not None
            assert each.reply_to(key, now=NOW + REPLY_KEPT) is None
        assert each.reply_to("key", now=NOW) == reply.reply


def test_the_newest_reply_to_a_key_counts(store: Store, reopen: Opener) -> None:
    store.append(None, answered("key", body="first"), at=NOW)
    store.append(None, answered("key", at=NOW + 500, body="second"), at=NOW + 500)
    store.forget_replies(now=NOW + 700)
    for each in twice(store, reopen):
        assert (reply := each.reply_to("key", now=NOW + 700)) is not None
        assert reply.body == "second"


def test_replies_that_are_forgotten_are_gone_and_the_others_stay(store: Store, reopen: Opener) -> None:
    store.append(None, answered("old"), at=NOW)
    store.append(call(), answered("with a record"), at=NOW)
    store.append(None, answered("young", at=NOW + 400), at=NOW + 400)
    store.forget_replies(now=NOW + REPLY_KEPT)
    for each in twice(store, reopen):
        assert each.reply_to("old", now=NOW + REPLY_KEPT) is None
        assert each.reply_to("young", now=NOW + REPLY_KEPT) is not None
        assert each.find("call-a") is not None


def test_replies_do_not_pile_up_when_nobody_forgets_them(store: Store) -> None:
    for number in range(3000):
        store.append(None, answered(f"key {number}", at=NOW + number), at=NOW + number)
    kept = store._replies._kept  # type: ignore[attr-defined]
    assert len(kept) <= REPLY_KEPT + 60 + 1
    assert store.reply_to("key 2999", now=NOW + 2999) is not None


def test_following_gives_every_record_in_order(store: Store, reopen: Opener) -> None:
    forms = [*conversation(40), call("b"), over(call("b"))]
    for number, form in enumerate(forms):
        store.append(form, answered(f"key {number}"), at=NOW)
        store.append(None, answered(f"none {number}"), at=NOW)
    for each in twice(store, reopen):
        followed = list(each.follow(0))
        assert [record for _, record in followed] == forms
        positions = [position for position, _ in followed]
        assert positions == sorted(set(positions))
        assert each.position() == positions[-1]
        for start in (0, 5, len(forms) - 1, len(forms)):
            after = positions[start - 1] if start else 0
            assert [record for _, record in each.follow(after)] == forms[start:]


def test_a_reply_alone_is_no_new_position(store: Store) -> None:
    store.append(call(), None, at=NOW)
    before = store.position()
    store.append(None, answered("key"), at=NOW)
    assert store.position() == before


def test_a_finished_call_can_be_forgotten(store: Store, reopen: Opener) -> None:
    store.append(call("a", provider_call_id=ProviderCallId("CA1")), None, at=NOW)
    store.append(over(call("a", provider_call_id=ProviderCallId("CA1"))), answered("key"), at=NOW)
    store.append(call("b"), None, at=NOW)
    store.forget(CallId("call-a"))
    for each in twice(store, reopen):
        assert each.find("call-a") is None
        assert each.find("CA1") is None
        assert [record.call_id for _, record in each.follow(0)] == ["call-b"]
        assert each.reply_to("key", now=NOW + 1) is not None, "its webhooks may still be repeated"


def test_a_live_call_cannot_be_forgotten(store: Store) -> None:
    store.append(call(), None, at=NOW)
    with pytest.raises(StoreFailed, match="call-a is not over"):
        store.forget(CallId("call-a"))
    assert store.find("call-a") is not None


def test_forgetting_what_is_not_known_is_nothing(store: Store) -> None:
    store.forget(CallId("never"))
    assert store.position() == 0


def test_positions_are_never_given_twice(store: Store, reopen: Opener) -> None:
    store.append(over(call("a")), None, at=NOW)
    store.append(over(call("b")), None, at=NOW)
    last = store.position()
    store.forget(CallId("call-b"))
    again = reopen()
    assert again.position() == last
    again.append(call("c"), None, at=NOW)
    assert [record.call_id for _, record in again.follow(last)] == ["call-c"]


def test_only_so_many_finished_calls_are_remembered(reopen: Opener) -> None:
    store = reopen(retention=Retention(calls=3))
    store.append(call("live"), None, at=NOW)
    for number in range(6):
        record = call(str(number), started_at=NOW + number)
        store.append(record, None, at=NOW + number)
        store.append(over(record), None, at=NOW + number)
    names = ["call-live", "call-3", "call-4", "call-5"]
    for each in twice(store, reopen, retention=Retention(calls=3)):
        assert [record.call_id for record in each.history(99)] == names
    later = reopen(retention=Retention(calls=3))
    later.append(over(call("live")), None, at=NOW + 9)
    assert later.find("call-live") is not None, "the call that just ended is not the one to be forgotten"


def test_old_finished_calls_are_forgotten_and_live_ones_never(reopen: Opener) -> None:
    store = reopen(retention=Retention(seconds=100))
    store.append(call("live"), None, at=NOW)
    store.append(over(call("old")), None, at=NOW)
    store.append(over(call("young", started_at=NOW + 101)), None, at=NOW + 101)
    assert [record.call_id for record in store.history(9)] == ["call-live", "call-young"]


def test_a_late_word_about_a_finished_call_forgets_nobody(reopen: Opener) -> None:
    store = reopen(retention=Retention(calls=2))
    ended = [over(call(name)) for name in "ab"]
    for record in (*ended, replace(ended[1], carrier_word="completed")):
        store.append(record, None, at=NOW)
    assert len(store.history(9)) == 2
    assert (found := store.find("call-b")) is not None
    assert found.carrier_word == "completed"


def test_nothing_is_kept_that_json_does_not_have(store: Store) -> None:
    store.append(call("a"), None, at=NOW)
    for nonsense in (object(), {1: 2}.keys(), b"bytes"):
        with pytest.raises(StoreFailed, match="cannot be kept"):
            store.append(call("a", metadata={"x": nonsense}), answered("key"), at=NOW)
    assert store.find("call-a") == call("a")
    assert store.reply_to("key", now=NOW) is None
    assert store.position() == 1


def test_half_a_character_in_a_record_is_kept_and_in_a_reply_refused(store: Store, reopen: Opener) -> None:
    half = "\ud83d"
    store.append(call(error=half), None, at=NOW)
    with pytest.raises(StoreFailed):
        store.append(call("b"), answered("key", body=half), at=NOW)
    for each in twice(store, reopen):
        assert [record.error for record in each.history(9)] == [half]


def test_any_mapping_will_do_as_metadata(store: Store, reopen: Opener) -> None:
    store.append(call(metadata=MappingProxyType({"turnCount": 2})), None, at=NOW)
    assert (found := reopen().find("call-a")) is not None
    assert found.metadata == {"turnCount": 2}


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    for use in (
        lambda: store.append(call(), None, at=NOW),
        lambda: store.find("call-a"),
        store.position,
        lambda: list(store.follow(0)),
    ):
        with pytest.raises(StoreFailed, match="closed"):
            use()


def test_files_are_for_their_owner_only(kind: str, tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "store"
    store = open_store(directory, kind=kind)
    store.append(call(), None, at=NOW)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    store.close()


def test_full_durability_keeps_the_same_promises(reopen: Opener) -> None:
    store = reopen(durability="full")
    for form in conversation(20):
        store.append(form, None, at=NOW)
    assert reopen().find("call-long") == form


def test_kinds_and_durabilities_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sqlite or jsonl"):
        open_store(tmp_path, kind="postgres")
    with pytest.raises(ValueError, match="normal or full"):
        open_store(tmp_path, durability="none")


def test_a_directory_that_cannot_be_made_is_named(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="file/store"):
        open_store(tmp_path / "file" / "store", kind=kind)


def test_a_directory_that_cannot_be_written_to_is_named(kind: str, tmp_path: Path) -> None:
    (tmp_path / "store" / "voicecall.lock").mkdir(parents=True)
    with pytest.raises(StoreFailed, match=r"voicecall\.lock cannot be locked: Is a directory"):
        open_store(tmp_path / "store", kind=kind)


def test_stores_that_are_left_behind_keep_no_files_open(kind: str, tmp_path: Path) -> None:
    descriptors = Path("/dev/fd")
    gc.freeze()  # what was there before need not be looked through
    try:
        counts = []
        for _ in range(2):
            for _ in range(3):
                open_store(tmp_path / "store", kind=kind).append(call(), None, at=NOW)
            gc.collect()
            counts.append(len(list(descriptors.iterdir())))
    finally:
        gc.unfreeze()
    assert counts[0] == counts[1]


# --- looking on -------------------------------------------------------------------------------------------------


def test_who_looks_on_sees_what_is_written_meanwhile(store: Store, reopen: Opener) -> None:
    reader = reopen(read_only=True)
    forms = list(conversation(30))
    for number, form in enumerate(forms):
        store.append(form, answered(f"key {number}"), at=NOW)
        assert reader.find("call-long") == form
        assert reader.position() == number + 1
        assert reader.reply_to(f"key {number}", now=NOW) is not None
    assert [record for _, record in reader.follow(0)] == forms
    store.append(over(forms[-1]), None, at=NOW)
    store.forget(CallId("call-long"))
    assert list(reader.history(9)) == []


def test_who_looks_on_writes_nothing(store: Store, reopen: Opener) -> None:
    store.append(over(call()), None, at=NOW)
    reader = reopen(read_only=True)
    for act in (
        lambda: reader.append(call("b"), None, at=NOW),
        lambda: reader.forget(CallId("call-a")),
        lambda: reader.forget_replies(now=NOW),
    ):
        with pytest.raises(StoreFailed, match="read only"):
            act()


def test_there_must_be_something_to_look_at(kind: str, tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="voicecall"):
        open_store(tmp_path / "none", kind=kind, read_only=True)
    assert not (tmp_path / "none").exists()


# --- how much is written ----------------------------------------------------------------------------------------


def written(directory: Path) -> int:
    """Bytes of the files, once everything is in its place."""
    return sum(file.stat().st_size for file in directory.iterdir())


def test_what_is_written_grows_with_what_happens_and_not_with_its_square(kind: str, tmp_path: Path) -> None:
    sizes = {}
    for lines in (300, 600, 1200):
        directory = tmp_path / str(lines)
        store = open_store(directory, kind=kind)
        for form in conversation(lines):
            store.append(form, None, at=NOW)
        store.close()
        sizes[lines] = written(directory)
    assert sizes[600] < 2.4 * sizes[300]
    assert sizes[1200] < 2.4 * sizes[600]
    assert sizes[1200] < 1200 * 1500


def test_reading_a_record_takes_no_more_than_twice_its_size(store: Store) -> None:
    rows = []
    for form in conversation(400):
        store.append(form, None, at=NOW)
        tip = store._tips[form.call_id]  # type: ignore[attr-defined]
        rows.append(tip.changed_size <= max(tip.whole_size, 2048))
    assert all(rows)
