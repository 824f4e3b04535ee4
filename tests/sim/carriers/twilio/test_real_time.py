"""The same emulator on loopback sockets, in real time: nothing in it needs a virtual clock."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.tools.twilio_world import ANNA, EVENTS, OWN, Application, Phone
from voicecall_sim.carriers import CARRIERS
from voicecall_sim.carriers.twilio import TwilioCarrier
from voicecall_sim.carriers.twilio.account import Callback, Order
from voicecall_sim.sound.sound import Speech
from voicecall_sim.telephony.network import PhoneNetwork
from voicecall_sim.world.chance import Chance
from voicecall_sim.world.clock import SECOND, real_clock
from voicecall_sim.world.journal import Journal
from voicecall_sim.world.surroundings import Surroundings


@pytest.mark.loopback
async def test_a_whole_call_in_real_time() -> None:
    clock = real_clock()
    surroundings = Surroundings(clock=clock, chance=Chance(1), journal=Journal(clock))
    network = PhoneNetwork(surroundings)
    carrier = CARRIERS["twilio"](surroundings, network)
    assert isinstance(carrier, TwilioCarrier)
    application = Application(lambda: clock.now() / SECOND)
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", application.handle)
    anna = Phone(lambda: clock.now() / SECOND, 0.05)
    network.connect(ANNA, "anna", anna)
    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        application.answers |= {
            "/voice": '<Gather input="speech" speechTimeout="auto" action="/next"><Say>Hi?</Say></Gather>',
            "/next": "<Say>Bye</Say>",
        }
        await carrier.start()
        carrier.own(OWN)
        order = Order(
            to=ANNA,
            from_=OWN,
            instructions=Callback(url=f"{base}/voice"),
            status_callback=Callback(url=f"{base}/status"),
            status_events=EVENTS,
        )
        call = carrier.exchange.place(order)
        while not anna.words:  # noqa: ASYNC110  real time has to be waited for
            await asyncio.sleep(0.01)
        anna.end.play(Speech("Yes"))
        while carrier.busy():  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)
        await carrier.stop()
    assert anna.words == ["Hi?", "Bye"]
    assert application.at("/next")[0].params["SpeechResult"] == "Yes"
    assert call.status == "completed"
    numbers = sorted(int(r.params["SequenceNumber"]) for r in application.at("/status"))
    assert numbers == [0, 1, 2, 3]
