"""The command `voicecall` against a service that answers: every subcommand, in order and out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.cli.service import ANNA, TOKEN, Service, configured, serving, voicecall
from voicecall_sdk.cli import main, remote

pytestmark = pytest.mark.loopback

ASKING = ("continue", "--call-id", "c1", "--message", "Well?")
CALLING = ("call", "--to", ANNA, "--message", "Hello.")

REQUESTS: dict[tuple[str, ...], tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    CALLING: (
        "voicecall.initiate",
        {"message": "Hello.", "mode": "conversation", "to": ANNA},
        {"callId": "c1", "initiated": True},
        {"callId": "c1"},
    ),
    ("call", "-m", "Hello.", "--mode", "notify"): (
        "voicecall.initiate",
        {"message": "Hello.", "mode": "notify"},
        {"callId": "c1", "initiated": True},
        {"callId": "c1"},
    ),
    ("speak", "--call-id", "c1", "--message", "Well."): (
        "voicecall.speak",
        {"callId": "c1", "message": "Well."},
        {"success": True},
        {"success": True},
    ),
    ("dtmf", "--call-id", "c1", "--digits", "1w*#"): (
        "voicecall.dtmf",
        {"callId": "c1", "digits": "1w*#"},
        {"success": True},
        {"success": True},
    ),
    ("end", "--call-id", "c1"): ("voicecall.end", {"callId": "c1"}, {"success": True}, {"success": True}),
    ("status", "--call-id", "c1"): ("voicecall.status", {"callId": "c1"}, {"found": False}, {"found": False}),
    ("status",): ("voicecall.status", {}, {"found": True, "calls": []}, {"found": True, "calls": []}),
}
"""Command to the request it makes, what is answered, and what is printed."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def listening(here: Path) -> Iterator[Service]:
    service = Service(here / "store")
    with serving(service):
        yield service


@pytest.fixture
def service(listening: Service) -> Service:
    """The service, as if nobody had asked it anything."""
    listening.answers.clear()
    listening.asked.clear()
    return listening


@pytest.fixture(scope="module")
def config(here: Path) -> Path:
    return configured(here)


@pytest.mark.parametrize("arguments", REQUESTS)
def test_what_is_asked_and_shown(service: Service, config: Path, arguments: tuple[str, ...]) -> None:
    method, params, answer, shown = REQUESTS[arguments]
    service.done(**answer)
    result = voicecall(*arguments, config=config)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == shown
    assert service.asked == [(method, params)]
    assert service.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("arguments", REQUESTS)
def test_a_refusal_is_a_sentence_and_exit_code_1(service: Service, config: Path, arguments: tuple[str, ...]) -> None:
    service.fails("Call not found")
    result = voicecall(*arguments, config=config)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "Error: Call not found\n")


STRANGE: list[Any] = ["<html>not ours</html>", [], "", 5, None, {}, {"ok": True}, {"ok": "yes", "payload": {}}]
STRANGE += [
    {"ok": True, "payload": []},
    {"ok": False},
    {"ok": False, "error": "no"},
    {"ok": False, "error": {"message": 5}},
]


@pytest.mark.parametrize("arguments", [("end", "--call-id", "c1"), ("status",), ASKING])
def test_another_program_at_its_port_is_not_believed(
    service: Service, config: Path, arguments: tuple[str, ...]
) -> None:
    """A service that was killed leaves its address behind, and its port to whoever comes."""
    for answer in STRANGE:
        service.answers.append(answer)
        result = voicecall(*arguments, config=config)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(("Error: what answers at http://127", "Error: the service at http://127"))
        assert TOKEN not in result.stderr


