"""One seed, one journal; another seed, other identifiers."""

from __future__ import annotations

from tests.tools.telnyx_streams import MEDIA, RTP, media_server, payload, words
from tests.tools.telnyx_world import Stage
from voicecall_sim.world.world import World


async def a_life(stage: Stage) -> None:
    async with media_server(stage) as server:
        leg, anna = await stage.answered(record="record-from-answer", answering_machine_detection="premium")
        anna.says("Hello?")
        await stage.wait(2)
        await stage.act(leg, "streaming_start", stream_url=MEDIA, stream_track="both_tracks", **RTP)
        await stage.wait(1)
        await server.socket.say(payload(words("Good morning.")))
        await stage.act(leg, "transcription_start")
        anna.says("Good morning to you.")
        anna.presses("12")
        await stage.wait(4)
        anna.hangs_up()
        await stage.over()


def journal(seed: int) -> list[object]:
    world = World(seed=seed)

    async def play() -> None:
        stage = Stage(world)
        await stage.start()
        await a_life(stage)
        await stage.stop()
        assert stage.errors == []

    world.run(play())
    return [entry.compared for entry in world.journal]


def test_the_same_seed_gives_the_same_journal() -> None:
    first = journal(1)
    assert len(first) > 20
    assert journal(1) == first
    assert journal(2) != first
