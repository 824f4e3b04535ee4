"""A streamed call between processes: `voicecall serve`, and a carrier and AI services of `voicecall-sim serve`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.joint.processes import NAME, NUMBER, second_world, service

pytestmark = pytest.mark.loopback


def test_a_caller_is_greeted_asks_and_is_answered(tmp_path: Path) -> None:
    with second_world() as world:
        openai = world.services["openai"]
        settings = {
            "inboundPolicy": "open",
            "inboundGreeting": "Hello!",
            "streaming": {"enabled": True, "providers": {"openai": {"baseUrl": openai["settings"]["baseUrl"]}}},
            "silenceTimeoutMs": 300,
        }
        with service(world, tmp_path, settings, openai["environment"]) as served:
            world.ask("POST", "/numbers", {"carrier": NAME, "number": NUMBER, "webhookUrl": served.url})
            world.ask("POST", "/agent", {"hears": "when", "replies": "At nine."})
            world.ask("POST", "/people", {"name": "anna", "phone": "+15550005678"})
            world.ask("POST", "/calls", {"person": "anna", "to": NUMBER})
            greeting = world.ask("POST", "/people/anna/hears", {"text": "Hello!", "within": "10s"})
            world.ask("POST", "/people/anna/says", {"words": "When?"})
            answer = world.ask("POST", "/people/anna/hears", {"text": "At nine.", "within": "10s"})
            world.ask("POST", "/people/anna/hangs-up")
            journal = [json.loads(line) for line in world.ask("GET", "/journal").splitlines()]
    assert greeting["at"] < answer["at"]
    assert [entry["data"]["heard"] for entry in journal if entry["kind"] == "thought"] == ["When?"]
    streams = [entry["data"]["event"] for entry in journal if entry["kind"] == "stream"]
    assert (streams[0], streams[-1]) == ("opened", "closed")
    assert [entry["data"]["how"] for entry in journal if entry["data"].get("event") == "mark"].count("played") >= 2
    operations = [entry["data"]["operation"] for entry in journal if entry["kind"] == "request"]
    assert operations.count("speech") == 2
    assert "update call" not in operations  # the carrier's own voice was not needed