def test_a_service_that_answers_nothing_in_time(
    service: Service, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", 1e-9)
    service.done()
    result = voicecall("end", "--call-id", "c1", config=config)
    assert result.exit_code == 1
    assert "did not answer within" in result.stderr


# --- a question -------------------------------------------------------------------------------------------------

BEGUN = {"operationId": "o1", "status": "pending", "pollTimeoutMs": 5000}


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL", 0.0)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("times", [0, 1, 3])
def test_an_answer_is_waited_for(service: Service, config: Path, times: int) -> None:
    service.done(**BEGUN)
    for _ in range(times):
        service.done(operationId="o1", status="pending")
    service.done(operationId="o1", status="completed", result={"success": True, "transcript": "Ja, schön."})
    result = voicecall(*ASKING, config=config)
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"success": True, "transcript": "Ja, schön."})
    assert "Ja, schön." in result.stdout
    assert service.asked[0] == ("voicecall.continue.start", {"callId": "c1", "message": "Well?"})
    assert service.asked[1:] == [("voicecall.continue.result", {"operationId": "o1"})] * (times + 1)


@pytest.mark.usefixtures("_impatient")
def test_an_answer_that_will_not_come_is_told(service: Service, config: Path) -> None:
    service.done(**BEGUN)
    service.done(operationId="o1", status="failed", error="Call ended: hangup-user")
    result = voicecall(*ASKING, config=config)
    assert (result.exit_code, result.stderr) == (1, "Error: Call ended: hangup-user\n")


def test_an_answer_is_not_waited_for_without_end(
    service: Service, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "POLL", 0.01)
    service.done(**{**BEGUN, "pollTimeoutMs": 5})
    service.done(operationId="o1", status="pending")
    result = voicecall(*ASKING, config=config)
    assert (result.exit_code, result.stderr) == (1, "Error: no answer within 0.005 s\n")


@pytest.mark.usefixtures("_impatient")
def test_a_service_that_stops_meanwhile_is_told(service: Service, config: Path) -> None:
    service.done(**BEGUN)
    service.fails("operation not found")
    result = voicecall(*ASKING, config=config)
    assert (result.exit_code, result.stderr) == (1, "Error: operation not found\n")


# --- wrong usage ------------------------------------------------------------------------------------------------

WRONG: dict[tuple[str, ...], str] = {
    ("call",): "Missing option '-m' / '--message'",
    ("call", "-m", "Hello.", "--mode", "shout"): "'shout' is not one of 'notify', 'conversation'",
    ("call", "-m", "Hello.", "--to", ""): "--to: it is blank",
    ("call", "-m", "Hello.", "--to", "  "): "--to: it is blank",
    ("call", "-m", "Hello.", "--too", ANNA): "No such option",
    ("call", ANNA, "-m", "Hello."): "Got unexpected extra argument",
    ("continue", "--call-id", "c1"): "Missing option '--message'",
    ("continue", "--message", "x"): "Missing option '--call-id'",
    ("speak", "--call-id", "c1"): "Missing option '--message'",
    ("dtmf", "--call-id", "c1"): "Missing option '--digits'",
    ("end",): "Missing option '--call-id'",
    ("setup", "now"): "Got unexpected extra argument",
    ("status", "c1"): "Got unexpected extra argument",
    ("tail", "--since", "-1"): "Invalid value for '--since'",
    ("tail", "--since", "many"): "Invalid value for '--since'",
    ("tail", "--since", "9" * 30): "Invalid value for '--since'",
    ("tail", "--poll", "0"): "Invalid value for '--poll'",
    ("tail", "--poll", "9" * 30): "Invalid value for '--poll'",
    ("serve", "--port", "1"): "No such option",
    ("dial",): "No such command 'dial'",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_what_cannot_be_meant_is_refused_unasked(service: Service, config: Path, arguments: tuple[str, ...]) -> None:
    result = voicecall(*arguments, config=config)
    assert result.exit_code == 2
    assert WRONG[arguments] in result.stderr
    assert service.asked == []


@pytest.mark.parametrize("command", [(), *((name,) for name in main.commands)])
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    """Without a configuration, for whoever has none yet."""
    result = voicecall(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    assert len(result.stdout.splitlines()) > 4


def test_every_command_is_tried_here() -> None:
    tried = {arguments[0] for arguments in (*REQUESTS, *WRONG, ASKING)}
    assert set(main.commands) <= tried
