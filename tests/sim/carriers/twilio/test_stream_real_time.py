"""A two-way stream on loopback sockets, in real time, over a plain socket: nothing in it needs a virtual clock."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.tools.stream_server import MediaSocket
from tests.tools.twilio_world import ANNA, OWN, Application, Phone
from voicecall_sim.carriers.twilio import TwilioCarrier
from voicecall_sim.carriers.twilio.account import Callback, Order
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import SECOND, real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings


@pytest.mark.loopback
async def test_a_stream_in_real_time() -> None:
    clock = real_clock()
    surroundings = Surroundings(clock=clock, chance=Chance(1), journal=Journal(clock))
    network = PhoneNetwork(surroundings)
    carrier = TwilioCarrier(surroundings, network)
    carrier.account.terms.local_urls = True
    now = lambda: clock.now() / SECOND  # noqa: E731
    application, anna, sockets = Application(now), Phone(now, 0.05), list[MediaSocket]()

    async def media(request: web.Request) -> web.StreamResponse:
        socket = MediaSocket(now, request)
        await socket.socket.prepare(request)
        sockets.append(socket)
        await socket.serve()
        return socket.socket

    app = web.Application()
    app.router.add_get("/media", media)
    app.router.add_route("*", "/{anything:.*}", application.handle)
    network.connect(ANNA, "anna", anna)
    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        application.answers["/voice"] = '<Connect><Stream url="/media"/></Connect><Say>Bye</Say>'
        await carrier.start()
        carrier.own(OWN)
        carrier.exchange.place(Order(to=ANNA, from_=OWN, instructions=Callback(url=f"{base}/voice")))
        while not sockets or len(sockets[0].of("media")) < 5:  # noqa: ASYNC110  real time has to be waited for
            await asyncio.sleep(0.01)
        (socket,) = sockets
        await socket.media(bytes(0x10 + at % 8 for at in range(1600)))
        await socket.mark("played")
        while not socket.of("mark"):  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)
        await socket.socket.close()
        while carrier.busy():  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)
        await carrier.stop()
    frames = [message["media"] for message in socket.of("media")]
    assert {int(later["timestamp"]) - int(sooner["timestamp"]) for sooner, later in pairwise(frames)} == {20}
    assert anna.words[-1] == "Bye"
    entries = [entry.data for entry in surroundings.journal if entry.kind == "stream"]
    assert [entry["event"] for entry in entries] == ["opened", "mark", "mark", "closed"]
    assert entries[-1]["played"] == 200_000
    assert not [entry for entry in surroundings.journal if entry.kind == "debug"]
