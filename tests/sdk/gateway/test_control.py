"""The control endpoint: who may use it, what it answers, and the file that tells where it is."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sdk.gateway.stage import Stub
from voicecall_sdk.errors import Misused
from voicecall_sdk.gateway.control import FILE, Address, control
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

TOKEN = "sesame-7391-token"


async def ask(url: str, body: Any = None, *, token: str | None = TOKEN, **how: Any) -> tuple[int, Any]:
    """Status and frame that the endpoint answers."""
    headers: Mapping[str, str] = {} if token is None else {"Authorization": f"Bearer {token}"}
    given = {"data": body} if isinstance(body, bytes) else {"json": body}
    options = {"headers": {**headers, **how.pop("headers", {})}, **given, **how}
    async with aiohttp.ClientSession() as session, session.post(url, **options) as reply:
        text = await reply.text()
        return reply.status, json.loads(text) if text.startswith("{") else text


def failed(message: str, code: str = "INVALID_REQUEST") -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message}}


# --- asking -----------------------------------------------------------------------------------------------------


@in_world(host="app")
async def test_whoever_has_the_token_is_answered(world: World, tmp_path: Path) -> None:
    stub = Stub()
    async with control(stub.methods, tmp_path, TOKEN) as address:
        frame = {"method": "voicecall.end", "params": {"callId": "c1"}}
        assert await ask(f"{address.url}/rpc", frame) == (200, {"ok": True, "payload": {"success": True}})
        assert (await ask(f"{address.url}/rpc", {"method": "voicecall.status"}))[1]["ok"]
        assert stub.told == [("end", "c1"), ("live_records",)]


HEADERS: list[dict[str, str]] = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer"},
    {"Authorization": TOKEN},
    {"Authorization": f"bearer {TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"},
    {"Authorization": f"Bearer  {TOKEN}"},
    {"Authorization": f"Basic {TOKEN}"},
    {"Authorization": "Bearer é☃"},
    {"Authorization": f"Bearer {TOKEN.upper()}"},
    {"X-Token": TOKEN},
    {"Cookie": f"token={TOKEN}"},
]


@in_world(host="app")
async def test_nobody_else_is(world: World, tmp_path: Path) -> None:
    stub = Stub()
    frame = {"method": "voicecall.start", "params": {"to": "+15550005678"}}
    async with control(stub.methods, tmp_path, TOKEN) as address:
        for headers in HEADERS:
            status, answer = await ask(f"{address.url}/rpc", frame, token=None, headers=headers)
            assert (headers, status) == (headers, 401)
            assert answer == failed("unauthorized: wrong control token", "UNAUTHORIZED")
        # nor by the address, nor without having read the body
        assert (await ask(f"{address.url}/rpc?token={TOKEN}", frame, token=None))[0] == 401
        assert (await ask(f"{address.url}/rpc", b"not JSON", token=None))[0] == 401
    assert stub.told == []


FRAMES: list[tuple[Any, int, dict[str, Any]]] = [
    (b"", 400, failed("the request is not JSON")),
    (b"{", 400, failed("the request is not JSON")),
    (b"\xff\xfe", 400, failed("the request is not JSON")),
    (b"[" * 100_000, 400, failed("the request is not JSON")),
    ([], 422, failed("expected {method, params}")),
    ("voicecall.status", 422, failed("expected {method, params}")),
    (5, 422, failed("expected {method, params}")),
    ({"method": "voicecall.status", "params": None}, 422, failed("expected {method, params}")),
    ({"method": "voicecall.status", "params": []}, 422, failed("expected {method, params}")),
    ({}, 422, failed("unknown method: None")),
    ({"method": "status"}, 422, failed("unknown method: status")),
    ({"method": "voicecall.__init__"}, 422, failed("unknown method: voicecall.__init__")),
    ({"method": ["voicecall.status"]}, 422, failed("unknown method: ['voicecall.status']")),
    ({"method": "voicecall.end", "params": {}}, 422, failed("callId required")),
    ({"method": "voicecall.end", "params": {"callId": 5}}, 422, failed("callId must be a string")),
]


@in_world(host="app")
async def test_what_is_no_request_is_told_so(world: World, tmp_path: Path) -> None:
    stub = Stub()
    async with control(stub.methods, tmp_path, TOKEN) as address:
        for frame, status, answer in FRAMES:
            assert (await ask(f"{address.url}/rpc", frame)) == (status, answer), frame
        strange = {"Content-Type": "application/json; charset=nobody-knows"}
        assert await ask(f"{address.url}/rpc", b"{}", headers=strange) == (400, failed("the request is not JSON"))
        stub.fails = Misused("Call not found")
        frame = {"method": "voicecall.end", "params": {"callId": "c1"}}
        assert await ask(f"{address.url}/rpc", frame) == (422, failed("Call not found", "UNAVAILABLE"))
        for path in ("/", "/rpc/", "/control.json"):
            assert (await ask(f"{address.url}{path}", {}))[0] == 404
        async with aiohttp.ClientSession() as session, session.get(f"{address.url}/rpc") as reply:
            assert reply.status == 405


@in_world(host="app")
async def test_only_this_machine_can_connect(world: World, tmp_path: Path) -> None:
    async with control(Stub().methods, tmp_path, TOKEN) as address:
        assert address.url.startswith("http://127.0.0.1:")
        port = int(address.url.rpartition(":")[2])

        async def knock(host: str) -> None:
            _, writer = await asyncio.open_connection(host, port)
            writer.close()

        await knock("127.0.0.1")
        with pytest.raises(OSError, match=r"refused|Connect"):
            await world.host("stranger").call(knock(world.host("app").address))


def files(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


# --- the file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@in_world(host="app")
async def test_only_the_owner_can_read_the_file(world: World, tmp_path: Path, umask: int) -> None:
    file, before = tmp_path / FILE, os.umask(umask)
    try:
        for leftover in (None, "older", "readable by all"):
            if leftover is not None:
                file.write_text(leftover)
                file.chmod(0o666)
            async with control(Stub().methods, tmp_path, TOKEN) as address:
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
                assert Address.read(tmp_path) == address == Address(address.url, TOKEN)
                assert files(tmp_path) == [FILE]
            assert files(tmp_path) == []
    finally:
        os.umask(before)


@in_world(host="app")
async def test_a_link_in_its_place_leads_nowhere(world: World, tmp_path: Path) -> None:
    """Whoever may write there must not have us write, or tell the token, elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    store = tmp_path / "store"
    store.mkdir()
    (store / FILE).symlink_to(elsewhere)
    (store / f"{FILE}.{os.getpid()}").symlink_to(elsewhere)
    async with control(Stub().methods, store, TOKEN):
        assert not (store / FILE).is_symlink()
        assert elsewhere.read_text() == "mine"


