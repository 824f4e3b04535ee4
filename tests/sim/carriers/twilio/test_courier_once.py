"""Every request of a webhook is one that Twilio makes: the HTTP client adds none of its own."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from tests.tools.twilio_world import Stage, serve, staged
from voicecall_sim.carriers.twilio.account import Callback


async def breaks_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def never_answers(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(100)
    return web.Response()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("door", "error"), [(breaks_off, "connection lost"), (never_answers, "timeout")])
@staged
async def test_a_connection_that_breaks_is_tried_once(stage: Stage, method: str, door: object, error: str) -> None:
    requests: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        return await door(request)  # type: ignore[operator]

    host = stage.world.host("bad")
    stage.world.network.name("bad.example", host)
    runner = await host.call(serve(handle, 443))
    stage.phone()
    stage.place(Callback(url="https://bad.example/voice#rt=2000", method=method))
    await stage.over()
    await host.call(runner.cleanup())
    hooks = [entry.data for entry in stage.written("webhook") if entry.data["kind"] == "voice"]
    assert len(requests) == len(hooks) == 1
    assert error in hooks[0]["error"]
    assert stage.codes == [11200]


@pytest.mark.parametrize(("retries", "count"), [("rc=0", 1), ("rc=2&rp=all", 3)])
@staged
async def test_retries_are_those_that_the_url_asks_for(stage: Stage, retries: str, count: int) -> None:
    requests: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        requests.append(request)
        return await breaks_off(request)

    host = stage.world.host("bad")
    stage.world.network.name("bad.example", host)
    runner = await host.call(serve(handle, 443))
    stage.phone()
    stage.place(Callback(url=f"https://bad.example/voice#{retries}", method="GET"))
    await stage.over()
    await host.call(runner.cleanup())
    assert len(requests) == count
