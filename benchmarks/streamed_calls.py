"""Call-seconds of fully streamed conversation simulated per second of CPU, with a profile of where the time goes.

A caller and the application talk for four turns over a carrier's media stream: coded speech both ways in 20 ms frames
over WebSockets, synthesis over HTTP, streaming recognition over another WebSocket, chat completions, journal, SQLite
and invariants. Beside it, as a yardstick of the same run, the bare stack: what a frame costs that is merely sent
through a WebSocket of a world, decoded and answered, with nothing behind it.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import logging
import pstats
import tempfile
import time
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from voicecall_sim.runner.events import Outcome
from voicecall_sim.runner.selection import Selection, checked_by, select
from voicecall_sim.runner.tour import tour
from voicecall_sim.subjects import factory
from voicecall_sim.world.world import World

SCENARIO: Final = """\
voicecall: 1
name: One streamed call
app: {streaming: {enabled: true}, inboundPolicy: open, inboundGreeting: "Hello! How can I help?"}
agent:
  - {hears: "opening hours", replies: "We are open Monday to Friday from nine to five, and on Saturday from ten to two."}
  - {hears: "sunday", replies: "On Sunday we are closed, but you can leave a message."}
  - {hears: "message", replies: "Of course. What shall I write down for them?"}
  - {hears: "cake", replies: "One cake, for Saturday at eleven. Thank you, and goodbye!"}
people:
  anna: {phone: +15550005678}
steps:
  - anna: {calls: app}
  - anna: {hears: "Hello! How can I help?"}
  - anna: {says: "What are your opening hours?"}
  - anna: {hears: {contains: "ten to two."}}
  - anna: {says: "And on Sunday, are you there as well?"}
  - anna: {hears: {contains: "leave a message."}}
  - anna: {says: "Then I should like to leave a message."}
  - anna: {hears: {contains: "write down for them?"}}
  - anna: {says: "I want a cake on Saturday at eleven, with cherries on it."}
  - anna: {hears: {contains: "goodbye!"}}
  - anna: hangs up
  - expect: {call: ended, by: anna}
"""


def call_seconds(outcome: Outcome) -> float:
    """How long its call stood, from the answer to the end."""
    at = {entry.data["state"]: entry.at for entry in outcome.journal if entry.kind == "call"}
    return (at["ended"] - at["answered"]) / 1e6


def streamed_per_cpu_second(count: int) -> tuple[float, float]:
    """Call-seconds per second of CPU, and the seconds of one call."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "call.scenario.yaml"
        file.write_text(SCENARIO)
        plans, _ = select(Selection(paths=[str(file)]), checked_by(factory("sdk")))
        tour(plans * 2, factory("sdk"))  # imports and caches
        began = time.process_time()
        outcomes = tour(plans * count, factory("sdk"))
        spent = time.process_time() - began
    bad = [outcome for outcome in outcomes if not outcome.verdict.good]
    assert not bad, bad[0].failures
    seconds = sum(map(call_seconds, outcomes))
    return seconds / spent, seconds / count


def frames_per_cpu_second(count: int) -> float:
    """Media messages through a WebSocket of a world, read, decoded, and one sent back for each."""
    world = World()
    payload = base64.b64encode(bytes(160)).decode()
    text = json.dumps({"event": "media", "streamSid": "MZ", "media": {"payload": payload}})

    async def main() -> None:
        async def answer(request: web.Request) -> web.StreamResponse:
            ws = web.WebSocketResponse()
            await ws.prepare(request)
            async for message in ws:
                base64.b64decode(json.loads(message.data)["media"]["payload"])
                await ws.send_str(text)
            return ws

        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app, access_log=None)
        server = world.host("server")
        world.network.name("app.example.com", server)
        await server.call(runner.setup())
        await server.call(web.TCPSite(runner, "0.0.0.0", 80).start())

        async def client() -> None:
            async with aiohttp.ClientSession() as session, session.ws_connect("http://app.example.com/") as ws:
                for _ in range(count):
                    await ws.send_str(text)
                    base64.b64decode(json.loads((await ws.receive()).data)["media"]["payload"])

        await world.host("client").call(client())
        await server.call(runner.cleanup())

    # measured from outside: inside of a world the clocks of `time` are the world's
    began = time.process_time()
    world.run(main())
    return count / (time.process_time() - began)


def main() -> None:
    """Print the figures; with --profile where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(streamed_per_cpu_second, options.calls)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
        pstats.Stats(profile).sort_stats("tottime").print_stats(50)
        return
    frames = frames_per_cpu_second(20_000)
    streamed, seconds = streamed_per_cpu_second(options.calls)
    bare = frames / 100  # fifty each second to the application, fifty to the recognizer
    print(f"bare frame there and back     {frames:8.0f} per CPU-second  ({1e6 / frames:.0f} us each)")
    print(f"bare stack, no answers        {bare:8.0f} call-seconds per CPU-second")
    print(f"streamed conversation         {streamed:8.0f} call-seconds per CPU-second  (calls of {seconds:.1f} s)")
    print(f"of the bare stack             {streamed / bare:8.2f}")


if __name__ == "__main__":
    main()
