"""Whoever caught a webhook sends it again: at once, after a crash, after a restart. The store shows that nothing came
of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from tests.sdk.gateway.stage import Names
from tests.sdk.server.signing import CREDENTIALS, SENDERS, sent
from voicecall_sdk import VoiceCall
from voicecall_sdk.store.store import REPLY_KEPT
from voicecall_sim.world.host import Host
from voicecall_sim.world.testing import in_world
from voicecall_sim.world.world import World

PUBLIC: Final = "https://voice.example.com/voice/webhook"
STARTED: Final = 1_700_000_000.0
"""When the world begins, by its own clock: the time at which the signatures of `signing` are fresh."""


class Wall:
    def wall(self) -> float:
        return STARTED + asyncio.get_running_loop().time()


@dataclass(frozen=True)
class Answer:
    """An answer, to the byte."""

    status: int
    kind: str
    body: bytes


class Service:
    """The service on a host of its own, with a directory that outlives it; its calls cannot be asked for anywhere."""

    def __init__(self, world: World, directory: Path, carrier: str, *, streams: bool = False, **more: Any) -> None:
        self.host: Host = world.host("app", "10.0.0.7")
        self.world = world
        self.config = {
            "provider": carrier,
            carrier: CREDENTIALS[carrier],
            "fromNumber": "+15550001234",
            "publicUrl": PUBLIC,
            "inboundPolicy": "open",
            "inboundGreeting": "Hello!",
            "maxDurationSeconds": 3000,
            "maxConcurrentCalls": 9,
            "serve": {"bind": "0.0.0.0", "port": 3334},
            "streaming": {"enabled": streams},
            "store": {"path": str(directory), **more},
        }
        self.app: VoiceCall | None = None

    async def start(self) -> None:
        self.app = VoiceCall(
            self.config, clock=Wall(), entropy=Names(), auto_response=False, env={"OPENAI_API_KEY": "sk-7"}
        )
        await self.host.call(self.app.start())

    async def end(self, how: str) -> None:
        """It dies at this instant, or is stopped."""
        assert self.app is not None
        if how == "crash":
            self.host.crash()
        else:
            await self.host.call(self.app.stop())

    def stored(self) -> tuple[int, Any, int]:
        """The log's length, the calls as they are, and how many are live."""
        assert self.app is not None
        store = self.app.store
        return store.position(), store.history(99), len(self.app.live_records())

    async def gets(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """A stranger sends this."""
        return await self.world.host("stranger").call(self._gets(body, headers))

    async def _gets(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        url = f"http://{self.host.address}:3334/voice/webhook"
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as reply:
            return Answer(reply.status, reply.headers["Content-Type"], await reply.read())


@pytest.mark.parametrize("carrier", SENDERS)
@pytest.mark.parametrize("kind", ["sqlite", "jsonl"])
@pytest.mark.parametrize("how", ["crash", "stop"])
@pytest.mark.parametrize("streams", [False, True])
@in_world()
async def test_a_replay_after_a_restart_changes_nothing(
    world: World, tmp_path: Path, carrier: str, kind: str, how: str, streams: bool
) -> None:
    """Not even the token is another one by which the call's media stream proves itself."""
    service = Service(world, tmp_path, carrier, kind=kind, streams=streams)
    caught = sent(carrier, PUBLIC)
    await service.start()
    first = await service.gets(caught.body, caught.headers)
    await asyncio.sleep(1)
    assert first.status == 200
    assert await service.gets(caught.body, caught.headers) == first
    await service.end(how)
    await asyncio.sleep(5)
    await service.start()
    await asyncio.sleep(60)
    before = service.stored()
    assert len(before[1]) == 1
    for _ in range(3):
        assert await service.gets(caught.body, caught.headers) == first
    await asyncio.sleep(5)
    assert service.stored() == before
    await service.end("stop")


@pytest.mark.parametrize("carrier", SENDERS)
@in_world()
async def test_a_replay_when_the_answer_is_forgotten_makes_no_other_call(
    world: World, tmp_path: Path, carrier: str
) -> None:
    """The answer is kept for ten minutes. Whoever comes later, with a signature that is still good, finds the call."""
    service = Service(world, tmp_path, carrier)
    caught = sent(carrier, PUBLIC)
    await service.start()
    await service.gets(caught.body, caught.headers)
    await asyncio.sleep(REPLY_KEPT + 60)
    _, calls, live = service.stored()
    await service.gets(caught.body, caught.headers)
    await asyncio.sleep(5)
    after = service.stored()
    assert [call.call_id for call in after[1]] == [call.call_id for call in calls]
    assert [call.state for call in after[1]] == [call.state for call in calls]
    assert [call.transcript for call in after[1]] == [call.transcript for call in calls]
    assert after[2] == live
    await service.end("stop")


@pytest.mark.parametrize("carrier", SENDERS)
@pytest.mark.parametrize("how", ["crash", "stop"])
@in_world()
async def test_a_forgery_after_a_restart_changes_nothing_either(
    world: World, tmp_path: Path, carrier: str, how: str
) -> None:
    service = Service(world, tmp_path, carrier)
    caught, forged = sent(carrier, PUBLIC), sent(carrier, PUBLIC, key="another")
    await service.start()
    await service.gets(caught.body, caught.headers)
    await service.end(how)
    await asyncio.sleep(5)
    await service.start()
    await asyncio.sleep(60)
    before = service.stored()
    for headers in (forged.headers, {"Content-Type": caught.headers["content-type"]}):
        assert (await service.gets(caught.body, headers)).status == 401
    await asyncio.sleep(5)
    assert service.stored() == before
    await service.end("stop")
