"""Likely causes, near misses, the log, the table of verbs."""

from __future__ import annotations

import logging
from typing import Any, get_args

import pytest

from voicecall_sim.runner.capture import captured
from voicecall_sim.runner.causes import likely_cause
from voicecall_sim.runner.nearest import explained, near_misses
from voicecall_sim.runner.perform import PERFORM
from voicecall_sim.scenario.plan import Verb
from voicecall_sim.world.clock import EPOCH
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.world import World


class Still:
    def now(self) -> int:
        return 0

    def wall(self) -> object:
        return EPOCH


@pytest.fixture
def journal() -> Journal:
    return Journal(Still())  # type: ignore[arg-type]


CLOSED = {"event": "closed", "call": 1, "by": "carrier", "reason": "call ended"}
HOOK = {"kind": "voice", "url": "https://x/voice"}


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (
            "webhook",
            HOOK | {"status": 401},
            "refused the voice webhook to https://x/voice with 401: its check of the sig",
        ),
        ("webhook", HOOK | {"status": 403}, "Compare the URL that it verifies with"),
        ("webhook", HOOK | {"status": 404}, "The application has nothing at that path"),
        ("webhook", HOOK | {"status": 500}, "The application broke while it handled the voice webhook"),
        (
            "webhook",
            HOOK | {"status": 0, "error": "timeout"},
            "Nobody answered the voice webhook to https://x/voice: timeout",
        ),
        ("webhook", HOOK | {"status": 200}, ""),
        ("request", {"operation": "create call", "status": 401}, "did not accept the application's credentials"),
        ("request", {"operation": "create call", "status": 429}, "too many requests"),
        ("request", {"operation": "create call", "status": 400, "code": 21211}, "with 400 (code 21211)"),
        ("request", {"operation": "create call", "status": 201}, ""),
        (
            "request",
            {"operation": "speech", "host": "api.openai.com", "status": 401},
            "api.openai.com did not accept the application's credentials for `speech`. Without it nothing can",
        ),
        (
            "request",
            {"operation": "realtime", "host": "api.openai.com", "status": 500, "code": "server_error"},
            "api.openai.com refused `realtime` with 500 (code server_error). Without it nobody listens",
        ),
        ("request", {"operation": "chat", "host": "api.openai.com", "status": 429}, "turned `chat` away: too many"),
        (
            "service",
            {"event": "closed", "service": "stt", "host": "api.openai.com", "code": 1006},
            "(stt) broke (code 1006)",
        ),
        ("service", {"event": "closed", "service": "stt", "host": "api.openai.com", "code": 1000}, ""),
        ("service", {"event": "ready", "service": "stt", "host": "api.openai.com"}, ""),
        ("heard", {"text": "▯▯▯▯", "unintelligible": True}, "x heard a voice and could make out no word of it"),
        ("heard", {"text": "▯", "unintelligible": True}, ""),
        ("heard", {"text": "Hel▯▯How▯▯▯ I▯▯▯p?"}, "x heard it in pieces, 'Hel▯▯How▯▯▯ I▯▯▯p?'"),
        ("heard", {"text": "Hello! H▯w can I help?"}, "heard it in pieces"),
        ("heard", {"text": "Hello! How ca▯ I hel▯ you?"}, "heard it in pieces"),
        ("heard", {"text": "We are op▯ Good morning."}, ""),
        ("heard", {"text": "We are op▯"}, ""),
        ("heard", {"text": "We are open."}, ""),
        (
            "stream",
            {"event": "refused", "status": 403, "code": 31920},
            "refused the media stream with 403 (code 31920)",
        ),
        ("stream", {"event": "failed", "reason": "no route", "code": 31901}, "never came up (code 31901): no route"),
        ("stream", {"event": "cleared", "discarded": 3_640_000}, "`clear` threw 3.64 s of sound away"),
        ("stream", {"event": "cleared", "discarded": 160_000}, ""),
        ("stream", CLOSED | {"queued": 2_000_000, "discarded": 2_000_000}, "although 2.00 s of sound were queued"),
        ("stream", CLOSED | {"queued": 2_000_000, "played": 2_000_000}, "although 2.00 s of sound were played"),
        (
            "stream",
            CLOSED | {"reason": "connection lost", "by": "network", "code": 31903},
            "closed by network (code 31903)",
        ),
        ("stream", CLOSED, ""),
        ("stream", {"event": "opened"}, ""),
        ("error", {"error": "no line"}, "x reported: no line"),
        ("unhandled", {"error": "KeyError: 'a'", "message": "Task"}, "An exception went unhandled on x: KeyError"),
        ("debug", {"code": 12100, "message": "Document parse failure"}, "noted 12100: Document parse failure"),
        ("call", {"call": 1, "state": "ended", "cause": "busy", "by": "anna"}, "it ended with busy, by anna"),
        ("call", {"call": 1, "state": "ended", "cause": "normal", "by": "anna"}, ""),
        ("call", {"call": 1, "state": "ringing"}, ""),
        ("log", {"level": "error", "message": "oh"}, "The application logged an error: oh"),
        ("log", {"level": "info", "message": "oh"}, ""),
        ("step", {}, ""),
    ],
)
def test_causes(journal: Journal, kind: str, data: dict[str, Any], told: str) -> None:
    journal.write("x", kind, data)
    cause = likely_cause(journal)
    assert told in cause
    assert bool(told) is bool(cause)


