"""Tailscale, by a program in its place: what is served, what is taken back, and what becomes of refusals."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

import pytest

from tests.sdk.tunnels.stage import ENV, EXPOSURE, WEBHOOK, Commands
from voicecall_sdk.errors import TunnelFailed
from voicecall_sdk.tunnels.tailscale import Tailscale
from voicecall_sdk.tunnels.tunnel import Exposure, Mount
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

Mode = Literal["serve", "funnel"]


def status(state: str | None = "Running", name: str | None = "agent.tail1234.ts.net.", **more: Any) -> str:
    own = {"ID": "n123CNTRL", "HostName": "agent", **({} if name is None else {"DNSName": name})}
    return json.dumps({**({} if state is None else {"BackendState": state}), "Self": own, **more}, indent=2)


FINE: dict[str, tuple[int | None, str]] = {"status": (0, status()), "off": (0, ""), "--bg": (0, "Serve started\n")}


def tailscale(
    world: World,
    exposure: Exposure = EXPOSURE,
    mode: Mode = "funnel",
    port: int = 443,
    **answers: tuple[int | None, str],
) -> tuple[Commands, Tailscale]:
    named = {"stream": "/voice/stream", "set_off": "off", "serving": "--bg"}
    told = {named.get(name, name): answer for name, answer in answers.items()}
    program = Commands({**told, **FINE} if "stream" in answers else {**FINE, **told})
    world.programs.add("tailscale", program)
    return program, Tailscale(exposure, ENV, mode=mode, port=port)


def unmoved(url: str) -> None:
    raise AssertionError(f"the tunnel moved to {url}")


async def fails(tunnel: Tailscale) -> str:
    with pytest.raises(TunnelFailed) as caught:
        await tunnel.open(unmoved)
    await tunnel.close()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    return str(caught.value)


@pytest.mark.parametrize("mode", ["serve", "funnel"])
@pytest.mark.parametrize(("port", "shown"), [(443, ""), (8443, ":8443")])
@in_world(host="app")
async def test_what_it_is_asked(world: World, mode: Mode, port: int, shown: str) -> None:
    program, tunnel = tailscale(world, mode=mode, port=port)
    assert await tunnel.open(unmoved) == f"https://agent.tail1234.ts.net{shown}/voice/webhook"
    await tunnel.close()
    https = f"--https {port} --set-path"
    assert [" ".join(words) for words in program.asked] == [
        "status --json --peers=false",
        f"{mode} --bg --yes {https} /voice/webhook http://127.0.0.1:3334/voice/webhook",
        f"{mode} --bg --yes {https} /voice/stream http://127.0.0.1:3334/voice/stream",
        f"{mode} {https} /voice/stream off",
        f"{mode} {https} /voice/webhook off",
    ]
    assert program.environments[0] == {"PATH": "/usr/bin", "HOME": "/srv/app", "TS_AUTHKEY": "tskey-0"}
    await tunnel.close()
    assert len(program.asked) == 5


@in_world(host="app")
async def test_public_paths_may_be_others_and_a_stream_need_not_be(world: World) -> None:
    """Tailscale takes the public path off: the target names the local one, at the address we listen at."""
    exposure = Exposure(bind="::", port=80, webhook=Mount("/hook", "/voice/webhook"))
    program, tunnel = tailscale(world, exposure)
    assert await tunnel.open(unmoved) == "https://agent.tail1234.ts.net/hook"
    assert program.asked[1][-2:] == ("/hook", "http://[::1]:80/voice/webhook")
    assert len(program.asked) == 2
    await tunnel.close()


WARNED = "Warning: client version 1.80 != tailscaled version 1.78\n" + status() + "\n# Health check: none"
STATUSES: dict[str, tuple[tuple[int | None, str], str, str]] = {
    "logged out": ((0, status("NeedsLogin", "")), "Tailscale is logged out", "`tailscale up`"),
    "switched off": ((0, status("Stopped")), "Tailscale is switched off", "`tailscale up`"),
    "not approved": ((0, status("NeedsMachineAuth")), "waits for this machine", "admin/machines"),
    "starting": ((0, status("Starting")), "still starting", "wait a moment"),
    "no state": ((0, status("NoState")), "not ready", "tailscaled"),
    "no name": ((0, status(name="")), "no DNS name", "MagicDNS"),
    "no name at all": ((0, status(name=None)), "no DNS name", "MagicDNS"),
    "nobody": ((0, '{"Self": null}'), "no DNS name", "MagicDNS"),
    "no daemon": (
        (1, "failed to connect to local tailscaled; it doesn't appear to be running"),
        "`tailscale status` failed with code 1: failed to connect",
        "sudo systemctl start tailscaled",
    ),
    "no JSON": ((0, "??"), "`tailscale status` failed with code 0: ??", "tailscaled"),
    "no object": ((0, "[1]"), "`tailscale status` failed", "tailscaled"),
    "slow": ((None, "{"), "did not answer within 2.5 s", "tailscaled"),
}


@pytest.mark.parametrize("case", STATUSES)
@in_world(host="app")
async def test_a_daemon_that_cannot_serve(world: World, case: str) -> None:
    answer, message, remedy = STATUSES[case]
    program, tunnel = tailscale(world, status=answer)
    text = await fails(tunnel)
    assert message in text
    assert remedy in text
    assert len(program.asked) == 1  # nothing was set, so nothing is taken back


@pytest.mark.parametrize("text", [WARNED, status(state=None), status(Extra={"CapMap": {"x" * 40: [1] * 2000}})])
@in_world(host="app")
async def test_a_daemon_that_can(world: World, text: str) -> None:
    _, tunnel = tailscale(world, status=(0, text))
    assert await tunnel.open(unmoved) == "https://agent.tail1234.ts.net/voice/webhook"
    await tunnel.close()


LINK = "https://login.tailscale.com/f/funnel?node=n123CNTRL"
REFUSALS: dict[str, tuple[tuple[int | None, str], str, str]] = {
    "not enabled": (
        (None, f"\nFunnel is not enabled on your tailnet.\nTo enable, visit:\n\n         {LINK}\n\n"),
        "`tailscale funnel` was not done within 10 s: Funnel is not enabled",
        f"enable it at {LINK}",
    ),
    "slow without a word": ((None, ""), "was not done within 10 s (", LINK),
    "no rights": ((1, "Access denied: serve config denied"), "failed with code 1: Access denied", "--operator=$USER"),
    "no HTTPS": ((1, "error: Funnel not available; HTTPS must be enabled."), "HTTPS must be", "admin/dns"),
    "no attribute": ((1, 'Funnel not available; "funnel" node attribute not set.'), "attribute not set", LINK),
    "no word": ((7, ""), "failed with code 7: it said nothing", LINK),
}


@pytest.mark.parametrize("case", REFUSALS)
@in_world(host="app")
async def test_what_is_refused_says_what_to_do(world: World, case: str) -> None:
    answer, message, remedy = REFUSALS[case]
    program, tunnel = tailscale(world, serving=answer)
    text = await fails(tunnel)
    assert message in text
    assert remedy in text
    assert [words[-1] for words in program.asked[2:]] == ["off"]  # half done is taken back


@in_world(host="app")
async def test_when_the_stream_is_refused_the_webhook_is_taken_back(world: World) -> None:
    program, tunnel = tailscale(world, stream=(1, "no"))
    assert "failed with code 1: no" in await fails(tunnel)
    assert [words[-2:] for words in program.asked[3:]] == [("/voice/stream", "off"), ("/voice/webhook", "off")]


@pytest.mark.parametrize(("answer", "said"), [((1, "Access denied"), "Access denied"), ((None, ""), "it said nothing")])
@in_world(host="app")
async def test_what_cannot_be_taken_back_is_said(
    world: World, answer: tuple[int | None, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, tunnel = tailscale(world, set_off=answer)
    await tunnel.open(unmoved)
    await tunnel.close()
    assert f"/voice/webhook is still served ({said}" in caplog.text
    assert "run `tailscale funnel --https 443 --set-path /voice/webhook off`" in caplog.text


@in_world(host="app")
async def test_what_is_gone_need_not_be_taken_back(world: World, caplog: pytest.LogCaptureFixture) -> None:
    _, tunnel = tailscale(world, set_off=(1, "error: failed to remove web serve: handler does not exist"))
    await tunnel.open(unmoved)
    await tunnel.close()
    assert caplog.text == ""


@in_world(host="app")
async def test_a_program_that_is_missing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert "tailscale is not installed" in await fails(Tailscale(EXPOSURE, ENV, mode="serve"))
    _, tunnel = tailscale(world)
    await tunnel.open(unmoved)
    world.programs.remove("tailscale")
    await tunnel.close()
    assert "/voice/stream is still served: tailscale is not installed" in caplog.text


@in_world(host="app")
async def test_a_start_that_is_given_up_is_taken_back(world: World) -> None:
    program, tunnel = tailscale(world, serving=(None, ""))
    opening = asyncio.ensure_future(tunnel.open(unmoved))
    await asyncio.sleep(1)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await tunnel.close()
    assert program.asked[-1] == ("funnel", "--https", "443", "--set-path", WEBHOOK.public, "off")
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
