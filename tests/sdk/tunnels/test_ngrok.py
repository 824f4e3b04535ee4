"""ngrok, by a program in its place: what it is asked, how its log is read, and what becomes of its failures."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.sdk.tunnels.stage import ENV, EXPOSURE, TOKEN, Agent, Step, failed, started
from voicecall_sdk.errors import TunnelFailed
from voicecall_sdk.tunnels.ngrok import FIRST_PAUSE, LONGEST_PAUSE, STARTUP, Line, Ngrok, read
from voicecall_sdk.tunnels.tunnel import Exposure
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

URL = "https://abc.ngrok-free.app"
HOOK = f"{URL}/voice/webhook"
NOISE: tuple[Step, ...] = (
    "a line of no JSON",
    '"a text"',
    "[]",
    {"lvl": "info", "msg": "starting web service", "obj": "web", "addr": "127.0.0.1:4040"},
    {"lvl": "info", "msg": "client session established", "err": "<nil>"},
    "x" * 200_000,
)


def ngrok(
    world: World, *scripts: tuple[Any, int | None], exposure: Exposure = EXPOSURE, **how: Any
) -> tuple[Agent, Ngrok]:
    deaf = how.pop("deaf", False)
    agent = Agent(scripts, deaf=deaf)
    world.programs.add("ngrok", agent)
    return agent, Ngrok(exposure, ENV, **{"token": TOKEN, **how})


def unmoved(url: str) -> None:
    raise AssertionError(f"the tunnel moved to {url}")


async def fails(tunnel: Ngrok) -> str:
    """Why it cannot be opened; it is closed then, as the application does."""
    with pytest.raises(TunnelFailed) as caught:
        await tunnel.open(unmoved)
    await tunnel.close()
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "ngrok"] == []
    return str(caught.value)


LINES: dict[str, Line] = {
    json.dumps(started(URL)): Line(url=URL),
    json.dumps({"addr": "localhost:3334", "url": URL}): Line(url=URL),
    json.dumps({"url": URL, "msg": "join connections"}): Line(),
    json.dumps({"msg": "started tunnel", "url": 5}): Line(),
    json.dumps(started("http://abc.ngrok.io")): Line(),
    json.dumps({"msg": "x", "err": "<nil>"}): Line(),
    json.dumps({"msg": "x", "err": None}): Line(),
    json.dumps(failed("no")): Line(error="no"),
    "ERROR:  authentication failed": Line(error="ERROR:  authentication failed"),
    "see ERR_NGROK_108": Line(error="see ERR_NGROK_108"),
    "http - start an HTTP tunnel": Line(),
    "": Line(),
    "null": Line(),
}


@pytest.mark.parametrize("text", LINES)
def test_every_line_of_the_log(text: str) -> None:
    assert read(text) == LINES[text]


@in_world(host="app")
async def test_the_address_is_told_and_the_agent_ended(world: World) -> None:
    agent, tunnel = ngrok(world, ((*NOISE, 2.0, started(f"{URL}/")), None))
    assert await tunnel.open(unmoved) == HOOK
    await tunnel.close()
    assert agent.signals == ["SIGTERM"]
    await tunnel.close()  # as often as one likes
    assert len(agent.lives) == 1


COMMANDS: dict[str, tuple[dict[str, Any], str]] = {
    "127.0.0.1": ({}, "ngrok http 3334 --log stdout --log-format json"),
    "0.0.0.0": ({}, "ngrok http 3334 --log stdout --log-format json"),
    "::1": ({}, "ngrok http [::1]:3334 --log stdout --log-format json"),
    "10.0.0.7": (
        {"domain": "voice.example.com"},
        "ngrok http 10.0.0.7:3334 --log stdout --log-format json --domain voice.example.com",
    ),
}


@pytest.mark.parametrize("bind", COMMANDS)
@in_world(host="app")
async def test_what_it_is_asked(world: World, bind: str) -> None:
    """The token is in the environment, where only we and it can read; no secret of anybody else's is there."""
    more, command = COMMANDS[bind]
    exposure = Exposure(bind=bind, port=3334, webhook=EXPOSURE.webhook)
    agent, tunnel = ngrok(world, ((started(URL),), None), exposure=exposure, **more)
    await tunnel.open(unmoved)
    await tunnel.close()
    (life,) = agent.lives
    assert " ".join(life.argv) == command
    assert life.env == {"PATH": "/usr/bin", "HOME": "/srv/app", "NGROK_REGION": "eu", "NGROK_AUTHTOKEN": TOKEN}


@in_world(host="app")
async def test_without_a_token_the_agents_own_counts(world: World) -> None:
    agent, tunnel = ngrok(world, ((started(URL),), None), token=None)
    await tunnel.open(unmoved)
    await tunnel.close()
    assert "NGROK_AUTHTOKEN" not in agent.lives[0].env


# --- failures ---------------------------------------------------------------------------------------------------

BAD_TOKEN = f"authentication failed: does not look like a token.\nYour authtoken: {TOKEN}\r\n\r\nERR_NGROK_105\r\n"
FAILURES: dict[str, tuple[Any, int | None, str, str]] = {
    "a bad token": ((failed(BAD_TOKEN),), 1, "ngrok ended with code 1: authentication failed", "tunnel.ngrokAuthToken"),
    "no account": ((failed("verified account ERR_NGROK_4018"),), 1, "ERR_NGROK_4018", "NGROK_AUTHTOKEN"),
    "another agent": ((failed("limited to 1 session. ERR_NGROK_108"),), 1, "limited to 1", "end the other ngrok agent"),
    "another's domain": ((failed("not reserved ERR_NGROK_319"),), 1, "not reserved", "tunnel.ngrokDomain"),
    "an old agent": ((failed("too old ERR_NGROK_121"),), 1, "too old", "ngrok update"),
    "an unknown code": ((failed("what? ERR_NGROK_9999"),), 1, "what?", "https://ngrok.com/docs/errors/err_ngrok_9999"),
    "words alone": (("ERROR:  unknown flag: --domain",), 2, "ended with code 2: ERROR: unknown flag", "by hand"),
    "no word": ((), 3, "ngrok ended with code 3 (", "run `ngrok http 3334` by hand"),
    "slow": ((1.0,), None, f"ngrok told no address within {STARTUP:g} s (", "status.ngrok.com"),
    "no network": (
        (failed("dial tcp: i/o timeout"), 40.0),
        None,
        "within 30 s: dial tcp: i/o timeout",
        "check the network",
    ),
    "too late": ((STARTUP + 1.0, started(URL)), None, "within 30 s", "check the network"),
}


