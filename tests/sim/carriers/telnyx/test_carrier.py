"""The carrier as its world sees it."""

from __future__ import annotations

import base64

import aiohttp
import pytest

from tests.tools.telnyx_world import APP, BOB, OWN, Stage, staged
from voicecall_sim.carriers.emulator import Carrier, Emulator, Fate, NoInterference, Treatment
from voicecall_sim.carriers.telnyx import TelnyxCarrier, emulator
from voicecall_sim.telephony.network import PhoneNetwork


@staged
async def test_settings_and_secrets(stage: Stage) -> None:
    made: Carrier = emulator(stage.world.surroundings, PhoneNetwork(stage.world.surroundings))
    assert isinstance(made, TelnyxCarrier)
    maker: Emulator = emulator
    assert (maker.name, made.name, made.announcements) == ("telnyx", "telnyx", ())
    settings = stage.carrier.settings()
    assert settings["apiKey"].startswith("KEY")
    assert len(base64.b64decode(settings["publicKey"])) == 32
    assert settings["connectionId"].isdigit()
    assert stage.carrier.secrets() == {"telnyx.apiKey": settings["apiKey"]}


@staged
async def test_numbers_have_urls_of_their_own_until_all_are_routed(stage: Stage) -> None:
    stage.carrier.own(BOB, webhook_url=f"{APP}/bob")
    stage.network.dial("+13105550144", BOB, holder="carol")
    await stage.wait(0.1)
    assert stage.app.told[-1].path == "/bob"
    stage.carrier.route_inbound(f"{APP}/all", None, f"{APP}/failover")
    stage.app.statuses["/all"] = [404]
    stage.network.dial("+13105550144", BOB, holder="carol")
    await stage.wait(0.2)
    assert [told.path for told in stage.app.told[-2:]] == ["/all", "/failover"]
    with pytest.raises(ValueError, match="belongs to"):
        TelnyxCarrier(stage.world.surroundings, stage.network).own(OWN)


class Meddling(NoInterference):
    """Treats each request to dial as it is told."""

    def __init__(self, treatment: Treatment) -> None:
        self.treatment = treatment

    def rest(self, operation: str, details: object) -> Treatment:
        return self.treatment if operation == "create call" else Treatment()


@pytest.mark.parametrize(("fate", "legs"), [(Fate.LOSE_REQUEST, 0), (Fate.LOSE_REPLY, 1)])
@staged
async def test_requests_are_lost_before_or_after_they_count(stage: Stage, fate: Fate, legs: int) -> None:
    stage.carrier.interference = Meddling(Treatment(fate=fate))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await stage.dial()
    assert len(stage.account.legs) == legs
    assert stage.written("request")[0].data["status"] == 0


@staged
async def test_a_request_is_refused_and_delayed_as_the_scenario_wants(stage: Stage) -> None:
    stage.carrier.interference = Meddling(Treatment(refuse="90041", delay=2_000_000))
    before = stage.now()
    status, got = await stage.ask("POST", "/calls", to=BOB)
    assert (status, got["errors"][0]["code"]) == (422, "90041")
    assert stage.now() - before >= 2
    assert stage.written("request")[0].data["code"] == "90041"