def test_the_most_telling_kind_goes_first_and_of_a_kind_the_latest(journal: Journal) -> None:
    journal.write("x", "webhook", HOOK | {"status": 500})
    journal.write("x", "error", {"error": "first"})
    journal.write("x", "error", {"error": "second"})
    journal.write("x", "call", {"call": 1, "state": "ended", "cause": "busy", "by": "anna"})
    assert likely_cause(journal) == "x reported: second"
    assert likely_cause(journal, upto=2) == "x reported: first"
    assert "broke" in likely_cause(journal, upto=1)


@pytest.mark.parametrize(("by", "blamed"), [("app", True), ("anna", False)])
def test_who_hangs_up_before_all_was_played_is_told(journal: Journal, by: str, blamed: bool) -> None:
    journal.write("anna", "heard", {"call": 1, "text": "Goodb▯"})
    journal.write("x", "call", {"call": 1, "state": "ended", "cause": "normal", "by": by})
    journal.write("x", "stream", CLOSED | {"queued": 1_000_000, "played": 840_000, "discarded": 160_000})
    assert ("hung up with 0.16 s of its sound not played" in likely_cause(journal)) is blamed


def test_near_misses_have_few_differences_and_are_late(journal: Journal) -> None:
    wrong = [["a", "b"], ["a"], ["c"], ["a", "b", "c"], ["d", "e"]]
    for differences in wrong:
        journal.write("x", "event", {"differences": differences})
    misses = near_misses(journal, lambda entry: entry.data["differences"])
    assert [miss.entry.index for miss in misses] == [2, 1, 4]
    assert explained(misses, "event") == ["c"]
    assert explained([], "event") == ("there was no event at all",)


def test_every_verb_of_the_language_is_performed() -> None:
    assert set(PERFORM) == set(get_args(Verb))


# --- the log ----------------------------------------------------------------------------------------------------


def logging_in(host: str, *records: tuple[str, int, str]) -> tuple[World, list[tuple[str, tuple[str, ...]]]]:
    world, leaks = World(), list[tuple[str, tuple[str, ...]]]()
    world.journal.keep_secret("carrier.token", "s3cr3t-t0k3n")

    async def talk() -> None:
        for logger, level, message in records:
            logging.getLogger(logger).log(level, message)

    with captured(world.journal, lambda logger, names: leaks.append((logger, tuple(names)))):
        world.run(talk(), world.host(host))
    return world, leaks


def test_the_applications_log_is_journaled() -> None:
    before = logging.getLogger().level, list(logging.getLogger().handlers)
    world, leaks = logging_in("app", ("mine", logging.INFO, "hello"), ("mine", logging.DEBUG, "quiet"))
    assert [entry.data for entry in world.journal if entry.kind == "log"] == [
        {"level": "info", "logger": "mine", "message": "hello"}
    ]
    assert leaks == []
    assert (logging.getLogger().level, list(logging.getLogger().handlers)) == before


def test_what_others_log_is_not() -> None:
    world, _ = logging_in("elsewhere", ("mine", logging.ERROR, "hello"))
    assert not [entry for entry in world.journal if entry.kind == "log"]


def test_the_ground_speaks_up_only_to_warn() -> None:
    world, _ = logging_in("app", ("aiohttp.access", logging.INFO, "GET /"), ("asyncio", logging.WARNING, "slow"))
    assert [entry.data["message"] for entry in world.journal if entry.kind == "log"] == ["slow"]


def test_a_secret_in_the_log_is_told_and_replaced() -> None:
    world, leaks = logging_in("app", ("mine", logging.INFO, "token s3cr3t-t0k3n"))
    assert leaks == [("mine", ("carrier.token",))]
    assert "s3cr3t" not in str([entry.data for entry in world.journal])


def test_a_traceback_is_evidence() -> None:
    world = World()

    async def fail() -> None:
        try:
            {}["nothing"]
        except KeyError:
            logging.getLogger("mine").exception("lost")

    with captured(world.journal, lambda logger, names: None):
        world.run(fail(), world.host("app"))
    (entry,) = [entry for entry in world.journal if entry.kind == "log"]
    assert "KeyError" in entry.evidence["traceback"]
