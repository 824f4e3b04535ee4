"""The command `voicecall` without a service: configurations, stores, what a dead service left behind."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.cli.service import NUMBER, advertise, configured, voicecall
from tests.sdk.gateway.stage import RECORD
from voicecall_sdk.call.record import CallRecord
from voicecall_sdk.cli import CONFIG_FILES
from voicecall_sdk.config import Config
from voicecall_sdk.gateway.control import FILE
from voicecall_sdk.values import CallId, State

# the commands of these names stand in their places in the package
SERVE, TAIL = import_module("voicecall_sdk.cli.serve"), import_module("voicecall_sdk.cli.tail")

ASKING: dict[str, tuple[str, ...]] = {
    "call": ("call", "-m", "Hello."),
    "continue": ("continue", "--call-id", "c1", "--message", "Well?"),
    "speak": ("speak", "--call-id", "c1", "--message", "Well."),
    "dtmf": ("dtmf", "--call-id", "c1", "--digits", "1"),
    "end": ("end", "--call-id", "c1"),
    "status": ("status",),
}
"""What needs a service. `status` makes do with a store."""

ALL = {**ASKING, "tail": ("tail", "--no-follow"), "serve": ("serve",)}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return configured(tmp_path)


def stored(config: Path, *records: CallRecord) -> None:
    """A service wrote these and has gone."""
    store = Config.load(config, env={}).open_store()
    for at, record in enumerate(records):
        store.append(record, None, at=float(at))
    store.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


# --- no service -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ASKING)
def test_without_a_service_it_says_how_to_get_one(config: Path, command: str) -> None:
    result = voicecall(*ASKING[command], config=config)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: no service runs with the store")
    assert "start it with `voicecall serve`" in result.stderr


@pytest.mark.parametrize("command", ASKING)
def test_an_address_that_was_left_behind_is_told_apart(config: Path, nobody: str, command: str) -> None:
    advertise(config.parent / "store", nobody)
    result = voicecall(*ASKING[command], config=config)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: no service answers at {nobody}: start it with `voicecall serve`\n"


@pytest.mark.parametrize("url", ["http://evil.example:80", "http://127.0.0.1@evil.example", "file:///etc/passwd", ""])
def test_an_address_elsewhere_is_not_told_what_is_to_be_said(config: Path, url: str) -> None:
    advertise(config.parent / "store", url)
    for arguments in ASKING.values():
        result = voicecall(*arguments, config=config)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: no service runs with the store")


@pytest.mark.parametrize("command", ASKING)
def test_a_file_that_cannot_be_read_is_a_sentence(config: Path, command: str) -> None:
    (config.parent / "store" / FILE).mkdir(parents=True)
    result = voicecall(*ASKING[command], config=config)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Is a directory" in result.stderr


# --- what is stored ---------------------------------------------------------------------------------------------

LIVE = replace(RECORD, call_id=CallId("c2"), state=State.ANSWERED, end_reason=None, ended_at=None)


@pytest.mark.parametrize("left_behind", [False, True])
def test_a_status_comes_from_the_store(config: Path, nobody: str, left_behind: bool) -> None:
    stored(config, RECORD, LIVE)
    if left_behind:
        advertise(config.parent / "store", nobody)
    one = json.loads(voicecall("status", "--call-id", "c1", config=config).stdout)
    assert (one["found"], one["call"]["state"], one["call"]["endReason"]) == (True, "hangup-bot", "hangup-bot")
    assert not {"from", "to", "transcript", "message"} & set(one["call"])
    assert json.loads(voicecall("status", "--call-id", "c3", config=config).stdout) == {"found": False}
    live = json.loads(voicecall("status", config=config).stdout)
    assert [call["callId"] for call in live["calls"]] == ["c2"]


def test_a_store_of_somebody_else_is_told(config: Path) -> None:
    (config.parent / "store").mkdir()
    (config.parent / "store" / "voicecall.sqlite3").write_text("not a database at all, but long enough to be one" * 9)
    for arguments in (("tail", "--no-follow"), ("status",)):
        result = voicecall(*arguments, config=config)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")


def tailed(config: Path, *options: str) -> Sequence[Any]:
    result = voicecall("tail", "--no-follow", *options, config=config)
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_tail_shows_the_last_records(config: Path) -> None:
    many = [replace(LIVE, call_id=CallId(f"c{number}")) for number in range(40)]
    stored(config, *many)
    for options, count in (((), 25), (("--since", "3"), 3), (("--since", "0"), 0), (("--since", "1000000"), 40)):
        shown = [record["callId"] for record in tailed(config, *options)]
        assert shown == [record.call_id for record in many][len(many) - count :]


def test_a_tail_follows(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored while it looks on is shown at its next look, once."""
    stored(config, RECORD)
    looks = 0

    async def sleeps(seconds: float) -> None:
        nonlocal looks
        assert seconds == 0.05
        looks += 1
        if looks == 4:
            raise KeyboardInterrupt
        if looks < 3:
            stored(config, replace(LIVE, call_id=CallId(f"new {looks}")))

    monkeypatch.setattr(TAIL.asyncio, "sleep", sleeps)
    result = voicecall("tail", "--poll", "50", config=config)
    assert result.exit_code == 0
    assert [json.loads(line)["callId"] for line in result.stdout.splitlines()] == ["c1", "new 1", "new 2"]