@pytest.mark.parametrize("failure", FAILURES)
@in_world(host="app")
async def test_each_failure_names_its_remedy(world: World, failure: str, caplog: pytest.LogCaptureFixture) -> None:
    steps, code, message, remedy = FAILURES[failure]
    agent, tunnel = ngrok(world, (steps, code))
    text = await fails(tunnel)
    assert message in text
    assert remedy in text
    assert TOKEN not in text + caplog.text
    assert len(agent.lives) == 1
    assert asyncio.get_running_loop().time() <= STARTUP + 3


@in_world(host="app")
async def test_a_program_that_is_missing(world: World) -> None:
    assert "ngrok is not installed" in await fails(Ngrok(EXPOSURE, ENV))


@in_world(host="app")
async def test_an_agent_that_does_not_listen_is_killed(world: World) -> None:
    agent, tunnel = ngrok(world, ((started(URL),), None), deaf=True)
    await tunnel.open(unmoved)
    before = asyncio.get_running_loop().time()
    await tunnel.close()
    assert agent.signals == ["SIGTERM"]
    assert asyncio.get_running_loop().time() - before == pytest.approx(2)
    assert [task.get_name() for task in asyncio.all_tasks() if "program" in task.get_name()] == []


@in_world(host="app")
async def test_a_start_that_is_given_up_leaves_nothing(world: World) -> None:
    agent, tunnel = ngrok(world, ((10.0, started(URL)), None))
    opening = asyncio.ensure_future(tunnel.open(unmoved))
    await asyncio.sleep(1)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await tunnel.close()
    assert len(agent.lives) == 1
    await asyncio.sleep(60)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


# --- what happens later -----------------------------------------------------------------------------------------


@in_world(host="app")
async def test_another_address_is_told(world: World, caplog: pytest.LogCaptureFixture) -> None:
    other = "https://def.ngrok-free.app"
    _, tunnel = ngrok(world, ((started(URL), 10.0, started(URL), 10.0, started(other)), None))
    moves: list[str] = []
    assert await tunnel.open(moves.append) == HOOK
    await asyncio.sleep(15)
    assert moves == []  # the same again is no news
    await asyncio.sleep(10)
    assert moves == [f"{other}/voice/webhook"]
    assert f"changed from {HOOK} to {other}/voice/webhook" in caplog.text
    await tunnel.close()


@in_world(host="app")
async def test_an_agent_that_dies_gets_another_life(world: World, caplog: pytest.LogCaptureFixture) -> None:
    other = "https://def.ngrok-free.app"
    first, dead, second = ((started(URL), 5.0), 1), ((failed("ERR_NGROK_108"),), 1), ((started(other),), None)
    agent, tunnel = ngrok(world, first, dead, dead, second)
    moves: list[str] = []
    assert await tunnel.open(moves.append) == HOOK
    await asyncio.sleep(5 + FIRST_PAUSE * (1 + 2 + 4) - 0.5)
    assert moves == []
    assert "the tunnel is down, and carriers cannot reach us: ngrok ended with code 1" in caplog.text
    assert "end the other ngrok agent" in caplog.text
    await asyncio.sleep(1)
    assert moves == [f"{other}/voice/webhook"]
    assert len(agent.lives) == 4
    await tunnel.close()


@in_world(host="app")
async def test_it_is_tried_for_ever_but_not_all_the_time(world: World, caplog: pytest.LogCaptureFixture) -> None:
    agent, tunnel = ngrok(world, ((started(URL),), 1), ((), 1))
    await tunnel.open(lambda url: None)
    await asyncio.sleep(1)
    world.programs.remove("ngrok")
    await asyncio.sleep(600)
    assert "the tunnel is still down: ngrok is not installed" in caplog.text
    tries = len([record for record in caplog.records if "still down" in record.getMessage()])
    assert 600 / LONGEST_PAUSE <= tries <= 600 / LONGEST_PAUSE + 7
    world.programs.add("ngrok", agent)
    await asyncio.sleep(LONGEST_PAUSE)
    assert len(agent.lives) == 2
    await tunnel.close()
    await asyncio.sleep(LONGEST_PAUSE * 2)
    assert len(agent.lives) == 2


@pytest.mark.parametrize(
    ("domain", "drifts"), [("abc.ngrok-free.app", False), ("ABC.ngrok-free.app", False), ("b.c", True)]
)
@in_world(host="app")
async def test_another_domain_than_the_configured_is_said(
    world: World, domain: str, drifts: bool, caplog: pytest.LogCaptureFixture
) -> None:
    _, tunnel = ngrok(world, ((started(URL),), None), domain=domain)
    assert await tunnel.open(unmoved) == HOOK
    assert (f"not the configured domain {domain}: check tunnel.ngrokDomain" in caplog.text) is drifts
    await tunnel.close()


def test_nothing_shows_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert TOKEN not in repr(Ngrok(EXPOSURE, ENV, token=TOKEN))
