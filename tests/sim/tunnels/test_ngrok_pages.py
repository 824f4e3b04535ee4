"""ngrok's page of warning: for browsers, and for nobody who says that he is none."""

from __future__ import annotations

import pytest

from voicecall_sim.world.testing import run_in_world
from voicecall_sim.world.world import World

from .application import asked
from .test_forwarding import STRANGER, stood

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CARRIERS = ["TwilioProxy/1.1", "telnyx-webhooks", "Plivo", "python-httpx/0.28", ""]


def visited(kind: str, method: str, agent: str, more: dict[str, str] | None = None) -> tuple[int, str | None]:
    """The status, and the code of the page if it is ngrok's."""

    async def body(world: World) -> tuple[int, str | None]:
        standing = await stood(world, kind)
        headers = {"User-Agent": agent, **(more or {})}
        headers = {name: value.format(name=(standing.url or "")[8:]) for name, value in headers.items()}
        visit = asked(f"{standing.url}/voice/webhook", method, headers=headers)
        status, _, back = await world.host("stranger", STRANGER).call(visit)
        return status, back.get("ngrok-error-code")

    return run_in_world(body)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("agent", CARRIERS)
def test_no_carrier_is_warned(agent: str, method: str) -> None:
    assert visited("ngrok-free", method, agent) == (200, None)


@pytest.mark.parametrize(
    ("kind", "method", "more", "warned"),
    [
        ("ngrok-free", "GET", {}, True),
        ("ngrok-free", "POST", {}, False),
        ("ngrok", "GET", {}, False),
        ("ngrok-free", "GET", {"ngrok-skip-browser-warning": "69420"}, False),
        ("ngrok-free", "GET", {"Cookie": "a=b; abuse_interstitial={name}"}, False),
        ("ngrok-free", "GET", {"Cookie": "abuse_interstitial=other.ngrok-free.app"}, True),
    ],
)
def test_browsers_are(kind: str, method: str, more: dict[str, str], warned: bool) -> None:
    assert visited(kind, method, BROWSER, more) == (200, "ERR_NGROK_6024" if warned else None)


def test_a_name_without_an_agent() -> None:
    async def body(world: World) -> tuple[int, str]:
        standing = await stood(world, "ngrok-free")
        url = standing.url
        standing.dies()
        status, text, back = await asked(f"{url}/voice/webhook", "POST", data=b"a=1")
        assert back["ngrok-error-code"] == "ERR_NGROK_3200"
        return status, text

    status, text = run_in_world(body)
    assert status == 404
    assert "is offline" in text