def test_a_tail_without_a_store_says_so(config: Path) -> None:
    result = voicecall("tail", config=config)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


def test_what_was_said_does_not_command_the_terminal(config: Path) -> None:
    stored(config, replace(RECORD, from_="\x1b[2J\x07", metadata={"x": "\x1b]0;title\x07\r\n"}))
    result = voicecall("tail", "--no-follow", config=config)
    assert not [char for char in result.stdout if ord(char) < 32 and char != "\n"]
    assert json.loads(result.stdout)["from"] == "\x1b[2J\x07"


# --- configurations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ALL)
def test_a_configuration_is_needed(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = voicecall(*ALL[command])
    assert result.exit_code == 2
    assert "no configuration: give --config FILE, or make one of voicecall.json5" in result.stderr
    missing = voicecall(*ALL[command], config=tmp_path / "missing.json5")
    assert missing.exit_code == 2
    assert "does not exist" in missing.stderr
    assert voicecall(*ALL[command], config=tmp_path).exit_code == 2


@pytest.mark.parametrize("name", CONFIG_FILES)
def test_the_one_that_lies_here_is_taken(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    configured(tmp_path).rename(tmp_path / name)
    stored(tmp_path / name, RECORD)
    assert json.loads(voicecall("status", "--call-id", "c1").stdout)["found"]


def test_the_environment_may_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stored(configured(elsewhere), RECORD)
    found = voicecall("status", "--call-id", "c1", env={"VOICECALL_CONFIG": str(elsewhere / "voicecall.json5")})
    assert json.loads(found.stdout)["found"]


BROKEN = {"not JSON5": "{", "no object": "[]", "an unknown key": '{"provider": "mock", "nonsense": 1}'}
BROKEN |= {"a wrong value": '{"provider": "mock", "store": {"kind": "papyrus"}}', "no text": "\x00\xff"}


@pytest.mark.parametrize("what", BROKEN)
def test_one_that_cannot_be_used_is_told_with_its_place(what: str, tmp_path: Path) -> None:
    file = tmp_path / "voicecall.json5"
    file.write_bytes(BROKEN[what].encode("latin-1"))
    for arguments in ALL.values():
        result = voicecall(*arguments, config=file)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{file} cannot be used:\n  - " in result.stderr


def test_a_secret_in_the_wrong_place_is_not_told(tmp_path: Path) -> None:
    secret = "sesame-7391-sesame-7391"
    file = configured(
        tmp_path, provider="twilio", twilio={"accountSid": secret, "authTokn": secret, "authToken": [secret]}
    )
    for arguments in ALL.values():
        result = voicecall(*arguments, config=file)
        assert result.exit_code == 2
        assert secret not in result.output


# --- serve ------------------------------------------------------------------------------------------------------


@pytest.fixture
def _interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service is interrupted as soon as it listens."""

    async def at_once() -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(SERVE, "_interrupted", at_once)


@pytest.mark.loopback
@pytest.mark.usefixtures("_interrupted")
def test_serve_says_where_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    file = configured(tmp_path, serve={"port": port})
    for _ in range(2):
        result = voicecall("serve", config=file)
        assert (result.exit_code, result.stderr) == (0, "")
        address = f"http://127.0.0.1:{port}/voice/webhook"
        assert result.stdout.startswith(f"voicecall takes calls at {address}, commands at http://127.0.0.1:")
        assert not (tmp_path / "store" / FILE).exists()


@pytest.mark.loopback
@pytest.mark.usefixtures("_interrupted")
def test_serve_at_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = voicecall("serve", config=configured(tmp_path, serve={"port": port}))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"port {port} of 127.0.0.1 is taken: another program listens there" in result.stderr
    assert not (tmp_path / "store" / FILE).exists()


def test_serve_refuses_what_cannot_work(tmp_path: Path) -> None:
    file = configured(tmp_path, provider="twilio", fromNumber=NUMBER)
    result = voicecall("serve", config=file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "  - twilio.accountSid: " in result.stderr
    assert "  - publicUrl: " in result.stderr
