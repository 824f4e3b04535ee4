"""The journal: in order, listened to, compared by its data, and free of secrets."""

from __future__ import annotations

import asyncio
import base64
import html
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_sim.world.clock import SECOND
from voicecall_sim.world.journal import Entry, Journal
from voicecall_sim.world.secrets import Secrets
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World


class Still:
    """A clock that stands at nought."""

    def now(self) -> int:
        return 0


def journal() -> Journal:
    return Journal(Still())  # type: ignore[arg-type]


@in_world()
async def test_entries_have_place_and_instant(world: World) -> None:
    first = world.journal.write("app", "start")
    await asyncio.sleep(2)
    second = world.journal.write("carrier", "call", {"to": "+1"}, {"raw": b"x"})
    assert first == Entry(0, 0, "app", "start", {}, {})
    assert second == Entry(1, 2 * SECOND, "carrier", "call", {"to": "+1"}, {"raw": b"x"})
    assert list(world.journal) == [first, second] == list(world.journal.since(0))
    assert (len(world.journal), world.journal[1], list(world.journal.since(1))) == (2, second, [second])


def test_what_is_written_does_not_change_with_what_it_was_written_from() -> None:
    data = {"to": "+1"}
    entry = journal().write("app", "call", data)
    data["to"] = "+2"
    assert entry.data == {"to": "+1"}


def test_entries_are_compared_by_data_and_not_by_evidence() -> None:
    one = journal().write("app", "call", {"b": 1, "a": b"x"}, {"nonce": 1})
    two = journal().write("app", "call", {"a": b"x", "b": 1}, {"nonce": 2})
    other = journal().write("app", "call", {"a": b"x", "b": 2}, {"nonce": 1})
    assert one.compared == two.compared != other.compared


def test_listeners_hear_every_entry_at_once_until_they_leave() -> None:
    written, heard = journal(), []
    leave = written.listen(heard.append)
    entry = written.write("app", "a")
    assert heard == [entry]
    leave()
    written.write("app", "b")
    assert heard == [entry]


@in_world()
async def test_one_can_wait_for_more(world: World) -> None:
    async def write() -> None:
        await asyncio.sleep(1)
        world.journal.write("app", "a")
        await asyncio.sleep(1)
        world.journal.write("app", "b")

    task = asyncio.create_task(write())
    await world.journal.more(1)
    assert (len(world.journal), world.clock.now()) == (2, 2 * SECOND)
    await world.journal.more(0)
    given_up = asyncio.create_task(world.journal.more(9))
    await asyncio.sleep(0)
    given_up.cancel()
    world.journal.write("app", "c")
    await task


SECRET = 's3cr3t/+&"<käse>'
TRAVELLING = {
    "plain": SECRET,
    "in a sentence": f"the token is {SECRET}.",
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64, unpadded": base64.b64encode(SECRET.encode()).decode().rstrip("="),
    "base64 for URLs": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "HTTP Basic": "Basic " + base64.b64encode(f"AC123:{SECRET}".encode()).decode(),
    "HTTP Basic, another length": "Basic " + base64.b64encode(f"AC1234:{SECRET}".encode()).decode(),
    "HTTP Basic, a third": "Basic " + base64.b64encode(f"AC12345:{SECRET}".encode()).decode(),
    "base64 of JSON": base64.b64encode(f"{{'k': '{SECRET}'}}".encode()).decode(),
    "URL": f"https://x.example/?token={quote(SECRET, safe='')}",
    "URL path": f"https://x.example/{quote(SECRET)}",
    "form": f"token={quote_plus(SECRET)}&a=b",
    "JSON": json.dumps({"token": SECRET}),
    "JSON, unescaped": json.dumps({"token": SECRET}, ensure_ascii=False),
    "XML": f'<Stream url="{html.escape(SECRET)}"/>',
}


@pytest.mark.parametrize("text", TRAVELLING.values(), ids=TRAVELLING.keys())
def test_secrets_are_replaced_in_every_form(text: str) -> None:
    kept = journal()
    kept.keep_secret("twilio.authToken", SECRET)
    shown = kept.redact(text)
    assert "<twilio.authToken>" in shown
    assert kept.leaks(text) == ["twilio.authToken"]
    assert kept.leaks(shown) == []
    assert kept.write("app", "log", {"text": text}).data == {"text": shown}


def test_secrets_are_replaced_at_any_depth_in_data_and_evidence() -> None:
    kept = journal()
    kept.keep_secret("key", "sesame-open")
    value: dict[str, Any] = {
        "list": ["sesame-open", 1, None],
        "tuple": ("x sesame-open",),
        "raw": b"key=sesame-open",
        "array": bytearray(b"sesame-open"),
        "sesame-open": {"deep": [{"er": "sesame-open"}]},
        "short": "open",
    }
    clean = {
        "list": ["<key>", 1, None],
        "tuple": ("x <key>",),
        "raw": b"key=<key>",
        "array": b"<key>",
        "<key>": {"deep": [{"er": "<key>"}]},
        "short": "open",
    }
    entry = kept.write("app", "log", value, value)
    assert entry.data == entry.evidence == clean


def test_the_longer_secret_wins_and_the_first_name_stays() -> None:
    kept = journal()
    kept.keep_secret("token", "abcdef")
    kept.keep_secret("user and token", "AC1:abcdef")
    kept.keep_secret("again", "abcdef")
    assert kept.redact("AC1:abcdef abcdef") == "<user and token> <token>"


def test_tokens_may_show_their_beginning() -> None:
    kept = journal()
    kept.keep_secret("stream.token", "abcdefghijkl", show=4)
    assert kept.redact("?token=abcdefghijkl") == "?token=<stream.token:abcd…>"
    assert kept.leaks("abcd") == []


def test_without_secrets_nothing_is_touched() -> None:
    kept = journal()
    kept.keep_secret("empty", "")
    assert kept.redact("text") == "text"
    assert kept.leaks("text") == []
    assert not Secrets()


@given(
    st.text(st.characters(codec="utf-8"), min_size=6, max_size=40),
    st.binary(max_size=12),
    st.binary(max_size=12),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)
def test_no_secret_hides_inside_base64(secret: str, before: bytes, after: bytes, encode: Any) -> None:
    secrets = Secrets()
    secrets.keep("key", secret)
    assert secrets.leaks(encode(before + secret.encode() + after).decode()) == ["key"]


@given(st.text(max_size=60))
def test_innocent_text_is_left_alone(text: str) -> None:
    secrets = Secrets()
    secrets.keep("key", "correct horse battery staple")
    assert secrets.redact(text) == text


def test_evidence_may_wait_until_somebody_looks() -> None:
    written = journal()
    asked: list[None] = []

    def make() -> dict[str, str]:
        asked.append(None)
        return {"request": "Authorization: s3cret-token"}

    entry = written.write("a", "request", {}, make)
    written.keep_secret("app.token", "s3cret-token")
    assert asked == []
    assert str(entry.evidence) == "{'request': 'Authorization: <app.token>'}"
    assert dict(entry.evidence) == entry.evidence == {"request": "Authorization: <app.token>"}
    assert len(entry.evidence) == len(asked) == 1
