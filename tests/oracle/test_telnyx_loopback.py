"""The synchronous client and real sockets: the emulator in real time, by TELNYX_BASE_URL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import telnyx
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.tools.telnyx_world import ANNA, OWN, Phone
from voicecall_sim.carriers.telnyx import TelnyxCarrier
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings


async def called(work: Callable[..., Any], *args: Any, **given: Any) -> Any:
    """A blocking call, on a thread."""
    return await asyncio.to_thread(work, *args, **given)


@pytest.mark.loopback
async def test_the_synchronous_client_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = real_clock()
    surroundings = Surroundings(clock=clock, chance=Chance(1), journal=Journal(clock))
    network = PhoneNetwork(surroundings)
    carrier = TelnyxCarrier(surroundings, network)
    events: asyncio.Queue[Any] = asyncio.Queue()

    async def hook(request: web.Request) -> web.StreamResponse:
        raw = await request.text()
        client = telnyx.Telnyx(api_key="KEYx", public_key=carrier.account.signing_key.public)
        events.put_nowait(client.webhooks.unwrap(raw, headers=dict(request.headers)))
        return web.Response()

    async def told(event_type: str) -> Any:
        while True:
            event = await asyncio.wait_for(events.get(), 10)
            if event.data.event_type == event_type:
                return event.data.payload

    app = web.Application()
    app.router.add_post("/hook", hook)
    await carrier.start()
    network.connect(ANNA, "anna", Phone(lambda: 0.0, 0.0))
    async with TestServer(app) as application, TestServer(carrier.app()) as server:
        carrier.own(OWN, webhook_url=str(application.make_url("/hook")))
        monkeypatch.setenv("TELNYX_BASE_URL", str(server.make_url("/v2")))
        client = telnyx.Telnyx(api_key=carrier.account.api_key, max_retries=0)
        settings = carrier.settings()
        dialled = await called(client.calls.dial, connection_id=settings["connectionId"], from_=OWN, to=ANNA)
        call = dialled.data.call_control_id
        assert (await told("call.answered")).call_control_id == call
        assert (await called(client.calls.retrieve_status, call)).data.is_alive is True
        got = await called(client.calls.actions.speak, call, payload="Hi.", voice="female")
        assert got.data.result == "ok"
        assert (await told("call.speak.ended")).status == "completed"
        await called(client.calls.actions.hangup, call)
        assert (await told("call.hangup")).hangup_cause == "normal_clearing"
        with pytest.raises(telnyx.UnprocessableEntityError):
            await called(client.calls.actions.hangup, call)
        client.close()
        await carrier.stop()