@in_world(host="app")
async def test_of_two_services_the_later_is_found_and_the_earlier_removes_nothing(world: World, tmp_path: Path) -> None:
    """One that is slow to end may overlap with the one that was started in its place."""
    async with AsyncExitStack() as earlier:
        first = await earlier.enter_async_context(control(Stub().methods, tmp_path, "first"))
        async with control(Stub().methods, tmp_path, "second") as second:
            assert first.url != second.url
            assert Address.read(tmp_path) == second
            await earlier.aclose()
            assert Address.read(tmp_path) == second
            assert (await ask(f"{second.url}/rpc", {"method": "voicecall.status"}, token="second"))[0] == 200
            assert (await ask(f"{second.url}/rpc", {"method": "voicecall.status"}, token="first"))[0] == 401
        assert not (tmp_path / FILE).exists()


@in_world(host="app")
async def test_a_file_that_is_gone_is_no_failure(world: World, tmp_path: Path) -> None:
    async with control(Stub().methods, tmp_path, TOKEN):
        (tmp_path / FILE).unlink()


@in_world(host="app")
async def test_where_nothing_can_be_written_nothing_listens(world: World, tmp_path: Path) -> None:
    missing = control(Stub().methods, tmp_path / "missing", TOKEN)
    with pytest.raises(FileNotFoundError):
        await missing.__aenter__()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


GOOD = {"url": "http://127.0.0.1:4711", "token": TOKEN, "pid": 1}


@pytest.mark.parametrize(
    ("content", "address"),
    [
        (json.dumps(GOOD), Address("http://127.0.0.1:4711", TOKEN)),
        (json.dumps({**GOOD, "more": 1}), Address("http://127.0.0.1:4711", TOKEN)),
        # what is to be said is told to this machine alone, whatever somebody has put there
        (json.dumps({**GOOD, "url": "http://evil.example:4711"}), None),
        (json.dumps({**GOOD, "url": "http://127.0.0.1:4711@evil.example"}), None),
        (json.dumps({**GOOD, "url": "http://127.0.0.1:4711/x?y"}), None),
        (json.dumps({**GOOD, "url": "https://127.0.0.1:4711"}), None),
        (json.dumps({**GOOD, "url": "http://127.0.0.1:4711\n"}), None),
        (json.dumps({**GOOD, "url": "file:///etc/passwd"}), None),
        (json.dumps({**GOOD, "url": 5}), None),
        (json.dumps({**GOOD, "token": None}), None),
        (json.dumps({**GOOD, "token": "a\r\nX-Evil: b"}), None),
        (json.dumps({"url": "http://127.0.0.1:4711"}), None),
        (json.dumps([GOOD]), None),
        (json.dumps("http://127.0.0.1:4711"), None),
        (json.dumps(None), None),
        ("", None),
        ('{"url": "http://127.0', None),
        ("[" * 100_000, None),
        ("\x00\xff", None),
    ],
)
def test_what_is_found_in_the_file(tmp_path: Path, content: str, address: Address | None) -> None:
    (tmp_path / FILE).write_bytes(content.encode("latin-1"))
    assert Address.read(tmp_path) == address


def test_where_there_is_no_file_there_is_no_service(tmp_path: Path) -> None:
    assert Address.read(tmp_path) is None
    assert Address.read(tmp_path / "missing") is None


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(IsADirectoryError):
        Address.read(tmp_path)
